/** Hit policies and aggregations: DMN 1.5 §8.2.10 and §8.2.11. From the rules that match to the table's value. */

import type { EvaluationSession, FeelValue } from "../../feel/index.ts";
import { compileExpression, feelEquals } from "../../feel/index.ts";
import type { Aggregation, HitPolicy } from "../model-source.ts";

/** The aggregations are FEEL's own functions, so that numbers, durations and faults mean the same in both. */
const sumOf = compileExpression("sum(values)");
const minOf = compileExpression("min(values)");
const maxOf = compileExpression("max(values)");

/** The outputs of one matching rule, in the order of the output clauses. */
export interface Hit {
  readonly ruleIndex: number;
  readonly outputs: readonly FeelValue[];
}

export interface HitRules {
  readonly hitPolicy: HitPolicy;
  readonly aggregation: Aggregation | undefined;
  /** One value of a hit: the output, or the context of the outputs. */
  readonly hitValue: (outputs: readonly FeelValue[]) => FeelValue;
  /** Position of an output value among the allowed values of its clause, for the priority policies. */
  readonly priorities: readonly ((value: FeelValue) => number)[];
}

/** The value of a table with at least one hit. A violated policy is null, with a warning (in strict mode a stop). */
export function applyHitPolicy(rules: HitRules, hits: readonly Hit[], session: EvaluationSession): FeelValue {
  switch (rules.hitPolicy) {
    case "UNIQUE":
      return unique(rules, hits, session);
    case "ANY":
      return any(rules, hits, session);
    case "FIRST":
      return rules.hitValue(hits[0]?.outputs ?? []);
    case "PRIORITY":
      return rules.hitValue(byPriority(rules, hits)[0]?.outputs ?? []);
    case "OUTPUT ORDER":
      return byPriority(rules, hits).map((hit) => rules.hitValue(hit.outputs));
    case "RULE ORDER":
      return hits.map((hit) => rules.hitValue(hit.outputs));
    case "COLLECT":
      return aggregate(rules, hits, session);
  }
}

function unique(rules: HitRules, hits: readonly Hit[], session: EvaluationSession): FeelValue {
  if (hits.length <= 1) return rules.hitValue(hits[0]?.outputs ?? []);
  const matched = hits.map((hit) => hit.ruleIndex).join(", ");
  return session.warn(
    "OUT_OF_RANGE",
    `Expected one rule to match (hit policy UNIQUE), but the rules ${matched} match.`,
  );
}

function any(rules: HitRules, hits: readonly Hit[], session: EvaluationSession): FeelValue {
  const first = rules.hitValue(hits[0]?.outputs ?? []);
  for (const hit of hits) {
    if (feelEquals(first, rules.hitValue(hit.outputs), session) === true) continue;
    const message = `Expected equal outputs of all rules that match (hit policy ANY), but those of rule ${hit.ruleIndex} differ.`;
    return session.warn("OUT_OF_RANGE", message);
  }
  return first;
}

function byPriority({ priorities }: HitRules, hits: readonly Hit[]): readonly Hit[] {
  const ranked = hits.map((hit) => ({
    hit,
    ranks: hit.outputs.map((output, index) => priorities[index]?.(output) ?? 0),
  }));
  ranked.sort((left, right) => {
    const column = left.ranks.findIndex((rank, index) => rank !== right.ranks[index]);
    return column === -1 ? left.hit.ruleIndex - right.hit.ruleIndex : left.ranks[column]! - right.ranks[column]!;
  });
  return ranked.map(({ hit }) => hit);
}

function aggregate(rules: HitRules, hits: readonly Hit[], session: EvaluationSession): FeelValue {
  const values = hits.map((hit) => rules.hitValue(hit.outputs));
  switch (rules.aggregation) {
    case undefined:
      return values;
    case "COUNT":
      return values.length;
    case "SUM":
      return sumOf.run(new Map([["values", values]]), session);
    case "MIN":
      return minOf.run(new Map([["values", values]]), session);
    case "MAX":
      return maxOf.run(new Map([["values", values]]), session);
  }
}
