/** Manual task (BPMN 10.3.3): done by people outside; the engine only passes. */
import { complete } from "../core/lifecycle.ts";
import type { ElementBehavior } from "../core/machine.ts";

export const manualTask: ElementBehavior = {
  enter: (step, self) => complete(step, self),
};
