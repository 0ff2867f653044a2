/**
 * Approvals of guarded actions: a user task on the same element instance, an SLA timer with escalation, votes that the
 * environment judges (quorum, four eyes). What was approved is judged once more before it runs; other facts than those
 * shown to the approvers make the approval stale.
 */

import { sameJson } from "../core/canonical.ts";
import type { Actor } from "../core/command.ts";
import { emit, note } from "../core/emit.ts";
import type { ApprovalTerms, Fact } from "../core/environment.ts";
import type { Rejection } from "../core/failure.ts";
import type { ApprovalDetail, ElementInstance, UserTaskWait } from "../core/instance.ts";
import type { JsonObject, JsonValue } from "../core/json.ts";
import type { Step, Vote } from "../core/machine.ts";
import { closeWaits } from "../core/termination.ts";
import type { Blocked } from "./guard.ts";
import { factsOf } from "./guard-request.ts";

/** What the guard does with the end of an approval. */
export interface Outcome {
  judgeAgain(
    step: Step,
    self: ElementInstance,
    args: JsonObject,
    approval: { readonly approvalId: string; readonly originalDecisionId: string; readonly edited: boolean },
  ): void;
  judgeAfresh(step: Step, self: ElementInstance, args: JsonObject): void;
  block(step: Step, self: ElementInstance, blocked: Blocked): false;
}

export const approvalHeader = "interlock:approvalId";
const priorityOfApprovals = 80;

/** Puts the action before people. Never admits by itself. `requester`: who asked for it, when that was earlier. */
export function openApproval(
  step: Step,
  self: ElementInstance,
  terms: ApprovalTerms,
  requester: Actor = step.environment.actor,
): false {
  note(step, self, { kind: "requester", actor: requester });
  emit(step, {
    type: "userTaskCreated",
    key: step.environment.nextKey(),
    element: self.key,
    elementId: self.element.id,
    name: self.element.name,
    instance: self.process.key,
    assignee: null,
    candidateGroups: terms.group === null ? [] : [terms.group],
    candidateUsers: [],
    dueDate: dueDate(step, terms),
    followUpDate: null,
    priority: priorityOfApprovals,
    formKey: null,
    externalFormReference: null,
    headers: { [approvalHeader]: terms.approvalId },
    approvalId: terms.approvalId,
  });
  scheduleSla(step, self, terms);
  return false;
}

function dueDate(step: Step, terms: ApprovalTerms): string | null {
  return terms.slaMs === null ? null : new Date(step.now + terms.slaMs).toISOString();
}

function scheduleSla(step: Step, self: ElementInstance, terms: ApprovalTerms): void {
  if (terms.slaMs === null) return;
  emit(step, {
    type: "timerScheduled",
    key: step.environment.nextKey(),
    element: self.key,
    elementId: self.element.id,
    instance: self.process.key,
    dueAt: step.now + terms.slaMs,
    purpose: "approvalSla",
    repetitions: 0,
    interval: null,
  });
}

export function vote(
  step: Step,
  self: ElementInstance,
  task: UserTaskWait,
  cast: Vote,
  outcome: Outcome,
): Rejection | null {
  const state = self.detail?.guard;
  const approval = state?.approval;
  if (!state || !approval || approval.state !== "pending") {
    return { kind: "invalidState", message: "Expected an approval that is pending, but it has been resolved" };
  }
  if (cast.verdict === "edit" && !cast.args)
    return { kind: "invalid", message: "Expected the edited arguments, but there are none" };
  const { actor } = step.environment;
  const judged = step.environment.judgeVote(
    {
      approvalId: approval.terms.approvalId,
      decisionId: approval.decisionId,
      requester: approval.requester,
      terms: approval.terms,
      votes: approval.votes,
    },
    { actor, verdict: cast.verdict, ...(cast.args && { args: cast.args }), comment: cast.comment, at: step.now },
  );
  if (judged.refused !== undefined) return { kind: "forbidden", message: judged.refused };
  const { approvalId } = approval.terms;
  emit(step, {
    type: "approvalVoted",
    element: self.key,
    approvalId,
    verdict: cast.verdict,
    actor,
    comment: cast.comment,
    ...(cast.verdict === "edit" && cast.args && { args: cast.args }),
  });
  step.effects.push({ type: "recordApproval", trace: judged.trace });
  if (judged.resolution === "pending") return null;
  emit(step, { type: "userTaskCompleted", key: task.key, action: cast.verdict, variables: {} });
  resolve(step, self, approval, judged.resolution, outcome);
  return null;
}

