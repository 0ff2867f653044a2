/** What searches answer, one type a resource. The fields and their order are those of REST v2; dates are ISO 8601. */
import type { JobKind, ListenerEventType } from "../../core/event.ts";
import type { IncidentType } from "../../core/failure.ts";
import type { Key } from "../../core/json.ts";
import type { BatchOperationType, EvaluatedInput, MatchedRule } from "./commands.ts";

export interface ProcessDefinitionItem {
  readonly name: string | null;
  readonly resourceName: string;
  readonly version: number;
  readonly versionTag: string | null;
  readonly processDefinitionId: string;
  readonly tenantId: string;
  readonly processDefinitionKey: Key;
  readonly hasStartForm: boolean;
  readonly state: "ACTIVE" | "DRAINING" | "DELETED";
}

/** SUSPENDED is ours: REST v2 of 8.9 has no suspension; `state` stays ACTIVE there and `suspended` says it. */
export interface ProcessInstanceItem {
  readonly processDefinitionId: string;
  readonly processDefinitionName: string | null;
  readonly processDefinitionVersion: number;
  readonly processDefinitionVersionTag: string | null;
  readonly startDate: string;
  readonly endDate: string | null;
  readonly state: "ACTIVE" | "COMPLETED" | "TERMINATED";
  readonly suspended: boolean;
  readonly hasIncident: boolean;
  readonly tenantId: string;
  readonly processInstanceKey: Key;
  readonly processDefinitionKey: Key;
  readonly parentProcessInstanceKey: Key | null;
  readonly parentElementInstanceKey: Key | null;
  readonly rootProcessInstanceKey: Key;
  readonly tags: readonly string[];
  readonly businessId: string | null;
}

export interface ElementInstanceItem {
  readonly processDefinitionId: string;
  readonly startDate: string;
  readonly endDate: string | null;
  readonly elementId: string;
  readonly elementName: string;
  /** Upper snake case: SERVICE_TASK, MULTI_INSTANCE_BODY … (ours beyond REST v2: TRANSACTION, COMPLEX_GATEWAY). */
  readonly type: string;
  readonly state: "ACTIVE" | "COMPLETED" | "TERMINATED";
  readonly hasIncident: boolean;
  readonly tenantId: string;
  readonly elementInstanceKey: Key;
  readonly processInstanceKey: Key;
  readonly rootProcessInstanceKey: Key;
  readonly processDefinitionKey: Key;
  readonly incidentKey: Key | null;
  /** Ours: the enclosing element instance. */
  readonly elementInstanceScopeKey: Key | null;
}

export interface VariableItem {
  readonly name: string;
  /** JSON text; cut when isTruncated. */
  readonly value: string;
  readonly isTruncated: boolean;
  readonly tenantId: string;
  readonly variableKey: Key;
  readonly scopeKey: Key;
  readonly processInstanceKey: Key;
  readonly rootProcessInstanceKey: Key;
}

export type JobState =
  | "CREATED"
  | "COMPLETED"
  | "FAILED"
  | "ERROR_THROWN"
  | "CANCELED"
  | "RETRIES_UPDATED"
  | "TIMED_OUT"
  | "MIGRATED";
export interface JobItem {
  readonly customHeaders: Readonly<Record<string, string>>;
  readonly deadline: string | null;
  readonly deniedReason: string | null;
  readonly elementId: string;
  readonly elementInstanceKey: Key;
  readonly endTime: string | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly hasFailedWithRetriesLeft: boolean;
  readonly isDenied: boolean | null;
  readonly jobKey: Key;
  readonly kind: JobKind;
  readonly listenerEventType: ListenerEventType;
  readonly processDefinitionId: string;
  readonly processDefinitionKey: Key;
  readonly processInstanceKey: Key;
  readonly rootProcessInstanceKey: Key;
  readonly retries: number;
  readonly state: JobState;
  readonly tenantId: string;
  readonly type: string;
  readonly worker: string;
  readonly creationTime: string;
  readonly lastUpdateTime: string;
  /** Ours: decision that let a guarded job through. */
  readonly decisionId: string | null;
}

