// Operators and conditionals to closures (DMN 1.5 §10.3.2.12 to §10.3.2.15).
// Contract: null semantics of the specification; whatever makes a null leaves a warning. The number paths are inlined
// because guards and table cells are mostly comparisons of safe integers.
import { calculate, opposite } from "../arithmetic.ts";
import type { ArithmeticOperator, ComparisonOperator, Node } from "../ast.ts";
import { feelCompare, feelEquals } from "../equality.ts";
import type { FeelPosition } from "../session.ts";
import { isInstance } from "../type.ts";
import { type FeelValue, typeOf } from "../value.ts";
import { type Build, type NodeOf, resolveType } from "./build.ts";
import type { Code, Frame } from "./frame.ts";
import type { StaticScope } from "./static-scope.ts";

const SAFE = Number.MAX_SAFE_INTEGER;

export function compileArithmetic(node: NodeOf<"arithmetic">, scope: StaticScope, build: Build): Code {
  const first = build.compile(node.first, scope);
  const steps = node.rest.map((step) => ({ operator: step.operator, operand: build.compile(step.operand, scope) }));
  if (steps.length === 1) return compileBinary(steps[0]!.operator, first, steps[0]!.operand, node.at);
  return (frame) => {
    let value = first(frame);
    for (const step of steps) value = arithmetic(step.operator, value, step.operand(frame), frame, node.at);
    return value;
  };
}

function compileBinary(operator: ArithmeticOperator, left: Code, right: Code, at: FeelPosition): Code {
  switch (operator) {
    case "+":
      return (frame) => {
        const a = left(frame);
        const b = right(frame);
        if (typeof a === "number" && typeof b === "number") {
          const sum = a + b;
          if (sum <= SAFE && sum >= -SAFE) return sum;
        }
        return arithmetic("+", a, b, frame, at);
      };
    case "*":
      return (frame) => {
        const a = left(frame);
        const b = right(frame);
        if (typeof a === "number" && typeof b === "number") {
          const product = a * b;
          if (product <= SAFE && product >= -SAFE) return product + 0;
        }
        return arithmetic("*", a, b, frame, at);
      };
    default:
      return (frame) => arithmetic(operator, left(frame), right(frame), frame, at);
  }
}

function arithmetic(
  operator: ArithmeticOperator,
  a: FeelValue,
  b: FeelValue,
  frame: Frame,
  at: FeelPosition,
): FeelValue {
  const value = calculate(operator, a, b, frame.session);
  if (value !== undefined) return value;
  const kinds = `${typeOf(a)} ${operator} ${typeOf(b)}`;
  const sameKind = typeOf(a) === "number" && typeOf(b) === "number";
  return sameKind
    ? frame.session.warn("OUT_OF_RANGE", `Expected a number, but ${kinds} has no result within decimal128.`, at)
    : frame.session.warn("INVALID_TYPE", `Expected operands that "${operator}" takes, but found ${kinds}.`, at);
}

export function compileNegation(node: NodeOf<"negation">, scope: StaticScope, build: Build): Code {
  const operand = build.compile(node.operand, scope);
  return (frame) => {
    const value = operand(frame);
    const result = opposite(value);
    if (result !== undefined) return result;
    return frame.session.warn(
      "INVALID_TYPE",
      `Expected a number or duration after "-", but found ${typeOf(value)}.`,
      node.at,
    );
  };
}

export function compileComparison(node: NodeOf<"comparison">, scope: StaticScope, build: Build): Code {
  const left = build.compile(node.left, scope);
  const right = build.compile(node.right, scope);
  const { operator, at } = node;
  if (operator === "=") return (frame) => equal(left(frame), right(frame), frame, at);
  if (operator === "!=") {
    return (frame) => {
      const same = equal(left(frame), right(frame), frame, at);
      return same === null ? null : !same;
    };
  }
  return orderCode(operator, left, right, at);
}

