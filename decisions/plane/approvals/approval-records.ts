/**
 * Rows of the approval register with their signed records (`approval/1`): who was asked what, who voted how, when, and
 * what they saw. Signed when written, so that a vote proves itself outside of this database (F03).
 */
import type { TableWrite } from "../../../store/index.ts";
import { canonicalHash } from "../audit/canonical.ts";
import { timeOrderedId } from "../audit/identifier.ts";
import { recordWrite } from "../audit/records.ts";
import type { Signer } from "../audit/signer.ts";
import type { DecisionTrace } from "../decide/trace.ts";
import { ownerOf } from "../policies/manifest.ts";
import {
  type ApprovalChange,
  approvalEventOnceStatement,
  approvalEventStatement,
  cancelApprovalsStatement,
  changeRow,
  insertApprovalStatement,
  updateApprovalStatement,
} from "../sql/approvals.ts";
import { tenantOfRequest } from "../tenants.ts";
import type { ActorReference, EpochMs, Json, JsonRecord, VoteVerdict } from "../types.ts";

/** A judged vote, on its way into the transaction of the step. */
export interface VoteTrace {
  readonly kind: "vote";
  readonly approvalId: string;
  readonly decisionId: string;
  /** From 1. */
  readonly number: number;
  readonly actor: ActorReference;
  readonly verdict: VoteVerdict;
  readonly args: JsonRecord | null;
  readonly comment: string | null;
  readonly at: EpochMs;
  readonly resolution: "pending" | "approved" | "rejected" | "edited";
}

/** Opens the approval that a decision asks for. */
export function requestWrites(trace: DecisionTrace): readonly TableWrite[] {
  const { request, decision, evaluations } = trace;
  const { approval } = decision;
  if (approval === null) return [];
  const facts: Record<string, Json> = {};
  for (const name of Object.keys(request.facts)) facts[name] = request.facts[name] as unknown as Json;
  const shown = {
    action: request.action as unknown as JsonRecord,
    args: request.args,
    facts,
    agentId: request.agent?.id ?? null,
    ...(request.askedBy !== undefined && { askedBy: request.askedBy as unknown as JsonRecord }),
    riskScore: decision.riskScore,
    reasonCodes: decision.reasonCodes,
    constraints: decision.constraints as unknown as Json,
    policies: evaluations.map(({ applicable: { policy, stage }, evaluation }) => ({
      policyId: policy.policyId,
      version: policy.version,
      contentHash: policy.contentHash,
      stage,
      owner: ownerOf(policy.manifest),
      matchedRules: evaluation.matchedRules.map(({ ruleId, ruleIndex, decisionId }) => ({
        decisionId,
        ruleId,
        ruleIndex,
      })),
    })),
    quorum: approval.quorum,
    slaMs: approval.slaMs,
    onTimeout: approval.onTimeout,
    escalateTo: approval.escalateTo,
    group: approval.group,
    toolCallId: request.toolCallId,
    elementId: request.process?.elementId ?? null,
  };
  const row = {
    approval_id: approval.approvalId,
    decision_id: decision.decisionId,
    group_name: approval.group,
    requester: requesterOf(trace),
    request: shown,
    due_at_ms: approval.slaMs === null ? null : request.now + approval.slaMs,
    process_instance_key: request.process?.processInstanceKey ?? null,
    element_instance_key: request.process?.elementInstanceKey || null,
    created_at_ms: request.now,
    tenant_id: tenantOfRequest(request),
  };
  const body = {
    schema: "approval/1",
    event: "requested",
    approvalId: approval.approvalId,
    decisionId: decision.decisionId,
    at: iso(request.now),
    requester: row.requester as unknown as Json,
    contextHash: canonicalHash(shown),
    terms: approval as unknown as Json,
  };
  return [
    { statement: insertApprovalStatement, rows: [row] },
    audit(approval.approvalId, decision.decisionId, request.now, body, request.actor.id),
  ];
}

/** Who asks: the agent when one acts, else the caller. Four eyes are counted against this identity and `askedBy`. */
export function requesterOf(trace: DecisionTrace): ActorReference {
  const { agent, actor } = trace.request;
  return agent === null ? actor : { id: agent.id, type: "agent" };
}

