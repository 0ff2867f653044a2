/** approval and approval_event: the register. Changes go through the group commit, beside their signed records. */
import type { Queryable, RowObject } from "../../../store/index.ts";
import type { ApprovalStateName } from "../answers.ts";
import { visible } from "../tenants.ts";
import type { ActorReference, JsonRecord } from "../types.ts";

export interface ApprovalRow {
  readonly approvalId: string;
  readonly decisionId: string;
  readonly state: ApprovalStateName;
  readonly group: string | null;
  readonly requester: ActorReference;
  readonly request: JsonRecord;
  readonly dueAtMs: number | null;
  readonly escalated: boolean;
  readonly processInstanceKey: string | null;
  readonly elementInstanceKey: string | null;
  readonly createdAtMs: number;
  readonly resolvedAtMs: number | null;
  readonly usedBy: string | null;
  readonly tenantId: string | null;
  readonly events: readonly (JsonRecord & { readonly type: string })[];
}

export const insertApprovalStatement = "plane.insertApproval";
export const approvalEventStatement = "plane.insertApprovalEvent";
/** Of processes: one writer per instance, so there is no race to decide, and a repeated event must not refuse the step. */
export const approvalEventOnceStatement = "plane.insertApprovalEventOnce";
export const cancelApprovalsStatement = "plane.cancelApprovals";
export const updateApprovalStatement = "plane.updateApproval";
export const approvalEventConstraint = "approval_event_pkey";

export const insertApprovalSql = `
insert into approval (approval_id, decision_id, state, group_name, requester, request, due_at_ms, process_instance_key, element_instance_key, created_at_ms, tenant_id)
select approval_id, decision_id, 'pending', group_name, requester, request, due_at_ms, process_instance_key, element_instance_key, created_at_ms, tenant_id
from jsonb_to_recordset($1::jsonb) as r(approval_id text, decision_id text, group_name text, requester jsonb, request jsonb, due_at_ms bigint,
  process_instance_key text, element_instance_key text, created_at_ms bigint, tenant_id text)`;

export const insertApprovalEventSql = `
insert into approval_event (approval_id, event_key, at_ms, event)
select approval_id, event_key, at_ms, event from jsonb_to_recordset($1::jsonb) as r(approval_id text, event_key text, at_ms bigint, event jsonb)`;

export const insertApprovalEventOnceSql = `${insertApprovalEventSql}
on conflict (approval_id, event_key) do nothing`;

/** Approvals of activities that were terminated. */
export const cancelApprovalsSql = `
update approval a set state = 'cancelled', resolved_at_ms = r.at_ms
from jsonb_to_recordset($1::jsonb) as r(element_instance_key text, at_ms bigint)
where a.element_instance_key = r.element_instance_key and a.state = 'pending'`;

/** Null leaves a column as it is. A resolved approval is never opened again. */
export const updateApprovalSql = `
update approval a set
  state = case when a.state = 'pending' or r.state = 'stale' then coalesce(r.state, a.state) else a.state end,
  group_name = coalesce(r.group_name, a.group_name),
  due_at_ms = case when r.escalated then r.due_at_ms else a.due_at_ms end,
  escalated = a.escalated or r.escalated,
  resolved_at_ms = coalesce(a.resolved_at_ms, r.resolved_at_ms),
  used_by = coalesce(a.used_by, r.used_by)
from jsonb_to_recordset($1::jsonb) as r(approval_id text, state text, group_name text, due_at_ms bigint, escalated boolean, resolved_at_ms bigint, used_by text)
where a.approval_id = r.approval_id`;

export interface ApprovalChange {
  readonly state?: ApprovalStateName;
  readonly group?: string;
  readonly escalated?: boolean;
  readonly dueAtMs?: number | null;
  readonly resolvedAtMs?: number;
  readonly usedBy?: string;
}

export function changeRow(approvalId: string, change: ApprovalChange): RowObject {
  return {
    approval_id: approvalId,
    state: change.state ?? null,
    group_name: change.group ?? null,
    due_at_ms: change.dueAtMs ?? null,
    escalated: change.escalated ?? false,
    resolved_at_ms: change.resolvedAtMs ?? null,
    used_by: change.usedBy ?? null,
  };
}

interface RawRow {
  readonly approval_id: string;
  readonly decision_id: string;
  readonly state: ApprovalStateName;
  readonly group_name: string | null;
  readonly requester: ActorReference;
  readonly request: JsonRecord;
  readonly due_at_ms: string | null;
  readonly escalated: boolean;
  readonly process_instance_key: string | null;
  readonly element_instance_key: string | null;
  readonly created_at_ms: string;
  readonly resolved_at_ms: string | null;
  readonly used_by: string | null;
  readonly tenant_id: string | null;
  readonly events: readonly (JsonRecord & { readonly type: string })[] | null;
}

const select = `select a.*, (select jsonb_agg(e.event order by e.at_ms, e.event_key) from approval_event e where e.approval_id = a.approval_id) as events from approval a`;

export async function findApproval(
  db: Queryable,
  approvalId: string,
  tenantIds: readonly string[] | null = null,
): Promise<ApprovalRow | undefined> {
  const rows = await db.query<RawRow>(`${select} where a.approval_id = $1 and ${visible("a.tenant_id", "$2")}`, [
    approvalId,
    tenantIds,
  ]);
  return rows[0] === undefined ? undefined : fromRow(rows[0]);
}

export async function searchApprovals(
  db: Queryable,
  filter: {
    readonly state?: string;
    readonly group?: string;
    readonly processInstanceKey?: string;
    readonly decisionId?: string;
    readonly tenantIds?: readonly string[] | null;
    readonly limit: number;
  },
): Promise<ApprovalRow[]> {
  const rows = await db.query<RawRow>(
    `${select} where ($1::text is null or a.state = $1) and ($2::text is null or a.group_name = $2) and ($3::text is null or a.process_instance_key = $3)
       and ($4::text is null or a.decision_id = $4) and ${visible("a.tenant_id", "$6")} order by a.created_at_ms desc, a.approval_id desc limit $5`,
    [
      filter.state ?? null,
      filter.group ?? null,
      filter.processInstanceKey ?? null,
      filter.decisionId ?? null,
      filter.limit,
      filter.tenantIds ?? null,
    ],
  );
  return rows.map(fromRow);
}

/** Those of callers from outside whose deadline has passed; those of processes have timers of the engine. */
export async function dueApprovals(db: Queryable, nowMs: number, limit: number): Promise<ApprovalRow[]> {
  const rows = await db.query<RawRow>(
    `${select} where a.state = 'pending' and a.element_instance_key is null and a.due_at_ms <= $1 order by a.due_at_ms limit $2`,
    [nowMs, limit],
  );
  return rows.map(fromRow);
}

function fromRow(row: RawRow): ApprovalRow {
  return {
    approvalId: row.approval_id,
    decisionId: row.decision_id,
    state: row.state,
    group: row.group_name,
    requester: row.requester,
    request: row.request,
    dueAtMs: row.due_at_ms === null ? null : Number(row.due_at_ms),
    escalated: row.escalated,
    processInstanceKey: row.process_instance_key,
    elementInstanceKey: row.element_instance_key,
    createdAtMs: Number(row.created_at_ms),
    resolvedAtMs: row.resolved_at_ms === null ? null : Number(row.resolved_at_ms),
    usedBy: row.used_by,
    tenantId: row.tenant_id,
    events: row.events ?? [],
  };
}
