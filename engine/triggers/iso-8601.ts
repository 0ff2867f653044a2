/**
 * ISO 8601 dates, durations and repeating intervals as far as BPMN timers use them. Months and days count by the calendar
 * of a zone, without one in UTC. Linear, bounded, pure.
 */
import type { EpochMs } from "../core/json.ts";
import { instantOf, isTimeZone, wallClock } from "../core/time-zone.ts";

export interface Duration {
  readonly sign: 1 | -1;
  readonly months: number;
  readonly days: number;
  readonly milliseconds: number;
}

const dayMs = 86_400_000;
const textLengthMax = 200;

const durationPattern =
  /^([+-]?)P(?:(\d{1,9})Y)?(?:(\d{1,9})M)?(?:(\d{1,9})W)?(?:(\d{1,9})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9}(?:[.,]\d{1,9})?)S)?)?$/;

export function parseDuration(text: string): Duration | null {
  if (text.length > textLengthMax) return null;
  const match = durationPattern.exec(text.trim());
  if (!match || !/\d/.test(text) || text.trim().endsWith("T")) return null;
  const part = (index: number) => Number((match[index] ?? "0").replace(",", "."));
  const seconds = part(6) * 3600 + part(7) * 60 + part(8);
  return {
    sign: match[1] === "-" ? -1 : 1,
    months: part(2) * 12 + part(3),
    days: part(4) * 7 + part(5),
    milliseconds: Math.round(seconds * 1000),
  };
}

/**
 * `from` plus `times` durations: months first, kept inside the month (31 January + P1M is the last day of February), then
 * days, both on the clocks of the zone (a day may have 23 or 25 hours), then the exact time.
 */
export function addDuration(from: EpochMs, duration: Duration, times = 1, zone: string | null = null): EpochMs {
  const count = duration.sign * times;
  const calendar = duration.months !== 0 || duration.days !== 0;
  return (calendar ? addCalendar(from, duration, count, zone) : from) + duration.milliseconds * count;
}

function addCalendar(from: EpochMs, { months, days }: Duration, count: number, zone: string | null): EpochMs {
  const wall = wallClock(from, zone);
  return instantOf((months === 0 ? wall : addMonths(wall, months * count)) + days * dayMs * count, zone);
}

/** "P1D[Europe/Berlin]" → text and zone; null when the zone is unknown. */
export function splitZone(text: string): { readonly text: string; readonly zone: string | null } | null {
  const trimmed = text.trim();
  if (!trimmed.endsWith("]") || trimmed.length > textLengthMax) return { text: trimmed, zone: null };
  const open = trimmed.lastIndexOf("[");
  const zone = trimmed.slice(open + 1, -1);
  return open > 0 && isTimeZone(zone) ? { text: trimmed.slice(0, open).trim(), zone } : null;
}

function addMonths(from: EpochMs, months: number): EpochMs {
  const date = new Date(from);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, lastDay));
  return date.getTime();
}

/** Length of the duration when it begins at `from`; null when the text is none. */
export function durationMs(text: string, from: EpochMs): number | null {
  const duration = parseDuration(text);
  return duration ? addDuration(from, duration) - from : null;
}

const datePattern = /^\d{4,6}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

/** A date, or date and time, with an offset, a zone in brackets or both (the offset decides); with neither it is meant in UTC. */
export function parseDate(text: string): EpochMs | null {
  if (text.length > textLengthMax) return null;
  const split = splitZone(text);
  const match = split && datePattern.exec(split.text);
  if (!match) return null;
  const time = Date.parse(split.text.includes("T") && !match[1] ? `${split.text}Z` : split.text);
  if (!Number.isFinite(time)) return null;
  return match[1] ? time : instantOf(time, split.zone);
}

export interface Repeating {
  /** Firings in all; -1 without end. */
  readonly times: number;
  readonly start: EpochMs | null;
  readonly interval: string;
}

/**
 * `R3/PT10S`, `R/2026-01-01T00:00:00Z/P1D`, `R/2026-01-01T09:00:00[Europe/Berlin]/P1D`. With a zone the interval carries it
 * on, as "P1D[Europe/Berlin]", so that nine o'clock stays nine o'clock.
 */
export function parseRepeating(text: string): Repeating | null {
  if (text.length > textLengthMax) return null;
  const match = /^R(-1|\d{0,9})\/(?:([^/[]+(?:\[[^\]]+\])?)\/)?([^/[]+(?:\[[^\]]+\])?)$/.exec(text.trim());
  if (!match) return null;
  const [, count, from] = match;
  const interval = splitZone(match[3]!);
  const start = from === undefined ? null : parseDate(from);
  if (!interval || !parseDuration(interval.text) || (from !== undefined && start === null)) return null;
  const zone = interval.zone ?? (from === undefined ? null : (splitZone(from)?.zone ?? null));
  const times = count === "" || count === "-1" ? -1 : Number(count);
  return { times, start, interval: zone === null ? interval.text : `${interval.text}[${zone}]` };
}
