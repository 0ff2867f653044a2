/** migrateInstance: moves a running process instance onto another version. Refused with a reason unless every active element has a counterpart of the same kind in the same nesting. */
import type { Command } from "../command.ts";
import { definitionOf } from "../definition.ts";
import { emit } from "../emit.ts";
import type { Rejection } from "../failure.ts";
import type { ElementInstance, ProcessInstance } from "../instance.ts";
import { subtree } from "../instance.ts";
import type { Step } from "../machine.ts";
import type { ExecutableProcess } from "../process.ts";
import { closeWaits } from "../termination.ts";
import { openWaits } from "../waits.ts";

type MigrateInstance = Extract<Command, { type: "migrateInstance" }>;

export function migrateInstance(step: Step, command: MigrateInstance): Rejection | null {
  const process = step.instance.processes.get(command.processInstanceKey);
  if (!process?.root)
    return {
      kind: "notFound",
      message: `Expected an active process instance with key ${command.processInstanceKey}, but there is none`,
    };
  const target = step.environment.processByKey(command.targetDefinitionKey);
  if (!target)
    return {
      kind: "notFound",
      message: `Expected a process definition with key ${command.targetDefinitionKey}, but there is none`,
    };
  const mapped = new Map(
    command.mappings.map(({ sourceElementId, targetElementId }) => [sourceElementId, targetElementId]),
  );
  if (mapped.size !== command.mappings.length)
    return { kind: "invalid", message: "Expected each source element once in the mapping, but one is there twice" };
  const active = subtree(process.root).filter((self) => self.process === process);
  for (const self of active) {
    const refused = refuse(self, target, mapped);
    if (refused) return refused;
  }
  migrate(step, process, target, mapped, active);
  return null;
}

function refuse(
  self: ElementInstance,
  target: ExecutableProcess,
  mapped: ReadonlyMap<string, string>,
): Rejection | null {
  if (self.type === "process") return null;
  const { id, type } = self.element;
  const targetId = mapped.get(id);
  if (targetId === undefined)
    return { kind: "invalidState", message: `Expected a mapping for every active element, but '${id}' has none` };
  const index = target.elementIndexById.get(targetId);
  if (index === undefined)
    return { kind: "invalid", message: `Expected an element '${targetId}' in the target process, but there is none` };
  const element = target.elements[index]!;
  if (element.type !== type)
    return {
      kind: "invalidState",
      message: `Expected '${id}' (${type}) to map to the same kind of element, but '${targetId}' is a ${element.type}`,
    };
  if (Boolean(element.loop) !== Boolean(self.element.loop))
    return {
      kind: "invalidState",
      message: `Expected '${id}' and '${targetId}' to be both loops or both not, but they differ`,
    };
  if (type === "userTask" && element.userTask?.native !== self.element.userTask?.native)
    return {
      kind: "invalidState",
      message: `Expected '${id}' and '${targetId}' to be the same kind of user task, but they differ`,
    };
  const scopeId = self.definition.elements[self.element.scope]!.id;
  const wanted = self.element.scope === 0 ? target.elements[0]!.id : (mapped.get(scopeId) ?? scopeId);
  const actual = target.elements[element.scope]!.id;
  if (wanted !== actual)
    return {
      kind: "invalidState",
      message: `Expected '${targetId}' to be inside of '${wanted}', but it is inside of '${actual}'`,
    };
  return null;
}

function migrate(
  step: Step,
  process: ProcessInstance,
  target: ExecutableProcess,
  mapped: ReadonlyMap<string, string>,
  active: readonly ElementInstance[],
): void {
  for (const self of active) closeUnmapped(step, self, target, mapped);
  emit(step, {
    type: "processInstanceMigrated",
    key: process.key,
    definition: target.key,
    processId: target.processId,
    version: target.version,
    mappings: [...mapped].map(([from, to]) => ({ from, to })),
  });
  for (const self of active) openNew(step, self);
}

/** Events that the target does not have are waited for no longer. */
function closeUnmapped(
  step: Step,
  self: ElementInstance,
  target: ExecutableProcess,
  mapped: ReadonlyMap<string, string>,
): void {
  closeWaits(step, self, (wait) => {
    if (!("event" in wait) || wait.event === self.element.index) return false;
    const { id } = self.definition.elements[wait.event]!;
    return !target.elementIndexById.has(mapped.get(id) ?? id);
  });
}

/** Boundary events and event sub-processes that only the target has are waited for from now on. */
function openNew(step: Step, self: ElementInstance): void {
  const { elements } = definitionOf(self.definition.process);
  const isBody = self.type === "multiInstanceBody";
  const events = isBody || !self.element.loop ? [...self.element.boundaryEvents] : [];
  if (!isBody && !self.detail?.interrupted) {
    for (const index of self.element.eventSubProcesses)
      events.push(...elements[index]!.children.filter((child) => elements[child]!.type === "startEvent"));
  }
  const waiting = new Set([...(self.waits ?? [])].flatMap((wait) => ("event" in wait ? [wait.event] : [])));
  openWaits(
    step,
    self,
    events.filter((index) => !waiting.has(index)).map((index) => elements[index]!),
  );
}
