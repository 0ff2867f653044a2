/**
 * The incident bundle (requirement H11): the whole record of one process instance, chained entry by entry, with the
 * export of all decisions of its time, signed as one. It verifies alone and checks across the two records: every
 * decision that the instance acted on stands in the decision record with the same answer, and every model answer that
 * decisions name is there as the provider gave it.
 */
import type { VerifyReport } from "../answers.ts";
import type { Json, JsonRecord } from "../types.ts";
import { canonicalHash, canonicalJson } from "./canonical.ts";
import { keyRing, type Signer, verifySignature } from "./signer.ts";
import { type Bundle, verifyBundle, verifyExport } from "./verify.ts";

const incidentType = "interlock-incident+jwt";
const incidentSchema = "interlock-incident/1";

export interface IncidentEntry {
  readonly sequence: number;
  readonly at: string;
  readonly command: JsonRecord;
  readonly events: readonly JsonRecord[];
  /** SHA-256 over the hash of the entry before and the rest of this one. */
  readonly hash: string;
}

export interface IncidentBundle {
  readonly schema: typeof incidentSchema;
  readonly exportedAt: string;
  readonly processInstanceKey: string;
  readonly history: readonly IncidentEntry[];
  /** Lineage, failures, the report of the replay: for people; under the signature like everything. */
  readonly about: JsonRecord;
  readonly decisions: Bundle;
  readonly signature: string;
}

export function sealIncident(content: Omit<IncidentBundle, "schema" | "signature">, signer: Signer): IncidentBundle {
  const unsigned = { schema: incidentSchema as typeof incidentSchema, ...content, signature: "" };
  return { ...unsigned, signature: signer.sign(incidentType, claimOf(unsigned)) };
}

/** Entries stand for themselves by the last hash, decisions by their own signature. */
function claimOf({ schema, exportedAt, processInstanceKey, history, about, decisions }: IncidentBundle): JsonRecord {
  return {
    incidentHash: canonicalHash({
      schema,
      exportedAt,
      processInstanceKey,
      entries: history.length,
      lastHash: history.at(-1)?.hash ?? "",
      about,
      decisions: decisions.signature,
    }),
  };
}

export function isIncident(value: unknown): boolean {
  return (value as { readonly schema?: unknown } | null)?.schema === incidentSchema;
}

/** An export or an incident bundle. Never throws for what is in it. `trusted`: public keys that the verifier already has. */
export function verifyDocument(value: unknown, trusted?: readonly unknown[]): VerifyReport {
  return isIncident(value) ? verifyIncident(value as IncidentBundle, trusted) : verifyBundle(value, trusted);
}

/** The same for the bytes of a file as it was downloaded. */
export function verifyFile(bytes: Uint8Array, trusted?: readonly unknown[]): VerifyReport {
  const report = verifyExport(bytes, trusted);
  if (report.valid) return report;
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8"));
    return isIncident(value) ? verifyIncident(value as IncidentBundle, trusted) : report;
  } catch {
    return report;
  }
}

function verifyIncident(bundle: IncidentBundle, trusted?: readonly unknown[]): VerifyReport {
  const inner = verifyBundle(bundle.decisions, trusted);
  const problem = inner.valid ? problemOf(bundle, trusted) : null;
  if (problem === null) return inner;
  return {
    ...inner,
    valid: false,
    firstBad: { stream: "history", seq: problem.sequence, index: null, recordId: null, reason: problem.reason },
    problems: [problem.reason],
  };
}

interface Problem {
  readonly sequence: number | null;
  readonly reason: string;
}

function problemOf(bundle: IncidentBundle, trusted?: readonly unknown[]): Problem | null {
  try {
    if (!Array.isArray(bundle.history)) return { sequence: null, reason: "Expected a list of history entries" };
    return chainProblem(bundle.history) ?? signatureProblem(bundle, trusted) ?? crossProblem(bundle);
  } catch (error) {
    return { sequence: null, reason: error instanceof Error ? error.message : String(error) };
  }
}

function chainProblem(history: readonly IncidentEntry[]): Problem | null {
  let before = "";
  for (let index = 0; index < history.length; index++) {
    const { hash, ...entry } = history[index] as IncidentEntry;
    const sequence = index + 1;
    if (entry.sequence !== sequence)
      return { sequence, reason: `Expected entry ${sequence} of the history, but found ${String(entry.sequence)}` };
    if (canonicalHash({ before, ...entry } as unknown as Json) !== hash)
      return { sequence, reason: `Expected entry ${sequence} of the history as it was sealed, but it was changed` };
    before = hash;
  }
  return null;
}

function signatureProblem(bundle: IncidentBundle, trusted?: readonly unknown[]): Problem | null {
  const signature = verifySignature(bundle.signature, incidentType, keyRing(trusted ?? bundle.decisions.keys));
  if (!signature.ok) return { sequence: null, reason: `The incident's signature: ${signature.reason}` };
  return canonicalJson(signature.payload) === canonicalJson(claimOf(bundle))
    ? null
    : { sequence: null, reason: "Expected the incident as it was signed, but something was changed" };
}

function crossProblem({ history, decisions }: IncidentBundle): Problem | null {
  const records = new Map(
    decisions.records.flatMap(({ record }) =>
      record?.schema === "decision/1" ? [[record.decisionId as string, record] as const] : [],
    ),
  );
  // With content of other tenants withheld, an id that is not found proves nothing.
  const partial = decisions.records.some(({ record }) => record === null);
  const hashes = new Set<unknown>();
  for (const { sequence, events } of history) {
    for (const event of events) {
      const { type, step, decisionId, determination } = event as JsonRecord & { readonly step?: JsonRecord };
      if ((type === "agentTurnCompleted" || type === "agentTurnFailed") && step) {
        if (step.responseHash !== null && canonicalHash(step.response as Json) !== step.responseHash)
          return { sequence, reason: "Expected the model's answer to have the hash that was recorded, but it has not" };
        hashes.add(step.responseHash);
      }
      if (type !== "decisionMade") continue;
      const record = records.get(decisionId as string);
      if (record === undefined) {
        if (partial) continue;
        return { sequence, reason: `Expected a record of the decision ${String(decisionId)}, but there is none` };
      }
      if ((record.evaluation as JsonRecord).determination !== determination)
        return {
          sequence,
          reason: `Expected the decision ${String(decisionId)} to be ${String(determination)} in both records, but it is not`,
        };
      const named = (record.agent as JsonRecord | null)?.responseHash;
      if (typeof named === "string" && !hashes.has(named))
        return {
          sequence,
          reason: `Expected the model's answer behind the decision ${String(decisionId)}, but it is not in the history`,
        };
    }
  }
  return null;
}
