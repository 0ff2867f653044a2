/**
 * Commands: what somebody wants of one instance. Imperative. `step` answers with events and effects, or with a rejection.
 * Delivery matters (job locks, deadlines of workers, buffered messages) belong to the runtime and the store, not here.
 */
import type { ApprovalTerms, Constraint } from "./environment.ts";
import type { JsonObject, JsonValue, Key } from "./json.ts";

/** Who sent the command; goes into the record for the audit. */
export interface Actor {
  readonly id: string;
  readonly type: "human" | "service" | "agent" | "engine";
  readonly groups?: readonly string[];
  readonly roles?: readonly string[];
}

export interface StartInstruction {
  readonly elementId: string;
}

export type Command =
  | {
      readonly type: "createInstance";
      readonly key: Key;
      readonly definitionKey: Key;
      readonly variables: JsonObject;
      readonly startInstructions?: readonly StartInstruction[];
      /** Elements after which the instance is terminated. */
      readonly terminateAfter?: readonly string[];
      readonly tags?: readonly string[];
      readonly businessId?: string | null;
      /** A triggered start: the start element (index) and the message that triggers it. */
      readonly startElementIndex?: number;
      /** Which definition of a multiple start event has come; absent: the first. */
      readonly startDefinition?: number;
      readonly message?: { readonly key: Key; readonly name: string; readonly correlationKey: string };
    }
  | { readonly type: "cancelInstance"; readonly processInstanceKey: Key }
  | {
      readonly type: "completeJob";
      readonly jobKey: Key;
      readonly variables: JsonObject;
      readonly result?: JobResult;
      readonly agentStep?: AgentStepRecord;
    }
  | {
      readonly type: "failJob";
      readonly jobKey: Key;
      readonly retries: number;
      readonly errorMessage: string;
      readonly retryBackOffMs: number;
      readonly variables?: JsonObject;
      readonly agentStep?: AgentStepRecord;
    }
  | {
      readonly type: "throwJobError";
      readonly jobKey: Key;
      readonly errorCode: string;
      readonly errorMessage: string;
      readonly variables?: JsonObject;
      readonly agentStep?: AgentStepRecord;
    }
  | { readonly type: "updateJob"; readonly jobKey: Key; readonly retries?: number; readonly priority?: number }
  | {
      readonly type: "assignUserTask";
      readonly userTaskKey: Key;
      readonly assignee: string | null;
      readonly allowOverride: boolean;
      readonly action: string;
    }
  | {
      readonly type: "updateUserTask";
      readonly userTaskKey: Key;
      readonly action: string;
      readonly changes: {
        readonly candidateGroups?: readonly string[];
        readonly candidateUsers?: readonly string[];
        readonly dueDate?: string | null;
        readonly followUpDate?: string | null;
        readonly priority?: number;
      };
    }
  | {
      readonly type: "completeUserTask";
      readonly userTaskKey: Key;
      readonly variables: JsonObject;
      readonly action: string;
    }
  /** A vote on an approval task; the environment judges quorum and four eyes. */
  | {
      readonly type: "voteOnApproval";
      readonly userTaskKey: Key;
      readonly verdict: "approve" | "reject" | "edit";
      readonly args?: JsonObject;
      readonly comment: string | null;
    }
  | { readonly type: "fireTimer"; readonly timerKey: Key }
  | {
      readonly type: "correlateMessage";
      readonly subscriptionKey: Key;
      readonly messageKey: Key;
      readonly messageName: string;
      readonly variables: JsonObject;
    }
  | {
      readonly type: "triggerSignal";
      readonly subscriptionKey: Key;
      readonly signalName: string;
      readonly variables: JsonObject;
    }
  | { readonly type: "setVariables"; readonly scopeKey: Key; readonly variables: JsonObject; readonly local: boolean }
  | { readonly type: "resolveIncident"; readonly incidentKey: Key; readonly retries?: number }
  | {
      readonly type: "activateAdHocElements";
      readonly adHocKey: Key;
      readonly elements: readonly { readonly elementId: string; readonly variables: JsonObject }[];
      readonly cancelRemainingInstances: boolean;
    }
  | {
      readonly type: "modifyInstance";
      readonly processInstanceKey: Key;
      readonly activate: readonly ActivateInstruction[];
      readonly terminate: readonly TerminateInstruction[];
      readonly move: readonly MoveInstruction[];
    }
  | {
      readonly type: "migrateInstance";
      readonly processInstanceKey: Key;
      readonly targetDefinitionKey: Key;
      readonly mappings: readonly { readonly sourceElementId: string; readonly targetElementId: string }[];
    }
  | { readonly type: "suspendInstance"; readonly processInstanceKey: Key }
  | { readonly type: "resumeInstance"; readonly processInstanceKey: Key }
  /** The plane's late answer on an asynchronous guard (pattern 3). */
  | {
      readonly type: "recordAsyncDecision";
      readonly elementInstanceKey: Key;
      readonly decisionId: string;
      readonly determination: "ALLOW" | "ALLOW_WITH_CONSTRAINTS" | "REQUIRE_APPROVAL" | "DENY";
      readonly constraints: readonly Constraint[];
      readonly reasonCodes: readonly string[];
      /** For what is released now. */
      readonly permit: string | null;
      /** REQUIRE_APPROVAL: what is asked of whom, and who had asked for the action (four eyes). */
      readonly approval?: ApprovalTerms;
      readonly requester?: Actor;
    }
  /** The permit of a guarded job does not hold any more (expired, its policy has changed): asked anew before anything runs. */
  | { readonly type: "judgeActionAgain"; readonly jobKey: Key }
  /** Declarative change of an agent's budget while it runs. */
  | {
      readonly type: "changeAgentBudget";
      readonly elementInstanceKey: Key;
      readonly budget: {
        readonly modelCallsMax?: number;
        readonly toolCallsMax?: number | null;
        readonly tokensMax?: number | null;
        readonly wallTimeMsMax?: number | null;
      };
    }
  | {
      readonly type: "interruptAgent";
      readonly elementInstanceKey: Key;
      readonly mode: "pause" | "terminate";
      readonly reason: string;
    };

