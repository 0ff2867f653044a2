/** Which rules of a table a set of evaluations has used: what a policy's test set proves, and what it leaves open. */

import type { DecisionResult } from "../evaluate.ts";
import type { DecisionModel } from "../model.ts";
import { findTable } from "./find-table.ts";

export interface RuleCoverage {
  readonly decisionId: string;
  readonly rules: readonly { readonly rule: number; readonly ruleId: string; readonly hits: number }[];
  readonly covered: number;
  readonly total: number;
  /** Numbers of the rules without a hit. */
  readonly uncovered: readonly number[];
  /** Evaluations of this decision, also those without a hit. */
  readonly evaluations: number;
}

/** Counts hits per rule, of the decision wherever it was evaluated: as the asked decision or as a required one. */
export function ruleCoverage(
  model: DecisionModel,
  decisionId: string,
  results: Iterable<Pick<DecisionResult, "evaluated">>,
): RuleCoverage {
  const table = findTable(model, decisionId);
  const hits = new Array<number>(table.rules.length).fill(0);
  let evaluations = 0;
  for (const { evaluated } of results) {
    for (const { tables } of evaluated) {
      for (const { source, matchedRules } of tables) {
        if (source !== table) continue;
        evaluations++;
        for (const { ruleIndex } of matchedRules) hits[ruleIndex - 1]! += 1;
      }
    }
  }
  const rules = table.rules.map((rule, index) => ({ rule: index + 1, ruleId: rule.id, hits: hits[index] ?? 0 }));
  const uncovered = rules.filter((rule) => rule.hits === 0).map(({ rule }) => rule);
  return { decisionId, rules, covered: rules.length - uncovered.length, total: rules.length, uncovered, evaluations };
}
