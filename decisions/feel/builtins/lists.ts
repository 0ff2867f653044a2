// List functions (DMN 1.5 table 75) and the list functions that Camunda adds.
// Contract: a list is never changed; work is paid for by the number of items touched.
import { feelCompare, isSame } from "../equality.ts";
import { invokePositional } from "../invoke.ts";
import type { FeelNumber } from "../number/decimal.ts";
import { roundTo } from "../number/rounding.ts";
import type { EvaluationSession } from "../session.ts";
import type { FeelFunction } from "../value.ts";
import { type FeelList, type FeelValue, isFunction, isList, isNumber, typeOf } from "../value.ts";
import { aggregateFunctions } from "./aggregates.ts";
import { type BuiltIn, define } from "./define.ts";

/** A position from 1, or from the end when negative, as an index; undefined outside the list. */
function indexOfPosition(position: FeelNumber, length: number): number | undefined {
  const whole = roundTo(position, 0, "down");
  if (typeof whole !== "number" || whole === 0 || Math.abs(whole) > length) return undefined;
  return whole > 0 ? whole - 1 : length + whole;
}

function sublistOf(list: FeelList, start: FeelNumber, length: FeelNumber | undefined): FeelList | undefined {
  const from = indexOfPosition(start, list.length);
  if (from === undefined) return undefined;
  if (length === undefined) return list.slice(from);
  const count = roundTo(length, 0, "down");
  if (typeof count !== "number" || count < 1 || from + count > list.length) return undefined;
  return list.slice(from, from + count);
}

function keyOf(value: FeelValue): string | undefined {
  switch (typeof value) {
    case "number":
      return `n${value}`;
    case "string":
      return `s${value}`;
    case "boolean":
      return `b${value}`;
    default:
      return value === null ? "null" : isNumber(value) ? `n${value}` : undefined;
  }
}

/** Each value once, in order of first occurrence. Scalars by hash; the rest pays for its comparisons. */
export function distinctValues(list: FeelList, session?: EvaluationSession): FeelValue[] {
  const seen = new Set<string>();
  const complex: FeelValue[] = [];
  const distinct: FeelValue[] = [];
  for (const item of list) {
    const key = keyOf(item);
    if (key === undefined) {
      session?.charge(complex.length);
      if (complex.some((other) => isSame(other, item, session))) continue;
      complex.push(item);
    } else if (seen.has(key)) continue;
    else seen.add(key);
    distinct.push(item);
  }
  return distinct;
}

function duplicatesOf(list: FeelList, session: EvaluationSession): FeelList {
  const once = distinctValues(list, session);
  return once.filter((value) => {
    session.charge(list.length);
    return list.filter((item) => isSame(item, value, session)).length > 1;
  });
}

function flattenInto(list: FeelList, result: FeelValue[], session: EvaluationSession): void {
  session.enter(1);
  for (const item of list) {
    session.charge(1);
    if (isList(item)) flattenInto(item, result, session);
    else result.push(item);
    if (result.length > session.limits.listItemsMax) session.exceed("listItemsMax", "list items");
  }
  session.leave(1);
}

function joined(lists: FeelList, session: EvaluationSession): FeelValue[] {
  let total = 0;
  for (const list of lists) total += isList(list) ? list.length : 1;
  session.chargeList(total);
  return lists.flatMap((list) => (isList(list) ? [...list] : [list]));
}

/** Calls a predicate of the author; undefined when the answer is no boolean. */
function ask(fn: FeelFunction, args: readonly FeelValue[], session: EvaluationSession): boolean | undefined {
  const answer = invokePositional(fn, args, session);
  return typeof answer === "boolean" ? answer : undefined;
}

class NotComparable extends Error {}

/** A stable merge sort by the engine's own; the order comes from `precedes`, or is the natural one. */
function sortBy(list: FeelList, precedes: FeelFunction | undefined, session: EvaluationSession): FeelList | undefined {
  session.charge(list.length);
  try {
    return [...list].sort((a, b) => {
      session.charge(1);
      if (!precedes) return orderOf(a, b);
      if (ask(precedes, [a, b], session)) return -1;
      return ask(precedes, [b, a], session) ? 1 : 0;
    });
  } catch (error) {
    if (error instanceof NotComparable) return undefined;
    throw error;
  }
}

