/** Searches: one typed method a resource, same grammar everywhere. Reads are consistent: what a command has acknowledged is found. */
import type { Key } from "../../core/json.ts";
import type { CallContext } from "./context.ts";
import type { Condition, FieldFilter, SearchRequest, SearchResult, VariableCondition } from "./filter.ts";
import type * as Items from "./items.ts";

export type ProcessDefinitionFilter = FieldFilter<Items.ProcessDefinitionItem> & { readonly isLatestVersion?: boolean };
export type ProcessInstanceFilter = FieldFilter<Omit<Items.ProcessInstanceItem, "tags">> & {
  readonly tags?: readonly string[];
  readonly variables?: readonly VariableCondition[];
  readonly elementId?: Condition<string>;
  readonly elementInstanceState?: Condition<string>;
  readonly hasElementInstanceIncident?: boolean;
  readonly errorMessage?: Condition<string>;
  /** Of an active incident's message, as the statistics of incidents name it. */
  readonly incidentErrorHashCode?: Condition<number>;
  readonly hasRetriesLeft?: boolean;
  readonly batchOperationKey?: Condition<string>;
};
export type ElementInstanceFilter = FieldFilter<Items.ElementInstanceItem>;
export type VariableFilter = FieldFilter<Items.VariableItem>;
export type JobFilter = FieldFilter<Omit<Items.JobItem, "customHeaders">>;
export type UserTaskFilter = FieldFilter<
  Omit<Items.UserTaskItem, "candidateGroups" | "candidateUsers" | "customHeaders" | "tags">
> & {
  readonly candidateGroup?: Condition<string>;
  readonly candidateUser?: Condition<string>;
  readonly tags?: readonly string[];
  readonly processInstanceVariables?: readonly VariableCondition[];
  readonly localVariables?: readonly VariableCondition[];
  /** Ours: only approval tasks, or the task of one approval. */
  readonly approvalId?: Condition<string>;
};
export type IncidentFilter = FieldFilter<Items.IncidentItem>;
export type DecisionDefinitionFilter = FieldFilter<Items.DecisionDefinitionItem> & {
  readonly isLatestVersion?: boolean;
};
export type DecisionRequirementsFilter = FieldFilter<Items.DecisionRequirementsItem>;
export type DecisionInstanceFilter = FieldFilter<Items.DecisionInstanceItem> & {
  readonly decisionRequirementsKey?: Condition<string>;
};
export type MessageSubscriptionFilter = FieldFilter<Items.MessageSubscriptionItem>;
export type CorrelatedMessageFilter = FieldFilter<Items.CorrelatedMessageItem>;
export type MessageFilter = FieldFilter<Items.MessageItem>;
export type FormFilter = FieldFilter<Omit<Items.FormItem, "schema">>;
export type ResourceFilter = FieldFilter<Items.ResourceItem>;
export type BatchOperationFilter = FieldFilter<Omit<Items.BatchOperationItem, "errors">>;
export type BatchOperationItemFilter = FieldFilter<Items.BatchOperationItemItem>;

type Search<Item, Filter> = (
  request: SearchRequest<Filter, Extract<keyof Item, string>>,
  context: CallContext,
) => Promise<SearchResult<Item>>;
type Get<Item> = (key: Key, context: CallContext) => Promise<Item>;

