/**
 * Change requests: what somebody wants to have deployed, its revisions, the approval in force and what was done with it.
 * Functions over a connection, because each is a part of a larger transaction. Who may do what is the edge's to say.
 */
import type { Queryable } from "./database.ts";

export type ChangeState = "submitted" | "approved" | "rejected" | "withdrawn" | "deployed";
export type ChangeDeed = "submitted" | "replaced" | "approved" | "rejected" | "withdrawn" | "deployed";

/** Somebody as they were when they did it. */
export interface ChangeActor {
  readonly id: string;
  readonly type: string;
  readonly groups?: readonly string[];
  readonly roles?: readonly string[];
  /** False: nobody was authenticated, the name is what was said. */
  readonly authenticated?: false;
}

export interface PolicyName {
  readonly policyId: string;
  readonly version: number;
}

export interface ChangedResource {
  readonly name: string;
  /** sha-256 of the bytes, hex. */
  readonly sha256: string;
  readonly bytes: number;
  readonly replaces: string | null;
  readonly deploymentKey: string | null;
}

export interface ChangeApproval {
  readonly approvalId: string;
  readonly approver: ChangeActor;
  readonly comment: string | null;
  readonly atMs: number;
}

export interface Change {
  readonly changeId: string;
  /** Null: of the whole organisation. */
  readonly tenantId: string | null;
  readonly title: string;
  readonly description: string | null;
  readonly state: ChangeState;
  readonly revision: number;
  readonly author: ChangeActor;
  /** Null: a change of files. */
  readonly policy: PolicyName | null;
  readonly createdAtMs: number;
  /** Of the present revision. */
  readonly resources: readonly ChangedResource[];
  /** Of the present revision. */
  readonly approval: ChangeApproval | null;
}

export interface NewResource {
  readonly name: string;
  readonly sha256: string;
  readonly content: Uint8Array;
  readonly replaces: string | null;
}

export interface ChangeEvent {
  readonly sequence: number;
  readonly revision: number;
  readonly deed: ChangeDeed;
  readonly actor: ChangeActor;
  readonly comment: string | null;
  readonly deploymentKey: string | null;
  readonly atMs: number;
}

export interface ChangeFilter {
  readonly state?: ChangeState | undefined;
  readonly policyId?: string | undefined;
  readonly authorId?: string | undefined;
  /** Those after this one, in the order of the list. */
  readonly after?: string | undefined;
  readonly limit: number;
}

interface Row {
  readonly change_id: string;
  readonly tenant_id: string | null;
  readonly title: string;
  readonly description: string | null;
  readonly state: ChangeState;
  readonly revision: number;
  readonly author: ChangeActor;
  readonly policy_id: string | null;
  readonly policy_version: number | null;
  readonly created_at_ms: string;
  readonly resources: readonly ChangedResource[] | null;
  readonly approval: ChangeApproval | null;
}

/** A change of a policy is deployed when its version went live after the approval. */
const wentLive = `c.state = 'approved' and exists (
  select 1 from policy_promotion p where p.policy_id = c.policy_id and p.version = c.policy_version and p.to_stage = 'active'
     and p.at_ms >= a.at_ms)`;

/** Keys are texts: JSON numbers may not hold them. */
const selectChange = `
select * from (
  select c.change_id, c.tenant_id, c.title, c.description, c.revision, c.author, c.policy_id, c.policy_version, c.created_at_ms,
         case when ${wentLive} then 'deployed' else c.state end as state,
         (select jsonb_agg(jsonb_build_object('name', r.name, 'sha256', r.checksum, 'bytes', length(r.content), 'replaces', r.replaces::text,
                 'deploymentKey', r.deployment_key::text) order by r.name)
            from change_resource r where r.change_id = c.change_id and r.revision = c.revision) as resources,
         case when a.approval_id is not null then jsonb_build_object('approvalId', a.approval_id, 'approver', a.approver, 'comment', a.comment,
              'atMs', a.at_ms) end as approval
    from change_request c left join change_approval a on a.change_id = c.change_id) c`;

const seen = (parameter: string): string => `(c.tenant_id is null or c.tenant_id = any(${parameter}))`;

/** Newest first. */
export async function listChanges(
  db: Queryable,
  tenantIds: readonly string[],
  { state, policyId, authorId, after, limit }: ChangeFilter,
): Promise<Change[]> {
  const rows = await db.query<Row>(
    `${selectChange} where ${seen("$1")} and ($2::text is null or c.state = $2) and ($3::text is null or c.policy_id = $3)
       and ($4::text is null or c.author ->> 'id' = $4)
       and ($5::text is null or (c.created_at_ms, c.change_id) < (select b.created_at_ms, b.change_id from change_request b where b.change_id = $5))
     order by c.created_at_ms desc, c.change_id desc limit $6`,
    [[...tenantIds], state ?? null, policyId ?? null, authorId ?? null, after ?? null, limit],
  );
  return rows.map(changeOf);
}

