// The gate before the parser: bounds a source text in one linear scan.
// Why: the grammar gives up with misleading errors, or takes seconds, on long chains and deep nesting.
import type { FeelLimits } from "./limits.ts";
import { FeelSyntaxError } from "./syntax-error.ts";

const OPENING = "([{";
const CLOSING = ")]}";
const OPERATORS = "+-*/<>=!,.";

/** Throws a FeelSyntaxError when the text is longer, denser or deeper than the limits allow. */
export function admitSource(source: string, limits: FeelLimits): void {
  if (source.length > limits.sourceCharactersMax) {
    throw new FeelSyntaxError(
      `Expected at most ${limits.sourceCharactersMax} characters, but the text has ${source.length}.`,
      source,
      0,
      source.length,
    );
  }
  let tokens = 0;
  let depth = 0;
  let operators = 0;
  let index = 0;
  while (index < source.length) {
    const next = skipToken(source, index);
    const character = source[index]!;
    if (character > " ") tokens++;
    if (OPERATORS.includes(character)) operators++;
    else if (character > " ") operators = 0;
    if (OPENING.includes(character)) depth++;
    else if (CLOSING.includes(character)) depth--;
    if (Math.abs(depth) > limits.sourceDepthMax || operators > limits.sourceDepthMax) {
      throw new FeelSyntaxError(
        `Expected at most ${limits.sourceDepthMax} nested brackets or operators in a row.`,
        source,
        index,
        next,
      );
    }
    if (tokens > limits.sourceTokensMax) {
      throw new FeelSyntaxError(`Expected at most ${limits.sourceTokensMax} tokens.`, source, index, next);
    }
    index = next;
  }
}

/** The end of the string, comment, word or character at `start`. */
function skipToken(source: string, start: number): number {
  const character = source[start]!;
  if (character === '"') return skipString(source, start);
  if (character === "/" && source[start + 1] === "/") return endOr(source, source.indexOf("\n", start + 2), 0);
  if (character === "/" && source[start + 1] === "*") return endOr(source, source.indexOf("*/", start + 2), 2);
  let end = start + 1;
  if (isWord(character)) while (end < source.length && isWord(source[end]!)) end++;
  return end;
}

function skipString(source: string, start: number): number {
  let end = start + 1;
  while (end < source.length && source[end] !== '"') end += source[end] === "\\" ? 2 : 1;
  return Math.min(end + 1, source.length);
}

function endOr(source: string, found: number, extra: number): number {
  return found < 0 ? source.length : found + extra;
}

function isWord(character: string): boolean {
  const lower = character.toLowerCase();
  return (
    (lower >= "a" && lower <= "z") ||
    (character >= "0" && character <= "9") ||
    character === "_" ||
    character > "\u007f"
  );
}

const RANGE_TYPE = /(\bof|->|[:<,])(\s*)range(\s*)</g;

/**
 * The grammar has no `range<T>`. `list <T>` has the same length and the same shape, so the text is parsed with that
 * and the places are remembered.
 */
export function replaceRangeTypes(source: string): { source: string; places: ReadonlySet<number> } {
  const places = new Set<number>();
  const replaced = source.replace(RANGE_TYPE, (_match, before: string, blank: string, gap: string, offset: number) => {
    places.add(offset + before.length + blank.length);
    return `${before}${blank}list ${gap}<`;
  });
  return { source: replaced, places };
}
