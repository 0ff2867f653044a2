/**
 * Terms of ALLOW_WITH_CONSTRAINTS: how they change the arguments before anything runs, how the terms of several
 * policies meet, and the check afterwards that what ran was within them.
 *
 * op      before execution                        after-check
 * set     the value replaces what was there       equal
 * max/min a number beyond the bound becomes it    within (numbers; anything else is outside)
 * oneOf   outside the list: cannot be repaired     in the list
 * drop    the member is removed                   absent
 * redact  a present value becomes "[redacted]"    absent or "[redacted]"
 */
import { canonicalJson } from "../audit/canonical.ts";
import type { Constraint, ConstraintOp, Json, JsonRecord } from "../types.ts";

export const redacted = "[redacted]";
const ops: ReadonlySet<string> = new Set<ConstraintOp>(["set", "max", "min", "oneOf", "drop", "redact"]);

export type Constrained =
  | { readonly ok: true; readonly args: JsonRecord }
  | { readonly ok: false; readonly message: string };

/** Reads a constraint from a policy's output; undefined when it is not one of the forms above. */
export function readConstraint(path: unknown, op: unknown, value: Json): Constraint | undefined {
  if (typeof path !== "string" || typeof op !== "string" || !ops.has(op)) return undefined;
  if (splitPath(path) === undefined) return undefined;
  if ((op === "max" || op === "min") && typeof value !== "number") return undefined;
  if (op === "oneOf" && !Array.isArray(value)) return undefined;
  return { path, op: op as ConstraintOp, value: op === "drop" || op === "redact" ? null : value };
}

/** The arguments as they may run. Fails when a term cannot be met by changing a value. */
export function constrainArgs(args: JsonRecord, constraints: readonly Constraint[]): Constrained {
  let current: JsonRecord = args;
  for (const constraint of constraints) {
    const path = splitPath(constraint.path);
    if (path === undefined) return { ok: false, message: `Expected a path args.…, but got "${constraint.path}"` };
    const before = readPath(current, path);
    const after = constrainValue(before, constraint);
    if (!after.ok) return after;
    if (after.value !== before) current = writePath(current, path, after.value);
  }
  return { ok: true, args: current };
}

/** Names the terms that the executed arguments break; empty: within terms. */
export function violatedTerms(executed: JsonRecord, constraints: readonly Constraint[]): Constraint[] {
  return constraints.filter((constraint) => {
    const path = splitPath(constraint.path);
    return path === undefined || !holds(readPath(executed, path), constraint);
  });
}

/**
 * Meets the terms of several policies: smallest max, largest min, intersection of lists. Undefined when they
 * contradict each other (then nothing is allowed: CONSTRAINT_CONFLICT).
 */
export function meetConstraints(all: readonly Constraint[]): Constraint[] | undefined {
  const byPath = new Map<string, Map<ConstraintOp, Constraint>>();
  for (const constraint of all) {
    const atPath = byPath.get(constraint.path) ?? new Map<ConstraintOp, Constraint>();
    byPath.set(constraint.path, atPath);
    const met = meet(atPath.get(constraint.op), constraint);
    if (met === undefined) return undefined;
    atPath.set(constraint.op, met);
  }
  const result: Constraint[] = [];
  for (const atPath of byPath.values()) {
    if (contradicts(atPath)) return undefined;
    result.push(...atPath.values());
  }
  return result;
}

function constrainValue(
  before: Json | undefined,
  { op, value, path }: Constraint,
): { readonly ok: true; readonly value: Json | undefined } | { readonly ok: false; readonly message: string } {
  switch (op) {
    case "set":
      return { ok: true, value: same(before, value) ? before : value };
    case "max":
    case "min":
      if (typeof before !== "number" || typeof value !== "number")
        return { ok: false, message: `Expected a number at ${path}, but got ${describe(before)}` };
      return { ok: true, value: op === "max" ? Math.min(before, value) : Math.max(before, value) };
    case "oneOf":
      if (Array.isArray(value) && value.some((item) => same(before, item))) return { ok: true, value: before };
      return { ok: false, message: `Expected one of ${canonicalJson(value)} at ${path}, but got ${describe(before)}` };
    case "drop":
      return { ok: true, value: undefined };
    case "redact":
      return { ok: true, value: before === undefined ? undefined : redacted };
  }
}

