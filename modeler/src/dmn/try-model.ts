/** Evaluates every decision of a model with the server's DMN code; only loaded when somebody tries something. */
import { compileDecisionModel, evaluateDecision, toJson } from "interlock:dmn";
import type { JsonObject, JsonValue } from "../api/json.ts";

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
  const model = await compileDecisionModel(xml);
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

/** What the decision plane always gives to a policy, empty where the trial says nothing. */
function withBranches(facts: JsonObject): JsonObject {
  return {
    args: {},
    subject: {},
    data: {},
    agent: { id: null, version: null, model: null, promptHash: null, roles: [], trustLevel: "untrusted" },
    actor: { id: "trial", type: "human", roles: [], groups: [] },
    process: { processId: null, definitionVersion: null, processInstanceKey: null, elementId: null, tenantId: null },
    history: { callsByAction: {}, lastActions: [], sameArgsRepeat: 0 },
    budget: {
      modelCallsUsed: 0,
      modelCallsMax: null,
      toolCallsUsed: 0,
      toolCallsMax: null,
      tokensUsed: 0,
      tokensMax: null,
    },
    now: new Date().toISOString(),
    ...facts,
  };
}
