/** modifyInstance: activate, terminate and move tokens. Everything is checked before the first event; activations come before terminations, so that a moved token never leaves its scope empty. */
import type { ActivateInstruction, Command } from "../command.ts";
import type { Rejection } from "../failure.ts";
import type { ElementInstance, ProcessInstance } from "../instance.ts";
import type { JsonObject } from "../json.ts";
import type { Step } from "../machine.ts";
import { placeTokens } from "../placing.ts";
import { terminate } from "../termination.ts";
import { setLocal } from "../variables.ts";

type ModifyInstance = Extract<Command, { type: "modifyInstance" }>;
type VariableInstructions = ActivateInstruction["variableInstructions"];

interface Placement {
  readonly scope: ElementInstance;
  readonly index: number;
  readonly variables: VariableInstructions;
}

export function modifyInstance(step: Step, command: ModifyInstance): Rejection | null {
  const process = step.instance.processes.get(command.processInstanceKey);
  if (process?.root?.state !== "active")
    return {
      kind: "notFound",
      message: `Expected an active process instance with key ${command.processInstanceKey}, but there is none`,
    };
  const placements: Placement[] = [];
  const doomed: ElementInstance[] = [];
  const refused =
    checkActivations(step, process, command, placements) ??
    checkTerminations(step, process, command, doomed) ??
    checkMoves(process, command, placements, doomed);
  if (refused) return refused;
  for (const placement of placements) place(step, process, placement);
  for (const self of doomed) if (self.state !== "gone") terminateWithEmptyScopes(step, self);
  return null;
}

function indexOf(process: ProcessInstance, elementId: string): number | Rejection {
  const index = process.definition.process.elementIndexById.get(elementId);
  if (index === undefined || index === 0)
    return {
      kind: "invalid",
      message: `Expected an element of the process '${process.definition.process.processId}', but '${elementId}' is none`,
    };
  const { type } = process.definition.elements[index]!;
  if (type === "startEvent" || type === "boundaryEvent" || type === "eventSubProcess")
    return { kind: "invalid", message: `Expected an element that can be activated, but '${elementId}' is a ${type}` };
  return index;
}

function checkActivations(
  step: Step,
  process: ProcessInstance,
  command: ModifyInstance,
  placements: Placement[],
): Rejection | null {
  for (const instruction of command.activate) {
    const index = indexOf(process, instruction.elementId);
    if (typeof index !== "number") return index;
    const scope = scopeFor(step, process, index, instruction);
    if ("message" in scope) return scope;
    placements.push({ scope, index, variables: instruction.variableInstructions });
  }
  return null;
}

/** The innermost existing scope around the element; with several to choose from, the caller must say which. */
function scopeFor(
  step: Step,
  process: ProcessInstance,
  index: number,
  { elementId, ancestorElementInstanceKey }: ActivateInstruction,
): ElementInstance | Rejection {
  const { elements } = process.definition;
  const enclosing: number[] = [];
  for (let scope = elements[index]!.scope; scope >= 0; scope = elements[scope]!.scope) enclosing.push(scope);
  if (ancestorElementInstanceKey !== undefined) {
    const ancestor = step.instance.elements.get(ancestorElementInstanceKey);
    if (
      ancestor?.process === process &&
      ancestor.state === "active" &&
      ancestor.type !== "multiInstanceBody" &&
      enclosing.includes(ancestor.element.index)
    )
      return ancestor;
    return {
      kind: "invalid",
      message: `Expected ${ancestorElementInstanceKey} to be an active scope around '${elementId}', but it is not`,
    };
  }
  for (const scope of enclosing) {
    const found = activeInstances(process, scope).filter((self) => self.type !== "multiInstanceBody");
    if (found.length === 1) return found[0]!;
    if (found.length > 1)
      return {
        kind: "invalid",
        message: `Expected one active scope for '${elementId}', but there are ${found.length}: give the key of the ancestor`,
      };
    if (elements[scope]!.loop)
      return {
        kind: "invalid",
        message: `Expected '${elementId}' to have an active scope, but '${elements[scope]!.id}' is a loop that is not running`,
      };
  }
  return process.root!;
}

