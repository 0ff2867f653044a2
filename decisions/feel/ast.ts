// The typed syntax tree: plain, serialisable data between feelin's grammar and our compiler.
// Contract: left-associative chains are flat (`a + b + c` is one node), so depth measures real nesting.
import type { FeelPosition } from "./session.ts";
import type { FeelValue } from "./value.ts";

export type ArithmeticOperator = "+" | "-" | "*" | "/" | "**";
export type ComparisonOperator = "=" | "!=" | "<" | "<=" | ">" | ">=";

export type TypeNode =
  | { kind: "named"; name: string }
  | { kind: "list" | "range"; item: TypeNode }
  | { kind: "context"; entries: { name: string; type: TypeNode }[] }
  | { kind: "function"; parameters: TypeNode[]; result: TypeNode };

export interface Iterator {
  name: string;
  source: Node;
  /** Present for `a..b`. */
  end?: Node;
}

export interface Parameter {
  name: string;
  type?: TypeNode;
}

type At = { at: FeelPosition };

export type Node = At &
  (
    | { kind: "literal"; value: null | boolean | string | FeelValue }
    | { kind: "at literal"; text: string }
    | { kind: "name"; name: string }
    | { kind: "input" }
    | { kind: "arithmetic"; first: Node; rest: { operator: ArithmeticOperator; operand: Node }[] }
    | { kind: "negation"; operand: Node }
    | { kind: "comparison"; operator: ComparisonOperator; left: Node; right: Node }
    | { kind: "between"; value: Node; low: Node; high: Node }
    | { kind: "in"; value: Node; tests: Node[] }
    | { kind: "and" | "or"; operands: Node[] }
    | { kind: "if"; condition: Node; then: Node; else: Node }
    | { kind: "for"; iterators: Iterator[]; body: Node }
    | { kind: "some" | "every"; iterators: Iterator[]; body: Node }
    | { kind: "function"; parameters: Parameter[]; body: Node; external: boolean }
    | { kind: "call"; callee: Node; positional: Node[]; named?: { name: string; value: Node }[] }
    | { kind: "path"; base: Node; name: string }
    | { kind: "filter"; base: Node; condition: Node }
    | { kind: "list"; items: Node[] }
    | { kind: "context"; entries: { key: string; value: Node }[] }
    | { kind: "interval"; startIncluded: boolean; start: Node; end: Node; endIncluded: boolean }
    | { kind: "unary"; operator: ComparisonOperator; operand: Node }
    | { kind: "instance of"; value: Node; type: TypeNode }
  );

export type NodeOf<K extends Node["kind"]> = Extract<Node, { kind: K }>;

/** A unary tests cell: `-`, `not(…)` or a list of tests. */
export interface UnaryTestsNode {
  wildcard: boolean;
  negated: boolean;
  tests: Node[];
}
