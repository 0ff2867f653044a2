/**
 * The public face of the decision plane. The first group is for the enforcement point: synchronous, in memory, never
 * throws. Everything else is asynchronous, takes and gives plain JSON, and throws the errors of `errors.ts`.
 * Who may call what is the edge's business, except where the rules of release and approval themselves depend on it.
 */
import type { TableWrite } from "../../store/index.ts";
import type { NewAlert } from "./alerts.ts";
import type { ApprovalState, Verdict as VoteVerdict } from "./approvals/judge.ts";
import type { PublicKey } from "./audit/signer.ts";
import type { PermitCheck } from "./decide/permit.ts";
import type {
  ActionDecision,
  ActionRequest,
  ActorReference,
  ApprovalTerms,
  Caller,
  Constraint,
  Determination,
  EpochMs,
  Json,
  JsonRecord,
  Reader,
  RiskClass,
  Stage,
} from "./types.ts";

export interface EnforcementPoint {
  /** The determination for an action that is about to happen. Errors, unknown names and missing rules deny. */
  decide(request: ActionRequest): ActionDecision;
  /** What a vote does to an approval; `refused` says why it does not count. */
  judgeVote(
    approval: ApprovalState,
    vote: {
      readonly actor: ActorReference;
      readonly verdict: VoteVerdict;
      readonly args?: JsonRecord;
      readonly comment: string | null;
      readonly at: EpochMs;
    },
  ): {
    readonly resolution: "pending" | "approved" | "rejected" | "edited";
    readonly refused?: string;
    readonly trace: unknown;
  };
  /** Rows of a decision's or a vote's trace, for the transaction of the step. */
  traceWrites(trace: unknown): readonly TableWrite[];
  /** Rows for the end of a guarded action. */
  outcomeWrites(outcome: {
    readonly decisionId: string;
    readonly status: "succeeded" | "failed" | "not_executed" | "compensated" | "unknown";
    readonly executedArgs: JsonRecord | null;
    readonly at: EpochMs;
  }): readonly TableWrite[];
  /** Rows for what time or the process did to an approval (events approvalEscalated and approvalResolved of the core). */
  approvalWrites(event: {
    /** Null with the element instance whose open approval is abandoned (cancelled). */
    readonly approvalId: string | null;
    readonly elementInstanceKey?: string;
    /** approved: by silence, where the policy says so. */
    readonly type: "escalated" | "expired" | "approved" | "stale" | "cancelled" | "used";
    readonly at: EpochMs;
    /** escalated: the group that is asked now and its deadline. */
    readonly group?: string;
    readonly dueAt?: EpochMs | null;
    /** used: the decision under which the approved bytes run. */
    readonly decisionId?: string;
  }): readonly TableWrite[];
  /** Rows that queue a question whose default holds meanwhile (pattern 3, effect `decideLater`). */
  laterWrites(later: LateQuestion): readonly TableWrite[];
  /** Who is told of late answers; called again until it resolves. over: nothing is left to correct, people are alerted. */
  onLateDecision(handler: (answer: LateAnswer) => Promise<"done" | "over">): void;
}

export interface LateQuestion {
  readonly request: ActionRequest;
  readonly defaultDetermination: "ALLOW" | "DENY";
  readonly elementInstanceKey: string | null;
  /** The decision that the default was given under (`decide` with `later`); corrections are linked to it. */
  readonly decisionId: string;
}

export interface LateAnswer {
  readonly elementInstanceKey: string;
  readonly decisionId: string;
  /** ALLOW_WITH_CONSTRAINTS only when it is released: what has run already ran without terms. */
  readonly determination: "ALLOW" | "ALLOW_WITH_CONSTRAINTS" | "DENY";
  readonly constraints: readonly Constraint[];
  readonly reasonCodes: readonly string[];
  /** For what is released. */
  readonly permit: string | null;
  /** compensate: the default let it run and should not have; release: the default held it back and need not have. */
  readonly correction: "compensate" | "release" | null;
}

// --- policies ---------------------------------------------------------------------------------------------------

export interface PolicyPackage {
  readonly manifest: Json;
  readonly dmn: string;
  readonly tests?: Json;
}

