/**
 * What an approver is shown, as a digest inside the approval's id: when the action is judged again before it runs,
 * the same digest proves that nothing that was shown has changed — on any node, after weeks, without a look-up.
 * Any change (arguments, facts, tool, policy, risk, terms) makes the approval stale. Study §5.6, S18.
 */
import { canonicalHash } from "../audit/canonical.ts";
import { timeOrderedId } from "../audit/identifier.ts";
import type { ActionRequest, Json, JsonRecord, PolicyUse } from "../types.ts";
import type { Verdict } from "./combine.ts";

/** The digest of everything the approver bases the vote on. */
export function disclosureDigest(request: ActionRequest, verdict: Verdict, policies: readonly PolicyUse[]): string {
  const facts: Record<string, Json> = {};
  for (const name of Object.keys(request.facts)) facts[name] = request.facts[name]?.value ?? null;
  const { process, action } = request;
  return canonicalHash({
    action,
    args: request.args,
    facts,
    instance:
      process === null ? null : [process.definitionHash, process.processInstanceKey, process.elementInstanceKey],
    policies: policies.map(({ policyId, version, contentHash }) => [policyId, version, contentHash]),
    riskScore: verdict.riskScore,
    reasonCodes: verdict.reasonCodes,
    constraints: verdict.constraints as unknown as Json,
    approval: verdict.approval as unknown as JsonRecord,
  }).slice(0, 32);
}

export function newApprovalId(now: number, digest: string): string {
  return `${timeOrderedId(now)}-${digest}`;
}

/** The digest that an approval was given on; undefined when the id is not one of ours. */
export function digestOf(approvalId: string): string | undefined {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}-([0-9a-f]{32})$/.exec(approvalId)?.[1];
}
