/**
 * The decision trace (`decision/1`): what was asked, with which facts, which version of which policy answered what and
 * why. Appended in the transaction of the decision. Study §5.5, requirements H01–H05.
 */
import { randomBytes } from "node:crypto";
import { canonicalHash, canonicalJson, sha256 } from "../audit/canonical.ts";
import type { NewRecord } from "../audit/records.ts";
import { ownerOf } from "../policies/manifest.ts";
import { tenantOfRequest } from "../tenants.ts";
import type { Json, JsonRecord } from "../types.ts";
import { subjectKeyOf } from "./resolve.ts";
import type { DecisionTrace } from "./trace.ts";

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
  readonly enforcedArgsHash: string;
}

/** What commits to a value without saying it: SHA-256 over a salt and the canonical value. */
export function commitment(salt: string, value: Json): string {
  return sha256(`${salt}|${canonicalHash(value)}`);
}

/**
 * The record as canonical text at once, its members in the order of RFC 8785: making an object first and sorting it
 * cost four times as much, a quarter of a whole decision. The tests hold it against `canonicalJson` of what it parses to.
 */
export function decisionRecord(trace: DecisionTrace, nodeId: string): DecisionRecord {
  const { request, decision, evaluations } = trace;
  const kept = new Keeping(trace);
  const args = argsText(kept, request.args);
  const facts = factsText(kept, request.facts);
  // A hash of few possible values would give them away; with personal arguments the commitments stand alone.
  const enforcedArgsHash = trace.enforcedArgsHash ?? canonicalHash(trace.enforcedArgs);
  const argsHash = request.args === trace.enforcedArgs ? enforcedArgsHash : canonicalHash(request.args);
  const shownHash = (hash: string): string => (kept.argsPersonal ? "null" : `"${hash}"`);
  const text =
    `{"action":${canonicalJson({ ...request.action, argsHash: kept.argsPersonal ? null : argsHash, toolCallId: request.toolCallId })}` +
    `,"actor":${canonicalJson(request.actor)}` +
    `,"agent":${canonicalJson(request.agent)}` +
    `,"approval":${canonicalJson(decision.approval)}` +
    `,"approvalOf":${canonicalJson(request.approval ?? null)}` +
    `,"args":${args}` +
    `,"budget":${canonicalJson(request.budget)}` +
    `,"decidedAt":"${new Date(request.now).toISOString()}"` +
    `,"decisionId":"${decision.decisionId}"` +
    `,"enforcement":{"enforcedArgsHash":${shownHash(enforcedArgsHash)},"expiresAt":${canonicalJson(decision.expiresAt)},"permit":${decision.permit !== null}}` +
    `,"evaluation":${evaluationText(trace)}` +
    `,"facts":${facts}` +
    `,"history":${canonicalJson(request.history)}` +
    `,"idempotencyKey":${canonicalJson(request.idempotencyKey)}` +
    `,"node":${canonicalJson(nodeId)}` +
    `,"pattern":"${trace.pattern}"` +
    `,"policies":[${evaluations.map(policyText).join(",")}]` +
    `,"process":${canonicalJson(request.process)}` +
    `,"requestedPolicies":${canonicalJson(request.policies)}` +
    `,"schema":"decision/1"` +
    `,"tenantId":${canonicalJson(tenantOfRequest(request))}}`;
  const last = evaluations[0]?.applicable;
  return {
    record: {
      kind: "decision",
      recordId: decision.decisionId,
      decisionId: decision.decisionId,
      at: request.now,
      body: text,
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
        // Empty when somebody outside asked for an instance of which only the key is known.
        processId: request.process?.processId || null,
        elementId: request.process?.elementId ?? null,
        durationUs: trace.durationUs,
      },
    },
    vault: kept.vault,
    enforcedArgsHash,
  };
}

/** Values as the record keeps them: as they are, or committed to when a judging policy calls them personal. */
class Keeping {
  readonly vault: VaultEntry[] = [];
  argsPersonal = false;
  readonly #personal: ReadonlySet<string>;
  readonly #subjectKey: string;

  constructor(trace: DecisionTrace) {
    this.#personal = personalNames(trace);
    this.#subjectKey = this.#personal.size === 0 ? "" : subjectOf(trace);
  }

  get nothingPersonal(): boolean {
    return this.#personal.size === 0;
  }

  /** The commitment that stands for the value; null: the value itself is recorded. */
  commit(name: string, value: Json): string | null {
    if (!this.#personal.has(name)) return null;
    const salt = randomBytes(16).toString("hex");
    this.vault.push({ name, subjectKey: this.#subjectKey, salt, value });
    return commitment(salt, value);
  }
}

function argsText(kept: Keeping, args: JsonRecord): string {
  if (kept.nothingPersonal) return canonicalJson(args);
  const recorded: Record<string, Json> = {};
  for (const name of Object.keys(args)) {
    const value = args[name] as Json;
    const committed = kept.commit(`args.${name}`, value);
    kept.argsPersonal ||= committed !== null;
    recorded[name] = committed === null ? value : { commitment: committed };
  }
  return canonicalJson(recorded);
}

function factsText(kept: Keeping, facts: DecisionTrace["request"]["facts"]): string {
  let text = "";
  for (const name of Object.keys(facts).sort()) {
    const fact = facts[name];
    if (fact === undefined) continue;
    const { value, provenance, source, observedAt } = fact;
    const committed = kept.commit(name, value);
    text +=
      `${text === "" ? "" : ","}${canonicalJson(name)}:{` +
      (committed === null ? "" : `"commitment":"${committed}",`) +
      (observedAt === undefined ? "" : `"observedAt":${canonicalJson(observedAt)},`) +
      `"provenance":${canonicalJson(provenance)},"source":${canonicalJson(source)}` +
      (committed === null ? `,"value":${canonicalJson(value)}}` : "}");
  }
  return `{${text}}`;
}

function policyText({ applicable, evaluation }: DecisionTrace["evaluations"][number]): string {
  const { policy, stage, binding, state } = applicable;
  const { determination, riskScore, constraints, approval } = evaluation.verdict;
  return (
    `{"approval":${canonicalJson(approval)},"binding":"${binding}","constraints":${canonicalJson(constraints)}` +
    `,"contentHash":"${policy.contentHash}","determination":"${determination}","epoch":${state.epoch}` +
    `,"matchedRules":${canonicalJson(evaluation.matchedRules)},"owner":${canonicalJson(ownerOf(policy.manifest))}` +
    `,"policyId":${canonicalJson(policy.policyId)},"riskScore":${canonicalJson(riskScore)}` +
    `,"stage":"${stage}","version":${policy.version}}`
  );
}

function evaluationText({ decision, evaluations, durationUs, error }: DecisionTrace): string {
  const riskFactors = evaluations.flatMap(({ evaluation }) =>
    evaluation.matchedRules.filter((rule) => rule.decisionId === "RiskScore"),
  );
  return (
    `{"constraints":${canonicalJson(decision.constraints)},"determination":"${decision.determination}","durationUs":${durationUs}` +
    `,"error":${canonicalJson(error)},"reasonCodes":${canonicalJson(decision.reasonCodes)}` +
    `,"riskFactors":${canonicalJson(riskFactors)},"riskScore":${canonicalJson(decision.riskScore)}}`
  );
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
