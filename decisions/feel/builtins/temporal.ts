// Functions on dates (DMN 1.5 table 78) and the injected clock.
// Contract: `now()` and `today()` read the session's clock; without one they are null with a warning.
import type { EvaluationSession } from "../session.ts";
import { daysInMonth, weekOfYear } from "../temporal/calendar.ts";
import { FeelDate } from "../temporal/date.ts";
import { FeelDateTime } from "../temporal/date-time.ts";
import type { FeelValue } from "../value.ts";
import { moveToZone } from "./conversion.ts";
import { type BuiltIn, define } from "./define.ts";

const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"] as const;
const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
] as const;

function onDate(name: string, compute: (date: FeelDate) => FeelValue): BuiltIn {
  return define(`${name}(date: any)`, (_session: EvaluationSession, value: FeelValue) => {
    const date = value instanceof FeelDateTime ? value.date : value;
    return date instanceof FeelDate ? compute(date) : undefined;
  });
}

function clock(session: EvaluationSession): FeelDateTime | undefined {
  const { now, timeZone } = session;
  if (!now) return undefined;
  return timeZone === undefined || now.time.zone === undefined ? now : moveToZone(now, timeZone);
}

export const temporalFunctions: readonly BuiltIn[] = [
  onDate("day of year", (date) => date.dayOfYear),
  onDate("day of week", (date) => DAYS[date.weekday - 1]!),
  onDate("month of year", (date) => MONTHS[date.month - 1]!),
  onDate("week of year", (date) => weekOfYear(date.year, date.month, date.day)),
  onDate("last day of month", (date) => new FeelDate(date.year, date.month, daysInMonth(date.year, date.month))),
  define("now()", clock),
  define("today()", (session) => clock(session)?.date),
];
