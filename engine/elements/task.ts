/** Undefined task (BPMN 10.3.3): a step without work for the engine. */
import { complete } from "../core/lifecycle.ts";
import type { ElementBehavior } from "../core/machine.ts";

export const task: ElementBehavior = {
  enter: (step, self) => complete(step, self),
};
