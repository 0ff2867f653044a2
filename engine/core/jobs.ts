/** Jobs as the core knows them: type, retries, headers. Who works on them, and until when, is delivery. */

import { emit } from "./emit.ts";
import type { JobKind, ListenerEventType } from "./event.ts";
import type { Failure } from "./failure.ts";
import type { ElementInstance } from "./instance.ts";
import type { Key } from "./json.ts";
import type { Step } from "./machine.ts";
import type { JobDefinition } from "./process.ts";
import { evaluate } from "./variables.ts";

export interface JobOptions {
  readonly kind: JobKind;
  readonly listenerEventType?: ListenerEventType;
  readonly userTask?: Key;
}

/** Creates a job for `self`; a guarded action carries its permit and exactly the judged arguments. */
export function createJob(
  step: Step,
  self: ElementInstance,
  definition: Pick<JobDefinition, "type" | "retries" | "headers" | "priority">,
  options: JobOptions,
): Failure | null {
  const type = evaluate(step, self, definition.type);
  if (!type.ok) return { ...type.failure, kind: "EXTRACT_VALUE_ERROR" };
  if (typeof type.value !== "string" || type.value === "")
    return mismatch("job type", "a text", definition.type.source);
  const retries = numberOf(step, self, definition.retries);
  if (retries === null || retries < 0)
    return mismatch("number of retries", "a whole number of at least 0", definition.retries.source);
  const priority = definition.priority ? numberOf(step, self, definition.priority) : 0;
  if (priority === null) return mismatch("job priority", "a whole number", definition.priority!.source);
  const guard = options.kind === "BPMN_ELEMENT" ? guardOf(step, self) : null;
  emit(step, {
    type: "jobCreated",
    key: step.environment.nextKey(),
    element: self.key,
    elementId: self.element.id,
    instance: self.process.key,
    jobType: type.value,
    kind: options.kind,
    listenerEventType: options.listenerEventType ?? "UNSPECIFIED",
    retries,
    priority,
    headers: definition.headers,
    ...(guard && { guard }),
    ...(options.userTask !== undefined && { userTask: options.userTask }),
  });
  return null;
}

function numberOf(step: Step, self: ElementInstance, expression: JobDefinition["retries"]): number | null {
  const result = evaluate(step, self, expression);
  if (!result.ok) return null;
  const value = typeof result.value === "string" && result.value.trim() !== "" ? Number(result.value) : result.value;
  return typeof value === "number" && Number.isInteger(value) ? value : null;
}

function guardOf(step: Step, self: ElementInstance) {
  const guard = self.detail?.guard;
  if (!guard?.started || guard.decisionId === null) return null;
  return {
    decisionId: guard.decisionId,
    permit: step.permits.get(self.key) ?? null,
    args: guard.args,
    idempotencyKey: idempotencyKeyOf(self),
  };
}

/** The same for every attempt at one action, different for every other. */
export function idempotencyKeyOf(self: ElementInstance): string {
  return `${self.process.key}-${self.key}`;
}

function mismatch(what: string, expected: string, source: string): Failure {
  return { kind: "EXTRACT_VALUE_ERROR", message: `Expected the ${what} '${source}' to be ${expected}, but it is not` };
}
