// Rounding to a scale (DMN 1.5 table 76: decimal, floor, ceiling, round up/down/half up/half down).
// Contract: exact on the decimal value; a scale outside decimal128's range has no result.
import { coefficientOf, exponentOf, type FeelNumber, fromBig, powerOfTen } from "./decimal.ts";

export type RoundingMode = "floor" | "ceiling" | "up" | "down" | "half up" | "half down" | "half even";

/** The scales decimal128 has (DMN 1.5 table 76). */
export const SCALE_MIN = -6111;
export const SCALE_MAX = 6176;

/** Rounds to `scale` digits after the point (negative: before it). */
export function roundTo(value: FeelNumber, scale: number, mode: RoundingMode): FeelNumber | null {
  const drop = -exponentOf(value) - scale;
  if (drop <= 0) return value;
  const coefficient = coefficientOf(value);
  // Past every digit the fraction is below one half; 40 digits are enough to say so.
  const divisor = powerOfTen(Math.min(drop, 40));
  const quotient = coefficient / divisor;
  const rest = coefficient % divisor;
  if (rest === 0n) return fromBig(quotient, -scale);
  return fromBig(quotient + adjustment(quotient, rest, divisor, mode), -scale);
}

function adjustment(quotient: bigint, rest: bigint, divisor: bigint, mode: RoundingMode): bigint {
  const negative = rest < 0n;
  const away = negative ? -1n : 1n;
  const half = (negative ? -rest : rest) * 2n;
  switch (mode) {
    case "floor":
      return negative ? -1n : 0n;
    case "ceiling":
      return negative ? 0n : 1n;
    case "up":
      return away;
    case "down":
      return 0n;
    case "half up":
      return half >= divisor ? away : 0n;
    case "half down":
      return half > divisor ? away : 0n;
    case "half even":
      return half > divisor || (half === divisor && quotient % 2n !== 0n) ? away : 0n;
  }
}
