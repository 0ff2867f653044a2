/**
 * The records of the plane as rows: canonical text, its hash, and the columns that searches use. Everything of every
 * kind goes through `recordRow`, so that nothing can be remembered without being in the chain.
 */
import type { RowObject, TableWrite } from "../../../store/index.ts";
import type { EpochMs, Json } from "../types.ts";
import { canonicalJson, sha256 } from "./canonical.ts";
import type { Chain, ChainPlace } from "./chain.ts";

export type RecordKind =
  | "decision"
  | "shadow"
  | "approval"
  | "outcome"
  | "correction"
  | "promotion"
  | "interrupt"
  | "erasure"
  | "judgement";

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
  readonly processId?: string | null;
  readonly elementId?: string | null;
  readonly durationUs?: number | null;
}

export interface NewRecord {
  readonly kind: RecordKind;
  readonly recordId: string;
  readonly decisionId: string | null;
  readonly at: EpochMs;
  /** JSON, or the canonical text of it; `schema` says which. */
  readonly body: Readonly<Record<string, Json | undefined>> | string;
  readonly columns?: RecordColumns;
}

export const recordStatement = "plane.insertRecord";

/** One record on its way to the table, without its place in the chain, which it gets when its batch is assembled. */
export interface RecordRow extends RowObject {
  /** JSON object of the columns, without its closing brace: the place follows. */
  readonly columns: string;
  /** Canonical text: a line of its own, because canonical JSON has no control characters. */
  readonly record: string;
  readonly record_hash: string;
}

export function recordRow({ kind, recordId, decisionId, at, body, columns = {} }: NewRecord): RecordRow {
  const record = typeof body === "string" ? body : canonicalJson(body);
  // Columns that are null are left out.
  const known = JSON.stringify({
    kind,
    record_id: recordId,
    decision_id: decisionId ?? undefined,
    at_ms: at,
    tenant_id: columns.tenantId ?? undefined,
    agent_id: columns.agentId ?? undefined,
    actor_id: columns.actorId ?? undefined,
    action_type: columns.actionType ?? undefined,
    determination: columns.determination ?? undefined,
    enforced_determination: columns.enforcedDetermination ?? undefined,
    reason_code: columns.reasonCode ?? undefined,
    risk_score: columns.riskScore ?? undefined,
    policy_id: columns.policyId ?? undefined,
    policy_version: columns.policyVersion ?? undefined,
    policy_stage: columns.policyStage ?? undefined,
    process_instance_key: columns.processInstanceKey ?? undefined,
    process_id: columns.processId ?? undefined,
    element_id: columns.elementId ?? undefined,
    duration_us: columns.durationUs ?? undefined,
  });
  return { columns: known.slice(0, -1), record, record_hash: sha256(record) };
}

export function recordWrite(...records: readonly NewRecord[]): TableWrite {
  return { statement: recordStatement, rows: records.map(recordRow) };
}

/**
 * Gives the records of a batch their places; what the statement below takes: the columns of all as one line of JSON, then
 * a line per record. As members of the JSON the records were escaped here and taken apart there: a third of the cost of
 * writing one, on either side.
 */
export function sealRecords(chain: Chain): (rows: readonly RowObject[], lane: string) => string {
  return (rows, lane) => {
    const records = rows as readonly RecordRow[];
    const places = chain.seal(
      records.map(({ record_hash }) => record_hash),
      lane,
    );
    let columns = "";
    let lines = "";
    for (let index = 0; index < records.length; index++) {
      const { columns: known, record } = records[index] as RecordRow;
      const { stream, seq, prevHash, recordHash, hash } = places[index] as ChainPlace;
      columns += `${index === 0 ? "[" : ","}${known},"stream":"${stream}","seq":${seq},"prev_hash":"${prevHash}","record_hash":"${recordHash}","hash":"${hash}"}`;
      lines += `\n${record}`;
    }
    return `${columns}]${lines}`;
  };
}

const chained = "stream, seq, prev_hash, record_hash, hash";
const searched = `kind, record_id, decision_id, at_ms, tenant_id, agent_id, actor_id, action_type, determination, enforced_determination,
  reason_code, risk_score, policy_id, policy_version, policy_stage, process_instance_key, process_id, element_id, duration_us`;

export const insertRecordSql = `
insert into plane_record (${chained}, ${searched}, record)
select ${chained}, ${searched}, record
from rows from (
  jsonb_to_recordset(split_part($1::text, E'\\n', 1)::jsonb) as (stream text, seq bigint, prev_hash text, record_hash text, hash text,
    kind text, record_id text, decision_id text, at_ms bigint, tenant_id text, agent_id text, actor_id text, action_type text,
    determination text, enforced_determination text, reason_code text, risk_score double precision, policy_id text,
    policy_version integer, policy_stage text, process_instance_key text, process_id text, element_id text, duration_us bigint),
  string_to_table(substr($1::text, strpos($1::text, E'\\n') + 1), E'\\n')
) as r(${chained}, ${searched}, record)`;
