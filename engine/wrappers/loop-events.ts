/**
 * Events that a multi-instance body throws as its instances complete (BPMN 10.3.8 `behavior`, rule 52). A boundary event
 * of the body catches them without interrupting it: the instances are independent of each other (WCP 12). Only with
 * behaviour Complex an interrupting boundary event ends the remaining instances; the activity then completes.
 */
import { raise } from "../core/emit.ts";
import type { ElementInstance } from "../core/instance.ts";
import { activate } from "../core/lifecycle.ts";
import type { Step } from "../core/machine.ts";
import type { EventDefinition, Expression, MultiInstanceLoop, ProcessElement } from "../core/process.ts";
import { evaluate, variablesOf, visibleVariables } from "../core/variables.ts";
import { broadcast } from "../triggers/signal.ts";
import { countsAfter } from "./loop.ts";

export function throwBehaviorEvents(
  step: Step,
  body: ElementInstance,
  ended: ElementInstance,
  definition: MultiInstanceLoop,
): void {
  const state = body.detail!.loop!;
  switch (definition.behavior) {
    case "None":
      throwFrom(step, body, ended, definition.noneEvent);
      return;
    case "One":
      if (state.completed === 1) throwFrom(step, body, ended, definition.oneEvent);
      return;
    case "Complex":
      throwComplex(step, body, ended, definition.complex ?? []);
      return;
    case "All":
  }
}

function throwComplex(
  step: Step,
  body: ElementInstance,
  ended: ElementInstance,
  complex: NonNullable<MultiInstanceLoop["complex"]>,
): void {
  for (const { condition, event } of complex) {
    if (body.state !== "active") return;
    const holds = evaluate(step, body, condition, variablesOf(ended, countsAfter(body.detail!.loop!, 0)));
    if (!holds.ok) {
      raise(step, body, { ...holds.failure, kind: "CONDITION_ERROR" }, "collect");
      return;
    }
    if (holds.value !== true) continue;
    const caughtBy = throwFrom(step, body, ended, event);
    if (caughtBy?.interrupting) step.finishedLoops.add(body);
  }
}

/** Gives the boundary event of the body that caught the event, if one did. */
function throwFrom(
  step: Step,
  body: ElementInstance,
  ended: ElementInstance,
  event: EventDefinition | undefined,
): ProcessElement | null {
  if (!event) return null;
  const boundary = catcherOf(step, body, event);
  if (boundary) {
    if (event.type === "signal") serveElsewhere(step, body, event);
    activate(step, body.parent!, boundary, {
      attachedTo: body.key,
      ...(boundary.outputs.length > 0 && { variables: Object.fromEntries(ended.variables ?? []) }),
    });
    return boundary;
  }
  const thrown = step.machine.triggers[event.type].throw?.(step, body, event);
  if (thrown && !thrown.ok) raise(step, body, thrown.failure, "collect");
  return null;
}

function catcherOf(step: Step, body: ElementInstance, event: EventDefinition): ProcessElement | null {
  const { elements } = body.definition;
  for (const index of body.element.boundaryEvents) {
    const boundary = elements[index]!;
    if (boundary.eventDefinitions.some((definition) => matches(step, body, definition, event))) return boundary;
  }
  return null;
}

function matches(step: Step, body: ElementInstance, caught: EventDefinition, thrown: EventDefinition): boolean {
  if (caught.type !== thrown.type) return false;
  const [wanted, given] = [nameOf(caught), nameOf(thrown)];
  if (!wanted) return caught.type === "error" || caught.type === "escalation";
  const values = [wanted, given].map((name) => (name ? evaluate(step, body, name) : null));
  return values[0]?.ok === true && values[1]?.ok === true && values[0].value === values[1].value;
}

function nameOf(definition: EventDefinition): Expression | null {
  if (definition.type === "error" || definition.type === "escalation") return definition.code;
  return definition.type === "signal" || definition.type === "message" ? definition.name : null;
}

/** The signal is a broadcast all the same: others who wait for it get it too. */
function serveElsewhere(step: Step, body: ElementInstance, event: Extract<EventDefinition, { type: "signal" }>): void {
  const name = evaluate(step, body, event.name);
  if (!name.ok || typeof name.value !== "string") return;
  broadcast(step, body, name.value, visibleVariables(body), {}, body);
}
