/** Canonical text of JSON (sorted names), iterative in depth only as far as the admitted depth of 64 allows, and a short fingerprint of it. */
import type { JsonObject, JsonValue } from "./json.ts";

/** JSON text with sorted names: equal values have equal texts. */
export function canonicalText(value: JsonValue): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonicalText).join(",")}]`;
  const parts = Object.keys(value)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonicalText(value[name]!)}`);
  return `{${parts.join(",")}}`;
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

export function sameJson(left: JsonValue, right: JsonValue): boolean {
  return left === right || canonicalText(left) === canonicalText(right);
}

/**
 * Recognises a repeated attempt (loop detection only, never a proof of identity): 53 bits over the canonical text.
 * After cyrb53's idea of two multiplied 32-bit lanes.
 */
export function fingerprint(action: string, args: JsonObject): string {
  const text = canonicalText(args);
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    high = Math.imul(high ^ code, 2654435761);
    low = Math.imul(low ^ code, 1597334677);
  }
  return `${action}#${(high >>> 0).toString(36)}${(low >>> 0).toString(36)}`;
}
