// FEEL (DMN 1.5/1.6 §10): exact, complete, bounded. The public face of this room; nothing else is imported from outside.
// Parsing is feelin's grammar; the tree, the compiler, the numbers, the dates and the functions are ours.
import { builtInFunctions } from "./builtins/registry.ts";
import type { FeelScope } from "./compile/frame.ts";
import { type CompileOptions, compileExpression, compileUnaryTests, type EvaluateOptions } from "./expression.ts";
import { evaluateWithFeelin, unaryTestWithFeelin } from "./feelin-engine.ts";
import { scopeFromJson } from "./json.ts";
import { formatType } from "./type.ts";

export type { Node as FeelNode, UnaryTestsNode } from "./ast.ts";
export { extremeOf, sumOf } from "./builtins/aggregates.ts";
export { distinctValues } from "./builtins/lists.ts";
export type { FunctionRegistry } from "./compile/build.ts";
export type { FeelScope } from "./compile/frame.ts";
export { feelCompare, feelEquals, isSame, rangeIncludes } from "./equality.ts";
export type {
  CompiledExpression,
  CompiledUnaryTests,
  CompileOptions,
  EvaluateOptions,
  Evaluation,
  References,
} from "./expression.ts";
export { compileExpression, compileUnaryTests, runGuarded } from "./expression.ts";
export { externalFunction } from "./external.ts";
export { formatFeel } from "./format.ts";
export { feelFunction } from "./function.ts";
export { invokeNamed, invokePositional } from "./invoke.ts";
export { fromJson, type JsonValue, scopeFromJson, toJson } from "./json.ts";
export { type FeelLimits, feelLimits, readLimits, ValueLimitError } from "./limits.ts";
export { literalPatternProblem } from "./literal-patterns.ts";
export { add, compareNumbers, divide, FeelDecimal, modulo, multiply, negate, subtract } from "./number/decimal.ts";
export { type RoundingMode, roundTo } from "./number/rounding.ts";
export { formatNumber, fromJsNumber, parseNumber } from "./number/text.ts";

export {
  EvaluationSession,
  type FeelFailure,
  type FeelPosition,
  type FeelWarning,
  type FeelWarningType,
  type SessionOptions,
} from "./session.ts";
export { constantOf, type UnaryTestShape } from "./shape.ts";
export { FeelSyntaxError, type SourcePosition } from "./syntax-error.ts";
export type { NameTree } from "./syntax-tree.ts";
export { FeelDate, makeDate } from "./temporal/date.ts";
export { FeelDateTime, instantOf } from "./temporal/date-time.ts";
export { DaysTimeDuration, YearsMonthsDuration } from "./temporal/duration.ts";
export { parseDate, parseDateTime, parseDuration, parseTemporal, parseTime } from "./temporal/parse.ts";
export { FeelTime, makeTime } from "./temporal/time.ts";
export {
  anyType,
  builtInType,
  coerceTo,
  conformsTo,
  formatType,
  isInstance,
  isSubtype,
  type TypeEnvironment,
} from "./type.ts";
export {
  type FeelContext,
  type FeelDuration,
  FeelFunction,
  type FeelList,
  type FeelNumber,
  type FeelParameter,
  FeelRange,
  type FeelSignature,
  type FeelTemporal,
  type FeelType,
  type FeelTypeName,
  type FeelValue,
  isContext,
  isDuration,
  isFunction,
  isList,
  isNumber,
  isRange,
  isTemporal,
  typeOf,
} from "./value.ts";
export { toJsonText } from "./write-json-text.ts";

/** How `evaluate` and `unaryTest` take their texts and run them. */
export interface QuickOptions extends CompileOptions, EvaluateOptions {
  /** "feelin" gives what the modelers' preview shows: binary floats and no limits. Default "interlock". */
  engine?: "interlock" | "feelin";
}

/** A scope over plain data (converted when first read) or over FEEL values. */
function scopeOf(context: Readonly<Record<string, unknown>> | FeelScope): FeelScope {
  return isScope(context) ? context : scopeFromJson(context);
}

function isScope(context: object): context is FeelScope {
  return context instanceof Map;
}

/** Compiles and evaluates an expression at once. For anything that runs twice, compile. */
export function evaluate(
  source: string,
  context: Readonly<Record<string, unknown>> | FeelScope = {},
  options: QuickOptions = {},
) {
  if (options.engine === "feelin") return evaluateWithFeelin(source, isScope(context) ? {} : context);
  return compileExpression(source, options).evaluate(scopeOf(context), options);
}

/** Compiles and evaluates unary tests at once; the input is the entry "?" of the context, or `options.input`. */
export function unaryTest(
  source: string,
  context: Readonly<Record<string, unknown>> | FeelScope = {},
  options: QuickOptions = {},
) {
  if (options.engine === "feelin") return unaryTestWithFeelin(source, isScope(context) ? {} : context);
  const scope = scopeOf(context);
  const input = options.input ?? scope.get("?") ?? null;
  return compileUnaryTests(source, options).evaluate(input, scope, options);
}

/** A built-in for editors and linters. */
export interface VocabularyEntry {
  name: string;
  parameters: readonly { name: string; type: string; optional: boolean }[];
  variadic: boolean;
}

/** Every signature of every built-in function. */
export const feelVocabulary: readonly VocabularyEntry[] = [...builtInFunctions().values()].flatMap((fn) =>
  fn.signatures.map((signature) => ({
    name: fn.name,
    parameters: signature.parameters.map((parameter) => ({
      name: parameter.name,
      type: parameter.type ? formatType(parameter.type) : "Any",
      optional: parameter.optional ?? false,
    })),
    variadic: signature.variadic ?? false,
  })),
);
