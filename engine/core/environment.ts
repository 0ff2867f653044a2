/**
 * What a step may ask of the world around it. Synchronous and, seen from the step, pure: everything that the
 * environment answers is recorded in events, so that `apply`, replay and recovery never ask again.
 */
import type { Actor, AgentStepRecord } from "./command.ts";
import type { ListenerEventType } from "./event.ts";
import type { Result } from "./failure.ts";
import type { PinnedListener } from "./instance.ts";
import type { EpochMs, JsonObject, JsonValue, Key } from "./json.ts";
import type { Binding, ExecutableProcess, GuardDefinition } from "./process.ts";

export type Determination = "ALLOW" | "ALLOW_WITH_CONSTRAINTS" | "REQUIRE_APPROVAL" | "DENY" | "DEFER";

export interface Fact {
  readonly value: JsonValue;
  readonly provenance: "trusted" | "derived" | "model";
  /** Where it comes from: "variable:account", "model:toolCall", "engine". */
  readonly source: string;
  /** When its source observed it (ISO 8601), where that is known. */
  readonly observedAt?: string;
}

/** What the enforcement point asks. Agents outside the engine send the same over HTTP. */
export interface ActionRequest {
  readonly action: GuardDefinition["action"];
  /** Canonical arguments: exactly what will run. */
  readonly args: JsonObject;
  /** Fact name (dotted path, e.g. "subject.accountTenureDays") → fact. */
  readonly facts: Readonly<Record<string, Fact>>;
  readonly policies: readonly { readonly policyId: string; readonly version: number | null }[];
  readonly agent: {
    readonly id: string;
    readonly version: string;
    readonly model: string | null;
    readonly promptHash: string | null;
    /** Of the model's answer that proposed this. */
    readonly responseHash: string | null;
  } | null;
  readonly actor: Actor;
  readonly process: {
    readonly processId: string;
    readonly definitionKey: Key;
    readonly definitionVersion: number;
    readonly definitionHash: string;
    readonly processInstanceKey: Key;
    readonly rootProcessInstanceKey: Key;
    readonly elementId: string;
    readonly elementInstanceKey: Key;
    readonly tenantId: string;
  };
  readonly toolCallId: string | null;
  /** Numbers of earlier actions of this instance by type, the last ones by name. */
  readonly history: {
    readonly callsByAction: Readonly<Record<string, number>>;
    readonly lastActions: readonly string[];
    readonly sameArgsRepeat: number;
  };
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
  /** Set when an approval has been granted and the action is judged again just before it runs. */
  readonly approval?: { readonly approvalId: string; readonly originalDecisionId: string; readonly edited: boolean };
  /** Pattern 3: what the model states as the default until the question is judged off the hot path. The answer is that default, or stricter. */
  readonly later?: "ALLOW" | "DENY";
}

export interface Constraint {
  /** "args.method" */
  readonly path: string;
  readonly op: "set" | "max" | "min" | "oneOf" | "drop" | "redact";
  readonly value: JsonValue;
}

export interface ApprovalTerms {
  readonly approvalId: string;
  readonly group: string | null;
  readonly quorum: number;
  /** Milliseconds until the escalation or the timeout effect; null: no SLA. */
  readonly slaMs: number | null;
  readonly onTimeout: "reject" | "escalate" | "approve";
  readonly escalateTo: string | null;
}

export interface ActionDecision {
  readonly decisionId: string;
  readonly determination: Determination;
  /** For ALLOW_WITH_CONSTRAINTS; the core applies them with `constrain`. */
  readonly constraints: readonly Constraint[];
  readonly approval: ApprovalTerms | null;
  readonly riskScore: number;
  readonly reasonCodes: readonly string[];
  readonly policies: readonly {
    readonly policyId: string;
    readonly version: number;
    readonly contentHash: string;
    readonly stage: string;
    readonly matchedRules: readonly string[];
  }[];
  /** Single-use permit over the canonical arguments as they will run; null unless allowed. */
  readonly permit: string | null;
  readonly expiresAt: EpochMs | null;
  /** Opaque to the core: handed back in the effect `recordDecision`, written in the transaction of the step. */
  readonly trace: unknown;
}

export interface VoteJudgement {
  readonly resolution: "pending" | "approved" | "rejected" | "edited";
  /** Set when the vote itself is not acceptable (requester votes, same person twice). The command is rejected. */
  readonly refused?: string;
  readonly trace: unknown;
}

export interface ApprovalState {
  readonly approvalId: string;
  readonly decisionId: string;
  readonly requester: Actor;
  readonly terms: ApprovalTerms;
  readonly votes: readonly {
    readonly actor: Actor;
    readonly verdict: "approve" | "reject" | "edit";
    readonly at: EpochMs;
  }[];
}

export interface ProcessReference {
  readonly processId: string;
  readonly binding: Binding;
  readonly callerDeploymentKey: Key;
  readonly tenantId: string;
}

export interface DecisionEvaluation {
  readonly value: JsonValue;
  readonly evaluationKey: Key;
  readonly decisionKey: Key;
  /** Opaque: written with the step (read model of decision instances). */
  readonly trace: unknown;
}

export interface Limits {
  /** Element activations in one command; beyond it an incident STEP_LIMIT_EXCEEDED (loops without a wait state). */
  readonly activationsPerCommandMax: number;
  readonly elementInstancesMax: number;
  readonly callDepthMax: number;
  readonly multiInstanceMax: number;
  readonly variablesBytesMax: number;
}

export interface Environment {
  /** Time of the command; never goes back for one instance (the core takes the maximum with the instance's last time). */
  readonly now: EpochMs;
  readonly actor: Actor;
  readonly limits: Limits;
  nextKey(): Key;
  processByKey(key: Key): ExecutableProcess | undefined;
  findProcess(reference: ProcessReference): ExecutableProcess | undefined;
  evaluateDecision(
    reference: {
      readonly decisionId: string;
      readonly binding: Binding;
      readonly callerDeploymentKey: Key;
      readonly tenantId: string;
    },
    variables: JsonObject,
    at: {
      readonly processInstanceKey: Key;
      readonly elementInstanceKey: Key;
      readonly elementId: string;
      readonly definitionKey: Key;
    },
  ): Result<DecisionEvaluation>;
  /** The decision plane. Never throws: errors, unknown policies and time-outs come back as DENY. */
  decideAction(request: ActionRequest): ActionDecision;
  judgeVote(
    approval: ApprovalState,
    vote: {
      readonly actor: Actor;
      readonly verdict: "approve" | "reject" | "edit";
      readonly args?: JsonObject;
      readonly comment: string | null;
      readonly at: EpochMs;
    },
  ): VoteJudgement;
  /** Form lookup for user tasks: the form's key, or undefined when no such form is deployed. */
  findForm(reference: {
    readonly formId: string;
    readonly binding: Binding;
    readonly callerDeploymentKey: Key;
    readonly tenantId: string;
  }): Key | undefined;
  /** What expressions of this tenant's instances find under the name `camunda` when no variable has it; absent: nothing. */
  clusterVariables?(tenantId: string): JsonObject;
  /** Task listeners that the installation has for this transition of any user task, in their order; absent: none. */
  taskListeners?(transition: ListenerEventType): readonly PinnedListener[];
}

export type { AgentStepRecord };
