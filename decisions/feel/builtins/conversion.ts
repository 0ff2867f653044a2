// Conversion functions (DMN 1.5 table 72) and the constructors of dates, times, durations and ranges.

import type { Node } from "../ast.ts";
import { feelCompare } from "../equality.ts";
import { textOf } from "../format.ts";
import { toJson } from "../json.ts";
import { parseJsonText } from "../json-text.ts";
import { coefficientOf, exponentOf, type FeelNumber } from "../number/decimal.ts";
import { roundTo } from "../number/rounding.ts";
import { parseNumber } from "../number/text.ts";
import { parseToNode } from "../parse.ts";
import type { EvaluationSession } from "../session.ts";
import { FeelSyntaxError } from "../syntax-error.ts";
import { monthsBetween } from "../temporal/arithmetic.ts";
import { fromDayNumber } from "../temporal/calendar.ts";
import { FeelDate, makeDate } from "../temporal/date.ts";
import { FeelDateTime, instantOf } from "../temporal/date-time.ts";
import { DaysTimeDuration } from "../temporal/duration.ts";
import { parseDate, parseDateTime, parseDuration, parseTemporal, parseTime } from "../temporal/parse.ts";
import { FeelTime, makeTime } from "../temporal/time.ts";
import { isZoneName, offsetAt } from "../temporal/zone.ts";
import { FeelRange, type FeelValue, isNumber } from "../value.ts";
import { type BuiltIn, define } from "./define.ts";

function dateFrom(_session: EvaluationSession, from: FeelValue): FeelDate | undefined {
  if (typeof from === "string") return parseDate(from);
  if (from instanceof FeelDateTime) return from.date;
  return from instanceof FeelDate ? from : undefined;
}

function timeFrom(_session: EvaluationSession, from: FeelValue): FeelTime | undefined {
  if (typeof from === "string") return parseTime(from);
  if (from instanceof FeelDateTime) return from.time;
  if (from instanceof FeelDate) return new FeelTime(0, 0, 0, 0, 0);
  return from instanceof FeelTime ? from : undefined;
}

/** Seconds may have a fraction; parts of a nanosecond are dropped. */
function timeOf(
  hour: FeelNumber,
  minute: FeelNumber,
  second: FeelNumber,
  offset: FeelValue | undefined,
): FeelTime | undefined {
  const nanoseconds = roundTo(second, 9, "down");
  if (typeof hour !== "number" || typeof minute !== "number" || nanoseconds === null) return undefined;
  const total = coefficientOf(nanoseconds) * 10n ** BigInt(9 + Math.min(exponentOf(nanoseconds), 9));
  if (total < 0n || total >= 60_000_000_000n) return undefined;
  const zone = offset === undefined || offset === null ? undefined : zoneFrom(offset);
  if (zone === null) return undefined;
  return makeTime(hour, minute, Number(total / 1_000_000_000n), Number(total % 1_000_000_000n), zone);
}

function zoneFrom(offset: FeelValue): number | null {
  if (!(offset instanceof DaysTimeDuration)) return null;
  const seconds = Number(offset.nanoseconds / 1_000_000_000n);
  return Math.abs(seconds) > 18 * 3600 ? null : seconds;
}

function dateTimeFrom(_session: EvaluationSession, from: FeelValue): FeelDateTime | undefined {
  if (typeof from === "string") return parseDateTime(from);
  if (from instanceof FeelDate) return new FeelDateTime(from, new FeelTime(0, 0, 0, 0, undefined));
  return from instanceof FeelDateTime ? from : undefined;
}

function dateTimeOf(_session: EvaluationSession, date: FeelValue, time: FeelValue): FeelDateTime | undefined {
  const day = date instanceof FeelDateTime ? date.date : date;
  return day instanceof FeelDate && time instanceof FeelTime ? new FeelDateTime(day, time) : undefined;
}

/** The same instant on the clocks of another zone; a local date and time is read there. */
function inZone(_session: EvaluationSession, value: FeelValue, zone: FeelValue): FeelDateTime | undefined {
  if (!(value instanceof FeelDateTime) || typeof zone !== "string" || !isZoneName(zone)) return undefined;
  const { hour, minute, second, nanosecond } = value.time;
  if (value.time.zone === undefined)
    return new FeelDateTime(value.date, new FeelTime(hour, minute, second, nanosecond, zone));
  return moveToZone(value, zone);
}

/** Shows an instant on the clocks of an IANA zone. */
export function moveToZone(value: FeelDateTime, zone: string): FeelDateTime | undefined {
  const instant = instantOf(value);
  const offset = offsetAt(zone, instant.days, instant.second);
  if (offset === undefined) return undefined;
  const local = instant.second + offset;
  const carry = Math.floor(local / 86_400);
  const ofDay = local - carry * 86_400;
  const { year, month, day } = fromDayNumber(instant.days + carry);
  return new FeelDateTime(
    new FeelDate(year, month, day),
    new FeelTime(Math.floor(ofDay / 3600), Math.floor(ofDay / 60) % 60, ofDay % 60, instant.nanosecond, zone),
  );
}

