/** The kit's values as a REST client writes and reads them: plain JSON, temporal values as ISO texts. */
import { toJson } from "../../../decisions/feel/index.ts";
import type { KitValue } from "./cases.ts";
import { toFeel } from "./kit-values.ts";

const numberTypes = new Set(["decimal", "double", "integer"]);
const temporalTypes = new Set(["date", "time", "dateTime", "duration"]);

export function toPlainJson(value: KitValue): unknown {
  switch (value.kind) {
    case "list":
      return value.items.map(toPlainJson);
    case "components":
      return Object.fromEntries([...value.entries].map(([name, entry]) => [name, toPlainJson(entry)]));
    case "simple": {
      if (value.text === null) return null;
      if (value.type === "boolean") return value.text.trim() === "true";
      return numberTypes.has(value.type ?? "") ? Number(value.text) : value.text;
    }
  }
}

/** Undefined when a parsed answer is what the kit expects, else why not. */
export function jsonDifference(expected: KitValue, actual: unknown): string | undefined {
  switch (expected.kind) {
    case "list":
      if (!Array.isArray(actual) || actual.length !== expected.items.length) return mismatch(expected, actual);
      return first(expected.items.map((item, index) => jsonDifference(item, actual[index])));
    case "components": {
      if (typeof actual !== "object" || actual === null || Array.isArray(actual)) return mismatch(expected, actual);
      if (Object.keys(actual).length !== expected.entries.size) return mismatch(expected, actual);
      const entries = new Map(Object.entries(actual));
      return first([...expected.entries].map(([name, entry]) => jsonDifference(entry, entries.get(name))));
    }
    case "simple":
      return simpleEquals(expected, actual) ? undefined : mismatch(expected, actual);
  }
}

function simpleEquals({ type, text }: Extract<KitValue, { kind: "simple" }>, actual: unknown): boolean {
  if (text === null) return actual === null;
  if (type === "boolean") return actual === (text.trim() === "true");
  if (numberTypes.has(type ?? "")) return typeof actual === "number" && Math.abs(actual - Number(text)) < 1e-8;
  // "P14M" and "P1Y2M" are one duration: FEEL's own text is compared.
  if (temporalTypes.has(type ?? "")) return actual === toJson(toFeel({ kind: "simple", type, text }));
  return actual === text;
}

const first = (differences: readonly (string | undefined)[]): string | undefined =>
  differences.find((found) => found !== undefined);

function mismatch(expected: KitValue, actual: unknown): string {
  return `expected ${JSON.stringify(toPlainJson(expected))}, but got ${JSON.stringify(actual) ?? "nothing"}`;
}
