/**
 * What every compiling function needs: the graph, the indices of elements and flows, the expression language, and where
 * to put problems. Texts become expressions through the few functions here, so that a syntax error always names its
 * element and attribute.
 */
import type { Expression } from "../../core/process.ts";
import { type ExpressionLanguage, ExpressionSyntaxError, feelExpression, staticExpression } from "../feel.ts";
import { describe, is, type ModdleElement, text } from "../moddle.ts";
import type { ModelGraph } from "../model-graph.ts";
import type { ProblemList } from "../problem.ts";

export interface Compilation {
  readonly graph: ModelGraph;
  readonly language: ExpressionLanguage;
  readonly problems: ProblemList;
  /** Also treat Camunda's agent job type as a native agent. */
  readonly nativeAgents: boolean;
}

/** Stands for an expression that does not parse; the error is already reported, the process is never deployed. */
const refused = staticExpression(null, "");

/** An attribute that is FEEL when it starts with `=` and a static text otherwise (zeebe's convention). */
export function feelOrText(
  compilation: Compilation,
  element: ModdleElement,
  source: string,
  attribute: string,
): Expression {
  const trimmed = source.trim();
  return trimmed.startsWith("=") ? feel(compilation, element, trimmed.slice(1), attribute) : staticExpression(source);
}

/** As `feelOrText`; undefined for an absent or blank text. */
export function optionalFeelOrText(
  compilation: Compilation,
  element: ModdleElement,
  source: string | undefined,
  attribute: string,
): Expression | undefined {
  return source === undefined || source.trim() === "" ? undefined : feelOrText(compilation, element, source, attribute);
}

/** FEEL, with or without its `=`. */
export function feel(compilation: Compilation, element: ModdleElement, source: string, attribute: string): Expression {
  const trimmed = source.trim();
  const body = trimmed.startsWith("=") ? trimmed.slice(1).trim() : trimmed;
  if (body === "") {
    compilation.problems.add(
      "error",
      "expression-empty",
      element,
      `Expected ${attribute} of ${describe(element)} to hold a FEEL expression, but it is empty`,
    );
    return refused;
  }
  try {
    return feelExpression(body, compilation.language);
  } catch (error) {
    if (!(error instanceof ExpressionSyntaxError)) throw error;
    const message = `Expected ${attribute} of ${describe(element)} to be a FEEL expression, but "${body.slice(0, 120)}": ${error.message}`;
    compilation.problems.add("error", "expression-syntax", element, message);
    return refused;
  }
}

/**
 * The body of a standard BPMN expression element (conditionExpression, loopCondition, …), BPMN 2.0.2 §8.4.7. A
 * bpmn:FormalExpression is FEEL with or without `=`; a bpmn:Expression is natural language (not executable) unless it
 * starts with `=`, as Camunda's modeler writes it.
 */
export function bodyExpression(
  compilation: Compilation,
  owner: ModdleElement,
  expression: ModdleElement | undefined,
  attribute: string,
): Expression | undefined {
  if (expression === undefined) return undefined;
  const body = text(expression, "body")?.trim() ?? "";
  if (body === "") {
    const message = `Expected ${attribute} of ${describe(owner)} to hold an expression, but it is empty`;
    compilation.problems.add("error", "expression-empty", owner, message);
    return refused;
  }
  if (body.startsWith("=")) return feel(compilation, owner, body, attribute);
  if (!is(expression, "bpmn:FormalExpression")) {
    const message = `Expected ${attribute} of ${describe(owner)} to be a formal expression (FEEL, starting with "="), but it is natural language: "${body.slice(0, 80)}"`;
    compilation.problems.add("error", "expression-natural-language", owner, message);
    return refused;
  }
  const language = text(expression, "language");
  if (language !== undefined && !/feel/i.test(language)) {
    const message = `Expected ${attribute} of ${describe(owner)} to be written in FEEL, but its language is "${language.slice(0, 80)}"`;
    compilation.problems.add("error", "expression-language", owner, message);
    return refused;
  }
  return feel(compilation, owner, body, attribute);
}

/** As `bodyExpression`, for what must be true or false: a constant of another type is refused. */
export function conditionExpression(
  compilation: Compilation,
  owner: ModdleElement,
  expression: ModdleElement | undefined,
  attribute: string,
): Expression | undefined {
  const condition = bodyExpression(compilation, owner, expression, attribute);
  if (condition?.constant !== undefined && condition !== refused && typeof condition.constant !== "boolean") {
    const message = `Expected ${attribute} of ${describe(owner)} to be true or false, but it is always ${JSON.stringify(condition.constant).slice(0, 60)}`;
    compilation.problems.add("error", "condition-type", owner, message);
  }
  return condition === undefined || condition.constant !== undefined ? condition : decided(condition);
}

/** How FEEL's warning about it begins. */
const undecidedIf = "Expected a boolean as the condition, but found";

/**
 * FEEL takes the else branch when the condition of an `if` is null, as it is with a misspelt name; what decides where a
 * process goes may not come about that way. Other nulls need nothing here: a condition that is null is an incident.
 */
function decided(condition: Expression): Expression {
  return {
    ...condition,
    evaluate(variables, now) {
      const result = condition.evaluate(variables, now);
      const doubt = result.ok ? result.warnings?.find((warning) => warning.startsWith(undecidedIf)) : undefined;
      if (doubt === undefined) return result;
      const message = `Expected the condition "${condition.source.slice(0, 120)}" to be decided, but: ${doubt}`;
      return { ok: false, failure: { kind: "CONDITION_ERROR", message } };
    },
  };
}
