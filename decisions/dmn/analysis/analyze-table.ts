/**
 * What people ask about a decision table before they trust it: cases that no rule covers (gaps), cases that several
 * cover (overlaps), rules that never decide because others come first (masked) and rules that no value can reach.
 * Answers are certain: a gap is one whatever the arbitrary FEEL of a cell may answer, and so is a masked rule. Columns
 * with such FEEL are listed, because they may hide more. Null inputs are not part of the question.
 */

import type { DecisionModel } from "../model.ts";
import type { HitPolicy, TableSource } from "../model-source.ts";
import { describeSpans } from "./describe-spans.ts";
import { findTable } from "./find-table.ts";
import type { TableShape } from "./table-shape.ts";
import { intersectSpans, shapeOf } from "./table-shape.ts";
import type { Box } from "./uncovered.ts";
import { findUncovered } from "./uncovered.ts";

export interface TableAnalysis {
  readonly decisionId: string;
  readonly hitPolicy: HitPolicy;
  readonly columns: readonly AnalysedColumn[];
  /** Each a unary test per column: inputs that match no rule. */
  readonly gaps: readonly { readonly inputs: readonly string[] }[];
  readonly overlaps: readonly TableOverlap[];
  /** Rules that are never the one that decides (hit policy FIRST), and the earlier rules that cover them. */
  readonly maskedRules: readonly { readonly rule: number; readonly by: readonly number[] }[];
  /** Rules with a cell that no allowed value satisfies. */
  readonly unreachableRules: readonly { readonly rule: number; readonly column: number; readonly reason: string }[];
  /** False: the table is too large for a full answer; what is listed is right, but there may be more. */
  readonly complete: boolean;
}

export interface AnalysedColumn {
  readonly column: number;
  readonly name: string;
  readonly analysable: boolean;
  readonly reason?: string;
}

export interface TableOverlap {
  /** Numbers of the two rules, ascending. */
  readonly rules: readonly [number, number];
  /** The inputs that match both. */
  readonly inputs: readonly string[];
  /** The hit policy forbids it: UNIQUE always, ANY when the outputs differ. */
  readonly conflict: boolean;
}

const columnsMax = 64;
const gapsMax = 100;
const overlapsMax = 200;
/** Pairs of rules compared: 2,000 rules. Larger tables are analysed in part. */
const pairsMax = 2_000_000;

/** Analyses the table of a decision or of a knowledge model. Throws RangeError when there is no such table. */
export function analyzeTable(model: DecisionModel, decisionId: string): TableAnalysis {
  const table = findTable(model, decisionId);
  const shape = shapeOf(table);
  const columns = shape.columns.map(({ column, name, notAnalysable }) => ({
    column,
    name,
    analysable: notAnalysable === undefined,
    ...(notAnalysable === undefined ? {} : { reason: notAnalysable }),
  }));
  const base = { decisionId, hitPolicy: table.hitPolicy, columns };
  if (shape.columns.length > columnsMax) {
    return { ...base, gaps: [], overlaps: [], maskedRules: [], unreachableRules: [], complete: false };
  }
  const unreachableRules = findUnreachable(shape);
  const dead = new Set(unreachableRules.map(({ rule }) => rule - 1));
  const live = Array.from({ length: shape.ruleCount }, (_, rule) => rule).filter((rule) => !dead.has(rule));
  const gaps = findGaps(shape, live);
  const overlaps = findOverlaps(table, shape, live);
  const masked = table.hitPolicy === "FIRST" ? findMasked(shape, live) : { rules: [], complete: true };
  return {
    ...base,
    gaps: gaps.boxes.map((box) => ({ inputs: describeBox(shape, box) })),
    overlaps: overlaps.found,
    maskedRules: masked.rules,
    unreachableRules,
    complete: gaps.complete && overlaps.complete && masked.complete,
  };
}

function describeBox(shape: TableShape, box: Box): readonly string[] {
  return box.map((spans, index) => describeSpans(shape.columns[index]?.regions, spans));
}

