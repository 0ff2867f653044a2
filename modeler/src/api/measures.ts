/** How the decision plane and the work below it do: key figures, alerts, drift, job statistics. */
import type { Alert } from "../../../decisions/plane/answers.ts";
import { request, type SearchAnswer, withQuery } from "./client.ts";
import type { JsonValue } from "./json.ts";

/** Null where nothing is recorded yet that the figure could be computed from. */
export interface KeyFigures {
  readonly from: string;
  readonly to: string;
  readonly decisions: number;
  readonly K01_decisionAccuracy: number | null;
  readonly K02_meanTimeToDecisionMs: { readonly evaluation: number | null; readonly approval: number | null };
  readonly K03_auditCoverage: number | null;
  readonly K04_dataFreshnessMs: number | null;
  readonly K05_retrievalPrecision: number | null;
  readonly K06_latencyUs: { readonly p50: number | null; readonly p95: number | null; readonly p99: number | null };
  readonly K07_automationRate: number | null;
  readonly K08_rollbackIncidents: number;
  readonly K09_slaAdherence: number | null;
  readonly K10_approverMinutesPerDecision: number | null;
  /** Null: a price is not set. */
  readonly K10_costPerDecision: number | null;
  readonly K11_meanTimeToResolveMs: number | null;
  readonly K12_decisionsByAction: Readonly<Record<string, number>>;
  readonly K12_useCases: readonly UseCase[];
  readonly overrideRate: number | null;
  readonly correctionRate: number | null;
  readonly deniedRate: number | null;
  readonly ungovernedActions: number;
  readonly openAlerts: number;
}

/** One process; null: decisions that were asked for outside of processes. */
export interface UseCase {
  readonly processId: string | null;
  readonly decisions: number;
  readonly automationRate: number | null;
  readonly decisionAccuracy: number | null;
  readonly retrievalPrecision: number | null;
}

export function getKeyFigures(from: string | null, signal?: AbortSignal): Promise<KeyFigures> {
  return request(withQuery("/governance/v1/kpis", { from }), signal ? { signal } : {});
}

export type { Alert };

export async function listAlerts(open: boolean, signal?: AbortSignal): Promise<readonly Alert[]> {
  const answer = await request<{ items: readonly Alert[] }>(
    withQuery("/governance/v1/alerts", { open: open ? "true" : null, limit: 100 }),
    signal ? { signal } : {},
  );
  return answer.items;
}

export function resolveAlert(alertId: string, reason: string): Promise<JsonValue> {
  return request(`/governance/v1/alerts/${encodeURIComponent(alertId)}/resolution`, {
    method: "POST",
    json: { reason },
  });
}

interface Measured {
  readonly statistic: number;
  readonly drifted: boolean;
}

/** What came lately against what came before the version was promoted. */
export interface Drift {
  readonly policyId: string;
  readonly version: number;
  readonly baseline: { readonly decisions: number };
  readonly recent: { readonly decisions: number };
  /** False: too few decisions for a statement. */
  readonly enough: boolean;
  readonly determinations: Measured & { readonly p: number | null };
  readonly facts: readonly (Measured & { readonly name: string; readonly test: string; readonly p: number | null })[];
}

export function getDrift(policyId: string, signal?: AbortSignal): Promise<Drift> {
  return request(`/governance/v1/policies/${encodeURIComponent(policyId)}/drift`, signal ? { signal } : {});
}

export interface JobTypeStatistics {
  readonly jobType: string;
  readonly created: { readonly count: number };
  readonly completed: { readonly count: number };
  readonly failed: { readonly count: number };
  readonly workers: number;
}

export async function listJobTypeStatistics(
  from: string,
  to: string,
  signal?: AbortSignal,
): Promise<readonly JobTypeStatistics[]> {
  const answer = await request<SearchAnswer<JobTypeStatistics>>("/v2/jobs/statistics/by-types", {
    method: "POST",
    json: { filter: { from, to } },
    ...(signal ? { signal } : {}),
  });
  return answer.items;
}