/** `racing`: votes from outside may meet at the same moment; the second must be refused. */
export function voteWrites(trace: VoteTrace, signer: Signer, racing: boolean): readonly TableWrite[] {
  const { approvalId, decisionId, at } = trace;
  const vote: JsonRecord & { readonly type: string } = {
    type: "vote",
    number: trace.number,
    approver: trace.actor as unknown as JsonRecord,
    verdict: trace.verdict,
    comment: trace.comment,
    args: trace.args,
    at: iso(at),
  };
  const statement = {
    schema: "approval/1",
    event: "voted",
    approvalId,
    decisionId,
    ...vote,
    editedArgsHash: trace.args === null ? null : canonicalHash(trace.args),
    resolution: trace.resolution,
  };
  const signature = signer.sign("interlock-approval+jwt", { recordHash: canonicalHash(statement) });
  const rows = [eventRow(approvalId, `vote:${trace.number}`, at, { ...vote, signature })];
  const changes: TableWrite[] = [];
  if (trace.resolution !== "pending") {
    rows.push(eventRow(approvalId, "resolution", at, { type: "resolved", resolution: trace.resolution, at: iso(at) }));
    changes.push(change(approvalId, { state: trace.resolution, resolvedAtMs: at }));
  }
  return [
    { statement: racing ? approvalEventStatement : approvalEventOnceStatement, rows },
    ...changes,
    audit(approvalId, decisionId, at, { ...statement, signature }, trace.actor.id),
  ];
}

/** What time, the process or an execution did to an approval. */
export function approvalEventWrites(
  event: {
    readonly approvalId: string;
    readonly decisionId?: string | null;
    readonly type: "escalated" | "expired" | "approved" | "stale" | "cancelled" | "used";
    readonly at: EpochMs;
    readonly group?: string;
    readonly dueAt?: EpochMs | null;
    readonly usedBy?: string;
  },
  signer: Signer,
  racing: boolean,
): readonly TableWrite[] {
  const { approvalId, type, at } = event;
  const eventKey = type === "escalated" || type === "used" || type === "stale" ? type : "resolution";
  const body: JsonRecord & { readonly type: string } = {
    type,
    at: iso(at),
    ...(event.group !== undefined && { group: event.group }),
    ...(event.usedBy !== undefined && { usedBy: event.usedBy }),
  };
  const changed: ApprovalChange =
    type === "escalated"
      ? { escalated: true, dueAtMs: event.dueAt ?? null, ...(event.group !== undefined && { group: event.group }) }
      : type === "used"
        ? { ...(event.usedBy !== undefined && { usedBy: event.usedBy }) }
        : { state: type, resolvedAtMs: at };
  const statement = {
    schema: "approval/1",
    event: type,
    approvalId,
    decisionId: event.decisionId ?? null,
    at: iso(at),
    group: event.group ?? null,
    usedBy: event.usedBy ?? null,
  };
  const signature = signer.sign("interlock-approval+jwt", { recordHash: canonicalHash(statement) });
  return [
    {
      statement: racing ? approvalEventStatement : approvalEventOnceStatement,
      rows: [eventRow(approvalId, eventKey, at, body)],
    },
    change(approvalId, changed),
    audit(approvalId, event.decisionId ?? null, at, { ...statement, signature }, null),
  ];
}

/** The activity is gone: nobody can release what it asked for. */
export function cancelledWrites(elementInstanceKey: string, at: EpochMs): readonly TableWrite[] {
  const body = { schema: "approval/1", event: "cancelled", elementInstanceKey, at: iso(at) };
  return [
    { statement: cancelApprovalsStatement, rows: [{ element_instance_key: elementInstanceKey, at_ms: at }] },
    recordWrite({ kind: "approval", recordId: timeOrderedId(at), decisionId: null, at, body }),
  ];
}

function eventRow(approvalId: string, eventKey: string, at: EpochMs, event: JsonRecord) {
  return { approval_id: approvalId, event_key: eventKey, at_ms: at, event };
}

function change(approvalId: string, changed: ApprovalChange): TableWrite {
  return { statement: updateApprovalStatement, rows: [changeRow(approvalId, changed)] };
}

function audit(
  approvalId: string,
  decisionId: string | null,
  at: EpochMs,
  body: Readonly<Record<string, Json | undefined>>,
  actorId: string | null,
): TableWrite {
  return recordWrite({
    kind: "approval",
    recordId: `${approvalId}:${timeOrderedId(at)}`,
    decisionId,
    at,
    body,
    columns: { actorId },
  });
}

function iso(at: EpochMs): string {
  return new Date(at).toISOString();
}
