/**
 * What the record keeps of a command, and the command again from it. The record must be enough to execute the whole
 * history a second time (requirement H07), and must not hold the same bytes twice: members that an event of the command
 * carries anyway (variables, the answer of a model) are kept as a reference to that event.
 */
import type { Actor, Command } from "../core/command.ts";
import type { Event } from "../core/event.ts";
import type { PinnedListener } from "../core/instance.ts";
import type { JsonObject, JsonValue, Key } from "../core/json.ts";

/** Shorter texts cost less than a reference to them. */
const textLengthMin = 64;

/** Member of a command → number of the event and the member of it that holds the same value. */
type References = Readonly<Record<string, readonly [number, string]>>;

/** What a step has taken from its node that no event tells. */
export interface StepInputs {
  /** The first of the keys that it took; they follow one another. Null: it took none. */
  readonly firstKey: Key | null;
  /** Cluster variables, when an expression has read them. */
  readonly clusterVariables: JsonObject | null;
  /** Task listeners of the installation, by the transitions that had some. */
  readonly taskListeners: Readonly<Record<string, readonly PinnedListener[]>> | null;
}

export interface RecordedCommand extends StepInputs {
  readonly command: Command;
  readonly actor: Actor;
}

/** `events` are those that the command led to. */
export function describeCommand(
  command: Command,
  actor: Actor,
  events: readonly Event[],
  { firstKey, clusterVariables, taskListeners }: StepInputs,
): JsonObject {
  const record: Record<string, JsonValue> = { type: command.type };
  const references: Record<string, readonly [number, string]> = {};
  let referred = false;
  for (const name of Object.keys(command)) {
    const value = (command as unknown as Readonly<Record<string, JsonValue | undefined>>)[name];
    if (name === "type" || value === undefined) continue;
    const place = isLarge(value) ? placeOf(value, events) : null;
    if (place === null) record[name] = value;
    else {
      references[name] = place;
      referred = true;
    }
  }
  if (referred) record.inEvents = references as unknown as JsonObject;
  if (firstKey !== null) record.firstKey = firstKey;
  if (clusterVariables !== null) record.clusterVariables = clusterVariables;
  if (taskListeners !== null) record.taskListeners = taskListeners as unknown as JsonObject;
  const { groups, roles } = actor;
  record.actor = {
    id: actor.id,
    type: actor.type,
    ...(groups !== undefined && groups.length > 0 && { groups }),
    ...(roles !== undefined && roles.length > 0 && { roles }),
  };
  return record;
}

function isLarge(value: JsonValue): boolean {
  return typeof value === "object" ? value !== null : typeof value === "string" && value.length >= textLengthMin;
}

/** By identity: the core hands on what it was given; what it has copied is kept whole. */
function placeOf(value: JsonValue, events: readonly Event[]): readonly [number, string] | null {
  for (let index = 0; index < events.length; index++) {
    const event = events[index] as unknown as Readonly<Record<string, unknown>>;
    for (const name in event) if (event[name] === value) return [index, name];
  }
  return null;
}

/** The command as it was given, from its record and its events (as read from the history). */
export function readCommand(text: string, events: readonly Event[]): RecordedCommand {
  const { actor, inEvents, firstKey, clusterVariables, taskListeners, ...members } = JSON.parse(text) as Record<
    string,
    unknown
  >;
  for (const [name, [index, member]] of Object.entries((inEvents ?? {}) as References)) {
    const event = events[index] as unknown as Readonly<Record<string, unknown>> | undefined;
    if (event !== undefined && Object.hasOwn(event, member)) members[name] = event[member];
  }
  return {
    command: members as unknown as Command,
    actor: actor as Actor,
    firstKey: (firstKey ?? null) as Key | null,
    clusterVariables: (clusterVariables ?? null) as JsonObject | null,
    taskListeners: (taskListeners ?? null) as StepInputs["taskListeners"],
  };
}
