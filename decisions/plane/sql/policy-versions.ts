/** policy_version and policy_test_run: immutable content by hash, and how its tests went. */
import type { Queryable } from "../../../store/index.ts";
import type { TestReport } from "../answers.ts";
import type { Json, JsonRecord } from "../types.ts";

export interface VersionRow {
  readonly policyId: string;
  readonly version: number;
  readonly contentHash: string;
  readonly manifest: Json;
  readonly dmn: string;
  readonly tests: Json;
  readonly author: JsonRecord;
  readonly createdAtMs: number;
}

interface RawRow {
  readonly policy_id: string;
  readonly version: number;
  readonly content_hash: string;
  readonly manifest: Json;
  readonly dmn: string;
  readonly tests: Json;
  readonly author: JsonRecord;
  readonly created_at_ms: string | number;
}

const columns = "policy_id, version, content_hash, manifest, dmn, tests, author, created_at_ms";

export async function findByHash(
  db: Queryable,
  policyId: string,
  contentHash: string,
): Promise<VersionRow | undefined> {
  const rows = await db.query<RawRow>(
    `select ${columns} from policy_version where policy_id = $1 and content_hash = $2`,
    [policyId, contentHash],
  );
  return rows[0] === undefined ? undefined : fromRow(rows[0]);
}

export async function findVersion(db: Queryable, policyId: string, version: number): Promise<VersionRow | undefined> {
  const rows = await db.query<RawRow>(`select ${columns} from policy_version where policy_id = $1 and version = $2`, [
    policyId,
    version,
  ]);
  return rows[0] === undefined ? undefined : fromRow(rows[0]);
}

export async function versionsOf(db: Queryable, policyId: string): Promise<VersionRow[]> {
  return (
    await db.query<RawRow>(`select ${columns} from policy_version where policy_id = $1 order by version`, [policyId])
  ).map(fromRow);
}

/** Everything but the content: small enough to read whole for inventories. */
export async function allVersionHeads(db: Queryable): Promise<Omit<VersionRow, "dmn" | "tests">[]> {
  const rows = await db.query<RawRow>(
    "select policy_id, version, content_hash, manifest, '' as dmn, 'null'::jsonb as tests, author, created_at_ms from policy_version order by policy_id, version",
  );
  return rows.map(fromRow);
}

/** The next version; the caller holds the policy's lock. */
export async function insertVersion(db: Queryable, row: Omit<VersionRow, "version">): Promise<number> {
  const rows = await db.query<{ version: number }>(
    `insert into policy_version (${columns})
     select $1, coalesce(max(version), 0) + 1, $2, $3::jsonb, $4, $5::jsonb, $6::jsonb, $7 from policy_version where policy_id = $1
     returning version`,
    [
      row.policyId,
      row.contentHash,
      JSON.stringify(row.manifest),
      row.dmn,
      JSON.stringify(row.tests),
      JSON.stringify(row.author),
      row.createdAtMs,
    ],
  );
  return (rows[0] as { version: number }).version;
}

/** Serialises changes of one policy over all nodes until the transaction ends. */
export async function lockPolicy(tx: Queryable, policyId: string): Promise<void> {
  await tx.query("select pg_advisory_xact_lock(7310100, hashtext($1))", [policyId]);
}

export async function insertTestRun(db: Queryable, report: TestReport, atMs: number): Promise<void> {
  await db.query(
    `insert into policy_test_run (policy_id, version, at_ms, passed, rule_coverage, report) values ($1, $2, $3, $4, $5, $6::jsonb)
     on conflict (policy_id, version, at_ms) do nothing`,
    [report.policyId, report.version, atMs, report.passed, report.coverage.share, JSON.stringify(report)],
  );
}

export async function lastTestRun(db: Queryable, policyId: string, version: number): Promise<TestReport | null> {
  const rows = await db.query<{ report: TestReport }>(
    "select report from policy_test_run where policy_id = $1 and version = $2 order by at_ms desc limit 1",
    [policyId, version],
  );
  return rows[0]?.report ?? null;
}

function fromRow(row: RawRow): VersionRow {
  return {
    policyId: row.policy_id,
    version: row.version,
    contentHash: row.content_hash,
    manifest: row.manifest,
    dmn: row.dmn,
    tests: row.tests,
    author: row.author,
    createdAtMs: Number(row.created_at_ms),
  };
}