export type UserTaskState =
  | "CREATING"
  | "CREATED"
  | "ASSIGNING"
  | "UPDATING"
  | "COMPLETING"
  | "COMPLETED"
  | "CANCELING"
  | "CANCELED"
  | "FAILED";
export interface UserTaskItem {
  readonly name: string | null;
  readonly state: UserTaskState;
  readonly assignee: string | null;
  readonly elementId: string;
  readonly candidateGroups: readonly string[];
  readonly candidateUsers: readonly string[];
  readonly processDefinitionId: string;
  readonly creationDate: string;
  readonly completionDate: string | null;
  readonly followUpDate: string | null;
  readonly dueDate: string | null;
  readonly tenantId: string;
  readonly externalFormReference: string | null;
  readonly processDefinitionVersion: number;
  /** Carries `interlock:approvalId` on approval tasks. */
  readonly customHeaders: Readonly<Record<string, string>>;
  readonly priority: number;
  readonly userTaskKey: Key;
  readonly elementInstanceKey: Key;
  readonly processName: string | null;
  readonly processDefinitionKey: Key;
  readonly processInstanceKey: Key;
  readonly rootProcessInstanceKey: Key;
  readonly formKey: Key | null;
  readonly tags: readonly string[];
}

export interface IncidentItem {
  readonly processDefinitionId: string;
  readonly errorType: IncidentType;
  readonly errorMessage: string;
  readonly elementId: string;
  readonly creationTime: string;
  readonly state: "ACTIVE" | "RESOLVED";
  readonly tenantId: string;
  readonly incidentKey: Key;
  readonly processDefinitionKey: Key;
  readonly processInstanceKey: Key;
  readonly rootProcessInstanceKey: Key;
  readonly elementInstanceKey: Key;
  readonly jobKey: Key | null;
}

export interface DecisionDefinitionItem {
  readonly decisionDefinitionId: string;
  readonly decisionDefinitionKey: Key;
  readonly decisionRequirementsId: string;
  readonly decisionRequirementsKey: Key;
  readonly decisionRequirementsName: string;
  readonly decisionRequirementsVersion: number;
  readonly name: string;
  readonly tenantId: string;
  readonly version: number;
}
export interface DecisionRequirementsItem {
  readonly decisionRequirementsId: string;
  readonly decisionRequirementsKey: Key;
  readonly decisionRequirementsName: string;
  readonly resourceName: string;
  readonly tenantId: string;
  readonly version: number;
}
export interface DecisionInstanceItem {
  readonly decisionDefinitionId: string;
  readonly decisionDefinitionKey: Key;
  readonly decisionDefinitionName: string;
  readonly decisionDefinitionType: string;
  readonly decisionDefinitionVersion: number;
  /** `<decisionEvaluationKey>-<index>` */
  readonly decisionEvaluationInstanceKey: string;
  readonly decisionEvaluationKey: Key;
  readonly elementInstanceKey: Key | null;
  readonly evaluationDate: string;
  readonly evaluationFailure: string | null;
  readonly processDefinitionKey: Key | null;
  readonly processInstanceKey: Key | null;
  readonly result: string;
  readonly rootDecisionDefinitionKey: Key;
  readonly rootProcessInstanceKey: Key | null;
  readonly state: "EVALUATED" | "FAILED" | "UNSPECIFIED";
  readonly tenantId: string;
}
export interface DecisionInstanceDetail extends DecisionInstanceItem {
  readonly evaluatedInputs: readonly EvaluatedInput[];
  readonly matchedRules: readonly MatchedRule[];
}

