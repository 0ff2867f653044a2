/**
 * What the engine calls inside a step, synchronously: votes are judged, and traces, outcomes and approvals become rows of the
 * step's own transaction.
 */
import type { Alerts } from "./alerts.ts";
import { approvalEventWrites, cancelledWrites } from "./approvals/approval-records.ts";
import { judge } from "./approvals/judge.ts";
import type { Signer } from "./audit/signer.ts";
import type { DecisionPlane } from "./contract.ts";
import { type LateQueue, lateWrites } from "./decide/late.ts";
import type { TraceWriter } from "./decide/trace-writes.ts";
import { defaultTenant } from "./tenants.ts";
import type { JsonRecord } from "./types.ts";

type StepPort = Pick<
  DecisionPlane,
  "judgeVote" | "traceWrites" | "outcomeWrites" | "approvalWrites" | "laterWrites" | "onLateDecision"
>;

export function createStepPort({
  traces,
  alerts,
  signer,
  late,
}: {
  readonly traces: TraceWriter;
  readonly alerts: Pick<Alerts, "raise">;
  readonly signer: Signer;
  readonly late: Pick<LateQueue, "onAnswer">;
}): StepPort {
  return {
    judgeVote(approval, vote) {
      const judgement = judge(approval, { actor: vote.actor, verdict: vote.verdict, hasArgs: vote.args !== undefined });
      const trace = {
        kind: "vote" as const,
        approvalId: approval.approvalId,
        decisionId: approval.decisionId,
        number: approval.votes.length + 1,
        actor: vote.actor,
        verdict: vote.verdict,
        args: vote.args ?? null,
        comment: vote.comment,
        at: vote.at,
        resolution: judgement.resolution,
      };
      return { ...judgement, trace };
    },
    traceWrites: (trace) => traces.writes(trace),
    outcomeWrites(outcome) {
      const { write, violations } = traces.outcome(outcome);
      if (violations.length > 0)
        alerts.raise({
          rule: "OUTSIDE_TERMS",
          message: `The action of decision ${outcome.decisionId} ran outside its terms`,
          body: { decisionId: outcome.decisionId, violations: violations as unknown as JsonRecord[] },
          tenantId: traces.remembered(outcome.decisionId)?.tenantId ?? defaultTenant,
        });
      return [write];
    },
    approvalWrites({ decisionId, approvalId, elementInstanceKey, ...event }) {
      if (approvalId === null)
        return elementInstanceKey === undefined ? [] : cancelledWrites(elementInstanceKey, event.at);
      const usedBy = event.type === "used" && decisionId !== undefined ? { usedBy: decisionId } : {};
      return approvalEventWrites({ ...event, approvalId, ...usedBy }, signer, false);
    },
    laterWrites: (later) => lateWrites(later),
    onLateDecision: (handler) => late.onAnswer(handler),
  };
}
