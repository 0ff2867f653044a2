/** Opening waits for events: everything is evaluated first, then all waits of an element instance open, or none. */
import type { Failure } from "./failure.ts";
import type { ElementInstance } from "./instance.ts";
import type { Step } from "./machine.ts";
import type { ProcessElement } from "./process.ts";
import { variablesOf } from "./variables.ts";

/**
 * Opens the waits of `owner` for `events`. Correlation keys and timers of boundary events are evaluated in the scope
 * around the activity (rule 25), all others in the owner itself.
 */
export function openWaits(step: Step, owner: ElementInstance, events: readonly ProcessElement[]): Failure | null {
  const open: (() => void)[] = [];
  for (const event of events) {
    const variables = variablesOf(event.type === "boundaryEvent" ? owner.parent : owner);
    const came = owner.detail?.triggered?.[event.index];
    for (const [definition, { type }] of event.eventDefinitions.entries()) {
      const { prepare } = step.machine.triggers[type];
      if (!prepare || came?.includes(definition)) continue;
      const prepared = prepare(step, { owner, event, definition, variables, interrupting: event.interrupting });
      if (!prepared.ok) return prepared.failure;
      open.push(prepared.value);
    }
  }
  for (const start of open) start();
  return null;
}

/** `definition` is written only where an event has several. */
export function definitionField(event: ProcessElement, definition: number): { readonly definition?: number } {
  return event.eventDefinitions.length > 1 ? { definition } : {};
}
