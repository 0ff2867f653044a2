// Numbers from and to text, and from JS doubles.
// Contract: reading never rounds below 34 digits; writing is plain decimal where that is at most 60 characters long.
import { type FeelNumber, fromBig, fromSmall } from "./decimal.ts";

const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,9}))?$/;

/** Reads a decimal literal; undefined when the text is none, null when it overflows. */
export function parseNumber(text: string): FeelNumber | null | undefined {
  const match = NUMBER.exec(text);
  if (!match) return undefined;
  const whole = match[2] ?? "";
  const fraction = match[3] ?? "";
  if (whole === "" && fraction === "") return undefined;
  const exponent = Number(match[4] ?? 0) - fraction.length;
  const digits = (whole + fraction).replace(/^0+/, "");
  if (digits === "") return 0;
  const sign = match[1] === "-" ? -1 : 1;
  if (digits.length <= 15) return readSmall(sign * Number(digits), exponent);
  // More digits than 34 + 6176 cannot matter; the rest only rounds.
  return fromBig(BigInt(sign) * BigInt(digits.slice(0, 12_400)), exponent + Math.max(0, digits.length - 12_400));
}

function readSmall(coefficient: number, exponent: number): FeelNumber | null {
  return exponent <= 0 && exponent > -400 ? fromSmall(coefficient, exponent) : fromBig(BigInt(coefficient), exponent);
}

/** A JS number by its shortest decimal text: 0.1 becomes one tenth. Null for NaN, infinities. */
export function fromJsNumber(value: number): FeelNumber | null {
  if (Number.isSafeInteger(value)) return value + 0;
  if (!Number.isFinite(value)) return null;
  return parseNumber(String(value)) ?? null;
}

/** Plain decimal text; scientific only where plain would be longer than 60 digits. */
export function formatNumber(value: FeelNumber): string {
  return value.toString();
}
