/** The process itself: the outermost scope of a process instance. It starts at its none start events, at a triggered one, or where the caller says. */

import type { ElementBehavior } from "../core/machine.ts";
import { enterScope } from "./sub-process.ts";
import { startTriggered } from "./triggered-start.ts";

export const process: ElementBehavior = {
  enter(step, self) {
    const start = self.detail?.start;
    if (!start || start.triggered === null) return enterScope(step, self, self.element.entryElements);
    startTriggered(step, self, start.triggered, start.variables);
  },
};
