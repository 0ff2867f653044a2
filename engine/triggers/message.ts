/** Message event definition (BPMN 10.5.5): catch opens a subscription with its key evaluated once (rule 58); throw publishes, or is a job where a worker sends. */
import { emit } from "../core/emit.ts";
import type { Failure, Result } from "../core/failure.ts";
import type { ElementInstance } from "../core/instance.ts";
import { createJob } from "../core/jobs.ts";
import type { JsonObject } from "../core/json.ts";
import type { Step, Trigger } from "../core/machine.ts";
import type { EventDefinition, Expression, VariableLookup } from "../core/process.ts";
import { evaluate, visibleVariables } from "../core/variables.ts";
import { definitionField } from "../core/waits.ts";
import { durationMs } from "./iso-8601.ts";

type MessageDefinition = Extract<EventDefinition, { type: "message" }>;

/** How long a message lives that the model gives no time to live: long enough for a partner that is a little late. */
const timeToLiveDefaultMs = 3_600_000;

export const message: Trigger = {
  prepare(step, { owner, event, definition, variables, interrupting }) {
    const wanted = event.eventDefinitions[definition] as MessageDefinition;
    const name = text(step, owner, wanted.name, variables, "message name");
    if (!name.ok) return name;
    const key = wanted.correlationKey
      ? correlationKey(step, owner, wanted.correlationKey, variables)
      : ({ ok: true, value: "" } as const);
    if (!key.ok) return key;
    return {
      ok: true,
      value: () =>
        emit(step, {
          type: "messageSubscriptionOpened",
          key: step.environment.nextKey(),
          element: owner.key,
          elementId: event.id,
          instance: owner.process.key,
          messageName: name.value,
          correlationKey: key.value,
          interrupting,
          ...definitionField(event, definition),
        }),
    };
  },

  throw(step, self, definition) {
    const thrown = definition as MessageDefinition;
    if (thrown.task) {
      const failed = createJob(step, self, thrown.task, { kind: "BPMN_ELEMENT" });
      return failed ? { ok: false, failure: failed } : { ok: true, value: false };
    }
    const published = publish(step, self, thrown);
    return published ? { ok: false, failure: published } : { ok: true, value: true };
  },
};

function publish(step: Step, self: ElementInstance, definition: MessageDefinition): Failure | null {
  const name = text(step, self, definition.name, undefined, "message name");
  if (!name.ok) return name.failure;
  const key = thrownKey(step, self, definition.correlationKey);
  if (!key.ok) return key.failure;
  const messageId = definition.messageId ? text(step, self, definition.messageId, undefined, "message id") : null;
  if (messageId && !messageId.ok) return messageId.failure;
  const timeToLiveMs = timeToLive(step, self, definition.timeToLive);
  if (timeToLiveMs === null)
    return extraction(`Expected the time to live '${definition.timeToLive!.source}' to be a duration, but it is not`);
  step.effects.push({
    type: "publishMessage",
    key: step.environment.nextKey(),
    name: name.value,
    correlationKey: key.value,
    timeToLiveMs,
    messageId: messageId?.value ?? null,
    variables: payload(self),
    tenantId: self.process.tenantId,
  });
  return null;
}

/** The sender may know no key: such a message starts processes or meets partners that wait without one. */
function thrownKey(step: Step, self: ElementInstance, expression: Expression | undefined): Result<string> {
  if (!expression) return { ok: true, value: "" };
  const result = evaluate(step, self, expression);
  if (result.ok && result.value === null) return { ok: true, value: "" };
  return correlationKey(step, self, expression);
}

/** What its input mappings have prepared; without any, all that the thrower sees. */
function payload(self: ElementInstance): JsonObject {
  if (self.element.inputs.length === 0) return visibleVariables(self);
  return self.variables ? Object.fromEntries(self.variables) : {};
}

function timeToLive(step: Step, self: ElementInstance, expression: Expression | undefined): number | null {
  if (!expression) return timeToLiveDefaultMs;
  const result = evaluate(step, self, expression);
  if (!result.ok) return null;
  if (typeof result.value === "number" && result.value >= 0) return result.value;
  return typeof result.value === "string" ? durationMs(result.value, step.now) : null;
}

function text(
  step: Step,
  self: ElementInstance,
  expression: Expression,
  variables: VariableLookup | undefined,
  what: string,
): Result<string> {
  const result = evaluate(step, self, expression, variables);
  if (!result.ok) return { ok: false, failure: { ...result.failure, kind: "EXTRACT_VALUE_ERROR" } };
  if (typeof result.value === "string" && result.value !== "") return { ok: true, value: result.value };
  return {
    ok: false,
    failure: extraction(
      `Expected the ${what} '${expression.source}' to be a text, but it is ${JSON.stringify(result.value).slice(0, 100)}`,
    ),
  };
}

function correlationKey(
  step: Step,
  self: ElementInstance,
  expression: Expression,
  variables?: VariableLookup,
): Result<string> {
  const result = evaluate(step, self, expression, variables);
  if (!result.ok) return { ok: false, failure: { ...result.failure, kind: "EXTRACT_VALUE_ERROR" } };
  if (typeof result.value === "string") return { ok: true, value: result.value };
  if (typeof result.value === "number") return { ok: true, value: String(result.value) };
  return {
    ok: false,
    failure: extraction(
      `Expected the correlation key '${expression.source}' to be a text or a number, but it is ${JSON.stringify(result.value).slice(0, 100)}`,
    ),
  };
}

function extraction(message: string): Failure {
  return { kind: "EXTRACT_VALUE_ERROR", message };
}
