/**
 * What the plane is asked and told: policies, questions, votes, outcomes, searches. Plain JSON, written by others; the
 * rooms that take them check them. What comes back stands in `answers.ts`.
 */
import type { ActionRequest, Determination, Json, JsonRecord, RiskClass, VoteVerdict } from "./types.ts";

export interface LateQuestion {
  readonly request: ActionRequest;
  readonly defaultDetermination: "ALLOW" | "DENY";
  readonly elementInstanceKey: string | null;
  /** The decision that the default was given under (`decide` with `later`); corrections are linked to it. */
  readonly decisionId: string;
}

export interface PolicyPackage {
  readonly manifest: Json;
  readonly dmn: string;
  readonly tests?: Json;
}

export interface PromotionRequest {
  readonly stage: "shadow" | "canary" | "active" | "retired";
  /** canary: 1 to 9999, hundredths of a percent of the subjects. Default 500. */
  readonly shareBasisPoints?: number;
  readonly reason: string;
  /** Signs the disagreement report off: what the new version would allow more widely than the active one. */
  readonly acknowledgeWidenings?: boolean;
  /** One call through all stages on the way; every gate but the minimum of evaluations holds, and the record says so. */
  readonly expedited?: boolean;
}

/** `POST /governance/v1/decisions`. Facts: dotted or nested names; plain values or {value, provenance, source}. */
export interface Question {
  readonly action: {
    readonly type: string;
    readonly target?: string | null;
    readonly operation?: string;
    readonly reversible?: boolean;
    readonly riskClass?: RiskClass;
    readonly toolRef?: string | null;
  };
  readonly args?: JsonRecord;
  readonly agent?: JsonRecord | null;
  readonly actor?: JsonRecord | null;
  readonly facts?: JsonRecord;
  readonly policies?: readonly { readonly policyId: string; readonly version?: number | null }[];
  readonly run?: {
    readonly processInstanceKey?: string;
    readonly elementId?: string;
    readonly toolCallId?: string;
    readonly runId?: string;
  } | null;
  readonly history?: JsonRecord | null;
  readonly budget?: JsonRecord | null;
  readonly idempotencyKey?: string;
  /** Goes on after an approval: the same question, with the id of the approval that was given. */
  readonly approvalId?: string;
  /** Absent: the default tenant, or the caller's only one. */
  readonly tenantId?: string;
  readonly mode?: "sync" | "async";
  /** async: overrides the default of the risk class. */
  readonly default?: "ALLOW" | "DENY";
}

export interface DecisionSearch {
  readonly agentId?: string;
  readonly actionType?: string;
  readonly policyId?: string;
  readonly policyVersion?: number;
  readonly determination?: Determination;
  readonly processInstanceKey?: string;
  readonly reasonCode?: string;
  readonly tenantId?: string;
  readonly from?: string;
  readonly to?: string;
  readonly limit?: number;
  readonly after?: string;
}

/** What somebody has found to have run although no decision permitted it. */
export interface UngovernedExecution {
  readonly action: { readonly type: string; readonly target?: string | null };
  readonly agent?: JsonRecord | null;
  readonly args?: JsonRecord;
  readonly status: "succeeded" | "failed" | "unknown";
}

export interface OutcomeReport {
  readonly status: "succeeded" | "failed" | "not_executed" | "compensated" | "unknown";
  readonly executedArgs?: JsonRecord | null;
  readonly result?: Json;
}

export interface AuthorityQuery {
  readonly role?: string;
  readonly agent?: string;
  readonly action?: string;
  /** Facts that are fixed, dotted: {"args.amount": 1500}. */
  readonly facts?: JsonRecord;
}

export interface VoteRequest {
  readonly verdict: VoteVerdict;
  readonly args?: JsonRecord;
  readonly comment?: string | null;
}

export interface RunplaneRequest {
  readonly action: { readonly type: string; readonly target?: string; readonly context?: JsonRecord };
  readonly requestId?: string;
}
