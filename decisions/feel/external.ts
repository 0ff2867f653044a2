// External functions in FEEL text: `function(a, b) external {java: {class: …, method signature: …}}`.
// There is no JVM here. A handful of pure methods of the Java platform, which models use in practice and the official
// kit tests, are written in our own arithmetic; a registry can add more (DMN 1.5 §10.3.2.13.2).
import { FeelFunction, type FeelParameter } from "./function.ts";
import {
  absolute,
  coefficientOf,
  compareNumbers,
  exponentOf,
  type FeelNumber,
  fromJsNumber,
  parseNumber,
} from "./number/decimal.ts";
import { raise } from "./number/transcendental.ts";
import { type FeelContext, type FeelList, type FeelValue, isContext, isList, isNumber } from "./value.ts";

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

const METHODS: ReadonlyMap<string, Method> = new Map<string, Method>([
  ["java.lang.Math.max", extreme(1)],
  ["java.lang.Math.min", extreme(-1)],
  ["java.lang.Math.abs", onNumbers((value) => absolute(value!))],
  ["java.lang.Math.pow", onNumbers((base, power) => raise(base!, power!))],
  ["java.lang.Math.cos", onDoubles(Math.cos)],
  ["java.lang.Math.sin", onDoubles(Math.sin)],
  ["java.lang.Math.tan", onDoubles(Math.tan)],
  ["java.lang.Math.sqrt", onDoubles(Math.sqrt)],
  [
    "java.lang.Integer.valueOf",
    (text) => (typeof text === "string" && /^-?\d{1,10}$/.test(text) ? Number(text) : undefined),
  ],
  ["java.lang.Float.valueOf", (text) => (typeof text === "string" ? (parseNumber(text) ?? undefined) : undefined)],
  ["java.lang.Double.valueOf", (text) => (typeof text === "string" ? (parseNumber(text) ?? undefined) : undefined)],
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
    return kind === "f" && isNumber(value) ? Number(String(value)).toFixed(Number(digits ?? 6)) : String(value);
  });
}

/** The classes of a signature's parameters: a call must supply values of these kinds. */
function kindOf(type: string): "number" | "string" | undefined {
  if (
    /^(int|long|short|byte|float|double|java\.lang\.(Integer|Long|Short|Byte|Float|Double)|java\.math\.\w+)$/.test(type)
  ) {
    return "number";
  }
  return type === "java.lang.String" ? "string" : undefined;
}

function isWhole(type: string): boolean {
  return /^(int|long|short|byte|java\.lang\.(Integer|Long|Short|Byte))$/.test(type);
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
  const variadic = types.at(-1)?.endsWith("...") || types.at(-1)?.endsWith("[]");
  if (!variadic && args.length !== types.length) return false;
  return types.every((type, index) => {
    const kind = kindOf(type);
    const value = args[index] ?? null;
    return kind === "number" ? isNumber(value) : kind !== "string" || typeof value === "string";
  });
}

/** A method of whole numbers drops fractions, as Java's conversion does. */
function whole(value: FeelValue, types: readonly string[]): FeelValue {
  if (!isNumber(value) || typeof value === "number" || types.length === 0 || !types.every(isWhole)) return value;
  const text = coefficientOf(value) / 10n ** BigInt(Math.max(0, -exponentOf(value)));
  return parseNumber(text.toString()) ?? null;
}
