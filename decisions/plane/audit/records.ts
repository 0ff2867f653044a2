/**
 * The records of the plane as rows: canonical text, its hash, and the columns that searches use. Everything of every
 * kind goes through `recordRow`, so that nothing can be remembered without being in the chain.
 */
import type { RowObject, TableWrite } from "../../../store/index.ts";
import type { EpochMs, Json } from "../types.ts";
import { canonicalJson, sha256 } from "./canonical.ts";

export type RecordKind =
  | "decision"
  | "shadow"
  | "approval"
  | "outcome"
  | "correction"
  | "promotion"
  | "interrupt"
  | "erasure";

/** Columns that searches use; absent ones are null. */
export interface RecordColumns {
  readonly tenantId?: string | null;
  readonly agentId?: string | null;
  readonly actorId?: string | null;
  readonly actionType?: string | null;
  readonly determination?: string | null;
  readonly enforcedDetermination?: string | null;
  readonly reasonCode?: string | null;
  readonly riskScore?: number | null;
  readonly policyId?: string | null;
  readonly policyVersion?: number | null;
  readonly policyStage?: string | null;
  readonly processInstanceKey?: string | null;
  readonly elementId?: string | null;
  readonly durationUs?: number | null;
}

export interface NewRecord {
  readonly kind: RecordKind;
  readonly recordId: string;
  readonly decisionId: string | null;
  readonly at: EpochMs;
  /** JSON; `schema` says which. */
  readonly body: Readonly<Record<string, Json | undefined>>;
  readonly columns?: RecordColumns;
}

export const recordStatement = "plane.insertRecord";

/** The row without its place in the chain, which the group commit gives it. */
export function recordRow({ kind, recordId, decisionId, at, body, columns = {} }: NewRecord): RowObject {
  const text = canonicalJson(body);
  return {
    kind,
    record_id: recordId,
    decision_id: decisionId,
    at_ms: at,
    record: text,
    record_hash: sha256(text),
    tenant_id: columns.tenantId ?? null,
    agent_id: columns.agentId ?? null,
    actor_id: columns.actorId ?? null,
    action_type: columns.actionType ?? null,
    determination: columns.determination ?? null,
    enforced_determination: columns.enforcedDetermination ?? null,
    reason_code: columns.reasonCode ?? null,
    risk_score: columns.riskScore ?? null,
    policy_id: columns.policyId ?? null,
    policy_version: columns.policyVersion ?? null,
    policy_stage: columns.policyStage ?? null,
    process_instance_key: columns.processInstanceKey ?? null,
    element_id: columns.elementId ?? null,
    duration_us: columns.durationUs ?? null,
  };
}

export function recordWrite(...records: readonly NewRecord[]): TableWrite {
  return { statement: recordStatement, rows: records.map(recordRow) };
}

export const insertRecordSql = `
insert into plane_record (stream, seq, prev_hash, record_hash, hash, kind, record_id, decision_id, at_ms, record, tenant_id, agent_id,
  actor_id, action_type, determination, enforced_determination, reason_code, risk_score, policy_id, policy_version, policy_stage,
  process_instance_key, element_id, duration_us)
select stream, seq, prev_hash, record_hash, hash, kind, record_id, decision_id, at_ms, record, tenant_id, agent_id,
  actor_id, action_type, determination, enforced_determination, reason_code, risk_score, policy_id, policy_version, policy_stage,
  process_instance_key, element_id, duration_us
from jsonb_to_recordset($1::jsonb) as r(stream text, seq bigint, prev_hash text, record_hash text, hash text, kind text, record_id text,
  decision_id text, at_ms bigint, record text, tenant_id text, agent_id text, actor_id text, action_type text, determination text,
  enforced_determination text, reason_code text, risk_score double precision, policy_id text, policy_version integer, policy_stage text,
  process_instance_key text, element_id text, duration_us bigint)`;
