/**
 * From traces to rows, for whoever's transaction it is, and what this node remembers of its recent decisions so that
 * an outcome can be compared with the terms without a look-up.
 */
import type { TableWrite } from "../../../store/index.ts";
import { requestWrites, type VoteTrace, voteWrites } from "../approvals/approval-records.ts";
import { canonicalHash, sha256 } from "../audit/canonical.ts";
import { timeOrderedId } from "../audit/identifier.ts";
import { recordRow, recordStatement, recordWrite } from "../audit/records.ts";
import type { Signer } from "../audit/signer.ts";
import { vaultStatement } from "../sql/decisions.ts";
import { tenantOfRequest } from "../tenants.ts";
import type { ApprovalTerms, Constraint, Determination, EpochMs, Json, JsonRecord } from "../types.ts";
import { violatedTerms } from "./constrain.ts";
import { decisionRecord } from "./decision-record.ts";
import { createRecent } from "./recent.ts";
import type { DecisionTrace, TraceRows } from "./trace.ts";

export interface Remembered {
  readonly determination: Determination;
  readonly constraints: readonly Constraint[];
  readonly enforcedArgsHash: string | null;
  readonly riskScore: number;
  readonly approval: ApprovalTerms | null;
  readonly tenantId?: string | null;
  /** The state of release that each policy was judged in. */
  readonly policies?: readonly { readonly policyId: string; readonly epoch: number }[];
}

export interface Violation {
  readonly code: "NOT_PERMITTED" | "TERMS_BROKEN" | "ARGS_CHANGED";
  readonly path: string | null;
  readonly message: string;
}

export interface TraceWriter {
  /** Rows of a trace. `openApproval` false: the record only. Idempotent: a repeated call gives the same rows. */
  writes(trace: unknown, openApproval?: boolean): readonly TableWrite[];
  recordHash(trace: DecisionTrace): string;
  outcome(
    outcome: {
      readonly decisionId: string;
      readonly status: string;
      readonly executedArgs: JsonRecord | null;
      readonly at: EpochMs;
      readonly result?: Json;
    },
    known?: Remembered,
  ): {
    readonly write: TableWrite;
    readonly outcomeId: string;
    readonly recordHash: string;
    readonly violations: readonly Violation[];
    readonly withinTerms: boolean | null;
  };
  remembered(decisionId: string): Remembered | undefined;
}

const rememberedMax = 10_000;

export function createTraceWriter(
  nodeId: string,
  signer: Signer,
  onDecision: (trace: DecisionTrace) => void,
): TraceWriter {
  const recent = createRecent<Remembered>(rememberedMax);

  const rowsOf = (trace: DecisionTrace): TraceRows => {
    if (trace.rows === null) {
      const { record, vault, enforcedArgsHash } = decisionRecord(trace, nodeId);
      const row = recordRow(record);
      const entries = vault.map(({ name, subjectKey, salt, value }) => ({
        decision_id: trace.decision.decisionId,
        name,
        subject_key: subjectKey,
        salt,
        value,
      }));
      trace.rows = {
        record: { statement: recordStatement, rows: [row] },
        vault: entries.length === 0 ? null : { statement: vaultStatement, rows: entries },
        recordHash: row.record_hash,
      };
      remember(trace, enforcedArgsHash);
      onDecision(trace);
    }
    return trace.rows;
  };

  const remember = ({ request, decision, evaluations }: DecisionTrace, enforcedArgsHash: string): void => {
    recent.set(decision.decisionId, {
      determination: decision.determination,
      constraints: decision.constraints,
      enforcedArgsHash,
      riskScore: decision.riskScore,
      approval: decision.approval,
      tenantId: tenantOfRequest(request),
      policies: evaluations.map(({ applicable: { policy, state } }) => ({
        policyId: policy.policyId,
        epoch: state.epoch,
      })),
    });
  };

  return {
    writes(trace, openApproval = true) {
      if (isVote(trace)) return voteWrites(trace, signer, false);
      if (!isDecision(trace)) throw new Error("Expected a trace of this plane, but got something else");
      const { record, vault } = rowsOf(trace);
      return [record, ...(vault === null ? [] : [vault]), ...(openApproval ? requestWrites(trace) : [])];
    },
    recordHash: (trace) => rowsOf(trace).recordHash,
    outcome({ decisionId, status, executedArgs, at, result }, known = recent.get(decisionId)) {
      const violations = known === undefined ? [] : violationsOf(known, status, executedArgs);
      const withinTerms =
        known === undefined || executedArgs === null ? (violations.length > 0 ? false : null) : violations.length === 0;
      const outcomeId = timeOrderedId(at);
      const body = {
        schema: "outcome/1",
        outcomeId,
        decisionId,
        status,
        at: new Date(at).toISOString(),
        executedArgsHash: executedArgs === null ? null : canonicalHash(executedArgs),
        withinTerms,
        violations: violations as unknown as Json,
        resultHash: result === undefined ? null : sha256(canonicalHash(result)),
      };
      const write = recordWrite({
        kind: "outcome",
        recordId: outcomeId,
        decisionId,
        at,
        body,
        columns: { determination: withinTerms === false ? "OUTSIDE_TERMS" : status },
      });
      return { write, outcomeId, recordHash: write.rows[0]?.record_hash as string, violations, withinTerms };
    },
    remembered: (decisionId) => recent.get(decisionId),
  };
}

/** What ran against what was permitted (H06). */
export function violationsOf(known: Remembered, status: string, executedArgs: JsonRecord | null): Violation[] {
  if (status === "not_executed" || status === "compensated" || executedArgs === null) return [];
  if (known.determination !== "ALLOW" && known.determination !== "ALLOW_WITH_CONSTRAINTS")
    return [
      {
        code: "NOT_PERMITTED",
        path: null,
        message: `Expected no execution under ${known.determination}, but the action ran`,
      },
    ];
  const broken = violatedTerms(executedArgs, known.constraints).map(
    ({ path, op, value }): Violation => ({
      code: "TERMS_BROKEN",
      path,
      message: `Expected ${op} ${JSON.stringify(value)} at ${path}, but it ran otherwise`,
    }),
  );
  if (broken.length > 0) return broken;
  if (known.enforcedArgsHash !== null && canonicalHash(executedArgs) !== known.enforcedArgsHash)
    return [{ code: "ARGS_CHANGED", path: null, message: "Expected exactly the permitted arguments, but others ran" }];
  return [];
}

function isDecision(trace: unknown): trace is DecisionTrace {
  return typeof trace === "object" && trace !== null && (trace as { kind?: unknown }).kind === "decision";
}

function isVote(trace: unknown): trace is VoteTrace {
  return typeof trace === "object" && trace !== null && (trace as { kind?: unknown }).kind === "vote";
}
