/** Boxed conditional: DMN 1.5 §10.2.2.1. A null condition takes the else branch, a condition of another type has no value. */

import type { EvaluationSession, FeelValue } from "../../feel/index.ts";
import { typeOf } from "../../feel/index.ts";
import type { Program, Surroundings } from "../compilation.ts";
import type { ConditionalSource } from "../model-source.ts";
import { compileBoxed } from "./expression.ts";

export function compileConditional(surroundings: Surroundings, source: ConditionalSource): Program {
  const condition = compileBoxed(surroundings, source.condition, "the condition");
  const consequence = compileBoxed(surroundings, source.consequence, "the then branch");
  const alternative = compileBoxed(surroundings, source.alternative, "the else branch");
  return (scope, session) => {
    const value = condition(scope, session);
    if (value === true) return consequence(scope, session);
    if (value === false || value === null) return alternative(scope, session);
    return refuse(value, "the condition", session);
  };
}

/** A value that should have been true or false: the expression is null, and in strict mode the evaluation ends. */
export function refuse(value: FeelValue, what: string, session: EvaluationSession): null {
  return session.warn("INVALID_TYPE", `Expected true or false for ${what}, but the value is of type ${typeOf(value)}.`);
}
