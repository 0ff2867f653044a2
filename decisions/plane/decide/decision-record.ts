/**
 * The decision trace (`decision/1`): what was asked, with which facts, which version of which policy answered what and
 * why. Appended in the transaction of the decision. Study §5.5, requirements H01–H05.
 */
import { randomBytes } from "node:crypto";
import { canonicalHash, hashOnce, sha256 } from "../audit/canonical.ts";
import type { NewRecord } from "../audit/records.ts";
import { ownerOf } from "../policies/manifest.ts";
import { tenantOfRequest } from "../tenants.ts";
import type { Json, JsonRecord } from "../types.ts";
import type { DecisionTrace } from "./decide.ts";
import { subjectKeyOf } from "./resolve.ts";

/** A value that the record only commits to, for the vault. */
export interface VaultEntry {
  readonly name: string;
  readonly subjectKey: string;
  readonly salt: string;
  readonly value: Json;
}

export interface DecisionRecord {
  readonly record: NewRecord;
  readonly vault: readonly VaultEntry[];
}

/** What commits to a value without saying it: SHA-256 over a salt and the canonical value. */
export function commitment(salt: string, value: Json): string {
  return sha256(`${salt}|${canonicalHash(value)}`);
}

export function decisionRecord(trace: DecisionTrace, nodeId: string): DecisionRecord {
  const { request, decision, evaluations } = trace;
  const personal = personalNames(trace);
  const vault: VaultEntry[] = [];
  const subjectKey = personal.size === 0 ? "" : subjectOf(trace);
  const keep = (name: string, value: Json): JsonRecord => {
    if (!personal.has(name)) return { value };
    const salt = randomBytes(16).toString("hex");
    vault.push({ name, subjectKey, salt, value });
    return { commitment: commitment(salt, value) };
  };
  const facts: Record<string, Json> = {};
  for (const name of Object.keys(request.facts)) {
    const fact = request.facts[name];
    if (fact === undefined) continue;
    facts[name] = {
      ...keep(name, fact.value),
      provenance: fact.provenance,
      source: fact.source,
      ...(fact.observedAt !== undefined && { observedAt: fact.observedAt }),
    };
  }
  const args: Record<string, Json> = {};
  let argsPersonal = false;
  for (const name of Object.keys(request.args)) {
    const kept = keep(`args.${name}`, request.args[name] as Json);
    argsPersonal ||= kept.commitment !== undefined;
    args[name] = kept.commitment === undefined ? (kept.value as Json) : kept;
  }
  const last = evaluations[0]?.applicable;
  const body = {
    schema: "decision/1",
    decisionId: decision.decisionId,
    decidedAt: new Date(request.now).toISOString(),
    idempotencyKey: request.idempotencyKey,
    pattern: trace.pattern,
    node: nodeId,
    agent: request.agent as unknown as Json,
    actor: request.actor as unknown as Json,
    // A hash of few possible values would give them away; with personal arguments the commitments stand alone.
    action: {
      ...request.action,
      toolCallId: request.toolCallId,
      argsHash: argsPersonal ? null : hashOnce(request.args),
    },
    args,
    process: request.process as unknown as Json,
    tenantId: tenantOfRequest(request),
    requestedPolicies: request.policies as unknown as Json,
    policies: evaluations.map(({ applicable: { policy, stage, binding, state }, evaluation }) => ({
      policyId: policy.policyId,
      version: policy.version,
      contentHash: policy.contentHash,
      stage,
      binding,
      epoch: state.epoch,
      owner: ownerOf(policy.manifest),
      determination: evaluation.verdict.determination,
      riskScore: evaluation.verdict.riskScore,
      constraints: evaluation.verdict.constraints as unknown as Json,
      approval: evaluation.verdict.approval as unknown as Json,
      matchedRules: evaluation.matchedRules as unknown as Json,
    })),
    facts,
    history: request.history as unknown as Json,
    budget: request.budget as unknown as Json,
    evaluation: {
      determination: decision.determination,
      constraints: decision.constraints as unknown as Json,
      reasonCodes: decision.reasonCodes,
      riskScore: decision.riskScore,
      riskFactors: evaluations.flatMap(({ evaluation }) =>
        evaluation.matchedRules.filter((rule) => rule.decisionId === "RiskScore"),
      ) as unknown as Json,
      error: trace.error,
      durationUs: trace.durationUs,
    },
    approval: decision.approval as unknown as Json,
    approvalOf: (request.approval ?? null) as unknown as Json,
    enforcement: {
      enforcedArgsHash: argsPersonal ? null : hashOnce(trace.enforcedArgs),
      expiresAt: decision.expiresAt,
      permit: decision.permit !== null,
    },
  };
  return {
    record: {
      kind: "decision",
      recordId: decision.decisionId,
      decisionId: decision.decisionId,
      at: request.now,
      body,
      columns: {
        tenantId: tenantOfRequest(request),
        agentId: request.agent?.id ?? null,
        actorId: request.actor.id,
        actionType: request.action.type,
        determination: decision.determination,
        reasonCode: decision.reasonCodes[0] ?? null,
        riskScore: decision.riskScore,
        policyId: last?.policy.policyId ?? null,
        policyVersion: last?.policy.version ?? null,
        policyStage: last?.stage ?? null,
        processInstanceKey: request.process?.processInstanceKey ?? null,
        elementId: request.process?.elementId ?? null,
        durationUs: trace.durationUs,
      },
    },
    vault,
  };
}

/** Fact names (and args.name) that one of the judging policies calls personal. */
function personalNames(trace: DecisionTrace): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { applicable } of trace.evaluations)
    for (const [name, declaration] of applicable.policy.facts) if (declaration.personal === true) names.add(name);
  return names;
}

function subjectOf(trace: DecisionTrace): string {
  const policy = trace.evaluations[0]?.applicable.policy;
  return policy === undefined || trace.context === null
    ? trace.request.actor.id
    : subjectKeyOf(policy, trace.request, trace.context);
}