function findGaps(shape: TableShape, rules: readonly number[]) {
  const within = shape.columns.map((column) => column.domain);
  return findUncovered({ shape, within, rules, openCovers: true, boxesMax: gapsMax });
}

function findUnreachable(shape: TableShape): TableAnalysis["unreachableRules"] {
  const found: { rule: number; column: number; reason: string }[] = [];
  for (let rule = 0; rule < shape.ruleCount; rule++) {
    const empty = shape.columns.find((column) => column.rules[rule]?.length === 0);
    if (!empty) continue;
    const allowed = describeSpans(empty.regions, empty.domain);
    const reason =
      allowed === "-" ? "no value satisfies the cell" : `none of the input values ${allowed} satisfies the cell`;
    found.push({ rule: rule + 1, column: empty.column, reason });
  }
  return found;
}

/** The box of a rule. Where it is open it may hold anywhere. */
function boxOf(shape: TableShape, rule: number): Box {
  return shape.columns.map((column) => column.rules[rule] ?? column.domain);
}

function findMasked(
  shape: TableShape,
  live: readonly number[],
): { readonly rules: TableAnalysis["maskedRules"]; readonly complete: boolean } {
  const rules: { rule: number; by: readonly number[] }[] = [];
  let complete = true;
  let budget = pairsMax;
  live.forEach((rule, position) => {
    budget -= position;
    if (budget < 0) complete = false;
    if (!complete) return;
    const within = boxOf(shape, rule);
    const earlier = live.slice(0, position).filter((other) => meets(shape, within, other));
    const uncovered = findUncovered({ shape, within, rules: earlier, openCovers: false, boxesMax: 1 });
    if (uncovered.boxes.length === 0 && uncovered.complete)
      rules.push({ rule: rule + 1, by: earlier.map((other) => other + 1) });
    else if (uncovered.boxes.length === 0) complete = false;
  });
  return { rules, complete };
}

/** Whether a rule certainly covers a part of a box: it is open nowhere. */
function meets(shape: TableShape, box: Box, rule: number): boolean {
  return shape.columns.every((column, index) => {
    const spans = column.rules[rule];
    return spans !== undefined && intersectSpans(spans, box[index]!).length > 0;
  });
}

function findOverlaps(
  table: TableSource,
  shape: TableShape,
  live: readonly number[],
): { readonly found: readonly TableOverlap[]; readonly complete: boolean } {
  const found: TableOverlap[] = [];
  const conflicting = table.hitPolicy === "UNIQUE" || table.hitPolicy === "ANY";
  let budget = pairsMax;
  for (let left = 0; left < live.length; left++) {
    for (let right = left + 1; right < live.length; right++) {
      if (--budget < 0 || found.length >= overlapsMax) return { found, complete: false };
      const [first, second] = [live[left]!, live[right]!];
      const shared = sharedBox(table, shape, first, second);
      if (!shared) continue;
      const conflict = conflicting && !(table.hitPolicy === "ANY" && sameOutputs(table, first, second));
      found.push({ rules: [first + 1, second + 1], inputs: describeBox(shape, shared), conflict });
    }
  }
  return { found, complete: true };
}

/** Where two rules both hold for certain; cells of FEEL count only when both rules have the same text. */
function sharedBox(table: TableSource, shape: TableShape, first: number, second: number): Box | undefined {
  const box: (readonly { from: number; to: number }[])[] = [];
  for (const [index, column] of shape.columns.entries()) {
    const [left, right] = [column.rules[first], column.rules[second]];
    if (left && right) {
      const both = intersectSpans(left, right);
      if (both.length === 0) return undefined;
      box.push(both);
    } else {
      const [one, other] = [table.rules[first]?.inputs[index], table.rules[second]?.inputs[index]];
      if (one?.text.trim() !== other?.text.trim()) return undefined;
      box.push(column.domain);
    }
  }
  return box;
}

function sameOutputs(table: TableSource, first: number, second: number): boolean {
  const outputs = (rule: number) => table.rules[rule]?.outputs.map((output) => output.text.trim()) ?? [];
  return outputs(first).every((text, index) => text === outputs(second)[index]);
}
