/**
 * Ask before acting, report after: the enforcement point for agents outside the engine. The server decides; this only
 * carries the question there, holds the action back, uses up the permit, runs exactly the arguments that were permitted,
 * and says what came of it. When the server cannot be asked, the action does not run.
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

/** already_executed: what this permits has run before, in another process or under another guard. */
export type NotExecutedReason =
  | "policy_denied"
  | "approval_denied"
  | "approval_expired"
  | "interrupted"
  | "already_executed";

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
  /**
   * Called instead of polling while an approval is open: hand the wait to the framework (LangGraph's `interrupt`, which
   * throws the first time and returns when the graph is resumed). Afterwards the question is asked again.
   */
  readonly awaitApproval?: (approval: PendingApproval) => unknown;
  /** How long to hold an action for its approval; default: until the approval is over. 0: do not wait. */
  readonly approvalWaitMsMax?: number;
  /** First pause between looks at an approval; grows to ten times as much. Default 500. */
  readonly approvalPollMs?: number;
}

export interface PendingApproval {
  readonly approvalId: string | null;
  readonly decisionId: string;
  readonly group: string | null;
  readonly action: ActionQuestion["action"];
  readonly args: Json;
  readonly reasonCodes: readonly string[];
}

/** Results that a repeated step of a framework gets without a second execution; the oldest go first. */
const rememberedMax = 1_000;

const pending: ReadonlySet<Determination> = new Set(["REQUIRE_APPROVAL", "DEFER"]);

export class Guard {
  readonly #transport: Transport;
  readonly #options: GuardOptions;
  /** Who uses permits: a failed action may be tried again by the same guard, nobody else may run it as well. */
  readonly #holder = globalThis.crypto.randomUUID();
  readonly #known = new Map<string, Promise<GuardResult<unknown>>>();

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
   * Runs `action` with the permitted arguments, once, or not at all. An approval is waited for; asking again with the
   * same key gives the decision that followed it. Frameworks repeat their steps after an interruption: what has run under
   * a key gives its result again; another process gets a refusal, because the permit is used.
   */
  async run<Result>(
    question: ActionQuestion,
    action: (args: Json, decision: ActionAnswer) => Promise<Result> | Result,
    signal?: AbortSignal,
  ): Promise<GuardResult<Result>> {
    const key = question.idempotencyKey;
    if (key === undefined)
      return this.#carryOut({ ...question, idempotencyKey: globalThis.crypto.randomUUID() }, action, signal);
    // Another action under a known key is no repetition: the server is asked, and refuses it.
    const asked = JSON.stringify([key, question.action, question.args]);
    const before = this.#known.get(asked);
    if (before !== undefined) return before as Promise<GuardResult<Result>>;
    const running = this.#carryOut(question, action, signal);
    this.#remember(asked, running);
    try {
      const result = await running;
      // Refusals are asked for again: an approval may have been given meanwhile.
      if (!result.executed) this.#known.delete(asked);
      return result;
    } catch (error) {
      this.#known.delete(asked);
      throw error;
    }
  }

  async #carryOut<Result>(
    question: ActionQuestion,
    action: (args: Json, decision: ActionAnswer) => Promise<Result> | Result,
    signal: AbortSignal | undefined,
  ): Promise<GuardResult<Result>> {
    const permitted = await this.#permitted(question, signal);
    if ("refusal" in permitted) return { executed: false, refusal: permitted.refusal };
    const { decision, args } = permitted;
    return { executed: true, decision, result: await this.#execute(decision, args, action) };
  }

  /** The decision with the arguments to run, its permit used up; or why nothing runs. */
  async #permitted(
    question: ActionQuestion,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly decision: ActionAnswer; readonly args: Json } | { readonly refusal: NotExecuted }> {
    let decision: ActionAnswer | undefined;
    try {
      decision = await this.#settled(question, signal);
      const { args, permit, determination } = decision;
      const allowed = determination === "ALLOW" || determination === "ALLOW_WITH_CONSTRAINTS";
      if (!allowed || args === null || permit === null || signal?.aborted === true)
        return { refusal: refusalOf(decision, signal) };
      await this.#transport.request("POST", "/governance/v1/permits/use", {
        body: {
          permit,
          actionType: question.action.type,
          args,
          holder: this.#holder,
          fresh: true,
        },
      });
      return { decision, args };
    } catch (error) {
      if (!(error instanceof InterlockError)) throw error;
      return { refusal: unanswered(error, decision) };
    }
  }

  #remember(key: string, result: Promise<GuardResult<unknown>>): void {
    if (this.#known.size >= rememberedMax)
      for (const oldest of this.#known.keys()) {
        this.#known.delete(oldest);
        break;
      }
    this.#known.set(key, result);
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
    for (let round = 0; ; round += 1) {
      const decision = await this.decide(question, signal);
      if (!pending.has(decision.determination) || Date.now() + wait > deadline || signal?.aborted === true)
        return decision;
      const { awaitApproval } = this.#options;
      await awaitApproval?.(pendingApproval(question, decision));
      // Who comes back before the vote is held off like a poll.
      if (awaitApproval === undefined || round > 0) await pause(wait, signal);
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

function pendingApproval(question: ActionQuestion, decision: ActionAnswer): PendingApproval {
  return {
    approvalId: decision.approval?.approvalId ?? null,
    decisionId: decision.decisionId,
    group: decision.approval?.group ?? null,
    action: question.action,
    args: question.args ?? {},
    reasonCodes: decision.reasonCodes,
  };
}

/** The plane could not be asked, or did not let the permit be used. */
function unanswered(error: InterlockError, decision: ActionAnswer | undefined): NotExecuted {
  const codes = error.problems.flatMap((problem) => {
    const code: unknown = Reflect.get(Object(problem), "code");
    return typeof code === "string" ? [code] : [];
  });
  return {
    status: "not_executed",
    reason: codes.includes("PERMIT_REPLAYED") ? "already_executed" : "policy_denied",
    decisionId: decision?.decisionId ?? null,
    message:
      decision === undefined
        ? `The decision plane could not be asked, so the action did not run: ${error.message}`
        : `The action did not run: its permit could not be used. ${error.message}`,
    reasonCodes: codes.length > 0 ? codes : [error.status === 0 ? "GUARD_UNREACHABLE" : error.title],
  };
}
