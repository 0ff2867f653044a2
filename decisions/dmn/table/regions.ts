/**
 * The values of one column, cut at every value that a cell names: two values of one region are alike to every cell.
 * Ordered columns (numbers, dates, durations, strings with comparisons) have a region for each point and one for each
 * gap: 2k + 1 regions for k points. Enumerations have a region for each value and one for all others.
 */

import type { FeelValue } from "../../feel/index.ts";
import { FeelDecimal, feelCompare, typeOf } from "../../feel/index.ts";
import type { Cell, RangeTest, ScalarType, TestCell } from "./cell.ts";

export interface Regions {
  readonly valueType: ScalarType;
  readonly ordered: boolean;
  /** The values that cells name; ascending when ordered. */
  readonly points: readonly FeelValue[];
  readonly count: number;
  /** The region of a value; -1 for null and for values of another type, which no index knows. */
  locate(value: FeelValue): number;
}

/** Regions `from` to `to`, both included. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The regions of the cells of a column; undefined when no cell has a structure or two cells differ in type. */
export function regionsOf(cells: Iterable<Cell>): Regions | undefined {
  let valueType: ScalarType | undefined;
  let ranges = false;
  const values: FeelValue[] = [];
  for (const cell of cells) {
    if (cell.kind !== "tests") continue;
    if (valueType !== undefined && valueType !== cell.valueType) return undefined;
    valueType = cell.valueType;
    for (const test of cell.tests) {
      if (test.kind === "equal") values.push(test.value);
      else {
        ranges = true;
        if (test.low !== undefined) values.push(test.low);
        if (test.high !== undefined) values.push(test.high);
      }
    }
  }
  if (valueType === undefined) return undefined;
  if (valueType === "boolean") return booleanRegions;
  return valueType === "string" && !ranges ? enumeration(values) : ordered(valueType, values);
}

const booleanRegions: Regions = {
  valueType: "boolean",
  ordered: false,
  points: [true, false],
  count: 2,
  locate: (value) => (value === true ? 0 : value === false ? 1 : -1),
};

function enumeration(values: readonly FeelValue[]): Regions {
  const points = [...new Set(values)];
  const places = new Map(points.map((point, index) => [point, index]));
  const others = points.length;
  const locate = (value: FeelValue): number => (typeof value === "string" ? (places.get(value) ?? others) : -1);
  return { valueType: "string", ordered: false, points, count: others + 1, locate };
}

function ordered(valueType: ScalarType, values: readonly FeelValue[]): Regions {
  const points: FeelValue[] = [];
  for (const value of values.slice().sort(compare)) {
    if (points.length === 0 || compare(points.at(-1) ?? null, value) !== 0) points.push(value);
  }
  const shared = { valueType, ordered: true, points, count: 2 * points.length + 1 };
  return { ...shared, locate: valueType === "number" ? numberLocator(points) : orderLocator(valueType, points) };
}

/** Order of two values of one type; cells of a column are of one type, so there always is one. */
function compare(left: FeelValue, right: FeelValue): number {
  return feelCompare(left, right) ?? 0;
}

function orderLocator(valueType: ScalarType, points: readonly FeelValue[]): (value: FeelValue) => number {
  return (value) => {
    if (typeOf(value) !== valueType) return -1;
    let low = 0;
    let high = points.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compare(points[middle] ?? null, value) < 0) low = middle + 1;
      else high = middle;
    }
    const point = points[low];
    return point !== undefined && compare(point, value) === 0 ? 2 * low + 1 : 2 * low;
  };
}

/** Raw numbers among raw numbers need no decimal arithmetic: 11 steps for 2,000 points. */
function numberLocator(points: readonly FeelValue[]): (value: FeelValue) => number {
  const exact = orderLocator("number", points);
  if (points.some((point) => typeof point !== "number")) return exact;
  const numbers = Float64Array.from(points as readonly number[]);
  return (value) => {
    if (typeof value !== "number") return value instanceof FeelDecimal ? exact(value) : -1;
    let low = 0;
    let high = numbers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (numbers[middle]! < value) low = middle + 1;
      else high = middle;
    }
    return numbers[low] === value ? 2 * low + 1 : 2 * low;
  };
}

/** The regions in which a cell holds, ascending and without overlaps. `regions` must know every value of the cell. */
export function spansOf(cell: TestCell, regions: Regions): readonly Span[] {
  const spans = cell.tests.map((test) =>
    test.kind === "equal" ? at(regions.locate(test.value)) : rangeSpan(test, regions),
  );
  const merged = merge(spans.filter((span) => span.from <= span.to));
  return cell.negated ? complement(merged, regions.count) : merged;
}

const at = (region: number): Span => ({ from: region, to: region });

function rangeSpan({ low, lowIncluded, high, highIncluded }: RangeTest, regions: Regions): Span {
  const from = low === undefined ? 0 : regions.locate(low) + (lowIncluded ? 0 : 1);
  const to = high === undefined ? regions.count - 1 : regions.locate(high) - (highIncluded ? 0 : 1);
  return { from, to };
}

export function merge(spans: readonly Span[]): readonly Span[] {
  const merged: Span[] = [];
  for (const span of spans.slice().sort((left, right) => left.from - right.from)) {
    const last = merged.at(-1);
    if (last && span.from <= last.to + 1)
      merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
    else merged.push(span);
  }
  return merged;
}

function complement(spans: readonly Span[], count: number): readonly Span[] {
  const gaps: Span[] = [];
  let from = 0;
  for (const span of spans) {
    if (span.from > from) gaps.push({ from, to: span.from - 1 });
    from = span.to + 1;
  }
  if (from < count) gaps.push({ from, to: count - 1 });
  return gaps;
}
