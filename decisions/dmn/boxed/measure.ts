/** What a boxed expression costs to evaluate once, in steps and in levels of the session's budget. */
import type { ExpressionSource } from "../model-source.ts";

export interface BoxedCost {
  /** Steps: one for each boxed expression, and one for every 8 characters of its FEEL. */
  readonly weight: number;
  /** Levels: three for each level of boxes, about what the nested closures take of the stack. */
  readonly depth: number;
}

/** Loops and rules pay for their rounds by themselves. The XML's depth bounds the recursion. */
export function measureBoxed(source: ExpressionSource | undefined): BoxedCost {
  const inner = partsOf(source).map(measureBoxed);
  const own =
    source?.kind === "literal" ? source.text.length >> 3 : source?.kind === "table" ? source.inputs.length : 0;
  return {
    weight: inner.reduce((sum, { weight }) => sum + weight, 1 + own),
    depth: inner.reduce((deepest, { depth }) => Math.max(deepest, depth), 0) + 3,
  };
}

function partsOf(source: ExpressionSource | undefined): readonly (ExpressionSource | undefined)[] {
  switch (source?.kind) {
    case "context":
      return source.entries.map(({ value }) => value);
    case "invocation":
      return [source.called, ...source.bindings.map(({ value }) => value)];
    case "list":
      return source.items;
    case "relation":
      return source.rows.flat();
    case "conditional":
      return [source.condition, source.consequence, source.alternative];
    case "filter":
      return [source.in, source.match];
    case "for":
    case "some":
    case "every":
      return [source.in, source.body];
    default:
      return [];
  }
}
