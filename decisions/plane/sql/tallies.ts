/** policy_tally and policy_look: what all nodes have counted of the versions in force, and how often it was looked at. */
import type { Queryable } from "../../../store/index.ts";

export interface Tally {
  readonly total: number;
  readonly errors: number;
  readonly denied: number;
  readonly approvals: number;
  /** Took longer than the version's manifest allows. */
  readonly slow: number;
}

export interface NodeTally extends Tally {
  readonly policyId: string;
  readonly epoch: number;
  readonly version: number;
}

/** Puts a node's sums in the place of its earlier ones: writing them twice counts nothing twice. */
export async function writeTallies(db: Queryable, node: string, tallies: readonly NodeTally[]): Promise<void> {
  const rows = tallies.map(({ policyId, ...rest }) => ({ policy_id: policyId, ...rest }));
  await db.query(
    `insert into policy_tally (policy_id, epoch, version, node, total, errors, denied, approvals, slow)
     select policy_id, epoch, version, $2, total, errors, denied, approvals, slow
     from jsonb_to_recordset($1::jsonb) as r(policy_id text, epoch bigint, version integer, total bigint, errors bigint, denied bigint, approvals bigint, slow bigint)
     on conflict (policy_id, epoch, version, node) do update
       set total = excluded.total, errors = excluded.errors, denied = excluded.denied, approvals = excluded.approvals, slow = excluded.slow`,
    [JSON.stringify(rows), node],
  );
}

/** Sums over all nodes by version, since the last promotion of the policy. */
export async function readTallies(db: Queryable, policyId: string, epoch: number): Promise<ReadonlyMap<number, Tally>> {
  const rows = await db.query<{ version: number } & Readonly<Record<keyof Tally, string>>>(
    `select version, sum(total) as total, sum(errors) as errors, sum(denied) as denied, sum(approvals) as approvals, sum(slow) as slow
     from policy_tally where policy_id = $1 and epoch = $2 group by version`,
    [policyId, epoch],
  );
  return new Map(
    rows.map(({ version, total, errors, denied, approvals, slow }) => [
      version,
      {
        total: Number(total),
        errors: Number(errors),
        denied: Number(denied),
        approvals: Number(approvals),
        slow: Number(slow),
      },
    ]),
  );
}

/** Takes the next look at this many evaluations; undefined when a node has looked at as many already. */
export async function takeLook(
  db: Queryable,
  policyId: string,
  epoch: number,
  total: number,
): Promise<number | undefined> {
  const rows = await db.query<{ looks: number }>(
    `insert into policy_look as l (policy_id, epoch, looks, seen_total) values ($1, $2, 1, $3)
     on conflict (policy_id, epoch) do update set looks = l.looks + 1, seen_total = excluded.seen_total
       where l.seen_total < excluded.seen_total
     returning looks`,
    [policyId, epoch, total],
  );
  return rows[0]?.looks;
}

/** What was counted before the last promotion says nothing about what is in force now. */
export async function forgetTallies(db: Queryable, policyId: string, beforeEpoch: number): Promise<void> {
  for (const table of ["policy_tally", "policy_look"])
    await db.query(`delete from ${table} where policy_id = $1 and epoch < $2`, [policyId, beforeEpoch]);
}
