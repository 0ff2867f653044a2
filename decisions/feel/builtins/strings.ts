// String functions (DMN 1.5 table 74) and the string functions that Camunda adds.
// Contract: positions count Unicode code points; patterns are XPath regular expressions on a linear-time engine.

import type { FeelNumber } from "../number/decimal.ts";
import { roundTo } from "../number/rounding.ts";
import { compilePattern, extractAll, occurs, type Pattern, replaceAll, splitBy } from "../regex/pattern.ts";
import type { EvaluationSession } from "../session.ts";
import type { FeelList, FeelValue } from "../value.ts";
import { type BuiltIn, define } from "./define.ts";

function hasSurrogates(text: string): boolean {
  return /[\ud800-\udfff]/.test(text);
}

function codePoints(text: string): readonly string[] | string {
  return hasSurrogates(text) ? Array.from(text) : text;
}

function slice(points: readonly string[] | string, from: number, to: number): string {
  return typeof points === "string" ? points.slice(from, to) : points.slice(from, to).join("");
}

function whole(value: FeelNumber): number | undefined {
  const cut = roundTo(value, 0, "down");
  return typeof cut === "number" ? cut : undefined;
}

function substring(text: string, start: FeelNumber, length: FeelNumber | undefined): string | undefined {
  const points = codePoints(text);
  const position = whole(start);
  if (position === undefined || position === 0) return undefined;
  const from = position > 0 ? position - 1 : Math.max(0, points.length + position);
  if (length === undefined) return slice(points, from, points.length);
  const count = whole(length);
  return count === undefined || count < 1 ? undefined : slice(points, from, from + count);
}

function join(
  session: EvaluationSession,
  list: FeelList,
  delimiter: string | null | undefined,
  prefix = "",
  suffix = "",
): string | undefined {
  const parts: string[] = [];
  let length = prefix.length + suffix.length;
  for (const item of list) {
    if (item === null) continue;
    if (typeof item !== "string") return undefined;
    parts.push(item);
    length += item.length + (delimiter?.length ?? 0);
  }
  session.charge(list.length);
  session.chargeString(length);
  return prefix + parts.join(delimiter ?? "") + suffix;
}

/** Runs a pattern function; what the pattern cannot be is the warning. */
function withPattern(
  session: EvaluationSession,
  source: string,
  flags: string | null | undefined,
  use: (pattern: Pattern) => FeelValue | undefined,
): FeelValue | undefined {
  const { pattern, problem } = compilePattern(source, flags ?? "", session);
  if (!pattern) return session.warn("FUNCTION_INVOCATION_FAILURE", problem ?? "Expected a pattern.");
  return use(pattern);
}

export const stringFunctions: readonly BuiltIn[] = [
  define(
    "substring(string: string, start position: number, [length: number])",
    (session, text: string, start: FeelNumber, length?: FeelNumber) => {
      session.chargeString(text.length);
      return substring(text, start, length);
    },
  ),
  define("string length(string: string)", (session, text: string) => {
    session.chargeString(text.length);
    return codePoints(text).length;
  }),
  define("upper case(string: string)", (session, text: string) => {
    session.chargeString(text.length);
    return text.toUpperCase();
  }),
  define("lower case(string: string)", (session, text: string) => {
    session.chargeString(text.length);
    return text.toLowerCase();
  }),
  define("substring before(string: string, match: string)", (session, text: string, match: string) => {
    session.chargeString(text.length);
    const index = text.indexOf(match);
    return index < 0 ? "" : text.slice(0, index);
  }),
  define("substring after(string: string, match: string)", (session, text: string, match: string) => {
    session.chargeString(text.length);
    const index = text.indexOf(match);
    return index < 0 ? "" : text.slice(index + match.length);
  }),
  define("contains(string: string, match: string)", (session, text: string, match: string) => {
    session.chargeString(text.length);
    return text.includes(match);
  }),
  define("starts with(string: string, match: string)", (_session, text: string, match: string) =>
    text.startsWith(match),
  ),
  define("ends with(string: string, match: string)", (_session, text: string, match: string) => text.endsWith(match)),
  define(
    "matches(input: string, pattern: string, [flags: string?])",
    (session, text: string, pattern: string, flags?: string | null) =>
      withPattern(session, pattern, flags, (compiled) => occurs(compiled, text, session)),
  ),
  define(
    "replace(input: string, pattern: string, replacement: string, [flags: string?])",
    (session, text: string, pattern: string, replacement: string, flags?: string | null) =>
      withPattern(session, pattern, flags, (compiled) => replaceAll(compiled, text, replacement, session)),
  ),
  define("split(string: string, delimiter: string)", (session, text: string, delimiter: string) =>
    withPattern(session, delimiter, "", (compiled) => splitBy(compiled, text, session)),
  ),
  define("extract(string: string, pattern: string)", (session, text: string, pattern: string) =>
    withPattern(session, pattern, "", (compiled) => extractAll(compiled, text, session)),
  ),
  define("string join(list: list, [delimiter: string?])", (session, list: FeelList, delimiter?: string | null) =>
    join(session, list, delimiter),
  ),
  define(
    "string join(list: list, delimiter: string?, prefix: string, suffix: string)",
    (session, list: FeelList, delimiter: string | null, prefix: string, suffix: string) =>
      join(session, list, delimiter, prefix, suffix),
  ),
  define("trim(string: string)", (session, text: string) => {
    session.chargeString(text.length);
    return text.trim();
  }),
  define("is blank(string: string)", (session, text: string) => {
    session.chargeString(text.length);
    return text.trim() === "";
  }),
];
