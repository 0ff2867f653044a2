/** Events that a multi-instance body throws as its instances complete (BPMN 10.3.8 `behavior`, rule 52): to the boundary of the body and outwards. */

import { raise } from "../core/emit.ts";
import type { ElementInstance } from "../core/instance.ts";
import type { Step } from "../core/machine.ts";
import type { EventDefinition, MultiInstanceLoop } from "../core/process.ts";
import { evaluate, variablesOf } from "../core/variables.ts";
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
      throwFrom(step, body, definition.noneEvent);
      return;
    case "One":
      if (state.completed === 1) throwFrom(step, body, definition.oneEvent);
      return;
    case "Complex":
      for (const { condition, event } of definition.complex ?? []) {
        if (body.state !== "active") return;
        const holds = evaluate(step, body, condition, variablesOf(ended, countsAfter(state, 0)));
        if (!holds.ok) {
          raise(step, body, { ...holds.failure, kind: "CONDITION_ERROR" }, "finish");
          return;
        }
        if (holds.value === true) throwFrom(step, body, event);
      }
      return;
    case "All":
  }
}

function throwFrom(step: Step, body: ElementInstance, event: EventDefinition | undefined): void {
  if (!event) return;
  const thrown = step.machine.triggers[event.type].throw?.(step, body, event);
  // A thrown error that nobody catches says nothing about the other instances.
  if (thrown && !thrown.ok) raise(step, body, thrown.failure, "collect");
}
