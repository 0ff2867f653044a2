/** Start events that something outside triggers: what the latest version of a process listens to. */
import { startTriggersOf } from "../../core/index.ts";
import type { EpochMs, Key } from "../../core/json.ts";
import type { EventDefinition, ExecutableProcess, ProcessElement } from "../../core/process.ts";
import { scheduleOf } from "../../triggers/timer.ts";
import { EngineError } from "../contract/errors.ts";

export interface StartSubscription {
  readonly key: Key;
  readonly elementId: string;
  readonly elementIndex: number;
  readonly kind: "message" | "signal" | "timer" | "conditional";
  readonly name: string | null;
  readonly dueAt: EpochMs | null;
  readonly repetitions: number;
  readonly interval: string | null;
}

const noVariables = { get: () => undefined };

/** @throws {EngineError} `invalid` when a name or timer of a start event cannot be evaluated without variables. */
export function startSubscriptionsOf(
  process: ExecutableProcess,
  now: EpochMs,
  nextKey: () => Key,
): readonly StartSubscription[] {
  return startTriggersOf(process).flatMap((index) => {
    const element = process.elements[index];
    if (!element) return [];
    return element.eventDefinitions.flatMap(
      (definition) => subscribe(process, element, definition, now, nextKey) ?? [],
    );
  });
}

/** Index of the definition of a multiple start event that a subscription of this kind and name stands for. */
export function definitionThatCame(
  element: ProcessElement,
  { kind, name }: { readonly kind: string; readonly name: string | null },
): number {
  const found = element.eventDefinitions.findIndex((definition) => {
    if (definition.type !== kind) return false;
    if (definition.type !== "message" && definition.type !== "signal") return true;
    const evaluated = definition.name.evaluate(noVariables, 0);
    return evaluated.ok && evaluated.value === name;
  });
  return Math.max(0, found);
}

function subscribe(
  process: ExecutableProcess,
  element: ProcessElement,
  definition: EventDefinition,
  now: EpochMs,
  nextKey: () => Key,
): StartSubscription | null {
  const base = {
    elementId: element.id,
    elementIndex: element.index,
    name: null,
    dueAt: null,
    repetitions: 0,
    interval: null,
  };
  const problem = (message: string): EngineError =>
    new EngineError("invalid", `${process.resourceName}, element ${element.id}: ${message}`, [
      { resourceName: process.resourceName, elementId: element.id, message },
    ]);
  switch (definition.type) {
    case "message":
    case "signal": {
      const result = definition.name.evaluate(noVariables, now);
      if (!result.ok || typeof result.value !== "string" || result.value === "" || result.value.length > 1024) {
        throw problem(`Expected the name '${definition.name.source}' of a start event to be a text, but it is not`);
      }
      return { ...base, key: nextKey(), kind: definition.type, name: result.value };
    }
    case "timer": {
      const result = definition.expression.evaluate(noVariables, now);
      const schedule = result.ok ? scheduleOf(definition.kind, result.value, now) : result;
      if (!schedule.ok) throw problem(schedule.failure.message);
      return { ...base, key: nextKey(), kind: "timer", ...schedule.value };
    }
    case "conditional":
      return { ...base, key: nextKey(), kind: "conditional" };
    default:
      return null;
  }
}
