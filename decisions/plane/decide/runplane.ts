/**
 * The Runplane-compatible surface (S0): the same request and answer shapes, so that its public client works against
 * this plane by changing its base address. Five determinations become its three.
 */
import type { Database } from "../../../store/index.ts";
import type { Answer, ApprovalDetail } from "../answers.ts";
import { sha256 } from "../audit/canonical.ts";
import { chainHash, genesisHash } from "../audit/chain.ts";
import { timeOrderedId } from "../audit/identifier.ts";
import { InvalidInputError } from "../errors.ts";
import type { Question, RunplaneRequest } from "../requests.ts";
import { type RecordRow, toRecordRow } from "../sql/decisions.ts";
import type { Caller, JsonRecord, Reader } from "../types.ts";

export interface RunplaneOptions {
  readonly database: Database;
  readonly evaluate: (question: Question, by: Caller) => Promise<Answer>;
  readonly getApproval: (approvalId: string, by?: Reader) => Promise<ApprovalDetail>;
}

const statuses: Readonly<Record<ApprovalDetail["state"], string>> = {
  pending: "pending",
  approved: "approved",
  edited: "denied",
  rejected: "denied",
  expired: "expired",
  stale: "expired",
  cancelled: "expired",
};

export function createRunplane({ database, evaluate, getApproval }: RunplaneOptions) {
  return {
    async guard(request: RunplaneRequest, by: Caller): Promise<JsonRecord> {
      const { action, requestId } = request;
      if (typeof action !== "object" || action === null || typeof action.type !== "string")
        throw new InvalidInputError("Expected an action with a type, but got none", [
          { code: "QUESTION_INVALID", message: "action.type", place: "action.type" },
        ]);
      const context = action.context ?? {};
      const { facts, agent, actor, ...args } = context as { readonly [name: string]: JsonRecord };
      const answer = await evaluate(
        {
          action: { type: action.type, target: action.target ?? null },
          args,
          ...(isRecord(facts) && { facts }),
          ...(isRecord(agent) && { agent }),
          ...(isRecord(actor) && { actor }),
          ...(requestId !== undefined && { idempotencyKey: `runplane:${requestId}` }),
        },
        by,
      );
      const [policy] = answer.policies;
      return {
        decision: decisionOf(answer),
        reason: answer.reasons.join(" "),
        requestId: requestId ?? timeOrderedId(Date.now()),
        approvalId: answer.approval?.approvalId ?? null,
        matchedRule:
          policy === undefined
            ? null
            : `${policy.policyId}@${policy.version}${policy.matchedRules.length > 0 ? `#${policy.matchedRules[0]}` : ""}`,
        riskScore: answer.riskScore,
        severity: severityOf(answer.riskScore),
        terms: answer.constraints as unknown as JsonRecord[],
        decisionId: answer.decisionId,
      };
    },

    /** An edit releases other arguments than the client holds; for it that is a refusal. */
    async approval(approvalId: string, by?: Reader): Promise<JsonRecord> {
      const approval = await getApproval(approvalId, by);
      const last = approval.votes[approval.votes.length - 1];
      const approver = last?.approver as JsonRecord | undefined;
      return {
        approvalId,
        status: statuses[approval.state],
        resolvedAt: approval.resolvedAt,
        resolvedBy: approval.state === "pending" ? null : ((approver?.id as string | undefined) ?? null),
        comment: (last?.comment as string | null | undefined) ?? null,
      };
    },

    /** Walks every stream from its beginning. */
    async auditStatus(): Promise<{
      readonly valid: boolean;
      readonly brokenAt: string | null;
      readonly chainLength: number;
    }> {
      let chainLength = 0;
      let place = { stream: "", seq: 0, hash: "" };
      for (;;) {
        const rows = (
          await database.query<Parameters<typeof toRecordRow>[0]>(
            `select stream, seq, prev_hash, record_hash, hash, kind, record_id, decision_id, at_ms, record from plane_record
             where (stream, seq) > ($1, $2::bigint) order by stream, seq limit 2000`,
            [place.stream, place.seq],
          )
        ).map(toRecordRow);
        for (const row of rows) {
          const before =
            row.stream === place.stream ? place : { stream: row.stream, seq: 0, hash: genesisHash(row.stream) };
          if (!fits(row, before)) return { valid: false, brokenAt: row.decisionId ?? row.recordId, chainLength };
          place = row;
          chainLength++;
        }
        if (rows.length < 2000) return { valid: true, brokenAt: null, chainLength };
      }
    },
  };
}

function fits(row: RecordRow, before: { readonly seq: number; readonly hash: string }): boolean {
  return (
    row.seq === before.seq + 1 &&
    row.prevHash === before.hash &&
    sha256(row.record) === row.recordHash &&
    chainHash(row) === row.hash
  );
}

function decisionOf({ determination }: Answer): "ALLOW" | "BLOCK" | "REQUIRE_APPROVAL" {
  if (determination === "ALLOW" || determination === "ALLOW_WITH_CONSTRAINTS") return "ALLOW";
  return determination === "REQUIRE_APPROVAL" ? "REQUIRE_APPROVAL" : "BLOCK";
}

function severityOf(riskScore: number): string {
  return riskScore >= 90 ? "critical" : riskScore >= 70 ? "high" : riskScore >= 40 ? "medium" : "low";
}

function isRecord(value: unknown): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
