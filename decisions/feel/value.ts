// FEEL values (DMN 1.5 §10.3.2.7 to 10.3.2.10). Everything here is immutable plain data.
// Safe integers are raw JS numbers; every other number is a FeelDecimal, so a JS float never exists as a value.
// Contexts are Maps: no key that an author or a payload chooses can reach a prototype.
// Values hold values, and functions say of what type they take them, so all of them are declared here.

import { FeelDecimal } from "./number/decimal.ts";
import type { EvaluationSession } from "./session.ts";
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

/** What a value may have to conform to (§10.3.2.9); `type.ts` asks and converts. */
export type FeelType =
  | { readonly kind: "Any" }
  | { readonly kind: Exclude<FeelTypeName, "list" | "context" | "range" | "function"> }
  | { readonly kind: "list"; readonly item: FeelType }
  | { readonly kind: "range"; readonly item: FeelType }
  | { readonly kind: "context"; readonly entries: ReadonlyMap<string, FeelType> }
  | { readonly kind: "function"; readonly parameters?: readonly FeelType[]; readonly result: FeelType }
  /** A base type with allowed values. */
  | { readonly kind: "restricted"; readonly base: FeelType; allows(value: FeelValue): boolean }
  /** A name that nothing defines: nothing conforms to it. */
  | { readonly kind: "unknown"; readonly name: string };

/** `(= 10)` and `(!= 10)` are values of their own: neither equals `[10..10]` (DMN 1.5 §10.3.2.7, TCK 0068). */
export type RangeForm = "interval" | "equal" | "not equal";

/**
 * A range, with open ends for unary tests such as `< 10`: an absent end is `undefined`, a null end is a null that the author
 * wrote.
 */
export class FeelRange {
  readonly kind = "range";
  readonly start: FeelValue | undefined;
  readonly end: FeelValue | undefined;
  readonly startIncluded: boolean;
  readonly endIncluded: boolean;
  readonly form: RangeForm;

  constructor(
    start: FeelValue | undefined,
    startIncluded: boolean,
    end: FeelValue | undefined,
    endIncluded: boolean,
    form: RangeForm = "interval",
  ) {
    this.start = start;
    this.startIncluded = startIncluded;
    this.end = end;
    this.endIncluded = endIncluded;
    this.form = form;
  }
}

export interface FeelParameter {
  readonly name: string;
  /** The argument is coerced to it, and refused if it does not conform. */
  readonly type?: FeelType;
  readonly optional?: boolean;
  /** Null is refused: the call is null with a warning. Parameters of user functions take null. */
  readonly required?: boolean;
}

/**
 * One way to call a function. Built-ins can have several (`substring` with two or three parameters). `invoke` gets exactly
 * one argument per declared parameter (absent optional ones are undefined) and returns a value; failures are warnings on the
 * session, never exceptions, except the session's own limit signal.
 */
export interface FeelSignature {
  readonly parameters: readonly FeelParameter[];
  /** The last parameter takes any number of values, handed over as one list. */
  readonly variadic?: boolean;
  readonly result?: FeelType;
  /** Missing named arguments are null instead of a mismatch. */
  readonly lenient?: boolean;
  invoke(args: readonly (FeelValue | undefined)[], session: EvaluationSession): FeelValue;
}

/** Built-ins, lambdas, and what decisions/dmn supplies: knowledge models, services, external functions. */
export class FeelFunction {
  readonly kind = "function";
  readonly name: string;
  readonly signatures: readonly FeelSignature[];

  constructor(name: string, signatures: readonly FeelSignature[]) {
    this.name = name;
    this.signatures = signatures;
  }

  get parameters(): readonly FeelParameter[] {
    return this.signatures[0]?.parameters ?? [];
  }
}

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
