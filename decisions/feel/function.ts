// Makes function values of what decisions/dmn and the embedding code supply.
import type { EvaluationSession } from "./session.ts";
import { FeelFunction, type FeelParameter, type FeelType, type FeelValue } from "./value.ts";

/**
 * Makes a function value that expressions can call.
 * @param invoke gets the coerced arguments in order and the caller's session: pass it on to nested evaluations,
 *   so that they share budget, clock and warnings.
 */
export function feelFunction(
  name: string,
  parameters: readonly (string | FeelParameter)[],
  invoke: (args: readonly FeelValue[], session: EvaluationSession) => FeelValue,
  result?: FeelType,
): FeelFunction {
  const declared = parameters.map((parameter) => (typeof parameter === "string" ? { name: parameter } : parameter));
  return new FeelFunction(name, [
    {
      parameters: declared,
      ...(result === undefined ? {} : { result }),
      invoke: (args, session) =>
        invoke(
          args.map((arg) => arg ?? null),
          session,
        ),
    },
  ]);
}
