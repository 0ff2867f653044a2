/** Approvals: what an agent may not do alone (/governance/v1/approvals). */

import type { PolicyReference } from "./agents.ts";
import { request, withQuery } from "./client.ts";
import type { JsonObject, JsonValue } from "./json.ts";

export type ApprovalState = "pending" | "approved" | "rejected" | "edited" | "expired" | "stale" | "cancelled";
export type Verdict = "approve" | "reject" | "edit";

export interface Fact {
  readonly value: JsonValue;
  readonly provenance: "trusted" | "derived" | "model";
  readonly source: string;
}

export interface Action {
  readonly type: string;
  readonly target: string;
  readonly operation?: string;
  readonly reversible?: boolean;
  readonly consequential?: boolean;
  readonly riskClass?: string;
  readonly toolRef?: string | null;
}

export interface Vote {
  readonly actor?: { readonly id: string } | string | null;
  readonly approver?: { readonly id: string } | string | null;
  readonly verdict: Verdict;
  readonly comment: string | null;
  readonly at: string | number;
}

export interface Approval {
  readonly approvalId: string;
  readonly decisionId: string;
  readonly state: ApprovalState;
  readonly action: Action;
  readonly args: JsonObject;
  readonly facts: Readonly<Record<string, Fact>>;
  readonly reasonCodes: readonly string[];
  readonly reasons: readonly string[];
  readonly riskScore: number | null;
  readonly policies: readonly PolicyReference[];
  readonly requester: { readonly id: string; readonly type?: string } | string | null;
  readonly group: string | null;
  readonly quorum: number;
  readonly dueAt: string | number | null;
  readonly escalateTo: string | null;
  readonly onTimeout: string | null;
  readonly votes: readonly Vote[];
  readonly userTaskKey: string | null;
  readonly processInstanceKey: string | null;
  readonly elementInstanceKey: string | null;
  readonly createdAt: string | number;
  readonly resolvedAt: string | number | null;
}

export async function listApprovals(state: ApprovalState | null, signal?: AbortSignal): Promise<readonly Approval[]> {
  const answer = await request<{ items: readonly Approval[] }>(
    withQuery("/governance/v1/approvals", { state, limit: 200 }),
    signal ? { signal } : {},
  );
  return answer.items;
}

export function getApproval(id: string, signal?: AbortSignal): Promise<Approval> {
  return request(`/governance/v1/approvals/${encodeURIComponent(id)}`, signal ? { signal } : {});
}

export function vote(id: string, verdict: Verdict, comment: string, args?: JsonObject): Promise<unknown> {
  return request(`/governance/v1/approvals/${encodeURIComponent(id)}/votes`, {
    method: "POST",
    json: { verdict, comment, ...(args ? { args } : {}) },
  });
}

/** Name of a person or service, whichever shape the record has. */
export function actorName(actor: { readonly id: string } | string | null | undefined): string {
  if (actor === null || actor === undefined) return "unknown";
  return typeof actor === "string" ? actor : actor.id;
}
