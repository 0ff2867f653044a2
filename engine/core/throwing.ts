/**
 * Errors and escalations on their way outwards (BPMN 10.5.1, rules 30–37): the boundary events of the activity, then the
 * event sub-processes of the enclosing scope, then its boundary events, and so on, across call activities. A specific
 * code beats a catch-all at the same place.
 */
import { startOfEventSubProcess } from "./definition.ts";
import { isAlive, note } from "./emit.ts";
import type { ElementInstance } from "./instance.ts";
import type { JsonObject } from "./json.ts";
import { activate } from "./lifecycle.ts";
import type { Step } from "./machine.ts";
import type { EventDefinition, ProcessElement } from "./process.ts";
import { closeWaits, interrupt, interruptChildren } from "./termination.ts";
import { evaluate, mergeUp, setLocal } from "./variables.ts";

export interface Catcher {
  /** Host of the boundary event, or scope of the event sub-process. */
  readonly host: ElementInstance;
  /** Boundary event or start event. */
  readonly event: ProcessElement;
  readonly definition: EventDefinition;
}

/** The innermost place that catches; null when nobody does. Changes nothing. */
export function findCatcher(
  step: Step,
  origin: ElementInstance,
  type: "error" | "escalation",
  code: string,
): Catcher | null {
  let inside = false;
  for (let host: ElementInstance | null = origin; host; host = host.parent) {
    if (isAlive(host) && host.type !== "adHocInnerInstance") {
      const caught = (inside && inEventSubProcesses(step, host, type, code)) || atBoundary(step, host, type, code);
      if (caught) return caught;
    }
    inside = true;
  }
  return null;
}

/** An event sub-process that interrupts its scope shuts the others out (rules 19, 32). */
function inEventSubProcesses(
  step: Step,
  scope: ElementInstance,
  type: "error" | "escalation",
  code: string,
): Catcher | null {
  if (scope.detail?.interrupted || scope.type === "multiInstanceBody") return null;
  const { process } = scope.definition;
  const starts = scope.element.eventSubProcesses.flatMap((index) => startOfEventSubProcess(process, index) ?? []);
  return match(step, scope, starts, type, code);
}

function atBoundary(step: Step, host: ElementInstance, type: "error" | "escalation", code: string): Catcher | null {
  // Boundary events of a looping activity hang on its body.
  if (host.element.loop && host.type !== "multiInstanceBody") return null;
  return match(step, host, host.element.boundaryEvents, type, code);
}

function match(
  step: Step,
  host: ElementInstance,
  events: readonly number[],
  type: "error" | "escalation",
  code: string,
): Catcher | null {
  let catchAll: Catcher | null = null;
  for (const index of events) {
    const event = host.definition.elements[index]!;
    for (const definition of event.eventDefinitions) {
      if ((definition.type !== "error" && definition.type !== "escalation") || definition.type !== type) continue;
      const expected = definition.code ? evaluate(step, host, definition.code) : null;
      const wanted = expected?.ok ? expected.value : null;
      if (wanted === null || wanted === "") catchAll ??= { host, event, definition };
      else if (wanted === code) return { host, event, definition };
    }
  }
  return catchAll;
}

/** Throws a BPMN error at `origin`. False: nobody catches it and nothing has happened. */
export function throwError(
  step: Step,
  origin: ElementInstance,
  code: string,
  message: string,
  variables: JsonObject,
): boolean {
  const catcher = findCatcher(step, origin, "error", code);
  if (!catcher) return false;
  const { definition } = catcher;
  const extra: [string, string][] = [];
  if (definition.type === "error" && definition.codeVariable) extra.push([definition.codeVariable, code]);
  if (definition.type === "error" && definition.messageVariable) extra.push([definition.messageVariable, message]);
  occur(step, catcher.host, catcher.event, { ...variables, ...Object.fromEntries(extra) });
  return true;
}

/** Throws an escalation; an uncaught one is nothing (rule 35). */
export function throwEscalation(step: Step, origin: ElementInstance, code: string): void {
  const catcher = findCatcher(step, origin, "escalation", code);
  if (!catcher) return;
  for (let scope: ElementInstance | null = origin; scope && scope !== catcher.host; scope = scope.parent) {
    if (scope.type === "process" && scope.parent) returnVariables(step, scope.parent, scope);
  }
  occur(step, catcher.host, catcher.event, {});
}

/** What a called process gives back to its call activity (rules 37, 70). */
export function returnVariables(step: Step, callActivity: ElementInstance, child: ElementInstance): void {
  const values: JsonObject = child.variables ? Object.fromEntries(child.variables) : {};
  if (callActivity.element.outputs.length > 0) {
    setLocal(step, callActivity, values);
    step.machine.wrappers.mappings.output(step, callActivity);
  } else if (callActivity.element.calledElement?.propagateAllChildVariables) {
    mergeUp(step, callActivity, values);
  }
}

/** A boundary event or the start event of an event sub-process occurs at `host`. */
export function occur(step: Step, host: ElementInstance, event: ProcessElement, variables: JsonObject): void {
  if (event.type === "boundaryEvent") occurAtBoundary(step, host, event, variables);
  else occurInScope(step, host, event, variables);
}

function occurAtBoundary(step: Step, host: ElementInstance, event: ProcessElement, variables: JsonObject): void {
  const scope = host.parent;
  if (!scope || !isAlive(host) || scope.state !== "active") return;
  const local = event.outputs.length > 0 ? variables : {};
  if (event.outputs.length === 0) mergeUp(step, scope, variables);
  if (event.interrupting) interrupt(step, host, { do: "boundary", event: event.index, variables: local });
  else activate(step, scope, event, { variables: local, attachedTo: host.key });
}

function occurInScope(step: Step, scope: ElementInstance, start: ProcessElement, variables: JsonObject): void {
  if (scope.state !== "active" || scope.detail?.interrupted) return;
  const { elements } = scope.definition;
  if (!start.interrupting) {
    activate(step, scope, elements[start.scope]!, { variables, attachedTo: scope.key });
    return;
  }
  note(step, scope, { kind: "interrupted" });
  // Only the waits of event sub-processes end; boundary events of the enclosing activity stay open (rule 20).
  closeWaits(
    step,
    scope,
    (wait) => "event" in wait && wait.event !== scope.element.index && elements[wait.event]!.type === "startEvent",
  );
  closeWaits(step, scope, (wait) => wait.kind === "job" || wait.kind === "incident");
  interruptChildren(step, scope, { do: "eventSubProcess", event: start.index, variables });
}
