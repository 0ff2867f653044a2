/**
 * Cron expressions with six fields (second minute hour day month weekday) as Spring and Camunda write them, with lists,
 * ranges, steps, names, L, W, # and the @macros (rule 63), on the clocks of a zone or in UTC. A time that a zone skips comes as much later, one
 * that it has twice counts once. The search looks at days, at most eight years ahead.
 */
import type { EpochMs } from "../core/json.ts";
import { instantOf, wallClock } from "../core/time-zone.ts";

type DayRule = (year: number, month: number, day: number) => boolean;

export interface Cron {
  readonly seconds: readonly number[];
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly months: ReadonlySet<number>;
  readonly days: readonly DayRule[] | null;
  readonly weekdays: readonly DayRule[] | null;
}

const dayMs = 86_400_000;
const searchDaysMax = 366 * 8;
const monthNames = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const weekdayNames = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const macros = new Map([
  ["@yearly", "0 0 0 1 1 *"],
  ["@annually", "0 0 0 1 1 *"],
  ["@monthly", "0 0 0 1 * *"],
  ["@weekly", "0 0 0 * * 0"],
  ["@daily", "0 0 0 * * *"],
  ["@midnight", "0 0 0 * * *"],
  ["@hourly", "0 0 * * * *"],
]);

export function parseCron(text: string): Cron | null {
  if (text.length > 200) return null;
  const fields = (macros.get(text.trim().toLowerCase()) ?? text).trim().toUpperCase().split(/\s+/);
  if (fields.length !== 6) return null;
  const [second, minute, hour, day, month, weekday] = fields as [string, string, string, string, string, string];
  const seconds = numbers(second, 0, 59);
  const minutes = numbers(minute, 0, 59);
  const hours = numbers(hour, 0, 23);
  const months = numbers(named(month, monthNames, 1), 1, 12);
  const days = dayRules(day);
  const weekdays = weekdayRules(named(weekday, weekdayNames, 0));
  if (!seconds || !minutes || !hours || !months || days === undefined || weekdays === undefined) return null;
  return { seconds, minutes, hours, months: new Set(months), days, weekdays };
}

function named(field: string, names: readonly string[], first: number): string {
  return field.replace(/[A-Z]{3}/g, (name) => (names.includes(name) ? String(names.indexOf(name) + first) : name));
}

function numbers(field: string, min: number, max: number): number[] | null {
  const found = new Set<number>();
  for (const part of field.split(",")) {
    const match = /^(\*|\?|\d{1,2}(?:-\d{1,2})?)(?:\/(\d{1,2}))?$/.exec(part);
    if (!match) return null;
    const [range, stepText] = [match[1]!, match[2]];
    const step = stepText === undefined ? 1 : Number(stepText);
    const [lowText, highText] = range === "*" || range === "?" ? [String(min), String(max)] : range.split("-");
    const low = Number(lowText);
    const high = highText === undefined ? (stepText === undefined ? low : max) : Number(highText);
    if (step < 1 || low < min || high > max || low > high) return null;
    for (let value = low; value <= high; value += step) found.add(value);
  }
  return [...found].sort((left, right) => left - right);
}

function lastDayOf(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

function weekdayOf(year: number, month: number, day: number): number {
  return new Date(Date.UTC(year, month - 1, day)).getUTCDay();
}

/** Null: every day. Undefined: not a valid field. */
function dayRules(field: string): DayRule[] | null | undefined {
  if (field === "*" || field === "?") return null;
  const rules: DayRule[] = [];
  for (const part of field.split(",")) {
    const rule = dayRule(part);
    if (!rule) return undefined;
    rules.push(rule);
  }
  return rules;
}

function dayRule(part: string): DayRule | null {
  const fromEnd = /^L(?:-(\d{1,2}))?$/.exec(part);
  if (fromEnd) return (year, month, day) => day === lastDayOf(year, month) - Number(fromEnd[1] ?? 0);
  if (part === "LW") return (year, month, day) => day === nearestWeekday(year, month, lastDayOf(year, month));
  const near = /^(\d{1,2})W$/.exec(part);
  if (near) return (year, month, day) => day === nearestWeekday(year, month, Number(near[1]));
  const plain = numbers(part, 1, 31);
  return plain ? (_year, _month, day) => plain.includes(day) : null;
}

/** The working day nearest to `day`, never in another month. */
function nearestWeekday(year: number, month: number, day: number): number {
  const last = lastDayOf(year, month);
  const wanted = Math.min(day, last);
  const weekday = weekdayOf(year, month, wanted);
  if (weekday === 6) return wanted > 1 ? wanted - 1 : wanted + 2;
  if (weekday === 0) return wanted < last ? wanted + 1 : wanted - 2;
  return wanted;
}

function weekdayRules(field: string): DayRule[] | null | undefined {
  if (field === "*" || field === "?") return null;
  const rules: DayRule[] = [];
  for (const part of field.split(",")) {
    const rule = weekdayRule(part);
    if (!rule) return undefined;
    rules.push(rule);
  }
  return rules;
}

function weekdayRule(part: string): DayRule | null {
  const last = /^([0-7])L$/.exec(part);
  if (last)
    return (year, month, day) =>
      weekdayOf(year, month, day) === Number(last[1]) % 7 && day > lastDayOf(year, month) - 7;
  const nth = /^([0-7])#([1-5])$/.exec(part);
  if (nth)
    return (year, month, day) =>
      weekdayOf(year, month, day) === Number(nth[1]) % 7 && Math.ceil(day / 7) === Number(nth[2]);
  const plain = numbers(part, 0, 7)?.map((value) => value % 7);
  return plain ? (year, month, day) => plain.includes(weekdayOf(year, month, day)) : null;
}

/** The first time after `from` that matches; null when there is none within eight years. */
export function nextCron(cron: Cron, from: EpochMs, zone: string | null = null): EpochMs | null {
  const clock = wallClock(from, zone);
  const next = nextOnClock(cron, clock);
  if (next === null) return null;
  const time = instantOf(next, zone);
  // `from` lies in an hour that the clocks show a second time: count on from there.
  return time > from ? time : from + (next - clock);
}

/** Wall clocks in and out. */
function nextOnClock(cron: Cron, from: number): number | null {
  const start = Math.floor(from / 1000) * 1000 + 1000;
  const firstDay = Math.floor(start / dayMs) * dayMs;
  for (let offset = 0; offset < searchDaysMax; offset++) {
    const midnight = firstDay + offset * dayMs;
    if (!matchesDay(cron, new Date(midnight))) continue;
    const time = firstTime(cron, offset === 0 ? (start - midnight) / 1000 : 0);
    if (time !== null) return midnight + time * 1000;
  }
  return null;
}

function matchesDay(cron: Cron, date: Date): boolean {
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
  if (!cron.months.has(month)) return false;
  const holds = (rules: readonly DayRule[] | null) => rules === null || rules.some((rule) => rule(year, month, day));
  return holds(cron.days) && holds(cron.weekdays);
}

function firstTime(cron: Cron, earliestSecond: number): number | null {
  for (const hour of cron.hours) {
    if (hour * 3600 + 3599 < earliestSecond) continue;
    for (const minute of cron.minutes) {
      if (hour * 3600 + minute * 60 + 59 < earliestSecond) continue;
      for (const second of cron.seconds) {
        const time = hour * 3600 + minute * 60 + second;
        if (time >= earliestSecond) return time;
      }
    }
  }
  return null;
}
