// Text to typed tree. The grammar is feelin's (lezer-feel), so editors, linters and this engine agree on syntax.
// Contract: throws FeelSyntaxError with a position; the names given are the only context that affects parsing, so
// input data can never change what a text means.
import { parseExpression, parseUnaryTests } from "feelin";
import type { ComparisonOperator, Iterator, Node, Parameter, UnaryTestsNode } from "./ast.ts";
import { type FeelLimits, feelLimits } from "./limits.ts";
import { TypeReader } from "./parse-type.ts";
import type { FeelPosition } from "./session.ts";
import { FeelSyntaxError } from "./syntax-error.ts";
import {
  childAt,
  contentOf,
  type NameTree,
  type ParsedText,
  parseText,
  type SyntaxNode,
  unexpected,
} from "./syntax-tree.ts";
import { Terminals } from "./terminals.ts";

/** The expression of a text. */
export function parseToNode(source: string, names: NameTree, limits: FeelLimits = feelLimits): Node {
  const parsed = parseText(source, names, limits, parseExpression);
  const content = contentOf(parsed.top);
  if (content.length !== 1) throw unexpected(source, content[1] ?? parsed.top);
  return new Reader(parsed, names, limits).read(content[0]!, 0);
}

/** The unary tests of a decision table cell. */
export function parseToTests(source: string, names: NameTree, limits: FeelLimits = feelLimits): UnaryTestsNode {
  const parsed = parseText(source, names, limits, parseUnaryTests);
  const content = contentOf(parsed.top);
  if (content[0]?.name === "Wildcard") return { wildcard: true, negated: false, tests: [] };
  const tests = content.find((node) => node.name === "PositiveUnaryTests");
  if (!tests) throw unexpected(source, parsed.top);
  const reader = new Reader(parsed, names, limits);
  return { wildcard: false, negated: content[0]?.name === "not", tests: reader.readTests(tests, 0) };
}

class Reader {
  private readonly terminals: Terminals;
  private readonly types: TypeReader;
  private readonly limits: FeelLimits;

  constructor(parsed: ParsedText, names: NameTree, limits: FeelLimits) {
    this.terminals = new Terminals(parsed.source, names);
    this.types = new TypeReader(this.terminals, parsed.rangeTypes);
    this.limits = limits;
  }

  read(node: SyntaxNode, depth: number): Node {
    if (depth > this.limits.sourceDepthMax) {
      throw new FeelSyntaxError(
        `Expected at most ${this.limits.sourceDepthMax} nested expressions.`,
        this.terminals.source,
        node.from,
        node.to,
      );
    }
    const at = { from: node.from, to: node.to };
    const deeper = depth + 1;
    switch (node.name) {
      case "NumericLiteral":
        return { kind: "literal", value: this.terminals.number(node), at };
      case "StringLiteral":
        return { kind: "literal", value: this.terminals.string(node), at };
      case "BooleanLiteral":
        return { kind: "literal", value: this.terminals.text(node) === "true", at };
      case "null":
        return { kind: "literal", value: null, at };
      case "?":
        return { kind: "input", at };
      case "VariableName":
        return { kind: "name", name: this.terminals.name(node), at };
      case "ParenthesizedExpression":
        return this.read(childAt(node, 1), deeper);
      case "SimplePositiveUnaryTest":
        return this.simpleTest(node, deeper);
      case "PositiveUnaryTest":
        return this.read(childAt(node, 0), deeper);
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
        return {
          kind: "path",
          base: this.read(childAt(node, 0), deeper),
          name: this.terminals.name(childAt(node, 2)),
          at,
        };
      case "FilterExpression":
        return {
          kind: "filter",
          base: this.read(childAt(node, 0), deeper),
          condition: this.read(childAt(node, 2), deeper),
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
          value: this.read(childAt(node, 0), deeper),
          type: this.types.read(childAt(node, 3)),
          at,
        };
      default:
        return this.block(node, at, deeper);
    }
  }

  /** The constructs that begin with a keyword. */
  private block(node: SyntaxNode, at: FeelPosition, depth: number): Node {
    switch (node.name) {
      case "IfExpression":
        return {
          kind: "if",
          condition: this.read(childAt(node, 1), depth),
          // biome-ignore lint/suspicious/noThenProperty: the tree is data and named after the grammar
          then: this.read(childAt(node, 3), depth),
          else: this.read(childAt(node, 5), depth),
          at,
        };
      case "ForExpression":
        return {
          kind: "for",
          iterators: this.iterators(childAt(node, 1), depth),
          body: this.read(childAt(node, 3), depth),
          at,
        };
      case "QuantifiedExpression":
        return {
          kind: childAt(node, 0).name === "some" ? "some" : "every",
          iterators: this.iterators(childAt(node, 1), depth),
          body: this.read(childAt(node, 3), depth),
          at,
        };
      case "FunctionDefinition":
        return this.functionDefinition(node, depth);
      default:
        throw new FeelSyntaxError(
          `Expected an expression, but found ${node.name}.`,
          this.terminals.source,
          node.from,
          node.to,
        );
    }
  }

