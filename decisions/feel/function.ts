// Function values: built-ins, lambdas, and what decisions/dmn supplies (knowledge models, services, external functions).
// Contract: `invoke` gets exactly one argument per declared parameter (absent optional ones are undefined) and
// returns a value; failures are warnings on the session, never exceptions, except the session's own limit signal.
import type { EvaluationSession } from "./session.ts";
import type { FeelType } from "./type.ts";
import type { FeelValue } from "./value.ts";

export interface FeelParameter {
  readonly name: string;
  /** The argument is coerced to it, and refused if it does not conform. */
  readonly type?: FeelType;
  readonly optional?: boolean;
  /** Null is refused: the call is null with a warning. Parameters of user functions take null. */
  readonly required?: boolean;
}

/** One way to call a function. Built-ins can have several (`substring` with two or three parameters). */
export interface FeelSignature {
  readonly parameters: readonly FeelParameter[];
  /** The last parameter takes any number of values, handed over as one list. */
  readonly variadic?: boolean;
  readonly result?: FeelType;
  /** Missing named arguments are null instead of a mismatch. */
  readonly lenient?: boolean;
  invoke(args: readonly (FeelValue | undefined)[], session: EvaluationSession): FeelValue;
}

export class FeelFunction {
  readonly kind = "function";
  readonly name: string;
  readonly signatures: readonly FeelSignature[];

  constructor(name: string, signatures: readonly FeelSignature[]) {
    this.name = name;
    this.signatures = signatures;
  }

  get parameters(): readonly FeelParameter[] {
    return this.signatures[0]?.parameters ?? [];
  }
}

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
