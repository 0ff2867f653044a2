/**
 * What would be answered, and by whom: the same judgement as a question gets, for trying things out. Nothing is recorded,
 * no approval opens, no permit leaves; so nothing can be run on the strength of it. Every policy version that has a say is
 * listed with its own answer, those in shadow beside those in force.
 */

import type { Candidate, DryRun } from "../answers.ts";
import type { PolicyPicture } from "../policies/policy-version.ts";
import type { Clock } from "../ports.ts";
import type { Question } from "../requests.ts";
import type { Caller } from "../types.ts";
import type { Decider } from "./decide.ts";
import { evaluatePolicy, type PolicyEvaluation } from "./evaluate.ts";
import { readQuestion } from "./question.ts";
import { reasonTexts } from "./reasons.ts";
import type { Applicable } from "./resolve.ts";
import type { DecisionTrace } from "./trace.ts";

export function createDryRun(decide: Decider, picture: () => PolicyPicture, clock: Clock) {
  /** @throws InvalidInputError for what is no question. */
  return (question: Question, by: Caller): DryRun => {
    const { request } = readQuestion(question, by, clock.now());
    const { decision, evaluations, context, enforcedArgs, epoch } = decide(request).trace as DecisionTrace;
    const { determination, approval } = decision;
    const allowed = determination === "ALLOW" || determination === "ALLOW_WITH_CONSTRAINTS";
    const { approvalId: _none, ...terms } = { approvalId: null, ...approval };
    return {
      dryRun: true,
      determination,
      constraints: decision.constraints,
      approval: approval === null ? null : (terms as DryRun["approval"]),
      riskScore: decision.riskScore,
      reasonCodes: decision.reasonCodes,
      reasons: reasonTexts(
        decision.reasonCodes,
        picture(),
        decision.policies.map(({ policyId }) => policyId),
      ),
      args: allowed ? enforcedArgs : null,
      epoch,
      candidates: evaluations.flatMap(({ applicable, evaluation }) => [
        candidateOf(applicable, evaluation),
        ...applicable.state.shadows
          .filter((version) => version !== applicable.policy)
          .map((policy) =>
            candidateOf({ ...applicable, policy, stage: "shadow" }, evaluatePolicy(policy, request, context ?? {})),
          ),
      ]),
    };
  };
}

function candidateOf(
  { policy, stage, binding }: Omit<Applicable, "state">,
  { verdict, matchedRules }: PolicyEvaluation,
): Candidate {
  return {
    policyId: policy.policyId,
    version: policy.version,
    stage,
    enforced: stage !== "shadow" || binding === "pinned",
    determination: verdict.determination,
    riskScore: verdict.riskScore,
    reasonCodes: verdict.reasonCodes,
    matchedRules: matchedRules.map(({ ruleId }) => ruleId),
  };
}
