/** recordAsyncDecision, judgeActionAgain: what the decision plane says about an action after its first answer. */
import type { Command } from "../command.ts";
import { compensateOne } from "../compensation.ts";
import type { Rejection } from "../failure.ts";
import type { Step } from "../machine.ts";

/** The late answer of pattern 3. What still waits or runs is released or stopped; what has ended and was denied is undone. */
export function recordAsyncDecision(
  step: Step,
  command: Extract<Command, { type: "recordAsyncDecision" }>,
): Rejection | null {
  const key = command.elementInstanceKey;
  const self = step.instance.elements.get(key);
  if (self?.detail?.guard?.asynchronous) {
    if (self.state !== "active")
      return {
        kind: "invalidState",
        message: `Expected an active element instance with key ${key}, but '${self.element.id}' is ${self.state}`,
      };
    step.machine.wrappers.guard.decidedLater(step, self, command);
    return null;
  }
  if (self && self.detail?.guard?.decisionId === command.decisionId) return null; // told twice
  if (command.determination === "DENY" && compensateOne(step, key)) return null;
  return {
    kind: "notFound",
    message: `Expected an element instance with key ${key} that waits for a decision or can be undone, but there is none`,
  };
}

export function judgeActionAgain(
  step: Step,
  command: Extract<Command, { type: "judgeActionAgain" }>,
): Rejection | null {
  const job = step.instance.waits.get(command.jobKey);
  if (job?.kind !== "job")
    return { kind: "notFound", message: `Expected a job with key ${command.jobKey}, but there is none` };
  if (job.jobKind !== "BPMN_ELEMENT" || !job.owner.detail?.guard?.started || job.owner.state !== "active")
    return { kind: "invalidState", message: `Expected job ${command.jobKey} to be of a guarded action, but it is not` };
  step.machine.wrappers.guard.judgeAgain(step, job.owner);
  return null;
}