function activeInstances(process: ProcessInstance, index: number): ElementInstance[] {
  const found: ElementInstance[] = [];
  const pending: ElementInstance[] = [process.root!];
  for (let self = pending.pop(); self; self = pending.pop()) {
    if (self.process !== process) continue;
    if (self.element.index === index && self.state === "active" && self.type !== "adHocInnerInstance") found.push(self);
    if (self.children) pending.push(...self.children);
  }
  return found;
}

function checkTerminations(
  step: Step,
  process: ProcessInstance,
  command: ModifyInstance,
  doomed: ElementInstance[],
): Rejection | null {
  for (const instruction of command.terminate) {
    if ("elementInstanceKey" in instruction) {
      const self = step.instance.elements.get(instruction.elementInstanceKey);
      if (self?.process !== process)
        return {
          kind: "notFound",
          message: `Expected an active element instance with key ${instruction.elementInstanceKey} in process instance ${process.key}, but there is none`,
        };
      if (self.state === "terminating")
        return {
          kind: "invalidState",
          message: `Expected an active element instance, but '${self.element.id}' (${self.key}) is being terminated`,
        };
      doomed.push(self);
      continue;
    }
    const found = instancesById(process, instruction.elementId);
    if (found.length === 0)
      return {
        kind: "notFound",
        message: `Expected an active instance of '${instruction.elementId}', but there is none`,
      };
    doomed.push(...found);
  }
  return null;
}

function instancesById(process: ProcessInstance, elementId: string): ElementInstance[] {
  const index = process.definition.process.elementIndexById.get(elementId);
  const found = index === undefined ? [] : activeInstances(process, index);
  const bodies = found.filter((self) => self.type === "multiInstanceBody");
  return bodies.length > 0 ? bodies : found;
}

function checkMoves(
  process: ProcessInstance,
  command: ModifyInstance,
  placements: Placement[],
  doomed: ElementInstance[],
): Rejection | null {
  for (const move of command.move) {
    const index = indexOf(process, move.targetElementId);
    if (typeof index !== "number") return index;
    const sources = instancesById(process, move.sourceElementId);
    if (sources.length === 0)
      return {
        kind: "notFound",
        message: `Expected an active instance of '${move.sourceElementId}', but there is none`,
      };
    for (const source of sources) {
      const scope = sharedScope(source, index);
      placements.push({ scope: scope ?? process.root!, index, variables: move.variableInstructions });
      doomed.push(source);
    }
  }
  return null;
}

/** The nearest scope around the moved token that also encloses the target. */
function sharedScope(source: ElementInstance, index: number): ElementInstance | null {
  const { elements } = source.definition;
  const enclosing = new Set<number>();
  for (let scope = elements[index]!.scope; scope >= 0; scope = elements[scope]!.scope) enclosing.add(scope);
  for (let scope = source.parent; scope; scope = scope.parent) {
    if (scope.type !== "multiInstanceBody" && scope.type !== "adHocSubProcess" && enclosing.has(scope.element.index))
      return scope;
    if (scope.type === "process") return null;
  }
  return null;
}

function place(step: Step, process: ProcessInstance, { scope, index, variables }: Placement): void {
  const locals = new Map<string, JsonObject>();
  for (const { variables: values, scopeId } of variables) {
    const existing = scopeId === null ? process.root! : scopeById(scope, scopeId);
    if (existing) setLocal(step, existing, values);
    else locals.set(scopeId!, { ...locals.get(scopeId!), ...values });
  }
  placeTokens(step, scope, [index], Object.fromEntries(locals));
}

function scopeById(from: ElementInstance, elementId: string): ElementInstance | null {
  for (let scope: ElementInstance | null = from; scope; scope = scope.type === "process" ? null : scope.parent) {
    if (scope.element.id === elementId && scope.type !== "multiInstanceBody") return scope;
  }
  return null;
}

/** A scope that the modification itself has emptied ends with it instead of completing. */
function terminateWithEmptyScopes(step: Step, self: ElementInstance): void {
  let target = self;
  for (;;) {
    const { parent, process } = target;
    if (!terminate(step, target)) return;
    if (
      !parent ||
      parent.process !== process ||
      parent.type === "multiInstanceBody" ||
      parent.state !== "active" ||
      (parent.children && parent.children.size > 0)
    )
      return;
    if (parent.type === "adHocSubProcess") return;
    target = parent;
  }
}