const GROUPINGS = [" ", ",", "."];
const POINTS = [",", "."];

function numberFrom(
  text: string,
  grouping: string | null | undefined,
  point: string | null | undefined,
): FeelValue | undefined {
  if (grouping && !GROUPINGS.includes(grouping)) return undefined;
  if (point && !POINTS.includes(point)) return undefined;
  if (grouping && grouping === point) return undefined;
  const plain = grouping ? text.split(grouping).join("") : text;
  const normal = point && point !== "." ? (plain.includes(".") ? "x" : plain.replace(point, ".")) : plain;
  return parseNumber(normal) ?? undefined;
}

const CONSTRUCTORS = new Map<string, (text: string) => FeelValue | undefined>([
  ["date", parseDate],
  ["time", parseTime],
  ["date and time", parseDateTime],
  ["duration", parseDuration],
]);

/** The ends that `range("…")` accepts: literals, at-literals and constructor calls on literals (DMN 1.5 table 72). */
function endOf(node: Node): FeelValue | undefined {
  if (node.kind === "literal") return node.value;
  if (node.kind === "at literal") return parseTemporal(node.text);
  if (node.kind === "negation") {
    const inner = node.operand.kind === "literal" ? node.operand.value : undefined;
    return inner !== undefined && isNumber(inner) ? parseNumber(`-${inner}`) : undefined;
  }
  if (node.kind !== "call" || node.callee.kind !== "name" || node.positional.length !== 1) return undefined;
  const [argument] = node.positional;
  const text = argument!.kind === "literal" ? argument!.value : undefined;
  return typeof text === "string" ? CONSTRUCTORS.get(node.callee.name)?.(text) : undefined;
}

function rangeFrom(session: EvaluationSession, from: string): FeelRange | undefined {
  if (from.length > 1_000 || from.trim() === "") return undefined;
  session.charge(2_000);
  const node = readRange(from);
  if (node?.kind !== "interval") return undefined;
  const start = endOf(node.start);
  const end = endOf(node.end);
  if (start === undefined || end === undefined || (start === null && end === null)) return undefined;
  if ((start === null && node.startIncluded) || (end === null && node.endIncluded)) return undefined;
  if (start !== null && end !== null) {
    const order = feelCompare(start, end);
    if (order === undefined || order > 0) return undefined;
  }
  return new FeelRange(start, node.startIncluded, end, node.endIncluded);
}

function readRange(text: string): Node | undefined {
  try {
    return parseToNode(text, {});
  } catch (error) {
    if (error instanceof FeelSyntaxError) return undefined;
    throw error;
  }
}

export const conversionFunctions: readonly BuiltIn[] = [
  define("date(from: any)", dateFrom),
  define(
    "date(year: number, month: number, day: number)",
    (_session, year: FeelNumber, month: FeelNumber, day: FeelNumber) =>
      typeof year === "number" && typeof month === "number" && typeof day === "number"
        ? makeDate(year, month, day)
        : undefined,
  ),
  define("time(from: any)", timeFrom),
  define(
    "time(hour: number, minute: number, second: number, [offset: any])",
    (_session, hour: FeelNumber, minute: FeelNumber, second: FeelNumber, offset?: FeelValue) =>
      timeOf(hour, minute, second, offset),
  ),
  define("date and time(from: any)", dateTimeFrom),
  define("date and time(date: any, time: any)", (session, date: FeelValue, time: FeelValue) =>
    typeof time === "string" ? inZone(session, date, time) : dateTimeOf(session, date, time),
  ),
  define("date and time(date: any, timezone: any)", inZone),
  define("duration(from: string)", (_session, from: string) => parseDuration(from)),
  define("years and months duration(from: any, to: any)", (session, from: FeelValue, to: FeelValue) => {
    const start = typeof from === "string" ? undefined : dateFrom(session, from);
    const end = typeof to === "string" ? undefined : dateFrom(session, to);
    return start && end && monthsBetween(start, end);
  }),
  define(
    "number(from: string, [grouping separator: string?], [decimal separator: string?])",
    (session, from: string, grouping?: string | null, point?: string | null) => {
      session.chargeString(from.length);
      return numberFrom(from, grouping, point);
    },
  ),
  define("string(from: any)", (session, from: FeelValue) => (from === null ? null : textOf(from, session))),
  define("range(from: string)", rangeFrom),
  define("from json(value: string)", (session, value: string) => {
    session.chargeString(value.length);
    return parseJsonText(value, session);
  }),
  define("to json(value: any)", (session, value: FeelValue) => {
    const text = JSON.stringify(toJson(value, session.limits));
    session.chargeString(text.length);
    return text;
  }),
];
