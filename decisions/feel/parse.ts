// Text to typed tree. The grammar is feelin's (lezer-feel), so editors, linters and this engine agree on syntax.
// Contract: throws FeelSyntaxError with a position; the names given are the only context that affects parsing, so
// input data can never change what a text means.
import { parseExpression, parseUnaryTests } from "feelin";
import type { ComparisonOperator, Iterator, Node, Parameter, TypeNode, UnaryTestsNode } from "./ast.ts";
import { type FeelLimits, feelLimits } from "./limits.ts";
import { parseNumber } from "./number/decimal.ts";
import type { FeelPosition } from "./session.ts";
import { admitSource, replaceRangeTypes } from "./source.ts";
import { FeelSyntaxError } from "./syntax-error.ts";

type Tree = ReturnType<typeof parseExpression>;
type TreeNode = Tree["topNode"];

/** Names known beforehand; nested for the entries of a context. Needed only where they hold operators or keywords. */
export interface NameTree {
  readonly [name: string]: NameTree | true;
}

/** With backtick identifiers, as the modelers use it. A superset of plain FEEL. */
const DIALECT = "camunda";

/** The expression of a text. */
export function parseToNode(source: string, names: NameTree, limits: FeelLimits = feelLimits): Node {
  const { tree, places } = parse(source, names, limits, parseExpression);
  const content = contentOf(tree.topNode);
  if (content.length !== 1) throw unexpected(source, content[1] ?? tree.topNode);
  return new Reader(source, names, limits, places).read(content[0]!, 0);
}

/** The unary tests of a decision table cell. */
export function parseToTests(source: string, names: NameTree, limits: FeelLimits = feelLimits): UnaryTestsNode {
  const { tree, places } = parse(source, names, limits, parseUnaryTests);
  const content = contentOf(tree.topNode);
  if (content[0]?.name === "Wildcard") return { wildcard: true, negated: false, tests: [] };
  const tests = content.find((node) => node.name === "PositiveUnaryTests");
  if (!tests) throw unexpected(source, tree.topNode);
  const reader = new Reader(source, names, limits, places);
  return { wildcard: false, negated: content[0]?.name === "not", tests: reader.readTests(tests, 0) };
}

function parse(
  source: string,
  names: NameTree,
  limits: FeelLimits,
  parser: typeof parseExpression,
): { tree: Tree; places: ReadonlySet<number> } {
  admitSource(source, limits);
  if (source.trim() === "") throw new FeelSyntaxError("Expected an expression, but the text is empty.", source, 0, 0);
  const tree = parser(source, { "get or else": true, ...names }, DIALECT);
  const error = firstError(tree);
  if (!error) return { tree, places: new Set() };
  const replaced = replaceRangeTypes(source);
  if (replaced.places.size > 0) {
    const second = parser(replaced.source, { "get or else": true, ...names }, DIALECT);
    if (!firstError(second)) return { tree: second, places: replaced.places };
  }
  throw unexpected(source, error);
}

function firstError(tree: Tree): TreeNode | undefined {
  const cursor = tree.cursor();
  do {
    if (cursor.type.isError) return cursor.node;
  } while (cursor.next());
  return undefined;
}

function unexpected(source: string, node: TreeNode): FeelSyntaxError {
  const rest = source.slice(node.from).trim();
  const found = rest === "" ? "the text ends" : `found "${rest.length > 30 ? `${rest.slice(0, 30)}…` : rest}"`;
  return new FeelSyntaxError(`Expected FEEL, but ${found}.`, source, node.from, Math.max(node.to, node.from));
}

function isComment(node: TreeNode): boolean {
  return node.name === "LineComment" || node.name === "BlockComment";
}

function contentOf(node: TreeNode): TreeNode[] {
  const content: TreeNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) if (!isComment(child)) content.push(child);
  return content;
}

