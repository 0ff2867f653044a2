/** What the enforcement point leaves in the state: the arguments under judgement, the decision, the approval, the history of actions. */

import { fingerprint } from "./canonical.ts";
import type { Event } from "./event.ts";
import type { ElementInstance, GuardState, Instance } from "./instance.ts";
import { actionsKeptMax, detailOf } from "./instance.ts";

type GuardEvent = Extract<
  Event,
  {
    type:
      | "guardRequested"
      | "decisionMade"
      | "approvalVoted"
      | "approvalResolved"
      | "approvalEscalated"
      | "actionStarted"
      | "actionBlocked";
  }
>;

export function applyGuard(instance: Instance, event: GuardEvent): void {
  const self = instance.elements.get(event.element)!;
  if (event.type === "guardRequested") {
    request(instance, self, event);
    return;
  }
  const guard = self.detail?.guard;
  if (!guard) return;
  switch (event.type) {
    case "decisionMade":
      guard.decisionId = event.decisionId;
      guard.determination = event.determination;
      guard.constraints = event.constraints;
      guard.args = event.args;
      if (event.approval) {
        guard.approval = {
          decisionId: event.decisionId,
          requester: { id: "", type: "engine" },
          terms: event.approval,
          votes: [],
          escalated: false,
          state: "pending",
        };
      }
      return;
    case "approvalVoted":
      guard.approval?.votes.push({ actor: event.actor, verdict: event.verdict, at: instance.clock });
      if (event.args) guard.args = event.args;
      return;
    case "approvalResolved":
      if (guard.approval) guard.approval.state = event.resolution;
      return;
    case "approvalEscalated":
      if (guard.approval)
        guard.approval = { ...guard.approval, escalated: true, terms: { ...guard.approval.terms, group: event.group } };
      return;
    case "actionStarted":
      guard.started = true;
      guard.decisionId ??= event.decisionId;
      countAction(instance, guard);
      return;
    case "actionBlocked":
      guard.blocked = event.reason;
      guard.asynchronous = null;
  }
}

function request(instance: Instance, self: ElementInstance, event: Extract<Event, { type: "guardRequested" }>): void {
  const earlier = self.detail?.guard;
  detailOf(self).guard = {
    action: event.action,
    args: event.args,
    facts: event.facts,
    decisionId: null,
    determination: null,
    constraints: [],
    approval: earlier?.approval ?? null,
    started: false,
    blocked: null,
    asynchronous: null,
  };
  if (earlier?.started) uncount(instance, earlier.action); // for a fresh permit: has not run, is counted when it starts
  if (earlier?.approval || earlier?.started) return; // judged again: the same attempt
  const { attempts } = instance.actions;
  attempts.push(fingerprint(event.action, event.args));
  if (attempts.length > actionsKeptMax) attempts.shift();
}

function uncount(instance: Instance, action: string): void {
  const { callsByAction, lastActions } = instance.actions;
  callsByAction.set(action, Math.max(0, (callsByAction.get(action) ?? 0) - 1));
  const place = lastActions.lastIndexOf(action);
  if (place >= 0) lastActions.splice(place, 1);
}

function countAction(instance: Instance, guard: GuardState): void {
  const { callsByAction, lastActions } = instance.actions;
  callsByAction.set(guard.action, (callsByAction.get(guard.action) ?? 0) + 1);
  lastActions.push(guard.action);
  if (lastActions.length > actionsKeptMax) lastActions.shift();
}