/** A field that cannot be sorted or filtered by is refused with `invalid`; a missing thing of a `get` with `notFound`. */
export interface Queries {
  readonly searchProcessDefinitions: Search<Items.ProcessDefinitionItem, ProcessDefinitionFilter>;
  readonly getProcessDefinition: Get<Items.ProcessDefinitionItem>;
  readonly getProcessDefinitionXml: Get<string>;
  /** The form of the none start event, or null. */
  readonly getStartForm: Get<Items.FormItem | null>;
  readonly searchProcessInstances: Search<Items.ProcessInstanceItem, ProcessInstanceFilter>;
  readonly getProcessInstance: Get<Items.ProcessInstanceItem>;
  /** From the root down to the instance. */
  readonly getCallHierarchy: Get<readonly Items.CallHierarchyItem[]>;
  readonly getSequenceFlows: Get<readonly Items.SequenceFlowItem[]>;
  readonly getElementStatistics: Get<readonly Items.ElementStatisticsItem[]>;
  /** Of all instances of a definition that pass the filter. */
  readonly getDefinitionElementStatistics: (
    definitionKey: Key,
    filter: ProcessInstanceFilter,
    context: CallContext,
  ) => Promise<readonly Items.ElementStatisticsItem[]>;
  readonly getDefinitionStatistics: (context: CallContext) => Promise<readonly Items.DefinitionStatisticsItem[]>;
  readonly searchElementInstances: Search<Items.ElementInstanceItem, ElementInstanceFilter>;
  readonly getElementInstance: Get<Items.ElementInstanceItem>;
  /** Values are cut at 8,191 characters unless `truncate` is false. */
  readonly searchVariables: (
    request: SearchRequest<VariableFilter, Extract<keyof Items.VariableItem, string>>,
    context: CallContext,
    options?: { readonly truncate?: boolean },
  ) => Promise<SearchResult<Items.VariableItem>>;
  readonly getVariable: Get<Items.VariableItem>;
  readonly searchJobs: Search<Items.JobItem, JobFilter>;
  readonly getJob: Get<Items.JobItem>;
  readonly searchUserTasks: Search<Items.UserTaskItem, UserTaskFilter>;
  readonly getUserTask: Get<Items.UserTaskItem>;
  readonly getUserTaskForm: Get<Items.FormItem | null>;
  /** Variables of the task's scope and of all scopes above it. */
  readonly searchUserTaskVariables: (
    userTaskKey: Key,
    request: SearchRequest<VariableFilter, Extract<keyof Items.VariableItem, string>>,
    context: CallContext,
    options?: { readonly truncate?: boolean },
  ) => Promise<SearchResult<Items.VariableItem>>;
  /** The same, but of each name only the innermost. */
  readonly searchUserTaskEffectiveVariables: (
    userTaskKey: Key,
    request: SearchRequest<VariableFilter, Extract<keyof Items.VariableItem, string>>,
    context: CallContext,
    options?: { readonly truncate?: boolean },
  ) => Promise<SearchResult<Items.VariableItem>>;
  readonly searchIncidents: Search<Items.IncidentItem, IncidentFilter>;
  readonly getIncident: Get<Items.IncidentItem>;
  /** Of the process instance and everything it called. */
  readonly searchProcessInstanceIncidents: (
    processInstanceKey: Key,
    request: SearchRequest<IncidentFilter, Extract<keyof Items.IncidentItem, string>>,
    context: CallContext,
  ) => Promise<SearchResult<Items.IncidentItem>>;
  readonly searchElementInstanceIncidents: (
    elementInstanceKey: Key,
    request: SearchRequest<IncidentFilter, Extract<keyof Items.IncidentItem, string>>,
    context: CallContext,
  ) => Promise<SearchResult<Items.IncidentItem>>;
  readonly searchDecisionDefinitions: Search<Items.DecisionDefinitionItem, DecisionDefinitionFilter>;
  readonly getDecisionDefinition: Get<Items.DecisionDefinitionItem>;
  readonly getDecisionDefinitionXml: Get<string>;
  readonly searchDecisionRequirements: Search<Items.DecisionRequirementsItem, DecisionRequirementsFilter>;
  readonly getDecisionRequirements: Get<Items.DecisionRequirementsItem>;
  readonly getDecisionRequirementsXml: Get<string>;
  readonly searchDecisionInstances: Search<Items.DecisionInstanceItem, DecisionInstanceFilter>;
  readonly getDecisionInstance: (
    decisionEvaluationInstanceKey: string,
    context: CallContext,
  ) => Promise<Items.DecisionInstanceDetail>;
  readonly searchMessageSubscriptions: Search<Items.MessageSubscriptionItem, MessageSubscriptionFilter>;
  readonly searchCorrelatedMessages: Search<Items.CorrelatedMessageItem, CorrelatedMessageFilter>;
  readonly searchMessages: Search<Items.MessageItem, MessageFilter>;
  readonly searchForms: Search<Items.FormItem, FormFilter>;
  readonly getForm: Get<Items.FormItem>;
  readonly searchResources: Search<Items.ResourceItem, ResourceFilter>;
  readonly getResource: Get<Items.ResourceItem>;
  readonly getResourceContent: Get<Uint8Array>;
  readonly searchBatchOperations: Search<Items.BatchOperationItem, BatchOperationFilter>;
  readonly getBatchOperation: Get<Items.BatchOperationItem>;
  readonly searchBatchOperationItems: Search<Items.BatchOperationItemItem, BatchOperationItemFilter>;
}
