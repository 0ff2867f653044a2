/**
 * A policy's DMN behind the questions that the plane asks: evaluated strictly (an unknown name, a null where a value
 * is needed, a violated hit policy is an error, and an error denies), described as tables for people and queries.
 */
import {
  compileDecisionModel,
  type Decision,
  type DecisionModel,
  type DecisionResult,
  DmnModelError,
  evaluateDecision,
  evaluateDecisionService,
} from "../../dmn/index.ts";
import { compileExpression, compileUnaryTests, type FeelValue, toJson } from "../../feel/index.ts";
import { type FactContext, type FactDeclaration, type FactType, factTypes, requestRoots } from "../decide/facts.ts";
import { outputNames, type PolicyOutputs } from "../decide/outputs.ts";
import { InvalidInputError } from "../errors.ts";
import type { EpochMs, Json } from "../types.ts";
import type { CompiledModel, CompileModel, PolicyTable } from "./compiled-model.ts";
import type { MatchedRule, ModelEvaluation } from "./policy-version.ts";

export interface ModelTools {
  /** Gaps, overlaps and masked rules of a table. */
  readonly analyze: (model: DecisionModel, decisionId: string) => Json;
  readonly text: (model: DecisionModel, decisionId: string) => string;
}

/** Compiles policies; `imports` are the shared facts models by namespace. */
export function dmnCompiler(
  imports: () => Promise<ReadonlyMap<string, DecisionModel>>,
  tools: ModelTools,
): CompileModel {
  return async (dmn, roots = new Set()) => {
    let model: DecisionModel;
    try {
      // Strict: a name that nothing defines or a type that does not fit is found at upload, not by the first refund.
      model = await compileDecisionModel(dmn, {
        importedModels: await imports(),
        strict: true,
        knownNames: new Set([...requestRoots, ...roots]),
      });
    } catch (error) {
      if (!(error instanceof DmnModelError)) throw error;
      throw new InvalidInputError(
        "Expected a DMN model that can be compiled, but it has errors",
        error.problems
          .filter(({ severity }) => severity === "error")
          .map(({ ruleId, message, elementId, position }) => ({
            code: ruleId,
            message,
            place: [
              "dmn",
              ...(elementId === undefined ? [] : [elementId]),
              ...(position === undefined ? [] : [`line ${position.line}`]),
            ].join(" "),
          })),
      );
    }
    return compiled(model, tools);
  };
}

interface Asked {
  readonly name: (typeof outputNames)[number];
  ask(context: FactContext, now: string): DecisionResult;
}

function compiled(model: DecisionModel, tools: ModelTools): CompiledModel {
  const asked = askedOf(model);
  if (!asked.some(({ name }) => name === "Result" || name === "Determination"))
    throw new InvalidInputError("Expected a decision named Determination or Result in the policy, but there is none", [
      { code: "DETERMINATION_MISSING", message: "Determination", place: "dmn" },
    ]);
  const tables = [...model.decisions.values()].flatMap(tableOf);
  const { reads, typed } = readsOf(model);
  return {
    evaluate: (context, now) => evaluate(asked, context, now),
    tables,
    reads,
    typed,
    imports: model.imports.map(({ namespace }) => namespace),
    analyze: () => Object.fromEntries(tables.map(({ decisionId }) => [decisionId, tools.analyze(model, decisionId)])),
    text: () => tables.map(({ decisionId }) => tools.text(model, decisionId)).join("\n\n"),
  };
}

/** `Result` alone when there is one; else every decision of the convention that the model has. */
function askedOf(model: DecisionModel): Asked[] {
  const service = [...model.decisionServices.values()].find(({ name }) => name === "Result");
  if (service !== undefined)
    return [
      {
        name: "Result",
        ask: (context, now) => evaluateDecisionService(model, service.id, context, { strict: true, now }),
      },
    ];
  const byName = new Map([...model.decisions.values()].map((decision) => [decision.name, decision]));
  const names = byName.has("Result") ? (["Result"] as const) : outputNames;
  return names.flatMap((name) => {
    const decision = byName.get(name);
    return decision === undefined
      ? []
      : [
          {
            name,
            ask: (context: FactContext, now: string) =>
              evaluateDecision(model, decision.id, context, { strict: true, now }),
          },
        ];
  });
}

function evaluate(asked: readonly Asked[], context: FactContext, now: EpochMs): ModelEvaluation {
  const instant = new Date(now).toISOString();
  const outputs: Partial<Record<keyof PolicyOutputs, Json>> = {};
  const matched = new Map<string, MatchedRule>();
  for (const { name, ask } of asked) {
    const result = ask(context, instant);
    for (const { decisionId, tables } of result.evaluated)
      for (const { matchedRules } of tables)
        for (const { ruleId, ruleIndex, outputs: values } of matchedRules)
          if (!matched.has(ruleId))
            matched.set(ruleId, {
              decisionId,
              ruleId,
              ruleIndex,
              outputs: Object.fromEntries(values.map((output) => [output.name, json(output.value)])),
            });
    if (result.failure !== undefined)
      return {
        outputs,
        matchedRules: [...matched.values()],
        error: `${result.failure.decisionId}: ${result.failure.message}`,
      };
    outputs[name] = json(result.value);
  }
  return { outputs, matchedRules: [...matched.values()], error: null };
}

function json(value: FeelValue): Json {
  return toJson(value) as Json;
}

function tableOf({ id, name, table }: Decision): PolicyTable[] {
  if (table === undefined) return [];
  return [
    {
      decisionId: id,
      decisionName: name,
      hitPolicy: table.hitPolicy,
      inputs: table.inputs.map(({ expression }) => expression.text.trim()),
      outputs: table.outputs.map((output) => output.name ?? output.label ?? name),
      rules: table.rules.map((rule, index) => ({
        ruleId: rule.id,
        ruleIndex: index + 1,
        tests: rule.inputs.map(({ text }) => text.trim()),
        outputs: rule.outputs.map(({ text }) => text.trim()),
      })),
    },
  ];
}

const feelTypes = new Map<string, FactType>([
  ["number", "number"],
  ["string", "string"],
  ["boolean", "boolean"],
  ["date", "date"],
  ["dateTime", "dateTime"],
  ["date and time", "dateTime"],
]);

/** Facts that the tables read, and the types that their input columns give them. */
function readsOf(model: DecisionModel): {
  readonly reads: ReadonlySet<string>;
  readonly typed: ReadonlyMap<string, FactDeclaration>;
} {
  const own = new Set(
    [...model.decisions.values(), ...model.businessKnowledgeModels.values(), ...model.decisionServices.values()].map(
      ({ variableName }) => variableName,
    ),
  );
  const reads = new Set<string>();
  const typed = new Map<string, FactDeclaration>();
  const add = (paths: readonly string[]): void => {
    for (const path of paths) if (!own.has(path.split(".")[0] as string)) reads.add(path);
  };
  for (const { table } of model.decisions.values()) {
    for (const { expression, typeRef } of table?.inputs ?? []) {
      const type = feelTypes.get(typeRef ?? "");
      if (/^[\w-]+(\.[\w-]+)*$/.test(expression.text.trim()) && type !== undefined && factTypes.has(type))
        typed.set(expression.text.trim(), { type });
      add(compileExpression(expression.text).paths);
    }
    for (const rule of table?.rules ?? []) {
      for (const { text } of rule.inputs)
        if (text.trim() !== "" && text.trim() !== "-") add(compileUnaryTests(text).paths);
      for (const { text } of rule.outputs)
        if (text.trim() !== "" && text.trim() !== "-") add(compileExpression(text).paths);
    }
  }
  return { reads, typed };
}
