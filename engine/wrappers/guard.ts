/**
 * The enforcement point around an activity (ARCHITECTURE "The enforcement point"): facts and canonical arguments go to
 * the decision plane, its answer is recorded, and only an admitted action runs, with exactly the arguments judged.
 * Approvals are guard-approval.ts, the request itself guard-request.ts.
 */
import type { Actor, Command } from "../core/command.ts";
import { compensateOne } from "../core/compensation.ts";
import { constrain } from "../core/constrain.ts";
import { emit, note, raise } from "../core/emit.ts";
import type { ActionDecision } from "../core/environment.ts";
import type { ElementInstance, Wait } from "../core/instance.ts";
import type { JsonObject, JsonValue } from "../core/json.ts";
import { agentOf, begin, complete } from "../core/lifecycle.ts";
import type { Step } from "../core/machine.ts";
import { closeWaits } from "../core/termination.ts";
import { throwError } from "../core/throwing.ts";
import { mergeUp } from "../core/variables.ts";
import { type Outcome, openApproval, slaReached, vote } from "./guard-approval.ts";
import { argumentsOf, factsOf, policiesOf, requestOf, writeArguments } from "./guard-request.ts";

export const guard = {
  admits(step: Step, self: ElementInstance): boolean {
    const policies = policiesOf(self);
    if (policies.length === 0) return true;
    const args = argumentsOf(self);
    if (policies.some((policy) => policy.pattern !== "async")) return judge(step, self, args);
    return admitUntilAnswered(step, self, args);
  },

  ended(step: Step, self: ElementInstance, status: "succeeded" | "failed"): void {
    const state = self.detail?.guard;
    if (!state?.started || state.blocked !== null || state.decisionId === null) return;
    step.effects.push({
      type: "recordOutcome",
      decisionId: state.decisionId,
      status,
      executedArgs: state.args,
      at: step.now,
    });
  },

  vote: (step: Step, self: ElementInstance, task: Parameters<typeof vote>[2], cast: Parameters<typeof vote>[3]) =>
    vote(step, self, task, cast, outcome),
  slaReached: (step: Step, self: ElementInstance) => slaReached(step, self, outcome),

  decidedLater(step: Step, self: ElementInstance, decision: Extract<Command, { type: "recordAsyncDecision" }>): void {
    const { asynchronous, decisionId: defaultId, args } = self.detail!.guard!;
    const { approval = null, requester } = decision;
    const answer = { riskScore: 0, policies: [], expiresAt: null, trace: null, ...decision, approval };
    const constrained = recordAnswer(step, self, answer, args);
    note(step, self, { kind: "asynchronous", mode: null });
    if (asynchronous === "holding") {
      if (act(step, self, answer, constrained, requester)) begin(step, self, "enter");
      return;
    }
    if (decision.determination === "ALLOW" || decision.determination === "ALLOW_WITH_CONSTRAINTS") return;
    // In flight: nobody knows how far the worker has come, so it is stopped and undone.
    closeWaits(step, self, isWork);
    if (defaultId !== null)
      step.effects.push({
        type: "recordOutcome",
        decisionId: defaultId,
        status: "failed",
        executedArgs: args,
        at: step.now,
      });
    block(step, self, { decisionId: decision.decisionId, reason: "policy_denied", reasonCodes: decision.reasonCodes });
    step.queue.push(() => void compensateOne(step, self.key));
  },

  judgeAgain(step: Step, self: ElementInstance): void {
    const { args, approval } = self.detail!.guard!;
    closeWaits(step, self, isWork);
    const released =
      approval?.state === "approved" || approval?.state === "edited"
        ? {
            approvalId: approval.terms.approvalId,
            originalDecisionId: approval.decisionId,
            edited: approval.state === "edited",
          }
        : undefined;
    if (judge(step, self, args, released)) begin(step, self, "enter");
  },

  askAgain(step: Step, self: ElementInstance): void {
    const state = self.detail?.guard;
    if (state?.determination !== "DEFER" || state.blocked !== null || state.approval) return;
    closeWaits(step, self, (wait) => wait.kind === "timer" && wait.purpose === "approvalSla");
    if (judge(step, self, state.args)) begin(step, self, "enter");
  },
};

