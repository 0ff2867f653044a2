/** createInstance: the first command of an aggregate. */

import type { Command } from "../command.ts";
import { emit, note } from "../emit.ts";
import type { Environment } from "../environment.ts";
import type { Rejection } from "../failure.ts";
import { begin } from "../lifecycle.ts";
import type { Step } from "../machine.ts";
import type { ExecutableProcess } from "../process.ts";

type CreateInstance = Extract<Command, { type: "createInstance" }>;

/** Checks the command against the definition; gives the definition or the reason why not. */
export function checkCreation(command: CreateInstance, environment: Environment): ExecutableProcess | Rejection {
  const process = environment.processByKey(command.definitionKey);
  if (!process)
    return {
      kind: "notFound",
      message: `Expected a process definition with key ${command.definitionKey}, but there is none`,
    };
  if (!process.executable)
    return {
      kind: "invalidState",
      message: `Expected the process '${process.processId}' to be executable, but it is not`,
    };
  if (command.startElementIndex !== undefined) {
    if (process.elements[command.startElementIndex]?.scope === 0) return process;
    return {
      kind: "invalid",
      message: `Expected the start element ${command.startElementIndex} at process level, but there is none`,
    };
  }
  for (const { elementId } of command.startInstructions ?? []) {
    const refused = refuseStartAt(process, elementId);
    if (refused) return refused;
  }
  for (const elementId of command.terminateAfter ?? []) {
    if (!process.elementIndexById.get(elementId))
      return {
        kind: "invalid",
        message: `Expected an element of the process '${process.processId}' to terminate after, but '${elementId}' is none`,
      };
  }
  if (!command.startInstructions?.length && !process.hasNoneStart) {
    return {
      kind: "invalidState",
      message: `Expected the process '${process.processId}' to have a none start event, but it has none`,
    };
  }
  return process;
}

function refuseStartAt(process: ExecutableProcess, elementId: string): Rejection | null {
  const index = process.elementIndexById.get(elementId);
  if (index === undefined || index === 0)
    return {
      kind: "invalid",
      message: `Expected an element of the process '${process.processId}' to start at, but '${elementId}' is none`,
    };
  const element = process.elements[index]!;
  if (element.type === "boundaryEvent" || element.type === "startEvent" || element.type === "eventSubProcess") {
    return {
      kind: "invalid",
      message: `Expected an element that can be started at, but '${elementId}' is a ${element.type}`,
    };
  }
  for (let scope = element.scope; scope > 0; scope = process.elements[scope]!.scope) {
    if (process.elements[scope]!.loop)
      return {
        kind: "invalid",
        message: `Expected an element outside of multi-instance sub-processes, but '${elementId}' is inside of '${process.elements[scope]!.id}'`,
      };
  }
  return null;
}

export function createProcessInstance(step: Step, command: CreateInstance, process: ExecutableProcess): void {
  const { key } = command;
  emit(step, {
    type: "processInstanceCreated",
    key,
    root: key,
    definition: process.key,
    processId: process.processId,
    version: process.version,
    versionTag: process.versionTag,
    parent: null,
    parentElement: null,
    tags: command.tags ?? [],
    businessId: command.businessId ?? null,
    tenantId: process.tenantId,
    ...(command.terminateAfter?.length && { terminateAfter: command.terminateAfter }),
    ...(command.message && { message: command.message }),
  });
  emit(step, {
    type: "elementActivated",
    key,
    elementId: process.elements[0]!.id,
    elementType: "process",
    scope: null,
    instance: key,
  });
  // With output mappings the trigger's variables belong to the start event; only what it maps reaches the process.
  const mapped =
    command.startElementIndex !== undefined && process.elements[command.startElementIndex]!.outputs.length > 0;
  if (!mapped && Object.keys(command.variables).length > 0)
    emit(step, { type: "variablesSet", scope: key, instance: key, values: command.variables });
  const root = step.instance.elements.get(key)!;
  step.activations++;
  if (command.startElementIndex !== undefined) {
    const triggered = command.startElementIndex;
    const variables = mapped ? command.variables : {};
    const definition = command.startDefinition ?? 0;
    note(step, root, { kind: "start", elements: [], triggered, variables, definition });
  } else if (command.startInstructions?.length) {
    const elements = command.startInstructions.map(({ elementId }) => process.elementIndexById.get(elementId)!);
    note(step, root, { kind: "start", elements, triggered: null, variables: {} });
  }
  step.queue.push(() => begin(step, root, "inputs"));
}
