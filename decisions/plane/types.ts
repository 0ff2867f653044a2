/**
 * The words of the decision plane. The request, the decision and the approval are structurally equal to what the
 * engine's core declares (engine/core/environment.ts), so that an engine can be handed `plane.decide` as it is;
 * this room never imports the engine.
 */

export type Json = null | boolean | number | string | readonly Json[] | JsonRecord;
export interface JsonRecord {
  readonly [name: string]: Json;
}

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = number;

export const determinations = ["ALLOW", "ALLOW_WITH_CONSTRAINTS", "DEFER", "REQUIRE_APPROVAL", "DENY"] as const;
export type Determination = (typeof determinations)[number];

/** What an approver says; `edit`: yes, with other arguments. */
export type VoteVerdict = "approve" | "reject" | "edit";
export type RiskClass = "low" | "medium" | "high" | "critical";
export type Provenance = "trusted" | "derived" | "model";
export type Stage = "draft" | "shadow" | "canary" | "active" | "retired";

export interface Fact {
  readonly value: Json;
  readonly provenance: Provenance;
  readonly source: string;
  /** ISO instant at which the source observed it; absent when the caller does not know. */
  readonly observedAt?: string;
}

export interface Action {
  readonly type: string;
  readonly target: string | null;
  readonly operation: string;
  readonly reversible: boolean;
  readonly riskClass: RiskClass;
  readonly toolRef: string | null;
}

export interface ActorReference {
  readonly id: string;
  readonly type: "human" | "service" | "agent" | "engine";
  readonly groups?: readonly string[];
  readonly roles?: readonly string[];
}

export interface AgentReference {
  readonly id: string;
  readonly version: string;
  readonly model: string | null;
  readonly promptHash: string | null;
  readonly roles?: readonly string[];
  readonly trustLevel?: string;
}

export interface ProcessReference {
  readonly processId: string;
  readonly definitionKey: string;
  readonly definitionVersion: number;
  readonly definitionHash: string;
  readonly processInstanceKey: string;
  readonly rootProcessInstanceKey: string;
  readonly elementId: string;
  readonly elementInstanceKey: string;
  readonly tenantId: string;
}

/** What the enforcement point asks. */
export interface ActionRequest {
  readonly action: Action;
  /** Canonical arguments: exactly what will run. */
  readonly args: JsonRecord;
  /** Dotted fact name → fact. */
  readonly facts: Readonly<Record<string, Fact>>;
  readonly policies: readonly { readonly policyId: string; readonly version: number | null }[];
  readonly agent: AgentReference | null;
  readonly actor: ActorReference;
  /** Who really sent the question, when it came from outside and proved who it is; agent and actor are only named in it. */
  readonly askedBy?: ActorReference;
  /** Null when the caller is not a process of ours. */
  readonly process: ProcessReference | null;
  readonly toolCallId: string | null;
  readonly history: {
    readonly callsByAction: Readonly<Record<string, number>>;
    readonly lastActions: readonly string[];
    readonly sameArgsRepeat: number;
  } | null;
  readonly budget: {
    readonly modelCallsUsed: number;
    readonly modelCallsMax: number | null;
    readonly toolCallsUsed: number;
    readonly toolCallsMax: number | null;
    readonly tokensUsed: number;
    readonly tokensMax: number | null;
  } | null;
  readonly idempotencyKey: string;
  readonly now: EpochMs;
  readonly approval?: { readonly approvalId: string; readonly originalDecisionId: string; readonly edited: boolean };
  /** Whose question it is, where no process of ours says so. */
  readonly tenantId?: string;
  /** Pattern 3: the default that the caller states until the question is judged off the hot path. */
  readonly later?: "ALLOW" | "DENY";
}

export type ConstraintOp = "set" | "max" | "min" | "oneOf" | "drop" | "redact";

export interface Constraint {
  /** "args.method" */
  readonly path: string;
  readonly op: ConstraintOp;
  readonly value: Json;
}

export interface ApprovalTerms {
  readonly approvalId: string;
  readonly group: string | null;
  readonly quorum: number;
  readonly slaMs: number | null;
  readonly onTimeout: "reject" | "escalate" | "approve";
  readonly escalateTo: string | null;
}

export interface PolicyUse {
  readonly policyId: string;
  readonly version: number;
  readonly contentHash: string;
  readonly stage: Stage;
  readonly matchedRules: readonly string[];
}

export interface ActionDecision {
  readonly decisionId: string;
  readonly determination: Determination;
  readonly constraints: readonly Constraint[];
  readonly approval: ApprovalTerms | null;
  readonly riskScore: number;
  readonly reasonCodes: readonly string[];
  readonly policies: readonly PolicyUse[];
  readonly permit: string | null;
  readonly expiresAt: EpochMs | null;
  /** Opaque to callers: what `traceWrites` turns into rows. */
  readonly trace: unknown;
}

/** Who reads. Absent tenants: all of them, for an application that embeds the plane and knows none. */
export interface Reader {
  readonly tenantIds?: readonly string[];
}

/** Who calls the asynchronous functions of the plane; what an edge has found out about the caller. */
export interface Caller extends ActorReference, Reader {
  /** False: the installation runs without authentication, so separation of duties cannot be checked; it is recorded. */
  readonly authenticated?: boolean;
}

/** Order of severity, deny overrides (study §5.2). */
export const severity: Readonly<Record<Determination, number>> = {
  ALLOW: 0,
  ALLOW_WITH_CONSTRAINTS: 1,
  DEFER: 2,
  REQUIRE_APPROVAL: 3,
  DENY: 4,
};

export const riskRank: Readonly<Record<RiskClass, number>> = { low: 0, medium: 1, high: 2, critical: 3 };
