/** The record of one instance under test: executed again, folded again, and compared with the state at work. */
import type { Database } from "../../../store/index.ts";
import type { Event } from "../../core/event.ts";
import { replay, toSnapshot } from "../../core/index.ts";
import type { Key } from "../../core/json.ts";
import { readCommand } from "../command-record.ts";
import type { CallContext } from "../contract/context.ts";
import { EngineError } from "../contract/errors.ts";
import type { ReplayReport } from "../contract/record.ts";
import type { Deps } from "../deps.ts";
import { locate } from "../locate.ts";
import { difference } from "../record.ts";
import type { RecordedEntry, ReplayWorld } from "./answers.ts";
import { executeAgain } from "./execute-again.ts";

/** Throws EngineError notFound when there is no such instance. Reads only. */
export async function replayInstance(deps: Deps, key: Key, context: CallContext): Promise<ReplayReport> {
  const { database, intake, loader } = deps;
  const { rootKey } = await locate(database, "processInstance", key, context, { ended: true });
  // First the state at work: a command that comes meanwhile makes the record longer, and is seen as such.
  const working = await intake.read(rootKey);
  const entries = await recordedEntries(database, rootKey);
  if (!working || entries.length === 0)
    throw new EngineError("notFound", `Expected a record of process instance ${key}, but there is none`);
  const state = toSnapshot(working);
  await loader.loadDefinitions(entries);
  const world = replayWorld(deps);
  const run = executeAgain(entries, world);
  const firstDifference = run.firstDifference ?? difference(toSnapshot(replay(entries, world.processByKey)), state, "");
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

/** The whole record of an aggregate, oldest first. */
export async function recordedEntries(database: Database, rootKey: Key): Promise<readonly RecordedEntry[]> {
  const rows = await database.query<{ sequence: number; at: string; command: string; events: string }>(
    "select sequence, at, command, events from history where root_key = $1 order by sequence",
    [rootKey],
  );
  return rows.map(({ sequence, at, command, events: text }) => {
    const events = JSON.parse(text) as Event[];
    return { sequence, at: Number(at), events, recorded: readCommand(command, events) };
  });
}

export function replayWorld({ catalog, limits }: Deps): ReplayWorld {
  return { limits, processByKey: (key) => catalog.definitions.compiled(key) };
}
