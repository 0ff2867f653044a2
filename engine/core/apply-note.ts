/** Applies the core's own notes (bookkeeping.ts). */

import { divideRecord } from "./apply-compensation.ts";
import type { Note } from "./bookkeeping.ts";
import type { Event } from "./event.ts";
import type { CompensationRecord, Detail, ElementInstance, Instance } from "./instance.ts";
import { detailOf, endReset } from "./instance.ts";

export function applyNote(instance: Instance, event: Extract<Event, { type: "noted" }>): void {
  const self = instance.elements.get(event.element)!;
  const note = event.note as unknown as Note;
  const detail = detailOf(self);
  switch (note.kind) {
    case "loop":
      detail.loop = {
        items: note.items,
        total: note.total,
        started: 0,
        completed: 0,
        terminated: 0,
        outputs: note.outputs ? [...note.outputs] : null,
      };
      return;
    case "loopOutput":
      if (detail.loop?.outputs) detail.loop.outputs[note.index] = note.value;
      return;
    case "interrupted":
      detail.interrupted = true;
      self.tokens = null;
      delete detail.resetting;
      instance.waitingScopes.delete(self);
      return;
    case "pending":
      detail.pending = note.continuation;
      return;
    case "pendingDone":
      delete detail.pending;
      return;
    case "triggered":
      detail.triggered ??= {};
      if (note.definition === null) delete detail.triggered[note.event];
      else detail.triggered[note.event] = [...(detail.triggered[note.event] ?? []), note.definition];
      return;
    case "reset":
      endReset(instance, self, note.gateway);
      return;
    case "compensation":
    case "compensationNext":
    case "compensationEnded":
      applyCompensation(self, detail, note);
      return;
    case "reopened":
      reopen(self, detail, note.run);
      return;
    case "requester":
      if (detail.guard?.approval) detail.guard.approval = { ...detail.guard.approval, requester: note.actor };
      return;
    case "asynchronous":
      if (detail.guard) detail.guard.asynchronous = note.mode;
      return;
    case "agent":
      detail.agent = {
        turn: 0,
        modelCalls: 0,
        toolCalls: 0,
        inputTokens: 0,
        outputTokens: 0,
        model: null,
        promptHash: null,
        responseHash: null,
        lastTool: "",
        paused: false,
        startedAt: note.startedAt,
        prompts: note.prompts,
        turns: [],
        budget: { ...note.budget },
        calls: [],
        held: null,
      };
      return;
    case "agentTools":
      if (detail.agent) detail.agent.hidden = note.hidden;
      return;
    case "agentPaused":
      if (!detail.agent) return;
      detail.agent.paused = note.paused;
      if (note.held !== undefined) detail.agent.held = note.held;
      return;
    case "fulfilled":
      detail.fulfilled = true;
      return;
    case "adHocQueue":
      detail.adHocQueue = [...note.elements];
      return;
    case "arrived":
      detail.arrived = note.variables;
      return;
    case "start":
      detail.start = {
        elements: note.elements,
        triggered: note.triggered,
        variables: note.variables,
        definition: note.definition ?? 0,
      };
      return;
    case "corrections":
      if (detail.userTask) detail.userTask = { ...detail.userTask, pending: note.pending };
  }
}

type CompensationNote = Extract<Note, { kind: "compensation" | "compensationNext" | "compensationEnded" }>;

function applyCompensation(self: ElementInstance, detail: Detail, note: CompensationNote): void {
  if (note.kind === "compensation") {
    const wanted = new Set(note.records);
    const kept: CompensationRecord[] = [];
    const taken: CompensationRecord[] = [];
    for (const record of detail.compensations ?? []) {
      if (!wanted.has(record.key)) kept.push(record);
      else {
        const [part, rest] = note.only === undefined ? [record, null] : divideRecord(record, note.only);
        if (part) taken.push(part);
        if (rest) kept.push(rest);
      }
    }
    detail.compensations = kept;
    detail.runs ??= [];
    detail.runs.push({ id: note.run, thrower: note.thrower, current: null, currentRecord: null, records: taken });
    return;
  }
  const run = detail.runs?.find((candidate) => candidate.id === note.run);
  if (!run) throw new Error(`Expected a compensation ${note.run} in ${self.element.id}, but there is none`);
  if (note.kind === "compensationNext") {
    run.currentRecord = run.records.pop() ?? null;
    run.current = note.handler;
    return;
  }
  detail.runs = detail.runs!.filter((candidate) => candidate !== run);
  if (detail.runs.length === 0) delete detail.runs;
}

/** A scope that is opened again has the data and the records of the moment it completed, and starts nothing. */
function reopen(self: ElementInstance, detail: Detail, runId: string): void {
  const record = self.parent?.detail?.runs?.find((run) => run.id === runId)?.currentRecord;
  detail.compensating = true;
  if (!record) return;
  detail.compensations = [...(record.inner ?? [])];
  self.variables = new Map(Object.entries(record.variables ?? {}));
}
