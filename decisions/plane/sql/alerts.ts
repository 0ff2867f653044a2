/** plane_alert: what somebody should look at, until its condition is gone. */
import type { Database, Queryable, RowObject } from "../../../store/index.ts";
import type { Alert } from "../answers.ts";
import { visible } from "../tenants.ts";
import type { EpochMs, JsonRecord } from "../types.ts";

export const alertStatement = "plane.insertAlert";
/** The same alert twice (other nodes see the same incident) is one; so is one about a policy version that is open already. */
export const insertAlertSql = `
insert into plane_alert (alert_id, rule, policy_id, policy_version, at_ms, body, tenant_id, told_at_ms)
select alert_id, rule, policy_id, policy_version, at_ms, body, tenant_id, told_at_ms
from jsonb_to_recordset($1::jsonb) as r(alert_id text, rule text, policy_id text, policy_version integer, at_ms bigint, body jsonb, tenant_id text, told_at_ms bigint)
on conflict do nothing`;

/** `told`: there is nobody to tell. */
export function alertRow(alert: Alert, told: boolean): RowObject {
  const at = Date.parse(alert.at);
  return {
    alert_id: alert.alertId,
    rule: alert.rule,
    policy_id: alert.policyId,
    policy_version: alert.policyVersion,
    at_ms: at,
    body: { ...alert.body, message: alert.message },
    tenant_id: alert.tenantId,
    told_at_ms: told ? at : null,
  };
}

interface RawRow {
  readonly alert_id: string;
  readonly rule: string;
  readonly policy_id: string | null;
  readonly policy_version: number | null;
  readonly at_ms: string;
  readonly body: JsonRecord;
  readonly tenant_id: string | null;
  readonly resolved_at_ms: string | null;
}

const columns = "alert_id, rule, policy_id, policy_version, at_ms, body, tenant_id, resolved_at_ms";

/** Alerts without a tenant concern the organisation: everybody who may read alerts sees them. */
export async function readAlerts(
  database: Queryable,
  open: boolean | undefined,
  tenantIds: readonly string[] | null,
  limit: number,
): Promise<Alert[]> {
  const rows = await database.query<RawRow>(
    `select ${columns} from plane_alert where ($1::boolean is null or (resolved_at_ms is null) = $1)
       and (tenant_id is null or ${visible("tenant_id", "$3")}) order by at_ms desc, alert_id desc limit $2`,
    [open ?? null, limit, tenantIds],
  );
  return rows.map(fromRow);
}

export async function openAlerts(database: Database, limit: number): Promise<Alert[]> {
  const rows = await database.query<RawRow>(
    `select ${columns} from plane_alert where resolved_at_ms is null order by at_ms limit $1`,
    [limit],
  );
  return rows.map(fromRow);
}

/** Closes the open ones of these ids and has that told too. Returns those it has closed. */
export async function resolveAlertRows(
  database: Database,
  alertIds: readonly string[],
  at: EpochMs,
  resolution: JsonRecord,
  options: { readonly tell: boolean; readonly tenantIds?: readonly string[] | null },
): Promise<Alert[]> {
  const rows = await database.query<RawRow>(
    `update plane_alert set resolved_at_ms = greatest($2::bigint, at_ms), body = body || jsonb_build_object('resolution', $3::jsonb),
       told_at_ms = case when $4 then null else told_at_ms end, tell_at_ms = $2::bigint, tell_attempts = 0
     where alert_id = any($1) and resolved_at_ms is null and (tenant_id is null or ${visible("tenant_id", "$5")}) returning ${columns}`,
    [alertIds, at, JSON.stringify(resolution), options.tell, options.tenantIds ?? null],
  );
  return rows.map(fromRow);
}

/** Takes what is to be told now; what is not reported as told comes again after the pause, at most `attemptsMax` times. */
export async function takeUntold(
  database: Database,
  now: EpochMs,
  pauseMs: number,
  attemptsMax: number,
): Promise<Alert[]> {
  const rows = await database.query<RawRow>(
    `update plane_alert set tell_attempts = tell_attempts + 1, tell_at_ms = $1::bigint + $2::bigint * (tell_attempts + 1)
     where alert_id in (select alert_id from plane_alert where told_at_ms is null and tell_at_ms <= $1 and tell_attempts < $3
       order by tell_at_ms limit 100 for update skip locked) returning ${columns}`,
    [now, pauseMs, attemptsMax],
  );
  return rows.map(fromRow);
}

export async function markTold(database: Database, alertId: string, resolved: boolean, at: EpochMs): Promise<void> {
  // Resolved while its beginning was being told: its end is still to be told.
  await database.query(
    "update plane_alert set told_at_ms = $3 where alert_id = $1 and (resolved_at_ms is not null) = $2",
    [alertId, resolved, at],
  );
}

function fromRow(row: RawRow): Alert {
  const { message, ...body } = row.body;
  return {
    alertId: row.alert_id,
    rule: row.rule,
    policyId: row.policy_id,
    policyVersion: row.policy_version,
    at: new Date(Number(row.at_ms)).toISOString(),
    message: String(message ?? row.rule),
    body,
    tenantId: row.tenant_id,
    resolvedAt: row.resolved_at_ms === null ? null : new Date(Number(row.resolved_at_ms)).toISOString(),
  };
}
