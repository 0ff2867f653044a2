/** Decision tables to programs: DMN 1.5 chapter 8. Inputs are evaluated once, rules matched by index, outputs on a hit. */
import type { EvaluationSession, FeelScope, FeelType, FeelValue } from "../../feel/index.ts";
import { compileFeel } from "../boxed/literal.ts";
import { coerceValue } from "../coercion.ts";
import type { Program, Surroundings } from "../compilation.ts";
import { nullProgram, placeIn, typedProgram, typeFor } from "../compilation.ts";
import { compileAllowedValues } from "../item-definitions.ts";
import type { InputClauseSource, TableSource } from "../model-source.ts";
import { recordTable } from "../trace.ts";
import { checkTable } from "./check-table.ts";
import { compileColumn } from "./compile-column.ts";
import { compileDefaults, compileOutputs, hitRules } from "./compile-outputs.ts";
import type { Hit, HitRules } from "./hit-policy.ts";
import { applyHitPolicy } from "./hit-policy.ts";
import { newLiteralReader } from "./literal-reader.ts";
import { compileMatcher } from "./match-rules.ts";

export function compileTable(surroundings: Surroundings, table: TableSource, name: string): Program {
  if (!checkTable(surroundings, table)) return nullProgram;
  const literal = newLiteralReader();
  const types = table.inputs.map((input) => typeFor(surroundings, input.typeRef, input.id));
  const inputs = table.inputs.map((input, index) => compileInput(surroundings, input, types[index]));
  const columns = table.inputs.map((_, index) => compileColumn(surroundings, table, index, literal, types[index]));
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

function compileInput(surroundings: Surroundings, input: InputClauseSource, type: FeelType | undefined): Program {
  const typed = typedProgram(compileFeel(surroundings, input.expression), type, coerceValue);
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
