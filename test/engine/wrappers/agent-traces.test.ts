/**
 * Random traces of an agent that proposes whatever it likes, of people who vote, of workers that fail and of time that
 * passes. Whatever happens, nothing runs without a decision of the plane that permits exactly these arguments.
 * AGENT_TRACES sets the number of traces.
 */
import { describe, expect, it } from "vitest";
import type { Command } from "../../../engine/core/command.ts";
import type { ActionDecision, ActionRequest } from "../../../engine/core/environment.ts";
import type { JsonObject, JsonValue } from "../../../engine/core/json.ts";
import type { GuardDefinition } from "../../../engine/core/process.ts";
import { type Driver, drive } from "../instance-driver.ts";
import { buildProcess, type ElementSpec, service, start, value, variable } from "../process-builder.ts";

const traces = Number(process.env.AGENT_TRACES ?? 150);
const stepsMax = 25;
const toolNames = ["look", "mail", "pay", "later", "held"] as const;

const guardOf = (type: string, pattern: "sync" | "async", standing: "ALLOW" | "DENY"): GuardDefinition => ({
  action: { type, target: null, operation: "execute", reversible: true, riskClass: "low", toolRef: null },
  policies: [
    { policyId: "p", binding: { type: "active" }, pattern, defaultDetermination: standing, maxStalenessMs: null },
  ],
  facts: [{ name: "subject.level", expression: variable("level"), provenance: "trusted" }],
  onDeny: "result",
});

const tool = (id: string, guard: GuardDefinition): ElementSpec[] => [
  service(id, { guard, in: { amount: variable("toolCall.amount") }, undoneBy: `undo_${id}` }),
  service(`undo_${id}`, { isForCompensation: true }),
];

const model = buildProcess(
  "p",
  [
    start(),
    {
      id: "agent",
      type: "adHocSubProcess",
      inside: [
        ...tool("look", guardOf("look", "sync", "DENY")),
        ...tool("mail", guardOf("mail", "sync", "DENY")),
        ...tool("pay", guardOf("pay", "sync", "DENY")),
        ...tool("later", guardOf("later", "async", "ALLOW")),
        ...tool("held", guardOf("held", "async", "DENY")),
      ],
      adHoc: {
        parallel: true,
        cancelRemainingInstances: true,
        agent: {
          agentId: "a",
          version: "1",
          model: null,
          systemPrompt: value("s"),
          userPrompt: value("u"),
          promptRef: null,
          budget: { modelCallsMax: 50, toolCallsMax: 40, tokensMax: null, wallTimeMsMax: null, onExceed: "pause" },
          sequence: null,
          policies: [],
          interrupts: [],
        },
        tools: toolNames.map((elementId) => ({
          elementIndex: 0,
          elementId,
          name: elementId,
          documentation: null,
          properties: {},
          parameters: [],
        })),
      },
    },
    service("next"),
  ],
  ["start -> agent", "agent -> next"],
);

class Trace {
  readonly run: Driver;
  /** What the plane has said, by decision: the action, and the arguments that may run; null: none. */
  readonly said = new Map<string, { readonly type: string; readonly args: JsonObject | null }>();
  readonly counts = { decided: 0, ran: 0 };
  readonly #random: (below: number) => number;
  #votes = 0;

  constructor(seed: number) {
    let state = seed;
    this.#random = (below) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return (state >>> 8) % below;
    };
    this.run = drive(model, {
      variables: { level: 1 },
      environment: {
        decideAction: (request) => this.#decide(request),
        judgeVote: (_approval, { verdict }) => ({
          resolution: verdict === "approve" ? "approved" : verdict === "edit" ? "edited" : "rejected",
          ...(this.#random(4) === 0 && { refused: "not you" }),
          trace: null,
        }),
      },
    });
  }

  #decide({ action: { type }, args, later, approval }: ActionRequest): ActionDecision {
    const decisionId = `d${this.said.size}`;
    this.counts.decided++;
    const some = ["ALLOW", "ALLOW_WITH_CONSTRAINTS", "REQUIRE_APPROVAL", "DENY", "DEFER"] as const;
    const determination = later ?? (approval && this.#random(2) === 0 ? "ALLOW" : some[this.#random(5)]!);
    const allowed = determination === "ALLOW" || determination === "ALLOW_WITH_CONSTRAINTS";
    const constrained = determination === "ALLOW_WITH_CONSTRAINTS" ? { ...args, amount: 1 } : args;
    this.said.set(decisionId, { type, args: allowed ? constrained : null });
    return {
      decisionId,
      determination,
      constraints: determination === "ALLOW_WITH_CONSTRAINTS" ? [{ path: "args.amount", op: "set", value: 1 }] : [],
      approval: determination === "REQUIRE_APPROVAL" ? this.#terms() : null,
      riskScore: 0,
      reasonCodes: ["R"],
      policies: [],
      permit: allowed ? `permit ${decisionId}` : null,
      expiresAt: determination === "DEFER" && this.#random(2) === 0 ? this.run.environment.now + 1000 : null,
      trace: null,
    };
  }

  #terms() {
    const escalates = this.#random(2) === 0;
    return {
      approvalId: `ap${this.#votes++}`,
      group: "g",
      quorum: 1,
      slaMs: 1000,
      onTimeout: escalates ? ("escalate" as const) : (["reject", "approve"] as const)[this.#random(2)]!,
      escalateTo: escalates ? "h" : null,
    };
  }