const outcome: Outcome = {
  /** Approved or edited: judged again, just before it runs. */
  judgeAgain(step, self, args, approval) {
    if (judge(step, self, args, approval)) begin(step, self, "enter");
  },
  judgeAfresh(step, self, args) {
    if (judge(step, self, args)) begin(step, self, "enter");
  },
  block,
};

/** Asks the plane and does what it says. True: the action runs now. */
function judge(
  step: Step,
  self: ElementInstance,
  args: JsonObject,
  approval?: { readonly approvalId: string; readonly originalDecisionId: string; readonly edited: boolean },
): boolean {
  // Who asked first has asked: the approver who has this judged again must not become the requester of what comes of it.
  const asked = self.detail?.guard?.approval?.requester;
  const facts = factsOf(step, self);
  const request = requestOf(step, self, args, facts, approval);
  emit(step, { type: "guardRequested", element: self.key, action: request.action.type, args, facts });
  const decision = step.environment.decideAction(request);
  const constrained = recordAnswer(step, self, decision, args);
  step.effects.push({ type: "recordDecision", trace: decision.trace });
  if (approval) writeArguments(step, self, args);
  return act(step, self, decision, constrained, asked);
}

/** The plane's answer as an event. Gives the arguments as they may run; null when the terms cannot be met. */
function recordAnswer(
  step: Step,
  self: ElementInstance,
  decision: ActionDecision,
  args: JsonObject,
): JsonObject | null {
  const { policies, determination, decisionId, constraints, reasonCodes, riskScore } = decision;
  const constrained = determination === "ALLOW_WITH_CONSTRAINTS" ? constrain(args, constraints) : args;
  const asksPerson = determination === "REQUIRE_APPROVAL" || determination === "DEFER";
  emit(step, {
    type: "decisionMade",
    element: self.key,
    decisionId,
    determination,
    constraints,
    reasonCodes,
    riskScore,
    policies: policies.map(({ policyId, version, stage, matchedRules }) => ({
      policyId,
      version,
      stage,
      matchedRules,
    })),
    args: constrained ?? args,
    approval: asksPerson ? decision.approval : null,
  });
  return constrained;
}

function act(
  step: Step,
  self: ElementInstance,
  decision: ActionDecision,
  args: JsonObject | null,
  requester?: Actor,
): boolean {
  switch (decision.determination) {
    case "ALLOW":
      return admit(step, self, decision.decisionId, decision.permit);
    case "ALLOW_WITH_CONSTRAINTS":
      if (args === null)
        return block(step, self, {
          decisionId: decision.decisionId,
          reason: "policy_denied",
          reasonCodes: [...decision.reasonCodes, "TERMS_NOT_MET"],
        });
      writeArguments(step, self, args);
      return admit(step, self, decision.decisionId, decision.permit);
    case "REQUIRE_APPROVAL":
      if (decision.approval) return openApproval(step, self, decision.approval, requester);
      return block(step, self, {
        decisionId: decision.decisionId,
        reason: "policy_denied",
        reasonCodes: [...decision.reasonCodes, "NO_APPROVAL_TERMS"],
      });
    case "DEFER":
      return defer(step, self, decision);
    case "DENY":
      return block(step, self, {
        decisionId: decision.decisionId,
        reason: "policy_denied",
        reasonCodes: decision.reasonCodes,
      });
  }
}

function admit(step: Step, self: ElementInstance, decisionId: string, permit: string | null): true {
  step.permits.set(self.key, permit);
  emit(step, { type: "actionStarted", element: self.key, decisionId });
  return true;
}

function isWork(wait: Wait): boolean {
  return wait.kind === "job" || wait.kind === "userTask" || wait.kind === "incident";
}

/** Facts are missing: a person is asked, or new facts are waited for until the deadline, or it is denied now. */
function defer(step: Step, self: ElementInstance, decision: ActionDecision): boolean {
  if (decision.approval) return openApproval(step, self, decision.approval);
  if (decision.expiresAt === null || decision.expiresAt <= step.now) {
    return block(step, self, {
      decisionId: decision.decisionId,
      reason: "policy_denied",
      reasonCodes: decision.reasonCodes,
    });
  }
  emit(step, {
    type: "timerScheduled",
    key: step.environment.nextKey(),
    element: self.key,
    elementId: self.element.id,
    instance: self.process.key,
    dueAt: decision.expiresAt,
    purpose: "approvalSla",
    repetitions: 0,
    interval: null,
  });
  return false;
}

