/** Inputs and answers of the engine's commands. Shapes follow REST v2 where it has the call. */
import type {
  ActivateInstruction,
  MoveInstruction,
  StartInstruction,
  TerminateInstruction,
} from "../../core/command.ts";
import type { JsonObject, JsonValue, Key } from "../../core/json.ts";
import type { FilterOf } from "./filter.ts";
import type { DecisionInstanceFilter, ProcessInstanceFilter } from "./search.ts";

export interface CreateInstanceInput {
  /** Either the key of a definition, or its id (with a version; without: the latest). */
  readonly processDefinitionKey?: Key;
  readonly processDefinitionId?: string;
  readonly processDefinitionVersion?: number;
  readonly variables?: JsonObject;
  readonly tenantId?: string;
  readonly startInstructions?: readonly StartInstruction[];
  /** Ids of elements: when one of them has completed or was terminated, the instance is terminated. */
  readonly terminateAfter?: readonly string[];
  readonly tags?: readonly string[];
  readonly businessId?: string | null;
  /** Answer only when the instance has ended; `timeout` when it takes longer. */
  readonly awaitCompletion?: boolean;
  /** Names of root variables for the answer of awaitCompletion; empty or absent: all. */
  readonly fetchVariables?: readonly string[];
  /** Milliseconds to wait for completion; absent or 0: the engine's default (10 s). */
  readonly requestTimeoutMs?: number;
}

export interface CreatedInstance {
  readonly processDefinitionId: string;
  readonly processDefinitionVersion: number;
  readonly processDefinitionKey: Key;
  readonly processInstanceKey: Key;
  readonly tenantId: string;
  /** Empty unless awaited. */
  readonly variables: JsonObject;
  readonly tags: readonly string[];
  readonly businessId: string | null;
}

export interface ModifyInput {
  readonly activate?: readonly ActivateInstruction[];
  readonly terminate?: readonly TerminateInstruction[];
  readonly move?: readonly MoveInstruction[];
}

export interface MigrateInput {
  readonly targetProcessDefinitionKey: Key;
  readonly mappings: readonly { readonly sourceElementId: string; readonly targetElementId: string }[];
}

export interface PublishMessageInput {
  readonly name: string;
  /** Empty: only start events can take it. */
  readonly correlationKey?: string;
  /** Milliseconds; 0 = never buffered. */
  readonly timeToLiveMs?: number;
  readonly messageId?: string;
  readonly variables?: JsonObject;
  readonly tenantId?: string;
}
export interface PublishedMessage {
  readonly messageKey: Key;
  readonly tenantId: string;
}
export interface CorrelatedMessage extends PublishedMessage {
  readonly processInstanceKey: Key;
}
export interface BroadcastedSignal {
  readonly signalKey: Key;
  readonly tenantId: string;
}

export interface AssignUserTaskInput {
  readonly assignee: string;
  /** Default true; false: refuse when somebody else has it. */
  readonly allowOverride?: boolean;
  readonly action?: string;
}
export interface UpdateUserTaskInput {
  readonly candidateGroups?: readonly string[];
  readonly candidateUsers?: readonly string[];
  readonly dueDate?: string | null;
  readonly followUpDate?: string | null;
  readonly priority?: number;
  readonly action?: string;
}
export interface VoteInput {
  readonly verdict: "approve" | "reject" | "edit";
  readonly args?: JsonObject;
  readonly comment?: string | null;
}

export interface EvaluateDecisionInput {
  readonly decisionDefinitionKey?: Key;
  readonly decisionDefinitionId?: string;
  readonly variables?: JsonObject;
  readonly tenantId?: string;
}
export interface EvaluatedInput {
  readonly inputId: string;
  readonly inputName: string;
  /** JSON text */
  readonly inputValue: string;
}
export interface MatchedRule {
  readonly ruleId: string;
  readonly ruleIndex: number;
  readonly evaluatedOutputs: readonly {
    readonly outputId: string;
    readonly outputName: string;
    readonly outputValue: string;
    readonly ruleId: string | null;
    readonly ruleIndex: number | null;
  }[];
}
export interface EvaluatedDecisionItem {
  readonly decisionDefinitionId: string;
  readonly decisionDefinitionKey: Key;
  readonly decisionDefinitionName: string;
  readonly decisionDefinitionVersion: number;
  readonly decisionDefinitionType: string;
  readonly decisionEvaluationInstanceKey: string;
  readonly output: string;
  readonly tenantId: string;
  readonly matchedRules: readonly MatchedRule[];
  readonly evaluatedInputs: readonly EvaluatedInput[];
}
export interface EvaluatedDecisionResult {
  readonly decisionDefinitionId: string;
  readonly decisionDefinitionKey: Key;
  readonly decisionDefinitionName: string;
  readonly decisionDefinitionVersion: number;
  readonly decisionEvaluationKey: Key;
  readonly decisionInstanceKey: Key;
  readonly decisionRequirementsId: string;
  readonly decisionRequirementsKey: Key;
  readonly evaluatedDecisions: readonly EvaluatedDecisionItem[];
  readonly failedDecisionDefinitionId: string | null;
  readonly failureMessage: string | null;
  /** JSON text */
  readonly output: string;
  readonly tenantId: string;
}

export interface EvaluateConditionalsInput {
  readonly processDefinitionKey?: Key;
  readonly variables: JsonObject;
  readonly tenantId?: string;
}
export interface EvaluatedConditionals {
  readonly conditionalEvaluationKey: Key;
  readonly tenantId: string;
  readonly processInstances: readonly { readonly processDefinitionKey: Key; readonly processInstanceKey: Key }[];
}
export interface EvaluatedExpression {
  readonly expression: string;
  readonly result: JsonValue;
  readonly warnings: readonly { readonly message: string }[];
}

export type BatchOperationType =
  | "CANCEL_PROCESS_INSTANCE"
  | "RESOLVE_INCIDENT"
  | "MIGRATE_PROCESS_INSTANCE"
  | "MODIFY_PROCESS_INSTANCE"
  | "DELETE_PROCESS_INSTANCE"
  | "DELETE_PROCESS_DEFINITION"
  | "DELETE_DECISION_INSTANCE";
export type BatchOperationInput =
  | {
      readonly type: "CANCEL_PROCESS_INSTANCE" | "RESOLVE_INCIDENT" | "DELETE_PROCESS_INSTANCE";
      readonly filter: FilterOf<ProcessInstanceFilter>;
    }
  | {
      readonly type: "MIGRATE_PROCESS_INSTANCE";
      readonly filter: FilterOf<ProcessInstanceFilter>;
      readonly plan: MigrateInput;
    }
  | {
      readonly type: "MODIFY_PROCESS_INSTANCE";
      readonly filter: FilterOf<ProcessInstanceFilter>;
      readonly move: readonly { readonly sourceElementId: string; readonly targetElementId: string }[];
    }
  | { readonly type: "DELETE_DECISION_INSTANCE"; readonly filter: FilterOf<DecisionInstanceFilter> };
export interface CreatedBatchOperation {
  readonly batchOperationKey: Key;
  readonly batchOperationType: BatchOperationType;
}
