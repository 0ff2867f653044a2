/**
 * The public face of the decision plane. The first group is for the enforcement point: synchronous, in memory, never
 * throws. Everything else is asynchronous, takes and gives plain JSON, and throws the errors of `errors.ts`.
 * Who may call what is the edge's business, except where the rules of release and approval themselves depend on it.
 */

import type { TableWrite } from "../../store/index.ts";
import type { NewAlert } from "./alerts.ts";
import type {
  Alert,
  Answer,
  ApprovalDetail,
  ApprovalStateName,
  AuthorityAnswer,
  BatchAnswer,
  ChangeReport,
  CreatedPolicy,
  DecisionDetail,
  DecisionReproduction,
  DecisionSummary,
  DryRun,
  ExportBundle,
  LateAnswer,
  OutcomeRecord,
  PlaneChange,
  PolicyDetail,
  PolicySummary,
  PolicyVersionDetail,
  PromotionRecord,
  TestReport,
  VerifyReport,
} from "./answers.ts";
import type { ApprovalState } from "./approvals/judge.ts";
import type { IncidentBundle, IncidentEntry } from "./audit/incident.ts";
import type { PublicKey } from "./audit/signer.ts";
import type { PermitCheck } from "./decide/permit.ts";
import type { DecisionJudgement, RetrievalJudgement } from "./policies/judgements.ts";
import type {
  AuthorityQuery,
  DecisionSearch,
  LateQuestion,
  OutcomeReport,
  PolicyPackage,
  PromotionRequest,
  Question,
  RunplaneRequest,
  UngovernedExecution,
  VoteRequest,
} from "./requests.ts";
import type {
  ActionDecision,
  ActionRequest,
  ActorReference,
  Caller,
  EpochMs,
  Json,
  JsonRecord,
  Reader,
  RiskClass,
  Stage,
  VoteVerdict,
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
  shadowReport(policyId: string, version: number, by?: Reader): Promise<ChangeReport>;
  /** Counterfactual: what this version would have answered to recorded questions. */
  replayPolicy(
    policyId: string,
    version: number,
    range: { readonly from?: string; readonly to?: string },
    by?: Reader,
  ): Promise<ChangeReport>;

  evaluate(question: Question, by: Caller): Promise<Answer>;
  /** The same judgement, for trying out: nothing is recorded or opened, and no permit is given. */
  dryRun(question: Question, by: Caller): DryRun;
  evaluateBatch(batch: { readonly decisions: readonly Question[] }, by: Caller): Promise<BatchAnswer>;
  getDecision(decisionId: string, by?: Reader): Promise<DecisionDetail>;
  /** Makes a recorded decision a second time, with what was recorded. */
  reproduceDecision(decisionId: string, by?: Reader): Promise<DecisionReproduction>;
  searchDecisions(
    search: DecisionSearch,
    by?: Reader,
  ): Promise<{ readonly items: readonly DecisionSummary[]; readonly next: string | null }>;
  /** Records and alerts that something ran without a decision. */
  recordUngoverned(execution: UngovernedExecution, by: Caller): Promise<{ readonly outcomeId: string }>;
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
  /** The record of one instance with the decisions of its time, signed; what `verify` and the command line check alone. */
  exportIncident(
    incident: {
      readonly processInstanceKey: string;
      readonly history: readonly IncidentEntry[];
      readonly about: JsonRecord;
    },
    by?: Reader,
  ): Promise<IncidentBundle>;
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

  /** A person's label of a decision; the latest counts. */
  judgeDecision(judgement: DecisionJudgement, by: Caller): Promise<{ readonly judgementId: string }>;
  /** A person's sample of what a tool call has retrieved. */
  judgeRetrieval(judgement: RetrievalJudgement, by: Caller): Promise<{ readonly judgementId: string }>;
  kpis(range: { readonly from?: string; readonly to?: string }, by?: Reader): Promise<JsonRecord>;
  drift(policyId: string, range?: { readonly from?: string; readonly to?: string }, by?: Reader): Promise<JsonRecord>;
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
