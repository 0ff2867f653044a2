/**
 * Checkpoints: every minute the heads of all streams that moved become the leaves of a Merkle tree whose root is
 * signed and chained to the checkpoint before. A head that is signed (and perhaps anchored outside) can no longer be
 * rewritten by whoever owns the database.
 */
import type { Database } from "../../../store/index.ts";
import type { EpochMs, JsonRecord } from "../types.ts";
import { canonicalHash, canonicalJson } from "./canonical.ts";
import { merkleRoot } from "./merkle.ts";
import type { Signer } from "./signer.ts";

export const checkpointType = "interlock-checkpoint+jwt";

export interface StreamHead {
  readonly stream: string;
  readonly seq: number;
  readonly hash: string;
}

export interface Checkpoint {
  readonly schema: "checkpoint/1";
  readonly number: number;
  readonly at: string;
  readonly heads: readonly StreamHead[];
  readonly root: string;
  /** Hash of the checkpoint before, "" for the first. */
  readonly previous: string;
  readonly signature: string;
}

/** Leaf of a head in the tree. */
export function headLeaf({ stream, seq, hash }: StreamHead): string {
  return `${stream}|${seq}|${hash}`;
}

export function checkpointHash(checkpoint: Checkpoint): string {
  return canonicalHash(checkpoint);
}

/** Signs where the streams are now; undefined when nothing has moved. Several nodes may try at once: one wins. */
export async function makeCheckpoint(database: Database, signer: Signer, at: EpochMs): Promise<Checkpoint | undefined> {
  return database.transaction(async (tx) => {
    await tx.query("select pg_advisory_xact_lock(7310101)");
    const [last] = await tx.query<{ number: string; at_ms: string; body: Checkpoint }>(
      "select number, at_ms, body from plane_checkpoint order by number desc limit 1",
    );
    // Heads that had moved before the last checkpoint's instant were in it; a minute of overlap covers clocks that differ.
    const rows = await tx.query<{ stream: string; seq: string; hash: string }>(
      `select r.stream, r.seq, r.hash from plane_record r
       join (select stream, max(seq) as seq from plane_record where at_ms >= $1 group by stream) head on head.stream = r.stream and head.seq = r.seq
       order by r.stream`,
      [last === undefined ? 0 : Number(last.at_ms) - 3_600_000],
    );
    const known = new Map((last?.body.heads ?? []).map((head) => [head.stream, head.seq]));
    const heads = rows.map(({ stream, seq, hash }) => ({ stream, seq: Number(seq), hash }));
    if (heads.every(({ stream, seq }) => known.get(stream) === seq)) return undefined;
    const unsigned = {
      schema: "checkpoint/1" as const,
      number: Number(last?.number ?? 0) + 1,
      at: new Date(at).toISOString(),
      heads,
      root: merkleRoot(heads.map(headLeaf)),
      previous: last === undefined ? "" : checkpointHash(last.body),
    };
    const checkpoint: Checkpoint = {
      ...unsigned,
      signature: signer.sign(checkpointType, { checkpointHash: canonicalHash(unsigned) }),
    };
    await tx.query("insert into plane_checkpoint (number, at_ms, body, signature) values ($1, $2, $3::jsonb, $4)", [
      checkpoint.number,
      at,
      canonicalJson(checkpoint),
      checkpoint.signature,
    ]);
    return checkpoint;
  });
}

export async function checkpointsBetween(database: Database, fromMs: EpochMs, toMs: EpochMs): Promise<Checkpoint[]> {
  const rows = await database.query<{ body: Checkpoint }>(
    "select body from plane_checkpoint where at_ms >= $1 and at_ms <= $2 order by number",
    [fromMs, toMs],
  );
  return rows.map(({ body }) => body);
}

/** The signed content of a checkpoint, for whoever checks it. */
export function checkpointClaim({ signature: _signature, ...unsigned }: Checkpoint): JsonRecord {
  return { checkpointHash: canonicalHash(unsigned) };
}