export interface CreatedPolicy {
  readonly policyId: string;
  readonly version: number;
  readonly contentHash: string;
  readonly stage: Stage;
}

export interface TestReport {
  readonly policyId: string;
  readonly version: number;
  readonly passed: boolean;
  readonly cases: readonly {
    readonly name: string;
    readonly passed: boolean;
    readonly expected: Json;
    readonly actual: Json;
    readonly matchedRules: readonly string[];
    readonly problem: string | null;
  }[];
  readonly invariants: readonly {
    readonly name: string;
    readonly passed: boolean;
    readonly checked: number;
    readonly counterexample: Json;
  }[];
  readonly coverage: {
    readonly rules: number;
    readonly covered: number;
    readonly share: number;
    readonly uncovered: readonly { readonly decisionId: string; readonly ruleId: string; readonly ruleIndex: number }[];
  };
  /** Gaps and overlaps per table; null where the language of the cells cannot be analysed. */
  readonly analysis: Json;
  readonly problems: readonly { readonly code: string; readonly message: string; readonly place?: string }[];
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

export interface PromotionRecord {
  readonly schema: "promotion/1";
  readonly promotionId: string;
  readonly policyId: string;
  readonly version: number;
  readonly contentHash: string;
  readonly from: Stage;
  readonly to: Stage;
  readonly shareBasisPoints: number | null;
  readonly supersedes: number | null;
  readonly rollback: boolean;
  readonly expedited: boolean;
  readonly reason: string;
  readonly author: JsonRecord;
  readonly promotedBy: JsonRecord;
  readonly separationOfDuties: "kept" | "unchecked";
  readonly at: string;
  /** What changed against the version that was in force. */
  readonly difference: Json;
  readonly evidence: Json;
  readonly signature: string;
  readonly epoch?: number;
}

export interface PolicySummary {
  readonly policyId: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly domain: string;
  readonly owner: string | null;
  readonly riskClass: RiskClass;
  readonly scope: string;
  readonly actions: readonly string[];
  readonly reviewBy: string | null;
  readonly activeVersion: number | null;
  readonly canary: { readonly version: number; readonly shareBasisPoints: number } | null;
  readonly shadowVersions: readonly number[];
  readonly latestVersion: number;
  /** The most advanced stage that a version of the policy is in. */
  readonly stage: Stage;
  readonly epoch: number;
  readonly versions: readonly {
    readonly version: number;
    readonly stage: Stage;
    readonly contentHash: string;
    readonly createdAt: string;
    readonly author: JsonRecord;
  }[];
}

export interface PolicyDetail extends PolicySummary {
  readonly manifest: Json;
  readonly promotions: readonly PromotionRecord[];
  /** Instant that the answer is for, when one was asked for. */
  readonly at: string | null;
}

export interface PolicyVersionDetail {
  readonly policyId: string;
  readonly version: number;
  readonly contentHash: string;
  readonly stage: Stage;
  readonly manifest: Json;
  readonly dmn: string;
  readonly tests: Json;
  readonly author: JsonRecord;
  readonly createdAt: string;
  readonly lastTest: TestReport | null;
  readonly promotions: readonly PromotionRecord[];
  readonly text: string;
}

export interface ChangeReport {
  readonly policyId: string;
  readonly version: number;
  readonly from: string;
  readonly to: string;
  readonly evaluated: number;
  readonly same: number;
  readonly changed: number;
  /** Decisions that would become milder: each must be accepted before the version goes live. */
  readonly widened: number;
  readonly changes: readonly {
    readonly from: string;
    readonly to: string;
    readonly count: number;
    readonly widens: boolean;
    readonly samples: readonly string[];
  }[];
  /** Records that cannot be judged again (erased personal data). */
  readonly skipped: number;
}

// --- decisions --------------------------------------------------------------------------------------------------

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

export interface Answer {
  readonly decisionId: string;
  readonly determination: Determination;
  readonly constraints: readonly Constraint[];
  readonly approval: ApprovalTerms | null;
  readonly riskScore: number;
  readonly reasonCodes: readonly string[];
  readonly reasons: readonly string[];
  readonly policies: ActionDecision["policies"];
  /** The arguments as they may run; null unless allowed. */
  readonly args: JsonRecord | null;
  readonly expiresAt: string | null;
  readonly permit: string | null;
  readonly recordHash: string;
  readonly epoch: number;
  /** async: the answer is the default until the queue has judged it. */
  readonly pending: boolean;
}

export interface BatchAnswer {
  readonly epoch: number;
  readonly maxStaleness: string;
  readonly staleAfter: string;
  readonly decisions: readonly Answer[];
}

export interface DecisionDetail {
  readonly decisionId: string;
  readonly record: JsonRecord;
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
    readonly approvedBy: JsonRecord | null;
    readonly promotion: PromotionRecord | null;
    readonly dmn: string;
    readonly text: string;
  }[];
  readonly approval: ApprovalDetail | null;
  readonly outcome: JsonRecord | null;
  readonly corrections: readonly JsonRecord[];
  readonly shadows: readonly JsonRecord[];
  readonly reasons: readonly string[];
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

export interface DecisionSummary {
  readonly decisionId: string;
  readonly decidedAt: string;
  readonly agentId: string | null;
  readonly actorId: string | null;
  readonly actionType: string | null;
  readonly determination: Determination;
  readonly reasonCodes: readonly string[];
  readonly riskScore: number;
  readonly policies: readonly {
    readonly policyId: string;
    readonly version: number;
    readonly stage: string;
    readonly matchedRules: readonly string[];
  }[];
  readonly processInstanceKey: string | null;
  readonly elementId: string | null;
  readonly toolCallId: string | null;
  readonly recordHash: string;
}

export interface OutcomeReport {
  readonly status: "succeeded" | "failed" | "not_executed" | "compensated" | "unknown";
  readonly executedArgs?: JsonRecord | null;
  readonly result?: Json;
}

export interface OutcomeRecord {
  readonly outcomeId: string;
  readonly decisionId: string;
  readonly status: string;
  /** Null: nothing ran, or the record of the decision is not at hand. */
  readonly withinTerms: boolean | null;
  readonly violations: readonly { readonly code: string; readonly path: string | null; readonly message: string }[];
  readonly recordHash: string;
}

// --- authority --------------------------------------------------------------------------------------------------

export interface AuthorityQuery {
  readonly role?: string;
  readonly agent?: string;
  readonly action?: string;
  /** Facts that are fixed, dotted: {"args.amount": 1500}. */
  readonly facts?: JsonRecord;
}

export interface Grant {
  readonly subject: { readonly type: "role" | "agent" | "actorType" | "any"; readonly id: string };
  readonly action: string;
  readonly policyId: string;
  readonly version: number;
  readonly owner: string | null;
  readonly determination: Determination;
  readonly rules: readonly {
    readonly decisionId: string;
    readonly ruleId: string;
    readonly ruleIndex: number;
    readonly conditions: readonly { readonly fact: string; readonly test: string }[];
  }[];
  readonly constraints: readonly Constraint[];
  /** One set of facts under which exactly this was the answer of the table. */
  readonly witness: JsonRecord;
}

export interface AuthorityAnswer {
  readonly query: AuthorityQuery;
  readonly at: string;
  /** Actions that are allowed under some facts, with or without terms. */
  readonly actions: readonly string[];
  /** Actions that somebody must approve first. */
  readonly actionsWithApproval: readonly string[];
  readonly subjects: readonly { readonly type: string; readonly id: string }[];
  readonly grants: readonly Grant[];
  /** Tables that could not be enumerated completely, and why. */
  readonly incomplete: readonly string[];
}

// --- approvals --------------------------------------------------------------------------------------------------

export type ApprovalStateName = "pending" | "approved" | "rejected" | "edited" | "expired" | "stale" | "cancelled";

export interface ApprovalDetail {
  readonly approvalId: string;
  readonly decisionId: string;
  readonly state: ApprovalStateName;
  /** engine: votes go through the process instance's user task; plane: through `vote`. */
  readonly managedBy: "engine" | "plane";
  readonly action: JsonRecord;
  readonly args: JsonRecord;
  readonly facts: JsonRecord;
  readonly reasonCodes: readonly string[];
  readonly reasons: readonly string[];
  readonly riskScore: number;
  readonly policies: readonly JsonRecord[];
  readonly requester: ActorReference;
  readonly agentId: string | null;
  readonly group: string | null;
  readonly quorum: number;
  readonly dueAt: string | null;
  readonly escalateTo: string | null;
  readonly escalated: boolean;
  readonly onTimeout: string;
  readonly votes: readonly JsonRecord[];
  readonly userTaskKey: string | null;
  readonly processInstanceKey: string | null;
  readonly elementInstanceKey: string | null;
  readonly createdAt: string;
  readonly resolvedAt: string | null;
  readonly usedBy: string | null;
}

export interface VoteRequest {
  readonly verdict: VoteVerdict;
  readonly args?: JsonRecord;
  readonly comment?: string | null;
}

// --- audit ------------------------------------------------------------------------------------------------------

export interface VerifyReport {
  readonly valid: boolean;
  readonly records: number;
  /** Of them: places of other tenants, whose content is not in the export. */
  readonly withheld: number;
  readonly streams: number;
  readonly checkpoints: number;
  readonly firstBad: {
    readonly stream: string | null;
    readonly seq: number | null;
    readonly index: number | null;
    readonly recordId: string | null;
    readonly reason: string;
  } | null;
  readonly problems: readonly string[];
  /** Thumbprints of the keys that signed; "embedded" when no trusted keys were given. */
  readonly keys: readonly string[];
  readonly trust: "given" | "embedded";
}

export interface ExportBundle {
  readonly schema: "interlock-export/1";
  readonly [name: string]: Json;
}

// --- measurement ------------------------------------------------------------------------------------------------

export interface Alert {
  readonly alertId: string;
  readonly rule: string;
  readonly policyId: string | null;
  readonly policyVersion: number | null;
  readonly at: string;
  readonly message: string;
  readonly body: JsonRecord;
  /** Null: concerns the organisation. */
  readonly tenantId: string | null;
  readonly resolvedAt: string | null;
}

export interface PlaneChange {
  readonly topic: "policies" | "decisions" | "approvals";
  readonly key: string;
  /** Null: concerns everybody. */
  readonly tenantId: string | null;
}

export interface RunplaneRequest {
  readonly action: { readonly type: string; readonly target?: string; readonly context?: JsonRecord };
  readonly requestId?: string;
}

export interface DecisionPlane extends EnforcementPoint {
  /** Starts what runs by itself: refresh, approvals that are due, late answers, checkpoints, watch over canaries. */
  start(): void;
  stop(): Promise<void>;
  /** Loads what other nodes have released. Runs by itself on notification and every half second. */
  refresh(): Promise<void>;
  readonly nodeId: string;

