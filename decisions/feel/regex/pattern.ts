// Patterns of matches, replace, split and extract.
// Contract: without back-references re2js matches them in time linear in the text; with them our own machine does, and
// every step counts against the budget. Compiled patterns are cached (at most 500).
import { RE2JS } from "re2js";
import type { EvaluationSession } from "../session.ts";
import { type BacktrackProgram, compileProgram, search } from "./backtrack.ts";
import { emit } from "./emit.ts";
import { parsePattern } from "./parse.ts";
import { PatternError, sizeOf } from "./tree.ts";

/** A match: its bounds and the text of its groups, "" for a group that took no part. */
export interface Match {
  start: number;
  end: number;
  group(index: number): string;
}

export interface Pattern {
  readonly groups: number;
  /** Flag q: the replacement is taken literally. */
  readonly literal: boolean;
  /** The matches from left to right. */
  find(text: string, session: EvaluationSession): Iterable<Match>;
}

interface Outcome {
  pattern?: Pattern;
  problem?: string;
}

const CACHE_MAX = 500;
const PATTERN_CHARACTERS_MAX = 2_000;
/** (\\p{L}{1,1000}) a hundred times over took 1.5 s to compile. */
const STATES_MAX = 5_000;
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
  if (!/^[smixq]*$/.test(flags)) {
    return { problem: `Expected flags among s, m, i, x and q, but found "${flags.slice(0, 20)}".` };
  }
  if (source.length > PATTERN_CHARACTERS_MAX) {
    return {
      problem: `Expected a pattern of at most ${PATTERN_CHARACTERS_MAX} characters, but it has ${source.length}.`,
    };
  }
  try {
    return { pattern: compile(source, flags) };
  } catch (error) {
    const reason = error instanceof PatternError ? error.message : "Expected a pattern that the engine can compile.";
    return { problem: `${reason} (pattern "${source.slice(0, 60)}")` };
  }
}

function compile(source: string, flags: string): Pattern {
  const literal = flags.includes("q");
  const ignoreCase = flags.includes("i");
  const multiline = flags.includes("m");
  const dotAll = flags.includes("s");
  const tree = parsePattern(source, { ignoreBlanks: flags.includes("x"), ignoreCase, dotAll, literal });
  const { groups } = tree;
  if (tree.hasReferences) {
    const program = compileProgram(tree, ignoreCase, multiline);
    return { groups, literal, find: (text, session) => findByBacktracking(program, text, session) };
  }
  const size = sizeOf(tree.root);
  if (size > STATES_MAX) {
    throw new PatternError(`Expected a pattern of at most ${STATES_MAX} states, but its repetitions make ${size}.`);
  }
  const regex = RE2JS.compile(emit(tree.root, multiline));
  return { groups, literal, find: (text, session) => findLinearly(regex, size, text, session) };
}

function* findLinearly(regex: RE2JS, size: number, text: string, session: EvaluationSession): Iterable<Match> {
  // Each character may visit each state, at 20 to 55 ns: (a{1,30}){1,30} took 4 s for 100 kB, ^(.*a){10}$ 0.1 s.
  session.charge(text.length * (1 + size));
  const matcher = regex.matcher(text);
  while (matcher.find()) {
    session.charge(4);
    yield { start: matcher.start(), end: matcher.end(), group: (index) => matcher.group(index) ?? "" };
  }
}

function* findByBacktracking(program: BacktrackProgram, text: string, session: EvaluationSession): Iterable<Match> {
  let from = 0;
  while (from <= text.length) {
    const slots = search(program, text, from, session);
    if (!slots) return;
    const [start, end] = [slots[0]!, slots[1]!];
    yield { start, end, group: (index) => groupText(slots, index, text) };
    from = end > start ? end : end + 1;
  }
}

function groupText(slots: readonly number[], index: number, text: string): string {
  const start = slots[index * 2]!;
  return start < 0 ? "" : text.slice(start, slots[index * 2 + 1]!);
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

/** Whether the pattern occurs in the text. */
export function occurs(pattern: Pattern, text: string, session: EvaluationSession): boolean {
  for (const _match of pattern.find(text, session)) return true;
  return false;
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
  let result = "";
  let last = 0;
  for (const match of pattern.find(text, session)) {
    result += text.slice(last, match.start);
    for (const piece of pieces) {
      if (typeof piece === "string") result += piece;
      else if (piece <= pattern.groups) result += match.group(piece);
    }
    if (result.length > session.limits.stringCharactersMax) session.exceed("stringCharactersMax", "characters");
    last = match.end;
  }
  session.chargeString(result.length);
  return result + text.slice(last);
}

/** The parts between the matches. */
export function splitBy(pattern: Pattern, text: string, session: EvaluationSession): string[] {
  const parts: string[] = [];
  let last = 0;
  for (const match of pattern.find(text, session)) {
    if (match.end === match.start) continue;
    parts.push(text.slice(last, match.start));
    last = match.end;
  }
  parts.push(text.slice(last));
  session.chargeList(parts.length);
  return parts;
}

/** Every match as text. */
export function extractAll(pattern: Pattern, text: string, session: EvaluationSession): string[] {
  const found: string[] = [];
  for (const match of pattern.find(text, session)) found.push(match.group(0));
  session.chargeList(found.length);
  return found;
}
