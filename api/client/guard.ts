/**
 * Ask before acting, report after: the enforcement point for agents outside the engine. The server decides; this only
 * carries the question there, holds the action back, runs exactly the arguments that were permitted, and says what came
 * of it. When the server cannot be asked, the action does not run.
 */
import { InterlockError, pause, type Transport } from "./transport.ts";

export type Determination = "ALLOW" | "ALLOW_WITH_CONSTRAINTS" | "REQUIRE_APPROVAL" | "DENY" | "DEFER";
type Json = Readonly<Record<string, unknown>>;

export interface ActionQuestion {
  readonly action: {
    readonly type: string;
    readonly target?: string | null;
    readonly operation?: string;
    readonly reversible?: boolean;
    readonly riskClass?: "low" | "medium" | "high" | "critical";
    readonly toolRef?: string | null;
  };
  readonly args?: Json;
  readonly agent?: Json | null;
  readonly actor?: Json | null;
  /** Facts by name, dotted or nested; plain values or {value, provenance, source}. */
  readonly facts?: Json;
  readonly run?: {
    readonly processInstanceKey?: string;
    readonly elementId?: string;
    readonly toolCallId?: string;
    readonly runId?: string;
  };
  /** The same question again is the same decision. */
  readonly idempotencyKey?: string;
}

export interface ActionAnswer {
  readonly decisionId: string;
  readonly determination: Determination;
  readonly constraints: readonly { readonly path: string; readonly op: string; readonly value: unknown }[];
  readonly approval: { readonly approvalId: string; readonly group: string | null } | null;
  readonly riskScore: number;
  readonly reasonCodes: readonly string[];
  readonly reasons?: readonly string[];
  readonly policies: readonly { readonly policyId: string; readonly version: number }[];
  /** The arguments as they may run; null unless allowed. */
  readonly args: Json | null;
  readonly permit: string | null;
  readonly expiresAt: string | null;
}

export type NotExecutedReason = "policy_denied" | "approval_denied" | "approval_expired" | "interrupted";

/** What a tool gives its model instead of a result. */
export interface NotExecuted {
  readonly status: "not_executed";
  readonly reason: NotExecutedReason;
  readonly decisionId: string | null;
  readonly message: string;
  readonly reasonCodes: readonly string[];
}

export type GuardResult<Result> =
  | { readonly executed: true; readonly result: Result; readonly decision: ActionAnswer }
  | { readonly executed: false; readonly refusal: NotExecuted };

export interface GuardOptions {
  /** Who acts, sent with each question. */
  readonly agent?: Json;
  /** Facts sent with each question; those of the call win. */
  readonly facts?: Json | ((args: Json) => Json | Promise<Json>);
  readonly runId?: string;
  /** How long to hold an action for its approval; default: until the approval is over. 0: do not wait. */
  readonly approvalWaitMsMax?: number;
  /** First pause between looks at an approval; grows to ten times as much. Default 500. */
  readonly approvalPollMs?: number;
}

const pending: ReadonlySet<Determination> = new Set(["REQUIRE_APPROVAL", "DEFER"]);

export class Guard {
  readonly #transport: Transport;
  readonly #options: GuardOptions;

  constructor(transport: Transport, options: GuardOptions = {}) {
    this.#transport = transport;
    this.#options = options;
  }

  /** The determination for an action; recorded on the server. */
  async decide(question: ActionQuestion, signal?: AbortSignal): Promise<ActionAnswer> {
    const { agent, runId } = this.#options;
    const facts = { ...(await this.#facts(question.args ?? {})), ...question.facts };
    const body = {
      ...(agent === undefined ? {} : { agent }),
      ...question,
      ...(Object.keys(facts).length === 0 ? {} : { facts }),
      ...(runId === undefined && question.run === undefined
        ? {}
        : { run: { ...(runId === undefined ? {} : { runId }), ...question.run } }),
    };
    return this.#transport.request("POST", "/governance/v1/decisions", {
      body,
      ...(signal === undefined ? {} : { signal }),
    });
  }

