/** Boxed conditional: DMN 1.5 §10.2.2.1. A condition that is not true takes the else branch, as FEEL's `if` does. */

import type { EvaluationSession, FeelValue } from "../../feel/index.ts";
import { typeOf } from "../../feel/index.ts";
import type { Program, Surroundings } from "../compilation.ts";
import type { ConditionalSource } from "../model-source.ts";
import { compileBoxed } from "./expression.ts";

export function compileConditional(surroundings: Surroundings, source: ConditionalSource): Program {
  const condition = compileBoxed(surroundings, source.condition, "the condition");
  const consequence = compileBoxed(surroundings, source.consequence, "the then branch");
  const alternative = compileBoxed(surroundings, source.alternative, "the else branch");
  return (scope, session) =>
    (holds(condition(scope, session), "if", session) ? consequence : alternative)(scope, session);
}

/** Whether a condition is true. Anything but true and false is worth a warning; in strict mode it ends the evaluation. */
export function holds(value: FeelValue, what: string, session: EvaluationSession): boolean {
  if (typeof value !== "boolean") {
    session.warn("INVALID_TYPE", `Expected true or false for ${what}, but the value is of type ${typeOf(value)}.`);
  }
  return value === true;
}