  createPolicy(content: PolicyPackage, by: Caller): Promise<CreatedPolicy>;
  /** Creates, tests and activates a shipped package; nothing happens when its content is already known. */
  installPolicy(content: PolicyPackage): Promise<CreatedPolicy>;
  testPolicy(policyId: string, version: number): Promise<TestReport>;
  promotePolicy(policyId: string, version: number, request: PromotionRequest, by: Caller): Promise<PromotionRecord>;
  rollbackPolicy(
    policyId: string,
    request: { readonly reason: string; readonly toVersion?: number },
    by: Caller,
  ): Promise<PromotionRecord>;
  searchPolicies(filter?: {
    readonly stage?: Stage;
    readonly domain?: string;
    readonly owner?: string;
    readonly riskClass?: RiskClass;
    readonly action?: string;
  }): Promise<{ readonly items: readonly PolicySummary[] }>;
  getPolicy(policyId: string, options?: { readonly at?: string }): Promise<PolicyDetail>;
  getPolicyVersion(policyId: string, version: number): Promise<PolicyVersionDetail>;
  getPolicyDmn(policyId: string, version: number): Promise<string>;
  /** What the shadow or canary version answered differently from what was enforced. */
  shadowReport(policyId: string, version: number): Promise<ChangeReport>;
  /** Counterfactual: what this version would have answered to recorded questions. */
  replayPolicy(
    policyId: string,
    version: number,
    range: { readonly from?: string; readonly to?: string },
    by?: Reader,
  ): Promise<ChangeReport>;

