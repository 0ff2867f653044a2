/** Escalation event definition (BPMN 10.5.5): goes outwards to the first that catches; an uncaught one changes nothing (rules 35–37). */

import type { Trigger } from "../core/machine.ts";
import type { EventDefinition } from "../core/process.ts";
import { throwEscalation } from "../core/throwing.ts";
import { codeOf } from "./code.ts";

export const escalation: Trigger = {
  throw(step, self, definition) {
    const code = codeOf(step, self, (definition as Extract<EventDefinition, { type: "escalation" }>).code);
    if (!code.ok) return code;
    throwEscalation(step, self, code.value);
    return { ok: true, value: self.state === "active" };
  },
};
