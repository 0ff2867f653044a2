// sqrt, exp, log and powers in decimal128, computed with 60 guard digits on scaled bigints.
// Why own: no float may enter a value, and JS has no arbitrary-precision elementary functions.
// Method: exp by reduction with ln 10, then Taylor on r/256; log by one Newton-like step from the double logarithm.
import {
  adjustedExponent,
  coefficientOf,
  divide,
  exponentOf,
  type FeelNumber,
  fromBig,
  multiply,
  powerOfTen,
  signOf,
} from "./decimal.ts";

const DIGITS = 60;
const ONE = powerOfTen(DIGITS);
const LN10 = 2302585092994045684017991454684364207601101488628772976033328n;

/** value × 10^60, truncated. */
function toFixed(value: FeelNumber): bigint {
  const shift = exponentOf(value) + DIGITS;
  return shift >= 0
    ? coefficientOf(value) * powerOfTen(shift)
    : coefficientOf(value) / powerOfTen(Math.min(-shift, 12_000));
}

function nearest(numerator: bigint, denominator: bigint): bigint {
  const half = denominator / 2n;
  return (numerator + (numerator < 0n ? -half : half)) / denominator;
}

/** The square root; null below zero. */
export function squareRoot(value: FeelNumber): FeelNumber | null {
  if (signOf(value) < 0) return null;
  if (value === 0) return 0;
  const exponent = exponentOf(value);
  const shift = 80 + (((exponent % 2) + 2) % 2);
  const scaled = coefficientOf(value) * powerOfTen(shift);
  const root = integerRoot(scaled);
  const half = (exponent - shift) / 2;
  if (root * root === scaled) return fromBig(root, half);
  return fromBig(root * 10n + 1n, half - 1);
}

function integerRoot(value: bigint): bigint {
  let guess = 1n << BigInt((value.toString(16).length * 4 + 2) >> 1);
  for (;;) {
    const next = (guess + value / guess) >> 1n;
    if (next >= guess) return guess;
    guess = next;
  }
}

/** e^value; null when it overflows. */
export function exponential(value: FeelNumber): FeelNumber | null {
  if (value === 0) return 1;
  if (adjustedExponent(value) > 5) return signOf(value) < 0 ? 0 : null;
  const [mantissa, exponent] = exponentialFixed(toFixed(value));
  return fromBig(mantissa, exponent - DIGITS);
}

/** exp of a fixed-point number as mantissa (fixed-point) and power of ten. */
function exponentialFixed(x: bigint): [bigint, number] {
  const tens = nearest(x, LN10);
  const reduced = (x - tens * LN10) / 256n;
  let sum = ONE;
  let term = ONE;
  for (let n = 1n; term !== 0n; n++) {
    term = (term * reduced) / (ONE * n);
    sum += term;
  }
  for (let k = 0; k < 8; k++) sum = (sum * sum) / ONE;
  return [sum, Number(tens)];
}

/** The natural logarithm; null for zero and below. */
export function logarithm(value: FeelNumber): FeelNumber | null {
  if (signOf(value) <= 0) return null;
  if (value === 1) return 0;
  return fromBig(logarithmFixed(value), -DIGITS);
}

function logarithmFixed(value: FeelNumber): bigint {
  const tens = adjustedExponent(value);
  const mantissa = toFixed(fromBig(coefficientOf(value), exponentOf(value) - tens) ?? 1);
  const estimate = BigInt(Math.round(Math.log(Number(mantissa) / Number(ONE)) * 2 ** 52)) * (ONE / 2n ** 52n);
  const [power, exponent] = exponentialFixed(estimate);
  const back = exponent >= 0 ? power * powerOfTen(exponent) : power / powerOfTen(-exponent);
  // ln m = y + 2 atanh((m - e^y) / (m + e^y)); the ratio is below 1e-15, so four terms pass 60 digits.
  const ratio = ((mantissa - back) * ONE) / (mantissa + back);
  const square = (ratio * ratio) / ONE;
  let sum = 0n;
  let term = ratio;
  for (let n = 1n; n < 9n; n += 2n) {
    sum += term / n;
    term = (term * square) / ONE;
  }
  return estimate + 2n * sum + BigInt(tens) * LN10;
}

/** base^power; null where it has no real result or overflows. */
export function raise(base: FeelNumber, power: FeelNumber): FeelNumber | null {
  if (power === 0) return 1;
  if (base === 0) return signOf(power) > 0 ? 0 : null;
  if (base === 1) return 1;
  if (typeof power === "number" && Math.abs(power) <= 999_999_999) return raiseInteger(base, power);
  if (signOf(base) < 0) return null;
  const exponent = multiply(fromBig(logarithmFixed(base), -DIGITS) ?? 0, power);
  if (exponent === null) return null;
  if (adjustedExponent(exponent) > 5) return signOf(exponent) < 0 ? 0 : null;
  const [mantissa, tens] = exponentialFixed((logarithmFixed(base) * toFixed(power)) / ONE);
  return fromBig(mantissa, tens - DIGITS);
}

/** Squaring on a mantissa of 60 digits and a power of ten, so that 0.99**999999999 costs 60 multiplications. */
function raiseInteger(base: FeelNumber, power: number): FeelNumber | null {
  let mantissa = 1n;
  let exponent = 0;
  let square = coefficientOf(base);
  let squareExponent = exponentOf(base);
  for (let n = Math.abs(power); n > 0; n = Math.floor(n / 2)) {
    if (n % 2 === 1) {
      [mantissa, exponent] = shorten(mantissa * square, exponent + squareExponent);
    }
    [square, squareExponent] = shorten(square * square, squareExponent * 2);
    if (Math.abs(squareExponent) > 1e9) break;
  }
  const size = exponent + mantissa.toString().length;
  if (power > 0) return size > 7000 ? null : size < -7000 ? 0 : fromBig(mantissa, exponent);
  if (Math.abs(size) > 7000) return size > 0 ? 0 : null;
  return inverse(mantissa, exponent);
}

function inverse(mantissa: bigint, exponent: number): FeelNumber | null {
  const digits = mantissa.toString().length + 60;
  const scaled = powerOfTen(digits);
  const quotient = scaled / mantissa;
  if (scaled % mantissa === 0n) return fromBig(quotient, -exponent - digits);
  return fromBig(quotient * 10n + (mantissa < 0n ? -1n : 1n), -exponent - digits - 1);
}

function shorten(mantissa: bigint, exponent: number): [bigint, number] {
  const text = mantissa.toString();
  const excess = text.length - 72;
  return excess <= 0 ? [mantissa, exponent] : [mantissa / powerOfTen(excess), exponent + excess];
}

/** The sample standard deviation; null below two numbers. */
export function standardDeviation(squares: FeelNumber, count: number): FeelNumber | null {
  const variance = divide(squares, count - 1);
  return variance === null ? null : squareRoot(variance);
}
