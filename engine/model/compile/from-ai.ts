/**
 * Finds the fromAi(…) calls in the input mappings of a tool: they declare the parameters that a model may fill in
 * (Camunda's contract: fromAi(value, description, type, schema, options), positional or named). The calls are read,
 * not evaluated; only their literal arguments are. One linear scan over the FEEL text, aware of strings and comments.
 */
import type { JsonObject, JsonValue } from "../../core/json.ts";
import type { ToolDefinition } from "../../core/process.ts";
import { type ExpressionLanguage, ExpressionSyntaxError, feelExpression } from "../feel.ts";

type Parameter = ToolDefinition["parameters"][number];

const argumentNames = ["value", "description", "type", "schema", "options"] as const;
type ArgumentName = (typeof argumentNames)[number];

/**
 * @param source FEEL without its `=`.
 * @param invalid told why a call cannot be read.
 */
export function fromAiParameters(
  source: string,
  language: ExpressionLanguage,
  invalid: (reason: string) => void,
): readonly Parameter[] {
  return callsOf(source).flatMap((callArguments) => {
    const named = nameArguments(callArguments);
    const name = named.get("value")?.trim() ?? "";
    if (!/^[\p{L}_][\p{L}\p{N}_]*(?:\s*\.\s*[\p{L}_][\p{L}\p{N}_]*)*$/u.test(name)) {
      invalid(`the first argument of fromAi must be a name such as toolCall.amount, not "${name.slice(0, 60)}"`);
      return [];
    }
    const literal = (argument: ArgumentName): JsonValue => literalOf(named.get(argument), argument, language, invalid);
    const [description, type, schema, options] = [
      literal("description"),
      literal("type"),
      literal("schema"),
      literal("options"),
    ];
    return [
      {
        name: name.replace(/\s+/g, ""),
        description: typeof description === "string" ? description : null,
        type: typeof type === "string" ? type : "string",
        schema: isObject(schema) ? schema : null,
        required: !(isObject(options) && options.required === false),
      },
    ];
  });
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function literalOf(
  source: string | undefined,
  argument: string,
  language: ExpressionLanguage,
  invalid: (reason: string) => void,
): JsonValue {
  if (source === undefined || source.trim() === "") return null;
  try {
    const expression = feelExpression(source.trim(), language);
    if (expression.constant !== undefined) return expression.constant;
  } catch (error) {
    if (!(error instanceof ExpressionSyntaxError)) throw error;
  }
  invalid(`the argument ${argument} of fromAi must be a literal, not "${source.trim().slice(0, 60)}"`);
  return null;
}

function nameArguments(given: readonly string[]): ReadonlyMap<ArgumentName, string> {
  const named = new Map<ArgumentName, string>();
  given.forEach((argument, position) => {
    const match = /^\s*(value|description|type|schema|options)\s*:/.exec(argument);
    const name = (match?.[1] as ArgumentName | undefined) ?? argumentNames[position];
    if (name !== undefined) named.set(name, match === null ? argument : argument.slice(match[0].length));
  });
  return named;
}

/** The argument texts of each call of fromAi, outermost calls only. */
function callsOf(source: string): readonly (readonly string[])[] {
  const calls: string[][] = [];
  let current: { parts: string[]; start: number; depth: number } | undefined;
  let at = 0;
  while (at < source.length) {
    const skipped = endOfStringOrComment(source, at);
    if (skipped > at) {
      at = skipped;
      continue;
    }
    const character = source[at] ?? "";
    if (current === undefined) {
      const opened = openingOfCall(source, at);
      if (opened === undefined) {
        at += 1;
        continue;
      }
      current = { parts: [], start: opened, depth: 0 };
      at = opened;
      continue;
    }
    if ("([{".includes(character)) current.depth += 1;
    else if (")]}".includes(character)) current.depth -= 1;
    if (current.depth < 0) {
      current.parts.push(source.slice(current.start, at));
      calls.push(current.parts);
      current = undefined;
    } else if (character === "," && current.depth === 0) {
      current.parts.push(source.slice(current.start, at));
      current.start = at + 1;
    }
    at += 1;
  }
  return calls;
}

/** Position behind `fromAi(` when a call begins here. */
function openingOfCall(source: string, at: number): number | undefined {
  if (!source.startsWith("fromAi", at) || /[\p{L}\p{N}_.]/u.test(source[at - 1] ?? " ")) return undefined;
  let end = at + "fromAi".length;
  while (/\s/.test(source[end] ?? "")) end += 1;
  return source[end] === "(" ? end + 1 : undefined;
}

/** Position behind a string literal or comment that begins here; `at` itself when none does. */
function endOfStringOrComment(source: string, at: number): number {
  if (source[at] === '"') {
    let end = at + 1;
    while (end < source.length && source[end] !== '"') end += source[end] === "\\" ? 2 : 1;
    return end + 1;
  }
  if (source.startsWith("//", at)) {
    const end = source.indexOf("\n", at);
    return end === -1 ? source.length : end + 1;
  }
  if (source.startsWith("/*", at)) {
    const end = source.indexOf("*/", at + 2);
    return end === -1 ? source.length : end + 2;
  }
  return at;
}
