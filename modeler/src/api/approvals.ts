/** Approvals: what an agent may not do alone (/governance/v1/approvals). */

import type { ApprovalDetail } from "../../../decisions/plane/answers.ts";
import type { VoteVerdict } from "../../../decisions/plane/types.ts";
import type { PolicyReference } from "./agents.ts";
import { request, withQuery } from "./client.ts";
import type { JsonObject, JsonValue } from "./json.ts";

export type ApprovalState = ApprovalDetail["state"];
export type Verdict = VoteVerdict;

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

/** The parts that the plane knows as JSON only, as they are written there. */
export interface Approval extends Omit<ApprovalDetail, "action" | "facts" | "policies" | "votes"> {
  readonly action: Action;
  readonly facts: Readonly<Record<string, Fact>>;
  readonly policies: readonly PolicyReference[];
  readonly votes: readonly Vote[];
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
