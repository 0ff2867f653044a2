/** Decision records: every determination with its facts, rules and place in the chain (/governance/v1/decisions). */

import type { DecisionDetail, DecisionSummary } from "../../../decisions/plane/answers.ts";
import { request } from "./client.ts";

export type { DecisionDetail, DecisionSummary };

export interface DecisionFilter {
  readonly determination?: string;
  readonly policyId?: string;
  readonly actionType?: string;
  readonly agentId?: string;
  readonly processInstanceKey?: string;
}

export interface DecisionPage {
  readonly items: readonly DecisionSummary[];
  readonly next: string | null;
}

export function searchDecisions(
  filter: DecisionFilter,
  after: string | null,
  signal?: AbortSignal,
): Promise<DecisionPage> {
  return request("/governance/v1/decisions/search", {
    method: "POST",
    json: { ...filter, limit: 50, ...(after ? { after } : {}) },
    ...(signal ? { signal } : {}),
  });
}

export function getDecision(decisionId: string, signal?: AbortSignal): Promise<DecisionDetail> {
  return request(`/governance/v1/decisions/${encodeURIComponent(decisionId)}`, signal ? { signal } : {});
}