export interface ActivateInstruction {
  readonly elementId: string;
  readonly ancestorElementInstanceKey?: Key;
  readonly variableInstructions: readonly { readonly variables: JsonObject; readonly scopeId: string | null }[];
}
export type TerminateInstruction = { readonly elementInstanceKey: Key } | { readonly elementId: string };
export interface MoveInstruction {
  readonly sourceElementId: string;
  readonly targetElementId: string;
  readonly variableInstructions: readonly { readonly variables: JsonObject; readonly scopeId: string | null }[];
}

export type JobResult =
  | {
      readonly type: "userTask";
      readonly denied: boolean;
      readonly deniedReason: string | null;
      readonly corrections: JsonObject;
    }
  | {
      readonly type: "adHocSubProcess";
      readonly activateElements: readonly { readonly elementId: string; readonly variables: JsonObject }[];
      readonly isCompletionConditionFulfilled: boolean;
      readonly isCancelRemainingInstances: boolean;
    };

/** What a native agent's turn leaves in the record: the request, the provider's raw body, what it proposed, what it cost. */
export interface AgentStepRecord {
  readonly model: string;
  readonly promptHash: string;
  /** Canonical request as sent. */
  readonly request: JsonValue;
  /** The provider's response before any post-processing; null when the call failed. */
  readonly response: JsonValue;
  /** SHA-256 (hex) over the canonical form of `response`; the decisions about what it proposed carry it. Null: no response. */
  readonly responseHash: string | null;
  readonly text: string | null;
  readonly toolCalls: readonly { readonly id: string; readonly name: string; readonly args: JsonObject }[];
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number };
  readonly startedAt: number;
  readonly durationMs: number;
  readonly error: string | null;
}
