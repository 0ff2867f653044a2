// feelin's own evaluator behind our result type: selectable for parity with the modelers' preview, and the oracle of
// the differential test. Binary floats, no limits: never for guards and policies.
import { evaluate as feelinEvaluate, unaryTest as feelinUnaryTest } from "feelin";

export interface FeelinResult {
  value: unknown;
  warnings: readonly { type: string; message: string; position?: { from: number; to: number } }[];
}

/** Evaluates with feelin; the value is feelin's. */
export function evaluateWithFeelin(source: string, context: Readonly<Record<string, unknown>>): FeelinResult {
  return feelinEvaluate(source, { ...context }) as FeelinResult;
}

export function unaryTestWithFeelin(source: string, context: Readonly<Record<string, unknown>>): FeelinResult {
  return feelinUnaryTest(source, { ...context }) as FeelinResult;
}
