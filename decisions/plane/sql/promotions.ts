/** policy_promotion: the pointer events that say which version is in which stage. Append-only. */
import type { Queryable, RowObject } from "../../../store/index.ts";
import type { PromotionRecord } from "../answers.ts";
import type { Stage } from "../types.ts";

export interface PromotionRow {
  readonly epoch: number;
  readonly policyId: string;
  readonly version: number;
  readonly from: Stage;
  readonly to: Stage;
  readonly shareBasisPoints: number | null;
  readonly supersedes: number | null;
  readonly rollback: boolean;
  readonly atMs: number;
}

interface RawRow {
  readonly epoch: string | number;
  readonly policy_id: string;
  readonly version: number;
  readonly from_stage: Stage;
  readonly to_stage: Stage;
  readonly share_basis_points: number | null;
  readonly supersedes: number | null;
  readonly rollback: boolean;
  readonly at_ms: string | number;
  readonly record?: string;
}

const columns = "epoch, policy_id, version, from_stage, to_stage, share_basis_points, supersedes, rollback, at_ms";

export async function allPromotions(db: Queryable): Promise<PromotionRow[]> {
  return (await db.query<RawRow>(`select ${columns} from policy_promotion order by epoch`)).map(fromRow);
}

export async function promotionsOf(
  db: Queryable,
  policyId: string,
): Promise<{ readonly row: PromotionRow; readonly record: PromotionRecord }[]> {
  const rows = await db.query<RawRow>(
    `select ${columns}, record from policy_promotion where policy_id = $1 order by epoch`,
    [policyId],
  );
  return rows.map((raw) => {
    const row = fromRow(raw);
    return { row, record: { ...(JSON.parse(raw.record as string) as PromotionRecord), epoch: row.epoch } };
  });
}

/** Changes whenever any promotion commits, in whatever order (an identity is taken before the commit). */
export async function promotionMark(db: Queryable): Promise<string> {
  const rows = await db.query<{ mark: string }>(
    "select coalesce(max(epoch), 0) || '/' || count(*) as mark from policy_promotion",
  );
  return rows[0]?.mark ?? "0/0";
}

export const promotionStatement = "plane.insertPromotion";

/** Violated when another promotion of the policy has been committed since this one was judged. */
export const promotionRaceConstraint = "policy_promotion_policy_id_previous_epoch_key";

/** Violated when the approval that the promotion rests on has been taken back since it was judged. */
export const promotionApprovalConstraint = "policy_promotion_approval";

export const insertPromotionSql = `
insert into policy_promotion (promotion_id, previous_epoch, policy_id, version, from_stage, to_stage, share_basis_points, supersedes, rollback, at_ms, approval_id, record)
select promotion_id, previous_epoch, policy_id, version, from_stage, to_stage, share_basis_points, supersedes, rollback, at_ms, approval_id, record
from jsonb_to_recordset($1::jsonb) as r(promotion_id text, previous_epoch bigint, policy_id text, version integer, from_stage text, to_stage text,
  share_basis_points integer, supersedes integer, rollback boolean, at_ms bigint, approval_id text, record text)`;

export function promotionRow(
  row: Omit<PromotionRow, "epoch"> & { readonly approvalId: string | null },
  previousEpoch: number,
  promotionId: string,
  record: string,
): RowObject {
  return {
    promotion_id: promotionId,
    previous_epoch: previousEpoch,
    policy_id: row.policyId,
    version: row.version,
    from_stage: row.from,
    to_stage: row.to,
    share_basis_points: row.shareBasisPoints,
    supersedes: row.supersedes,
    rollback: row.rollback,
    at_ms: row.atMs,
    approval_id: row.approvalId,
    record,
  };
}

function fromRow(row: RawRow): PromotionRow {
  return {
    epoch: Number(row.epoch),
    policyId: row.policy_id,
    version: row.version,
    from: row.from_stage,
    to: row.to_stage,
    shareBasisPoints: row.share_basis_points,
    supersedes: row.supersedes,
    rollback: row.rollback,
    atMs: Number(row.at_ms),
  };
}
