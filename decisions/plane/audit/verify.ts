/**
 * Verification of an export, alone: no database, no network, only the bundle and (better) keys that the verifier got
 * another way. Checks every record's hash, the links and order of every stream, the signed ranges, checkpoints,
 * promotions and votes, the policies' content, and the signature over the whole. Names the first bad entry.
 */
import { hash } from "node:crypto";
import type { VerifyReport } from "../answers.ts";
import type { Json, JsonRecord } from "../types.ts";
import { canonicalHash, canonicalJson, sha256 } from "./canonical.ts";
import type { ChainPlace } from "./chain.ts";
import { type Checkpoint, checkpointClaim, checkpointHash, checkpointType, headLeaf } from "./checkpoint.ts";
import { checkExportText, readExportText } from "./export-text.ts";
import { merkleRoot } from "./merkle.ts";
import { type KeyRing, keyRing, verifySignature } from "./signer.ts";
import { createStreamCheck, type StreamCheck, type StreamRange } from "./stream-check.ts";

export const exportType = "interlock-export+jwt";

export interface ExportEntry extends ChainPlace {
  /** Null: of another tenant; its place and hash stand in the chain, its content is withheld. */
  readonly record: JsonRecord | null;
}

export interface Bundle {
  readonly schema: "interlock-export/1";
  readonly exportedAt: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly records: readonly ExportEntry[];
  readonly ranges: readonly StreamRange[];
  readonly checkpoints: readonly Checkpoint[];
  readonly policies: readonly {
    readonly policyId: string;
    readonly version: number;
    readonly contentHash: string;
    readonly manifest: Json;
    readonly dmn: string;
    readonly tests: Json;
  }[];
  readonly keys: readonly Json[];
  readonly signature: string;
}

/** What the bundle's signature is over: everything, the records through their ranges. */
export function bundleClaim({ records: _records, signature: _signature, ...rest }: Bundle): JsonRecord {
  return { bundleHash: canonicalHash(rest) };
}

type Bad = NonNullable<VerifyReport["firstBad"]>;
const members: ReadonlySet<string> = new Set([
  "schema",
  "exportedAt",
  "from",
  "to",
  "records",
  "ranges",
  "checkpoints",
  "policies",
  "keys",
  "signature",
]);
const entryMembers = 6;
const bundlePlace = { stream: null, seq: null, index: null, recordId: null };

/** Checks a bundle. Never throws for what is in it. `trusted`: public keys (JWK) that the verifier already has. */
export function verifyBundle(value: unknown, trusted?: readonly unknown[]): VerifyReport {
  const bundle = value as Bundle;
  return verifyParts(
    bundle,
    trusted,
    {
      records: Array.isArray(bundle?.records) ? bundle.records.length : 0,
      withheld: Array.isArray(bundle?.records) ? bundle.records.filter((entry) => entry?.record === null).length : 0,
    },
    (check, ring) => firstBadEntry(bundle.records, check, ring),
  );
}

/**
 * Checks an export as it was downloaded: the bytes of the file. Several times as fast as reading it and checking what was
 * read, because records are hashed where they lie; whatever is not as our export writes it, is read after all.
 */
export function verifyExport(bytes: Uint8Array, trusted?: readonly unknown[]): VerifyReport {
  const text = readExportText(bytes);
  if (text !== undefined) {
    const report = verifyParts(text.rest as Bundle, trusted, text, (check, ring) => {
      const isGood = checkExportText(text, check, (record) => signedRecordProblem(record, ring) === undefined);
      return isGood ? undefined : { ...bundlePlace, reason: "Expected the records as they were written" };
    });
    if (report.valid) return report;
  }
  // What is wrong, and in which entry, is said by the slow way alone.
  let bundle: unknown;
  try {
    bundle = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8"));
  } catch {
    bundle = undefined;
  }
  return verifyBundle(bundle, trusted);
}

/** Everything but how the entries are walked. */
function verifyParts(
  bundle: Bundle,
  trusted: readonly unknown[] | undefined,
  counted: { readonly records: number; readonly withheld: number },
  walk: (check: StreamCheck, ring: KeyRing) => Bad | undefined,
): VerifyReport {
  const problems: string[] = [];
  let firstBad: Bad | null = null;
  const bad = (found: Bad): void => {
    firstBad ??= found;
    problems.push(found.reason);
  };
  const report = (keys: readonly string[]): VerifyReport => ({
    valid: problems.length === 0,
    records: counted.records,
    withheld: counted.withheld,
    streams: Array.isArray(bundle?.ranges) ? bundle.ranges.length : 0,
    checkpoints: Array.isArray(bundle?.checkpoints) ? bundle.checkpoints.length : 0,
    firstBad,
    problems: problems.slice(0, 100),
    keys,
    trust: trusted === undefined ? "embedded" : "given",
  });
  try {
    const shape = shapeProblem(bundle);
    if (shape !== undefined) {
      bad({ ...bundlePlace, reason: shape });
      return report([]);
    }
    const ring = keyRing(trusted ?? bundle.keys);
    const streams = createStreamCheck(
      bundle.ranges,
      bundle.checkpoints.flatMap(({ heads }) => heads),
    );
    const found = walk(streams, ring) ?? streams.end();
    if (found !== undefined) bad(found);
    checkPolicies(bundle, bad);
    checkCheckpoints(bundle, streams, ring, bad);
    const signature = verifySignature(bundle.signature, exportType, ring);
    if (!signature.ok) bad({ ...bundlePlace, reason: `The export's signature: ${signature.reason}` });
    else if (canonicalJson(signature.payload) !== canonicalJson(bundleClaim(bundle)))
      bad({
        ...bundlePlace,
        reason: "Expected the export as it was signed, but something outside the records was changed",
      });
    return report(signature.ok ? [signature.kid] : []);
  } catch (error) {
    bad({ ...bundlePlace, reason: error instanceof Error ? error.message : String(error) });
    return report([]);
  }
}

