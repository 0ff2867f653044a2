// Time zones: fixed offsets in seconds, or IANA zones whose rules come from Intl.
// Contract: lookups are pure; zones are cached (at most 600, the size of the IANA list) and unknown names are refused.
import { fromDayNumber, toDayNumber } from "./calendar.ts";

/** Seconds east of UTC, an IANA zone name, or undefined for local time. */
export type Zone = number | string | undefined;

const ZONE_NAME = /^[A-Za-z][A-Za-z0-9._+-]*(\/[A-Za-z0-9._+-]+){0,3}$/;
const formatters = new Map<string, Intl.DateTimeFormat>();
const CACHE_MAX = 600;

function formatterOf(name: string): Intl.DateTimeFormat | undefined {
  const cached = formatters.get(name);
  if (cached) return cached;
  if (name.length > 64 || !ZONE_NAME.test(name)) return undefined;
  try {
    const formatter = new Intl.DateTimeFormat("en-US", {
      timeZone: name,
      calendar: "gregory",
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    if (formatters.size >= CACHE_MAX) formatters.clear();
    formatters.set(name, formatter);
    return formatter;
  } catch {
    return undefined;
  }
}

/** True for names of the IANA database that this runtime knows. */
export function isZoneName(name: string): boolean {
  return formatterOf(name) !== undefined;
}

/** Rules repeat every 400 years outside what Date can hold, so far years are looked up in a near one. */
function nearYear(year: number): number {
  if (year >= 1800 && year <= 9999) return year;
  return year > 9999 ? 9600 + (year % 400) : 1800;
}

/** Offset in seconds of an instant given as UTC day number and second of day. */
function offsetAtInstant(formatter: Intl.DateTimeFormat, days: number, second: number): number {
  const date = fromDayNumber(days);
  const nearDays = toDayNumber(nearYear(date.year), date.month, Math.min(date.day, 28)) + Math.max(0, date.day - 28);
  const parts = formatter.formatToParts((nearDays * 86_400 + second) * 1000);
  const field = new Map(parts.map((part) => [part.type, Number(part.value)]));
  const local =
    toDayNumber(field.get("year")!, field.get("month")!, field.get("day")!) * 86_400 +
    field.get("hour")! * 3600 +
    field.get("minute")! * 60 +
    field.get("second")!;
  return local - (nearDays * 86_400 + second);
}

/**
 * The offset that a zone has at a local date and time. In a gap (clocks go forward) the offset before it holds,
 * in an overlap the earlier one: what java.time and Temporal do.
 */
export function offsetOf(zone: Zone, days: number, secondOfDay: number): number | undefined {
  if (typeof zone !== "string") return zone;
  const formatter = formatterOf(zone);
  if (!formatter) return undefined;
  const before = offsetAtInstant(formatter, days - 1, secondOfDay);
  const after = offsetAtInstant(formatter, days + 1, secondOfDay);
  if (before === after) return before;
  for (const candidate of [before, after]) {
    const shifted = secondOfDay - candidate;
    const carry = Math.floor(shifted / 86_400);
    if (offsetAtInstant(formatter, days + carry, shifted - carry * 86_400) === candidate) return candidate;
  }
  return before;
}

/** The offset in force in a zone at an instant (UTC day number and second of day). */
export function offsetAt(zone: string, days: number, secondOfDay: number): number | undefined {
  const formatter = formatterOf(zone);
  return formatter && offsetAtInstant(formatter, days, secondOfDay);
}

/** `Z`, `+02:00`, `-05:30:15`. */
export function formatOffset(offset: number): string {
  if (offset === 0) return "Z";
  const total = Math.abs(offset);
  const seconds = total % 60;
  const text = `${offset < 0 ? "-" : "+"}${two(Math.floor(total / 3600))}:${two(Math.floor(total / 60) % 60)}`;
  return seconds === 0 ? text : `${text}:${two(seconds)}`;
}

/** The text of a zone behind a time: an offset, `@Name`, or nothing. */
export function formatZone(zone: Zone): string {
  if (zone === undefined) return "";
  return typeof zone === "string" ? `@${zone}` : formatOffset(zone);
}

export function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
