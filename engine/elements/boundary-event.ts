/** Boundary event (BPMN 10.5.4, 13.5.3): by the time it is activated its trigger has come (core/throwing.ts); it passes. */
import { complete } from "../core/lifecycle.ts";
import type { ElementBehavior } from "../core/machine.ts";

export const boundaryEvent: ElementBehavior = {
  enter: (step, self) => complete(step, self),
};
