// Relations of points and intervals (DMN 1.5 table 79).
// Contract: null with a warning when a point or an end cannot be compared with the other; an open end is infinite.
import { feelCompare, feelEquals } from "../equality.ts";
import type { EvaluationSession } from "../session.ts";
import type { FeelValue } from "../value.ts";
import { FeelRange } from "../value.ts";
import { type BuiltIn, define } from "./define.ts";

/** An interval with both ends; a point is the interval that holds it alone. */
interface Interval {
  start: FeelValue | undefined;
  end: FeelValue | undefined;
  startIncluded: boolean;
  endIncluded: boolean;
}

type Relation = (a: Interval, b: Interval) => boolean;

/** Compares an end with an end. An absent end is infinite: low as a start, high as an end. */
function order(a: FeelValue | undefined, aSide: -1 | 1, b: FeelValue | undefined, bSide: -1 | 1): number {
  if (a === undefined || b === undefined) return (a === undefined ? aSide : 0) - (b === undefined ? bSide : 0);
  return feelCompare(a, b) ?? Number.NaN;
}

const starts = (a: Interval, b: Interval) => order(a.start, -1, b.start, -1);
const ends = (a: Interval, b: Interval) => order(a.end, 1, b.end, 1);
const endToStart = (a: Interval, b: Interval) => order(a.end, 1, b.start, -1);

const before: Relation = (a, b) => {
  const gap = endToStart(a, b);
  return gap < 0 || (gap === 0 && !(a.endIncluded && b.startIncluded));
};
const meets: Relation = (a, b) => a.endIncluded && b.startIncluded && endToStart(a, b) === 0;
const overlaps: Relation = (a, b) => !before(a, b) && !before(b, a);
const overlapsBefore: Relation = (a, b) => {
  const start = starts(a, b);
  const end = ends(a, b);
  const startsEarlier = start < 0 || (start === 0 && a.startIncluded && !b.startIncluded);
  return startsEarlier && !before(a, b) && (end < 0 || (end === 0 && (!a.endIncluded || b.endIncluded)));
};
const finishes: Relation = (a, b) => {
  const start = starts(a, b);
  return (
    ends(a, b) === 0 &&
    a.endIncluded === b.endIncluded &&
    (start > 0 || (start === 0 && (!a.startIncluded || b.startIncluded)))
  );
};
const beginsWith: Relation = (a, b) => {
  const end = ends(a, b);
  return (
    starts(a, b) === 0 &&
    a.startIncluded === b.startIncluded &&
    (end < 0 || (end === 0 && (!a.endIncluded || b.endIncluded)))
  );
};
const includes: Relation = (a, b) => {
  const start = starts(a, b);
  const end = ends(a, b);
  return (
    (start < 0 || (start === 0 && (a.startIncluded || !b.startIncluded))) &&
    (end > 0 || (end === 0 && (a.endIncluded || !b.endIncluded)))
  );
};
const coincides: Relation = (a, b) =>
  starts(a, b) === 0 && ends(a, b) === 0 && a.startIncluded === b.startIncluded && a.endIncluded === b.endIncluded;

const swapped =
  (relation: Relation): Relation =>
  (a, b) =>
    relation(b, a);

function intervalOf(value: FeelValue): Interval | undefined {
  if (value instanceof FeelRange) return value.start === null || value.end === null ? undefined : value;
  return value === null ? undefined : { start: value, end: value, startIncluded: true, endIncluded: true };
}

function areComparable(a: Interval, b: Interval): boolean {
  const values = [a.start, a.end, b.start, b.end].filter((end) => end !== undefined);
  return values.every((value) => feelCompare(value, values[0]!) !== undefined);
}

type Shape = "point" | "range";

function shapeOf(value: FeelValue): Shape {
  return value instanceof FeelRange ? "range" : "point";
}

/** One relation with the shapes of arguments it takes, named as the specification names them. */
function relate(name: string, relation: Relation, shapes: readonly (readonly [Shape, Shape])[]): BuiltIn[] {
  return shapes.map(([first, second]) => {
    const names = first === second ? [`${first}1`, `${second}2`] : [first, second];
    return define(
      `${name}(${names[0]}: any, ${names[1]}: any)`,
      (_session: EvaluationSession, a: FeelValue, b: FeelValue) => {
        if (!shapes.some((shape) => shape[0] === shapeOf(a) && shape[1] === shapeOf(b))) return undefined;
        const x = intervalOf(a);
        const y = intervalOf(b);
        if (!x || !y || !areComparable(x, y)) return undefined;
        return relation(x, y);
      },
    );
  });
}

const ALL: readonly (readonly [Shape, Shape])[] = [
  ["point", "point"],
  ["range", "point"],
  ["point", "range"],
  ["range", "range"],
];
const RANGES = [["range", "range"]] as const;
const POINT_FIRST = [
  ["point", "range"],
  ["range", "range"],
] as const;
const POINT_LAST = [
  ["range", "point"],
  ["range", "range"],
] as const;

/** A point finishes or starts an interval only at an end that is included. */
const finishesAt: Relation = (a, b) =>
  isPoint(a) ? b.endIncluded && b.end !== undefined && feelEquals(a.start!, b.end) === true : finishes(a, b);
const startsAt: Relation = (a, b) =>
  isPoint(a) ? b.startIncluded && b.start !== undefined && feelEquals(a.start!, b.start) === true : beginsWith(a, b);

function isPoint(interval: Interval): boolean {
  return !(interval instanceof FeelRange);
}

export const intervalFunctions: readonly BuiltIn[] = [
  ...relate("before", before, ALL),
  ...relate("after", swapped(before), ALL),
  ...relate("meets", meets, RANGES),
  ...relate("met by", swapped(meets), RANGES),
  ...relate("overlaps", overlaps, RANGES),
  ...relate("overlaps before", overlapsBefore, RANGES),
  ...relate("overlaps after", swapped(overlapsBefore), RANGES),
  ...relate("finishes", finishesAt, POINT_FIRST),
  ...relate("finished by", swapped(finishesAt), POINT_LAST),
  ...relate("includes", includes, POINT_LAST),
  ...relate("during", swapped(includes), POINT_FIRST),
  ...relate("starts", startsAt, POINT_FIRST),
  ...relate("started by", swapped(startsAt), POINT_LAST),
  ...relate("coincides", coincides, [
    ["point", "point"],
    ["range", "range"],
  ]),
];
