// Aggregates over a list or over the arguments (DMN 1.5 table 75): min, max, sum, mean, all, any and their kin.
// Contract: undefined when an item does not fit; the lists are read once or sorted as a copy.
import { feelCompare } from "../equality.ts";
import { add, divide, type FeelNumber, multiply, subtract } from "../number/decimal.ts";
import { standardDeviation } from "../number/transcendental.ts";
import type { EvaluationSession } from "../session.ts";
import { type FeelList, type FeelValue, isNumber } from "../value.ts";
import { type BuiltIn, define } from "./define.ts";

/** Both forms of an aggregate: over one list, or over its arguments. */
function aggregate(
  name: string,
  compute: (session: EvaluationSession, list: FeelList) => FeelValue | undefined,
): BuiltIn[] {
  const charged = (session: EvaluationSession, list: FeelList) => {
    session.charge(list.length);
    return compute(session, list);
  };
  return [define(`${name}(list: list)`, charged), define(`${name}(...list)`, charged)];
}

function numbersOf(list: FeelList): readonly FeelNumber[] | undefined {
  return list.every(isNumber) ? (list as readonly FeelNumber[]) : undefined;
}

function fold(
  list: FeelList,
  start: FeelNumber,
  step: (a: FeelNumber, b: FeelNumber) => FeelNumber | null,
): FeelNumber | undefined {
  let total: FeelNumber | null = start;
  for (const item of list) {
    if (!isNumber(item) || total === null) return undefined;
    total = step(total, item);
  }
  return total ?? undefined;
}

/** The sum of numbers; undefined when one is none, or for an empty list. */
export function sumOf(list: FeelList): FeelNumber | undefined {
  return list.length === 0 ? undefined : fold(list, 0, add);
}

function meanOf(list: FeelList): FeelNumber | undefined {
  const sum = sumOf(list);
  return sum === undefined ? undefined : (divide(sum, list.length) ?? undefined);
}

/** The least (`direction` -1) or greatest (1) item; undefined when two cannot be compared. */
export function extremeOf(list: FeelList, direction: 1 | -1): FeelValue | undefined {
  if (list.length === 0) return null;
  let best: FeelValue = list[0]!;
  for (const item of list) {
    const order = feelCompare(item, best);
    if (order === undefined) return undefined;
    if (order * direction > 0) best = item;
  }
  return best;
}

function medianOf(list: FeelList): FeelNumber | null | undefined {
  const numbers = numbersOf(list);
  if (!numbers) return undefined;
  if (numbers.length === 0) return null;
  const sorted = [...numbers].sort((a, b) => feelCompare(a, b)!);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle]!;
  const sum = add(sorted[middle - 1]!, sorted[middle]!);
  return sum === null ? undefined : (divide(sum, 2) ?? undefined);
}

function modeOf(list: FeelList): FeelList | undefined {
  const numbers = numbersOf(list);
  if (!numbers) return undefined;
  const counts = new Map<string, { value: FeelNumber; count: number }>();
  let most = 0;
  for (const value of numbers) {
    const entry = counts.get(String(value)) ?? { value, count: 0 };
    entry.count++;
    most = Math.max(most, entry.count);
    counts.set(String(value), entry);
  }
  const modes = [...counts.values()].filter((entry) => entry.count === most).map((entry) => entry.value);
  return modes.sort((a, b) => feelCompare(a, b)!);
}

function deviationOf(list: FeelList): FeelNumber | undefined {
  const mean = list.length < 2 ? undefined : meanOf(list);
  if (mean === undefined) return undefined;
  const squares = fold(list, 0, (total, item) => {
    const distance = subtract(item, mean);
    const square = distance && multiply(distance, distance);
    return square === null ? null : add(total, square);
  });
  return squares === undefined ? undefined : (standardDeviation(squares, list.length) ?? undefined);
}

/** all and any: three-valued over the list. */
function quantify(list: FeelList, decisive: boolean): boolean | null | undefined {
  if (list.includes(decisive)) return decisive;
  if (list.every((item) => item === !decisive)) return !decisive;
  return list.every((item) => typeof item === "boolean" || item === null) ? null : undefined;
}

export const aggregateFunctions: readonly BuiltIn[] = [
  ...aggregate("min", (_session, list) => extremeOf(list, -1)),
  ...aggregate("max", (_session, list) => extremeOf(list, 1)),
  ...aggregate("sum", (_session, list) => sumOf(list)),
  ...aggregate("product", (_session, list) => (list.length === 0 ? undefined : fold(list, 1, multiply))),
  ...aggregate("mean", (_session, list) => meanOf(list)),
  ...aggregate("median", (session, list) => {
    session.charge(list.length * 4);
    return medianOf(list);
  }),
  ...aggregate("stddev", (_session, list) => deviationOf(list)),
  ...aggregate("mode", (_session, list) => modeOf(list)),
  ...aggregate("all", (_session, list) => quantify(list, false)),
  ...aggregate("any", (_session, list) => quantify(list, true)),
];
