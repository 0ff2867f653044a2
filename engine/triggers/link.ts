/** Link event definition (BPMN 10.5.5, rule 28): the throw goes on at the catch of the same name in the same scope. */
import { activate, complete } from "../core/lifecycle.ts";
import type { Trigger } from "../core/machine.ts";
import type { EventDefinition } from "../core/process.ts";

export const link: Trigger = {
  throw(step, self, definition) {
    const { name } = definition as Extract<EventDefinition, { type: "link" }>;
    const { elements } = self.definition;
    const target = elements.find(
      (candidate) =>
        candidate.scope === self.element.scope &&
        candidate.type === "intermediateCatchEvent" &&
        candidate.eventDefinitions.some((other) => other.type === "link" && other.name === name),
    );
    if (!target)
      return {
        ok: false,
        failure: {
          kind: "UNKNOWN",
          message: `Expected a link catch event '${name}' in the same scope, but there is none`,
        },
      };
    const scope = self.parent!;
    complete(step, self);
    activate(step, scope, target);
    return { ok: true, value: false };
  },
};
