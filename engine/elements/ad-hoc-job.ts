/** Ad-hoc sub-process driven by a job worker (rest-v2 study §4.3; rule 73) or by the native agent: one job at a time decides what runs next. */

import type { Command } from "../core/command.ts";
import { note, raise } from "../core/emit.ts";
import type { ElementInstance, JobWait } from "../core/instance.ts";
import { createJob } from "../core/jobs.ts";
import { complete } from "../core/lifecycle.ts";
import type { Step } from "../core/machine.ts";
import { closeWaits, interruptChildren, terminate } from "../core/termination.ts";
import { setLocal } from "../core/variables.ts";
import { startInner } from "./ad-hoc-sub-process.ts";
import { agentAnswered, beginAgent, nextTurn, recordTurn } from "./agent-turn.ts";

type JobCompletion = Extract<Command, { type: "completeJob" }>;

export function isDriven(self: ElementInstance): boolean {
  return self.element.job !== undefined || Boolean(self.element.adHoc?.agent);
}

export function enterDriven(step: Step, self: ElementInstance): void {
  if (self.element.adHoc?.agent) beginAgent(step, self);
  else createDrivingJob(step, self);
}

function createDrivingJob(step: Step, self: ElementInstance): void {
  const failed = createJob(step, self, self.element.job!, { kind: "AD_HOC_SUB_PROCESS" });
  if (failed) raise(step, self, failed, "enter");
}

/** The worker has decided: its variables are locals, then elements start, or the sub-process ends. */
export function drivenJobCompleted(step: Step, self: ElementInstance, _job: JobWait, command: JobCompletion): void {
  const result = command.result?.type === "adHocSubProcess" ? command.result : null;
  if (result?.isCancelRemainingInstances) for (const child of [...(self.children ?? [])]) terminate(step, child);
  if (result?.isCompletionConditionFulfilled) {
    endDriven(step, self, command);
    return;
  }
  setLocal(step, self, command.variables);
  if (self.element.adHoc?.agent) {
    agentAnswered(step, self, command);
    return;
  }
  const { process } = self.definition;
  for (const { elementId, variables } of result?.activateElements ?? []) {
    startInner(step, self, process.elementIndexById.get(elementId)!, variables);
  }
}

function endDriven(step: Step, self: ElementInstance, command: JobCompletion): void {
  recordTurn(step, self, command.agentStep, "agentTurnCompleted");
  note(step, self, { kind: "fulfilled" });
  const finalAnswer = self.element.adHoc?.agent !== null && self.element.adHoc?.agent !== undefined;
  if (self.children?.size && !finalAnswer) {
    setLocal(step, self, command.variables);
    return;
  }
  if (!self.children?.size) {
    complete(step, self, command.variables);
    return;
  }
  setLocal(step, self, command.variables);
  interruptChildren(step, self, { do: "complete" });
}

/** An inner flow or a non-interrupting event sub-process has ended: the worker decides anew. */
export function drivenChildEnded(step: Step, self: ElementInstance, child: ElementInstance): void {
  if (self.state !== "active" || self.detail?.fulfilled || self.detail?.interrupted) return;
  if (child.type !== "adHocInnerInstance" && child.type !== "eventSubProcess") return;
  if (self.element.adHoc?.agent) {
    nextTurn(step, self);
    return;
  }
  closeWaits(step, self, (wait) => wait.kind === "job");
  createDrivingJob(step, self);
}
