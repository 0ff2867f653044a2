/** Values as text. */
import type { JsonValue } from "../api/json.ts";
import { visibleText } from "./visible-text.ts";

/** A value in one line: text with nothing hidden in it, numbers grouped, the rest as JSON. */
export function inlineValue(value: JsonValue | undefined): string {
  if (value === null || value === undefined) return "none";
  if (typeof value === "string") return visibleText(value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") return new Intl.NumberFormat("en", { maximumFractionDigits: 20 }).format(value);
  return visibleText(JSON.stringify(value));
}
