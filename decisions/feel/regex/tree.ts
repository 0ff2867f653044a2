// The tree of an XPath regular expression, between its text and the two engines.
import type { CodePointSet } from "./code-points.ts";

export type PatternNode =
  /** One character out of a set. `class` is a shorter RE2 text of the same set, where there is one. */
  | { kind: "set"; set: () => CodePointSet; class?: string }
  | { kind: "start" }
  | { kind: "end" }
  | { kind: "sequence"; items: readonly PatternNode[] }
  | { kind: "choice"; options: readonly PatternNode[] }
  | { kind: "group"; index: number | undefined; body: PatternNode }
  | { kind: "repeat"; body: PatternNode; min: number; max: number | undefined; lazy: boolean }
  | { kind: "reference"; group: number };

export interface PatternTree {
  root: PatternNode;
  /** Number of capturing groups. */
  groups: number;
  hasReferences: boolean;
}

/** Why a text is no pattern. */
export class PatternError extends Error {}

/** States that the pattern's automaton has, roughly: counted repetitions are written out. Matching costs that much per character. */
export function sizeOf(node: PatternNode): number {
  switch (node.kind) {
    case "sequence":
      return node.items.reduce((sum, item) => sum + sizeOf(item), 0);
    case "choice":
      return node.options.reduce((sum, option) => sum + 1 + sizeOf(option), 0);
    case "group":
      return 2 + sizeOf(node.body);
    case "repeat":
      return (1 + sizeOf(node.body)) * Math.max(1, node.max ?? node.min);
    default:
      return 1;
  }
}
