/**
 * The export: records of a period with their places in the chain, the policies that judged, checkpoints and keys,
 * signed as a whole. Made for an auditor who trusts the signature and not the database.
 */
import type { Database } from "../../../store/index.ts";
import { InvalidInputError } from "../errors.ts";
import { toRecordRow } from "../sql/decisions.ts";
import { findVersion } from "../sql/policy-versions.ts";
import { tenantsOf, visible } from "../tenants.ts";
import type { EpochMs, JsonRecord, Reader } from "../types.ts";
import { type Checkpoint, checkpointsBetween, makeCheckpoint } from "./checkpoint.ts";
import type { PublicKey, Signer } from "./signer.ts";
import type { StreamRange } from "./stream-check.ts";
import { type Bundle, bundleClaim, type ExportEntry, exportType } from "./verify.ts";

const recordsMax = 200_000;

/** Makes a checkpoint first, so that everything exported is under a signature. */
export async function makeExport(
  database: Database,
  signer: Signer,
  range: { readonly from?: string; readonly to?: string },
  now: EpochMs,
  by?: Reader,
): Promise<Bundle> {
  const fromMs = readInstant(range.from, "from") ?? 0;
  const toMs = readInstant(range.to, "to") ?? now;
  await makeCheckpoint(database, signer, now);
  const records = await entriesOf(database, fromMs, toMs, tenantsOf(by));
  const checkpoints = await linkedCheckpoints(database, fromMs, now);
  const unsigned = {
    schema: "interlock-export/1" as const,
    exportedAt: new Date(now).toISOString(),
    from: range.from ?? null,
    to: range.to ?? null,
    records,
    ranges: rangesOf(records),
    checkpoints,
    policies: await policiesOf(database, records),
    keys: (await publicKeys(database)) as unknown as Bundle["keys"],
    signature: "",
  };
  return { ...unsigned, signature: signer.sign(exportType, bundleClaim(unsigned)) };
}

export async function publicKeys(database: Database): Promise<PublicKey[]> {
  return (
    await database.query<{ public_key: PublicKey }>("select public_key from plane_key order by created_at_ms, kid")
  ).map(({ public_key }) => public_key);
}

/** Promotions are the organisation's; everything else is of the tenant of its decision. */
const withheld = `(r.kind <> 'promotion' and not ${visible("coalesce(r.tenant_id, d.tenant_id)", "$4")})`;

/** Streams are cut at record places, not at instants: between the first and the last record of the period nothing is left out. */
async function entriesOf(
  database: Database,
  fromMs: EpochMs,
  toMs: EpochMs,
  tenantIds: readonly string[] | null,
): Promise<ExportEntry[]> {
  const rows = await database.query<Parameters<typeof toRecordRow>[0] & { readonly withheld: boolean }>(
    `select r.stream, r.seq, r.prev_hash, r.record_hash, r.hash, r.kind, r.record_id, r.decision_id, r.at_ms,
       ${withheld} as withheld, case when ${withheld} then '' else r.record end as record from plane_record r
     left join plane_record d on $4::text[] is not null and r.kind <> 'decision' and d.decision_id = r.decision_id and d.kind = 'decision'
     join (select stream, min(seq) as first, max(seq) as last from plane_record where at_ms >= $1 and at_ms <= $2 group by stream) part
       on part.stream = r.stream and r.seq between part.first and part.last
     order by r.stream, r.seq limit $3`,
    [fromMs, toMs, recordsMax + 1, tenantIds],
  );
  if (rows.length > recordsMax)
    throw new InvalidInputError(
      `Expected a period of at most ${recordsMax} records, but it has more: export it in parts`,
      [{ code: "EXPORT_TOO_LARGE", message: "from, to", place: "to" }],
    );
  return rows.map((row) => {
    const { stream, seq, prevHash, recordHash, hash, record } = toRecordRow(row);
    return {
      stream,
      seq,
      prevHash,
      recordHash,
      hash,
      record: row.withheld ? null : (JSON.parse(record) as JsonRecord),
    };
  });
}

function rangesOf(entries: readonly ExportEntry[]): StreamRange[] {
  const ranges = new Map<string, StreamRange>();
  for (const { stream, seq, prevHash, hash, record } of entries) {
    const known = ranges.get(stream);
    ranges.set(stream, {
      stream,
      firstSeq: known?.firstSeq ?? seq,
      firstPrevHash: known?.firstPrevHash ?? prevHash,
      lastSeq: seq,
      lastHash: hash,
      count: (known?.count ?? 0) + 1,
      withheld: (known?.withheld ?? 0) + (record === null ? 1 : 0),
    });
  }
  return [...ranges.values()];
}

async function linkedCheckpoints(database: Database, fromMs: EpochMs, toMs: EpochMs): Promise<Checkpoint[]> {
  return checkpointsBetween(database, fromMs, toMs);
}

async function policiesOf(database: Database, entries: readonly ExportEntry[]): Promise<Bundle["policies"]> {
  const named = new Map<string, readonly [string, number]>();
  for (const { record } of entries) {
    if (record === null) continue;
    const uses = Array.isArray(record.policies)
      ? (record.policies as unknown as { policyId: string; version: number }[])
      : [];
    for (const { policyId, version } of uses) named.set(`${policyId}@${version}`, [policyId, version]);
    if (record.schema === "promotion/1")
      named.set(`${record.policyId}@${record.version}`, [record.policyId as string, record.version as number]);
  }
  const policies: Bundle["policies"][number][] = [];
  for (const [policyId, version] of named.values()) {
    const row = await findVersion(database, policyId, version);
    if (row !== undefined)
      policies.push({
        policyId,
        version,
        contentHash: row.contentHash,
        manifest: row.manifest,
        dmn: row.dmn,
        tests: row.tests,
      });
  }
  return policies;
}

function readInstant(text: string | undefined, name: string): EpochMs | undefined {
  if (text === undefined) return undefined;
  const value = Date.parse(text);
  if (Number.isNaN(value))
    throw new InvalidInputError(`Expected ${name} to be an instant, but got "${text.slice(0, 50)}"`, [
      { code: "INSTANT_INVALID", message: text.slice(0, 50), place: name },
    ]);
  return value;
}
