/** Pages of grouped answers: forwards only, in the order of the group's name, which is also the cursor. */
import type { Queryable, SqlValue } from "../../../store/index.ts";
import { EngineError } from "../contract/errors.ts";
import type { ForwardPage, ForwardResult } from "../contract/statistics.ts";
import { encode } from "./page.ts";

const limitDefault = 100;
const limitMax = 10_000;

type Row = Readonly<Record<string, unknown>>;

/**
 * `grouped` is a select whose column `name` (text) tells its rows apart; `values` are its parameters.
 * Cursors of other answers are refused.
 */
export async function forwardPage<Item>(
  database: Queryable,
  grouped: string,
  values: readonly SqlValue[],
  page: ForwardPage,
  toItem: (row: Row) => Item,
): Promise<ForwardResult<Item>> {
  const limit = page.limit ?? limitDefault;
  if (!Number.isInteger(limit) || limit < 0 || limit > limitMax)
    throw new EngineError("invalid", `Expected a page limit of 0 to ${limitMax}, but got ${String(limit)}`);
  const after = page.after === undefined || page.after === "" ? null : nameIn(page.after);
  const [afterAt, limitAt] = [values.length + 1, values.length + 2];
  const rows = await database.query<Row>(
    `with g as (${grouped})
     select (select count(*) from g) as total, g.* from (select 1) one left join lateral
       (select * from g where $${afterAt}::text is null or g.name > $${afterAt} collate "C" order by g.name limit $${limitAt}) g on true`,
    [...values, after, limit],
  );
  const found = rows.filter((row) => row.name !== null);
  const cursorOf = (row: Row | undefined): string | null => (row ? encode([String(row.name)]) : null);
  return {
    items: found.map(toItem),
    page: {
      totalItems: Number(rows[0]?.total ?? 0),
      hasMoreTotalItems: false,
      startCursor: cursorOf(found[0]),
      endCursor: cursorOf(found.at(-1)),
    },
  };
}

function nameIn(cursor: string): string {
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, "base64").toString("utf8"));
    if (Array.isArray(values) && values.length === 1 && typeof values[0] === "string" && !values[0].includes("\u0000"))
      return values[0];
  } catch {
    // Falls through to the refusal below.
  }
  throw new EngineError("invalid", "Expected a cursor of an earlier answer, but this is none");
}
