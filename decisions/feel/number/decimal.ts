// Decimal128 numbers (IEEE 754-2008, DMN 1.5 §10.3.2.3.1): 34 digits, round half to even, no infinities, no NaN.
// Contract: a number is a raw safe integer or a canonical FeelDecimal (coefficient without trailing zeros, never a
// safe integer), so equality is a field comparison. An overflow is `null`, never a special value.
// Why hybrid: coefficients that fit a JS number skip BigInt; measured on guard conditions this is 3 to 5 times faster.

import { plainText } from "./plain-text.ts";

/** Digits kept by every operation. */
export const PRECISION = 34;
const EXPONENT_MAX = 6144;
const EXPONENT_MIN = -6176;
const SAFE = Number.MAX_SAFE_INTEGER;
const BIG_SAFE = BigInt(SAFE);

const SMALL_POWERS: readonly number[] = Array.from({ length: 16 }, (_, n) => 10 ** n);
const bigPowers: bigint[] = [1n];

/** 10^n as a bigint; n is bounded by the exponent range, so the table is too. */
export function powerOfTen(n: number): bigint {
  for (let k = bigPowers.length; k <= Math.min(n, 128); k++) bigPowers.push(bigPowers[k - 1]! * 10n);
  return n <= 128 ? bigPowers[n]! : 10n ** BigInt(n);
}

/** A number that is not a safe integer: `coefficient × 10^exponent`. Build it with the functions of this file. */
export class FeelDecimal {
  readonly kind = "decimal";
  /** The coefficient when it is a safe integer, else NaN. */
  readonly small: number;
  readonly big: bigint | null;
  readonly exponent: number;
  /** The nearest double or close to it: decides most comparisons without BigInt. */
  readonly approximate: number;

  constructor(small: number, big: bigint | null, exponent: number) {
    this.small = small;
    this.big = big;
    this.exponent = exponent;
    this.approximate =
      big === null && exponent > -16 && exponent < 0
        ? small / SMALL_POWERS[-exponent]!
        : Number(`${big ?? small}e${exponent}`);
  }

  get coefficient(): bigint {
    return this.big ?? BigInt(this.small);
  }

  toString(): string {
    return plainText(this.coefficient, this.exponent);
  }

  toJSON(): string {
    return this.toString();
  }
}

export type FeelNumber = number | FeelDecimal;

export function coefficientOf(value: FeelNumber): bigint {
  return typeof value === "number" ? BigInt(value) : value.coefficient;
}

export function exponentOf(value: FeelNumber): number {
  return typeof value === "number" ? 0 : value.exponent;
}

/** Digits of a bigint without its sign. */
export function digitsOf(value: bigint): number {
  return (value < 0n ? -value : value).toString().length;
}

/** A number from a small coefficient; null when it overflows decimal128. */
export function fromSmall(coefficient: number, exponent: number): FeelNumber | null {
  let c = coefficient;
  let e = exponent;
  if (c === 0) return 0;
  while (e < 0 && c % 10 === 0) {
    c /= 10;
    e++;
  }
  if (e === 0) return c;
  if (e > 0 || e < EXPONENT_MIN) return fromBig(BigInt(c), e);
  return new FeelDecimal(c, null, e);
}

/** A number from any coefficient, rounded to 34 digits half-even; null when it overflows decimal128. */
export function fromBig(coefficient: bigint, exponent: number): FeelNumber | null {
  if (coefficient === 0n) return 0;
  let c = coefficient;
  let e = exponent;
  const excess = Math.max(digitsOf(c) - PRECISION, EXPONENT_MIN - e);
  if (excess > 0) {
    c = divideHalfEven(c, excess);
    e += excess;
    if (c === 0n) return 0;
  }
  return canonical(c, e);
}

function canonical(coefficient: bigint, exponent: number): FeelNumber | null {
  let c = coefficient;
  let e = exponent;
  if (c >= -BIG_SAFE && c <= BIG_SAFE) {
    let n = Number(c);
    while (n % 10 === 0 && e !== 0) {
      n /= 10;
      e++;
    }
    while (e > 0 && e <= 15 && Math.abs(n) * SMALL_POWERS[e]! <= SAFE) {
      n *= SMALL_POWERS[e]!;
      e = 0;
    }
    if (e === 0) return n;
    return e + digitsOf(c) - 1 > EXPONENT_MAX ? null : new FeelDecimal(n, null, e);
  }
  while (c % 10n === 0n) {
    c /= 10n;
    e++;
  }
  if (e + digitsOf(c) - 1 > EXPONENT_MAX) return null;
  if (c >= -BIG_SAFE && c <= BIG_SAFE) return canonical(c, e);
  return new FeelDecimal(Number.NaN, c, e);
}

