/** Recorded decisions read back: the question, to be judged again, and the answer, to be given again. */
import type {
  ActionRequest,
  ApprovalTerms,
  Constraint,
  Determination,
  Fact,
  Json,
  JsonRecord,
  PolicyUse,
  Stage,
} from "../types.ts";
import type { Remembered } from "./trace-writes.ts";
import type { Answered } from "./widening.ts";

export interface RecordedPolicy {
  readonly policyId: string;
  readonly version: number;
  readonly contentHash: string;
  readonly stage: Stage;
  readonly binding: string;
  readonly epoch: number;
  readonly owner: string | null;
  readonly determination: Determination;
  readonly riskScore: number;
  /** This policy's own terms; absent in records of earlier builds. */
  readonly constraints?: readonly Constraint[];
  readonly approval?: { readonly quorum: number; readonly onTimeout: ApprovalTerms["onTimeout"] } | null;
  readonly matchedRules: readonly {
    readonly decisionId: string;
    readonly ruleId: string;
    readonly ruleIndex: number;
  }[];
}

/** The parts of `decision/1` that others read. */
export interface RecordedDecision {
  readonly tenantId?: string | null;
  readonly decisionId: string;
  readonly decidedAt: string;
  readonly idempotencyKey: string;
  readonly pattern: string;
  readonly agent: JsonRecord | null;
  readonly actor: JsonRecord;
  readonly action: JsonRecord & { readonly type: string; readonly toolCallId: string | null };
  readonly args: JsonRecord;
  readonly process: JsonRecord | null;
  readonly requestedPolicies: ActionRequest["policies"];
  readonly policies: readonly RecordedPolicy[];
  readonly facts: Readonly<Record<string, JsonRecord>>;
  readonly history: JsonRecord | null;
  readonly budget: JsonRecord | null;
  readonly evaluation: {
    readonly determination: Determination;
    readonly constraints: readonly Constraint[];
    readonly reasonCodes: readonly string[];
    readonly riskScore: number;
    readonly error: string | null;
    readonly durationUs: number;
  };
  readonly approval: ApprovalTerms | null;
  readonly approvalOf: JsonRecord | null;
  readonly enforcement: {
    readonly enforcedArgsHash: string | null;
    readonly expiresAt: number | null;
    readonly permit: boolean;
  };
}

export function readRecorded(record: string): RecordedDecision {
  return JSON.parse(record) as RecordedDecision;
}

export function usesOf(recorded: RecordedDecision): PolicyUse[] {
  return recorded.policies.map(({ policyId, version, contentHash, stage, matchedRules }) => ({
    policyId,
    version,
    contentHash,
    stage,
    matchedRules: matchedRules.map(({ ruleId }) => ruleId),
  }));
}

/** What one of the policies answered. Where its own terms are not recorded, those of all policies together stand for them. */
export function answeredBy(policy: RecordedPolicy, { evaluation, approval }: RecordedDecision): Answered {
  return {
    determination: policy.determination,
    constraints: policy.constraints ?? evaluation.constraints,
    approval: policy.approval === undefined ? approval : policy.approval,
  };
}

export function termsOf(recorded: RecordedDecision): Remembered {
  const { determination, constraints, riskScore } = recorded.evaluation;
  return {
    determination,
    constraints,
    riskScore,
    enforcedArgsHash: recorded.enforcement.enforcedArgsHash,
    approval: recorded.approval,
  };
}

/** The question as it was asked. Undefined when personal values have been erased: then it cannot be judged again. */
export function requestOf(recorded: RecordedDecision, vault: ReadonlyMap<string, Json>): ActionRequest | undefined {
  let complete = true;
  const restore = (name: string, kept: Json): Json => {
    const value = vault.get(`${recorded.decisionId}|${name}`);
    if (value === undefined) complete = false;
    return value ?? kept;
  };
  const args: Record<string, Json> = {};
  for (const name of Object.keys(recorded.args)) {
    const value = recorded.args[name] as Json;
    args[name] = isCommitment(value) ? restore(`args.${name}`, value) : value;
  }
  const facts: Record<string, Fact> = {};
  for (const name of Object.keys(recorded.facts)) {
    const { value, commitment: committed, ...rest } = recorded.facts[name] as JsonRecord;
    facts[name] = {
      ...(rest as unknown as Fact),
      value: committed === undefined ? (value as Json) : restore(name, null),
    };
  }
  if (!complete) return undefined;
  const { toolCallId, argsHash: _argsHash, ...action } = recorded.action;
  return {
    action: action as unknown as ActionRequest["action"],
    args,
    facts,
    policies: recorded.requestedPolicies,
    agent: recorded.agent as unknown as ActionRequest["agent"],
    actor: recorded.actor as unknown as ActionRequest["actor"],
    process: recorded.process as unknown as ActionRequest["process"],
    toolCallId,
    history: recorded.history as unknown as ActionRequest["history"],
    budget: recorded.budget as unknown as ActionRequest["budget"],
    idempotencyKey: recorded.idempotencyKey,
    now: Date.parse(recorded.decidedAt),
  };
}

function isCommitment(value: Json): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    typeof (value as JsonRecord).commitment === "string" &&
    Object.keys(value).length === 1
  );
}
