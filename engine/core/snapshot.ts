/** Snapshots (a cache that can be rebuilt) and replay (the truth): both give an instance that equals the live one. */
import { apply } from "./apply.ts";
import { definitionOf } from "./definition.ts";
import type { Event } from "./event.ts";
import type { Detail, ElementInstance, Instance, Wait } from "./instance.ts";
import { emptyInstance, subtree } from "./instance.ts";
import type { EpochMs, JsonObject, JsonValue, Key } from "./json.ts";
import type { ExecutableProcess } from "./process.ts";

export type Processes = (key: Key) => ExecutableProcess | undefined;

/** One row of the history: the events of one command and its time. */
export interface HistoryRecord {
  readonly at: EpochMs;
  readonly events: readonly Event[];
}

/** Rebuilds an instance from its whole history, or brings a snapshot up to date with what came after it. */
export function replay(history: Iterable<HistoryRecord>, processes: Processes, from?: Instance): Instance {
  const instance = from ?? emptyInstance(processes);
  for (const { at, events } of history) {
    instance.clock = Math.max(instance.clock, at);
    for (const event of events) apply(instance, event);
  }
  return instance;
}

const snapshotVersion = 1;

/** The whole state as JSON; equal states have equal snapshots. */
export function toSnapshot(instance: Instance): JsonObject {
  const roots = [...instance.elements.values()].filter((self) => self.parent === null);
  const ordered = roots.flatMap((root) => subtree(root));
  return {
    version: snapshotVersion,
    key: instance.key,
    clock: instance.clock,
    state: instance.state,
    suspended: instance.suspended,
    processes: [...instance.processes.values()].map(
      ({ key, definition, parentElement, tags, businessId, tenantId, terminateAfter }) => ({
        key,
        definition: definition.process.key,
        parentElement,
        tags,
        businessId,
        ...(terminateAfter && { terminateAfter }),
        tenantId,
      }),
    ),
    elements: ordered.map(elementSnapshot),
    // The order of this map is the order in which signals are served: it belongs to the state.
    waits: [...instance.waits.values()].map(waitSnapshot),
    conditionals: [...instance.conditionals].map(({ key }) => key),
    waitingScopes: [...instance.waitingScopes].map(({ key }) => key),
    actions: {
      callsByAction: [...instance.actions.callsByAction].map(([name, count]) => [name, count]),
      lastActions: [...instance.actions.lastActions],
      attempts: [...instance.actions.attempts],
    },
  };
}

function elementSnapshot(self: ElementInstance): JsonObject {
  return {
    key: self.key,
    type: self.type,
    element: self.element.index,
    process: self.process.key,
    parent: self.parent?.key ?? null,
    state: self.state,
    ...(self.variables && { variables: [...self.variables].map(([name, value]) => [name, value]) }),
    ...(self.tokens && { tokens: [...self.tokens].map(([flow, count]) => [flow, count]) }),
    ...(self.detail && { detail: JSON.parse(JSON.stringify(self.detail)) as JsonObject }),
  };
}

function waitSnapshot(wait: Wait): JsonObject {
  const { owner, ...rest } = wait;
  return { ...(rest as unknown as JsonObject), owner: owner.key };
}

interface SnapshotShape {
  readonly version: number;
  readonly key: Key;
  readonly clock: EpochMs;
  readonly state: Instance["state"];
  readonly suspended: boolean;
  readonly processes: readonly {
    readonly key: Key;
    readonly definition: Key;
    readonly parentElement: Key | null;
    readonly tags: readonly string[];
    readonly businessId: string | null;
    readonly terminateAfter?: readonly string[];
    readonly tenantId: string;
  }[];
  readonly elements: readonly {
    readonly key: Key;
    readonly type: ElementInstance["type"];
    readonly element: number;
    readonly process: Key;
    readonly parent: Key | null;
    readonly state: ElementInstance["state"];
    readonly variables?: readonly [string, JsonValue][];
    readonly tokens?: readonly [number, number][];
    readonly detail?: Detail;
  }[];
  readonly waits: readonly (Omit<Wait, "owner"> & { readonly owner: Key })[];
  readonly conditionals: readonly Key[];
  readonly waitingScopes: readonly Key[];
  readonly actions: {
    readonly callsByAction: readonly [string, number][];
    readonly lastActions: readonly string[];
    readonly attempts: readonly string[];
  };
}

/**
 * Loads an instance.
 * @throws when the snapshot is of another version or a definition is unknown: rebuild it from the history then.
 */
export function fromSnapshot(json: JsonObject, processes: Processes): Instance {
  const snapshot = json as unknown as SnapshotShape;
  if (snapshot.version !== snapshotVersion)
    throw new Error(`Expected a snapshot of version ${snapshotVersion}, but it is ${String(snapshot.version)}`);
  const instance = emptyInstance(processes);
  instance.key = snapshot.key;
  instance.clock = snapshot.clock;
  instance.state = snapshot.state;
  instance.suspended = snapshot.suspended;
  for (const saved of snapshot.processes) {
    const process = processes(saved.definition);
    if (!process) throw new Error(`Expected the process definition ${saved.definition}, but it is not known`);
    const { key, parentElement, tags, businessId, tenantId, terminateAfter = null } = saved;
    instance.processes.set(key, {
      key,
      definition: definitionOf(process),
      parentElement,
      tags,
      businessId,
      terminateAfter,
      tenantId,
      root: null,
    });
  }
  for (const saved of snapshot.elements) loadElement(instance, saved);
  for (const saved of snapshot.waits) loadWait(instance, saved);
  for (const key of snapshot.conditionals) instance.conditionals.add(instance.elements.get(key)!);
  for (const key of snapshot.waitingScopes) instance.waitingScopes.add(instance.elements.get(key)!);
  for (const [name, count] of snapshot.actions.callsByAction) instance.actions.callsByAction.set(name, count);
  instance.actions.lastActions.push(...snapshot.actions.lastActions);
  instance.actions.attempts.push(...snapshot.actions.attempts);
  return instance;
}

function loadElement(instance: Instance, saved: SnapshotShape["elements"][number]): void {
  const process = instance.processes.get(saved.process)!;
  const parent = saved.parent === null ? null : instance.elements.get(saved.parent)!;
  const self: ElementInstance = {
    key: saved.key,
    type: saved.type,
    definition: process.definition,
    element: process.definition.elements[saved.element]!,
    process,
    parent,
    state: saved.state,
    children: null,
    variables: saved.variables ? new Map(saved.variables) : null,
    tokens: saved.tokens ? new Map(saved.tokens) : null,
    waits: null,
    detail: saved.detail ? (JSON.parse(JSON.stringify(saved.detail)) as Detail) : null,
  };
  instance.elements.set(self.key, self);
  if (self.type === "process") process.root = self;
  if (!parent) return;
  parent.children ??= new Set();
  parent.children.add(self);
}

function loadWait(instance: Instance, saved: SnapshotShape["waits"][number]): void {
  const owner = instance.elements.get(saved.owner)!;
  const wait = { ...saved, owner } as Wait;
  instance.waits.set(wait.key, wait);
  owner.waits ??= new Set();
  owner.waits.add(wait);
}
