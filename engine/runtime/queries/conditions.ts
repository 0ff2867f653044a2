/**
 * Filters → SQL conditions. Names of fields come from a closed map, values are only ever parameters; what cannot be
 * understood is refused with its name, never ignored: a filter that is silently dropped shows a caller too much.
 */
import { EngineError } from "../contract/errors.ts";
import type { Parameter } from "./parameters.ts";
import type { Field, FieldType, Resource } from "./resource.ts";

const casts: Readonly<Record<FieldType, string>> = {
  text: "text",
  key: "bigint",
  integer: "bigint",
  date: "bigint",
  boolean: "boolean",
};
const operatorsOf = new Map<string, string>([
  ["$eq", "="],
  ["$neq", "<>"],
  ["$gt", ">"],
  ["$gte", ">="],
  ["$lt", "<"],
  ["$lte", "<="],
]);
const filterTermsMax = 1_000;

export function castOf(type: FieldType): string {
  return casts[type];
}

export function invalid(message: string): EngineError {
  return new EngineError("invalid", message);
}

/** A value of the API as a parameter of its type. */
export function convert(name: string, field: Pick<Field, "type" | "convert">, value: unknown): unknown {
  const given = field.convert ? field.convert(value) : value;
  switch (field.type) {
    case "text":
      if (typeof given === "string" && !given.includes("\u0000")) return given;
      throw invalid(`Expected a text for ${name}, but got ${describe(value)}`);
    case "key":
      if ((typeof given === "string" || typeof given === "number") && /^-?\d{1,18}$/.test(String(given)))
        return String(given);
      throw invalid(`Expected a key (an integer in decimal digits) for ${name}, but got ${describe(value)}`);
    case "integer":
      if (typeof given === "number" && Number.isSafeInteger(given)) return given;
      throw invalid(`Expected an integer for ${name}, but got ${describe(value)}`);
    case "boolean":
      if (typeof given === "boolean") return given;
      throw invalid(`Expected true or false for ${name}, but got ${describe(value)}`);
    case "date": {
      const time = typeof given === "string" ? Date.parse(given) : Number.NaN;
      if (!Number.isNaN(time)) return time;
      throw invalid(`Expected an ISO 8601 date and time for ${name}, but got ${describe(value)}`);
    }
  }
}

function describe(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 100);
}

/** `*` any characters, `?` one, `\` takes the next as it is → LIKE with `\` as its escape. */
export function likePattern(pattern: string): string {
  let out = "";
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern[index] as string;
    if (character === "\\" && index + 1 < pattern.length) {
      const next = pattern[++index] as string;
      out += next === "%" || next === "_" || next === "\\" ? `\\${next}` : next;
    } else if (character === "*") out += "%";
    else if (character === "?") out += "_";
    else if (character === "%" || character === "_" || character === "\\") out += `\\${character}`;
    else out += character;
  }
  return out;
}

/** Condition on one field: a bare value, null, or operators. */
export function fieldCondition(name: string, field: Field, condition: unknown, parameter: Parameter): string {
  if (condition === null) return `(${field.sql}) is null`;
  if (typeof condition !== "object")
    return `(${field.sql}) = ${parameter(convert(name, field, condition), casts[field.type])}`;
  if (Array.isArray(condition)) throw invalid(`Expected a value or operators for ${name}, but got a list`);
  const terms = Object.entries(condition).filter(([, value]) => value !== undefined);
  if (terms.length === 0) throw invalid(`Expected an operator for ${name}, but found none`);
  return terms.map(([operator, value]) => operatorCondition(name, field, operator, value, parameter)).join(" and ");
}

