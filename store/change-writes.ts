/** Writing change requests: each function is a part of the transaction that has locked the change. */
import type { Change, ChangeApproval, ChangeEvent, NewResource } from "./changes.ts";
import type { Queryable } from "./database.ts";

export async function insertChange(
  tx: Queryable,
  change: Omit<Change, "state" | "revision" | "resources" | "approval">,
): Promise<void> {
  await tx.query(
    `insert into change_request (change_id, tenant_id, title, description, state, revision, author, policy_id, policy_version, created_at_ms)
     values ($1, $2, $3, $4, 'submitted', 1, $5::jsonb, $6, $7, $8)`,
    [
      change.changeId,
      change.tenantId,
      change.title,
      change.description,
      JSON.stringify(change.author),
      change.policy?.policyId ?? null,
      change.policy?.version ?? null,
      change.createdAtMs,
    ],
  );
}

/** The next revision: what was approved is not any more. */
export async function reviseChange(
  tx: Queryable,
  changeId: string,
  { title, description, policy }: Pick<Change, "title" | "description" | "policy">,
): Promise<void> {
  await tx.query("delete from change_approval where change_id = $1", [changeId]);
  await tx.query(
    "update change_request set state = 'submitted', revision = revision + 1, title = $2, description = $3, policy_version = $4 where change_id = $1",
    [changeId, title, description, policy?.version ?? null],
  );
}

export async function insertResources(
  tx: Queryable,
  changeId: string,
  revision: number,
  resources: readonly NewResource[],
): Promise<void> {
  for (const { name, sha256, content, replaces } of resources)
    await tx.query(
      "insert into change_resource (change_id, revision, name, checksum, content, replaces) values ($1, $2, $3, $4, $5, $6)",
      [changeId, revision, name, sha256, content, replaces],
    );
}

/** Every state but `approved` ends the approval; an approval that a promotion rests on stays, and this fails (23503). */
export async function setChangeState(tx: Queryable, changeId: string, state: "rejected" | "withdrawn"): Promise<void> {
  await tx.query("delete from change_approval where change_id = $1", [changeId]);
  await tx.query("update change_request set state = $2 where change_id = $1", [changeId, state]);
}

export async function approveChange(
  tx: Queryable,
  { changeId, revision }: Pick<Change, "changeId" | "revision">,
  { approvalId, approver, comment, atMs }: ChangeApproval,
): Promise<void> {
  await tx.query(
    "insert into change_approval (approval_id, change_id, revision, approver, comment, at_ms) values ($1, $2, $3, $4::jsonb, $5, $6)",
    [approvalId, changeId, revision, JSON.stringify(approver), comment, atMs],
  );
  await tx.query("update change_request set state = 'approved' where change_id = $1", [changeId]);
}

/** Files whose approval was used; with the last of them the change is deployed. */
export async function markDeployed(
  tx: Queryable,
  { changeId, revision }: Pick<Change, "changeId" | "revision">,
  names: readonly string[],
  deploymentKey: string,
): Promise<void> {
  await tx.query(
    "update change_resource set deployment_key = $4 where change_id = $1 and revision = $2 and name = any($3)",
    [changeId, revision, [...names], deploymentKey],
  );
  await tx.query(
    `update change_request set state = 'deployed' where change_id = $1 and not exists (
       select 1 from change_resource r where r.change_id = $1 and r.revision = $2 and r.deployment_key is null)`,
    [changeId, revision],
  );
}

export async function insertEvent(
  tx: Queryable,
  changeId: string,
  { revision, deed, actor, comment, deploymentKey, atMs }: Omit<ChangeEvent, "sequence">,
): Promise<void> {
  await tx.query(
    `insert into change_event (change_id, sequence, revision, deed, actor, comment, deployment_key, at_ms)
     select $1, coalesce(max(sequence), 0) + 1, $2, $3, $4::jsonb, $5, $6, $7 from change_event where change_id = $1`,
    [changeId, revision, deed, JSON.stringify(actor), comment, deploymentKey, atMs],
  );
}