/** How the grammar compares names: blanks around operators and runs of blanks do not count. */
export function normalizeName(name: string): string {
  return name
    .replace(/\s*([./\-'+*])\s*/g, "$1")
    .replace(/\s+/g, " ")
    .trim();
}

class Reader {
  private readonly source: string;
  private readonly limits: FeelLimits;
  private readonly places: ReadonlySet<number>;
  private readonly declared = new Map<string, string>();

  constructor(source: string, names: NameTree, limits: FeelLimits, places: ReadonlySet<number>) {
    this.source = source;
    this.limits = limits;
    this.places = places;
    this.declare(names, 0);
  }

  private declare(names: NameTree, depth: number): void {
    for (const [name, inner] of Object.entries(names)) {
      this.declared.set(normalizeName(name), name);
      if (inner !== true && depth < 16) this.declare(inner, depth + 1);
    }
  }

  private text(node: TreeNode): string {
    return this.source.slice(node.from, node.to);
  }

  private name(node: TreeNode): string {
    if (node.firstChild?.name === "BacktickIdentifier") return this.text(node.firstChild).slice(1, -1);
    if (node.firstChild?.name === "Name") return this.name(node.firstChild);
    if (node.firstChild?.name === "StringLiteral") return this.string(node.firstChild);
    if (node.name === "StringLiteral") return this.string(node);
    const text = this.text(node);
    return this.declared.get(normalizeName(text)) ?? normalizeName(text);
  }

  private string(node: TreeNode): string {
    return readEscapes(this.text(node).slice(1, -1));
  }

  read(node: TreeNode, depth: number): Node {
    if (depth > this.limits.sourceDepthMax) {
      throw new FeelSyntaxError(
        `Expected at most ${this.limits.sourceDepthMax} nested expressions.`,
        this.source,
        node.from,
        node.to,
      );
    }
    const at = { from: node.from, to: node.to };
    const deeper = depth + 1;
    switch (node.name) {
      case "NumericLiteral":
        return { kind: "literal", value: this.number(node), at };
      case "StringLiteral":
        return { kind: "literal", value: this.string(node), at };
      case "BooleanLiteral":
        return { kind: "literal", value: this.text(node) === "true", at };
      case "null":
        return { kind: "literal", value: null, at };
      case "?":
        return { kind: "input", at };
      case "VariableName":
        return { kind: "name", name: this.name(node), at };
      case "ParenthesizedExpression":
        return this.read(this.only(node, 1), deeper);
      case "SimplePositiveUnaryTest":
        return this.simpleTest(node, deeper);
      case "PositiveUnaryTest":
        return this.read(this.only(node, 0), deeper);
      case "Interval":
        return this.interval(node, deeper);
      case "List":
        return { kind: "list", items: this.between(node, deeper), at };
      case "Context":
        return this.context(node, deeper);
      case "DateTimeLiteral":
        return this.dateTime(node, deeper);
      case "FunctionInvocation":
        return this.invocation(node, deeper);
      case "PathExpression":
        return { kind: "path", base: this.read(this.only(node, 0), deeper), name: this.name(this.only(node, 2)), at };
      case "FilterExpression":
        return {
          kind: "filter",
          base: this.read(this.only(node, 0), deeper),
          condition: this.read(this.only(node, 2), deeper),
          at,
        };
      case "ArithmeticExpression":
        return this.arithmetic(node, deeper);
      case "Conjunction":
        return this.junction(node, "and", "Conjunction", deeper);
      case "Disjunction":
        return this.junction(node, "or", "Disjunction", deeper);
      case "Comparison":
        return this.comparison(node, deeper);
      case "InstanceOfExpression":
        return {
          kind: "instance of",
          value: this.read(this.only(node, 0), deeper),
          type: this.type(this.only(node, 3), deeper),
          at,
        };
      default:
        return this.block(node, at, deeper);
    }
  }

  /** The constructs that begin with a keyword. */
  private block(node: TreeNode, at: FeelPosition, depth: number): Node {
    switch (node.name) {
      case "IfExpression":
        return {
          kind: "if",
          condition: this.read(this.only(node, 1), depth),
          // biome-ignore lint/suspicious/noThenProperty: the tree is data and named after the grammar
          then: this.read(this.only(node, 3), depth),
          else: this.read(this.only(node, 5), depth),
          at,
        };
      case "ForExpression":
        return {
          kind: "for",
          iterators: this.iterators(this.only(node, 1), depth),
          body: this.read(this.only(node, 3), depth),
          at,
        };
      case "QuantifiedExpression":
        return {
          kind: this.only(node, 0).name === "some" ? "some" : "every",
          iterators: this.iterators(this.only(node, 1), depth),
          body: this.read(this.only(node, 3), depth),
          at,
        };
      case "FunctionDefinition":
        return this.functionDefinition(node, depth);
      default:
        throw new FeelSyntaxError(`Expected an expression, but found ${node.name}.`, this.source, node.from, node.to);
    }
  }

  private only(node: TreeNode, index: number): TreeNode {
    const child = contentOf(node)[index];
    if (!child) throw new FeelSyntaxError("Expected more text here.", this.source, node.from, node.to);
    return child;
  }

  private number(node: TreeNode) {
    const text = this.text(node).replace(/\s+/g, "");
    const value = parseNumber(text);
    if (value === undefined || value === null) {
      throw new FeelSyntaxError(
        `Expected a number within decimal128, but found ${text.slice(0, 40)}.`,
        this.source,
        node.from,
        node.to,
      );
    }
    return value;
  }

  /** What is inside the brackets. */
  private between(node: TreeNode, depth: number): Node[] {
    return contentOf(node)
      .slice(1, -1)
      .map((child) => this.read(child, depth));
  }

  private simpleTest(node: TreeNode, depth: number): Node {
    const [first, operand] = contentOf(node);
    if (first?.name !== "CompareOp") return this.read(first!, depth);
    return {
      kind: "unary",
      operator: this.text(first) as ComparisonOperator,
      operand: this.read(operand!, depth),
      at: { from: node.from, to: node.to },
    };
  }

  readTests(node: TreeNode, depth: number): Node[] {
    return contentOf(node).map((test) => this.read(test, depth + 1));
  }

  private interval(node: TreeNode, depth: number): Node {
    const [open, start, , end, close] = contentOf(node);
    return {
      kind: "interval",
      startIncluded: open!.name === "[",
      start: this.read(start!, depth),
      end: this.read(end!, depth),
      endIncluded: close!.name === "]",
      at: { from: node.from, to: node.to },
    };
  }

  private context(node: TreeNode, depth: number): Node {
    const entries = contentOf(node)
      .filter((child) => child.name === "ContextEntry")
      .map((entry) => ({
        key: this.name(this.only(this.only(entry, 0), 0)),
        value: this.read(this.only(entry, 1), depth),
      }));
    return { kind: "context", entries, at: { from: node.from, to: node.to } };
  }

  private dateTime(node: TreeNode, depth: number): Node {
    const head = this.only(node, 0);
    if (head.name === "AtLiteral") {
      return { kind: "at literal", text: this.string(this.only(head, 0)), at: { from: node.from, to: node.to } };
    }
    return this.invocation(node, depth);
  }

  private invocation(node: TreeNode, depth: number): Node {
    const content = contentOf(node);
    const head = content[0]!;
    const special = head.name === "DateTimeConstructor" || head.name === "SpecialFunctionName";
    const at = { from: head.from, to: head.to };
    const callee: Node = special
      ? { kind: "name", name: this.text(head).replace(/\s+/g, " "), at }
      : this.read(head, depth);
    const given = content[2];
    const call = { kind: "call" as const, callee, positional: [] as Node[], at: { from: node.from, to: node.to } };
    if (given?.name === "NamedParameters") {
      return { ...call, named: contentOf(given).map((parameter) => this.namedArgument(parameter, depth)) };
    }
    if (given?.name === "PositionalParameters") {
      call.positional = contentOf(given).map((argument) => this.read(argument, depth));
    }
    return call;
  }

  private namedArgument(node: TreeNode, depth: number): { name: string; value: Node } {
    return { name: this.name(this.only(node, 0)), value: this.read(this.only(node, 1), depth) };
  }

  /** Left-nested operators of one node kind become one flat chain. */
  private arithmetic(node: TreeNode, depth: number): Node {
    const rest: { operator: "+" | "-" | "*" | "/" | "**"; operand: Node }[] = [];
    let left = node;
    for (;;) {
      const content = contentOf(left);
      if (left.name !== "ArithmeticExpression" || content.length !== 3) break;
      rest.push({
        operator: this.text(content[1]!) as "+" | "-" | "*" | "/" | "**",
        operand: this.read(content[2]!, depth),
      });
      left = content[0]!;
    }
    const at = { from: node.from, to: node.to };
    if (rest.length === 0) return { kind: "negation", operand: this.read(this.only(node, 1), depth), at };
    return { kind: "arithmetic", first: this.read(left, depth), rest: rest.reverse(), at };
  }

  private junction(node: TreeNode, kind: "and" | "or", name: string, depth: number): Node {
    const operands: Node[] = [];
    let left = node;
    while (left.name === name) {
      operands.push(this.read(this.only(left, 2), depth));
      left = this.only(left, 0);
    }
    operands.push(this.read(left, depth));
    return { kind, operands: operands.reverse(), at: { from: node.from, to: node.to } };
  }

  private comparison(node: TreeNode, depth: number): Node {
    const content = contentOf(node);
    const at = { from: node.from, to: node.to };
    const left = this.read(content[0]!, depth);
    const operator = content[1]!;
    if (operator.name === "between") {
      return {
        kind: "between",
        value: left,
        low: this.read(content[2]!, depth),
        high: this.read(content[4]!, depth),
        at,
      };
    }
    if (operator.name === "in") {
      const tests = content.find((child) => child.name === "PositiveUnaryTests");
      const single = content.find((child) => child.name === "PositiveUnaryTest");
      return { kind: "in", value: left, tests: tests ? this.readTests(tests, depth) : [this.read(single!, depth)], at };
    }
    return {
      kind: "comparison",
      operator: this.text(operator) as ComparisonOperator,
      left,
      right: this.read(content[2]!, depth),
      at,
    };
  }

  private iterators(node: TreeNode, depth: number): Iterator[] {
    return contentOf(node).map((expression) => {
      const range = contentOf(this.only(expression, 2));
      const iterator = { name: this.name(this.only(expression, 0)), source: this.read(range[0]!, depth) };
      return range[2] ? { ...iterator, end: this.read(range[2], depth) } : iterator;
    });
  }

  private functionDefinition(node: TreeNode, depth: number): Node {
    const content = contentOf(node);
    const formal = content.find((child) => child.name === "FormalParameters");
    const body = content.find((child) => child.name === "FunctionBody");
    return {
      kind: "function",
      parameters: formal ? contentOf(formal).map((parameter) => this.parameter(parameter, depth)) : [],
      body: this.read(this.only(body ?? node, 0), depth),
      external: content.some((child) => child.name === "external"),
      at: { from: node.from, to: node.to },
    };
  }

  private parameter(node: TreeNode, depth: number): Parameter {
    const [name, type] = contentOf(node);
    return { name: this.name(name!), ...(type ? { type: this.type(type, depth) } : {}) };
  }

  private type(node: TreeNode, depth: number): TypeNode {
    const inner = this.only(node, 0);
    const content = contentOf(inner);
    switch (inner.name) {
      case "ListType":
        return { kind: this.places.has(inner.from) ? "range" : "list", item: this.type(content[2]!, depth + 1) };
      case "ContextType":
        return { kind: "context", entries: contentOf(content[2]!).map((entry) => this.entryType(entry, depth + 1)) };
      case "FunctionType":
        return {
          kind: "function",
          parameters: contentOf(content[2]!).map((argument) => this.type(this.only(argument, 0), depth + 1)),
          result: this.type(content.at(-1)!, depth + 1),
        };
      default:
        return {
          kind: "named",
          name: this.text(inner)
            .replace(/\s+/g, " ")
            .replace(/\s*\.\s*/g, "."),
        };
    }
  }

  private entryType(node: TreeNode, depth: number): { name: string; type: TypeNode } {
    return { name: this.name(this.only(node, 0)), type: this.type(this.only(node, 1), depth) };
  }
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["t", "\t"],
  ["r", "\r"],
  ['"', '"'],
  ["'", "'"],
  ["\\", "\\"],
]);

/** Escapes of DMN 1.5 grammar rule 64; an unknown one keeps its backslash, because patterns such as "\d" are common. */
function readEscapes(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replace(/\\(u\{[0-9a-fA-F]{1,6}\}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{6}|[\s\S])/g, (whole, body: string) => {
    if (body.length === 1) return ESCAPES.get(body) ?? whole;
    const code = Number.parseInt(body.replace(/[^0-9a-fA-F]/g, ""), 16);
    if (body[0] === "u" && body[1] !== "{") return String.fromCharCode(code);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
