/** Values as text. */
import type { JsonValue } from "../api/json.ts";

/** A value in one line: text as it is, numbers grouped, the rest as JSON. */
export function inlineValue(value: JsonValue | undefined): string {
  if (value === null || value === undefined) return "none";
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") return new Intl.NumberFormat("en", { maximumFractionDigits: 20 }).format(value);
  return JSON.stringify(value);
}
