// Binding arguments to parameters (DMN 1.5 §10.3.2.13.1 and §10.3.2.9.4).
// Contract: the first signature that the arguments fit is used; arguments are coerced to the parameter types; a call
// that fits none is null with a warning that says why.

import type { EvaluationSession, FeelPosition } from "./session.ts";
import { anyType, coerceTo, formatType } from "./type.ts";
import type { FeelFunction, FeelParameter, FeelSignature } from "./value.ts";
import { type FeelValue, isList, typeOf } from "./value.ts";

type Given = (FeelValue | undefined)[];

/** Calls a function with arguments in order. */
export function invokePositional(
  fn: FeelFunction,
  args: readonly FeelValue[],
  session: EvaluationSession,
  at?: FeelPosition,
): FeelValue {
  let problem: string | undefined;
  for (const signature of fn.signatures) {
    const given = arrange(signature, args);
    if (!given) continue;
    const mismatch = bind(signature, given);
    if (mismatch === undefined) return invoke(fn, signature, given, session, at);
    problem ??= mismatch;
  }
  problem ??= `Expected ${describeArity(fn)}, but got ${args.length}`;
  return session.warn("PARAMETER_MISMATCH", `${problem} (function ${fn.name}).`, at);
}

/** Calls a function with arguments by name. */
export function invokeNamed(
  fn: FeelFunction,
  args: ReadonlyMap<string, FeelValue>,
  session: EvaluationSession,
  at?: FeelPosition,
): FeelValue {
  let problem: string | undefined;
  for (const signature of fn.signatures) {
    const given = arrangeNamed(signature, args);
    if (!given) continue;
    const mismatch = bind(signature, given);
    if (mismatch === undefined) return invoke(fn, signature, given, session, at);
    problem ??= mismatch;
  }
  problem ??= `Expected the parameters of ${fn.name}, but got ${[...args.keys()].join(", ")}`;
  return session.warn("PARAMETER_MISMATCH", `${problem} (function ${fn.name}).`, at);
}

function invoke(
  fn: FeelFunction,
  signature: FeelSignature,
  given: Given,
  session: EvaluationSession,
  at: FeelPosition | undefined,
): FeelValue {
  const previous = session.position;
  session.position = at;
  const value = signature.invoke(given, session);
  session.position = previous;
  if (!signature.result) return value;
  const coerced = coerceTo(value, signature.result);
  if (coerced !== undefined) return coerced;
  const wanted = formatType(signature.result);
  return session.warn("INVALID_TYPE", `Expected ${wanted} from ${fn.name}, but it returned ${typeOf(value)}.`, at);
}

/** One slot per parameter; extra arguments go into the list of a variadic last parameter. */
function arrange(signature: FeelSignature, args: readonly FeelValue[]): Given | undefined {
  const count = signature.parameters.length;
  if (signature.variadic) {
    if (args.length < count) return undefined;
    return [...args.slice(0, count - 1), args.slice(count - 1)];
  }
  if (args.length > count || args.length < requiredCount(signature)) return undefined;
  return args.length === count ? [...args] : [...args, ...new Array<undefined>(count - args.length)];
}

function requiredCount(signature: FeelSignature): number {
  let count = signature.parameters.length;
  while (count > 0 && signature.parameters[count - 1]!.optional) count--;
  return count;
}

function arrangeNamed(signature: FeelSignature, args: ReadonlyMap<string, FeelValue>): Given | undefined {
  const given: Given = [];
  let used = 0;
  for (const parameter of signature.parameters) {
    const value = args.get(parameter.name);
    if (value !== undefined) used++;
    else if (!parameter.optional && !signature.lenient) return undefined;
    given.push(value);
  }
  if (signature.variadic && used > 0 && !isList(given.at(-1) ?? null)) given.push([given.pop() ?? null]);
  return used === args.size ? given : undefined;
}

/** Coerces in place; answers what does not fit. */
function bind(signature: FeelSignature, given: Given): string | undefined {
  const { parameters } = signature;
  for (let index = 0; index < parameters.length; index++) {
    const parameter = parameters[index]!;
    const value = given[index];
    if (value === undefined) continue;
    if (value === null && parameter.required) return mismatch(parameter, value);
    if (!parameter.type || value === null) continue;
    const coerced = coerceTo(value, parameter.type);
    if (coerced === undefined || (coerced === null && parameter.required)) return mismatch(parameter, value);
    given[index] = coerced;
  }
  return undefined;
}

function mismatch(parameter: FeelParameter, value: FeelValue): string {
  return `Expected ${formatType(parameter.type ?? anyType)} for "${parameter.name}", but got ${typeOf(value)}`;
}

function describeArity(fn: FeelFunction): string {
  const counts = fn.signatures.map((signature) =>
    signature.variadic ? `${signature.parameters.length} or more` : String(signature.parameters.length),
  );
  return `${[...new Set(counts)].join(" or ")} arguments`;
}
