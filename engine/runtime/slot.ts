/** What the intake keeps of an instance in memory, and the commands that wait for it. */
import { LostRaceError, type TableWrite } from "../../store/index.ts";
import type { Actor, Command } from "../core/command.ts";
import type { Effect } from "../core/effect.ts";
import type { Event } from "../core/event.ts";
import type { ElementInstance, Instance } from "../core/index.ts";
import type { EpochMs, JsonValue, Key } from "../core/json.ts";
import { EngineError } from "./contract/errors.ts";
import type { ProcessPlace } from "./rows/unit-rows.ts";
import type { CommandSpan } from "./tracing.ts";

const commandsPerUnitMax = 64;

/** What a command has done, after its commit. */
export interface Outcome {
  readonly rootKey: Key;
  readonly tenantId: string;
  /** Definition that the root instance was started with. */
  readonly definitionKey: Key;
  readonly at: EpochMs;
  readonly events: readonly Event[];
  readonly effects: readonly Effect[];
  /** Variables of the root scope as they stand, those of an ended instance too; null: they are only in the table. */
  readonly rootVariables: ReadonlyMap<string, JsonValue> | null;
  /** State after the unit; read it now, the next command changes it. */
  readonly instance: Instance;
}

export interface CommandOptions {
  readonly actor: Actor;
  /** Work that is on its way already: taken although the engine stops or is full. */
  readonly internal?: boolean;
  /** Rows that stand or fall with this command. */
  readonly writes?: readonly TableWrite[];
}

/** A command on its way. */
export interface Waiting {
  readonly command: Command;
  readonly options: CommandOptions;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: Error) => void;
  /** From intake to commit. */
  readonly span: CommandSpan;
  races: number;
  /** Steps alone: it was in a unit that the database refused. */
  alone: boolean;
}

/** One instance in memory. */
export interface Slot {
  readonly rootKey: Key;
  tenantId: string;
  definitionKey: Key;
  instance: Instance | null;
  places: Map<Key, ProcessPlace>;
  /** Root element instance; keeps its variables when the instance ends and forgets it. */
  root: ElementInstance | null;
  /** History sequence the instance stands at; 0: nothing is written yet. */
  version: number;
  snapshotVersion: number;
  /** A start lock or a snapshot may have to be deleted at the end. */
  leavesTraces: boolean;
  queue: Waiting[];
  running: boolean;
}

/** Errors that say nothing about a single command of the unit. */
export function isFinal(error: Error): boolean {
  return error instanceof LostRaceError || error instanceof EngineError || error.name === "StoreUnavailableError";
}

/** The next commands that become one unit, taken off the queue. */
export function takeUnit(queue: Waiting[]): Waiting[] {
  const first = queue[0];
  if (first?.alone) return queue.splice(0, 1);
  let count = 0;
  while (count < queue.length && count < commandsPerUnitMax && !queue[count]?.alone) count++;
  return queue.splice(0, count);
}
