/** What migration to another version means for the state: every reference to the old definition finds its counterpart in the new one. */
import { definitionOf } from "./definition.ts";
import type { Event } from "./event.ts";
import type { CompensationRecord, Instance } from "./instance.ts";

export function applyMigration(instance: Instance, event: Extract<Event, { type: "processInstanceMigrated" }>): void {
  const process = instance.processes.get(event.key)!;
  const target = instance.processByKey(event.definition);
  if (!target) throw new Error(`Expected the process definition ${event.definition}, but it is not known`);
  const definition = definitionOf(target);
  const mapped = new Map(event.mappings.map((mapping) => [mapping.from, mapping.to]));
  const source = process.definition;
  const indexIn = (index: number) => {
    const id = source.elements[index]!.id;
    return target.elementIndexById.get(mapped.get(id) ?? id) ?? index;
  };
  process.definition = definition;
  for (const self of instance.elements.values()) {
    if (self.process !== process) continue;
    const index = self.element.index === 0 ? 0 : indexIn(self.element.index);
    self.definition = definition;
    self.element = definition.elements[index]!;
    instance.conditionals.delete(self);
    if (definition.conditional[index]) instance.conditionals.add(self);
    if (self.waits) for (const wait of self.waits) if ("event" in wait) wait.event = indexIn(wait.event);
    if (self.tokens) self.tokens = migratedTokens(self.tokens, source.flows, definition.flows);
    migrateRecords(self.detail?.compensations, indexIn);
  }
}

function migratedTokens(
  tokens: Map<number, number>,
  from: readonly { readonly id: string }[],
  to: readonly { readonly id: string; readonly index: number }[],
): Map<number, number> {
  const byId = new Map(to.map((flow) => [flow.id, flow.index]));
  const moved = new Map<number, number>();
  for (const [flow, count] of tokens) {
    const index = byId.get(from[flow]!.id);
    if (index !== undefined) moved.set(index, count);
  }
  return moved;
}

function migrateRecords(records: CompensationRecord[] | undefined, indexIn: (index: number) => number): void {
  if (!records) return;
  const pending: CompensationRecord[][] = [records];
  for (let list = pending.pop(); list; list = pending.pop()) {
    for (const [position, record] of list.entries()) {
      list[position] = { ...record, element: indexIn(record.element) };
      if (record.inner) pending.push(record.inner);
    }
  }
}