  /**
   * Runs `action` with the permitted arguments, or not at all. An approval is waited for; asking again with the same key
   * gives the decision that followed it.
   */
  async run<Result>(
    question: ActionQuestion,
    action: (args: Json, decision: ActionAnswer) => Promise<Result> | Result,
    signal?: AbortSignal,
  ): Promise<GuardResult<Result>> {
    const asked = { ...question, idempotencyKey: question.idempotencyKey ?? globalThis.crypto.randomUUID() };
    let decision: ActionAnswer;
    try {
      decision = await this.#settled(asked, signal);
    } catch (error) {
      if (!(error instanceof InterlockError)) throw error;
      return {
        executed: false,
        refusal: {
          status: "not_executed",
          reason: "policy_denied",
          decisionId: null,
          message: `The decision plane could not be asked, so the action did not run: ${error.message}`,
          reasonCodes: [error.status === 0 ? "GUARD_UNREACHABLE" : error.title],
        },
      };
    }
    if (
      decision.args === null ||
      (decision.determination !== "ALLOW" && decision.determination !== "ALLOW_WITH_CONSTRAINTS")
    ) {
      return { executed: false, refusal: refusalOf(decision, signal) };
    }
    return { executed: true, decision, result: await this.#execute(decision, decision.args, action) };
  }

  async reportOutcome(
    decisionId: string,
    outcome: {
      readonly status: "succeeded" | "failed" | "not_executed";
      readonly executedArgs: Json | null;
      readonly result?: unknown;
    },
  ): Promise<{ readonly withinTerms: boolean | null }> {
    return this.#transport.request("POST", `/governance/v1/decisions/${encodeURIComponent(decisionId)}/outcome`, {
      body: outcome,
    });
  }

  async #execute<Result>(
    decision: ActionAnswer,
    args: Json,
    action: (args: Json, decision: ActionAnswer) => Promise<Result> | Result,
  ): Promise<Result> {
    let status: "succeeded" | "failed" = "failed";
    try {
      const result = await action(args, decision);
      status = "succeeded";
      return result;
    } finally {
      // The action has happened either way: a report that does not arrive must not undo its result. The missing outcome stands in the record.
      await this.reportOutcome(decision.decisionId, { status, executedArgs: args }).catch(() => undefined);
    }
  }

  async #settled(question: ActionQuestion, signal: AbortSignal | undefined): Promise<ActionAnswer> {
    const deadline = Date.now() + (this.#options.approvalWaitMsMax ?? Number.POSITIVE_INFINITY);
    const first = this.#options.approvalPollMs ?? 500;
    let wait = first;
    for (;;) {
      const decision = await this.decide(question, signal);
      if (!pending.has(decision.determination) || Date.now() + wait > deadline || signal?.aborted === true)
        return decision;
      await pause(wait, signal);
      wait = Math.min(first * 10, wait * 1.5);
    }
  }

  async #facts(args: Json): Promise<Json> {
    const { facts } = this.#options;
    return typeof facts === "function" ? facts(args) : (facts ?? {});
  }
}

function refusalOf(decision: ActionAnswer, signal: AbortSignal | undefined): NotExecuted {
  const codes = decision.reasonCodes;
  const reason: NotExecutedReason = codes.includes("APPROVAL_REJECTED")
    ? "approval_denied"
    : codes.includes("APPROVAL_EXPIRED") || codes.includes("APPROVAL_STALE")
      ? "approval_expired"
      : pending.has(decision.determination) || signal?.aborted === true
        ? "interrupted"
        : "policy_denied";
  const why =
    decision.reasons !== undefined && decision.reasons.length > 0 ? decision.reasons.join(" ") : codes.join(", ");
  return {
    status: "not_executed",
    reason,
    decisionId: decision.decisionId,
    message: `The action did not run (${decision.determination}). ${why}`.trim(),
    reasonCodes: codes,
  };
}
