/**
 * What the plane answers and records: versions and reports, answers, decisions with all that is linked to them, grants,
 * approvals, the result of a verification, alerts. Plain JSON; what it is asked stands in `requests.ts`.
 */
import type { AuthorityQuery } from "./requests.ts";
import type {
  ActionDecision,
  ActorReference,
  ApprovalTerms,
  Constraint,
  Determination,
  Json,
  JsonRecord,
  RiskClass,
  Stage,
} from "./types.ts";

export interface LateAnswer {
  readonly elementInstanceKey: string;
  readonly decisionId: string;
  /** ALLOW_WITH_CONSTRAINTS and REQUIRE_APPROVAL only for what was held back: what has run already ran without. */
  readonly determination: "ALLOW" | "ALLOW_WITH_CONSTRAINTS" | "REQUIRE_APPROVAL" | "DENY";
  readonly constraints: readonly Constraint[];
  readonly reasonCodes: readonly string[];
  /** For what is released. */
  readonly permit: string | null;
  /** REQUIRE_APPROVAL: what is asked of whom, and for whom (who asked first cannot approve). */
  readonly approval?: ApprovalTerms;
  readonly requester?: ActorReference;
  /**
   * compensate: the default let it run and should not have; release: the default held it back and need not have;
   * approval: it held back what a person may release.
   */
  readonly correction: "compensate" | "release" | "approval" | null;
}

// --- policies ---------------------------------------------------------------------------------------------------

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
    /** Something becomes possible that was not: a milder determination, or the same one on looser terms. */
    readonly widens: boolean;
    /** Constraints, or quorum and timeout of an approval, differ. */
    readonly termsChanged: boolean;
    readonly samples: readonly string[];
  }[];
  /** Records that cannot be judged again (erased personal data). */
  readonly skipped: number;
}

// --- decisions --------------------------------------------------------------------------------------------------

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

/** A policy version that had a say in a judgement, with its own answer. */
export interface Candidate {
  readonly policyId: string;
  readonly version: number;
  readonly stage: Stage;
  /** False: in shadow, so its answer changed nothing. */
  readonly enforced: boolean;
  readonly determination: Determination;
  readonly riskScore: number | null;
  readonly reasonCodes: readonly string[];
  readonly matchedRules: readonly string[];
}

/** What a question would be answered. No id, no permit, no record: nothing can be run on it. */
export interface DryRun {
  readonly dryRun: true;
  readonly determination: Determination;
  readonly constraints: readonly Constraint[];
  readonly approval: Omit<ApprovalTerms, "approvalId"> | null;
  readonly riskScore: number;
  readonly reasonCodes: readonly string[];
  readonly reasons: readonly string[];
  readonly args: JsonRecord | null;
  readonly epoch: number;
  readonly candidates: readonly Candidate[];
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
  /** Every version that had a say: those that were enforced, and those in shadow that have answered by now. */
  readonly candidates: readonly Candidate[];
  readonly reasons: readonly string[];
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

// --- audit ------------------------------------------------------------------------------------------------------

/** A recorded decision, judged again by the recorded versions of its policies. */
export interface DecisionReproduction {
  readonly decisionId: string;
  readonly recordHash: string;
  readonly reproduced: boolean;
  /** "Expected …, but …"; empty when everything is the same. */
  readonly differences: readonly string[];
}

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
