// ISO 8601 and XML Schema lexical forms of dates, times and durations (DMN 1.5 §10.3.4.1).
// Contract: linear-time readers; undefined for everything that is not exactly such a text.

import { dateFromDayNumber, type FeelDate, makeDate } from "./date.ts";
import { FeelDateTime } from "./date-time.ts";
import { DaysTimeDuration, YearsMonthsDuration } from "./duration.ts";
import { FeelTime, makeTime } from "./time.ts";
import { isZoneName, type Zone } from "./zone.ts";

const DATE = /^(-?)(\d{4,9})-(\d{2})-(\d{2})$/;
const CLOCK = /^(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,40}))?/;
const OFFSET = /^([+-])(\d{2}):(\d{2})(?::(\d{2}))?$/;
const YEARS_MONTHS = /^(-?)P(?:(\d{1,16})Y)?(?:(\d{1,16})M)?$/;
const DAYS_TIME = /^(-?)P(?:(\d{1,20})D)?(?:T(?:(\d{1,20})H)?(?:(\d{1,20})M)?(?:(\d{1,20})(?:\.(\d{0,40}))?S)?)?$/;
/** Offsets reach 14 hours in practice; 18 is the bound of XML Schema implementations. */
const OFFSET_MAX = 18 * 3600;
const TEXT_MAX = 200;

/** `2021-03-04`, `-0044-03-15`, years up to 999999999 without leading zeros beyond four digits. */
export function parseDate(text: string): FeelDate | undefined {
  const match = text.length <= TEXT_MAX ? DATE.exec(text) : null;
  if (!match) return undefined;
  const year = match[2]!;
  if (year.length > 4 && year.startsWith("0")) return undefined;
  return makeDate(Number(`${match[1]}${year}`) + 0, Number(match[3]), Number(match[4]));
}

/** `10:30:00`, `10:30:00.5Z`, `10:30:00+02:00`, `10:30:00@Europe/Paris`; `24:00:00` is midnight. */
export function parseTime(text: string): FeelTime | undefined {
  return readTime(text)?.time;
}

function readTime(text: string): { time: FeelTime; nextDay: boolean } | undefined {
  const match = text.length <= TEXT_MAX ? CLOCK.exec(text) : null;
  if (!match) return undefined;
  const zone = readZone(text.slice(match[0].length));
  if (zone === null) return undefined;
  const nanosecond = readFraction(match[4]);
  const nextDay = match[1] === "24" && match[2] === "00" && match[3] === "00" && nanosecond === 0;
  const time = makeTime(nextDay ? 0 : Number(match[1]), Number(match[2]), Number(match[3]), nanosecond, zone);
  return time && { time, nextDay };
}

function readFraction(digits: string | undefined): number {
  return digits === undefined ? 0 : Number(digits.slice(0, 9).padEnd(9, "0"));
}

/** A zone text, undefined for none, null for a wrong one. */
function readZone(text: string): Zone | null {
  if (text === "") return undefined;
  if (text === "Z" || text === "z") return 0;
  if (text.startsWith("@")) return isZoneName(text.slice(1)) ? text.slice(1) : null;
  const match = OFFSET.exec(text);
  if (!match || Number(match[3]) > 59 || Number(match[4] ?? 0) > 59) return null;
  const seconds = Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4] ?? 0);
  if (seconds > OFFSET_MAX) return null;
  return match[1] === "-" ? 0 - seconds : seconds;
}

/** `2021-03-04T10:30:00…`; a bare date is its midnight. */
export function parseDateTime(text: string): FeelDateTime | undefined {
  const split = text.indexOf("T");
  if (split < 0) {
    const day = parseDate(text);
    return day && new FeelDateTime(day, new FeelTime(0, 0, 0, 0, undefined));
  }
  const date = parseDate(text.slice(0, split));
  const read = readTime(text.slice(split + 1));
  if (!date || !read) return undefined;
  const day = read.nextDay ? dateFromDayNumber(date.dayNumber + 1) : date;
  return day && new FeelDateTime(day, read.time);
}

/** `P1Y2M`, `-P3M`: years and months. `P1DT2H3.5S`: days and time. */
export function parseDuration(text: string): DaysTimeDuration | YearsMonthsDuration | undefined {
  if (text.length > TEXT_MAX) return undefined;
  return parseYearsMonths(text) ?? parseDaysTime(text);
}

function parseYearsMonths(text: string): YearsMonthsDuration | undefined {
  const match = YEARS_MONTHS.exec(text);
  if (!match || (match[2] === undefined && match[3] === undefined)) return undefined;
  const months = Number(match[2] ?? 0) * 12 + Number(match[3] ?? 0);
  if (!Number.isSafeInteger(months)) return undefined;
  return new YearsMonthsDuration(match[1] === "-" ? -months : months);
}

function parseDaysTime(text: string): DaysTimeDuration | undefined {
  const match = DAYS_TIME.exec(text);
  if (!match || text.endsWith("T")) return undefined;
  if (match[2] === undefined && match[3] === undefined && match[4] === undefined && match[5] === undefined)
    return undefined;
  const seconds =
    BigInt(match[2] ?? 0) * 86_400n +
    BigInt(match[3] ?? 0) * 3600n +
    BigInt(match[4] ?? 0) * 60n +
    BigInt(match[5] ?? 0);
  const total = seconds * 1_000_000_000n + BigInt(readFraction(match[6]));
  return new DaysTimeDuration(match[1] === "-" ? -total : total);
}

/** The value of an at-literal: whichever form the text has. */
export function parseTemporal(
  text: string,
): FeelDate | FeelTime | FeelDateTime | DaysTimeDuration | YearsMonthsDuration | undefined {
  return (
    parseDate(text) ?? (text.includes("T") ? parseDateTime(text) : undefined) ?? parseTime(text) ?? parseDuration(text)
  );
}
