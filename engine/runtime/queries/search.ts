/** Runs one search: filter, visibility, order, page, exact total. */
import type { Database, SqlValue } from "../../../store/index.ts";
import type { CallContext } from "../contract/context.ts";
import { EngineError } from "../contract/errors.ts";
import type { SearchRequest, SearchResult } from "../contract/filter.ts";
import { assertInScope, scopeColumns, scopeSql } from "../scope.ts";
import { filterConditions } from "./conditions.ts";
import { cursorCondition, encode, orderOf, orderSql, planPage } from "./page.ts";
import { type Parameter, type Parameters, parameters } from "./parameters.ts";
import type { Resource } from "./resource.ts";

/** Rows that exist for this caller, whether permissions on single resources reach them or not. */
function existence<Item>(resource: Resource<Item>, { tenantIds }: CallContext, add: Parameter): string[] {
  return tenantIds ? [`${resource.tenant} = any(${add([...tenantIds], "text[]")})`] : [];
}

/** What this caller may see at all. */
function visibility<Item>(resource: Resource<Item>, context: CallContext, add: Parameter): string[] {
  const conditions = existence(resource, context, add);
  if (context.scope) conditions.push(scopeSql(resource.members, context.scope, add));
  return conditions;
}

/** Conditions that the call itself adds, with its own parameters. */
export type Conditions = (add: Parameter) => readonly string[];

export async function search<Item>(
  database: Database,
  resource: Resource<Item>,
  request: SearchRequest<object, string>,
  context: CallContext,
  more: Conditions = () => [],
): Promise<SearchResult<Item>> {
  const order = orderOf(resource, request.sort);
  const page = planPage(request.page);
  const counted = parameters();
  const filter = (request.filter ?? {}) as Readonly<Record<string, unknown>>;
  const conditionsFor = ({ add }: Parameters): string[] => [
    "true",
    ...visibility(resource, context, add),
    ...more(add),
    ...filterConditions(resource, filter, add),
  ];
  const count = `select count(*) as total from ${resource.from} where ${conditionsFor(counted).join(" and ")}`;

  const listed = parameters();
  const conditions = conditionsFor(listed);
  if (page.cursor) conditions.push(cursorCondition(order, page.cursor, page.backwards, listed.add));
  const columns = [
    ...Object.entries(resource.columns).map(([alias, sql]) => `${sql} as ${alias}`),
    ...order.map((term, index) => `${term.sql} as cursor_${index}`),
  ];
  const list = `select ${columns.join(", ")} from ${resource.from} where ${conditions.join(" and ")} order by ${orderSql(order, page.backwards)} limit ${page.limit} offset ${page.offset}`;

  const own = database.forTenants(context.tenantIds);
  const [totals, rows] = await Promise.all([
    own.query<{ total: string }>(count, counted.values),
    page.limit === 0 ? [] : own.query<Record<string, unknown>>(list, listed.values),
  ]);
  if (page.backwards) rows.reverse();
  const cursorAt = (row: Record<string, unknown> | undefined): string | null =>
    row ? encode(order.map((_, index) => row[`cursor_${index}`] ?? null)) : null;
  return {
    items: rows.map((row) => resource.toItem(row)),
    page: {
      totalItems: Number(totals[0]?.total ?? 0),
      hasMoreTotalItems: false,
      startCursor: cursorAt(rows[0]),
      endCursor: cursorAt(rows.at(-1)),
    },
  };
}

/**
 * The one item for which `condition` holds.
 * @throws {EngineError} `notFound` names what was looked for; `forbidden` when it is out of the caller's scope.
 */
export async function getOne<Item>(
  database: Database,
  resource: Resource<Item>,
  condition: Conditions,
  what: string,
  context: CallContext,
): Promise<Item> {
  const { values, add } = parameters();
  const conditions = [...condition(add), ...existence(resource, context, add)];
  const selected = { ...resource.columns, ...scopeColumns(resource.members, context, add) };
  const columns = Object.entries(selected).map(([alias, sql]) => `${sql} as ${alias}`);
  const rows = await database
    .forTenants(context.tenantIds)
    .query<Record<string, unknown>>(
      `select ${columns.join(", ")} from ${resource.from} where ${conditions.join(" and ")} limit 1`,
      values,
    );
  const row = rows[0];
  if (!row) throw new EngineError("notFound", `Expected ${what}, but there is none`);
  assertInScope(row, context);
  return resource.toItem(row);
}

/** Keys of everything that passes a filter, for batch operations. */
export function keysQuery<Item>(
  resource: Resource<Item>,
  filter: object,
  context: CallContext,
): { readonly where: string; readonly values: readonly SqlValue[] } {
  const { values, add } = parameters();
  const conditions = [
    "true",
    ...visibility(resource, context, add),
    ...filterConditions(resource, filter as Record<string, unknown>, add),
  ];
  return { where: `from ${resource.from} where ${conditions.join(" and ")}`, values };
}

export function keyIs(sql: string, key: string): Conditions {
  return (add) => {
    if (!/^-?\d{1,18}$/.test(key)) return ["false"];
    return [`${sql} = ${add(key, "bigint")}`];
  };
}
