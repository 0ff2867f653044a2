/** ISO 8601 dates, durations and repeating intervals as far as BPMN timers use them. Calendar parts count in UTC. Linear, bounded, pure. */
import type { EpochMs } from "../core/json.ts";

export interface Duration {
  readonly sign: 1 | -1;
  readonly months: number;
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
  const days = part(4) * 7 + part(5);
  const seconds = part(6) * 3600 + part(7) * 60 + part(8);
  return {
    sign: match[1] === "-" ? -1 : 1,
    months: part(2) * 12 + part(3),
    milliseconds: days * dayMs + Math.round(seconds * 1000),
  };
}

/** `from` plus `times` durations: months first, kept inside the month (31 January + P1M is the last day of February). */
export function addDuration(from: EpochMs, duration: Duration, times = 1): EpochMs {
  const count = duration.sign * times;
  const base = duration.months === 0 ? from : addMonths(from, duration.months * count);
  return base + duration.milliseconds * count;
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

const datePattern =
  /^\d{4,6}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?(?:\[[\w/+-]{1,60}\])?)?$/;

/** A date, or date and time; without an offset it is meant in UTC. */
export function parseDate(text: string): EpochMs | null {
  const trimmed = text.trim();
  if (trimmed.length > textLengthMax) return null;
  const match = datePattern.exec(trimmed);
  if (!match) return null;
  const bare = trimmed.replace(/\[.*$/, "");
  const time = Date.parse(bare.includes("T") && !match[1] ? `${bare}Z` : bare);
  return Number.isFinite(time) ? time : null;
}

export interface Repeating {
  /** Firings in all; -1 without end. */
  readonly times: number;
  readonly start: EpochMs | null;
  readonly interval: string;
}

/** `R3/PT10S`, `R/2026-01-01T00:00:00Z/P1D`, or a bare duration (without end). */
export function parseRepeating(text: string): Repeating | null {
  if (text.length > textLengthMax) return null;
  const parts = text.trim().split("/");
  const head = /^R(-1|\d{0,9})$/.exec(parts[0] ?? "");
  if (!head || parts.length < 2 || parts.length > 3) return null;
  const interval = parts.at(-1)!;
  const start = parts.length === 3 ? parseDate(parts[1]!) : null;
  if (!parseDuration(interval) || (parts.length === 3 && start === null)) return null;
  const times = head[1] === "" || head[1] === "-1" ? -1 : Number(head[1]);
  return { times, start, interval };
}
