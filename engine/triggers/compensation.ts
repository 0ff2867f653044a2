/** Compensation event definition (BPMN 10.5.5): throws undo completed activities of the scope; the thrower waits unless the model says otherwise. */

import { compensatedScope, startCompensation } from "../core/compensation.ts";
import type { Trigger } from "../core/machine.ts";
import type { EventDefinition } from "../core/process.ts";

export const compensation: Trigger = {
  throw(step, self, definition) {
    const { activity, waitForCompletion } = definition as Extract<EventDefinition, { type: "compensation" }>;
    const started = startCompensation(step, compensatedScope(self), waitForCompletion ? self : null, activity);
    return { ok: true, value: !(started && waitForCompletion) };
  },
};