function orderOf(a: FeelValue, b: FeelValue): number {
  const order = feelCompare(a, b);
  if (order === undefined) throw new NotComparable(`${typeOf(a)} and ${typeOf(b)}`);
  return order;
}

function replaceAt(list: FeelList, position: FeelNumber, item: FeelValue): FeelList | undefined {
  const index = indexOfPosition(position, list.length);
  return index === undefined ? undefined : list.toSpliced(index, 1, item);
}

function replaceWhere(
  list: FeelList,
  match: FeelFunction,
  item: FeelValue,
  session: EvaluationSession,
): FeelList | undefined {
  if (match.parameters.length !== 2) return undefined;
  const result: FeelValue[] = [];
  for (const old of list) {
    const answer = ask(match, [old, item], session);
    if (answer === undefined) return undefined;
    result.push(answer ? item : old);
  }
  return result;
}

function positionsOf(list: FeelList, match: FeelValue, session: EvaluationSession): FeelList {
  session.charge(list.length);
  return list.flatMap((item, index) => (isSame(item, match, session) ? [index + 1] : []));
}

function partitionOf(list: FeelList, size: FeelNumber): FeelList | undefined {
  if (typeof size !== "number" || size < 1) return undefined;
  const parts: FeelValue[] = [];
  for (let start = 0; start < list.length; start += size) parts.push(list.slice(start, start + size));
  return parts;
}

function charging(compute: (list: FeelList, ...rest: never[]) => FeelValue | undefined) {
  return (session: EvaluationSession, list: FeelList, ...rest: never[]) => {
    session.chargeList(list.length);
    return compute(list, ...rest);
  };
}

export const listFunctions: readonly BuiltIn[] = [
  define("list contains(list: list, element: any)", (session, list: FeelList, element: FeelValue) => {
    session.charge(list.length);
    return list.some((item) => isSame(item, element, session));
  }),
  define("count(list: list)", (_session, list: FeelList) => list.length),
  ...aggregateFunctions,
  define(
    "sublist(list: list, start position: number, [length: number])",
    charging((list, start: FeelNumber, length?: FeelNumber) => sublistOf(list, start, length)),
  ),
  define("append(list: list, ...items)", (session, list: FeelList, items: FeelList) => {
    session.chargeList(list.length + items.length);
    return [...list, ...items];
  }),
  define("concatenate(...lists)", (session, lists: FeelList) =>
    lists.some((list) => list === null) ? undefined : joined(lists, session),
  ),
  define("union(...lists)", (session, lists: FeelList) =>
    lists.some((list) => list === null) ? undefined : distinctValues(joined(lists, session), session),
  ),
  define(
    "insert before(list: list, position: number, newItem: any)",
    charging((list, position: FeelNumber, item: FeelValue) => {
      const index = indexOfPosition(position, list.length);
      return index === undefined ? undefined : list.toSpliced(index, 0, item);
    }),
  ),
  define(
    "remove(list: list, position: number)",
    charging((list, position: FeelNumber) => {
      const index = indexOfPosition(position, list.length);
      return index === undefined ? undefined : list.toSpliced(index, 1);
    }),
  ),
  define("list replace(list: list, position: number, newItem: any)", charging(replaceAt)),
  define(
    "list replace(list: list, match: function, newItem: any)",
    (session, list: FeelList, match: FeelFunction, item: FeelValue) => {
      session.chargeList(list.length);
      return replaceWhere(list, match, item, session);
    },
  ),
  define(
    "reverse(list: list)",
    charging((list) => list.toReversed()),
  ),
  define("index of(list: list, match: any)", (session, list: FeelList, match: FeelValue) =>
    positionsOf(list, match, session),
  ),
  define("distinct values(list: list)", (session, list: FeelList) => {
    session.chargeList(list.length);
    return distinctValues(list, session);
  }),
  define("duplicate values(list: list)", (session, list: FeelList) => duplicatesOf(list, session)),
  define("flatten(list: list)", (session, list: FeelList) => {
    const result: FeelValue[] = [];
    flattenInto(list, result, session);
    return result;
  }),
  define("sort(list: list, [precedes: function])", (session, list: FeelList, precedes?: FeelFunction) =>
    sortBy(list, isFunction(precedes) ? precedes : undefined, session),
  ),
  define(
    "partition(list: list, size: number)",
    charging((list, size: FeelNumber) => partitionOf(list, size)),
  ),
  define("is empty(list: list)", (_session, list: FeelList) => list.length === 0),
];