  /** What is inside the brackets. */
  private between(node: SyntaxNode, depth: number): Node[] {
    return contentOf(node)
      .slice(1, -1)
      .map((child) => this.read(child, depth));
  }

  private simpleTest(node: SyntaxNode, depth: number): Node {
    const [first, operand] = contentOf(node);
    if (first?.name !== "CompareOp") return this.read(first!, depth);
    return {
      kind: "unary",
      operator: this.terminals.text(first) as ComparisonOperator,
      operand: this.read(operand!, depth),
      at: { from: node.from, to: node.to },
    };
  }

  readTests(node: SyntaxNode, depth: number): Node[] {
    return contentOf(node).map((test) => this.read(test, depth + 1));
  }

  private interval(node: SyntaxNode, depth: number): Node {
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

  private context(node: SyntaxNode, depth: number): Node {
    const entries = contentOf(node)
      .filter((child) => child.name === "ContextEntry")
      .map((entry) => ({
        key: this.terminals.name(childAt(childAt(entry, 0), 0)),
        value: this.read(childAt(entry, 1), depth),
      }));
    return { kind: "context", entries, at: { from: node.from, to: node.to } };
  }

  private dateTime(node: SyntaxNode, depth: number): Node {
    const head = childAt(node, 0);
    if (head.name === "AtLiteral") {
      return {
        kind: "at literal",
        text: this.terminals.string(childAt(head, 0)),
        at: { from: node.from, to: node.to },
      };
    }
    return this.invocation(node, depth);
  }

  private invocation(node: SyntaxNode, depth: number): Node {
    const content = contentOf(node);
    const head = content[0]!;
    const special = head.name === "DateTimeConstructor" || head.name === "SpecialFunctionName";
    const at = { from: head.from, to: head.to };
    const callee: Node = special
      ? { kind: "name", name: this.terminals.text(head).replace(/\s+/g, " "), at }
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

  private namedArgument(node: SyntaxNode, depth: number): { name: string; value: Node } {
    return { name: this.terminals.name(childAt(node, 0)), value: this.read(childAt(node, 1), depth) };
  }

  /** Left-nested operators of one node kind become one flat chain. */
  private arithmetic(node: SyntaxNode, depth: number): Node {
    const rest: { operator: "+" | "-" | "*" | "/" | "**"; operand: Node }[] = [];
    let left = node;
    for (;;) {
      const content = contentOf(left);
      if (left.name !== "ArithmeticExpression" || content.length !== 3) break;
      rest.push({
        operator: this.terminals.text(content[1]!) as "+" | "-" | "*" | "/" | "**",
        operand: this.read(content[2]!, depth),
      });
      left = content[0]!;
    }
    const at = { from: node.from, to: node.to };
    if (rest.length === 0) return { kind: "negation", operand: this.read(childAt(node, 1), depth), at };
    return { kind: "arithmetic", first: this.read(left, depth), rest: rest.reverse(), at };
  }

  private junction(node: SyntaxNode, kind: "and" | "or", name: string, depth: number): Node {
    const operands: Node[] = [];
    let left = node;
    while (left.name === name) {
      operands.push(this.read(childAt(left, 2), depth));
      left = childAt(left, 0);
    }
    operands.push(this.read(left, depth));
    return { kind, operands: operands.reverse(), at: { from: node.from, to: node.to } };
  }

  private comparison(node: SyntaxNode, depth: number): Node {
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
      operator: this.terminals.text(operator) as ComparisonOperator,
      left,
      right: this.read(content[2]!, depth),
      at,
    };
  }

  private iterators(node: SyntaxNode, depth: number): Iterator[] {
    return contentOf(node).map((expression) => {
      const range = contentOf(childAt(expression, 2));
      const iterator = { name: this.terminals.name(childAt(expression, 0)), source: this.read(range[0]!, depth) };
      return range[2] ? { ...iterator, end: this.read(range[2], depth) } : iterator;
    });
  }

  private functionDefinition(node: SyntaxNode, depth: number): Node {
    const content = contentOf(node);
    const formal = content.find((child) => child.name === "FormalParameters");
    const body = content.find((child) => child.name === "FunctionBody");
    return {
      kind: "function",
      parameters: formal ? contentOf(formal).map((parameter) => this.parameter(parameter)) : [],
      body: this.read(childAt(body ?? node, 0), depth),
      external: content.some((child) => child.name === "external"),
      at: { from: node.from, to: node.to },
    };
  }

  private parameter(node: SyntaxNode): Parameter {
    const [name, type] = contentOf(node);
    return { name: this.terminals.name(name!), ...(type ? { type: this.types.read(type) } : {}) };
  }
}