function operatorCondition(name: string, field: Field, operator: string, value: unknown, parameter: Parameter): string {
  const sign = operatorsOf.get(operator);
  const cast = casts[field.type];
  if (sign !== undefined) {
    const comparison = `(${field.sql}) ${sign} ${parameter(convert(name, field, value), cast)}`;
    // What has no value is not equal to any.
    return operator === "$neq" ? `(${comparison} or (${field.sql}) is null)` : comparison;
  }
  switch (operator) {
    case "$exists":
      if (typeof value !== "boolean")
        throw invalid(`Expected true or false for $exists of ${name}, but got ${describe(value)}`);
      return `(${field.sql}) is ${value ? "not " : ""}null`;
    case "$in":
    case "$notIn": {
      if (!Array.isArray(value))
        throw invalid(`Expected a list for ${operator} of ${name}, but got ${describe(value)}`);
      if (value.length > filterTermsMax)
        throw invalid(`Expected at most ${filterTermsMax} values for ${operator} of ${name}, but got ${value.length}`);
      const list = parameter(
        value.map((item) => convert(name, field, item)),
        `${cast}[]`,
      );
      return operator === "$in"
        ? `(${field.sql}) = any(${list})`
        : `((${field.sql}) <> all(${list}) or (${field.sql}) is null)`;
    }
    case "$like":
      if (field.type !== "text" || typeof value !== "string")
        throw invalid(`Expected $like with a pattern on a text, but ${name} is not one or the pattern is not a text`);
      return `(${field.sql}) like ${parameter(likePattern(value), "text")}`;
    default:
      throw invalid(
        `Expected $eq, $neq, $exists, $in, $notIn, $like, $gt, $gte, $lt or $lte for ${name}, but got ${operator}`,
      );
  }
}

/** All conditions of a filter; `$or` takes alternatives of the same shape. */
export function filterConditions<Item>(
  resource: Resource<Item>,
  filter: Readonly<Record<string, unknown>>,
  parameter: Parameter,
): string[] {
  const conditions: string[] = [];
  for (const [name, condition] of Object.entries(filter)) {
    if (condition === undefined) continue;
    if (name === "$or") {
      const alternatives = orConditions(resource, condition, parameter);
      if (alternatives !== null) conditions.push(alternatives);
      continue;
    }
    const special = resource.special?.get(name);
    const field = resource.fields.get(name);
    if (special) conditions.push(special(condition, parameter));
    else if (field) {
      conditions.push(fieldCondition(name, field, condition, parameter));
      const rooted = rootCondition(resource, name, field, condition, parameter);
      if (rooted !== null) conditions.push(rooted);
    } else throw invalid(`Expected a filter that ${resource.name} know, but got '${name.slice(0, 100)}'`);
  }
  return conditions;
}

/** The same filter, said of the root; null when the field does not lead to one or the condition names no keys. */
function rootCondition<Item>(
  resource: Resource<Item>,
  name: string,
  field: Field,
  condition: unknown,
  parameter: Parameter,
): string | null {
  if (!resource.root?.fields.includes(name)) return null;
  const { $eq, $in } = (typeof condition === "object" && condition !== null ? condition : { $eq: condition }) as {
    $eq?: unknown;
    $in?: unknown;
  };
  const keys = $eq !== undefined && $eq !== null ? [$eq] : Array.isArray($in) ? $in : null;
  if (!keys) return null;
  const list = parameter(
    keys.map((key) => convert(name, field, key)),
    "bigint[]",
  );
  return `${resource.root.sql} in (select root_key from process_instance where key = any(${list}) union all select root_key from element_instance where key = any(${list}))`;
}

function orConditions<Item>(resource: Resource<Item>, alternatives: unknown, parameter: Parameter): string | null {
  if (!Array.isArray(alternatives)) throw invalid("Expected a list of filters for $or, but got something else");
  if (alternatives.length > 100)
    throw invalid(`Expected at most 100 alternatives for $or, but got ${alternatives.length}`);
  if (alternatives.length === 0) return null;
  const parts = alternatives.map((alternative) => {
    if (typeof alternative !== "object" || alternative === null || "$or" in alternative)
      throw invalid("Expected filters without $or inside $or, but got something else");
    const conditions = filterConditions(resource, alternative as Record<string, unknown>, parameter);
    return conditions.length === 0 ? "true" : `(${conditions.join(" and ")})`;
  });
  return `(${parts.join(" or ")})`;
}