/** Hash of a record as exported. Our own writer sorts members, so JSON.stringify mostly gives the canonical text at once. */
export function recordHashOf(record: JsonRecord, expected: string): string {
  const quick = hash("sha256", JSON.stringify(record), "hex");
  // A match proves that these are the bytes that were hashed; anything else is canonicalised and judged by that.
  return quick === expected ? quick : sha256(canonicalJson(record));
}

function shapeProblem(bundle: Bundle): string | undefined {
  if (typeof bundle !== "object" || bundle === null || bundle.schema !== "interlock-export/1")
    return "Expected an export of schema interlock-export/1";
  for (const name of ["records", "ranges", "checkpoints", "policies", "keys"] as const)
    if (!Array.isArray(bundle[name])) return `Expected a list of ${name}`;
  if (typeof bundle.signature !== "string") return "Expected a signed export, but it has no signature";
  const extra = Object.keys(bundle).find((name) => !members.has(name));
  return extra === undefined ? undefined : `Expected no member ${extra}`;
}

function firstBadEntry(entries: readonly ExportEntry[], check: StreamCheck, ring: KeyRing): Bad | undefined {
  for (let index = 0; index < entries.length; index++) {
    const entry = entries[index] as ExportEntry;
    const reason = entryProblem(entry, check, ring);
    if (reason !== undefined)
      return {
        stream: textOr(entry?.stream),
        seq: typeof entry?.seq === "number" ? entry.seq : null,
        index,
        recordId: recordIdOf(entry),
        reason,
      };
  }
  return undefined;
}

function entryProblem(entry: ExportEntry, check: StreamCheck, ring: KeyRing): string | undefined {
  if (typeof entry !== "object" || entry === null || typeof entry.record !== "object")
    return "Expected an entry with a record";
  if (Object.keys(entry).length !== entryMembers)
    return "Expected exactly stream, seq, prevHash, recordHash, hash and record";
  const { record, recordHash } = entry;
  if (record === null) return check.next(entry, "withheld");
  return (
    check.next(entry, recordHashOf(record, recordHash) === recordHash ? "whole" : "changed") ??
    signedRecordProblem(record, ring)
  );
}

const signedSchemas = new Map([
  ["promotion/1", "interlock-promotion+jwt"],
  ["approval/1", "interlock-approval+jwt"],
]);

/** Promotions and votes carry their own signature, so that each proves itself alone. */
function signedRecordProblem(record: JsonRecord, ring: KeyRing): string | undefined {
  const type = signedSchemas.get(String(record.schema));
  if (type === undefined || record.signature === undefined) return undefined;
  const { signature, ...unsigned } = record;
  const checked = verifySignature(String(signature), type, ring);
  if (!checked.ok) return `The record's own signature: ${checked.reason}`;
  return checked.payload.recordHash === canonicalHash(unsigned)
    ? undefined
    : "Expected the record as it was signed, but it differs";
}

function checkPolicies(bundle: Bundle, bad: (found: Bad) => void): void {
  for (const { policyId, version, contentHash, manifest, dmn, tests } of bundle.policies)
    if (canonicalHash({ manifest, dmn, tests }) !== contentHash)
      bad({ ...bundlePlace, reason: `Expected the content of ${policyId}@${version} by its hash, but it was changed` });
}

function checkCheckpoints(bundle: Bundle, streams: StreamCheck, ring: KeyRing, bad: (found: Bad) => void): void {
  let before: Checkpoint | null = null;
  for (const checkpoint of bundle.checkpoints) {
    const reason = checkpointProblem(checkpoint, before, streams, ring);
    if (reason !== undefined) {
      bad({ ...bundlePlace, reason: `Checkpoint ${checkpoint.number}: ${reason}` });
      return;
    }
    before = checkpoint;
  }
}

function checkpointProblem(
  checkpoint: Checkpoint,
  before: Checkpoint | null,
  streams: StreamCheck,
  ring: KeyRing,
): string | undefined {
  if (before !== null && (checkpoint.number !== before.number + 1 || checkpoint.previous !== checkpointHash(before)))
    return "Expected the link to the checkpoint before, but it points elsewhere";
  if (merkleRoot(checkpoint.heads.map(headLeaf)) !== checkpoint.root)
    return "Expected the root over its heads, but it differs";
  const signature = verifySignature(checkpoint.signature, checkpointType, ring);
  if (!signature.ok) return signature.reason;
  if (canonicalJson(signature.payload) !== canonicalJson(checkpointClaim(checkpoint)))
    return "Expected the checkpoint as it was signed, but it differs";
  const rewritten = checkpoint.heads.find(
    ({ stream, seq, hash: head }) => (streams.hashAt(stream, seq) ?? head) !== head,
  );
  return rewritten === undefined
    ? undefined
    : `Expected the signed head ${rewritten.seq} of ${rewritten.stream}, but the record there was rewritten`;
}

function recordIdOf(entry: ExportEntry | undefined): string | null {
  const record = entry?.record;
  if (typeof record !== "object" || record === null) return null;
  return textOr(record.decisionId) ?? textOr(record.promotionId) ?? textOr(record.approvalId);
}

function textOr(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
