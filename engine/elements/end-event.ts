/** End event (BPMN 10.5.3): throws its definitions and ends its token; the scope completes when nothing else is active. */
import type { ElementBehavior } from "../core/machine.ts";
import { throwAll } from "./intermediate-throw-event.ts";

export const endEvent: ElementBehavior = {
  enter: (step, self) => throwAll(step, self),
};
