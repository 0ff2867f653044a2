/** The record of one instance under test, and what it says afterwards: see contract/trail.ts. */
import type { Queryable } from "../../../store/index.ts";
import { contentHash } from "../../agents/conversation.ts";
import type { Event } from "../../core/event.ts";
import { type Instance, replay, toSnapshot } from "../../core/index.ts";
import type { JsonObject, Key } from "../../core/json.ts";
import { readCommand } from "../command-record.ts";
import type { CallContext } from "../contract/context.ts";
import { EngineError } from "../contract/errors.ts";
import type { ReplayReport } from "../contract/record.ts";
import type { Artifact, Checkpoint, SealedEntry, Trail } from "../contract/trail.ts";
import type { Deps } from "../deps.ts";
import { locateAggregate } from "../locate.ts";
import { difference } from "../record.ts";
import type { RecordedEntry, ReplayWorld } from "./answers.ts";
import { artifactsOf, type TimedEvents } from "./artifacts.ts";
import { executeAgain } from "./execute-again.ts";
import { failuresOf } from "./failures.ts";

/** Throws EngineError notFound when there is no such instance. Reads only. */
export async function replayInstance(deps: Deps, key: Key, context: CallContext): Promise<ReplayReport> {
  const { rootKey } = await locateAggregate(deps.database, key, context);
  const { entries, world } = await recordOf(deps, key, context);
  const run = executeAgain(entries, world);
  const firstDifference = run.firstDifference ?? (await stateDifference(deps, rootKey, key, context));
  return {
    processInstanceKey: key,
    commands: entries.length,
    events: entries.reduce((sum, { events }) => sum + events.length, 0),
    equal: firstDifference === null,
    firstDifference,
    recordedHash: run.recordedHash,
    replayedHash: run.replayedHash,
    prompts: run.prompts,
  };
}

const looksMax = 3;
const pauseMs = 100;

/** Folded from the record against the state at work. A command on its way between the two reads is no difference: look again. */
async function stateDifference(deps: Deps, rootKey: Key, key: Key, context: CallContext): Promise<string | null> {
  for (let look = 1; ; look++) {
    const working = await deps.intake.read(rootKey);
    const state = working && toSnapshot(working);
    const { entries, world } = await recordOf(deps, key, context);
    const found = state === null ? "state" : difference(toSnapshot(replay(entries, world.processByKey)), state, "");
    if (found === null || look === looksMax) return found;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** What can be asked of a record. All throw EngineError notFound when there is no such instance, and only read. */
export function trailCalls(deps: Deps): Trail {
  return {
    async artifacts(key, context) {
      const { entries } = await recordOf(deps, key, context);
      return artifactsOf(entries).map(({ value: _value, ...summary }) => summary);
    },
    async artifact(key, id, context) {
      const { entries } = await recordOf(deps, key, context);
      return foundArtifact(artifactsOf(entries), key, id);
    },
    async reproduce(key, id, context) {
      const { entries, world } = await recordOf(deps, key, context);
      const { kind, sequence } = foundArtifact(artifactsOf(entries), key, id);
      const second: TimedEvents[] = [];
      executeAgain(entries, world, ({ sequence: place, at }, _instance, events) =>
        second.push({ sequence: place, at, events }),
      );
      const again = artifactsOf(second).find((one) => one.id === id && one.kind === kind && one.sequence === sequence);
      return { id, kind, sequence, reproduced: again !== undefined, value: again?.value ?? null };
    },
    async failures(key, context) {
      const { entries } = await recordOf(deps, key, context);
      return failuresOf(entries);
    },
    async checkpoints(key, context) {
      const { entries, world } = await recordOf(deps, key, context);
      const found: Checkpoint[] = [];
      fold(entries, world, ({ sequence, at, events }, instance) => {
        for (const event of events)
          if (event.type === "agentTurnCompleted")
            found.push({
              sequence,
              at: new Date(at).toISOString(),
              elementInstanceKey: event.element,
              turn: event.turn,
              stateHash: contentHash(toSnapshot(instance)),
            });
      });
      return found;
    },
    async stateAt(key, sequence, context) {
      const { entries, world } = await recordOf(deps, key, context);
      const entry = entries.find((one) => one.sequence === sequence);
      if (!entry)
        throw new EngineError("notFound", `Expected an entry ${sequence} in the record of ${key}, but there is none`);
      const state = toSnapshot(replay(entries.slice(0, entries.indexOf(entry) + 1), world.processByKey));
      return { sequence, at: new Date(entry.at).toISOString(), stateHash: contentHash(state), state };
    },
    async sealed(key, context) {
      const { rootKey } = await locateAggregate(deps.database, key, context);
      return sealedEntries(await readRows(deps.database.forTenants(context.tenantIds), rootKey));
    },
  };
}

function foundArtifact(artifacts: readonly Artifact[], key: Key, id: string): Artifact {
  const found = artifacts.find((one) => one.id === id);
  if (!found)
    throw new EngineError("notFound", `Expected an artifact ${id.slice(0, 80)} of ${key}, but its record has none`);
  return found;
}

function fold(
  entries: readonly RecordedEntry[],
  world: ReplayWorld,
  look: (entry: RecordedEntry, instance: Instance) => void,
): void {
  let instance: Instance | undefined;
  for (const entry of entries) {
    instance = replay([entry], world.processByKey, instance);
    look(entry, instance);
  }
}

interface HistoryRow {
  readonly sequence: number;
  readonly at: string;
  readonly command: string;
  readonly events: string;
}

function readRows(database: Queryable, rootKey: Key): Promise<readonly HistoryRow[]> {
  return database.query<HistoryRow>(
    "select sequence, at, command, events from history where root_key = $1 order by sequence",
    [rootKey],
  );
}

/** The whole record of the aggregate that an instance is in, oldest first, with the models that it needs. */
async function recordOf(
  deps: Deps,
  key: Key,
  context: CallContext,
): Promise<{ readonly entries: readonly RecordedEntry[]; readonly world: ReplayWorld }> {
  const { database, loader, catalog, limits } = deps;
  const { rootKey } = await locateAggregate(database, key, context);
  const entries = (await readRows(database.forTenants(context.tenantIds), rootKey)).map(
    ({ sequence, at, command, events: text }): RecordedEntry => {
      const events = JSON.parse(text) as Event[];
      return { sequence, at: Number(at), events, recorded: readCommand(command, events) };
    },
  );
  if (entries.length === 0)
    throw new EngineError("notFound", `Expected a record of process instance ${key}, but there is none`);
  await loader.loadDefinitions(entries).catch(() => {
    throw new EngineError(
      "invalidState",
      `Expected the models that process instance ${key} ran on, but one of them has been deleted`,
    );
  });
  return { entries, world: { limits, processByKey: (definition) => catalog.definitions.compiled(definition) } };
}

/** Each entry as it was stored, with the hash over it and everything before. */
function sealedEntries(rows: readonly HistoryRow[]): readonly SealedEntry[] {
  let hash = "";
  return rows.map(({ sequence, at, command, events }) => {
    const entry = {
      sequence,
      at: new Date(Number(at)).toISOString(),
      command: JSON.parse(command) as JsonObject,
      events: JSON.parse(events) as JsonObject[],
    };
    hash = contentHash({ before: hash, ...entry });
    return { ...entry, hash };
  });
}
