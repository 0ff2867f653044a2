/**
 * Static timer texts: ISO 8601 dates, durations and cycles, and cron (six fields, as Spring and Camunda write it).
 * Only the form is checked here; due dates are computed by the timer trigger. Dates, cycles and cron may carry a time zone
 * in brackets: "2026-11-21T10:00:00[Europe/Berlin]", "0 0 9 * * MON-FRI [Europe/Berlin]".
 */
import { isTimeZone } from "../../core/time-zone.ts";

const duration =
  /^[+-]?P(?!$)(?:\d+(?:\.\d+)?Y)?(?:\d+(?:\.\d+)?M)?(?:\d+(?:\.\d+)?W)?(?:\d+(?:\.\d+)?D)?(?:T(?=\d)(?:\d+(?:\.\d+)?H)?(?:\d+(?:\.\d+)?M)?(?:\d+(?:[.,]\d+)?S)?)?$/;
const date =
  /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?(?:\[([^\]]{1,80})\])?$/;
const textLengthMax = 200;

export function isIsoDuration(value: string): boolean {
  return value.length <= textLengthMax && duration.test(value);
}

/** A date, or date and time with optional zone, that exists in the calendar. */
export function isIsoDate(value: string): boolean {
  const match = value.length > textLengthMax ? null : date.exec(value);
  if (match === null || (match[1] !== undefined && !isTimeZone(match[1]))) return false;
  const [year, month, day] = value.slice(0, 10).split("-").map(Number) as [number, number, number];
  if (month < 1 || month > 12 || day < 1 || day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return false;
  const time = /T(\d{2}):(\d{2})(?::(\d{2}))?/.exec(value);
  return time === null || (Number(time[1]) <= 24 && Number(time[2]) < 60 && Number(time[3] ?? "0") <= 60);
}

/** "R5/PT10S", "R/2026-01-01T00:00:00Z/P1D", or cron: "0 0 9-17 * * MON-FRI", "@daily". */
export function isTimeCycle(value: string): boolean {
  if (value.length > textLengthMax) return false;
  const [, bare, zone] = /^([^[\]]*(?:\[[^\]]+\]\/[^[\]]+)?)(?:\[([^\]]+)\])?$/.exec(value) ?? [];
  if (bare === undefined || (zone !== undefined && !isTimeZone(zone))) return false;
  const cycle = /^R(-1|\d{0,9})\/(?:([^/[]+(?:\[[^\]]+\])?)\/)?([^/]+)$/.exec(bare);
  if (cycle !== null) return isIsoDuration(cycle[3] ?? "") && (cycle[2] === undefined || isIsoDate(cycle[2]));
  if (/^@(?:yearly|annually|monthly|weekly|daily|midnight|hourly)$/.test(bare.trim())) return true;
  return isCron(bare);
}

function isCron(value: string): boolean {
  const fields = value.trim().split(/\s+/);
  return (
    fields.length === 6 &&
    fields.every((field) => /^[\dA-Za-z*/,#?-]{1,60}$/.test(field)) &&
    fields.slice(0, 3).every((field) => /^[\d*/,-]+$/.test(field))
  );
}

/** Milliseconds of a duration without years and months ("PT10M", "P2DT1H"); null when it has no fixed length. */
export function fixedDurationMs(value: string): number | null {
  const parts = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/.exec(value);
  if (parts === null || value === "P" || value.length > textLengthMax) return null;
  const [weeks, days, hours, minutes, seconds] = parts.slice(1).map((part) => Number(part ?? "0")) as [
    number,
    number,
    number,
    number,
    number,
  ];
  return Math.round((((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60_000 + seconds * 1000);
}
