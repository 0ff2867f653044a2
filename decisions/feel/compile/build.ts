// The state of one compilation, handed through the compile functions.
import type { Node, NodeOf, TypeNode } from "../ast.ts";
import { anyType, builtInType, type TypeEnvironment } from "../type.ts";
import type { FeelContext, FeelFunction, FeelParameter, FeelType } from "../value.ts";
import type { Code } from "./frame.ts";
import type { StaticScope } from "./static-scope.ts";

/** Functions beyond the built-in ones. They are the author's, so they win over a built-in of the same name. */
export interface FunctionRegistry {
  get?(name: string): FeelFunction | undefined;
  /** Resolves `function(…) external {…}` (DMN 1.5 §10.3.2.13.2); undefined when it is unknown. */
  external?(body: FeelContext, parameters: readonly FeelParameter[]): FeelFunction | undefined;
}

export interface Build {
  readonly functions: FunctionRegistry;
  readonly types: TypeEnvironment | undefined;
  /** Names that the model declares: a function of its own there wins over a built-in. */
  readonly declared: ReadonlySet<string>;
  /** Every name that may be looked up outside the text. */
  readonly references: Set<string>;
  /** Those that a filtered element's entry or a built-in may supply instead. */
  readonly uncertainReferences: Set<string>;
  readonly paths: Set<string>;
  compile(node: Node, scope: StaticScope): Code;
}

/** The type a text names; unknown names become a type that nothing conforms to. */
export function resolveType(node: TypeNode, types: TypeEnvironment | undefined): FeelType {
  switch (node.kind) {
    case "list":
    case "range":
      return { kind: node.kind, item: resolveType(node.item, types) };
    case "context":
      return {
        kind: "context",
        entries: new Map(node.entries.map((entry) => [entry.name, resolveType(entry.type, types)])),
      };
    case "function":
      return {
        kind: "function",
        parameters: node.parameters.map((parameter) => resolveType(parameter, types)),
        result: resolveType(node.result, types),
      };
    case "named":
      return types?.resolve(node.name) ?? builtInType(node.name) ?? { kind: "unknown", name: node.name };
  }
}

/** The nodes directly below one. */
export function childrenOf(node: Node): Node[] {
  switch (node.kind) {
    case "arithmetic":
      return [node.first, ...node.rest.map((step) => step.operand)];
    case "negation":
    case "unary":
      return [node.operand];
    case "comparison":
      return [node.left, node.right];
    case "between":
      return [node.value, node.low, node.high];
    case "in":
      return [node.value, ...node.tests];
    case "and":
    case "or":
      return node.operands;
    case "if":
      return [node.condition, node.then, node.else];
    case "for":
    case "some":
    case "every":
      return [...node.iterators.flatMap((it) => (it.end ? [it.source, it.end] : [it.source])), node.body];
    case "function":
      return [node.body];
    case "call":
      return [node.callee, ...node.positional, ...(node.named ?? []).map((argument) => argument.value)];
    case "path":
      return [node.base];
    case "filter":
      return [node.base, node.condition];
    case "list":
      return node.items;
    case "context":
      return node.entries.map((entry) => entry.value);
    case "interval":
      return [node.start, node.end];
    case "instance of":
      return [node.value];
    default:
      return [];
  }
}

/** Number of nodes and levels of nesting: what one run through the node costs. */
export function measure(node: Node): { weight: number; depth: number } {
  let weight = 1;
  let depth = 0;
  for (const child of childrenOf(node)) {
    const inner = measure(child);
    weight += inner.weight;
    depth = Math.max(depth, inner.depth);
  }
  return { weight, depth: depth + 1 };
}

/** Whether `?` occurs in a node. */
export function usesInput(node: Node): boolean {
  return node.kind === "input" || childrenOf(node).some(usesInput);
}

export type { NodeOf };
export { anyType };
