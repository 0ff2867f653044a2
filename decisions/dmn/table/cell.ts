/**
 * The structure of a decision table cell, for indexes and analysis: the S-FEEL unary tests of DMN 1.5 §9.2 (literals,
 * comparisons, intervals, lists of them, `not(…)`). Everything else is FEEL that only evaluation can answer; it stays
 * `expression`. Recognised texts are a strict subset of FEEL, so nothing here can change what a cell means.
 */
import type { FeelValue } from "../../feel/index.ts";

export type Cell = AnyCell | TestCell | ExpressionCell;

/** `-`: every value, also null. */
export interface AnyCell {
  readonly kind: "any";
}

/** One test of the list holds (`negated`: none does). All values of a cell are of one type. */
export interface TestCell {
  readonly kind: "tests";
  readonly negated: boolean;
  readonly tests: readonly AtomicTest[];
  readonly valueType: ScalarType;
}

/** Arbitrary FEEL. */
export interface ExpressionCell {
  readonly kind: "expression";
}

export type AtomicTest = EqualTest | RangeTest;

export interface EqualTest {
  readonly kind: "equal";
  readonly value: FeelValue;
}

/** An interval; an undefined end is unbounded. */
export interface RangeTest {
  readonly kind: "range";
  readonly low: FeelValue | undefined;
  readonly lowIncluded: boolean;
  readonly high: FeelValue | undefined;
  readonly highIncluded: boolean;
}

/** Types with a total order (or mere equality) that indexes and analysis can rely on; zoned times have none. */
export type ScalarType =
  | "number"
  | "string"
  | "boolean"
  | "date"
  | "days and time duration"
  | "years and months duration";

/** Answers the value of a literal text and its type, or undefined when it is not a literal of a scalar type. */
export type LiteralReader = (text: string) => { readonly value: FeelValue; readonly type: ScalarType } | undefined;

const anyCell: AnyCell = { kind: "any" };
const expressionCell: ExpressionCell = { kind: "expression" };

/** Recognises a cell. Linear in the text: each token is read once. */
export function parseCell(text: string, literal: LiteralReader): Cell {
  const trimmed = text.trim();
  if (trimmed === "-" || trimmed === "") return anyCell;
  const negation = /^not\s*\(/.exec(trimmed);
  if (negation && trimmed.endsWith(")")) return parseTests(trimmed.slice(negation[0].length, -1), true, literal);
  return parseTests(trimmed, false, literal);
}

function parseTests(text: string, negated: boolean, literal: LiteralReader): Cell {
  const cursor: Cursor = { text, at: 0, literal, type: undefined };
  const tests: AtomicTest[] = [];
  let inequality = false;
  do {
    skipBlank(cursor);
    const unequal = take(cursor, "!=");
    const test = unequal ? parseEqual(cursor) : parseTest(cursor);
    if (!test) return expressionCell;
    inequality ||= unequal;
    tests.push(test);
    skipBlank(cursor);
  } while (take(cursor, ","));
  if (cursor.at < text.length || cursor.type === undefined) return expressionCell;
  // `!= x` alone is not(x); among others it would need an algebra of its own that nobody writes.
  if (inequality && (tests.length > 1 || negated)) return expressionCell;
  return { kind: "tests", negated: negated || inequality, tests, valueType: cursor.type };
}

interface Cursor {
  readonly text: string;
  readonly literal: LiteralReader;
  at: number;
  /** Of the values met so far; they must agree. */
  type: ScalarType | undefined;
}

function parseTest(cursor: Cursor): AtomicTest | undefined {
  if (take(cursor, "<=")) return bounded(cursor, "high", true);
  if (take(cursor, ">=")) return bounded(cursor, "low", true);
  if (take(cursor, "<")) return bounded(cursor, "high", false);
  if (take(cursor, ">")) return bounded(cursor, "low", false);
  if (take(cursor, "=")) return parseEqual(cursor);
  const open = cursor.text[cursor.at];
  if (open === "[" || open === "(" || open === "]") return parseInterval(cursor, open === "[");
  return parseEqual(cursor);
}

function parseEqual(cursor: Cursor): EqualTest | undefined {
  const value = parseLiteral(cursor);
  return value === undefined ? undefined : { kind: "equal", value };
}

function bounded(cursor: Cursor, end: "low" | "high", included: boolean): RangeTest | undefined {
  const value = parseOrdered(cursor);
  if (value === undefined) return undefined;
  return end === "low"
    ? { kind: "range", low: value, lowIncluded: included, high: undefined, highIncluded: false }
    : { kind: "range", low: undefined, lowIncluded: false, high: value, highIncluded: included };
}

function parseInterval(cursor: Cursor, lowIncluded: boolean): RangeTest | undefined {
  cursor.at++;
  const low = parseOrdered(cursor);
  skipBlank(cursor);
  if (low === undefined || !take(cursor, "..")) return undefined;
  const high = parseOrdered(cursor);
  skipBlank(cursor);
  const close = cursor.text[cursor.at];
  if (high === undefined || (close !== "]" && close !== ")" && close !== "[")) return undefined;
  cursor.at++;
  return { kind: "range", low, lowIncluded, high, highIncluded: close === "]" };
}

function parseOrdered(cursor: Cursor): FeelValue | undefined {
  const value = parseLiteral(cursor);
  return value === null || typeof value === "boolean" ? undefined : value;
}

/**
 * A number, a string, true, false, `@"…"` or a constructor of one string. `null` is left to evaluation, because its
 * comparisons are not those of a value. No alternative can backtrack into another: the scan stays linear.
 */
const literalPattern =
  /-?\d+(?:\.\d+)?|-?\.\d+|@"(?:[^"\\]|\\.)*"|(?:date|duration)\s*\(\s*"(?:[^"\\]|\\.)*"\s*\)|"(?:[^"\\]|\\.)*"|true|false/y;

function parseLiteral(cursor: Cursor): FeelValue | undefined {
  skipBlank(cursor);
  literalPattern.lastIndex = cursor.at;
  const text = literalPattern.exec(cursor.text)?.[0];
  if (text === undefined || continues(cursor.text, cursor.at + text.length)) return undefined;
  const literal = cursor.literal(text);
  if (!literal || (cursor.type !== undefined && cursor.type !== literal.type)) return undefined;
  cursor.type = literal.type;
  cursor.at += text.length;
  return literal.value;
}

/** Whether the token goes on (`1e3`, `1.2.3`, `truely`): then it is not the literal it began as. */
function continues(text: string, at: number): boolean {
  if (text[at] === ".") return text[at + 1] !== ".";
  return /[\p{L}\p{N}_]/u.test(text.charAt(at));
}

function skipBlank(cursor: Cursor): void {
  while (/\s/.test(cursor.text.charAt(cursor.at))) cursor.at++;
}

function take(cursor: Cursor, token: string): boolean {
  if (!cursor.text.startsWith(token, cursor.at)) return false;
  cursor.at += token.length;
  return true;
}
