// A pattern tree as RE2 syntax. Classes are written out as ranges: case folding and subtraction are settled by now.
import { formatSet } from "./code-points.ts";
import type { PatternNode } from "./tree.ts";

/** RE2 text; only for trees without back-references. */
export function emit(node: PatternNode, multiline: boolean): string {
  switch (node.kind) {
    case "set":
      return node.class ?? emitSet(formatSet(node.set()));
    case "start":
      return multiline ? "(?m:^)" : "\\A";
    case "end":
      return multiline ? "(?m:$)" : "\\z";
    case "sequence":
      return node.items.map((item) => emit(item, multiline)).join("");
    case "choice":
      return `(?:${node.options.map((option) => emit(option, multiline)).join("|")})`;
    case "group":
      return `${node.index === undefined ? "(?:" : "("}${emit(node.body, multiline)})`;
    case "repeat":
      return `(?:${emit(node.body, multiline)})${emitBounds(node.min, node.max)}${node.lazy ? "?" : ""}`;
    case "reference":
      throw new Error("Expected a pattern without back-references, but got one.");
  }
}

function emitSet(ranges: string): string {
  return ranges === "" ? "[^\\x{0}-\\x{10ffff}]" : `[${ranges}]`;
}

function emitBounds(min: number, max: number | undefined): string {
  if (max === undefined) return min === 0 ? "*" : min === 1 ? "+" : `{${min},}`;
  return `{${min},${max}}`;
}