function resolve(
  step: Step,
  self: ElementInstance,
  approval: ApprovalDetail,
  resolution: "approved" | "rejected" | "edited",
  outcome: Outcome,
): void {
  const state = self.detail!.guard!;
  const { approvalId } = approval.terms;
  closeWaits(step, self, (wait) => wait.kind === "timer" && wait.purpose === "approvalSla");
  if (resolution === "rejected") {
    emit(step, { type: "approvalResolved", element: self.key, approvalId, resolution });
    outcome.block(step, self, {
      decisionId: approval.decisionId,
      reason: "approval_denied",
      reasonCodes: ["APPROVAL_DENIED"],
    });
    return;
  }
  const stale = resolution === "approved" && !sameJson(shownOf(state.facts), shownOf(factsOf(step, self)));
  emit(step, { type: "approvalResolved", element: self.key, approvalId, resolution: stale ? "stale" : resolution });
  if (stale) outcome.judgeAfresh(step, self, state.args);
  else
    outcome.judgeAgain(step, self, state.args, {
      approvalId,
      originalDecisionId: approval.decisionId,
      edited: resolution === "edited",
    });
}

/** The SLA of an approval, or the deadline of a deferred decision, has been reached. */
export function slaReached(step: Step, self: ElementInstance, outcome: Outcome): void {
  const state = self.detail?.guard;
  if (!state || state.started || state.blocked !== null) return;
  const { approval } = state;
  if (approval?.state !== "pending") {
    outcome.block(step, self, {
      decisionId: state.decisionId ?? "",
      reason: "policy_denied",
      reasonCodes: ["DEFERRED_TOO_LONG"],
    });
    return;
  }
  const { terms } = approval;
  if (terms.onTimeout === "escalate" && terms.escalateTo !== null && !approval.escalated) {
    escalate(step, self, terms, terms.escalateTo);
    return;
  }
  closeWaits(step, self, (wait) => wait.kind === "userTask");
  if (terms.onTimeout === "approve") {
    resolve(step, self, approval, "approved", outcome);
    return;
  }
  emit(step, { type: "approvalResolved", element: self.key, approvalId: terms.approvalId, resolution: "timedOut" });
  outcome.block(step, self, {
    decisionId: approval.decisionId,
    reason: "approval_expired",
    reasonCodes: ["APPROVAL_EXPIRED"],
  });
}

/** What an approver judges by: a fact that was only observed anew is the same. */
function shownOf(facts: Readonly<Record<string, Fact>>): JsonValue {
  const shown = Object.entries(facts).map(([name, { observedAt: _at, ...fact }]) => [name, fact]);
  return Object.fromEntries(shown) as JsonValue;
}

function escalate(step: Step, self: ElementInstance, terms: ApprovalTerms, group: string): void {
  emit(step, { type: "approvalEscalated", element: self.key, approvalId: terms.approvalId, group });
  for (const wait of self.waits ?? []) {
    if (wait.kind !== "userTask") continue;
    emit(step, {
      type: "userTaskUpdated",
      key: wait.key,
      changes: { candidateGroups: [group], dueDate: dueDate(step, terms) },
      action: "escalate",
    });
  }
  scheduleSla(step, self, terms);
}
