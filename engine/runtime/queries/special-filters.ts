/** Filters over more than one field: variables, tags, candidates, incidents. */
import { EngineError } from "../contract/errors.ts";
import { fieldCondition } from "./conditions.ts";
import { integer, type SpecialFilter, text } from "./resource.ts";

const variablesMax = 20;

/** JSON texts are compared as the engine writes them: without blanks. */
function normalize(value: unknown): unknown {
  if (typeof value === "string") {
    try {
      return JSON.stringify(JSON.parse(value));
    } catch {
      return value;
    }
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([operator, operand]) => [
      operator,
      operator === "$like" ? operand : Array.isArray(operand) ? operand.map(normalize) : normalize(operand),
    ]),
  );
}

/** Each named variable has a value that fulfils its condition. `scope` ties the variable `v` to the outer row. */
export function variables(scope: string): SpecialFilter {
  return (value, parameter) => {
    if (!Array.isArray(value) || value.length > variablesMax)
      throw new EngineError("invalid", `Expected a list of at most ${variablesMax} variables, but got something else`);
    const parts = value.map((entry) => {
      const { name, value: condition } = (entry ?? {}) as { name?: unknown; value?: unknown };
      if (typeof name !== "string" || condition === undefined)
        throw new EngineError("invalid", "Expected variables with a name and a value, but one lacks them");
      const normal = normalize(condition);
      const equal = typeof normal === "string" ? normal : (normal as { $eq?: unknown } | null)?.$eq;
      // The index holds the first 64 characters.
      const hint = typeof equal === "string" ? ` and left(v.value, 64) = left(${parameter(equal, "text")}, 64)` : "";
      return `exists (select 1 from variable v where ${scope} and v.name = ${parameter(name, "text")}${hint} and ${fieldCondition(`variable ${name}`, text("v.value"), normal, parameter)})`;
    });
    return parts.length === 0 ? "true" : `(${parts.join(" and ")})`;
  };
}

/** Has all of the tags. */
export function tags(sql: string): SpecialFilter {
  return (value, parameter) => {
    if (!Array.isArray(value) || !value.every((tag) => typeof tag === "string"))
      throw new EngineError("invalid", "Expected a list of tags, but got something else");
    return `${sql} @> ${parameter(JSON.stringify(value), "jsonb")}`;
  };
}

/** One of the texts in a JSON list fulfils the condition. */
export function anyOf(sql: string, name: string): SpecialFilter {
  return (value, parameter) =>
    `exists (select 1 from jsonb_array_elements_text(${sql}) as each(value) where ${fieldCondition(name, text("each.value"), value, parameter)})`;
}

/** 32 bits of an incident's message, by MD5: a short name for it, equal on every node; nothing secret. */
export const errorHash = "('x' || left(md5(i.message), 8))::bit(32)::integer";

/** An active incident of the instance `p` has a message of this name. */
export const incidentErrorHashCode: SpecialFilter = (value, parameter) =>
  `exists (select 1 from incident i where i.root_key = p.root_key and i.state = 'ACTIVE' and p.key = any(i.path) and ${fieldCondition("incidentErrorHashCode", integer(errorHash), value, parameter)})`;

/** A row of `from`, tied to the outer row, has a `column` that fulfils the condition. */
export function existsText(from: string, name: string, column: string): SpecialFilter {
  return (value, parameter) =>
    `exists (select 1 from ${from} and ${fieldCondition(name, text(column), value, parameter)})`;
}

export function flag(name: string, sql: string): SpecialFilter {
  return (value) => {
    if (typeof value !== "boolean")
      throw new EngineError("invalid", `Expected true or false for ${name}, but got something else`);
    return value ? sql : `not (${sql})`;
  };
}

export function text512(name: string, sql: string): SpecialFilter {
  return (value, parameter) => fieldCondition(name, text(sql), value, parameter);
}