  play(): void {
    for (let step = 0; step < stepsMax; step++) {
      const waits = [...this.run.instance.waits.values()];
      if (waits.length === 0) return;
      const wait = waits[this.#random(waits.length)]!;
      if (this.#random(8) === 0) this.#answerLate();
      else if (wait.kind === "job") this.#work(wait.key, wait.owner.element.id, wait.retries);
      else if (wait.kind === "userTask") {
        const verdict = (["approve", "reject", "edit"] as const)[this.#random(3)]!;
        const args = verdict === "edit" ? { args: { amount: this.#random(100) } } : {};
        this.#try({ type: "voteOnApproval", userTaskKey: wait.key, verdict, comment: null, ...args });
      } else if (wait.kind === "timer") {
        this.run.environment.now = Math.max(this.run.environment.now, wait.dueAt);
        this.#try({ type: "fireTimer", timerKey: wait.key });
      } else if (wait.kind === "incident") this.#try({ type: "resolveIncident", incidentKey: wait.key, retries: 1 });
      if (this.#random(6) === 0)
        this.#try({ type: "setVariables", scopeKey: this.run.instance.key, variables: { level: step }, local: false });
    }
  }

  /** The agent's turn, or the work of a tool. */
  #work(jobKey: string, elementId: string, retries: number): void {
    if (elementId !== "agent") {
      const what = this.#random(4);
      if (what === 0 && retries > 0)
        this.#try({ type: "failJob", jobKey, retries: retries - 1, errorMessage: "broken", retryBackOffMs: 0 });
      else if (what === 1) this.#try({ type: "judgeActionAgain", jobKey });
      else this.#try({ type: "completeJob", jobKey, variables: { toolCallResult: "done" } });
      return;
    }
    const proposals = Array.from({ length: 1 + this.#random(3) }, (_, place) => {
      const name = this.#random(10) === 0 ? "no_such_tool" : toolNames[this.#random(toolNames.length)]!;
      return { id: `c${this.counts.decided}-${place}`, name, args: { amount: this.#random(100) } };
    });
    this.#try({
      type: "completeJob",
      jobKey,
      variables: {},
      result: {
        type: "adHocSubProcess",
        activateElements: proposals.map(({ id, name, args }) => ({
          elementId: name,
          variables: { toolCall: { ...args, _meta: { id, name } }, toolCallResult: null },
        })),
        isCompletionConditionFulfilled: false,
        isCancelRemainingInstances: false,
      },
    });
  }

  /** The queue of pattern 3 answers a question of this trace, whatever has become of it. */
  #answerLate(): void {
    const open = this.run.effects.filter((effect) => effect.type === "decideLater");
    const effect = open[this.#random(Math.max(open.length, 1))];
    if (effect?.type !== "decideLater") return;
    const held = effect.defaultDetermination === "DENY";
    const determination = (["ALLOW", "DENY", "REQUIRE_APPROVAL"] as const)[this.#random(held ? 3 : 2)]!;
    const decisionId = `d${this.said.size}`;
    const request = effect.request as ActionRequest;
    const { type } = request.action;
    this.said.set(decisionId, { type, args: determination === "ALLOW" ? request.args : null });
    this.#try({
      type: "recordAsyncDecision",
      elementInstanceKey: effect.elementInstanceKey,
      decisionId,
      determination,
      constraints: [],
      reasonCodes: ["LATE"],
      permit: null,
      ...(determination === "REQUIRE_APPROVAL" && { approval: this.#terms() }),
    });
  }

  #try(command: Command): void {
    try {
      this.run.send(command);
    } catch (error) {
      // What the engine refuses changes nothing; anything else is a fault.
      if (!(error instanceof Error) || !error.message.includes("was refused")) throw error;
    }
  }

  /** Every job of a tool against what the plane has said. */
  check(): void {
    const tools = new Set<string>(toolNames);
    for (const event of this.run.events) {
      if (event.type !== "jobCreated" || !tools.has(event.elementId) || event.kind !== "BPMN_ELEMENT") continue;
      this.counts.ran++;
      const decision = event.guard && this.said.get(event.guard.decisionId);
      expect(decision, `${event.elementId} ran without a decision`).toBeDefined();
      expect(decision?.type).toBe(event.elementId);
      expect(decision?.args, `${event.elementId} ran under ${event.guard?.decisionId}, which permits nothing`).toEqual(
        event.guard?.args as JsonValue,
      );
    }
  }
}

describe("random traces of an agent", () => {
  it("C01 A04 run nothing without a decision that permits exactly these arguments", {
    timeout: Math.max(60_000, traces * 200),
  }, () => {
    const total = { decided: 0, ran: 0 };
    for (let seed = 1; seed <= traces; seed++) {
      const trace = new Trace(Math.imul(seed, 2654435761) >>> 0);
      trace.play();
      try {
        trace.check();
      } catch (error) {
        throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`);
      }
      total.decided += trace.counts.decided;
      total.ran += trace.counts.ran;
    }
    // The property would say nothing if nothing were ever permitted, or everything.
    expect(total.ran).toBeGreaterThan(traces);
    expect(total.decided).toBeGreaterThan(total.ran);
  });
});
