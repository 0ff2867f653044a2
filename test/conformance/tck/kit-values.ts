/** The kit's values as FEEL values, and the kit's way to compare: numbers within 1e-8, everything else exactly. */

import type { FeelValue } from "../../../decisions/feel/index.ts";
import {
  compileExpression,
  feelEquals,
  formatFeel,
  isContext,
  isList,
  isNumber,
} from "../../../decisions/feel/index.ts";
import type { KitValue } from "./cases.ts";

const constructors = new Map([
  ["decimal", "number(text)"],
  ["double", "number(text)"],
  ["integer", "number(text)"],
  ["date", "date(text)"],
  ["time", "time(text)"],
  ["dateTime", "date and time(text)"],
  ["duration", "duration(text)"],
]);

export function toFeel(value: KitValue): FeelValue {
  switch (value.kind) {
    case "list":
      return value.items.map(toFeel);
    case "components":
      return new Map([...value.entries].map(([name, entry]) => [name, toFeel(entry)]));
    case "simple":
      return simpleToFeel(value.type, value.text);
  }
}

function simpleToFeel(type: string | undefined, text: string | null): FeelValue {
  if (text === null) return null;
  if (type === "boolean") return text.trim() === "true";
  const source = constructors.get(type ?? "string");
  if (!source) return text;
  const plain = type === "double" || type === "decimal" ? expandExponent(text.trim()) : text.trim();
  const value = compileExpression(source).evaluate(new Map([["text", plain]])).value;
  if (value === null) throw new Error(`Expected a value of type ${type}, but ${text} is none`);
  return value;
}

/** `1.5E-3` as digits: FEEL's number() reads no exponents of every kind. */
function expandExponent(text: string): string {
  const parts = /^([+-]?)(\d*)\.?(\d*)[eE]([+-]?\d+)$/.exec(text);
  if (!parts) return text.replace(/^\+/, "");
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = parts;
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  if (point >= digits.length) return `${sign}${digits}${"0".repeat(point - digits.length)}`;
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** Undefined when the values are equal to the kit, else why not. */
export function difference(expected: FeelValue, actual: FeelValue): string | undefined {
  if (isNumber(expected) && isNumber(actual)) return closeTo(expected, actual) ? undefined : describe(expected, actual);
  if (isList(expected) && isList(actual) && expected.length === actual.length) {
    return firstDifference(expected.map((item, index) => difference(item, actual[index] ?? null)));
  }
  if (isContext(expected) && isContext(actual) && expected.size === actual.size) {
    return firstDifference([...expected].map(([name, entry]) => difference(entry, actual.get(name) ?? null)));
  }
  return feelEquals(expected, actual) === true ? undefined : describe(expected, actual);
}

const firstDifference = (differences: readonly (string | undefined)[]): string | undefined =>
  differences.find((found) => found !== undefined);

function closeTo(expected: FeelValue, actual: FeelValue): boolean {
  const within = compileExpression("abs(expected - actual) < 0.00000001");
  return (
    within.evaluate(
      new Map([
        ["expected", expected],
        ["actual", actual],
      ]),
    ).value === true
  );
}

function describe(expected: FeelValue, actual: FeelValue): string {
  return `expected ${formatFeel(expected)}, but got ${formatFeel(actual)}`;
}
