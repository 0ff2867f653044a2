/**
 * One policy version judges one request. Facts first, then the model; a model-written fact may only make the answer
 * stricter: such a request is judged with and without it and the stricter answer holds.
 */
import type { MatchedRule, PolicyVersion } from "../policies/policy-version.ts";
import type { ActionRequest } from "../types.ts";
import { severity } from "../types.ts";
import { denial, type Verdict } from "./combine.ts";
import { type FactContext, factsFor } from "./facts.ts";
import { readVerdict } from "./outputs.ts";

export interface PolicyEvaluation {
  readonly verdict: Verdict;
  readonly matchedRules: readonly MatchedRule[];
}

/** Never throws. */
export function evaluatePolicy(policy: PolicyVersion, request: ActionRequest, base: FactContext): PolicyEvaluation {
  const { manifest } = policy;
  if (manifest.actions !== undefined && !manifest.actions.includes(request.action.type))
    return {
      verdict: denial(
        "ACTION_UNKNOWN",
        `Expected an action of ${policy.policyId}, but ${request.action.type} is not one`,
      ),
      matchedRules: [],
    };
  const facts = factsFor(policy.facts, request, base);
  if (!facts.ok) return { verdict: facts.verdict, matchedRules: [] };
  const full = askModel(policy, request, facts.context);
  if (facts.withoutModel === null || full.verdict.determination === "DENY") return full;
  const cautious = askModel(policy, request, facts.withoutModel);
  if (severity[cautious.verdict.determination] <= severity[full.verdict.determination]) return full;
  return {
    verdict: {
      ...cautious.verdict,
      reasonCodes: ["FACT_UNTRUSTED", ...cautious.verdict.reasonCodes.filter((code) => code !== "RUNTIME_ERROR")],
      error: null,
    },
    matchedRules: cautious.matchedRules,
  };
}

function askModel(policy: PolicyVersion, request: ActionRequest, context: FactContext): PolicyEvaluation {
  const answer = evaluated(policy, request, context);
  return answer.verdict.error !== null && mayDegrade(policy, request) ? degraded(answer) : answer;
}

/** Both the owner of the policy and the model say that nothing much can happen. E14. */
function mayDegrade({ manifest }: PolicyVersion, { action }: ActionRequest): boolean {
  return (
    manifest.onError === "allow" && manifest.riskClass === "low" && action.riskClass === "low" && action.reversible
  );
}

function degraded({ verdict, matchedRules }: PolicyEvaluation): PolicyEvaluation {
  return {
    verdict: { ...verdict, determination: "ALLOW", reasonCodes: [...verdict.reasonCodes, "DEGRADED"] },
    matchedRules,
  };
}

function evaluated(policy: PolicyVersion, request: ActionRequest, context: FactContext): PolicyEvaluation {
  try {
    const { outputs, matchedRules, error } = policy.model.evaluate(context, request.now);
    if (error !== null) return { verdict: denial("RUNTIME_ERROR", error), matchedRules };
    return { verdict: readVerdict(outputs), matchedRules };
  } catch (error) {
    // A model never throws; if it does, it is our bug and still a denial.
    return {
      verdict: denial("RUNTIME_ERROR", error instanceof Error ? error.message : String(error)),
      matchedRules: [],
    };
  }
}
