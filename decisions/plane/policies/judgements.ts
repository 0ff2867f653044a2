/** Judgements of people about what was decided or retrieved: labels that accuracy (K01) and precision (K05) are computed from. In the chain like everything. */
import type { Database, GroupCommit } from "../../../store/index.ts";
import { timeOrderedId } from "../audit/identifier.ts";
import { recordWrite } from "../audit/records.ts";
import { NotFoundError } from "../errors.ts";
import type { Clock } from "../ports.ts";
import { findDecisionRecord } from "../sql/decisions.ts";
import { readsOf, tenantsOf } from "../tenants.ts";
import type { Caller } from "../types.ts";

export interface DecisionJudgement {
  readonly decisionId: string;
  readonly correct: boolean;
  readonly comment?: string;
}
/** Of the items that one tool call has brought, how many were to the point. */
export interface RetrievalJudgement {
  readonly processInstanceKey: string;
  readonly processId: string;
  readonly tenantId: string;
  readonly toolCallId: string;
  readonly retrieved: number;
  readonly relevant: number;
  readonly comment?: string;
}

export function createJudgements(database: Database, groupCommit: GroupCommit, clock: Clock) {
  return {
    /** Throws NotFoundError when there is no such decision for the caller. The latest label of a decision counts. */
    async judgeDecision(judgement: DecisionJudgement, by: Caller): Promise<{ readonly judgementId: string }> {
      const { decisionId, correct, comment = null } = judgement;
      const row = await findDecisionRecord(readsOf(database, by), decisionId, tenantsOf(by));
      if (row === undefined)
        throw new NotFoundError(`Expected the decision ${decisionId.slice(0, 100)}, but there is none`);
      const { tenantId } = JSON.parse(row.record) as { readonly tenantId?: string | null };
      const { at, judgementId } = next();
      await groupCommit.submit({
        writes: [
          recordWrite({
            kind: "judgement",
            recordId: judgementId,
            decisionId,
            at,
            body: { schema: "judgement/1", judgementId, decisionId, correct, comment, by: by.id, at: iso(at) },
            columns: {
              tenantId: tenantId ?? null,
              actorId: by.id,
              determination: correct ? "correct" : "incorrect",
            },
          }),
        ],
      });
      return { judgementId };
    },
    async judgeRetrieval(judgement: RetrievalJudgement, by: Caller): Promise<{ readonly judgementId: string }> {
      const { tenantId, comment = null, ...about } = judgement;
      const { at, judgementId } = next();
      await groupCommit.submit({
        writes: [
          recordWrite({
            kind: "judgement",
            recordId: judgementId,
            decisionId: null,
            at,
            body: { schema: "judgement/1", judgementId, ...about, comment, by: by.id, at: iso(at) },
            columns: {
              tenantId,
              actorId: by.id,
              processInstanceKey: about.processInstanceKey,
              elementId: about.toolCallId,
            },
          }),
        ],
      });
      return { judgementId };
    },
  };

  function next(): { readonly at: number; readonly judgementId: string } {
    const at = clock.now();
    return { at, judgementId: timeOrderedId(at) };
  }
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
