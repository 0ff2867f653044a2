/** Signal event definition (BPMN 10.5.5, rule 60): broadcast. This instance's own subscriptions are served at once, so that a throw that interrupts its own scope never goes on (rule 22). */
import { emit } from "../core/emit.ts";
import type { Result } from "../core/failure.ts";
import type { ElementInstance, SignalWait } from "../core/instance.ts";
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
    const mapped = self.element.inputs.length > 0;
    const payload: JsonObject = mapped ? Object.fromEntries(self.variables ?? []) : visibleVariables(self);
    broadcast(step, self, name.value, payload, mapped ? payload : {});
    return { ok: true, value: self.state === "active" };
  },
};

/**
 * Tells the world, and serves this instance's own subscriptions at once. One that stays open is renewed: its new key is
 * younger than the broadcast, so that the runtime, which serves what was open before, does not serve it again.
 * @param served the variables for this instance, which sees its own anyway.
 * @param except has served itself (the boundary of a multi-instance body).
 */
export function broadcast(
  step: Step,
  self: ElementInstance,
  name: string,
  payload: JsonObject,
  served: JsonObject,
  except?: ElementInstance,
): void {
  const { instance, environment } = step;
  const key = environment.nextKey();
  const tenantId = self.process.tenantId;
  step.effects.push({ type: "broadcastSignal", key, origin: instance.key, name, variables: payload, tenantId });
  for (const wait of [...instance.waits.values()]) {
    if (wait.kind !== "signal" || wait.signalName !== name || !instance.waits.has(wait.key)) continue;
    if (wait.owner !== except) {
      emit(step, { type: "signalReceived", key: wait.key, signalName: name });
      step.machine.wrappers.subscriptions.triggered(step, wait, served);
    }
    if (instance.waits.get(wait.key) === wait) renew(step, wait);
  }
}

function renew(step: Step, { key, owner, event, definition, signalName }: SignalWait): void {
  const element = owner.definition.elements[event]!;
  emit(step, { type: "signalSubscriptionClosed", key });
  emit(step, {
    type: "signalSubscriptionOpened",
    key: step.environment.nextKey(),
    element: owner.key,
    elementId: element.id,
    instance: owner.process.key,
    signalName,
    ...definitionField(element, definition),
  });
}

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