export async function findChange(
  db: Queryable,
  tenantIds: readonly string[],
  changeId: string,
): Promise<Change | undefined> {
  const [row] = await db.query<Row>(`${selectChange} where ${seen("$1")} and c.change_id = $2`, [
    [...tenantIds],
    changeId,
  ]);
  return row === undefined ? undefined : changeOf(row);
}

/** The change as it is and, until the transaction ends, stays. */
export async function lockChange(
  tx: Queryable,
  tenantIds: readonly string[],
  changeId: string,
): Promise<Change | undefined> {
  // Two statements: the second sees what was committed while the first has waited.
  await tx.query("select 1 from change_request where change_id = $1 for update", [changeId]);
  return findChange(tx, tenantIds, changeId);
}

/** Approved changes of a tenant that have to do with these files, by bytes or by name; locked. */
export async function lockApprovedChanges(
  tx: Queryable,
  tenantId: string,
  files: readonly { readonly name: string; readonly checksum: string }[],
): Promise<Change[]> {
  const rows = await tx.query<{ readonly change_id: string }>(
    `select c.change_id from change_request c where c.tenant_id = $1 and c.state = 'approved' and exists (
       select 1 from change_resource r where r.change_id = c.change_id and r.revision = c.revision and (r.checksum = any($2) or r.name = any($3)))
     order by c.change_id for update`,
    [tenantId, files.map(({ checksum }) => checksum), files.map(({ name }) => name)],
  );
  // Read again: what was committed while this waited for the locks counts.
  const changes: Change[] = [];
  for (const { change_id } of rows) {
    const change = await findChange(tx, [tenantId], change_id);
    if (change?.state === "approved") changes.push(change);
  }
  return changes;
}

export async function contentOfChange(
  db: Queryable,
  tenantIds: readonly string[],
  changeId: string,
  sha256: string,
): Promise<Buffer | undefined> {
  const [row] = await db.query<{ readonly content: Uint8Array }>(
    `select r.content from change_resource r join change_request c using (change_id)
      where ${seen("$1")} and r.change_id = $2 and r.checksum = $3 limit 1`,
    [[...tenantIds], changeId, sha256],
  );
  return row === undefined ? undefined : Buffer.from(row.content);
}

/** The files of the present revision, with their bytes. */
export async function filesOfChange(
  db: Queryable,
  changeId: string,
): Promise<{ readonly name: string; readonly content: Uint8Array }[]> {
  return db.query(
    "select r.name, r.content from change_resource r join change_request c using (change_id, revision) where change_id = $1 order by r.name",
    [changeId],
  );
}

export async function eventsOfChange(db: Queryable, changeId: string): Promise<ChangeEvent[]> {
  const rows = await db.query<{
    readonly sequence: number;
    readonly revision: number;
    readonly deed: ChangeDeed;
    readonly actor: ChangeActor;
    readonly comment: string | null;
    readonly deployment_key: string | null;
    readonly at_ms: string;
  }>("select * from change_event where change_id = $1 order by sequence", [changeId]);
  return rows.map(({ deployment_key, at_ms, sequence, revision, deed, actor, comment }) => ({
    sequence,
    revision,
    deed,
    actor,
    comment,
    deploymentKey: deployment_key,
    atMs: Number(at_ms),
  }));
}

/** Open ones of one author. */
export async function countOpenChanges(tx: Queryable, authorId: string): Promise<number> {
  const [row] = await tx.query<{ readonly n: string }>(
    `select count(*) as n from change_request c left join change_approval a using (change_id)
      where c.author ->> 'id' = $1 and c.state in ('submitted', 'approved') and not (${wentLive})`,
    [authorId],
  );
  return Number(row?.n ?? 0);
}

export interface ApprovedVersion extends ChangeApproval {
  readonly changeId: string;
  readonly author: ChangeActor;
}

/** Approvals of a policy's version, the latest first. */
export async function approvalsOfVersion(db: Queryable, { policyId, version }: PolicyName): Promise<ApprovedVersion[]> {
  const rows = await db.query<{
    readonly change_id: string;
    readonly author: ChangeActor;
    readonly approval: ChangeApproval;
  }>(
    `select c.change_id, c.author, jsonb_build_object('approvalId', a.approval_id, 'approver', a.approver, 'comment', a.comment, 'atMs', a.at_ms) as approval
       from change_request c join change_approval a using (change_id, revision)
      where c.policy_id = $1 and c.policy_version = $2 and c.state = 'approved' order by a.at_ms desc`,
    [policyId, version],
  );
  return rows.map(({ change_id, author, approval }) => ({ ...approval, changeId: change_id, author }));
}

function changeOf(row: Row): Change {
  return {
    changeId: row.change_id,
    tenantId: row.tenant_id,
    title: row.title,
    description: row.description,
    state: row.state,
    revision: row.revision,
    author: row.author,
    policy:
      row.policy_id === null || row.policy_version === null
        ? null
        : { policyId: row.policy_id, version: row.policy_version },
    createdAtMs: Number(row.created_at_ms),
    resources: row.resources ?? [],
    approval: row.approval,
  };
}
