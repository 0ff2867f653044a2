/** Evaluates every decision of a model with the server's DMN code; only loaded when somebody tries something. */
import { compileDecisionModel, type DecisionModel, evaluateDecision, toJson } from "interlock:dmn";
import factsModel from "../../../decisions/policies/agent-policy-facts/facts.dmn?raw";
import { isObject, type JsonObject, type JsonValue } from "../api/json.ts";

export interface ModelTrial {
  readonly decisions: readonly {
    readonly id: string;
    readonly name: string;
    readonly output: JsonValue;
    readonly rules: readonly number[];
  }[];
  readonly matched: ReadonlySet<string>;
  readonly failure: string | null;
}

/** @throws what the compiler finds wrong with the model. */
export async function tryModel(xml: string, facts: JsonObject): Promise<ModelTrial> {
  const model = await compileDecisionModel(xml, { importedModels: await sharedModels() });
  const data = withBranches(facts);
  const decisions = new Map<string, ModelTrial["decisions"][number]>();
  const matched = new Set<string>();
  let failure: string | null = null;
  for (const { id } of model.decisions.values()) {
    const result = evaluateDecision(model, id, data, { strict: true });
    if (result.failure) failure ??= result.failure.message;
    for (const evaluated of result.evaluated) {
      if (decisions.has(evaluated.decisionId)) continue;
      for (const rule of evaluated.matchedRules) matched.add(rule.ruleId);
      decisions.set(evaluated.decisionId, {
        id: evaluated.decisionId,
        name: evaluated.decisionName,
        output: toJson(evaluated.output) as JsonValue,
        rules: evaluated.matchedRules.map((rule) => rule.ruleIndex),
      });
    }
  }
  return { decisions: [...decisions.values()], matched, failure };
}

/** The facts model that policies import; the same one that the server compiles them with. */
async function sharedModels(): Promise<ReadonlyMap<string, DecisionModel>> {
  const model = await compileDecisionModel(factsModel);
  return new Map([[model.namespace, model]]);
}

/** What the decision plane always gives to a policy, with the facts of the trial in their places. */
function withBranches(facts: JsonObject): JsonObject {
  const always: JsonObject = {
    action: { type: null, target: null, operation: "execute", reversible: true, riskClass: "medium", toolRef: null },
    args: {},
    subject: {},
    data: {},
    agent: { id: null, version: null, model: null, promptHash: null, roles: [], trustLevel: "untrusted" },
    actor: { id: "trial", type: "human", roles: [], groups: [] },
    process: { processId: null, definitionVersion: null, processInstanceKey: null, elementId: null, tenantId: null },
    history: { callsByAction: {}, callsOfThisAction: 0, lastActions: [], sameArgsRepeat: 0 },
    budget: {
      modelCallsUsed: 0,
      modelCallsMax: null,
      toolCallsUsed: 0,
      toolCallsMax: null,
      tokensUsed: 0,
      tokensMax: null,
    },
    now: new Date().toISOString(),
  };
  const branches = new Map<string, JsonValue>(Object.entries(always));
  for (const [name, value] of Object.entries(facts)) {
    const before = branches.get(name);
    branches.set(name, isObject(value) && isObject(before) ? { ...before, ...value } : value);
  }
  return Object.fromEntries(branches);
}