function holds(executed: Json | undefined, { op, value }: Constraint): boolean {
  switch (op) {
    case "set":
      return same(executed, value);
    case "max":
      return typeof executed === "number" && typeof value === "number" && executed <= value;
    case "min":
      return typeof executed === "number" && typeof value === "number" && executed >= value;
    case "oneOf":
      return Array.isArray(value) && value.some((item) => same(executed, item));
    case "drop":
      return executed === undefined;
    case "redact":
      return executed === undefined || executed === redacted;
  }
}

function meet(one: Constraint | undefined, other: Constraint): Constraint | undefined {
  if (one === undefined) return other;
  switch (other.op) {
    case "max":
      return (one.value as number) <= (other.value as number) ? one : other;
    case "min":
      return (one.value as number) >= (other.value as number) ? one : other;
    case "oneOf": {
      const both = (one.value as readonly Json[]).filter((item) =>
        (other.value as readonly Json[]).some((o) => same(item, o)),
      );
      return both.length === 0 ? undefined : { ...other, value: both };
    }
    case "set":
      return same(one.value, other.value) ? one : undefined;
    default:
      return one;
  }
}

function contradicts(atPath: ReadonlyMap<ConstraintOp, Constraint>): boolean {
  const max = atPath.get("max")?.value;
  const min = atPath.get("min")?.value;
  if (typeof max === "number" && typeof min === "number" && min > max) return true;
  const set = atPath.get("set");
  const removes = atPath.has("drop") || atPath.has("redact");
  if (removes && atPath.size > (atPath.has("drop") && atPath.has("redact") ? 2 : 1)) return true;
  const list = atPath.get("oneOf")?.value as readonly Json[] | undefined;
  const bounds = [...atPath.values()].filter(({ op }) => op === "max" || op === "min");
  if (set !== undefined)
    return [...atPath.values()].some((constraint) => !holds(set.value, constraint) && constraint !== set);
  return list !== undefined && bounds.length > 0 && !list.some((item) => bounds.every((bound) => holds(item, bound)));
}

/** "args.method" → ["method"]. Undefined for anything that does not lead into the arguments. */
function splitPath(path: string): readonly string[] | undefined {
  const [root, ...names] = path.split(".");
  if (root !== "args" || names.length === 0 || names.length > 16) return undefined;
  return names.every((name) => name !== "" && name !== "__proto__") ? names : undefined;
}

function readPath(args: JsonRecord, path: readonly string[]): Json | undefined {
  let current: Json | undefined = args;
  for (const name of path) {
    if (!isRecord(current) || !Object.hasOwn(current, name)) return undefined;
    current = current[name];
  }
  return current;
}

function writePath(args: JsonRecord, path: readonly string[], value: Json | undefined): JsonRecord {
  const [name, ...rest] = path as [string, ...string[]];
  const copy: Record<string, Json> = { ...args };
  if (rest.length > 0) {
    const inner = Object.hasOwn(args, name) ? args[name] : undefined;
    if (value === undefined && !isRecord(inner)) return args;
    copy[name] = writePath(isRecord(inner) ? inner : {}, rest, value);
  } else if (value === undefined) delete copy[name];
  else copy[name] = value;
  return copy;
}

function isRecord(value: Json | undefined): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function same(one: Json | undefined, other: Json | undefined): boolean {
  if (one === other) return true;
  if (one === undefined || other === undefined || typeof one !== "object") return false;
  return canonicalJson(one) === canonicalJson(other);
}

function describe(value: Json | undefined): string {
  return value === undefined ? "nothing" : canonicalJson(value).slice(0, 80);
}