export interface MessageSubscriptionItem {
  readonly messageSubscriptionKey: Key;
  readonly processDefinitionId: string;
  readonly processDefinitionKey: Key;
  /** Null for the start event of a definition. */
  readonly processInstanceKey: Key | null;
  readonly rootProcessInstanceKey: Key | null;
  readonly elementId: string;
  readonly elementInstanceKey: Key | null;
  readonly messageSubscriptionState: "CREATED" | "CORRELATED" | "DELETED" | "MIGRATED";
  readonly lastUpdatedDate: string;
  readonly messageName: string;
  readonly correlationKey: string | null;
  readonly tenantId: string;
}
export interface CorrelatedMessageItem {
  readonly correlationKey: string | null;
  readonly correlationTime: string;
  readonly elementId: string;
  readonly elementInstanceKey: Key | null;
  readonly messageKey: Key;
  readonly messageName: string;
  readonly partitionId: number;
  readonly processDefinitionId: string;
  readonly processDefinitionKey: Key;
  readonly processInstanceKey: Key;
  readonly rootProcessInstanceKey: Key;
  readonly subscriptionKey: Key;
  readonly tenantId: string;
}
/** Ours: buffered messages. */
export interface MessageItem {
  readonly messageKey: Key;
  readonly name: string;
  readonly correlationKey: string;
  readonly messageId: string | null;
  readonly publishedAt: string;
  readonly expiresAt: string;
  readonly tenantId: string;
}

export interface SequenceFlowItem {
  readonly sequenceFlowId: string;
  readonly processInstanceKey: Key;
  readonly rootProcessInstanceKey: Key;
  readonly processDefinitionKey: Key;
  readonly processDefinitionId: string;
  /** Id of the sequence flow, as REST v2 has it. */
  readonly elementId: string;
  readonly tenantId: string;
}
export interface ElementStatisticsItem {
  readonly elementId: string;
  readonly active: number;
  readonly canceled: number;
  readonly incidents: number;
  readonly completed: number;
}
export interface CallHierarchyItem {
  readonly processInstanceKey: Key;
  readonly processDefinitionKey: Key;
  readonly processDefinitionName: string;
}

export interface FormItem {
  readonly tenantId: string;
  readonly formId: string;
  /** JSON text */
  readonly schema: string;
  readonly version: number;
  readonly formKey: Key;
}
export interface ResourceItem {
  readonly resourceName: string;
  readonly version: number;
  readonly versionTag: string | null;
  readonly resourceId: string;
  readonly tenantId: string;
  readonly resourceKey: Key;
}

export interface BatchOperationItem {
  readonly batchOperationKey: Key;
  readonly state: "CREATED" | "ACTIVE" | "SUSPENDED" | "COMPLETED" | "PARTIALLY_COMPLETED" | "CANCELED" | "FAILED";
  readonly batchOperationType: BatchOperationType;
  readonly startDate: string | null;
  readonly endDate: string | null;
  readonly actorType: string | null;
  readonly actorId: string | null;
  readonly operationsTotalCount: number;
  readonly operationsFailedCount: number;
  readonly operationsCompletedCount: number;
  readonly errors: readonly {
    readonly partitionId: number;
    readonly type: "QUERY_FAILED" | "RESULT_BUFFER_SIZE_EXCEEDED";
    readonly message: string;
  }[];
}
export interface BatchOperationItemItem {
  readonly operationType: BatchOperationType;
  readonly batchOperationKey: Key;
  readonly itemKey: Key;
  readonly processInstanceKey: Key;
  readonly rootProcessInstanceKey: Key | null;
  readonly state: "ACTIVE" | "COMPLETED" | "SKIPPED" | "CANCELED" | "FAILED";
  readonly processedDate: string | null;
  readonly errorMessage: string | null;
}

export interface DefinitionStatisticsItem {
  readonly processDefinitionId: string;
  readonly processDefinitionKey: Key;
  readonly processDefinitionVersion: number;
  readonly processDefinitionName: string | null;
  readonly tenantId: string;
  readonly activeInstancesWithIncidentCount: number;
  readonly activeInstancesWithoutIncidentCount: number;
}
