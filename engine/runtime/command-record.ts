/** What the record keeps of a command: type, who, and which things it named. Its data stands in the events. */
import type { Actor, Command } from "../core/command.ts";
import type { JsonObject, JsonValue } from "../core/json.ts";

const textLengthMax = 1000;

/** Scalar members only (keys, names, flags); variables, results and plans are in the events. */
export function describeCommand(command: Command, actor: Actor): JsonObject {
  const record: Record<string, JsonValue> = { type: command.type };
  for (const [name, value] of Object.entries(command)) {
    if (name === "type" || value === null) continue;
    if (typeof value === "boolean" || typeof value === "number") record[name] = value;
    else if (typeof value === "string") record[name] = value.slice(0, textLengthMax);
  }
  record.actor = { id: actor.id, type: actor.type };
  return record;
}