/** Divides by 10^digits, half to even. */
export function divideHalfEven(value: bigint, digits: number): bigint {
  if (digits > digitsOf(value) + 1) return 0n;
  const divisor = powerOfTen(digits);
  const quotient = value / divisor;
  const rest = value % divisor;
  const twice = (rest < 0n ? -rest : rest) * 2n;
  if (twice < divisor || (twice === divisor && quotient % 2n === 0n)) return quotient;
  return quotient + (value < 0n ? -1n : 1n);
}

/** The position of the first digit: 123 → 2, 0.01 → -2. */
export function adjustedExponent(value: FeelNumber): number {
  return exponentOf(value) + digitsOf(coefficientOf(value)) - 1;
}

export function signOf(value: FeelNumber): -1 | 0 | 1 {
  const n = typeof value === "number" ? value : value.big === null ? value.small : value.big < 0n ? -1 : 1;
  return n < 0 ? -1 : n > 0 ? 1 : 0;
}

export function negate(value: FeelNumber): FeelNumber {
  if (typeof value === "number") return 0 - value;
  return new FeelDecimal(-value.small, value.big === null ? null : -value.big, value.exponent);
}

export function absolute(value: FeelNumber): FeelNumber {
  return signOf(value) < 0 ? negate(value) : value;
}

/** Numeric order: negative, zero or positive. */
export function compareNumbers(a: FeelNumber, b: FeelNumber): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  const x = typeof a === "number" ? a : a.approximate;
  const y = typeof b === "number" ? b : b.approximate;
  const difference = x - y;
  // 1e-14 is 45 ulp: far above the error of `approximate`, so only near neighbours need the exact way.
  if (Math.abs(difference) > 1e-14 * Math.max(Math.abs(x), Math.abs(y)) && Number.isFinite(difference))
    return difference;
  return compareExactly(a, b);
}

function compareExactly(a: FeelNumber, b: FeelNumber): number {
  const signA = signOf(a);
  const signB = signOf(b);
  if (signA !== signB) return signA - signB;
  if (signA === 0) return 0;
  const magnitude = adjustedExponent(a) - adjustedExponent(b);
  if (magnitude !== 0) return magnitude * signA;
  const low = Math.min(exponentOf(a), exponentOf(b));
  const x = coefficientOf(a) * powerOfTen(exponentOf(a) - low);
  const y = coefficientOf(b) * powerOfTen(exponentOf(b) - low);
  return x < y ? -1 : x > y ? 1 : 0;
}

/** Equality; canonical forms make it a comparison of fields. */
export function sameNumber(a: FeelNumber, b: FeelNumber): boolean {
  if (typeof a === "number" || typeof b === "number") return a === b;
  return a.exponent === b.exponent && a.big === b.big && (a.big !== null || a.small === b.small);
}

export function add(a: FeelNumber, b: FeelNumber): FeelNumber | null {
  if (typeof a === "number" && typeof b === "number") {
    const sum = a + b;
    return sum <= SAFE && sum >= -SAFE ? sum : fromBig(BigInt(a) + BigInt(b), 0);
  }
  const quick = addSmall(a, b);
  return quick === undefined ? addBig(a, b) : quick;
}

/** The sum when aligned coefficients stay safe, else undefined. */
function addSmall(a: FeelNumber, b: FeelNumber): FeelNumber | null | undefined {
  let x = typeof a === "number" ? a : a.small;
  let y = typeof b === "number" ? b : b.small;
  const ex = exponentOf(a);
  const ey = exponentOf(b);
  const gap = ex - ey;
  if (gap > 15 || gap < -15) return undefined;
  if (gap > 0) x *= SMALL_POWERS[gap]!;
  else if (gap < 0) y *= SMALL_POWERS[-gap]!;
  const sum = x + y;
  // NaN (a big coefficient) fails these comparisons too.
  if (!(Math.abs(x) <= SAFE && Math.abs(y) <= SAFE && Math.abs(sum) <= SAFE)) return undefined;
  return fromSmall(sum, Math.min(ex, ey));
}

