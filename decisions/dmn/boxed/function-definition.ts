/**
 * Boxed function definition: DMN 1.5 §10.2.1.7 (FEEL bodies) and §10.3.2.13.3 (external functions). The value is a
 * function that closes over its scope; parameters and result are coerced by whoever calls it.
 */

import type { FeelParameter, FeelType, FeelValue } from "../../feel/index.ts";
import { anyType, feelFunction, formatFeel } from "../../feel/index.ts";
import type { Program, Surroundings } from "../compilation.ts";
import { Frame, nullProgram, placeIn, typeFor, withNames } from "../compilation.ts";
import type { ContextSource, FunctionSource } from "../model-source.ts";
import { compileBoxed } from "./expression.ts";
import { compileFeel } from "./literal.ts";
import { measureBoxed } from "./measure.ts";

/** @param resultType of the knowledge model's variable; the definition's own `typeRef` where there is none */
export function compileFunction(
  surroundings: Surroundings,
  source: FunctionSource,
  name: string,
  resultType?: FeelType,
): Program {
  const parameters = compileParameters(surroundings, source);
  if (source.functionKind === "Java") return compileJava(surroundings, source, name);
  if (source.functionKind === "PMML") return refusePmml(surroundings, source);
  const names = parameters.map((parameter) => parameter.name);
  const body = compileBoxed(withNames(surroundings, names), source.body, `the body of ${name}`, name);
  const { weight, depth } = measureBoxed(source.body);
  const result = resultType ?? typeFor(surroundings, source.body?.typeRef ?? source.typeRef, source.id);
  return (scope) =>
    feelFunction(
      name,
      parameters,
      (args, session) => {
        // Paid for at each call: recursion that never loops must end in a limit, too.
        session.charge(weight);
        session.enter(depth);
        const values = new Map<string, FeelValue>();
        args.forEach((arg, index) => {
          values.set(names[index] ?? "", arg);
        });
        const value = body(new Frame(values, scope), session);
        session.leave(depth);
        return value;
      },
      result,
    );
}

function compileParameters(surroundings: Surroundings, source: FunctionSource): readonly FeelParameter[] {
  const parameters = source.parameters.map((parameter): FeelParameter => {
    const type = typeFor(surroundings, parameter.typeRef, parameter.id ?? source.id) ?? anyType;
    return { name: parameter.name, type };
  });
  if (new Set(source.parameters.map((parameter) => parameter.name)).size < parameters.length) {
    const message = "Expected parameters with different names, but two have the same";
    surroundings.compilation.log.error("model-duplicate-name", message, placeIn(surroundings, source.id));
  }
  return parameters;
}

/** A Java function is written as FEEL's `external`, so that one registry in decisions/feel serves both spellings. */
function compileJava(surroundings: Surroundings, source: FunctionSource, name: string): Program {
  const className = source.body?.kind === "context" ? textOfEntry(source.body, "class") : undefined;
  const signature = source.body?.kind === "context" ? textOfEntry(source.body, "method signature") : undefined;
  if (className === undefined || signature === undefined) {
    const message = `Expected the class and the method signature of ${name}, but the body does not name them`;
    surroundings.compilation.log.error("expression-incomplete", message, placeIn(surroundings, source.id));
    return nullProgram;
  }
  const parameters = source.parameters.map(({ name: parameter, typeRef }) => {
    return typeRef === undefined ? parameter : `${parameter}: ${typeRef}`;
  });
  const text = `function(${parameters.join(", ")}) external { java: { class: ${className}, method signature: ${signature} } }`;
  return compileFeel(surroundings, { id: source.id, text, language: undefined });
}

/** The entry's text, which must be a string literal of FEEL. */
function textOfEntry(context: ContextSource, name: string): string | undefined {
  const value = context.entries.find((entry) => entry.variable?.name === name)?.value;
  if (value?.kind !== "literal") return undefined;
  const quoted = /^\s*"((?:[^"\\]|\\.)*)"\s*$/.exec(value.text);
  return quoted ? `"${quoted[1]}"` : formatFeel(value.text.trim());
}

function refusePmml(surroundings: Surroundings, source: FunctionSource): Program {
  const message = "Expected a function in FEEL or Java, but PMML models are not supported";
  surroundings.compilation.log.error("expression-unsupported", message, placeIn(surroundings, source.id));
  return nullProgram;
}
