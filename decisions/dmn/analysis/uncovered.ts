/**
 * The part of a box that a set of rules leaves uncovered. Columns are taken one after the other; regions that leave the
 * same rules are one case, and equal cases are solved once, so regular tables cost far less than their size. What is
 * not regular is bounded: the search stops after a number of steps and says so.
 */
import type { Span } from "../table/regions.ts";
import { merge } from "../table/regions.ts";
import type { TableShape } from "./table-shape.ts";

/** Per column, the regions of the uncovered part. */
export type Box = readonly (readonly Span[])[];

export interface Uncovered {
  readonly boxes: readonly Box[];
  /** False: the search was stopped, or there are more boxes than were wanted. */
  readonly complete: boolean;
}

export interface UncoveredQuestion {
  readonly shape: TableShape;
  /** Where to look, per column. */
  readonly within: Box;
  /** The rules (from 0) that may cover. */
  readonly rules: readonly number[];
  /** Whether a rule that is open in a column covers it. Gaps: yes (it might); masking: no (it might not). */
  readonly openCovers: boolean;
  readonly boxesMax: number;
}

/** Steps of one question: about 100 ms. */
const stepsMax = 400_000;

export function findUncovered(question: UncoveredQuestion): Uncovered {
  const search = { ...question, solved: new Map<string, readonly Box[]>(), steps: 0, cut: false };
  const boxes = uncoveredFrom(search, 0, question.rules);
  return { boxes: boxes.slice(0, question.boxesMax), complete: !search.cut && boxes.length <= question.boxesMax };
}

interface Search extends UncoveredQuestion {
  readonly solved: Map<string, readonly Box[]>;
  steps: number;
  cut: boolean;
}

/** Boxes over the columns from `column` on that none of `rules` covers. Recursion is as deep as the table is wide. */
function uncoveredFrom(search: Search, column: number, rules: readonly number[]): readonly Box[] {
  const { shape, within } = search;
  if (rules.length === 0) return [within.slice(column)];
  if (column === shape.columns.length) return [];
  const key = `${column}:${rules.join(",")}`;
  const known = search.solved.get(key);
  if (known) return known;
  const boxes: Box[] = [];
  for (const { spans, left } of splitColumn(search, column, rules)) {
    if (search.cut || boxes.length > search.boxesMax) break;
    for (const rest of uncoveredFrom(search, column + 1, left)) boxes.push([spans, ...rest]);
  }
  search.solved.set(key, boxes);
  return boxes;
}

interface Case {
  readonly spans: Span[];
  readonly left: readonly number[];
}

/** The regions of a column within the box, grouped by the rules that still cover them. */
function splitColumn(search: Search, column: number, rules: readonly number[]): Iterable<Case> {
  const cells = search.shape.columns[column]!.rules;
  const cases = new Map<string, Case>();
  for (const { from, to } of elementarySpans(search, column, rules)) {
    search.steps += rules.length;
    if (search.steps > stepsMax) {
      search.cut = true;
      break;
    }
    const left = rules.filter((rule) => {
      const spans = cells[rule];
      return spans ? spans.some((span) => span.from <= from && to <= span.to) : search.openCovers;
    });
    const key = left.join(",");
    const same = cases.get(key);
    if (same) same.spans.push({ from, to });
    else cases.set(key, { spans: [{ from, to }], left });
  }
  return [...cases.values()].map(({ spans, left }) => ({ spans: [...merge(spans)], left }));
}

/** The box's regions of a column, cut wherever a rule begins or ends. */
function elementarySpans({ shape, within }: Search, column: number, rules: readonly number[]): readonly Span[] {
  const cells = shape.columns[column]!.rules;
  const starts = new Set<number>();
  for (const rule of rules) {
    for (const span of cells[rule] ?? []) {
      starts.add(span.from);
      starts.add(span.to + 1);
    }
  }
  const cuts = [...starts].sort((left, right) => left - right);
  return within[column]!.flatMap(({ from, to }) => {
    const inside = [from, ...cuts.filter((cut) => cut > from && cut <= to)];
    return inside.map((start, index) => ({ from: start, to: (inside[index + 1] ?? to + 1) - 1 }));
  });
}
