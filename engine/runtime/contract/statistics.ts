/** Numbers over many things: what operators' dashboards ask. Camunda 8.9 REST, the calls named "statistics", and usage. */
import type { Key } from "../../core/json.ts";
import type { CallContext } from "./context.ts";
import type { Condition, FilterOf } from "./filter.ts";
import type { MessageSubscriptionFilter } from "./search.ts";

/** From (included) until (excluded), ISO 8601. */
export interface TimeWindow {
  readonly from: string;
  readonly to: string;
}

export interface StatusMetric {
  readonly count: number;
  readonly lastUpdatedAt: string | null;
}

/** `failed`: what stands failed, or has thrown an error, at this moment; a job that succeeded later is completed only. */
export interface JobMetrics {
  readonly created: StatusMetric;
  readonly completed: StatusMetric;
  readonly failed: StatusMetric;
}

export interface JobTypeMetrics extends JobMetrics {
  readonly jobType: string;
  readonly workers: number;
}
export interface JobWorkerMetrics extends JobMetrics {
  readonly worker: string;
}
/** Only the intervals in which something happened. */
export interface JobIntervalMetrics extends JobMetrics {
  readonly time: string;
}
export interface JobErrorItem {
  readonly errorCode: string;
  readonly errorMessage: string;
  readonly workers: number;
}

/** Forwards only; in the order of the items' names or times. */
export interface ForwardPage {
  /** Default 100, at most 10,000. */
  readonly limit?: number;
  readonly after?: string;
}
export interface ForwardResult<Item> {
  readonly items: readonly Item[];
  readonly page: {
    readonly totalItems: number;
    readonly hasMoreTotalItems: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

export interface IncidentErrorItem {
  readonly errorHashCode: number;
  readonly errorMessage: string;
  readonly activeInstancesWithErrorCount: number;
}
export interface IncidentDefinitionItem {
  readonly processDefinitionId: string;
  readonly processDefinitionKey: Key;
  readonly processDefinitionName: string;
  readonly processDefinitionVersion: number;
  readonly tenantId: string;
  readonly activeInstancesWithErrorCount: number;
}

export interface SubscriptionDefinitionItem {
  readonly processDefinitionId: string;
  readonly tenantId: string;
  readonly processDefinitionKey: Key;
  readonly processInstancesWithActiveSubscriptions: number;
  readonly activeSubscriptions: number;
}

export interface Usage {
  /** Started root instances. */
  readonly processInstances: number;
  readonly decisionInstances: number;
  /** Different people whom user tasks that were open in the window have been given to. */
  readonly assignees: number;
}

export interface Statistics {
  readonly ofJobs: (window: TimeWindow & { readonly jobType?: string }, context: CallContext) => Promise<JobMetrics>;
  readonly ofJobTypes: (
    window: TimeWindow & { readonly jobType?: Condition<string> },
    page: ForwardPage,
    context: CallContext,
  ) => Promise<ForwardResult<JobTypeMetrics>>;
  readonly ofJobWorkers: (
    window: TimeWindow & { readonly jobType: string },
    page: ForwardPage,
    context: CallContext,
  ) => Promise<ForwardResult<JobWorkerMetrics>>;
  /** `resolution`: an ISO 8601 duration; absent, one that gives at most a hundred intervals. */
  readonly ofJobIntervals: (
    window: TimeWindow & { readonly jobType: string; readonly resolution?: string },
    page: ForwardPage,
    context: CallContext,
  ) => Promise<ForwardResult<JobIntervalMetrics>>;
  readonly ofJobErrors: (
    window: TimeWindow & {
      readonly jobType: string;
      readonly errorCode?: Condition<string>;
      readonly errorMessage?: Condition<string>;
    },
    page: ForwardPage,
    context: CallContext,
  ) => Promise<ForwardResult<JobErrorItem>>;
  /** Active incidents by their message, most frequent first; at most 10,000. */
  readonly ofIncidentErrors: (context: CallContext) => Promise<readonly IncidentErrorItem[]>;
  readonly ofIncidentDefinitions: (
    errorHashCode: number,
    context: CallContext,
  ) => Promise<readonly IncidentDefinitionItem[]>;
  readonly ofMessageSubscriptions: (
    filter: FilterOf<MessageSubscriptionFilter>,
    page: ForwardPage,
    context: CallContext,
  ) => Promise<ForwardResult<SubscriptionDefinitionItem>>;
  /** By tenant. */
  readonly ofUsage: (window: TimeWindow, context: CallContext) => Promise<ReadonlyMap<string, Usage>>;
}
