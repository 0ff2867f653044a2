// Properties of values that are not contexts (DMN 1.5 table 65 and §10.3.2.7).
// Contract: undefined when the kind has no such property; null when it has one without a value.

import { fromBig } from "./number/decimal.ts";
import { FeelDate } from "./temporal/date.ts";
import { FeelDateTime } from "./temporal/date-time.ts";
import { DaysTimeDuration, YearsMonthsDuration } from "./temporal/duration.ts";
import { FeelTime } from "./temporal/time.ts";
import type { FeelValue } from "./value.ts";
import { FeelRange } from "./value.ts";

/** The property of a temporal value, duration or range. */
export function propertyOf(value: FeelValue, name: string): FeelValue | undefined {
  if (value instanceof FeelDate) return dateProperty(value, name);
  if (value instanceof FeelTime) return timeProperty(value, name, value.offset);
  if (value instanceof FeelDateTime)
    return dateProperty(value.date, name) ?? timeProperty(value.time, name, value.offset);
  if (value instanceof DaysTimeDuration) return daysTimeProperty(value, name);
  if (value instanceof YearsMonthsDuration) return yearsMonthsProperty(value, name);
  return value instanceof FeelRange ? rangeProperty(value, name) : undefined;
}

function dateProperty(date: FeelDate, name: string): FeelValue | undefined {
  switch (name) {
    case "year":
      return date.year;
    case "month":
      return date.month;
    case "day":
      return date.day;
    case "weekday":
      return date.weekday;
    default:
      return undefined;
  }
}

function timeProperty(time: FeelTime, name: string, offset: number | undefined): FeelValue | undefined {
  switch (name) {
    case "hour":
      return time.hour;
    case "minute":
      return time.minute;
    case "second":
      return time.nanosecond === 0 ? time.second : fractionalSecond(time);
    case "time offset":
      return offset === undefined ? null : new DaysTimeDuration(BigInt(offset) * 1_000_000_000n);
    case "timezone":
      return typeof time.zone === "string" ? time.zone : null;
    default:
      return undefined;
  }
}

function fractionalSecond(time: FeelTime): FeelValue {
  return fromBig(BigInt(time.second) * 1_000_000_000n + BigInt(time.nanosecond), -9);
}

function daysTimeProperty(duration: DaysTimeDuration, name: string): FeelValue | undefined {
  const parts = duration.parts;
  switch (name) {
    case "days":
      return parts.days;
    case "hours":
      return parts.hours;
    case "minutes":
      return parts.minutes;
    case "seconds":
      return fromBig(BigInt(parts.seconds) * 1_000_000_000n + BigInt(parts.nanoseconds), -9);
    default:
      return undefined;
  }
}

function yearsMonthsProperty(duration: YearsMonthsDuration, name: string): FeelValue | undefined {
  if (name === "years") return Math.trunc(duration.months / 12) + 0;
  return name === "months" ? (duration.months % 12) + 0 : undefined;
}

function rangeProperty(range: FeelRange, name: string): FeelValue | undefined {
  switch (name) {
    case "start":
      return range.start ?? null;
    case "end":
      return range.end ?? null;
    case "start included":
      return range.startIncluded;
    case "end included":
      return range.endIncluded;
    default:
      return undefined;
  }
}
