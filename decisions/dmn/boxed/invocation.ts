/** Boxed invocation: DMN 1.5 §10.2.1.3. Parameters are bound by name. */

import type { FeelValue } from "../../feel/index.ts";
import { invokeNamed, isFunction, typeOf } from "../../feel/index.ts";
import { coerceValue } from "../coercion.ts";
import type { Program, Surroundings } from "../compilation.ts";
import { placeIn, typedProgram, typeFor } from "../compilation.ts";
import type { InvocationSource } from "../model-source.ts";
import { compileBoxed } from "./expression.ts";

export function compileInvocation(surroundings: Surroundings, source: InvocationSource): Program {
  const called = compileBoxed(surroundings, source.called, "the called function");
  const bindings = source.bindings.map(({ parameter, value }) => {
    const program = compileBoxed(surroundings, value, `the parameter ${parameter.name}`);
    const type = typeFor(surroundings, parameter.typeRef, parameter.id ?? source.id);
    return { name: parameter.name, program: typedProgram(program, type, coerceValue) };
  });
  if (new Set(bindings.map((binding) => binding.name)).size < bindings.length) {
    const message = "Expected each parameter bound once, but one is bound again";
    surroundings.compilation.log.error("model-duplicate-name", message, placeIn(surroundings, source.id));
  }
  return (scope, session) => {
    const callee = called(scope, session);
    if (!isFunction(callee)) {
      return session.warn(
        "NO_FUNCTION_FOUND",
        `Expected a function to invoke, but the value is of type ${typeOf(callee)}.`,
      );
    }
    const args = new Map<string, FeelValue>();
    for (const { name, program } of bindings) args.set(name, program(scope, session));
    return invokeNamed(callee, args, session);
  };
}
