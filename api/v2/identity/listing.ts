/** Searches over the few things an installation has by name: filtered, sorted and paged in memory, by the common grammar. */
import type { z } from "zod";
import type { SearchResult } from "../../../engine/index.ts";
import { Problem } from "../../http/problem.ts";
import type { pageRequest } from "../../http/search.ts";

export type Row = Readonly<Record<string, string | null>>;

interface Request {
  readonly filter?: Readonly<Record<string, unknown>> | undefined;
  readonly sort?: readonly { readonly field: string; readonly order?: "ASC" | "DESC" | undefined }[] | undefined;
  readonly page?: z.output<typeof pageRequest> | undefined;
}

const limitDefault = 100;

/** @param id Member that is unique: default order and tie-break. */
export function listing(
  rows: readonly Row[],
  { filter = {}, sort = [], page = {} }: Request,
  id: string,
): SearchResult<Row> {
  const fields = [
    ...sort.map(({ field, order }) => ({ field, sign: order === "DESC" ? -1 : 1 })),
    { field: id, sign: 1 },
  ];
  const compare = (one: Row, other: Row): number => {
    for (const { field, sign } of fields) {
      const difference = order(one[field] ?? null, other[field] ?? null) * sign;
      if (difference !== 0) return difference;
    }
    return 0;
  };
  const found = rows
    .filter((row) => Object.entries(filter).every(([name, condition]) => fulfils(row[name] ?? null, condition)))
    .sort(compare);
  const limit = page.limit ?? limitDefault;
  const at = (cursor: string): Row => rowOf(cursor, fields);
  let from = page.from ?? 0;
  if (page.after !== undefined) {
    const cursor = at(page.after);
    from = found.filter((row) => compare(row, cursor) <= 0).length;
  }
  let items = found.slice(from, from + limit);
  if (page.before !== undefined) {
    const cursor = at(page.before);
    items = found.filter((row) => compare(row, cursor) < 0).slice(-limit);
  }
  const cursorOf = (row: Row | undefined): string | null =>
    row ? Buffer.from(JSON.stringify(fields.map(({ field }) => row[field] ?? null))).toString("base64") : null;
  return {
    items,
    page: {
      totalItems: found.length,
      hasMoreTotalItems: false,
      startCursor: cursorOf(items[0]),
      endCursor: cursorOf(items.at(-1)),
    },
  };
}

/** As PostgreSQL orders: what is missing comes last. */
function order(one: string | null, other: string | null): number {
  if (one === other) return 0;
  if (one === null) return 1;
  if (other === null) return -1;
  return one < other ? -1 : 1;
}

function rowOf(cursor: string, fields: readonly { readonly field: string }[]): Row {
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, "base64").toString("utf8"));
    if (
      Array.isArray(values) &&
      values.length === fields.length &&
      values.every((value) => value === null || typeof value === "string")
    )
      return Object.fromEntries(fields.map(({ field }, index) => [field, values[index] as string | null]));
  } catch {
    // Falls through to the refusal below.
  }
  throw new Problem("INVALID_ARGUMENT", "Expected a cursor of an earlier answer, but this is none (at body.page).");
}

type Operators = Readonly<Record<string, unknown>>;

function fulfils(value: string | null, condition: unknown): boolean {
  if (condition === undefined) return true;
  if (typeof condition === "string") return value === condition;
  return Object.entries(condition as Operators).every(([operator, operand]) => {
    switch (operator) {
      case "$eq":
        return operand === undefined || value === operand;
      case "$neq":
        return operand === undefined || value !== operand;
      case "$exists":
        return operand === undefined || (value !== null) === operand;
      case "$in":
        return operand === undefined || (value !== null && (operand as string[]).includes(value));
      case "$notIn":
        return operand === undefined || value === null || !(operand as string[]).includes(value);
      default:
        return operand === undefined || (value !== null && isLike(value, String(operand)));
    }
  });
}

/** `*` any characters, `?` one, `\` escapes. Greedy with one step back: linear in practice, quadratic at worst. */
function isLike(value: string, pattern: string): boolean {
  const parts: { readonly text: string; readonly kind: "one" | "any" | "text" }[] = [];
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern[index]!;
    if (character === "\\" && index + 1 < pattern.length) parts.push({ text: pattern[++index]!, kind: "text" });
    else parts.push({ text: character, kind: character === "*" ? "any" : character === "?" ? "one" : "text" });
  }
  let at = 0;
  let part = 0;
  let starPart = -1;
  let starAt = 0;
  while (at < value.length) {
    const expected = parts[part];
    if (expected?.kind === "any") {
      starPart = part++;
      starAt = at;
    } else if (expected && (expected.kind === "one" || expected.text === value[at])) {
      part++;
      at++;
    } else if (starPart >= 0) {
      part = starPart + 1;
      at = ++starAt;
    } else return false;
  }
  while (parts[part]?.kind === "any") part++;
  return part === parts.length;
}