/** Pattern 3: the default holds until the plane has answered. The plane may be stricter than the model, never milder. */
function admitUntilAnswered(step: Step, self: ElementInstance, args: JsonObject): boolean {
  const state = self.detail?.guard;
  if (state?.asynchronous) return state.asynchronous === "running";
  const facts = factsOf(step, self);
  const request = requestOf(step, self, args, facts);
  const stated = policiesOf(self).every((policy) => policy.defaultDetermination === "ALLOW") ? "ALLOW" : "DENY";
  emit(step, { type: "guardRequested", element: self.key, action: request.action.type, args, facts });
  const standing = step.environment.decideAction({ ...request, later: stated });
  recordAnswer(step, self, standing, args);
  step.effects.push({ type: "recordDecision", trace: standing.trace });
  const runs = stated === "ALLOW" && standing.determination === "ALLOW";
  note(step, self, { kind: "asynchronous", mode: runs ? "running" : "holding" });
  step.effects.push({
    type: "decideLater",
    elementInstanceKey: self.key,
    request,
    decisionId: standing.decisionId,
    defaultDetermination: runs ? "ALLOW" : "DENY",
  });
  return runs && admit(step, self, standing.decisionId, standing.permit);
}

export interface Blocked {
  readonly decisionId: string;
  readonly reason: "policy_denied" | "approval_denied" | "approval_expired" | "interrupted";
  readonly reasonCodes: readonly string[];
}

const sentences: Readonly<Record<Blocked["reason"], string>> = {
  policy_denied: "The policy does not permit this action",
  approval_denied: "The approver has rejected this action",
  approval_expired: "Nobody has approved this action in time",
  interrupted: "The action was interrupted before it ran",
};

/** The action does not run: a typed answer for whoever asked, or the BPMN error POLICY_DENIED. Never admits. */
function block(step: Step, self: ElementInstance, blocked: Blocked): false {
  const { decisionId, reason, reasonCodes } = blocked;
  const message = sentences[reason];
  emit(step, { type: "actionBlocked", element: self.key, decisionId, reason });
  step.effects.push({ type: "recordOutcome", decisionId, status: "not_executed", executedArgs: null, at: step.now });
  if (interrupts(step, self, reasonCodes)) return false;
  if (self.element.guard?.onDeny === "error") {
    const text = `${message} (${reasonCodes.join(", ")})`;
    if (!throwError(step, self, "POLICY_DENIED", text, {}))
      raise(step, self, { kind: "POLICY_DENIED", message: text }, "guard");
    return false;
  }
  const result: JsonObject = { status: "not_executed", reason, decisionId, message, reasonCodes: [...reasonCodes] };
  mergeUp(step, self.parent!, Object.fromEntries<JsonValue>([[resultName(self), result]]));
  complete(step, self);
  return false;
}

/**
 * The policy has not only denied: it pauses or ends the agent whose tool this is. True: the agent has ended, and its
 * tools with it; a paused one gets the typed answer and is not asked for its next turn.
 */
function interrupts(step: Step, self: ElementInstance, reasonCodes: readonly string[]): boolean {
  const mode = reasonCodes.includes("INTERRUPT_TERMINATE")
    ? "terminate"
    : reasonCodes.includes("INTERRUPT_PAUSE")
      ? "pause"
      : null;
  const agent = agentOf(self);
  if (mode === null || !agent || agent.detail?.agent?.paused) return false;
  step.machine.agents.interrupt(
    step,
    agent,
    mode,
    `a policy has judged '${self.element.id}': ${reasonCodes.join(", ")}`,
  );
  return mode === "terminate";
}

/** Tools answer their agent in `toolCallResult`; other activities where their own result would go. */
function resultName(self: ElementInstance): string {
  for (let scope = self.parent; scope; scope = scope.type === "process" ? null : scope.parent) {
    if (scope.type === "adHocInnerInstance") return "toolCallResult";
  }
  return self.element.script?.resultVariable ?? self.element.calledDecision?.resultVariable ?? "actionResult";
}
