// Equality and order of values (DMN 1.5 §10.3.2.13 and table 54).
// Contract: equality is true, false, or null for values of different kinds; order is a number or undefined.
// Times compare by whole seconds, as the value mapping of the specification (and the official kit) does.
import { compareNumbers, type FeelNumber, sameNumber } from "./number/decimal.ts";
import type { EvaluationSession } from "./session.ts";
import { FeelDate } from "./temporal/date.ts";
import { FeelDateTime, instantOf } from "./temporal/date-time.ts";
import { DaysTimeDuration, YearsMonthsDuration } from "./temporal/duration.ts";
import { FeelTime } from "./temporal/time.ts";
import {
  type FeelContext,
  type FeelList,
  FeelRange,
  type FeelValue,
  isContext,
  isList,
  isNumber,
  typeOf,
} from "./value.ts";

/** `a = b`: null when the kinds differ; null equals only null. The session pays for what is compared. */
export function feelEquals(a: FeelValue, b: FeelValue, session?: EvaluationSession): boolean | null {
  if (typeof a === "number" && typeof b === "number") return a === b;
  if (typeof a === "string" && typeof b === "string") return a === b;
  if (a === null || b === null) return a === b;
  if (typeof a === "boolean" && typeof b === "boolean") return a === b;
  if (isNumber(a) && isNumber(b)) return sameNumber(a, b);
  if (isList(a) && isList(b)) return equalLists(a, b, session);
  if (isContext(a) && isContext(b)) return equalContexts(a, b, session);
  if (a instanceof FeelRange && b instanceof FeelRange) return equalRanges(a, b, session);
  if (typeOf(a) !== typeOf(b)) return null;
  const order = compareTemporal(a, b);
  return order === undefined ? a === b : order === 0;
}

/** Equality as a plain boolean: different kinds are different. */
export function isSame(a: FeelValue, b: FeelValue, session?: EvaluationSession): boolean {
  return feelEquals(a, b, session) === true;
}

function equalLists(a: FeelList, b: FeelList, session?: EvaluationSession): boolean {
  if (a.length !== b.length) return false;
  session?.charge(4 + a.length);
  session?.enter(1);
  const equal = a.every((item, index) => isSame(item, b[index]!, session));
  session?.leave(1);
  return equal;
}

function equalContexts(a: FeelContext, b: FeelContext, session?: EvaluationSession): boolean {
  if (a.size !== b.size) return false;
  session?.charge(4 + a.size);
  session?.enter(1);
  let equal = true;
  for (const [key, value] of a) {
    const other = b.get(key);
    if (other === undefined || !isSame(value, other, session)) {
      equal = false;
      break;
    }
  }
  session?.leave(1);
  return equal;
}

function equalRanges(a: FeelRange, b: FeelRange, session?: EvaluationSession): boolean {
  return (
    a.startIncluded === b.startIncluded &&
    a.endIncluded === b.endIncluded &&
    a.form === b.form &&
    equalEnds(a.start, b.start, session) &&
    equalEnds(a.end, b.end, session)
  );
}

function equalEnds(a: FeelValue | undefined, b: FeelValue | undefined, session?: EvaluationSession): boolean {
  return a === undefined || b === undefined ? a === b : isSame(a, b, session);
}

/** Negative, zero or positive; undefined when the values have no order (different kinds, null, contexts …). */
export function feelCompare(a: FeelValue, b: FeelValue): number | undefined {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (isNumber(a) && isNumber(b)) return compareNumbers(a as FeelNumber, b as FeelNumber);
  if (typeof a === "string" && typeof b === "string") return compareStrings(a, b);
  return compareTemporal(a, b);
}

/** By Unicode code point, so that characters beyond the basic plane sort last. */
function compareStrings(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const x = a.charCodeAt(index);
    const y = b.charCodeAt(index);
    if (x !== y) return surrogateRank(x) - surrogateRank(y);
  }
  return a.length - b.length;
}

function surrogateRank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

function compareTemporal(a: FeelValue, b: FeelValue): number | undefined {
  if (a instanceof FeelDate && b instanceof FeelDate) return a.dayNumber - b.dayNumber;
  if (a instanceof FeelDateTime && b instanceof FeelDateTime) {
    // A local date and time is read on the clock of the other.
    const x = instantOf(a, b.offset);
    const y = instantOf(b, a.offset);
    return x.days - y.days || x.second - y.second;
  }
  if (a instanceof FeelTime && b instanceof FeelTime) {
    const x = a.offset;
    const y = b.offset;
    return a.secondOfDay - (x ?? y ?? 0) - (b.secondOfDay - (y ?? x ?? 0));
  }
  if (a instanceof DaysTimeDuration && b instanceof DaysTimeDuration) {
    return a.nanoseconds < b.nanoseconds ? -1 : a.nanoseconds > b.nanoseconds ? 1 : 0;
  }
  if (a instanceof YearsMonthsDuration && b instanceof YearsMonthsDuration) return a.months - b.months;
  return undefined;
}

/** `is(a, b)`: the same value in the same form; `23:00:50Z` and `23:00:50@Etc/GMT` are not (DMN 1.5 table 80). */
export function isIdentical(a: FeelValue, b: FeelValue): boolean {
  if (a instanceof FeelTime && b instanceof FeelTime) return a.zone === b.zone && a.secondOfDay === b.secondOfDay;
  if (a instanceof FeelDateTime && b instanceof FeelDateTime) {
    return isIdentical(a.date, b.date) && isIdentical(a.time, b.time);
  }
  return isSame(a, b);
}

/** Whether a range holds a value; null when they cannot be compared. */
export function rangeIncludes(range: FeelRange, value: FeelValue, session?: EvaluationSession): boolean | null {
  if (range.form !== "interval") {
    const same = feelEquals(value, range.start ?? null, session);
    return same === null || range.form === "equal" ? same : !same;
  }
  if (value === null) return null;
  const low = range.start === undefined ? 1 : feelCompare(value, range.start);
  const high = range.end === undefined ? -1 : feelCompare(value, range.end);
  if (low === undefined || high === undefined) return null;
  return (low > 0 || (low === 0 && range.startIncluded)) && (high < 0 || (high === 0 && range.endIncluded));
}