  evaluate(question: Question, by: Caller): Promise<Answer>;
  evaluateBatch(batch: { readonly decisions: readonly Question[] }, by: Caller): Promise<BatchAnswer>;
  getDecision(decisionId: string, by?: Reader): Promise<DecisionDetail>;
  searchDecisions(
    search: DecisionSearch,
    by?: Reader,
  ): Promise<{ readonly items: readonly DecisionSummary[]; readonly next: string | null }>;
  recordOutcome(decisionId: string, report: OutcomeReport, by: Caller): Promise<OutcomeRecord>;
  /** Checks a permit against what is about to run, without using it. */
  checkPermit(
    permit: string,
    expected: { readonly actionType: string; readonly audience?: string; readonly args: JsonRecord },
  ): PermitCheck;
  /** Uses a permit, once; the same holder (idempotency key of the effect) may try again. Throws ConflictError with the reason code. */
  redeemPermit(
    permit: string,
    expected: {
      readonly actionType: string;
      readonly audience?: string;
      readonly args: JsonRecord;
      readonly holder: string;
      /** Refuse when a policy of the decision has been changed since; "first": only who begins, not a retry of what may have happened. */
      readonly fresh?: boolean | "first";
    },
  ): Promise<{ readonly decisionId: string }>;

  authority(query: AuthorityQuery): Promise<AuthorityAnswer>;

