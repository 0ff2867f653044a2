/** Intermediate throw event (BPMN 10.5.4): throws each of its definitions in order, then goes on, unless the throw has interrupted its own scope (rule 22). */
import { raise } from "../core/emit.ts";
import type { ElementInstance } from "../core/instance.ts";
import { complete } from "../core/lifecycle.ts";
import type { ElementBehavior, Step } from "../core/machine.ts";

export const intermediateThrowEvent: ElementBehavior = {
  enter: (step, self) => throwAll(step, self),
};

/** Throws every definition; completes when none of them waits. Shared with end events. */
export function throwAll(step: Step, self: ElementInstance): void {
  const { eventDefinitions } = self.element;
  // A signal is thrown when everything else in the command has come to rest: who is about to listen, listens.
  if (eventDefinitions.some((definition) => definition.type === "signal")) {
    step.later.push(() => throwNow(step, self));
  } else {
    throwNow(step, self);
  }
}

function throwNow(step: Step, self: ElementInstance): void {
  if (self.state !== "active") return;
  let goesOn = true;
  for (const definition of self.element.eventDefinitions) {
    const thrower = step.machine.triggers[definition.type].throw;
    if (!thrower) continue;
    const thrown = thrower(step, self, definition);
    if (!thrown.ok) {
      raise(step, self, thrown.failure, "enter");
      return;
    }
    if (!thrown.value) goesOn = false;
  }
  if (goesOn) complete(step, self);
}
