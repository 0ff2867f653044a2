/**
 * A decision table as boxes: each rule is, per column, a set of regions (`table/regions.ts`). Cells of arbitrary FEEL
 * have no regions; a rule that has one is `open` in that column, and every question must say what it takes that for.
 */
import type { TableSource } from "../model-source.ts";
import type { Cell } from "../table/cell.ts";
import { parseCell } from "../table/cell.ts";
import { newLiteralReader } from "../table/literal-reader.ts";
import type { Regions, Span } from "../table/regions.ts";
import { regionsOf, spansOf } from "../table/regions.ts";

export interface ColumnShape {
  /** Counts from 1. */
  readonly column: number;
  readonly name: string;
  /** Undefined: every cell is `-`, or the column is not analysable. */
  readonly regions: Regions | undefined;
  /** The regions that the input values of the clause allow; all without them. */
  readonly domain: readonly Span[];
  /** Why questions about this column have no complete answer. */
  readonly notAnalysable: string | undefined;
  /** Per rule, the regions where its cell holds within the domain; undefined: open. */
  readonly rules: readonly (readonly Span[] | undefined)[];
}

export interface TableShape {
  readonly columns: readonly ColumnShape[];
  readonly ruleCount: number;
}

export function shapeOf(table: TableSource): TableShape {
  const literal = newLiteralReader();
  const columns = table.inputs.map((input, index): ColumnShape => {
    const cells = table.rules.map((rule) => parseCell(rule.inputs[index]?.text ?? "", literal));
    const allowed = parseCell(input.allowedValues?.text ?? "-", literal);
    return columnShape(index + 1, input.label ?? input.expression.text, cells, allowed);
  });
  return { columns, ruleCount: table.rules.length };
}

const whole: readonly Span[] = [{ from: 0, to: 0 }];

function columnShape(column: number, name: string, cells: readonly Cell[], allowed: Cell): ColumnShape {
  const open = cells.flatMap((cell, index) => (cell.kind === "expression" ? [index + 1] : []));
  const regions = regionsOf([...cells, allowed]);
  if (!regions) {
    const mixed = cells.some((cell) => cell.kind === "tests");
    const reason = mixed ? "its cells test values of different types" : openReason(open);
    const rules = cells.map((cell) => (cell.kind === "any" ? whole : undefined));
    return { column, name, regions: undefined, domain: whole, notAnalysable: reason, rules };
  }
  const all = [{ from: 0, to: regions.count - 1 }];
  const domain = allowed.kind === "tests" ? spansOf(allowed, regions) : all;
  const rules = cells.map((cell) => {
    if (cell.kind === "expression") return undefined;
    return intersectSpans(cell.kind === "any" ? all : spansOf(cell, regions), domain);
  });
  return { column, name, regions, domain, notAnalysable: openReason(open), rules };
}

function openReason(open: readonly number[]): string | undefined {
  if (open.length === 0) return undefined;
  const shown = open.slice(0, 5).join(", ") + (open.length > 5 ? ", …" : "");
  return `rule ${shown} holds FEEL that only an evaluation can answer`;
}

/** Both ascending and without overlaps, and so is the answer. */
export function intersectSpans(left: readonly Span[], right: readonly Span[]): readonly Span[] {
  const both: Span[] = [];
  let at = 0;
  for (const span of left) {
    while (at < right.length && right[at]!.to < span.from) at++;
    for (let next = at; next < right.length && right[next]!.from <= span.to; next++) {
      both.push({ from: Math.max(span.from, right[next]!.from), to: Math.min(span.to, right[next]!.to) });
    }
  }
  return both;
}
