// Addition and subtraction of dates, times and durations (DMN 1.5 table 58 to 60).
// Contract: undefined when the result leaves the calendar; kinds that do not go together are the caller's business.
import { addMonths } from "./calendar.ts";
import { dateFromDayNumber, FeelDate } from "./date.ts";
import { FeelDateTime, instantOf, startOfDay } from "./date-time.ts";
import { DaysTimeDuration, YearsMonthsDuration } from "./duration.ts";
import { FeelTime } from "./time.ts";
import { offsetAt } from "./zone.ts";

const SECOND = 1_000_000_000n;
const DAY = 86_400n * SECOND;

function floorDivide(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  return value % divisor < 0n ? quotient - 1n : quotient;
}

function nanosecondOfDay(time: FeelTime): bigint {
  return BigInt(time.secondOfDay) * SECOND + BigInt(time.nanosecond);
}

function timeOfDay(nanoseconds: bigint, zone: FeelTime["zone"]): FeelTime {
  const second = Number(nanoseconds / SECOND);
  return new FeelTime(
    Math.floor(second / 3600),
    Math.floor(second / 60) % 60,
    second % 60,
    Number(nanoseconds % SECOND),
    zone,
  );
}

export function addMonthsTo(date: FeelDate, months: number): FeelDate | undefined {
  const moved = addMonths(date, months);
  return moved && new FeelDate(moved.year, moved.month, moved.day);
}

/** A date stays a date: the time of the sum is dropped. */
export function addToDate(date: FeelDate, duration: DaysTimeDuration | YearsMonthsDuration): FeelDate | undefined {
  if (duration instanceof YearsMonthsDuration) return addMonthsTo(date, duration.months);
  return dateFromDayNumber(date.dayNumber + Number(floorDivide(duration.nanoseconds, DAY)));
}

/** Days and time move the instant (also across a change of clocks); years and months move the calendar date. */
export function addToDateTime(
  value: FeelDateTime,
  duration: DaysTimeDuration | YearsMonthsDuration,
): FeelDateTime | undefined {
  if (duration instanceof YearsMonthsDuration) {
    const date = addMonthsTo(value.date, duration.months);
    return date && new FeelDateTime(date, value.time);
  }
  const zone = value.time.zone;
  if (typeof zone === "string") return addAcrossClocks(value, duration, zone);
  const total = nanosecondOfDay(value.time) + duration.nanoseconds;
  return atDay(value.date.dayNumber, total, zone);
}

function atDay(day: number, total: bigint, zone: FeelTime["zone"]): FeelDateTime | undefined {
  const carry = floorDivide(total, DAY);
  const date = dateFromDayNumber(day + Number(carry));
  return date && new FeelDateTime(date, timeOfDay(total - carry * DAY, zone));
}

function addAcrossClocks(value: FeelDateTime, duration: DaysTimeDuration, zone: string): FeelDateTime | undefined {
  const { days, second, nanosecond } = instantOf(value);
  const utc = atDay(days, BigInt(second) * SECOND + BigInt(nanosecond) + duration.nanoseconds, 0);
  if (!utc) return undefined;
  const offset = offsetAt(zone, utc.date.dayNumber, utc.time.secondOfDay) ?? 0;
  return atDay(utc.date.dayNumber, nanosecondOfDay(utc.time) + BigInt(offset) * SECOND, zone);
}

/** Wraps around midnight. */
export function addToTime(time: FeelTime, duration: DaysTimeDuration): FeelTime {
  const total = nanosecondOfDay(time) + duration.nanoseconds;
  return timeOfDay(total - floorDivide(total, DAY) * DAY, time.zone);
}

/** Undefined when only one of the two has an offset. */
export function subtractDateTimes(a: FeelDateTime, b: FeelDateTime): DaysTimeDuration | undefined {
  if ((a.time.zone === undefined) !== (b.time.zone === undefined)) return undefined;
  const x = instantOf(a);
  const y = instantOf(b);
  return new DaysTimeDuration(
    BigInt(x.days - y.days) * DAY + BigInt(x.second - y.second) * SECOND + BigInt(x.nanosecond - y.nanosecond),
  );
}

export function subtractDates(a: FeelDate, b: FeelDate): DaysTimeDuration {
  return new DaysTimeDuration(BigInt(a.dayNumber - b.dayNumber) * DAY);
}

export function subtractTimes(a: FeelTime, b: FeelTime): DaysTimeDuration | undefined {
  if ((a.zone === undefined) !== (b.zone === undefined)) return undefined;
  const offset = BigInt((a.offset ?? 0) - (b.offset ?? 0)) * SECOND;
  return new DaysTimeDuration(nanosecondOfDay(a) - nanosecondOfDay(b) - offset);
}

/** `years and months duration(from, to)`: whole months between two dates, towards zero. */
export function monthsBetween(from: FeelDate, to: FeelDate): YearsMonthsDuration {
  let months = (to.year - from.year) * 12 + (to.month - from.month);
  if (months > 0 && to.day < from.day) months--;
  else if (months < 0 && to.day > from.day) months++;
  return new YearsMonthsDuration(months);
}

/** A date as its midnight in UTC, a date and time as it is. */
export function asDateTime(value: FeelDate | FeelDateTime): FeelDateTime {
  return value instanceof FeelDate ? startOfDay(value) : value;
}
