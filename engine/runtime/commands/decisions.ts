/** Calls that evaluate: a deployed decision, a FEEL expression. */
import { compileExpression, FeelSyntaxError, fromJson, toJson } from "../../../decisions/index.ts";
import type { JsonValue } from "../../core/json.ts";
import { admitObject, tenantOf } from "../admit-input.ts";
import type { EvaluateDecisionInput, EvaluatedDecisionResult } from "../contract/commands.ts";
import type { CallContext } from "../contract/context.ts";
import type { Engine } from "../contract/engine.ts";
import { EngineError } from "../contract/errors.ts";
import type { DecisionEntry } from "../decision-definitions.ts";
import { decisionRows } from "../decision-rows.ts";
import type { Deps } from "../deps.ts";
import { statementName } from "../rows/tables.ts";
import { assertNamed, assertUnlimited } from "../scope.ts";

const expressionLengthMax = 16_384;

type DecisionCalls = Pick<Engine, "evaluateDecision" | "evaluateExpression">;

export function decisionCalls(deps: Deps): DecisionCalls {
  return {
    evaluateDecision: (input, context) => evaluate(deps, input, context),
    async evaluateExpression({ expression, variables, tenantId }, context) {
      assertUnlimited(context);
      if (expression.length > expressionLengthMax)
        throw new EngineError(
          "tooLarge",
          `Expected an expression of at most ${expressionLengthMax} characters, but it has ${expression.length}`,
        );
      const values = admitObject(variables, "variables", deps.limits.variablesBytesMax);
      const source = expression.startsWith("=") ? expression.slice(1) : expression;
      const compiled = parse(source);
      const tenant = tenantOf(tenantId, context);
      const result = compiled.evaluate(
        {
          get(name) {
            if (Object.hasOwn(values, name)) return fromJson(values[name] as JsonValue);
            return name === "camunda" ? fromJson(deps.catalog.clusterVariables.seenBy(tenant)) : undefined;
          },
        },
        { now: new Date(deps.clock.now()).toISOString(), strict: false },
      );
      if (result.error)
        throw new EngineError("invalid", `Expected the expression to be evaluated, but ${result.error.message}`);
      return {
        expression,
        result: toJson(result.value) as JsonValue,
        warnings: result.warnings.map(({ message }) => ({ message })),
      };
    },
  };
}

function parse(source: string): ReturnType<typeof compileExpression> {
  try {
    return compileExpression(source);
  } catch (error) {
    if (error instanceof FeelSyntaxError) throw new EngineError("invalid", error.message);
    throw error;
  }
}

function entryFor(deps: Deps, input: EvaluateDecisionInput, context: CallContext): DecisionEntry | undefined {
  const { decisions } = deps.catalog;
  if (input.decisionDefinitionKey !== undefined) {
    const entry = decisions.entry(input.decisionDefinitionKey);
    return entry && context.tenantIds && !context.tenantIds.includes(entry.tenantId) ? undefined : entry;
  }
  if (input.decisionDefinitionId === undefined)
    throw new EngineError("invalid", "Expected a decisionDefinitionKey or a decisionDefinitionId, but got neither");
  const tenantId = tenantOf(input.tenantId, context);
  const latest = { binding: { type: "latest" }, callerDeploymentKey: "0", tenantId } as const;
  return (
    decisions.find({ decisionId: input.decisionDefinitionId, ...latest }) ??
    decisions.findByName(input.decisionDefinitionId, tenantId)
  );
}

async function evaluate(
  deps: Deps,
  input: EvaluateDecisionInput,
  context: CallContext,
): Promise<EvaluatedDecisionResult> {
  const { catalog, keys, clock, groupCommit, limits } = deps;
  const variables = admitObject(input.variables, "variables", limits.variablesBytesMax);
  let entry = entryFor(deps, input, context);
  if (!entry) {
    await catalog.decisions.refresh();
    entry = entryFor(deps, input, context);
  }
  if (!entry)
    throw new EngineError(
      "notFound",
      `Expected a deployed decision '${String(input.decisionDefinitionKey ?? input.decisionDefinitionId).slice(0, 200)}', but there is none`,
    );
  assertNamed(context, "decisionIds", entry.decisionId);
  await catalog.decisions.load(entry);
  await keys.ensure();
  const evaluationKey = keys.next();
  const trace = catalog.decisions.evaluate(entry, variables, clock.now(), evaluationKey, null);
  const rows = decisionRows(trace, null);
  await groupCommit.submit({ writes: [{ statement: statementName("decisionInstance"), rows }] });
  const requirements = entry;
  return {
    decisionDefinitionId: entry.decisionId,
    decisionDefinitionKey: entry.key,
    decisionDefinitionName: entry.name,
    decisionDefinitionVersion: entry.version,
    decisionEvaluationKey: evaluationKey,
    decisionInstanceKey: evaluationKey,
    decisionRequirementsId: entry.requirementsId,
    decisionRequirementsKey: entry.requirementsKey,
    evaluatedDecisions: trace.evaluated.map((step, index) => ({
      decisionDefinitionId: step.decisionId,
      decisionDefinitionKey: step.entry?.key ?? requirements.key,
      decisionDefinitionName: step.name,
      decisionDefinitionVersion: step.entry?.version ?? requirements.version,
      decisionDefinitionType: step.type,
      decisionEvaluationInstanceKey: `${evaluationKey}-${index + 1}`,
      output: step.output,
      tenantId: requirements.tenantId,
      matchedRules: step.rules,
      evaluatedInputs: step.inputs,
    })),
    failedDecisionDefinitionId: trace.failure?.decisionId ?? null,
    failureMessage: trace.failure?.message ?? null,
    output: trace.output,
    tenantId: entry.tenantId,
  };
}
