/**
 * Which rules of a table match its input values. Each column's index narrows the candidates with one AND per 32 rules;
 * cells are evaluated only where an index cannot decide (arbitrary FEEL, null, buckets), rule by rule, and for FIRST
 * only until the first hit. 1,000 rules × 6 inputs: see `test/bench/dmn.ts`.
 */

import type { EvaluationSession, FeelScope, FeelValue } from "../../feel/index.ts";
import { typeOf } from "../../feel/index.ts";
import type { Cell } from "./cell.ts";
import type { ColumnIndex } from "./column-index.ts";
import { indexColumn } from "./column-index.ts";

/** Whether a cell holds for an input value. */
export type CellTest = (input: FeelValue, scope: FeelScope, session: EvaluationSession) => boolean;

/** One input column: the structure of its cells and how to evaluate them. */
export interface Column {
  readonly cells: readonly Cell[];
  readonly tests: readonly CellTest[];
}

/** Calls `hit` with the index (from 0) of each rule that matches, ascending, until it answers false. */
export type RuleMatcher = (
  inputs: readonly FeelValue[],
  scope: FeelScope,
  session: EvaluationSession,
  hit: (rule: number) => boolean,
) => void;

export function compileMatcher(columns: readonly Column[], ruleCount: number): RuleMatcher {
  const words = (ruleCount + 31) >>> 5;
  const indexed = columns.map((column) => prepare(column, columns.length));
  const everyRule = allBits(ruleCount, words);
  return (inputs, scope, session, hit) => {
    session.charge(words);
    const candidates = everyRule.slice();
    const undecided: PreparedColumn[] = [];
    for (let at = 0; at < indexed.length; at++) {
      const column = indexed[at]!;
      const offset = column.index ? column.index.locate(inputs[at] ?? null) : -1;
      if (offset === -1) {
        if (session.strict && column.index) refuseOtherType(inputs[at] ?? null, at, session);
        undecided.push({ ...column, at, check: column.narrow });
        continue;
      }
      const { bits } = column.index!;
      for (let word = 0; word < words; word++) candidates[word]! &= bits[offset + word]!;
      if (column.check) undecided.push({ ...column, at });
    }
    for (let word = 0; word < words; word++) {
      for (let left = candidates[word]!; left !== 0; left &= left - 1) {
        const rule = (word << 5) + 31 - Math.clz32(left & -left);
        if (!decide(undecided, rule, inputs, scope, session)) continue;
        if (!hit(rule)) return;
      }
    }
  };
}

/**
 * In strict mode a value of another type than the column's ends the evaluation, even where other columns have ruled out
 * every cell that would have said so: a text for an amount must not end in the catch-all rule.
 */
function refuseOtherType(value: FeelValue, at: number, session: EvaluationSession): void {
  if (value === null) return;
  session.warn("INVALID_TYPE", `Expected a value like those of input ${at + 1}, but it is of type ${typeOf(value)}.`);
}

interface PreparedColumn {
  readonly at: number;
  readonly index: ColumnIndex | undefined;
  readonly tests: readonly CellTest[];
  /** Rules whose cell must be evaluated although the index has been asked; undefined: none. */
  readonly check: Uint8Array | undefined;
  /** Rules whose cell must be evaluated when the index cannot tell: all but `-`. */
  readonly narrow: Uint8Array;
}

function prepare({ cells, tests }: Column, columns: number): PreparedColumn {
  const index = indexColumn(cells, columns);
  const narrow = Uint8Array.from(cells, (cell) => (cell.kind === "any" ? 0 : 1));
  const check = Uint8Array.from(cells, (cell) =>
    cell.kind === "expression" || (cell.kind === "tests" && !index?.exact) ? 1 : 0,
  );
  return { at: 0, index, tests, check: check.includes(1) ? check : undefined, narrow };
}

function decide(
  undecided: readonly PreparedColumn[],
  rule: number,
  inputs: readonly FeelValue[],
  scope: FeelScope,
  session: EvaluationSession,
): boolean {
  for (const column of undecided) {
    if (!column.check?.[rule]) continue;
    session.charge(1);
    if (!column.tests[rule]!(inputs[column.at] ?? null, scope, session)) return false;
  }
  return true;
}

function allBits(count: number, words: number): Uint32Array {
  const bits = new Uint32Array(words).fill(0xffffffff);
  if (count & 31) bits[words - 1] = (1 << (count & 31)) - 1;
  return bits;
}
