// Patterns that stand in an expression as literals, judged when it is deployed instead of each time it runs.
import type { Node, UnaryTestsNode } from "./ast.ts";
import { compilePattern } from "./regex/pattern.ts";
import { EvaluationSession } from "./session.ts";

const patternFunctions = new Set(["matches", "replace", "split", "extract"]);
/** Names that the second parameter has among them. */
const patternParameters = new Set(["pattern", "delimiter"]);

/** What is wrong with the first literal pattern that no engine of ours takes; undefined when there is none. */
export function literalPatternProblem(tree: Node | UnaryTestsNode): string | undefined {
  const pending: unknown[] = [tree];
  for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
    if (typeof part !== "object" || part === null) continue;
    if (isCall(part)) {
      const pattern = literalPatternOf(part);
      const { problem } = pattern === undefined ? {} : compilePattern(pattern, "", new EvaluationSession());
      if (problem !== undefined) return problem;
    }
    for (const inner of Object.values(part)) if (typeof inner === "object") pending.push(inner);
  }
  return undefined;
}

type Call = Extract<Node, { kind: "call" }>;

const isCall = (part: object): part is Call => "kind" in part && part.kind === "call" && "callee" in part;

/** Only with flags left out: they change what a pattern means. */
function literalPatternOf({ callee, positional, named }: Call): string | undefined {
  if (callee.kind !== "name" || !patternFunctions.has(callee.name)) return undefined;
  const flagged =
    positional.length > (callee.name === "replace" ? 3 : 2) || named?.some(({ name }) => name === "flags");
  const pattern = named?.find(({ name }) => patternParameters.has(name))?.value ?? positional[1];
  return !flagged && pattern?.kind === "literal" && typeof pattern.value === "string" ? pattern.value : undefined;
}
