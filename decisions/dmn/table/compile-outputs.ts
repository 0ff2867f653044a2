/** The output side of a table: programs of the output cells, defaults, and the order of priorities. */

import type { FeelType, FeelValue } from "../../feel/index.ts";
import { anyType, coerceTo, EvaluationSession, feelEquals, formatType, isList } from "../../feel/index.ts";
import { compileFeel } from "../boxed/literal.ts";
import { coerceValue } from "../coercion.ts";
import type { Program, Surroundings } from "../compilation.ts";
import { doubt, nullProgram, placeIn, typedProgram, typeFor } from "../compilation.ts";
import type { TableSource, TextSource } from "../model-source.ts";
import type { DmnProblem } from "../problems.ts";
import type { LiteralReader, TestCell } from "./cell.ts";
import { parseCell } from "./cell.ts";
import type { HitRules } from "./hit-policy.ts";
import type { Regions } from "./regions.ts";
import { regionsOf, spansOf } from "./regions.ts";

/** The programs of the output cells, by rule. Equal texts of a column share one program. */
export function compileOutputs(
  surroundings: Surroundings,
  table: TableSource,
  literal: LiteralReader,
): readonly (readonly Program[])[] {
  const known = table.outputs.map(() => new Map<string, Program>());
  const clauses = compileClauses(surroundings, table, literal);
  return table.rules.map((rule, ruleIndex) =>
    rule.outputs.map((source, index) => {
      const cell = { rule: ruleIndex + 1, column: table.inputs.length + index + 1 };
      const same = known[index]!.get(source.text);
      if (same) return same;
      const program = compileOutput(surroundings, clauses[index]!, source, literal, cell);
      known[index]!.set(source.text, program);
      return program;
    }),
  );
}

/** What the cells of one output share. */
interface Clause {
  readonly type: FeelType;
  /** Whether a value is among the output values of the clause; undefined when they are not a plain list. */
  readonly allows: ((value: FeelValue) => boolean) | undefined;
  readonly values: string;
}

function compileClauses(surroundings: Surroundings, table: TableSource, literal: LiteralReader): readonly Clause[] {
  return table.outputs.map((output) => {
    // A count has the type of the table, so the outputs that it counts keep their own.
    const counted = table.aggregation === "COUNT";
    const type = counted ? undefined : typeFor(surroundings, output.typeRef, output.id ?? table.id);
    const values = output.outputValues?.text ?? "-";
    const cell = parseCell(values, literal);
    const regions = regionsOf([cell]);
    const allows = cell.kind === "tests" && regions ? allowedBy(cell, regions) : undefined;
    return { type: type ?? anyType, allows, values };
  });
}

function allowedBy(cell: TestCell, regions: Regions): (value: FeelValue) => boolean {
  const spans = spansOf(cell, regions);
  return (value) => {
    const region = regions.locate(value);
    return spans.some(({ from, to }) => from <= region && region <= to);
  };
}

function compileOutput(
  surroundings: Surroundings,
  clause: Clause,
  source: TextSource,
  literal: LiteralReader,
  cell: DmnProblem["cell"],
): Program {
  const text = source.text.trim();
  // An empty output cell is null: tools write it where a rule leaves an output open.
  if (text === "" || text === "-") return nullProgram;
  const constant = /^(?:-?\d+(?:\.\d+)?|"[^"\\]*"|true|false)$/.test(text) ? literal(text) : undefined;
  if (!constant || (source.language ?? "") !== "") {
    return typedProgram(compileFeel(surroundings, source, cell), clause.type, coerceValue);
  }
  const { value } = constant;
  checkConstant(surroundings, clause, source, value, cell);
  return typedProgram(() => value, clause.type, coerceValue);
}

/** A constant of the wrong type would be null at every hit, one beside the output values is a misspelling. */
function checkConstant(
  surroundings: Surroundings,
  clause: Clause,
  source: TextSource,
  value: FeelValue,
  cell: DmnProblem["cell"],
): void {
  const place = { ...placeIn(surroundings, source.id), ...(cell ? { cell } : {}) };
  if (coerceTo(value, clause.type) === undefined) {
    const message = `Expected an output of type ${formatType(clause.type)}, but the cell is ${source.text.trim()}`;
    doubt(surroundings, "type-mismatch", message, place);
  } else if (clause.allows && !clause.allows(value)) {
    const message = `Expected one of the output values ${clause.values}, but the cell is ${source.text.trim()}`;
    doubt(surroundings, "table-output-value", message, place);
  }
}

/** The default outputs; undefined when no clause has one. */
export function compileDefaults(
  surroundings: Surroundings,
  table: TableSource,
  literal: LiteralReader,
): readonly Program[] | undefined {
  if (table.outputs.every((output) => output.defaultEntry === undefined)) return undefined;
  const clauses = compileClauses(surroundings, table, literal);
  return table.outputs.map(({ defaultEntry }, index) =>
    defaultEntry ? compileOutput(surroundings, clauses[index]!, defaultEntry, literal, undefined) : nullProgram,
  );
}

/** How hits become the table's value. */
export function hitRules(surroundings: Surroundings, table: TableSource): HitRules {
  const { hitPolicy, aggregation } = table;
  const names = table.outputs.map((output) => output.name ?? "");
  const hitValue = (outputs: readonly FeelValue[]): FeelValue => {
    if (names.length === 1) return outputs[0] ?? null;
    const context = new Map<string, FeelValue>();
    for (let index = 0; index < names.length; index++) context.set(names[index]!, outputs[index] ?? null);
    return context;
  };
  const prioritised = hitPolicy === "PRIORITY" || hitPolicy === "OUTPUT ORDER";
  const priorities = prioritised ? compilePriorities(surroundings, table) : [];
  return { hitPolicy, aggregation, hitValue, priorities };
}

/** The order of the output values is the order of their priority, the highest first (DMN 1.5 §8.2.10). */
function compilePriorities(surroundings: Surroundings, table: TableSource): readonly ((value: FeelValue) => number)[] {
  const orders = table.outputs.map((output) => {
    const declared = output.outputValues ?? surroundings.compilation.types.allowedValuesOf(output.typeRef);
    if (!declared || declared.text.trim() === "") return undefined;
    const list = compileFeel(surroundings, { ...declared, text: `[${declared.text}]` });
    return { list, values: undefined as readonly FeelValue[] | undefined };
  });
  if (orders.every((order) => order === undefined)) {
    const message = `Expected output values that say what comes first (hit policy ${table.hitPolicy}), but no output lists any`;
    surroundings.compilation.log.error("table-priorities", message, placeIn(surroundings, table.id));
  }
  return orders.map((order) => (value) => {
    if (!order) return 0;
    order.values ??= constantList(order.list);
    const rank = order.values.findIndex((candidate) => feelEquals(candidate, value) === true);
    return rank === -1 ? order.values.length : rank;
  });
}

function constantList(program: Program): readonly FeelValue[] {
  const value = program(new Map(), new EvaluationSession());
  return isList(value) ? value : [];
}
