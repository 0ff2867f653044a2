// FEEL values (DMN 1.5 §10.3.2.7 to 10.3.2.10). Everything here is immutable plain data.
// Safe integers are raw JS numbers; every other number is a FeelDecimal, so a JS float never exists as a value.
// Contexts are Maps: no key that an author or a payload chooses can reach a prototype.

import { FeelFunction } from "./function.ts";
import { FeelDecimal } from "./number/decimal.ts";
import { FeelRange } from "./range.ts";
import { FeelDate } from "./temporal/date.ts";
import { FeelDateTime } from "./temporal/date-time.ts";
import { DaysTimeDuration, YearsMonthsDuration } from "./temporal/duration.ts";
import { FeelTime } from "./temporal/time.ts";

export type FeelNumber = number | FeelDecimal;
export type FeelDuration = DaysTimeDuration | YearsMonthsDuration;
export type FeelTemporal = FeelDate | FeelTime | FeelDateTime;
export type FeelList = readonly FeelValue[];
export type FeelContext = ReadonlyMap<string, FeelValue>;

/** Any value an expression can have. */
export type FeelValue =
  | null
  | boolean
  | string
  | FeelNumber
  | FeelTemporal
  | FeelDuration
  | FeelRange
  | FeelFunction
  | FeelList
  | FeelContext;

/** The FEEL name of a value's type. */
export type FeelTypeName =
  | "null"
  | "boolean"
  | "string"
  | "number"
  | "date"
  | "time"
  | "date and time"
  | "days and time duration"
  | "years and months duration"
  | "range"
  | "function"
  | "list"
  | "context";

/** The type of a value by its FEEL name. */
export function typeOf(value: FeelValue): FeelTypeName {
  if (value === null) return "null";
  switch (typeof value) {
    case "number":
      return "number";
    case "string":
      return "string";
    case "boolean":
      return "boolean";
    default:
  }
  if (isList(value)) return "list";
  if (value instanceof Map) return "context";
  return objectTypeOf(value as Exclude<FeelValue, null | boolean | string | number | FeelList | FeelContext>);
}

function objectTypeOf(value: FeelDecimal | FeelTemporal | FeelDuration | FeelRange | FeelFunction): FeelTypeName {
  return value.kind === "decimal" ? "number" : value.kind;
}

export function isNumber(value: FeelValue | undefined): value is FeelNumber {
  return typeof value === "number" || value instanceof FeelDecimal;
}

export function isList(value: FeelValue | undefined): value is FeelList {
  return Array.isArray(value);
}

export function isContext(value: FeelValue | undefined): value is FeelContext {
  return value instanceof Map;
}

export function isDuration(value: FeelValue | undefined): value is FeelDuration {
  return value instanceof DaysTimeDuration || value instanceof YearsMonthsDuration;
}

export function isTemporal(value: FeelValue | undefined): value is FeelTemporal {
  return value instanceof FeelDate || value instanceof FeelTime || value instanceof FeelDateTime;
}

export function isFunction(value: FeelValue | undefined): value is FeelFunction {
  return value instanceof FeelFunction;
}

export function isRange(value: FeelValue | undefined): value is FeelRange {
  return value instanceof FeelRange;
}