function addBig(a: FeelNumber, b: FeelNumber): FeelNumber | null {
  if (a === 0) return b;
  if (b === 0) return a;
  const distance = adjustedExponent(a) - adjustedExponent(b);
  // Beyond 80 digits the smaller operand only decides the rounding; a sticky digit keeps coefficients small.
  if (distance > 80) return addBig(a, sticky(b, adjustedExponent(a)));
  if (distance < -80) return addBig(sticky(a, adjustedExponent(b)), b);
  const low = Math.min(exponentOf(a), exponentOf(b));
  const x = coefficientOf(a) * powerOfTen(exponentOf(a) - low);
  const y = coefficientOf(b) * powerOfTen(exponentOf(b) - low);
  return fromBig(x + y, low);
}

function sticky(value: FeelNumber, adjusted: number): FeelDecimal {
  return new FeelDecimal(signOf(value), null, adjusted - 60);
}

export function subtract(a: FeelNumber, b: FeelNumber): FeelNumber | null {
  if (typeof a === "number" && typeof b === "number") {
    const difference = a - b;
    return difference <= SAFE && difference >= -SAFE ? difference : fromBig(BigInt(a) - BigInt(b), 0);
  }
  return add(a, negate(b));
}

export function multiply(a: FeelNumber, b: FeelNumber): FeelNumber | null {
  const x = typeof a === "number" ? a : a.small;
  const y = typeof b === "number" ? b : b.small;
  const product = x * y;
  if (product <= SAFE && product >= -SAFE) {
    const exponent = exponentOf(a) + exponentOf(b);
    return exponent === 0 ? product + 0 : fromSmall(product + 0, exponent);
  }
  return fromBig(coefficientOf(a) * coefficientOf(b), exponentOf(a) + exponentOf(b));
}

/** The quotient rounded to 34 digits; null when the divisor is zero. */
export function divide(a: FeelNumber, b: FeelNumber): FeelNumber | null {
  if (b === 0) return null;
  if (typeof a === "number" && typeof b === "number" && a % b === 0) return a / b + 0;
  return divideTo(a, b, PRECISION);
}

function divideTo(a: FeelNumber, b: FeelNumber, digits: number): FeelNumber | null {
  const ca = coefficientOf(a);
  const cb = coefficientOf(b);
  const shift = Math.max(0, digits + 2 + digitsOf(cb) - digitsOf(ca));
  const numerator = ca * powerOfTen(shift);
  const quotient = numerator / cb;
  const exponent = exponentOf(a) - exponentOf(b) - shift;
  if (numerator % cb === 0n) return fromBig(quotient, exponent);
  // The sticky digit says "a little more": it can never look like a tie.
  const sign = ca < 0n === cb < 0n ? 1n : -1n;
  return fromBig(quotient * 10n + sign, exponent - 1);
}

/** floor(a / b), exact; undefined size is bounded by the exponent range. */
export function floorDivide(a: FeelNumber, b: FeelNumber): bigint {
  const low = Math.min(exponentOf(a), exponentOf(b));
  const x = coefficientOf(a) * powerOfTen(exponentOf(a) - low);
  const y = coefficientOf(b) * powerOfTen(exponentOf(b) - low);
  const quotient = x / y;
  return x % y !== 0n && x < 0n !== y < 0n ? quotient - 1n : quotient;
}

/** a - b × floor(a / b): the result has the sign of the divisor (DMN 1.5 §10.3.4.5). Null for a zero divisor. */
export function modulo(a: FeelNumber, b: FeelNumber): FeelNumber | null {
  if (b === 0) return null;
  if (typeof a === "number" && typeof b === "number") {
    const rest = a % b;
    return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest + 0;
  }
  const low = Math.min(exponentOf(a), exponentOf(b));
  const x = coefficientOf(a) * powerOfTen(exponentOf(a) - low);
  const y = coefficientOf(b) * powerOfTen(exponentOf(b) - low);
  const rest = x % y;
  return fromBig(rest !== 0n && rest < 0n !== y < 0n ? rest + y : rest, low);
}

export function isInteger(value: FeelNumber): boolean {
  return typeof value === "number" || value.exponent >= 0;
}

/** A safe integer as a JS number, undefined for everything else. */
export function toSafeInteger(value: FeelNumber): number | undefined {
  return typeof value === "number" ? value : undefined;
}
