/** What an evaluation leaves behind for people: each evaluated decision, and each table with the rules that matched. */

import type { FeelFailure, FeelValue, FeelWarning } from "../feel/index.ts";
import { EvaluationSession } from "../feel/index.ts";
import type { DecisionLogicType } from "./model.ts";
import type { TableSource } from "./model-source.ts";
import type { Hit } from "./table/hit-policy.ts";

export interface EvaluatedInput {
  readonly id: string;
  /** The label of the input clause, else the text of its expression. */
  readonly name: string;
  readonly value: FeelValue;
}

export interface EvaluatedOutput {
  readonly id: string;
  readonly name: string;
  readonly value: FeelValue;
}

export interface MatchedRule {
  readonly ruleId: string;
  /** Counts from 1. */
  readonly ruleIndex: number;
  readonly outputs: readonly EvaluatedOutput[];
}

/** One evaluation of one table; a knowledge model's table may be evaluated many times within a decision. */
export interface EvaluatedTable {
  readonly tableId: string;
  /** The table as written. */
  readonly source: TableSource;
  /** The decision or knowledge model that holds the table. */
  readonly name: string;
  readonly inputs: readonly EvaluatedInput[];
  readonly matchedRules: readonly MatchedRule[];
}

export interface EvaluatedDecision {
  readonly decisionId: string;
  readonly decisionName: string;
  /** Namespace of the decision's model. */
  readonly namespace: string;
  readonly type: DecisionLogicType;
  readonly output: FeelValue;
  /** Of the decision's own table; empty for other logic. */
  readonly inputs: readonly EvaluatedInput[];
  readonly matchedRules: readonly MatchedRule[];
  /** Every table evaluated within, the decision's own last; at most {@link evaluatedTablesMax}. */
  readonly tables: readonly EvaluatedTable[];
  readonly warnings: readonly FeelWarning[];
}

export type { FeelFailure, FeelWarning };

/** A rule that calls a knowledge model in a loop must not grow the trace without bounds. */
export const evaluatedTablesMax = 100;

interface TableRecord {
  readonly table: TableSource;
  readonly name: string;
  readonly inputs: readonly FeelValue[];
  readonly hits: readonly Hit[];
}

/** A FEEL session that also remembers the tables it went through. */
export class DecisionSession extends EvaluationSession {
  private records: TableRecord[] = [];

  record(record: TableRecord): void {
    if (this.records.length >= evaluatedTablesMax) this.records[evaluatedTablesMax - 1] = record;
    else this.records.push(record);
  }

  /** The tables since the last call. */
  takeTables(): readonly EvaluatedTable[] {
    if (this.records.length === 0) return noTables;
    const tables = this.records.map(present);
    this.records = [];
    return tables;
  }
}

const noTables: readonly EvaluatedTable[] = [];

export function recordTable(session: EvaluationSession, record: TableRecord): void {
  if (session instanceof DecisionSession) session.record(record);
}

function present({ table, name, inputs, hits }: TableRecord): EvaluatedTable {
  return {
    tableId: table.id ?? name,
    source: table,
    name,
    inputs: table.inputs.map((input, index) => ({
      id: input.id ?? `input-${index + 1}`,
      name: input.label ?? input.expression.text,
      value: inputs[index] ?? null,
    })),
    matchedRules: hits.map((hit) => ({
      ruleId: table.rules[hit.ruleIndex - 1]?.id ?? "",
      ruleIndex: hit.ruleIndex,
      outputs: table.outputs.map((output, index) => ({
        id: output.id ?? `output-${index + 1}`,
        name: output.name ?? output.label ?? name,
        value: hit.outputs[index] ?? null,
      })),
    })),
  };
}
