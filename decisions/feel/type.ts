// FEEL types, conformance and coercion (DMN 1.5 §10.3.2.9).
// Contract: `conformsTo` asks, `coerceTo` applies the implicit conversions and answers null with undefined meaning
// "does not conform". Types come from item definitions, so their nesting is bounded by the reader in decisions/dmn.
import { FeelDate } from "./temporal/date.ts";
import { startOfDay } from "./temporal/date-time.ts";
import {
  type FeelContext,
  FeelFunction,
  FeelRange,
  type FeelType,
  type FeelValue,
  isContext,
  isList,
  typeOf,
} from "./value.ts";

/** Types known by name: item definitions, also of imported models ("import.tName"). */
export interface TypeEnvironment {
  resolve(name: string): FeelType | undefined;
}

export const anyType: FeelType = { kind: "Any" };

const BUILT_IN: ReadonlyMap<string, FeelType> = new Map<string, FeelType>([
  ["Any", anyType],
  ["Null", { kind: "null" }],
  ["number", { kind: "number" }],
  ["string", { kind: "string" }],
  ["boolean", { kind: "boolean" }],
  ["date", { kind: "date" }],
  ["time", { kind: "time" }],
  ["date and time", { kind: "date and time" }],
  ["dateTime", { kind: "date and time" }],
  ["days and time duration", { kind: "days and time duration" }],
  ["dayTimeDuration", { kind: "days and time duration" }],
  ["years and months duration", { kind: "years and months duration" }],
  ["yearMonthDuration", { kind: "years and months duration" }],
  ["list", { kind: "list", item: anyType }],
  ["range", { kind: "range", item: anyType }],
  ["context", { kind: "context", entries: new Map() }],
  ["function", { kind: "function", result: anyType }],
]);

/** A built-in type by its FEEL name. */
export function builtInType(name: string): FeelType | undefined {
  return BUILT_IN.get(name);
}

/** Whether a value conforms to a type; null conforms to every type (DMN 1.5 §10.3.2.9.2). */
export function conformsTo(value: FeelValue, type: FeelType): boolean {
  return fits(value, type, true);
}

/** `value instance of type`: null is an instance of Null only, and allowed values do not count (TCK 0070). */
export function isInstance(value: FeelValue, type: FeelType): boolean {
  return value === null ? baseOf(type).kind === "null" : isOfKind(value, type, false);
}

function fits(value: FeelValue, type: FeelType, restricted: boolean): boolean {
  return value === null ? type.kind !== "unknown" : isOfKind(value, type, restricted);
}

function isOfKind(value: FeelValue, type: FeelType, restricted: boolean): boolean {
  switch (type.kind) {
    case "Any":
      return true;
    case "unknown":
      return false;
    case "restricted":
      return isOfKind(value, type.base, restricted) && (!restricted || type.allows(value));
    case "list":
      return isList(value) && (type.item.kind === "Any" || value.every((item) => fits(item, type.item, restricted)));
    case "range":
      return value instanceof FeelRange && isRangeOf(value, type.item, restricted);
    case "context":
      return isContext(value) && hasEntries(value, type.entries, restricted);
    case "function":
      return value instanceof FeelFunction && isFunctionOf(value, type);
    default:
      return typeOf(value) === type.kind;
  }
}

function isRangeOf(range: FeelRange, item: FeelType, restricted: boolean): boolean {
  if (item.kind === "Any") return true;
  const ends = [range.start, range.end].filter((end) => end !== undefined);
  return ends.every((end) => end !== null && isOfKind(end, item, restricted));
}

function hasEntries(value: FeelContext, entries: ReadonlyMap<string, FeelType>, restricted: boolean): boolean {
  for (const [name, type] of entries) {
    const entry = value.get(name);
    if (entry === undefined || !fits(entry, type, restricted)) return false;
  }
  return true;
}

/** A lambda without a declared result may return anything. */
function isFunctionOf(value: FeelFunction, type: Extract<FeelType, { kind: "function" }>): boolean {
  const signature = value.signatures[0];
  if (!type.parameters || !signature) return true;
  if (signature.parameters.length !== type.parameters.length) return false;
  const accepts = type.parameters.every((wanted, index) =>
    isSubtype(wanted, signature.parameters[index]?.type ?? anyType),
  );
  return accepts && (signature.result === undefined || isSubtype(signature.result, type.result));
}

/** Whether every value of `narrow` conforms to `wide` (DMN 1.5 table 53). */
export function isSubtype(narrow: FeelType, wide: FeelType): boolean {
  if (wide.kind === "Any" || narrow.kind === "null") return true;
  if (narrow.kind === "restricted") return isSubtype(narrow.base, wide);
  if (wide.kind === "list" || wide.kind === "range")
    return narrow.kind === wide.kind && isSubtype(narrow.item, wide.item);
  if (wide.kind === "context") {
    if (narrow.kind !== "context") return false;
    return [...wide.entries].every(([name, type]) =>
      isSubtype(narrow.entries.get(name) ?? { kind: "unknown", name }, type),
    );
  }
  if (wide.kind === "function") return narrow.kind === "function" && isFunctionSubtype(narrow, wide);
  return narrow.kind === wide.kind;
}

function isFunctionSubtype(
  narrow: Extract<FeelType, { kind: "function" }>,
  wide: Extract<FeelType, { kind: "function" }>,
): boolean {
  if (!wide.parameters) return true;
  if (narrow.parameters?.length !== wide.parameters.length) return false;
  return (
    wide.parameters.every((wanted, index) => isSubtype(wanted, narrow.parameters![index]!)) &&
    isSubtype(narrow.result, wide.result)
  );
}

/**
 * Applies the implicit conversions: singleton list to item, item to singleton list, date to date and time.
 * @returns the converted value, or undefined when the value does not conform (FEEL then takes null).
 */
export function coerceTo(value: FeelValue, type: FeelType): FeelValue | undefined {
  if (conformsTo(value, type)) return value;
  const base = baseOf(type);
  if (base.kind === "list" && !isList(value)) {
    const list = [value];
    return conformsTo(list, type) ? list : undefined;
  }
  if (base.kind !== "list" && isList(value) && value.length === 1) {
    const item = value[0]!;
    return conformsTo(item, type) ? item : undefined;
  }
  if (base.kind === "date and time" && value instanceof FeelDate) {
    const start = startOfDay(value);
    return conformsTo(start, type) ? start : undefined;
  }
  return undefined;
}

function baseOf(type: FeelType): FeelType {
  let base = type;
  while (base.kind === "restricted") base = base.base;
  return base;
}

/** The FEEL text of a type. */
export function formatType(type: FeelType): string {
  switch (type.kind) {
    case "list":
    case "range":
      return `${type.kind}<${formatType(type.item)}>`;
    case "context":
      return `context<${[...type.entries].map(([name, entry]) => `${name}: ${formatType(entry)}`).join(", ")}>`;
    case "function":
      return `function<${(type.parameters ?? []).map(formatType).join(", ")}>->${formatType(type.result)}`;
    case "restricted":
      return formatType(type.base);
    case "unknown":
      return type.name;
    case "null":
      return "Null";
    default:
      return type.kind;
  }
}
