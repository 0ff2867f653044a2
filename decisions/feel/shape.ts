// What a unary test is when it needs no evaluation: indexes and the analysis of decision tables read this.
import { calculate, opposite } from "./arithmetic.ts";
import type { Node, UnaryTestsNode } from "./ast.ts";
import { feelCompare } from "./equality.ts";
import { EvaluationSession } from "./session.ts";
import { parseDate, parseDateTime, parseDuration, parseTemporal, parseTime } from "./temporal/parse.ts";
import type { FeelValue } from "./value.ts";
import { FeelRange } from "./value.ts";

export type UnaryTestShape =
  /** The input equals a constant. Null is a constant too. */
  | { kind: "equals"; value: FeelValue }
  | { kind: "differs"; value: FeelValue }
  /** The input lies in a constant range; absent ends are open. */
  | { kind: "range"; range: FeelRange }
  /** Anything that must be evaluated. */
  | { kind: "computed" };

const COMPUTED: UnaryTestShape = { kind: "computed" };

/** One shape per test, in order. */
export function shapeOfTests(tree: UnaryTestsNode): UnaryTestShape[] {
  return tree.tests.map(shapeOfTest);
}

function shapeOfTest(node: Node): UnaryTestShape {
  if (node.kind === "interval")
    return rangeShape(constantOf(node.start), node.startIncluded, constantOf(node.end), node.endIncluded);
  if (node.kind !== "unary") {
    const value = constantOf(node);
    return value === undefined || Array.isArray(value) ? COMPUTED : { kind: "equals", value };
  }
  const value = constantOf(node.operand);
  if (value === undefined) return COMPUTED;
  switch (node.operator) {
    case "=":
      return { kind: "equals", value };
    case "!=":
      return { kind: "differs", value };
    case "<":
    case "<=":
      return value === null
        ? COMPUTED
        : { kind: "range", range: new FeelRange(undefined, false, value, node.operator === "<=") };
    default:
      return value === null
        ? COMPUTED
        : { kind: "range", range: new FeelRange(value, node.operator === ">=", undefined, false) };
  }
}

function rangeShape(
  start: FeelValue | undefined,
  startIncluded: boolean,
  end: FeelValue | undefined,
  endIncluded: boolean,
): UnaryTestShape {
  if (start === undefined || end === undefined || feelCompare(start, end) === undefined) return COMPUTED;
  return { kind: "range", range: new FeelRange(start, startIncluded, end, endIncluded) };
}

const CONSTRUCTORS = new Map<string, (text: string) => FeelValue | undefined>([
  ["date", parseDate],
  ["time", parseTime],
  ["date and time", parseDateTime],
  ["duration", parseDuration],
]);

/** The value of a constant expression; undefined for everything else. */
export function constantOf(node: Node): FeelValue | undefined {
  switch (node.kind) {
    case "literal":
      return node.value;
    case "at literal":
      return parseTemporal(node.text);
    case "negation": {
      const operand = constantOf(node.operand);
      return operand === undefined ? undefined : opposite(operand);
    }
    case "arithmetic":
      return constantChain(node);
    case "call":
      return constantCall(node);
    default:
      return undefined;
  }
}

function constantChain(node: Extract<Node, { kind: "arithmetic" }>): FeelValue | undefined {
  const session = new EvaluationSession();
  let value = constantOf(node.first);
  for (const step of node.rest) {
    const operand = constantOf(step.operand);
    if (value === undefined || operand === undefined) return undefined;
    value = calculate(step.operator, value, operand, session);
  }
  return value;
}

function constantCall(node: Extract<Node, { kind: "call" }>): FeelValue | undefined {
  if (node.callee.kind !== "name" || node.positional.length !== 1) return undefined;
  const [argument] = node.positional;
  const text = argument!.kind === "literal" ? argument!.value : undefined;
  return typeof text === "string" ? CONSTRUCTORS.get(node.callee.name)?.(text) : undefined;
}
