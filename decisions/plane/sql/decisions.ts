/** Reads over plane_record and the small tables of single use; one function per hot query. */
import type { Queryable } from "../../../store/index.ts";
import type { DecisionSearch } from "../requests.ts";
import { visible } from "../tenants.ts";
import type { EpochMs, Json, JsonRecord } from "../types.ts";

export interface RecordRow {
  readonly stream: string;
  readonly seq: number;
  readonly prevHash: string;
  readonly recordHash: string;
  readonly hash: string;
  readonly kind: string;
  readonly recordId: string;
  readonly decisionId: string | null;
  readonly atMs: number;
  /** Canonical text. */
  readonly record: string;
}

interface RawRow {
  readonly stream: string;
  readonly seq: string | number;
  readonly prev_hash: string;
  readonly record_hash: string;
  readonly hash: string;
  readonly kind: string;
  readonly record_id: string;
  readonly decision_id: string | null;
  readonly at_ms: string | number;
  readonly record: string;
}

const columns = "stream, seq, prev_hash, record_hash, hash, kind, record_id, decision_id, at_ms, record";

/** All records about one decision, oldest first. */
export async function recordsOfDecision(db: Queryable, decisionId: string): Promise<RecordRow[]> {
  return (
    await db.query<RawRow>(`select ${columns} from plane_record where decision_id = $1 order by at_ms, seq`, [
      decisionId,
    ])
  ).map(toRecordRow);
}

export async function findDecisionRecord(
  db: Queryable,
  decisionId: string,
  tenantIds: readonly string[] | null = null,
): Promise<RecordRow | undefined> {
  const rows = await db.query<RawRow>(
    `select ${columns} from plane_record where decision_id = $1 and kind = 'decision' and ${visible("tenant_id", "$2")} limit 1`,
    [decisionId, tenantIds],
  );
  return rows[0] === undefined ? undefined : toRecordRow(rows[0]);
}

/** One page, newest first. The cursor is the last row's instant and id. */
export async function searchDecisionRecords(
  db: Queryable,
  search: DecisionSearch,
  tenantIds: readonly string[] | null,
  limit: number,
): Promise<RecordRow[]> {
  const [afterMs, afterId] = readCursor(search.after);
  const rows = await db.query<RawRow>(
    `select ${columns} from plane_record
     where kind = 'decision' and ($1::text is null or agent_id = $1) and ($2::text is null or action_type = $2)
       and ($3::text is null or determination = $3) and ($4::text is null or process_instance_key = $4)
       and ($5::bigint is null or at_ms >= $5) and ($6::bigint is null or at_ms <= $6)
       and ($7::bigint is null or (at_ms, record_id) < ($7, $8::text)) and ($9::text is null or reason_code = $9) and ($10::text is null or tenant_id = $10)
       and ($11::text is null or record::jsonb -> 'policies' @> jsonb_build_array(
         case when $12::integer is null then jsonb_build_object('policyId', $11::text) else jsonb_build_object('policyId', $11::text, 'version', $12::integer) end))
       and ${visible("tenant_id", "$14")}
     order by at_ms desc, record_id desc limit $13`,
    [
      search.agentId ?? null,
      search.actionType ?? null,
      search.determination ?? null,
      search.processInstanceKey ?? null,
      instant(search.from),
      instant(search.to),
      afterMs,
      afterId,
      search.reasonCode ?? null,
      search.tenantId ?? null,
      search.policyId ?? null,
      search.policyVersion ?? null,
      limit,
      tenantIds,
    ],
  );
  return rows.map(toRecordRow);
}

export function cursorOf(row: RecordRow): string {
  return `${row.atMs}:${row.recordId}`;
}

/** Decisions of a period, oldest first, in pages: what replays, exports and measurements walk over. */
export async function recordPage(
  db: Queryable,
  range: {
    readonly fromMs: number;
    readonly toMs: number;
    readonly kind: string | null;
    readonly policyId?: string;
    readonly tenantIds?: readonly string[] | null;
  },
  after: { readonly atMs: number; readonly recordId: string } | null,
  limit: number,
): Promise<RecordRow[]> {
  const rows = await db.query<RawRow>(
    `select ${columns} from plane_record where at_ms >= $1 and at_ms <= $2 and ($3::text is null or kind = $3)
       and ($4::bigint is null or (at_ms, record_id) > ($4, $5::text)) and ($6::text is null or record::jsonb -> 'policies' @> jsonb_build_array(jsonb_build_object('policyId', $6::text)))
       and ${visible("tenant_id", "$8")}
     order by at_ms, record_id limit $7`,
    [
      range.fromMs,
      range.toMs,
      range.kind,
      after?.atMs ?? null,
      after?.recordId ?? null,
      range.policyId ?? null,
      limit,
      range.tenantIds ?? null,
    ],
  );
  return rows.map(toRecordRow);
}

