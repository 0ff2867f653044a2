/** plane_alert: what somebody should look at. */
import type { Database, RowObject } from "../../../store/index.ts";
import type { Alert } from "../contract.ts";
import type { JsonRecord } from "../types.ts";

export const alertStatement = "plane.insertAlert";
export const insertAlertSql = `
insert into plane_alert (alert_id, rule, policy_id, policy_version, at_ms, body)
select alert_id, rule, policy_id, policy_version, at_ms, body
from jsonb_to_recordset($1::jsonb) as r(alert_id text, rule text, policy_id text, policy_version integer, at_ms bigint, body jsonb)`;

export function alertRow(alert: Alert): RowObject {
  return {
    alert_id: alert.alertId,
    rule: alert.rule,
    policy_id: alert.policyId,
    policy_version: alert.policyVersion,
    at_ms: Date.parse(alert.at),
    body: { ...alert.body, message: alert.message },
  };
}

interface RawRow {
  readonly alert_id: string;
  readonly rule: string;
  readonly policy_id: string | null;
  readonly policy_version: number | null;
  readonly at_ms: string;
  readonly body: JsonRecord;
  readonly resolved_at_ms: string | null;
}

export async function readAlerts(database: Database, open: boolean | undefined, limit: number): Promise<Alert[]> {
  const rows = await database.query<RawRow>(
    "select * from plane_alert where ($1::boolean is null or (resolved_at_ms is null) = $1) order by at_ms desc, alert_id desc limit $2",
    [open ?? null, limit],
  );
  return rows.map((row) => {
    const { message, ...body } = row.body;
    return {
      alertId: row.alert_id,
      rule: row.rule,
      policyId: row.policy_id,
      policyVersion: row.policy_version,
      at: new Date(Number(row.at_ms)).toISOString(),
      message: String(message ?? row.rule),
      body,
      resolvedAt: row.resolved_at_ms === null ? null : new Date(Number(row.resolved_at_ms)).toISOString(),
    };
  });
}

export async function resolveAlertRow(database: Database, alertId: string, atMs: number): Promise<boolean> {
  return (
    (
      await database.query(
        "update plane_alert set resolved_at_ms = $2 where alert_id = $1 and resolved_at_ms is null returning 1",
        [alertId, atMs],
      )
    ).length === 1
  );
}
