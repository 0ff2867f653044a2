/**
 * Compensation (BPMN 10.7.2, 13.5.5; rules 38–44): completed activities are undone strictly in reverse order of
 * completion, one handler after the other, each once. A throw takes the records out of the scope into a run; a
 * completed sub-process is opened again with the data it had, and undoes what it holds in the same way.
 */

import { hasDefinition } from "./definition.ts";
import { note } from "./emit.ts";
import type { ElementInstanceType } from "./event.ts";
import type { CompensationRecord, CompensationRun, ElementInstance } from "./instance.ts";
import type { Key } from "./json.ts";
import { activate, complete } from "./lifecycle.ts";
import type { Step } from "./machine.ts";
import type { ProcessElement } from "./process.ts";
import { interrupt, interruptChildren, terminate } from "./termination.ts";

/** The scope whose activities a throw in `self` compensates: from an event sub-process it is the enclosing one (rule 42). */
export function compensatedScope(self: ElementInstance): ElementInstance {
  let scope = self.parent!;
  while (scope.type === "eventSubProcess" && scope.parent) scope = scope.parent;
  return scope;
}

/** Starts undoing `activity` (index), or all that the scope holds. False when there is nothing to undo. */
export function startCompensation(
  step: Step,
  scope: ElementInstance,
  thrower: ElementInstance | null,
  activity: number | null,
): boolean {
  const records = (scope.detail?.compensations ?? []).filter(
    (record) => activity === null || record.element === activity,
  );
  if (records.length === 0) return false;
  startRun(step, scope, thrower, records);
  return true;
}

function startRun(
  step: Step,
  scope: ElementInstance,
  thrower: ElementInstance | null,
  records: readonly CompensationRecord[],
  only?: Key,
): void {
  const run = step.environment.nextKey();
  note(step, scope, {
    kind: "compensation",
    run,
    thrower: thrower?.key ?? null,
    records: records.map((record) => record.key),
    ...(only !== undefined && { only }),
  });
  nextHandler(step, scope, runOf(scope, run)!);
}

/**
 * Undoes one completed activity by its element instance key, without a throw in the model: its default has let it run
 * and the plane has denied it since. Out of a completed scope only its own record is taken, the others stay to be
 * undone. False when nothing can: no handler, the scope that would have to do it has ended or is closing, or a
 * completed scope on the way undoes itself as a whole (a compensation event sub-process, a called process).
 */
export function compensateOne(step: Step, key: Key): boolean {
  for (const scope of step.instance.elements.values()) {
    const record = scope.state === "active" && scope.detail?.compensations?.find((one) => undoes(scope, one, key));
    if (!record) continue;
    startRun(step, scope, null, [record], key);
    return true;
  }
  return false;
}

/** Iterative: a record is as deep as the model's scopes. What a called process holds is divided by nobody here: its model is another. */
function undoes({ definition: { elements } }: ElementInstance, outer: CompensationRecord, key: Key): boolean {
  const pending = [{ record: outer, alone: true, called: false }];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { record, alone } = next;
    if (record.key === key) return alone;
    const activity = next.called ? undefined : elements[record.element];
    const called = activity === undefined || activity.type === "callActivity";
    const inner = record.inner ?? [];
    const divisible = inner.length === 1 || (!called && activity.eventSubProcesses.length === 0);
    for (const each of inner) pending.push({ record: each, alone: alone && divisible, called });
  }
  return false;
}

function runOf(scope: ElementInstance, id: Key): CompensationRun | undefined {
  return scope.detail?.runs?.find((run) => run.id === id);
}

function nextHandler(step: Step, scope: ElementInstance, run: CompensationRun): void {
  const record = run.records.at(-1);
  if (!record) {
    endRun(step, scope, run);
    return;
  }
  const key = step.environment.nextKey();
  const { elements } = scope.definition;
  const activity = elements[record.element]!;
  note(step, scope, { kind: "compensationNext", run: run.id, handler: key });
  if (record.inner) activate(step, scope, activity, { key, type: reopenedType(scope, activity), reopened: run.id });
  else activate(step, scope, elements[activity.compensationHandler!]!, { key });
}

/** The same nesting as when it ran: body of a loop, instance, inner instance of an ad-hoc sub-process. */
function reopenedType(scope: ElementInstance, activity: ProcessElement): ElementInstanceType {
  if (scope.element.index === activity.index)
    return scope.type === "adHocSubProcess" ? "adHocInnerInstance" : activity.type;
  return activity.loop ? "multiInstanceBody" : activity.type;
}

/** The handler (or reopened scope) `handler` has ended: the next record, or the end of the run. */
export function advanceCompensation(step: Step, scope: ElementInstance, handler: Key): void {
  const run = scope.detail?.runs?.find((candidate) => candidate.current === handler);
  if (!run) return;
  const record = run.currentRecord;
  if (record?.decisionId !== undefined) {
    step.effects.push({
      type: "recordOutcome",
      decisionId: record.decisionId,
      status: "compensated",
      executedArgs: record.args ?? null,
      at: step.now,
    });
  }
  nextHandler(step, scope, run);
}

function endRun(step: Step, scope: ElementInstance, run: CompensationRun): void {
  note(step, scope, { kind: "compensationEnded", run: run.id });
  step.emptied.add(scope);
  const thrower = run.thrower === null ? undefined : step.instance.elements.get(run.thrower);
  if (thrower && thrower !== scope) step.queue.push(() => complete(step, thrower));
}

/** A scope opened again: its own compensation event sub-process decides, else all that it holds is undone. */
export function beginReopened(step: Step, self: ElementInstance): void {
  if (self.state !== "active") return;
  const handler = self.type === "multiInstanceBody" ? undefined : compensationEventSubProcess(self);
  if (handler) {
    activate(step, self, handler);
    return;
  }
  if (!startCompensation(step, self, null, null)) complete(step, self);
}

function compensationEventSubProcess(self: ElementInstance): ProcessElement | undefined {
  const { elements } = self.definition;
  const index = self.element.eventSubProcesses.find((candidate) =>
    elements[candidate]!.children.some(
      (child) => elements[child]!.type === "startEvent" && hasDefinition(elements[child]!, "compensation"),
    ),
  );
  return index === undefined ? undefined : elements[index];
}

/** Cancel end event: everything else in the transaction stops, what has completed is undone, then it is left by its cancel boundary (rule 45). */
export function cancelTransaction(step: Step, transaction: ElementInstance): void {
  note(step, transaction, { kind: "interrupted" });
  interruptChildren(step, transaction, { do: "cancelTransaction" });
}

export function compensateForCancel(step: Step, transaction: ElementInstance): void {
  if (startCompensation(step, transaction, null, null)) {
    // Comes back here when the last handler has ended and the scope is empty again.
    note(step, transaction, { kind: "pending", continuation: { do: "cancelTransaction" } });
    return;
  }
  const { elements } = transaction.definition;
  const host = transaction.parent?.type === "multiInstanceBody" ? transaction.parent : transaction;
  const boundary = host.element.boundaryEvents.find((index) => hasDefinition(elements[index]!, "cancel"));
  if (boundary === undefined) terminate(step, transaction);
  else interrupt(step, host, { do: "boundary", event: boundary, variables: {} });
}
