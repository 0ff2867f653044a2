/** Decision tables to programs: DMN 1.5 chapter 8. Inputs are evaluated once, rules matched by index, outputs on a hit. */

import type { FeelScope, FeelValue } from "../../feel/index.ts";
import {
  anyType,
  compileUnaryTests,
  EvaluationSession,
  FeelSyntaxError,
  feelEquals,
  isList,
} from "../../feel/index.ts";
import { checkLanguage, compileFeel, parserNames } from "../boxed/literal.ts";
import { coerceValue } from "../coercion.ts";
import type { Program, Surroundings } from "../compilation.ts";
import { nullProgram, placeIn, reportFreeNames, typedProgram, typeFor } from "../compilation.ts";
import { compileAllowedValues } from "../item-definitions.ts";
import type { InputClauseSource, OutputClauseSource, TableSource, TextSource } from "../model-source.ts";
import { within } from "../problems.ts";
import { recordTable } from "../trace.ts";
import type { Cell, LiteralReader } from "./cell.ts";
import { parseCell } from "./cell.ts";
import { checkTable } from "./check-table.ts";
import type { Hit, HitRules } from "./hit-policy.ts";
import { applyHitPolicy } from "./hit-policy.ts";
import { newLiteralReader } from "./literal-reader.ts";
import type { CellTest, Column } from "./match-rules.ts";
import { compileMatcher } from "./match-rules.ts";

export function compileTable(surroundings: Surroundings, table: TableSource, name: string): Program {
  if (!checkTable(surroundings, table)) return nullProgram;
  const literal = newLiteralReader();
  const inputs = table.inputs.map((input) => compileInput(surroundings, input));
  const columns = table.inputs.map((_, index) => compileColumn(surroundings, table, index, literal));
  const outputs = compileOutputs(surroundings, table, literal);
  const defaults = compileDefaults(surroundings, table, literal);
  const rules = hitRules(surroundings, table);
  const match = compileMatcher(columns, table.rules.length);
  const onlyFirst = table.hitPolicy === "FIRST";
  return (scope, session) => {
    const values: FeelValue[] = [];
    for (const input of inputs) values.push(input(scope, session));
    const hits: Hit[] = [];
    match(values, scope, session, (rule) => {
      const hit: FeelValue[] = [];
      for (const output of outputs[rule]!) hit.push(output(scope, session));
      hits.push({ ruleIndex: rule + 1, outputs: hit });
      return !onlyFirst;
    });
    recordTable(session, { table, name, inputs: values, hits });
    if (hits.length > 0) return applyHitPolicy(rules, hits, session);
    return withoutHit(table, rules, defaults, scope, session);
  };
}

/** No rule matches: the default outputs where there are any, an empty collection's count is 0, else null. */
function withoutHit(
  table: TableSource,
  rules: HitRules,
  defaults: readonly Program[] | undefined,
  scope: FeelScope,
  session: EvaluationSession,
): FeelValue {
  if (defaults) {
    const value = rules.hitValue(defaults.map((output) => output(scope, session)));
    const listed = table.hitPolicy === "RULE ORDER" || table.hitPolicy === "OUTPUT ORDER";
    return listed || (table.hitPolicy === "COLLECT" && table.aggregation === undefined) ? [value] : value;
  }
  if (table.aggregation === "COUNT") return 0;
  if (session.strict) {
    return session.warn(
      "OUT_OF_RANGE",
      "Expected a rule of the table to match, but none does and there is no default.",
    );
  }
  return null;
}

function compileInput(surroundings: Surroundings, input: InputClauseSource): Program {
  const program = compileFeel(surroundings, input.expression);
  const typed = typedProgram(program, typeFor(surroundings, input.typeRef, input.id), coerceValue);
  const { allowedValues } = input;
  if (!allowedValues || allowedValues.text.trim() === "" || allowedValues.text.trim() === "-") return typed;
  const allows = compileAllowedValues(allowedValues, surroundings.compilation.log, placeIn(surroundings, input.id));
  if (!allows) return nullProgram;
  return (scope, session) => {
    const value = typed(scope, session);
    if (value === null || allows(value)) return value;
    return session.warn(
      "OUT_OF_RANGE",
      `Expected one of the input values ${allowedValues.text}, but the value is another.`,
    );
  };
}

function compileColumn(surroundings: Surroundings, table: TableSource, index: number, literal: LiteralReader): Column {
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
  const { types, componentNames, log } = surroundings.compilation;
  try {
    const names = parserNames(surroundings.names, componentNames);
    const compiled = compileUnaryTests(source.text, { names, types });
    reportFreeNames(surroundings, compiled, place);
    return (input, scope, session) => compiled.run(input, scope, session) === true;
  } catch (error) {
    if (!(error instanceof FeelSyntaxError)) throw error;
    log.error("expression-syntax", error.message, { ...place, position: within(error) });
    return () => false;
  }
}

function compileOutputs(
  surroundings: Surroundings,
  table: TableSource,
  literal: LiteralReader,
): readonly (readonly Program[])[] {
  const known = table.outputs.map(() => new Map<string, Program>());
  return table.rules.map((rule, ruleIndex) =>
    rule.outputs.map((source, index) => {
      const clause = table.outputs[index]!;
      const cell = { rule: ruleIndex + 1, column: table.inputs.length + index + 1 };
      const same = known[index]!.get(source.text);
      if (same) return same;
      const program = compileOutput(surroundings, table, clause, source, literal, cell);
      known[index]!.set(source.text, program);
      return program;
    }),
  );
}

function compileOutput(
  surroundings: Surroundings,
  table: TableSource,
  clause: OutputClauseSource,
  source: TextSource,
  literal: LiteralReader,
  cell: { readonly rule: number; readonly column: number } | undefined,
): Program {
  const type = outputType(surroundings, table, clause);
  const text = source.text.trim();
  // An empty output cell is null: tools write it where a rule leaves an output open.
  if (text === "" || text === "-") return nullProgram;
  const constant = /^(?:-?\d+(?:\.\d+)?|"[^"\\]*"|true|false)$/.test(text) ? literal(text) : undefined;
  if (constant && (source.language ?? "") === "") {
    const { value } = constant;
    return typedProgram(() => value, type, coerceValue);
  }
  return typedProgram(compileFeel(surroundings, source, cell), type, coerceValue);
}

/** Aggregates have the type of the table, so the outputs that they collect keep their own. */
function outputType(surroundings: Surroundings, table: TableSource, clause: OutputClauseSource) {
  if (table.aggregation === "COUNT") return anyType;
  return typeFor(surroundings, clause.typeRef, clause.id ?? table.id) ?? anyType;
}

function compileDefaults(
  surroundings: Surroundings,
  table: TableSource,
  literal: LiteralReader,
): readonly Program[] | undefined {
  if (table.outputs.every((output) => output.defaultEntry === undefined)) return undefined;
  return table.outputs.map((output) =>
    output.defaultEntry
      ? compileOutput(surroundings, table, output, output.defaultEntry, literal, undefined)
      : nullProgram,
  );
}

function hitRules(surroundings: Surroundings, table: TableSource): HitRules {
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