function orderCode(operator: ComparisonOperator, left: Code, right: Code, at: FeelPosition): Code {
  switch (operator) {
    case "<":
      return (frame) => {
        const a = left(frame);
        const b = right(frame);
        return typeof a === "number" && typeof b === "number" ? a < b : ordered("<", a, b, frame, at);
      };
    case "<=":
      return (frame) => {
        const a = left(frame);
        const b = right(frame);
        return typeof a === "number" && typeof b === "number" ? a <= b : ordered("<=", a, b, frame, at);
      };
    case ">":
      return (frame) => {
        const a = left(frame);
        const b = right(frame);
        return typeof a === "number" && typeof b === "number" ? a > b : ordered(">", a, b, frame, at);
      };
    default:
      return (frame) => {
        const a = left(frame);
        const b = right(frame);
        return typeof a === "number" && typeof b === "number" ? a >= b : ordered(">=", a, b, frame, at);
      };
  }
}

/** `a = b` with a warning when the kinds differ. */
export function equal(a: FeelValue, b: FeelValue, frame: Frame, at: FeelPosition): boolean | null {
  const same = feelEquals(a, b, frame.session);
  if (same !== null) return same;
  frame.session.warn("NOT_COMPARABLE", `Expected values of one kind, but compared ${typeOf(a)} with ${typeOf(b)}.`, at);
  return null;
}

/** `a < b` and its kin. */
export function ordered(
  operator: ComparisonOperator,
  a: FeelValue,
  b: FeelValue,
  frame: Frame,
  at: FeelPosition,
): boolean | null {
  const order = feelCompare(a, b);
  if (order === undefined) {
    frame.session.warn(
      "NOT_COMPARABLE",
      `Expected values with an order, but found ${typeOf(a)} ${operator} ${typeOf(b)}.`,
      at,
    );
    return null;
  }
  return holds(operator, order);
}

function holds(operator: ComparisonOperator, order: number): boolean {
  switch (operator) {
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case ">":
      return order > 0;
    case ">=":
      return order >= 0;
    case "=":
      return order === 0;
    case "!=":
      return order !== 0;
  }
}

export function compileBetween(node: NodeOf<"between">, scope: StaticScope, build: Build): Code {
  const [value, low, high] = [node.value, node.low, node.high].map((part) => build.compile(part, scope)) as [
    Code,
    Code,
    Code,
  ];
  return (frame) => {
    const v = value(frame);
    const above = ordered(">=", v, low(frame), frame, node.at);
    const below = ordered("<=", v, high(frame), frame, node.at);
    return above === null || below === null ? null : above && below;
  };
}

/** Three-valued logic: `false and x` is false and `true or x` is true whatever x is (DMN 1.5 table 50). */
export function compileJunction(node: NodeOf<"and" | "or">, scope: StaticScope, build: Build): Code {
  const operands = node.operands.map((operand) => build.compile(operand, scope));
  const decisive = node.kind === "or";
  return (frame) => {
    let known = true;
    for (let index = 0; index < operands.length; index++) {
      const value = operands[index]!(frame);
      if (value === decisive) return decisive;
      if (value !== !decisive) {
        known = false;
        warnNotBoolean(value, `an operand of "${node.kind}"`, frame, node.operands[index]!);
      }
    }
    return known ? !decisive : null;
  };
}

function warnNotBoolean(value: FeelValue, role: string, frame: Frame, node: Node): void {
  frame.session.warn("INVALID_TYPE", `Expected a boolean as ${role}, but found ${typeOf(value)}.`, node.at);
}

/** A condition that is not true takes the else branch; in strict mode one that is no boolean ends the evaluation. */
export function compileIf(node: NodeOf<"if">, scope: StaticScope, build: Build): Code {
  const condition = build.compile(node.condition, scope);
  const yes = build.compile(node.then, scope);
  const no = build.compile(node.else, scope);
  return (frame) => {
    const value = condition(frame);
    if (value === true) return yes(frame);
    if (value !== false) warnNotBoolean(value, "the condition", frame, node.condition);
    return no(frame);
  };
}

export function compileInstanceOf(node: NodeOf<"instance of">, scope: StaticScope, build: Build): Code {
  const value = build.compile(node.value, scope);
  const type = resolveType(node.type, build.types);
  if (type.kind === "unknown") {
    return (frame) => frame.session.warn("INVALID_TYPE", `Expected a known type, but "${type.name}" is none.`, node.at);
  }
  return (frame) => isInstance(value(frame), type);
}
