/** Reason codes in words. Policies bring the texts of their own codes; these are the codes that the plane itself gives. */
import type { PolicyPicture } from "../policies/policy-version.ts";

const own: Readonly<Record<string, string>> = {
  ACTION_UNKNOWN: "The policy does not know this kind of action.",
  APPROVAL_CONFLICT: "Two policies ask different groups for approval.",
  APPROVAL_EXPIRED: "Nobody approved in time.",
  APPROVAL_REJECTED: "The approval was refused.",
  APPROVAL_STALE: "Something that the approver was shown has changed since; the approval is asked for again.",
  APPROVED: "Approved by the people in charge.",
  AUTHORITY_DENIED: "The caller has no authority for this action.",
  CONSTRAINT_CONFLICT: "The terms of two policies contradict each other.",
  CONSTRAINT_UNMET: "The arguments cannot be brought within the terms.",
  DEGRADED: "The policy could not be evaluated, and its owner lets what is of low risk run meanwhile.",
  FACT_CONFLICT: "A fact contradicts what is about to run.",
  FACT_INVALID: "A fact has the wrong type or value.",
  FACT_MISSING: "A fact that the policy needs is missing.",
  FACT_UNTRUSTED: "The permission would rest on something that a model wrote.",
  INTERRUPT_PAUSE: "The policy pauses this run.",
  INTERRUPT_TERMINATE: "The policy ends this run.",
  PENDING_EVALUATION: "The default holds until the question has been judged.",
  POLICY_NOT_ACTIVE: "No version of the policy is in force.",
  POLICY_UNKNOWN: "There is no such policy.",
  RUNTIME_ERROR: "The policy could not be evaluated.",
  UNGOVERNED_ACTION: "No policy governs this action.",
};

/** One sentence per code; a code without a text stands for itself. */
export function reasonTexts(codes: readonly string[], picture: PolicyPicture, policyIds: readonly string[]): string[] {
  const texts = policyIds.map((policyId) => {
    const state = picture.policies.get(policyId);
    return (state?.active ?? state?.canary?.version)?.manifest.reasons ?? {};
  });
  return codes.map((code) => {
    for (const reasons of texts) if (Object.hasOwn(reasons, code)) return reasons[code] as string;
    return Object.hasOwn(own, code) ? (own[code] as string) : code;
  });
}
