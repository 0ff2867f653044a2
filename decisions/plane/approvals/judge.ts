/**
 * The state machine of an approval: who may vote, when it is decided. Pure; used by the engine inside its step (for
 * approvals of process instances) and by the register (for approvals of actions from outside). Study §5.6, group F.
 *
 * pending ─ votes ─► approved | rejected | edited; pending ─ due ─► escalated (pending) | expired | approved.
 */
import type { ActorReference, ApprovalTerms, EpochMs, VoteVerdict } from "../types.ts";

export interface ApprovalState {
  readonly approvalId: string;
  readonly decisionId: string;
  readonly requester: ActorReference;
  /** Who sent the question, when that is known to be somebody else than who is named as requester. */
  readonly askedBy?: ActorReference;
  readonly terms: ApprovalTerms;
  readonly votes: readonly { readonly actor: ActorReference; readonly verdict: VoteVerdict; readonly at: EpochMs }[];
}

export interface Judgement {
  readonly resolution: "pending" | "approved" | "rejected" | "edited";
  readonly refused?: string;
}

/**
 * What a vote does. Refused: an agent votes, the requester votes (four eyes), the same person again, somebody who is
 * known not to be in the group. One rejection rejects; approvals count until the quorum; an edit by any approver asks
 * the plane anew about the edited arguments.
 */
export function judge(
  approval: ApprovalState,
  vote: { readonly actor: ActorReference; readonly verdict: VoteVerdict; readonly hasArgs: boolean },
): Judgement {
  const refused = refusal(approval, vote);
  if (refused !== undefined) return { resolution: "pending", refused };
  if (vote.verdict === "reject") return { resolution: "rejected" };
  if (vote.verdict === "edit") return { resolution: "edited" };
  const approvals = approval.votes.filter(({ verdict }) => verdict === "approve").length + 1;
  return { resolution: approvals >= approval.terms.quorum ? "approved" : "pending" };
}

/** What happens at the deadline. A second deadline after an escalation never approves. */
export function judgeTimeout(terms: ApprovalTerms, escalated: boolean): "escalate" | "expired" | "approved" {
  if (terms.onTimeout === "escalate") return escalated || terms.escalateTo === null ? "expired" : "escalate";
  return terms.onTimeout === "approve" && !escalated ? "approved" : "expired";
}

function refusal(
  approval: ApprovalState,
  {
    actor,
    verdict,
    hasArgs,
  }: { readonly actor: ActorReference; readonly verdict: VoteVerdict; readonly hasArgs: boolean },
): string | undefined {
  const { terms, requester, askedBy, votes } = approval;
  if (actor.type === "agent" || actor.type === "engine")
    return `Expected a person or a service to vote, but ${actor.id} is of type ${actor.type}`;
  if (actor.id === requester.id || actor.id === askedBy?.id)
    return "Expected somebody else than the requester to vote (four eyes), but it is the requester";
  if (votes.some((vote) => vote.actor.id === actor.id))
    return `Expected one vote per person, but ${actor.id} has voted`;
  // Groups are absent only where nobody is authenticated; then membership cannot be known.
  if (terms.group !== null && actor.groups !== undefined && !actor.groups.includes(terms.group))
    return `Expected a member of ${terms.group}, but ${actor.id} is not one`;
  if (verdict === "edit" && !hasArgs) return "Expected the edited arguments with the verdict edit, but there are none";
  if (votes.some((vote) => vote.verdict !== "approve")) return "Expected an open approval, but it is resolved";
  return undefined;
}