export const decisionKeyStatement = "plane.insertDecisionKey";
/** For a question that nobody may ask a second time meanwhile: the loser's whole decision is refused. */
export const decisionKeyOnceStatement = "plane.insertDecisionKeyOnce";
export const decisionKeyConstraint = "decision_key_pkey";
export const insertDecisionKeyOnceSql = `
insert into decision_key (idempotency_key, decision_id, request_hash, at_ms)
select idempotency_key, decision_id, request_hash, at_ms from jsonb_to_recordset($1::jsonb) as r(idempotency_key text, decision_id text, request_hash text, at_ms bigint)`;
export const insertDecisionKeySql = `${insertDecisionKeyOnceSql}
on conflict (idempotency_key) do nothing`;

export async function decisionOfKey(
  db: Queryable,
  key: string,
): Promise<{ readonly decisionId: string; readonly requestHash: string } | undefined> {
  const rows = await db.query<{ decision_id: string; request_hash: string }>(
    "select decision_id, request_hash from decision_key where idempotency_key = $1",
    [key],
  );
  return rows[0] === undefined ? undefined : { decisionId: rows[0].decision_id, requestHash: rows[0].request_hash };
}

/** Moves a key to a later decision of the same question (after an approval). False: somebody else has moved it. */
export async function moveDecisionKey(db: Queryable, key: string, from: string, to: string): Promise<boolean> {
  const rows = await db.query(
    "update decision_key set decision_id = $3 where idempotency_key = $1 and decision_id = $2 returning 1",
    [key, from, to],
  );
  return rows.length === 1;
}

export const vaultStatement = "plane.insertVault";
export const insertVaultSql = `
insert into fact_vault (decision_id, name, subject_key, salt, value)
select decision_id, name, subject_key, salt, value from jsonb_to_recordset($1::jsonb) as r(decision_id text, name text, subject_key text, salt text, value jsonb)`;

export async function vaultOf(db: Queryable, decisionIds: readonly string[]): Promise<Map<string, Json>> {
  const rows = await db.query<{ decision_id: string; name: string; value: Json }>(
    "select decision_id, name, value from fact_vault where decision_id = any($1)",
    [decisionIds],
  );
  return new Map(rows.map((row) => [`${row.decision_id}|${row.name}`, row.value]));
}

export async function eraseVault(
  db: Queryable,
  subjectKey: string,
  tenantIds: readonly string[] | null,
): Promise<number> {
  const rows = await db.query(
    `delete from fact_vault v where v.subject_key = $1 and ($2::text[] is null or exists (
       select 1 from plane_record d where d.decision_id = v.decision_id and d.kind = 'decision' and ${visible("d.tenant_id", "$2")})) returning 1`,
    [subjectKey, tenantIds],
  );
  return rows.length;
}

/** Who may use a permit: the first holder. Returns the holder that has it. */
export async function takePermit(db: Queryable, decisionId: string, holder: string, now: EpochMs): Promise<string> {
  const rows = await db.query<{ holder: string }>(
    `insert into permit_use as u (decision_id, holder, at_ms) values ($1, $2, $3)
     on conflict (decision_id) do update set holder = u.holder returning holder`,
    [decisionId, holder, now],
  );
  return rows[0]?.holder ?? "";
}

/** Undefined: nobody has used it. */
export async function permitHolder(db: Queryable, decisionId: string): Promise<string | undefined> {
  const rows = await db.query<{ holder: string }>("select holder from permit_use where decision_id = $1", [decisionId]);
  return rows[0]?.holder;
}

export function toRecordRow(row: RawRow): RecordRow {
  return {
    stream: row.stream,
    seq: Number(row.seq),
    prevHash: row.prev_hash,
    recordHash: row.record_hash,
    hash: row.hash,
    kind: row.kind,
    recordId: row.record_id,
    decisionId: row.decision_id,
    atMs: Number(row.at_ms),
    record: row.record,
  };
}

export function bodyOf(row: RecordRow): JsonRecord {
  return JSON.parse(row.record) as JsonRecord;
}

/** Milliseconds of an ISO instant; null when none was given. */
export function instant(text: string | undefined): number | null {
  if (text === undefined) return null;
  const value = Date.parse(text);
  return Number.isNaN(value) ? null : value;
}

function readCursor(cursor: string | undefined): readonly [number | null, string | null] {
  const match = /^(\d{1,15}):([0-9a-f-]{36})$/.exec(cursor ?? "");
  return match === null ? [null, null] : [Number(match[1]), match[2] as string];
}
