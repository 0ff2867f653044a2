/** What the record tells: pages of history, all events, where two states differ. Executing it again is replay/. */
import type { Database, Queryable } from "../../store/index.ts";
import type { Actor } from "../core/command.ts";
import type { Event } from "../core/event.ts";
import type { JsonValue, Key } from "../core/json.ts";
import type { CallContext } from "./contract/context.ts";
import type { HistoryPage } from "./contract/record.ts";
import { locateAggregate } from "./locate.ts";

const limitDefault = 100;
const limitMax = 1_000;

export async function readHistory(
  database: Database,
  key: Key,
  page: { readonly after?: number; readonly limit?: number },
  context: CallContext,
): Promise<HistoryPage> {
  const { rootKey } = await locateAggregate(database, key, context);
  const limit = Math.min(Math.max(1, page.limit ?? limitDefault), limitMax);
  const rows = await database
    .forTenants(context.tenantIds)
    .query<{ sequence: number; at: string; command: string; events: string }>(
      "select sequence, at, command, events from history where root_key = $1 and sequence > $2 order by sequence limit $3",
      [rootKey, page.after ?? 0, limit + 1],
    );
  const items = rows.slice(0, limit).map((row) => ({
    sequence: row.sequence,
    at: new Date(Number(row.at)).toISOString(),
    command: commandOf(row.command),
    events: JSON.parse(row.events) as Event[],
  }));
  return { items, next: rows.length > limit ? (items.at(-1)?.sequence ?? null) : null };
}

function commandOf(text: string): { readonly type: string; readonly actor: Actor } {
  const { type, actor } = JSON.parse(text) as { type: string; actor: Actor };
  return { type, actor };
}

/** All events of an aggregate with their times, oldest first. */
export async function allEvents(
  database: Queryable,
  rootKey: Key,
): Promise<readonly { readonly at: number; readonly events: readonly Event[] }[]> {
  const rows = await database.query<{ at: string; events: string }>(
    "select at, events from history where root_key = $1 order by sequence",
    [rootKey],
  );
  return rows.map((row) => ({ at: Number(row.at), events: JSON.parse(row.events) as Event[] }));
}

/** Path of the first difference of two JSON values; null when they are equal. Objects compare without order. */
export function difference(left: JsonValue, right: JsonValue, path: string): string | null {
  const stack: { left: JsonValue | undefined; right: JsonValue | undefined; path: string }[] = [{ left, right, path }];
  for (let entry = stack.pop(); entry; entry = stack.pop()) {
    if (Object.is(entry.left, entry.right)) continue;
    if (
      typeof entry.left !== "object" ||
      typeof entry.right !== "object" ||
      !entry.left ||
      !entry.right ||
      Array.isArray(entry.left) !== Array.isArray(entry.right)
    )
      return entry.path || "$";
    const before = entry.left as Readonly<Record<string, JsonValue>>;
    const after = entry.right as Readonly<Record<string, JsonValue>>;
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
      stack.push({ left: before[name], right: after[name], path: entry.path === "" ? name : `${entry.path}.${name}` });
    }
  }
  return null;
}
