// Unary tests, `in`, ranges and the `?` (DMN 1.5 §10.3.2.7, §10.3.2.8 and grammar rules 7 to 16).
// Contract: a test is true, false, or null when the input and the test cannot be compared; several tests are an `or`.
import type { ComparisonOperator, Node } from "../ast.ts";
import { feelCompare, isSame, rangeIncludes } from "../equality.ts";
import type { EvaluationSession, FeelPosition } from "../session.ts";
import { FeelRange, type FeelValue, isList, typeOf } from "../value.ts";
import { type Build, type NodeOf, usesInput } from "./build.ts";
import type { Code, Frame } from "./frame.ts";
import { equal, ordered } from "./operators.ts";
import type { StaticScope } from "./static-scope.ts";

/** One test against a value. */
export type TestCode = (value: FeelValue, frame: Frame) => boolean | null;

export function compileIn(node: NodeOf<"in">, scope: StaticScope, build: Build): Code {
  const value = build.compile(node.value, scope);
  const test = anyOf(node.tests.map((inner) => compileTest(inner, scope, build)));
  return (frame) => test(value(frame), frame);
}

/** True when one is true, else null when one is unknown, else false. */
export function anyOf(tests: readonly TestCode[]): TestCode {
  if (tests.length === 1) return tests[0]!;
  return (value, frame) => {
    let known = true;
    for (const test of tests) {
      const result = test(value, frame);
      if (result === true) return true;
      if (result === null) known = false;
    }
    return known ? false : null;
  };
}

export function compileTest(node: Node, scope: StaticScope, build: Build): TestCode {
  if (node.kind === "unary") return compileUnaryTest(node, scope, build);
  const code = build.compile(node, scope);
  if (node.kind === "interval") return compileIntervalTest(code, node.at);
  if (usesInput(node)) return (_value, frame) => truth(code(frame));
  const predicate = isPredicate(node);
  return (value, frame) => {
    const wanted = code(frame);
    if (predicate && typeof wanted === "boolean" && typeof value !== "boolean") return wanted;
    return matches(value, wanted, frame, node.at);
  };
}

function truth(value: FeelValue): boolean | null {
  return typeof value === "boolean" ? value : null;
}

/** Expressions that state something rather than name a value: `count(x) > 3` in a cell is a test of its own. */
function isPredicate(node: Node): boolean {
  switch (node.kind) {
    case "comparison":
    case "between":
    case "in":
    case "and":
    case "or":
    case "some":
    case "every":
    case "instance of":
    case "call":
      return true;
    default:
      return false;
  }
}

function compileUnaryTest(node: NodeOf<"unary">, scope: StaticScope, build: Build): TestCode {
  const operand = build.compile(node.operand, scope);
  const { operator, at } = node;
  if (operator === "=") return (value, frame) => equal(value, operand(frame), frame, at);
  if (operator === "!=") {
    return (value, frame) => {
      const same = equal(value, operand(frame), frame, at);
      return same === null ? null : !same;
    };
  }
  return (value, frame) => {
    const limit = operand(frame);
    if (typeof value === "number" && typeof limit === "number") return compareNumbers(operator, value, limit);
    return ordered(operator, value, limit, frame, at);
  };
}

function compareNumbers(operator: ComparisonOperator, a: number, b: number): boolean {
  switch (operator) {
    case "<":
      return a < b;
    case "<=":
      return a <= b;
    case ">":
      return a > b;
    default:
      return a >= b;
  }
}

function compileIntervalTest(code: Code, at: FeelPosition): TestCode {
  return (value, frame) => {
    const range = code(frame);
    return range instanceof FeelRange ? includes(range, value, frame.session, at) : null;
  };
}

/** `value in range` with a warning when they cannot be compared. */
function includes(range: FeelRange, value: FeelValue, session: EvaluationSession, at: FeelPosition): boolean | null {
  const result = rangeIncludes(range, value, session);
  if (result !== null) return result;
  const ends = `${typeOf(range.start ?? null)}..${typeOf(range.end ?? null)}`;
  session.warn("NOT_COMPARABLE", `Expected a value that a range ${ends} can hold, but found ${typeOf(value)}.`, at);
  return null;
}

/** A value against what a test evaluates to: a range holds it, a list has it, anything else equals it. */
function matches(value: FeelValue, wanted: FeelValue, frame: Frame, at: FeelPosition): boolean | null {
  const { session } = frame;
  if (wanted instanceof FeelRange && !(value instanceof FeelRange)) return includes(wanted, value, session, at);
  if (isSame(value, wanted, session)) return true;
  if (!isList(wanted)) return false;
  session.charge(wanted.length);
  return wanted.some((item) =>
    item instanceof FeelRange && !(value instanceof FeelRange)
      ? rangeIncludes(item, value, session) === true
      : isSame(value, item, session),
  );
}

export function compileInterval(node: NodeOf<"interval">, scope: StaticScope, build: Build): Code {
  const start = build.compile(node.start, scope);
  const end = build.compile(node.end, scope);
  const make = (a: FeelValue, b: FeelValue) => new FeelRange(a, node.startIncluded, b, node.endIncluded);
  if (node.start.kind === "literal" && node.end.kind === "literal") {
    const constant = make(node.start.value, node.end.value);
    return (frame) => checked(constant, frame, node.at);
  }
  return (frame) => checked(make(start(frame), end(frame)), frame, node.at);
}

function checked(range: FeelRange, frame: Frame, at: FeelPosition): FeelValue {
  const { start, end } = range;
  if (start === null || end === null || feelCompare(start!, end!) !== undefined) return range;
  return frame.session.warn(
    "NOT_COMPARABLE",
    `Expected ends of one kind, but found ${typeOf(start!)}..${typeOf(end!)}.`,
    at,
  );
}

/** `(< 10)` as a value. */
export function compileUnaryValue(node: NodeOf<"unary">, scope: StaticScope, build: Build): Code {
  const operand = build.compile(node.operand, scope);
  return (frame) => unaryRange(node.operator, operand(frame));
}

function unaryRange(operator: ComparisonOperator, value: FeelValue): FeelRange {
  switch (operator) {
    case "<":
    case "<=":
      return new FeelRange(undefined, false, value, operator === "<=");
    case ">":
    case ">=":
      return new FeelRange(value, operator === ">=", undefined, false);
    case "=":
      return new FeelRange(value, true, value, true, "equal");
    case "!=":
      return new FeelRange(value, true, value, true, "not equal");
  }
}
