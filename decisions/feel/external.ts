// External functions in FEEL text: `function(a, b) external {java: {class: …, method signature: …}}`.
// There is no JVM here. A handful of pure methods of the Java platform, which models use in practice and the official
// kit tests, are written in our own arithmetic; a registry can add more (DMN 1.5 §10.3.2.13.2).

import { absolute, compareNumbers, type FeelNumber } from "./number/decimal.ts";
import { roundTo } from "./number/rounding.ts";
import { formatNumber, fromJsNumber, parseNumber } from "./number/text.ts";
import { raise } from "./number/transcendental.ts";
import {
  type FeelContext,
  FeelFunction,
  type FeelList,
  type FeelParameter,
  type FeelValue,
  isContext,
  isList,
  isNumber,
} from "./value.ts";

type Method = (...args: FeelValue[]) => FeelValue | undefined;

function onNumbers(compute: (...args: FeelNumber[]) => FeelNumber | null | undefined): Method {
  return (...args) => (args.every(isNumber) ? (compute(...(args as FeelNumber[])) ?? undefined) : undefined);
}

/** Elementary functions of Java are doubles: their shortest decimal text is the value. */
function onDoubles(compute: (...args: number[]) => number): Method {
  return onNumbers((...args) => fromJsNumber(compute(...args.map((arg) => Number(String(arg))))));
}

function extreme(direction: 1 | -1): Method {
  return onNumbers((a, b) => (compareNumbers(a!, b!) * direction > 0 ? a : b));
}

/** A number as it is, a text of digits as a number. */
const integerFrom: Method = (value) => {
  if (isNumber(value)) return value;
  return typeof value === "string" && /^-?\d{1,19}$/.test(value) ? (parseNumber(value) ?? undefined) : undefined;
};
const decimalFrom: Method = (value) =>
  typeof value === "string" ? (parseNumber(value) ?? undefined) : isNumber(value) ? value : undefined;

const METHODS: ReadonlyMap<string, Method> = new Map<string, Method>([
  ["java.lang.Math.max", extreme(1)],
  ["java.lang.Math.min", extreme(-1)],
  ["java.lang.Math.abs", onNumbers((value) => absolute(value!))],
  ["java.lang.Math.pow", onNumbers((base, power) => raise(base!, power!))],
  ["java.lang.Math.cos", onDoubles(Math.cos)],
  ["java.lang.Math.sin", onDoubles(Math.sin)],
  ["java.lang.Math.tan", onDoubles(Math.tan)],
  ["java.lang.Math.sqrt", onDoubles(Math.sqrt)],
  ["java.lang.Integer.valueOf", integerFrom],
  ["java.lang.Short.valueOf", integerFrom],
  ["java.lang.Byte.valueOf", integerFrom],
  ["java.lang.Long.valueOf", integerFrom],
  ["java.lang.Float.valueOf", decimalFrom],
  ["java.lang.Double.valueOf", decimalFrom],
  ["java.lang.String.valueOf", (value) => (value === null ? "null" : String(value))],
  ["java.lang.String.format", (pattern, ...values) => formatText(pattern, values)],
]);

/** `%s`, `%d` and `%.2f` of java.lang.String.format. */
function formatText(pattern: FeelValue | undefined, values: readonly FeelValue[]): FeelValue | undefined {
  if (typeof pattern !== "string" || pattern.length > 10_000) return undefined;
  const flat = values.length === 1 && isList(values[0]!) ? (values[0] as FeelList) : values;
  let next = 0;
  return pattern.replace(/%(?:\.(\d))?([sdf%])/g, (_whole, digits: string | undefined, kind: string) => {
    if (kind === "%") return "%";
    const value = flat[next++] ?? null;
    return kind === "f" && isNumber(value) ? fixed(value, Number(digits ?? 6)) : String(value);
  });
}

/** A number with exactly that many digits after the point. */
function fixed(value: FeelNumber, digits: number): string {
  const [whole, fraction = ""] = formatNumber(roundTo(value, digits, "half up") ?? value).split(".");
  return digits === 0 ? whole! : `${whole}.${fraction.padEnd(digits, "0")}`;
}

const INTEGER_BITS: ReadonlyMap<string, number> = new Map([
  ["byte", 8],
  ["short", 16],
  ["int", 32],
  ["long", 64],
  ["java.lang.Byte", 8],
  ["java.lang.Short", 16],
  ["java.lang.Integer", 32],
  ["java.lang.Long", 64],
]);

/** Whether Java could hand a value over as a parameter of that class. */
function fitsClass(value: FeelValue, type: string): boolean {
  const bits = INTEGER_BITS.get(type);
  if (bits !== undefined)
    return isNumber(value) && compareNumbers(absolute(value), 2 ** Math.min(bits - 1, 53) - 1) <= 0;
  if (/^(float|double|java\.lang\.(Float|Double)|java\.math\.\w+)$/.test(type)) return isNumber(value);
  if (type === "char") return typeof value === "string" && value.length === 1;
  return type !== "java.lang.String" || typeof value === "string";
}

/** The function that a specification names, or undefined. */
export function externalFunction(body: FeelContext, parameters: readonly FeelParameter[]): FeelFunction | undefined {
  const java = body.get("java");
  if (java === undefined || !isContext(java)) return undefined;
  const className = java.get("class");
  const signature = java.get("method signature");
  if (typeof className !== "string" || typeof signature !== "string" || signature.length > 1_000) return undefined;
  const open = signature.indexOf("(");
  if (open < 0 || !signature.trimEnd().endsWith(")")) return undefined;
  const name = signature.slice(0, open).trim();
  const method = METHODS.get(`${className}.${name}`);
  const inner = signature.slice(open + 1, signature.lastIndexOf(")")).trim();
  const types = inner === "" ? [] : inner.split(",").map((type) => type.trim());
  return method && wrap(`${className}.${name}`, method, types, parameters);
}

function wrap(
  name: string,
  method: Method,
  types: readonly string[],
  parameters: readonly FeelParameter[],
): FeelFunction {
  return new FeelFunction(name, [
    {
      parameters,
      invoke: (args, session) => {
        const given = args.map((arg) => arg ?? null);
        const value = fits(given, types) ? method(...given) : undefined;
        if (value !== undefined) return whole(value, types);
        return session.warn(
          "FUNCTION_INVOCATION_FAILURE",
          `Expected arguments that ${name} takes, but it has no result for these.`,
        );
      },
    },
  ]);
}

function fits(args: readonly FeelValue[], types: readonly string[]): boolean {
  const variadic = /^\[L|\.\.\.$|\[\]$/.test(types.at(-1) ?? "");
  if (!variadic && args.length !== types.length) return false;
  return types.every((type, index) => (variadic && index === types.length - 1) || fitsClass(args[index] ?? null, type));
}

/** A method of whole numbers drops fractions, as Java's conversion does. */
function whole(value: FeelValue, types: readonly string[]): FeelValue {
  if (!isNumber(value) || typeof value === "number" || !types.every((type) => INTEGER_BITS.has(type))) return value;
  return roundTo(value, 0, "down");
}
