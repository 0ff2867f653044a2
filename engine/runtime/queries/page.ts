/** Order and pages: offset pages, and cursors that hold the sort values of the item they stand at. */

import { EngineError } from "../contract/errors.ts";
import type { PageRequest, SortBy } from "../contract/filter.ts";
import { castOf } from "./conditions.ts";
import type { Parameter } from "./parameters.ts";
import type { FieldType, Resource } from "./resource.ts";

export interface OrderTerm {
  readonly sql: string;
  readonly type: FieldType;
  readonly descending: boolean;
}

const limitDefault = 100;
const limitMax = 10_000;
const sortTermsMax = 10;
/** Of a long text; what agrees in them is ordered by key. */
const sortedCharacters = 256;

export interface PagePlan {
  readonly limit: number;
  readonly offset: number;
  /** Null without a cursor. */
  readonly cursor: readonly unknown[] | null;
  readonly backwards: boolean;
}

function invalid(message: string): EngineError {
  return new EngineError("invalid", message);
}

export function orderOf<Item>(resource: Resource<Item>, sort: readonly SortBy<string>[] | undefined): OrderTerm[] {
  const terms: OrderTerm[] = (sort ?? []).map(({ field: name, order }) => {
    const field = resource.fields.get(name);
    if (!field)
      throw invalid(`Expected a sort field that ${resource.name} know, but got '${String(name).slice(0, 100)}'`);
    if (order !== undefined && order !== "ASC" && order !== "DESC")
      throw invalid(`Expected ASC or DESC, but got '${String(order).slice(0, 100)}'`);
    const sql = field.isLong ? `left(${field.sql}, ${sortedCharacters})` : field.sql;
    return { sql, type: field.type, descending: order === "DESC" };
  });
  if (terms.length > sortTermsMax)
    throw invalid(`Expected at most ${sortTermsMax} sort fields, but got ${terms.length}`);
  return [...terms, ...[resource.key, ...(resource.keyRest ?? [])].map((part) => ({ ...part, descending: false }))];
}

export function planPage(page: PageRequest | undefined): PagePlan {
  const { limit = limitDefault, from, after, before } = page ?? {};
  if (!Number.isInteger(limit) || limit < 0 || limit > limitMax)
    throw invalid(`Expected a page limit of 0 to ${limitMax}, but got ${String(limit)}`);
  if ([from, after, before].filter((given) => given !== undefined).length > 1)
    throw invalid("Expected one of from, after and before, but got several");
  if (from !== undefined && (!Number.isInteger(from) || from < 0))
    throw invalid(`Expected a page offset of at least 0, but got ${String(from)}`);
  const cursor = after ?? before;
  return {
    limit,
    offset: from ?? 0,
    cursor: cursor === undefined ? null : decode(cursor),
    backwards: before !== undefined,
  };
}

export function encode(values: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(values)).toString("base64");
}

function decode(cursor: string): readonly unknown[] {
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, "base64").toString("utf8"));
    if (
      Array.isArray(values) &&
      values.every((value) => value === null || ["string", "number", "boolean"].includes(typeof value))
    )
      return values;
  } catch {
    // Falls through to the refusal below.
  }
  throw invalid("Expected a cursor of an earlier answer, but this is none");
}

/**
 * Rows after the cursor: (a > x) or (a = x and b > y) … PostgreSQL sorts null as larger than everything, which is
 * followed here: ascending nulls come last, descending they come first.
 */
export function cursorCondition(
  order: readonly OrderTerm[],
  cursor: readonly unknown[],
  backwards: boolean,
  parameter: Parameter,
): string {
  if (cursor.length !== order.length)
    throw invalid("Expected a cursor made with the same sort, but it was made with another");
  const alternatives: string[] = [];
  const equal: string[] = [];
  order.forEach((term, index) => {
    const value = checked(term, cursor[index]);
    const downwards = term.descending !== backwards;
    const placeholder = value === null ? "null" : parameter(value, castOf(term.type));
    const beyond =
      value === null
        ? downwards
          ? `(${term.sql}) is not null`
          : null
        : downwards
          ? `(${term.sql}) < ${placeholder}`
          : `((${term.sql}) > ${placeholder} or (${term.sql}) is null)`;
    if (beyond !== null) alternatives.push(`(${[...equal, beyond].join(" and ")})`);
    equal.push(value === null ? `(${term.sql}) is null` : `(${term.sql}) = ${placeholder}`);
  });
  return alternatives.length === 0 ? "false" : `(${alternatives.join(" or ")})`;
}

function checked(term: OrderTerm, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (term.type === "text" && typeof value === "string" && !value.includes("\u0000")) return value;
  if (term.type === "boolean" && typeof value === "boolean") return value;
  if (term.type !== "text" && term.type !== "boolean" && /^-?\d{1,18}$/.test(String(value))) return String(value);
  throw invalid("Expected a cursor made with the same sort, but its values do not fit");
}

export function orderSql(order: readonly OrderTerm[], backwards: boolean): string {
  return order.map((term) => `${term.sql} ${term.descending !== backwards ? "desc" : "asc"}`).join(", ");
}
