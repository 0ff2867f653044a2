// The typed tree to closures: one dispatch, the constructs live in their own files.
import type { Node } from "../ast.ts";
import type { FeelPosition } from "../session.ts";
import { parseTemporal } from "../temporal/parse.ts";
import type { TypeEnvironment } from "../type.ts";
import type { Build, FunctionRegistry } from "./build.ts";
import { compileCall, compileFunction } from "./calls.ts";
import type { Code } from "./frame.ts";
import { compileFor, compileQuantified } from "./iteration.ts";
import { compileName } from "./names.ts";
import {
  compileArithmetic,
  compileBetween,
  compileComparison,
  compileIf,
  compileInstanceOf,
  compileJunction,
  compileNegation,
} from "./operators.ts";
import { compileContext, compileFilter, compileList, compilePath } from "./paths.ts";
import type { StaticScope } from "./static-scope.ts";
import { compileIn, compileInterval, compileUnaryValue } from "./tests.ts";

/** The state of a new compilation. */
export function newBuild(
  functions: FunctionRegistry,
  types: TypeEnvironment | undefined,
  declared: ReadonlySet<string>,
): Build {
  const build: Build = {
    functions,
    types,
    declared,
    references: new Set(),
    uncertainReferences: new Set(),
    paths: new Set(),
    compile: (node, scope) => compileNode(node, scope, build),
  };
  return build;
}

function compileNode(node: Node, scope: StaticScope, build: Build): Code {
  switch (node.kind) {
    case "literal": {
      const { value } = node;
      return () => value;
    }
    case "at literal":
      return compileAtLiteral(node.text, node.at);
    case "name":
      return compileName(node, scope, build);
    case "input":
      return (frame) => frame.input;
    case "arithmetic":
      return compileArithmetic(node, scope, build);
    case "negation":
      return compileNegation(node, scope, build);
    case "comparison":
      return compileComparison(node, scope, build);
    case "between":
      return compileBetween(node, scope, build);
    case "in":
      return compileIn(node, scope, build);
    case "and":
    case "or":
      return compileJunction(node, scope, build);
    case "if":
      return compileIf(node, scope, build);
    case "instance of":
      return compileInstanceOf(node, scope, build);
    default:
      return compileStructure(node, scope, build);
  }
}

function compileStructure(node: Node, scope: StaticScope, build: Build): Code {
  switch (node.kind) {
    case "for":
      return compileFor(node, scope, build);
    case "some":
    case "every":
      return compileQuantified(node, scope, build);
    case "function":
      return compileFunction(node, scope, build);
    case "call":
      return compileCall(node, scope, build);
    case "path":
      return compilePath(node, scope, build);
    case "filter":
      return compileFilter(node, scope, build);
    case "list":
      return compileList(node, scope, build);
    case "context":
      return compileContext(node, scope, build);
    case "interval":
      return compileInterval(node, scope, build);
    case "unary":
      return compileUnaryValue(node, scope, build);
    default:
      throw new Error(`Expected a node of the grammar, but got ${node.kind}.`);
  }
}

function compileAtLiteral(text: string, at: FeelPosition): Code {
  const value = parseTemporal(text);
  if (value !== undefined) return () => value;
  return (frame) =>
    frame.session.warn("INVALID_TYPE", `Expected a date, time or duration, but found "${text.slice(0, 60)}".`, at);
}
