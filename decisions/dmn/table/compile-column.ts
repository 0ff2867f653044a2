/** One input column of a table: the structure of its cells for the index, and their FEEL for what the index cannot tell. */

import type { FeelType } from "../../feel/index.ts";
import { compileUnaryTests, FeelSyntaxError, literalPatternProblem } from "../../feel/index.ts";
import { checkLanguage } from "../boxed/literal.ts";
import type { Surroundings } from "../compilation.ts";
import { doubt, placeIn, reportFreeNames } from "../compilation.ts";
import { baseOf } from "../item-definitions.ts";
import type { TableSource, TextSource } from "../model-source.ts";
import { parserNames } from "../parser-names.ts";
import { within } from "../problems.ts";
import type { Cell, LiteralReader } from "./cell.ts";
import { parseCell } from "./cell.ts";
import type { CellTest, Column } from "./match-rules.ts";

/** @param type of the column's input expression, as declared */
export function compileColumn(
  surroundings: Surroundings,
  table: TableSource,
  index: number,
  literal: LiteralReader,
  type: FeelType | undefined,
): Column {
  const cells: Cell[] = [];
  const tests: CellTest[] = [];
  const known = new Map<string, CellTest>();
  table.rules.forEach((rule, ruleIndex) => {
    const source = rule.inputs[index]!;
    const cell = parseCell(source.text, literal);
    cells.push(cell);
    const compile = (): CellTest => compileCell(surroundings, source, ruleIndex + 1, index + 1);
    let test = known.get(source.text);
    // A cell whose structure is known is FEEL for certain; it is compiled only if a null or another type comes by.
    if (!test) {
      test = cell.kind === "expression" ? compile() : lazily(compile);
      known.set(source.text, test);
      checkCellType(surroundings, source, cell, type, { rule: ruleIndex + 1, column: index + 1 });
    }
    tests.push(test);
  });
  return { cells, tests };
}

function lazily(compile: () => CellTest): CellTest {
  let test: CellTest | undefined;
  return (input, scope, session) => {
    test ??= compile();
    return test(input, scope, session);
  };
}

function compileCell(surroundings: Surroundings, source: TextSource, rule: number, column: number): CellTest {
  const place = { ...placeIn(surroundings, source.id), cell: { rule, column } };
  if (!checkLanguage(surroundings, source, place)) return () => false;
  const { types, log } = surroundings.compilation;
  try {
    const names = parserNames(surroundings, source.text);
    const compiled = compileUnaryTests(source.text, { names, types });
    reportFreeNames(surroundings, compiled, place);
    const problem = literalPatternProblem(compiled.tree);
    if (problem !== undefined) doubt(surroundings, "expression-pattern", problem, place);
    return (input, scope, session) => compiled.run(input, scope, session) === true;
  } catch (error) {
    if (!(error instanceof FeelSyntaxError)) throw error;
    log.error("expression-syntax", error.message, { ...place, position: within(error) });
    return () => false;
  }
}

/** The types whose values cells name; anything else is compared by expressions only. */
const scalarKinds = new Set<FeelType["kind"]>([
  "number",
  "string",
  "boolean",
  "date",
  "time",
  "date and time",
  "days and time duration",
  "years and months duration",
]);

/** A cell of another type than its input never holds: a quoted number, a date among texts. */
function checkCellType(
  surroundings: Surroundings,
  source: TextSource,
  cell: Cell,
  type: FeelType | undefined,
  at: { readonly rule: number; readonly column: number },
): void {
  const kind = type && baseOf(type).kind;
  if (cell.kind !== "tests" || kind === undefined || !scalarKinds.has(kind) || kind === cell.valueType) return;
  const message = `Expected a test of ${kind} like its input, but ${source.text.trim()} tests ${cell.valueType}`;
  doubt(surroundings, "type-mismatch", message, { ...placeIn(surroundings, source.id), cell: at });
}
