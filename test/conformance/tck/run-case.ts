/** Runs one case of the kit against a compiled model. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { DecisionModel, DecisionResult, DecisionVariables } from "../../../decisions/dmn/index.ts";
import {
  compileDecisionModel,
  DmnModelError,
  evaluateDecision,
  evaluateDecisionService,
} from "../../../decisions/dmn/index.ts";
import { isContext, isDuration, isTemporal, toJson } from "../../../decisions/feel/index.ts";
import type { KitCase, KitResult } from "./cases.ts";
import { difference, toFeel } from "./kit-values.ts";

export interface CaseOutcome {
  readonly case: KitCase;
  readonly passed: boolean;
  /** Why not; empty when passed. */
  readonly comment: string;
}

/** Compiles models once, with the models of the same folder that they import. */
export class ModelShelf {
  private readonly models = new Map<string, Promise<DecisionModel>>();

  load(path: string): Promise<DecisionModel> {
    let model = this.models.get(path);
    if (!model) {
      model = this.compile(path);
      this.models.set(path, model);
    }
    return model;
  }

  private async compile(path: string): Promise<DecisionModel> {
    const folder = dirname(path);
    return compileDecisionModel(readFileSync(path, "utf8"), {
      resolveImport: async ({ namespace }) => {
        const file = readdirSync(folder).find(
          (name) => name.endsWith(".dmn") && join(folder, name) !== path && declares(join(folder, name), namespace),
        );
        return file === undefined ? undefined : this.load(join(folder, file));
      },
    });
  }
}

function declares(path: string, namespace: string): boolean {
  return new RegExp(`\\snamespace\\s*=\\s*["']${namespace.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}["']`).test(
    readFileSync(path, "utf8").replace(/<(?:\w+:)?import\b[^>]*>/g, ""),
  );
}

/** How the inputs of a case are handed over: as FEEL values, or as the JSON that a REST client sends. */
export type InputForm = "feel" | "json";

export async function runCase(kitCase: KitCase, shelf: ModelShelf, form: InputForm = "feel"): Promise<CaseOutcome> {
  try {
    const model = await shelf.load(kitCase.modelPath);
    const variables = inputsOf(kitCase, model, form);
    const problems = kitCase.results.flatMap(
      (result) => judge(kitCase, result, evaluate(kitCase, result, model, variables)) ?? [],
    );
    return { case: kitCase, passed: problems.length === 0, comment: problems.join("; ") };
  } catch (error) {
    const message =
      error instanceof DmnModelError ? describeProblems(error) : String(error instanceof Error ? error.stack : error);
    return { case: kitCase, passed: false, comment: message };
  }
}

function inputsOf({ inputs }: KitCase, model: DecisionModel, form: InputForm): DecisionVariables {
  const values = new Map([...inputs].map(([name, value]) => [name, toFeel(value)]));
  if (form === "feel") return values;
  return Object.fromEntries(
    [...values].map(([name, value]) => {
      // JSON has no dates: where the model says Any, a date has to come as a FEEL value (an embedding application's).
      const untyped = isUntyped(model, name) && (isTemporal(value) || isDuration(value));
      return [name, untyped ? value : JSON.parse(JSON.stringify(toJson(value)))];
    }),
  );
}

function isUntyped(model: DecisionModel, name: string): boolean {
  const type = [...model.inputData.values()].find((input) => input.variableName === name)?.type;
  return type === undefined || type.kind === "Any";
}

function describeProblems(error: DmnModelError): string {
  const errors = error.problems.filter((problem) => problem.severity === "error");
  return errors
    .slice(0, 3)
    .map((problem) => `${problem.ruleId}: ${problem.message} (${problem.elementId})`)
    .join("; ");
}

function evaluate(
  { type, invocableName }: KitCase,
  result: KitResult,
  model: DecisionModel,
  variables: DecisionVariables,
): DecisionResult {
  if (type === "decisionService") return evaluateDecisionService(model, invocableName ?? "", variables, { now });
  return evaluateDecision(model, result.name, variables, { now });
}

/** The kit asks only what kind of values now() and today() are. */
const now = "2026-01-31T12:00:00Z";

function judge(kitCase: KitCase, result: KitResult, { value, failure }: DecisionResult): string | undefined {
  if (failure) return `failed: ${failure.message}`;
  const expected = toFeel(result.expected);
  const direct = difference(expected, value);
  // A service with several output decisions answers a context; the kit names one entry of it.
  const entry = kitCase.type === "decisionService" && isContext(value) ? value.get(result.name) : undefined;
  if (direct === undefined || (entry !== undefined && difference(expected, entry) === undefined)) return undefined;
  return `${result.name}: ${direct}`;
}
