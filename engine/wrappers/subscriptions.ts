/**
 * Boundary events and event sub-processes around an activity or scope (BPMN 10.5.6, 13.5.3): their waits open with it,
 * and an occurrence finds its way to whom it is for.
 */
import { startOfEventSubProcess } from "../core/definition.ts";
import { isAlive, note } from "../core/emit.ts";
import type { Failure } from "../core/failure.ts";
import type { ElementInstance, EventWait } from "../core/instance.ts";
import type { JsonObject } from "../core/json.ts";
import type { Step, VariableChange } from "../core/machine.ts";
import { behaviorOf } from "../core/machine.ts";
import type { EventDefinition, ProcessElement } from "../core/process.ts";
import { closeWait, closeWaits } from "../core/termination.ts";
import { occur } from "../core/throwing.ts";
import { evaluate, variablesOf } from "../core/variables.ts";
import { openWaits } from "../core/waits.ts";
import { rearm } from "../triggers/timer.ts";

export const subscriptions = {
  open(step: Step, self: ElementInstance): Failure | null {
    return openWaits(step, self, watchedEvents(self));
  },

  /** A wait of `wait.owner` is fulfilled. The event that says so has been emitted; the wait may still be open. */
  triggered(step: Step, wait: EventWait, variables: JsonObject): void {
    const event = wait.owner.definition.elements[wait.event]!;
    if (wait.kind === "timer") rearm(step, wait);
    happened(step, wait.owner, event, wait.definition, variables, wait);
  },

  conditionHolds(step: Step, owner: ElementInstance, event: number, definition: number): void {
    step.queue.push(() => {
      if (isAlive(owner)) happened(step, owner, owner.definition.elements[event]!, definition, {});
    });
  },

  conditionsChanged(step: Step): void {
    const { changes } = step;
    step.changes = [];
    for (const owner of depthFirst(step.instance.conditionals)) {
      if (!isAlive(owner)) continue;
      for (const event of conditionalEvents(owner)) {
        if (!isAlive(owner)) break;
        for (const definition of conditionsOf(event)) {
          if (conditionNowHolds(step, owner, event, definition, changes)) happened(step, owner, event, definition, {});
        }
      }
    }
  },
};

/** Events that an activity or scope waits for while it is active. A loop's boundary events belong to its body. */
function watchedEvents(self: ElementInstance): ProcessElement[] {
  const { elements, process } = self.definition;
  const watched: ProcessElement[] = [];
  const isBody = self.type === "multiInstanceBody";
  if (isBody || !self.element.loop) for (const index of self.element.boundaryEvents) watched.push(elements[index]!);
  if (!isBody && !self.detail?.interrupted) {
    for (const index of self.element.eventSubProcesses) {
      const start = startOfEventSubProcess(process, index);
      if (start !== undefined) watched.push(elements[start]!);
    }
  }
  return watched;
}

function happened(
  step: Step,
  owner: ElementInstance,
  event: ProcessElement,
  definition: number,
  variables: JsonObject,
  wait?: EventWait,
): void {
  if (event.parallelMultiple && event.eventDefinitions.length > 1 && !allHappened(step, owner, event, definition, wait))
    return;
  if (event.type === "boundaryEvent" || isEventSubProcessStart(owner, event)) {
    occur(step, owner, event, variables);
    return;
  }
  const { triggered } = behaviorOf(step, owner);
  if (owner.state !== "active" || !triggered) return;
  const single = event.index === owner.element.index && wait?.kind === "timer" && wait.repetitions !== 0;
  if (event.index === owner.element.index && !single) closeWaits(step, owner, (other) => "event" in other);
  triggered(step, owner, { event: event.index, definition }, variables, wait);
}

function isEventSubProcessStart(owner: ElementInstance, event: ProcessElement): boolean {
  return event.type === "startEvent" && event.index !== owner.element.index;
}

/** Parallel multiple (rule 66): each definition once, in any order; a non-interrupting event then begins a new round. */
function allHappened(
  step: Step,
  owner: ElementInstance,
  event: ProcessElement,
  definition: number,
  wait: EventWait | undefined,
): boolean {
  const came = owner.detail?.triggered?.[event.index] ?? [];
  if (came.includes(definition)) return false;
  note(step, owner, { kind: "triggered", event: event.index, definition });
  if (came.length + 1 < event.eventDefinitions.length) {
    if (wait && step.instance.waits.has(wait.key)) closeWait(step, wait);
    return false;
  }
  note(step, owner, { kind: "triggered", event: event.index, definition: null });
  if (!event.interrupting) {
    closeWaits(step, owner, (other) => "event" in other && other.event === event.index);
    openWaits(step, owner, [event]);
  }
  return true;
}

function conditionsOf(event: ProcessElement): number[] {
  return event.eventDefinitions.flatMap(({ type }, index) => (type === "conditional" ? [index] : []));
}

/** Outer scopes first (rule 64). */
function depthFirst(owners: ReadonlySet<ElementInstance>): ElementInstance[] {
  const depth = (self: ElementInstance) => {
    let count = 0;
    for (let scope = self.parent; scope; scope = scope.parent) count++;
    return count;
  };
  return [...owners]
    .map((owner) => ({ owner, depth: depth(owner) }))
    .sort((left, right) => left.depth - right.depth)
    .map(({ owner }) => owner);
}

function conditionalEvents(owner: ElementInstance): ProcessElement[] {
  const { elements, flows } = owner.definition;
  const events = watchedEvents(owner);
  if (owner.element.type === "eventBasedGateway")
    for (const flow of owner.element.outgoing) events.push(elements[flows[flow]!.target]!);
  else if (owner.element.type === "intermediateCatchEvent") events.push(owner.element);
  return events.filter((event) => conditionsOf(event).length > 0);
}

/** Looked at only when a variable that it refers to has changed where it can be seen. */
function conditionNowHolds(
  step: Step,
  owner: ElementInstance,
  event: ProcessElement,
  index: number,
  changes: readonly VariableChange[],
): boolean {
  const definition = event.eventDefinitions[index] as Extract<EventDefinition, { type: "conditional" }>;
  if (!changes.some((change) => concerns(definition, change) && sees(owner, change.scope))) return false;
  const result = evaluate(step, owner, definition.condition, variablesOf(owner));
  return result.ok && result.value === true;
}

function concerns(definition: Extract<EventDefinition, { type: "conditional" }>, change: VariableChange): boolean {
  const names = definition.variableNames?.length ? definition.variableNames : definition.condition.references;
  const kinds = definition.variableEvents?.length ? definition.variableEvents : (["create", "update"] as const);
  const changed = (name: string) =>
    (kinds.includes("create") && change.created.has(name)) || (kinds.includes("update") && change.updated.has(name));
  return names.some(changed);
}

function sees(owner: ElementInstance, changed: ElementInstance): boolean {
  for (let scope: ElementInstance | null = owner; scope; scope = scope.parent) {
    if (scope === changed) return true;
    if (scope.type === "process") return false;
  }
  return false;
}
