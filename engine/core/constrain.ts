/**
 * Terms of ALLOW_WITH_CONSTRAINTS, applied to the arguments before anything runs. The same meaning as in the decision
 * plane (decisions/plane/decide/constrain.ts), which signs the permit over the result; a term that no change can meet
 * is a denial.
 */
import { sameJson } from "./canonical.ts";
import type { Constraint } from "./environment.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import { atPath } from "./variables.ts";

export const redacted = "[redacted]";

/** The arguments as they may run; null when a term cannot be met. */
export function constrain(args: JsonObject, constraints: readonly Constraint[]): JsonObject | null {
  let current = args;
  for (const constraint of constraints) {
    const [root, ...path] = constraint.path.split(".");
    if (root !== "args" || path.length === 0 || path.includes("") || path.includes("__proto__")) return null;
    const before = read(current, path);
    const after = constrainValue(before, constraint);
    if (after === impossible) return null;
    if (after !== before)
      current = after === undefined ? without(current, path) : (atPath(current, path, after) as JsonObject);
  }
  return current;
}

const impossible = Symbol("impossible");

function constrainValue(
  before: JsonValue | undefined,
  { op, value }: Constraint,
): JsonValue | undefined | typeof impossible {
  switch (op) {
    case "set":
      return before !== undefined && sameJson(before, value) ? before : value;
    case "max":
    case "min":
      if (typeof before !== "number" || typeof value !== "number") return impossible;
      return op === "max" ? Math.min(before, value) : Math.max(before, value);
    case "oneOf":
      return before !== undefined && Array.isArray(value) && value.some((item) => sameJson(before, item))
        ? before
        : impossible;
    case "drop":
      return undefined;
    case "redact":
      return before === undefined ? undefined : redacted;
  }
}

function asObject(value: JsonValue | undefined): JsonObject | null {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as JsonObject) : null;
}

function read(args: JsonObject, path: readonly string[]): JsonValue | undefined {
  let current: JsonValue | undefined = args;
  for (const name of path) {
    const object = asObject(current);
    if (!object || !Object.hasOwn(object, name)) return undefined;
    current = object[name];
  }
  return current;
}

function without(args: JsonObject, path: readonly string[]): JsonObject {
  const [name, ...rest] = path as [string, ...string[]];
  if (rest.length === 0) return Object.fromEntries(Object.entries(args).filter(([key]) => key !== name));
  const inner = Object.hasOwn(args, name) ? asObject(args[name]) : null;
  return inner ? { ...args, [name]: without(inner, rest) } : args;
}