  searchApprovals(
    filter?: {
      readonly state?: ApprovalStateName;
      readonly group?: string;
      readonly processInstanceKey?: string;
      readonly limit?: number;
    },
    by?: Reader,
  ): Promise<{ readonly items: readonly ApprovalDetail[] }>;
  getApproval(approvalId: string, by?: Reader): Promise<ApprovalDetail>;
  vote(approvalId: string, vote: VoteRequest, by: Caller): Promise<ApprovalDetail>;

  /** Records of other tenants keep their places in the chain and are withheld. */
  exportRecords(range: { readonly from?: string; readonly to?: string }, by?: Reader): Promise<ExportBundle>;
  keys(): Promise<{ readonly keys: readonly PublicKey[] }>;
  verify(bundle: Json, trusted?: readonly Json[]): Promise<VerifyReport>;
  /** Forgets the personal values of a subject; the chain stays valid. */
  eraseSubject(subjectKey: string, by: Caller, reason: string): Promise<{ readonly erased: number }>;
  /** Records what an operator did to a run, beside the decisions. */
  recordInterrupt(
    interrupt: {
      readonly processInstanceKey: string;
      readonly elementInstanceKey?: string;
      readonly mode: string;
      readonly reason: string;
      readonly tenantId?: string;
    },
    by: Caller,
  ): Promise<{ readonly interruptId: string }>;

  kpis(range: { readonly from?: string; readonly to?: string }, by?: Reader): Promise<JsonRecord>;
  drift(policyId: string, range?: { readonly from?: string; readonly to?: string }): Promise<JsonRecord>;
  alerts(
    filter?: { readonly open?: boolean; readonly limit?: number },
    by?: Reader,
  ): Promise<{ readonly items: readonly Alert[] }>;
  /** For what others watch over (incidents of agents). With an id of theirs, raised twice is raised once. */
  raiseAlert(alert: NewAlert): void;
  closeAlerts(alertIds: readonly string[], why: string): Promise<void>;
  /** A person says that it is dealt with. */
  resolveAlert(alertId: string, by: Caller, reason: string): Promise<Alert>;
  /** Told of each new alert (web hooks, live pages). Returns how to stop. */
  onAlert(handler: (alert: Alert) => void): () => void;
  /** Told of each change that others may show live. Returns how to stop. */
  onChange(handler: (change: PlaneChange) => void): () => void;

  /** Runplane-compatible: `POST /api/v1/guard`, `GET /api/v1/approvals/{id}`, `GET /api/audit/verify`. */
  guard(request: RunplaneRequest, by: Caller): Promise<JsonRecord>;
  guardApproval(approvalId: string, by?: Reader): Promise<JsonRecord>;
  auditStatus(): Promise<{ readonly valid: boolean; readonly brokenAt: string | null; readonly chainLength: number }>;
}
