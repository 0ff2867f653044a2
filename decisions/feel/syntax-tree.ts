// The grammar's tree, and the ways to walk it. Comments are nowhere in what these functions give.
import type { parseExpression } from "feelin";
import type { FeelLimits } from "./limits.ts";
import { admitSource, replaceRangeTypes } from "./source.ts";
import { FeelSyntaxError } from "./syntax-error.ts";

type Tree = ReturnType<typeof parseExpression>;
export type SyntaxNode = Tree["topNode"];

/** Names known beforehand; nested for the entries of a context. Needed only where they hold operators or keywords. */
export interface NameTree {
  readonly [name: string]: NameTree | true;
}

export interface ParsedText {
  source: string;
  top: SyntaxNode;
  /** Offsets of `range<…>`, which the grammar saw as `list<…>`. */
  rangeTypes: ReadonlySet<number>;
}

/** With backtick identifiers, as the modelers use it. A superset of plain FEEL. */
const DIALECT = "camunda";

/** Parses within the limits; throws FeelSyntaxError. */
export function parseText(
  source: string,
  names: NameTree,
  limits: FeelLimits,
  parser: typeof parseExpression,
): ParsedText {
  admitSource(source, limits);
  if (source.trim() === "") throw new FeelSyntaxError("Expected an expression, but the text is empty.", source, 0, 0);
  const context = { "get or else": true, ...names };
  const tree = parser(source, context, DIALECT);
  const error = firstError(tree);
  if (!error) return { source, top: tree.topNode, rangeTypes: new Set() };
  const replaced = replaceRangeTypes(source);
  if (replaced.places.size > 0) {
    const second = parser(replaced.source, context, DIALECT);
    if (!firstError(second)) return { source, top: second.topNode, rangeTypes: replaced.places };
  }
  throw unexpected(source, error);
}

function firstError(tree: Tree): SyntaxNode | undefined {
  const cursor = tree.cursor();
  do {
    if (cursor.type.isError) return cursor.node;
  } while (cursor.next());
  return undefined;
}

/** The error for a node that does not belong. */
export function unexpected(source: string, node: SyntaxNode): FeelSyntaxError {
  const rest = source.slice(node.from).trim();
  const found = rest === "" ? "the text ends" : `found "${rest.length > 30 ? `${rest.slice(0, 30)}…` : rest}"`;
  return new FeelSyntaxError(`Expected FEEL, but ${found}.`, source, node.from, Math.max(node.to, node.from));
}

/** The children of a node. */
export function contentOf(node: SyntaxNode): SyntaxNode[] {
  const content: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) {
    if (child.name !== "LineComment" && child.name !== "BlockComment") content.push(child);
  }
  return content;
}

/** One child; the grammar guarantees it in a tree without errors. */
export function childAt(node: SyntaxNode, index: number): SyntaxNode {
  const child = contentOf(node)[index];
  if (!child) throw new Error(`Expected ${node.name} to have ${index + 1} children, but it has fewer.`);
  return child;
}
