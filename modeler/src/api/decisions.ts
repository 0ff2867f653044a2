/** Decision records: every determination with its facts, rules and place in the chain (/governance/v1/decisions). */

import type { Determination, PolicyReference } from "./agents.ts";
import type { Approval } from "./approvals.ts";
import { request } from "./client.ts";
import type { JsonObject } from "./json.ts";
import type { PromotionRecord } from "./policies.ts";

export interface DecisionSummary {
  readonly decisionId: string;
  readonly decidedAt: string;
  readonly agentId: string | null;
  readonly actorId: string | null;
  readonly actionType: string | null;
  readonly determination: Determination;
  readonly reasonCodes: readonly string[];
  readonly riskScore: number;
  readonly policies: readonly PolicyReference[];
  readonly processInstanceKey: string | null;
  readonly elementId: string | null;
  readonly recordHash: string;
}

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

export interface DecisionDetail {
  readonly decisionId: string;
  readonly record: JsonObject;
  readonly place: {
    readonly stream: string;
    readonly seq: number;
    readonly prevHash: string;
    readonly recordHash: string;
    readonly hash: string;
  };
  readonly policies: readonly {
    readonly policyId: string;
    readonly version: number;
    readonly contentHash: string;
    readonly owner: string | null;
    readonly stage: string;
    readonly stillActive: boolean;
    readonly approvedBy: JsonObject | null;
    readonly promotion: PromotionRecord | null;
    readonly text: string;
  }[];
  readonly approval: Approval | null;
  readonly outcome: JsonObject | null;
  readonly corrections: readonly JsonObject[];
  readonly shadows: readonly JsonObject[];
  readonly reasons: readonly string[];
}

export function getDecision(decisionId: string, signal?: AbortSignal): Promise<DecisionDetail> {
  return request(`/governance/v1/decisions/${encodeURIComponent(decisionId)}`, signal ? { signal } : {});
}
