/** Error event definition (BPMN 10.5.5): caught through the scopes (core/throwing.ts); an uncaught error is an incident, never a silent end (rule 31). */

import type { Trigger } from "../core/machine.ts";
import type { EventDefinition } from "../core/process.ts";
import { throwError } from "../core/throwing.ts";
import { codeOf } from "./code.ts";

export const error: Trigger = {
  throw(step, self, definition) {
    const code = codeOf(step, self, (definition as Extract<EventDefinition, { type: "error" }>).code);
    if (!code.ok) return code;
    const variables = self.element.inputs.length > 0 && self.variables ? Object.fromEntries(self.variables) : {};
    if (throwError(step, self, code.value, "", variables)) return { ok: true, value: false };
    return {
      ok: false,
      failure: {
        kind: "UNHANDLED_ERROR_EVENT",
        message: `Expected the error '${code.value}' to be caught, but no boundary event or event sub-process does`,
      },
    };
  },
};
