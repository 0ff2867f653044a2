/** Signal event definition (BPMN 10.5.5, rule 60): broadcast. This instance's own subscriptions are served at once, so that a throw that interrupts its own scope never goes on (rule 22). */
import { emit } from "../core/emit.ts";
import type { Result } from "../core/failure.ts";
import type { ElementInstance } from "../core/instance.ts";
import type { JsonObject } from "../core/json.ts";
import type { Step, Trigger } from "../core/machine.ts";
import type { EventDefinition, Expression, VariableLookup } from "../core/process.ts";
import { evaluate, visibleVariables } from "../core/variables.ts";
import { definitionField } from "../core/waits.ts";

type SignalDefinition = Extract<EventDefinition, { type: "signal" }>;

export const signal: Trigger = {
  prepare(step, { owner, event, definition, variables }) {
    const name = nameOf(step, owner, (event.eventDefinitions[definition] as SignalDefinition).name, variables);
    if (!name.ok) return name;
    return {
      ok: true,
      value: () =>
        emit(step, {
          type: "signalSubscriptionOpened",
          key: step.environment.nextKey(),
          element: owner.key,
          elementId: event.id,
          instance: owner.process.key,
          signalName: name.value,
          ...definitionField(event, definition),
        }),
    };
  },

  throw(step, self, definition) {
    const name = nameOf(step, self, (definition as SignalDefinition).name);
    if (!name.ok) return name;
    const variables: JsonObject =
      self.element.inputs.length === 0 ? visibleVariables(self) : Object.fromEntries(self.variables ?? []);
    step.effects.push({
      type: "broadcastSignal",
      key: step.environment.nextKey(),
      origin: step.instance.key,
      name: name.value,
      variables,
      tenantId: self.process.tenantId,
    });
    for (const wait of [...step.instance.waits.values()]) {
      if (wait.kind !== "signal" || wait.signalName !== name.value || step.instance.waits.get(wait.key) !== wait)
        continue;
      emit(step, { type: "signalReceived", key: wait.key, signalName: name.value });
      step.machine.wrappers.subscriptions.triggered(step, wait, self.element.inputs.length === 0 ? {} : variables);
    }
    return { ok: true, value: self.state === "active" };
  },
};

function nameOf(step: Step, self: ElementInstance, expression: Expression, variables?: VariableLookup): Result<string> {
  const result = evaluate(step, self, expression, variables);
  if (!result.ok) return { ok: false, failure: { ...result.failure, kind: "EXTRACT_VALUE_ERROR" } };
  if (typeof result.value === "string" && result.value !== "") return { ok: true, value: result.value };
  return {
    ok: false,
    failure: {
      kind: "EXTRACT_VALUE_ERROR",
      message: `Expected the signal name '${expression.source}' to be a text, but it is ${JSON.stringify(result.value).slice(0, 100)}`,
    },
  };
}
