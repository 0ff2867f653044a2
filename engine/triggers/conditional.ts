/**
 * Conditional event definition (BPMN 10.5.5, rules 64 and 65): looked at when its scope is activated and when a variable
 * it refers to has changed. Nothing is stored: an active owner is the subscription (wrappers/subscriptions.ts).
 */
import type { Trigger } from "../core/machine.ts";
import type { EventDefinition } from "../core/process.ts";
import { evaluate } from "../core/variables.ts";

export const conditional: Trigger = {
  prepare(step, { owner, event, definition, variables }) {
    const { condition } = event.eventDefinitions[definition] as Extract<EventDefinition, { type: "conditional" }>;
    const result = evaluate(step, owner, condition, variables);
    if (!result.ok) return { ok: false, failure: { ...result.failure, kind: "EXTRACT_VALUE_ERROR" } };
    return {
      ok: true,
      value: () => {
        if (result.value === true)
          step.machine.wrappers.subscriptions.conditionHolds(step, owner, event.index, definition);
      },
    };
  },
};
