/** Records of what can be undone, kept as activities complete (BPMN 10.7.2). */
import type { CompensationRecord, ElementInstance } from "./instance.ts";
import { detailOf } from "./instance.ts";
import type { Key } from "./json.ts";

/**
 * What has completed can be undone (rule 38): the record goes to the enclosing scope, oldest first. An explicit handler
 * stands for the whole activity; without one a scope hands on what it holds, with its data as of now (rule 44).
 */
export function registerCompensation(self: ElementInstance): void {
  const { parent, element } = self;
  if (!parent || self.type === "process" || self.detail?.compensating || element.isForCompensation) return;
  const record = compensationRecord(self, parent);
  if (!record) return;
  const guard = self.detail?.guard;
  if (guard?.blocked && !guard.started) return; // never ran: nothing to undo
  const detail = detailOf(parent);
  detail.compensations ??= [];
  detail.compensations.push(record);
}

function compensationRecord(self: ElementInstance, parent: ElementInstance): CompensationRecord | null {
  const { element } = self;
  const instanceOfLoop = parent.type === "multiInstanceBody";
  const guard = self.detail?.guard;
  const action = guard?.started && guard.decisionId !== null ? { decisionId: guard.decisionId, args: guard.args } : {};
  if (element.compensationHandler !== null && !instanceOfLoop && self.type !== "adHocInnerInstance") {
    return { key: self.key, element: element.index, ...action };
  }
  const inner = self.detail?.compensations;
  const undoing = self.type !== "multiInstanceBody" && element.eventSubProcesses.some((index) => undoes(self, index));
  if (!inner?.length && !undoing) return null;
  const variables = self.variables ? Object.fromEntries(self.variables) : {};
  return { key: self.key, element: element.index, variables, inner: inner ?? [], ...action };
}

function undoes(self: ElementInstance, eventSubProcess: number): boolean {
  const { elements } = self.definition;
  return elements[eventSubProcess]!.children.some((index) => {
    const child = elements[index]!;
    return (
      child.type === "startEvent" && child.eventDefinitions.some((definition) => definition.type === "compensation")
    );
  });
}

/** What undoes `key` alone, and what stays to be undone of the rest; null where nothing is left on that side. */
export function divideRecord(
  record: CompensationRecord,
  key: Key,
): readonly [part: CompensationRecord | null, rest: CompensationRecord | null] {
  if (record.key === key) return [record, null];
  const divided = (record.inner ?? []).map((inner) => divideRecord(inner, key));
  const part = divided.flatMap(([taken]) => taken ?? []);
  if (part.length === 0) return [null, record];
  const rest = divided.flatMap(([, kept]) => kept ?? []);
  // A guarded scope is not undone with one of its parts: its own decision stays with what is left of it.
  const { decisionId: _decisionId, args: _args, ...scope } = record;
  return [{ ...scope, inner: part }, rest.length > 0 ? { ...record, inner: rest } : null];
}
