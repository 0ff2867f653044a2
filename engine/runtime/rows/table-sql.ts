/**
 * SQL of the writer's statements, all of one form: rows come as one JSON parameter, are read by jsonb_to_recordset and
 * meet the table by its primary key. Column names and types are ours; no text from outside gets into SQL.
 */
import type { RegisteredWrite } from "../../../store/index.ts";

/** Column → SQL type, in the table's order. */
export type Columns = Readonly<Record<string, string>>;

function recordset(columns: Columns): string {
  const list = Object.entries(columns).map(([name, type]) => `${name} ${type}`);
  return `jsonb_to_recordset($1::jsonb) as r(${list.join(", ")})`;
}

/** Inserts whole rows; a duplicate key refuses the unit. */
export function insertInto(table: string, columns: Columns): RegisteredWrite {
  const names = Object.keys(columns).join(", ");
  return { sql: `insert into ${table} (${names}) select ${names} from ${recordset(columns)}`, order: 0 };
}

/** Inserts rows, or sets `changed` of those that are there. */
export function upsertInto(
  table: string,
  columns: Columns,
  key: readonly string[],
  changed: readonly string[],
): RegisteredWrite {
  const update = changed.map((name) => `${name} = excluded.${name}`).join(", ");
  return { sql: `${insertInto(table, columns).sql} on conflict (${key.join(", ")}) do update set ${update}`, order: 0 };
}

/** Changes the columns that a row of the batch carries; absent ones stay. `always` columns are set even to null, `computed` by an expression. */
export function updateOf(
  table: string,
  changed: Columns,
  always: Columns = {},
  computed: Readonly<Record<string, readonly [type: string, sql: string]>> = {},
): RegisteredWrite {
  const types = Object.fromEntries(Object.entries(computed).map(([name, [type]]) => [name, type]));
  const all = { root_key: "bigint", key: "bigint", ...changed, ...always, ...types };
  const sets = [
    ...Object.keys(changed).map((name) => `${name} = coalesce(r.${name}, t.${name})`),
    ...Object.keys(always).map((name) => `${name} = r.${name}`),
    ...Object.entries(computed).map(([name, [, sql]]) => `${name} = ${sql}`),
  ];
  return {
    sql: `update ${table} t set ${sets.join(", ")} from ${recordset(all)} where t.root_key = r.root_key and t.key = r.key`,
    order: 0,
  };
}

export function deleteFrom(table: string): RegisteredWrite {
  return {
    sql: `delete from ${table} t using ${recordset({ root_key: "bigint", key: "bigint" })} where t.root_key = r.root_key and t.key = r.key`,
    order: 0,
  };
}
