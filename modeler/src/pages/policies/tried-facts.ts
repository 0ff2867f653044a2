/** The facts that a policy's manifest declares, as fields of a form, and the entries as the data that a model gets. */
import { isObject, type JsonObject, type JsonValue } from "../../api/json.ts";

export interface TriedFact {
  /** Dotted name. */
  readonly name: string;
  readonly type: string;
  readonly allowed: readonly string[];
  readonly hint: string;
}

export function triedFacts(manifest: JsonObject): readonly TriedFact[] {
  const declared = isObject(manifest.facts) ? manifest.facts : {};
  const facts: TriedFact[] = Object.entries(declared).map(([name, declaration]) => {
    const { type, allowed, description } = isObject(declaration) ? declaration : {};
    const kind = typeof type === "string" ? type : "text";
    const options = Array.isArray(allowed)
      ? (allowed as readonly JsonValue[]).map(String)
      : kind === "boolean"
        ? ["true", "false"]
        : [];
    return { name, type: kind, allowed: options, hint: typeof description === "string" ? description : kind };
  });
  const actions = Array.isArray(manifest.actions) ? (manifest.actions as readonly JsonValue[]).map(String) : [];
  if (!facts.some((fact) => fact.name === "action.type"))
    facts.unshift({ name: "action.type", type: "string", allowed: actions, hint: "what is about to be done" });
  return facts;
}

/** An entry as the type that the fact has; empty means that the fact is not known. */
export function readEntry(fact: TriedFact, entry: string): JsonValue {
  const text = entry.trim();
  if (text === "") return null;
  if (fact.type === "boolean") return text === "true";
  if (fact.type === "number" || fact.type === "integer") {
    const value = Number(text);
    if (Number.isNaN(value)) throw new Error(`Expected a number for ${fact.name}, but "${text}" is none.`);
    return value;
  }
  if (/^(list|context|object|any)/.test(fact.type)) {
    try {
      return JSON.parse(text) as JsonValue;
    } catch {
      throw new Error(`Expected JSON for ${fact.name}, but "${text}" is none.`);
    }
  }
  return text;
}

/** Dotted names as nested data. Only declared names come in here, "__proto__" is refused all the same. */
export function nested(entries: readonly (readonly [string, JsonValue])[]): JsonObject {
  const root = new Map<string, unknown>();
  for (const [name, value] of entries) {
    const path = name.split(".");
    if (path.includes("__proto__")) continue;
    let branch = root;
    for (const part of path.slice(0, -1)) {
      const next = branch.get(part);
      const child = next instanceof Map ? next : new Map<string, unknown>();
      branch.set(part, child);
      branch = child as Map<string, unknown>;
    }
    branch.set(path.at(-1) ?? name, value);
  }
  return plain(root) as JsonObject;
}

function plain(value: unknown): JsonValue {
  if (!(value instanceof Map)) return value as JsonValue;
  return Object.fromEntries([...value].map(([name, entry]) => [name, plain(entry)]));
}
