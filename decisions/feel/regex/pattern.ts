// Patterns of matches, replace, split and extract on re2js: time linear in the text, whatever the pattern.
// Contract: compiled patterns are cached (at most 500); a pattern that cannot be is answered with the problem.
import { RE2JS } from "re2js";
import type { EvaluationSession } from "../session.ts";
import { PatternError, translate } from "./translate.ts";

export interface Pattern {
  readonly regex: RE2JS;
  readonly groups: number;
  /** Flag q: the replacement is taken literally. */
  readonly literal: boolean;
}

interface Outcome {
  pattern?: Pattern;
  problem?: string;
}

const CACHE_MAX = 500;
const PATTERN_CHARACTERS_MAX = 2_000;
const cache = new Map<string, Outcome>();

/** The compiled pattern, or what is wrong with it. */
export function compilePattern(source: string, flags: string, session: EvaluationSession): Outcome {
  const key = `${flags}/${source}`;
  const known = cache.get(key);
  if (known) return known;
  session.charge(1_000 + source.length * 50);
  const outcome = build(source, flags);
  if (cache.size >= CACHE_MAX) cache.delete(cache.keys().next().value!);
  cache.set(key, outcome);
  return outcome;
}

function build(source: string, flags: string): Outcome {
  if (!/^[smixq]*$/.test(flags))
    return { problem: `Expected flags among s, m, i, x and q, but found "${flags.slice(0, 20)}".` };
  if (source.length > PATTERN_CHARACTERS_MAX) {
    return {
      problem: `Expected a pattern of at most ${PATTERN_CHARACTERS_MAX} characters, but it has ${source.length}.`,
    };
  }
  const literal = flags.includes("q");
  const multiline = flags.includes("m");
  const options = (multiline ? RE2JS.MULTILINE : 0) | (flags.includes("i") ? RE2JS.CASE_INSENSITIVE : 0);
  try {
    const { source: text, groups } = literal
      ? { source: RE2JS.quote(source), groups: 0 }
      : translate(source, {
          ignoreBlanks: flags.includes("x"),
          ignoreCase: flags.includes("i"),
          dotAll: flags.includes("s"),
          multiline,
        });
    return { pattern: { regex: RE2JS.compile(text, options), groups, literal } };
  } catch (error) {
    const reason = error instanceof PatternError ? error.message : "Expected a pattern that the engine can compile.";
    return { problem: `${reason} (pattern "${source.slice(0, 60)}")` };
  }
}

type Piece = string | number;

/** Reads `$1`, `\$` and `\\`; undefined when the replacement is malformed (F&O §5.6.4). */
function readReplacement(text: string, groups: number): Piece[] | undefined {
  const pieces: Piece[] = [];
  for (let index = 0; index < text.length; index++) {
    const character = text[index]!;
    const next = text[index + 1] ?? "";
    if (character === "\\") {
      if (next !== "\\" && next !== "$") return undefined;
      pieces.push(next);
      index++;
    } else if (character === "$") {
      const digits = /^\d+/.exec(text.slice(index + 1, index + 6))?.[0];
      if (digits === undefined) return undefined;
      const group = groupNumber(digits, groups);
      pieces.push(Number(group));
      index += group.length;
    } else pieces.push(character);
  }
  return pieces;
}

/** As many digits as name an existing group. */
function groupNumber(digits: string, groups: number): string {
  let taken = digits;
  while (taken.length > 1 && Number(taken) > groups) taken = taken.slice(0, -1);
  return taken;
}

/** Replaces every match; undefined for a malformed replacement. */
export function replaceAll(
  pattern: Pattern,
  text: string,
  replacement: string,
  session: EvaluationSession,
): string | undefined {
  const pieces = pattern.literal ? [replacement] : readReplacement(replacement, pattern.groups);
  if (!pieces) return undefined;
  const matcher = pattern.regex.matcher(text);
  let result = "";
  let last = 0;
  while (matcher.find()) {
    result += text.slice(last, matcher.start());
    for (const piece of pieces) {
      if (typeof piece === "string") result += piece;
      else if (piece <= pattern.groups) result += matcher.group(piece) ?? "";
    }
    session.charge(4);
    if (result.length > session.limits.stringCharactersMax) session.exceed("stringCharactersMax", "characters");
    last = matcher.end();
  }
  session.chargeString(result.length);
  return result + text.slice(last);
}

/** The parts between the matches. */
export function splitBy(pattern: Pattern, text: string, session: EvaluationSession): string[] {
  const matcher = pattern.regex.matcher(text);
  const parts: string[] = [];
  let last = 0;
  while (matcher.find()) {
    if (matcher.end() === matcher.start()) continue;
    parts.push(text.slice(last, matcher.start()));
    session.chargeList(1);
    last = matcher.end();
  }
  parts.push(text.slice(last));
  session.chargeList(parts.length);
  return parts;
}

/** Every match as text. */
export function extractAll(pattern: Pattern, text: string, session: EvaluationSession): string[] {
  const matcher = pattern.regex.matcher(text);
  const found: string[] = [];
  while (matcher.find()) {
    found.push(matcher.group() ?? "");
    session.charge(1);
  }
  session.chargeList(found.length);
  return found;
}
