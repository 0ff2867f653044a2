/**
 * Texts of the model become core `Expression`s here: FEEL through the decision plane's language, static texts as they
 * are. Evaluation never throws: what FEEL cannot evaluate comes back as a failure value (an incident later).
 * FEEL is DMN 1.6 chapter 10; the leading `=` that marks it in attributes is Camunda's convention. The language's own
 * door is used, not `decisions/index.ts`: that one brings the plane and its store along, and this file runs in browsers.
 */
import {
  compileExpression,
  type FeelScope,
  FeelSyntaxError,
  type FeelValue,
  fromJson,
  literalPatternProblem,
  toJson,
  ValueLimitError,
} from "../../decisions/feel/index.ts";
import type { Result } from "../core/failure.ts";
import type { EpochMs, JsonValue } from "../core/json.ts";
import type { Expression, VariableLookup } from "../core/process.ts";

/** What this room needs from an expression language; tests and other dialects may give their own. */
export interface ExpressionLanguage {
  /** @param source without a leading `=`. @throws {ExpressionSyntaxError} */
  compile(source: string): Omit<Expression, "source" | "constant">;
}

/** The text does not parse; the message holds the position inside the text. */
export class ExpressionSyntaxError extends Error {}

/** Functions whose value changes although no variable does: such expressions are never folded into constants. */
const timeOrChance = /\b(?:now|today|random number|uuid)\s*\(/;

export const feelLanguage: ExpressionLanguage = {
  compile(source) {
    const compiled = parse(source);
    const clocked = timeOrChance.test(source);
    const failed = (why: string): Result<JsonValue> => ({
      ok: false,
      failure: {
        kind: "EXTRACT_VALUE_ERROR",
        message: `Expected the expression "${shorten(source)}" to be evaluated, but ${why}`,
      },
    });
    return {
      references: compiled.references,
      evaluate(variables, now) {
        // Drawn values are recorded in events like any other: replay reads them and never draws again.
        const options = clocked ? { now: new Date(now).toISOString(), seed: crypto.randomUUID() } : {};
        try {
          const { value, warnings, error } = compiled.evaluate(scopeOf(variables), { ...options, strict: false });
          if (error !== undefined) return failed(error.message);
          const json = toJson(value) as JsonValue;
          return warnings.length === 0
            ? { ok: true, value: json }
            : { ok: true, value: json, warnings: warnings.map((each) => each.message) };
        } catch (error) {
          if (error instanceof ValueLimitError) return failed(error.message);
          throw error;
        }
      },
    };
  },
};

function parse(source: string): ReturnType<typeof compileExpression> {
  try {
    const compiled = compileExpression(source);
    const problem = literalPatternProblem(compiled.tree);
    if (problem !== undefined) throw new ExpressionSyntaxError(problem);
    return compiled;
  } catch (error) {
    if (error instanceof FeelSyntaxError) throw new ExpressionSyntaxError(error.message);
    throw error;
  }
}

/** Converts a variable when the expression asks for it: the size of the scope costs nothing. */
function scopeOf(variables: VariableLookup): FeelScope {
  return {
    get(name): FeelValue | undefined {
      const value = variables.get(name);
      return value === undefined ? undefined : fromJson(value);
    },
  };
}

const noVariables: VariableLookup = { get: () => undefined };

/** Compiles FEEL; `source` is kept with its `=`. Values that depend on nothing are computed once, here. */
export function feelExpression(body: string, language: ExpressionLanguage): Expression {
  const compiled = language.compile(body);
  const source = `=${body}`;
  if (compiled.references.length > 0 || timeOrChance.test(body)) return { source, ...compiled };
  const result = compiled.evaluate(noVariables, 0);
  if (!result.ok || result.warnings !== undefined) return { source, ...compiled };
  const { value } = result;
  return { source, references: [], constant: value, evaluate: () => ({ ok: true, value }) };
}

/** A text that means itself. */
export function staticExpression(value: JsonValue, source = String(value)): Expression {
  return {
    source,
    references: [],
    constant: value,
    evaluate: (_variables: VariableLookup, _now: EpochMs) => ({ ok: true, value }),
  };
}

/** The value of one variable; its name need not be a FEEL name (ids may hold dashes and dots). */
export function variableExpression(name: string): Expression {
  return {
    source: `=${name}`,
    references: [name],
    evaluate: (variables: VariableLookup) => ({ ok: true, value: variables.get(name) ?? null }),
  };
}

function shorten(source: string): string {
  return source.length <= 120 ? source : `${source.slice(0, 117)}…`;
}
