// Numeric functions (DMN 1.5 table 76).

import { negateDuration } from "../arithmetic.ts";
import { absolute, exponentOf, type FeelNumber, modulo, toSafeInteger } from "../number/decimal.ts";
import { type RoundingMode, roundTo, SCALE_MAX, SCALE_MIN } from "../number/rounding.ts";
import { exponential, logarithm, squareRoot } from "../number/transcendental.ts";
import type { EvaluationSession } from "../session.ts";
import { DaysTimeDuration, YearsMonthsDuration } from "../temporal/duration.ts";
import { type FeelValue, isNumber } from "../value.ts";
import { type BuiltIn, define } from "./define.ts";

/** Rounds to a scale; a scale with a fraction is cut, one outside decimal128 is refused. */
function rounded(value: FeelNumber, scale: FeelNumber, mode: RoundingMode): FeelNumber | undefined {
  const whole = roundTo(scale, 0, "down");
  if (typeof whole !== "number" || whole < SCALE_MIN || whole > SCALE_MAX) return undefined;
  return roundTo(value, whole, mode) ?? undefined;
}

function rounding(name: string, mode: RoundingMode, scale: string): BuiltIn {
  return define(`${name}(n: number, ${scale})`, (_session: EvaluationSession, n: FeelNumber, digits: FeelNumber = 0) =>
    rounded(n, digits, mode),
  );
}

function absoluteOf(_session: EvaluationSession, value: FeelValue): FeelValue | undefined {
  if (isNumber(value)) return absolute(value);
  if (value instanceof DaysTimeDuration) return value.nanoseconds < 0n ? negateDuration(value) : value;
  if (value instanceof YearsMonthsDuration) return value.months < 0 ? negateDuration(value) : value;
  return undefined;
}

/** The remainder of division by two; undefined for fractions. */
function parity(value: FeelNumber): number | undefined {
  const safe = toSafeInteger(value);
  if (safe !== undefined) return Math.abs(safe % 2);
  if (exponentOf(value) < 0) return undefined;
  const rest = modulo(value, 2);
  return rest === null ? undefined : Math.abs(Number(rest));
}

export const numberFunctions: readonly BuiltIn[] = [
  rounding("decimal", "half even", "scale: number"),
  rounding("floor", "floor", "[scale: number]"),
  rounding("ceiling", "ceiling", "[scale: number]"),
  rounding("round up", "up", "scale: number"),
  rounding("round down", "down", "scale: number"),
  rounding("round half up", "half up", "scale: number"),
  rounding("round half down", "half down", "scale: number"),
  define("abs(n: any)", absoluteOf),
  define(
    "modulo(dividend: number, divisor: number)",
    (_session, dividend: FeelNumber, divisor: FeelNumber) => modulo(dividend, divisor) ?? undefined,
  ),
  define("sqrt(number: number)", (_session, number: FeelNumber) => squareRoot(number) ?? undefined),
  define("log(number: number)", (session, number: FeelNumber) => {
    session.charge(64);
    return logarithm(number) ?? undefined;
  }),
  define("exp(number: number)", (session, number: FeelNumber) => {
    session.charge(64);
    return exponential(number) ?? undefined;
  }),
  define("odd(number: number)", (_session, number: FeelNumber) => {
    const rest = parity(number);
    return rest === undefined ? undefined : rest === 1;
  }),
  define("even(number: number)", (_session, number: FeelNumber) => {
    const rest = parity(number);
    return rest === undefined ? undefined : rest === 0;
  }),
];
