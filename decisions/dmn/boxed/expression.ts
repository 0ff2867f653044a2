/** Boxed expressions to programs: DMN 1.5 §10.2. This file chooses, one file per expression does the work. */

import type { Program, Surroundings } from "../compilation.ts";
import { nullProgram, placeIn } from "../compilation.ts";
import type { ExpressionSource } from "../model-source.ts";
import { compileTable } from "../table/compile-table.ts";
import { compileConditional } from "./conditional.ts";
import { compileContext } from "./context.ts";
import { compileFilter } from "./filter.ts";
import { compileFunction } from "./function-definition.ts";
import { compileInvocation } from "./invocation.ts";
import { compileFor, compileQuantified } from "./iterator.ts";
import { compileList } from "./list.ts";
import { compileLiteral } from "./literal.ts";
import { compileRelation } from "./relation.ts";

/**
 * Compiles an expression.
 * @param role what a missing expression is called in the complaint, such as "the then branch"
 * @param resultName how a function or a table among the expressions is called
 */
export function compileBoxed(
  surroundings: Surroundings,
  source: ExpressionSource | undefined,
  role: string,
  resultName = role,
): Program {
  if (!source) {
    const message = `Expected an expression for ${role}, but there is none`;
    surroundings.compilation.log.error("expression-missing", message, placeIn(surroundings, undefined));
    return nullProgram;
  }
  switch (source.kind) {
    case "literal":
      return compileLiteral(surroundings, source);
    case "table":
      return compileTable(surroundings, source, resultName);
    case "context":
      return compileContext(surroundings, source);
    case "invocation":
      return compileInvocation(surroundings, source);
    case "list":
      return compileList(surroundings, source);
    case "relation":
      return compileRelation(surroundings, source);
    case "function":
      return compileFunction(surroundings, source, resultName);
    case "conditional":
      return compileConditional(surroundings, source);
    case "filter":
      return compileFilter(surroundings, source);
    case "for":
      return compileFor(surroundings, source);
    case "some":
    case "every":
      return compileQuantified(surroundings, source);
  }
}
