/** Numbers over many things, for dashboards: jobs, incidents, message subscriptions, use. */
import { z } from "zod";
import type { ForwardPage } from "../../engine/index.ts";
import { on, onProcess } from "../auth/resource-permissions.ts";
import { type Operation, operation } from "../http/operation.ts";
import { dateText, pageAnswer, shortText, sortList, tenantText, textFilter } from "../http/search.ts";
import { contextOf } from "./context.ts";
import { messageSubscriptionFilter } from "./messages.ts";
import { ok, okReply } from "./replies.ts";
import { pageOf, slicePage } from "./slice-page.ts";

const jobGroup = "Job";
const jobTypeText = z.string().min(1).max(1024);
const window = { from: dateText, to: dateText };
const forwardPage = z
  .strictObject({ after: shortText.optional(), limit: z.int().min(1).max(10_000).optional() })
  .meta({ id: "ForwardPage", description: "Page by limit (100) and forward cursor (after)." });

const statusMetric = z
  .object({ count: z.int(), lastUpdatedAt: z.string().nullable() })
  .meta({ id: "StatusMetric", description: "How many, and when the last of them came to be so." });
const metrics = { created: statusMetric, completed: statusMetric, failed: statusMetric };

/** Numbers of all jobs, or of those of some processes. */
const ofJobs = [...on("SYSTEM", "READ_JOB_METRIC"), ...onProcess("READ_PROCESS_INSTANCE")];

/** Absent members stay absent: the engine tells them from null. */
function pageIn(page: z.output<typeof forwardPage> | undefined): ForwardPage {
  return (page ?? {}) as ForwardPage;
}

/** A grouped answer over the jobs of a window. */
function jobStatistics<Filter extends z.ZodType, Item extends z.ZodType>(spec: {
  readonly id: string;
  readonly word: string;
  readonly summary: string;
  readonly filter: Filter;
  readonly item: Item;
  readonly method: "ofJobTypes" | "ofJobWorkers" | "ofJobIntervals" | "ofJobErrors";
}): Operation {
  return operation({
    id: spec.id,
    grants: ofJobs,
    method: "post",
    path: `/jobs/statistics/${spec.word}`,
    group: jobGroup,
    summary: spec.summary,
    access: "job:read",
    body: {
      kind: "json",
      optional: false,
      schema: z.strictObject({ filter: spec.filter, page: forwardPage.optional() }),
    },
    replies: okReply(z.object({ items: z.array(spec.item), page: pageAnswer })),
    async handle({ body, services, caller }) {
      const { filter, page } = body as { filter: unknown; page?: z.output<typeof forwardPage> };
      // Checked against the schema of this call, which is what the engine's method takes.
      return ok(await services.engine.statistics[spec.method](filter as never, pageIn(page), contextOf(caller)));
    },
  });
}

const jobs: readonly Operation[] = [
  operation({
    id: "getGlobalJobStatistics",
    grants: ofJobs,
    method: "get",
    path: "/jobs/statistics/global",
    group: jobGroup,
    summary: "Count the jobs that were created, completed and that stand failed in a window of time",
    access: "job:read",
    query: z.strictObject({ ...window, jobType: jobTypeText.optional() }),
    replies: okReply(z.object({ ...metrics, isIncomplete: z.boolean() })),
    async handle({ query, services, caller }) {
      const { from, to, jobType } = query;
      const given = { from, to, ...(jobType === undefined ? {} : { jobType }) };
      return ok({ ...(await services.engine.statistics.ofJobs(given, contextOf(caller))), isIncomplete: false });
    },
  }),
  jobStatistics({
    id: "getJobTypeStatistics",
    word: "by-types",
    summary: "Count jobs by type",
    filter: z.strictObject({ ...window, jobType: textFilter.optional() }),
    item: z.object({ jobType: z.string(), ...metrics, workers: z.int() }),
    method: "ofJobTypes",
  }),
  jobStatistics({
    id: "getJobWorkerStatistics",
    word: "by-workers",
    summary: "Count the jobs of one type by worker",
    filter: z.strictObject({ ...window, jobType: jobTypeText }),
    item: z.object({ worker: z.string(), ...metrics }),
    method: "ofJobWorkers",
  }),
  jobStatistics({
    id: "getJobTimeSeriesStatistics",
    word: "time-series",
    summary: "Count the jobs of one type by intervals of time; those without any job are left out",
    filter: z.strictObject({ ...window, jobType: jobTypeText, resolution: z.string().max(100).optional() }),
    item: z.object({ time: z.string(), ...metrics }),
    method: "ofJobIntervals",
  }),
  jobStatistics({
    id: "getJobErrorStatistics",
    word: "errors",
    summary: "List the errors with which jobs of one type stand failed",
    filter: z.strictObject({
      ...window,
      jobType: jobTypeText,
      errorCode: textFilter.optional(),
      errorMessage: textFilter.optional(),
    }),
    item: z.object({ errorCode: z.string(), errorMessage: z.string(), workers: z.int() }),
    method: "ofJobErrors",
  }),
];

const incidents: readonly Operation[] = [
  operation({
    id: "getProcessInstanceStatisticsByError",
    method: "post",
    path: "/incidents/statistics/process-instances-by-error",
    group: "Incident",
    summary: "Count the process instances with active incidents by error message",
    access: "instance:read",
    grants: onProcess("READ_PROCESS_INSTANCE"),
    body: {
      kind: "json",
      optional: true,
      schema: z.strictObject({
        page: pageOf.optional(),
        sort: sortList(["errorMessage", "activeInstancesWithErrorCount"]).optional(),
      }),
    },
    replies: okReply(
      z.object({
        items: z.array(
          z.object({ errorHashCode: z.int(), errorMessage: z.string(), activeInstancesWithErrorCount: z.int() }),
        ),
        page: pageAnswer,
      }),
    ),
    handle: async ({ body, services, caller }) =>
      ok(slicePage(await services.engine.statistics.ofIncidentErrors(contextOf(caller)), body)),
  }),
  operation({
    id: "getProcessInstanceStatisticsByDefinition",
    method: "post",
    path: "/incidents/statistics/process-instances-by-definition",
    group: "Incident",
    summary: "Count the process instances with one error by process definition",
    access: "instance:read",
    grants: onProcess("READ_PROCESS_INSTANCE"),
    body: {
      kind: "json",
      optional: false,
      schema: z.strictObject({
        filter: z.strictObject({
          errorHashCode: z
            .int()
            .min(-(2 ** 31))
            .max(2 ** 31 - 1),
        }),
        page: pageOf.optional(),
        sort: sortList(["activeInstancesWithErrorCount", "processDefinitionKey", "tenantId"]).optional(),
      }),
    },
    replies: okReply(
      z.object({
        items: z.array(
          z.object({
            processDefinitionId: z.string(),
            processDefinitionKey: z.string(),
            processDefinitionName: z.string(),
            processDefinitionVersion: z.int(),
            tenantId: z.string(),
            activeInstancesWithErrorCount: z.int(),
          }),
        ),
        page: pageAnswer,
      }),
    ),
    async handle({ body, services, caller }) {
      const { errorHashCode } = body.filter;
      return ok(
        slicePage(await services.engine.statistics.ofIncidentDefinitions(errorHashCode, contextOf(caller)), body),
      );
    },
  }),
];

const usageItem = { processInstances: z.int(), decisionInstances: z.int(), assignees: z.int() };

const others: readonly Operation[] = [
  operation({
    id: "getProcessDefinitionMessageSubscriptionStatistics",
    method: "post",
    path: "/process-definitions/statistics/message-subscriptions",
    group: "Process definition",
    summary: "Count open message subscriptions by process definition",
    access: "instance:read",
    grants: onProcess("READ_PROCESS_INSTANCE"),
    body: {
      kind: "json",
      optional: true,
      schema: z.strictObject({ filter: messageSubscriptionFilter.optional(), page: forwardPage.optional() }),
    },
    replies: okReply(
      z.object({
        items: z.array(
          z.object({
            processDefinitionId: z.string(),
            tenantId: z.string(),
            processDefinitionKey: z.string(),
            processInstancesWithActiveSubscriptions: z.int(),
            activeSubscriptions: z.int(),
          }),
        ),
        page: pageAnswer,
      }),
    ),
    async handle({ body, services, caller }) {
      const { ofMessageSubscriptions } = services.engine.statistics;
      return ok(await ofMessageSubscriptions((body.filter ?? {}) as never, pageIn(body.page), contextOf(caller)));
    },
  }),
  operation({
    id: "getUsageMetrics",
    method: "get",
    path: "/system/usage-metrics",
    group: "System",
    summary: "Count what was used in a window of time",
    access: "cluster:read",
    grants: on("SYSTEM", "READ_USAGE_METRIC"),
    query: z.strictObject({
      startTime: dateText,
      endTime: dateText,
      tenantId: tenantText.optional(),
      withTenants: z.enum(["true", "false"]).optional(),
    }),
    replies: okReply(
      z.object({ ...usageItem, activeTenants: z.int(), tenants: z.record(z.string(), z.object(usageItem)) }),
    ),
    async handle({ query, services, caller }) {
      const { startTime, endTime, tenantId, withTenants } = query;
      const whole = await services.engine.statistics.ofUsage({ from: startTime, to: endTime }, contextOf(caller));
      const used = [...whole].filter(([tenant]) => tenantId === undefined || tenant === tenantId);
      const sum = (name: keyof typeof usageItem): number => used.reduce((total, [, usage]) => total + usage[name], 0);
      return ok({
        processInstances: sum("processInstances"),
        decisionInstances: sum("decisionInstances"),
        assignees: sum("assignees"),
        activeTenants: used.length,
        tenants: withTenants === "true" ? Object.fromEntries(used) : {},
      });
    },
  }),
];

export const statisticsOperations: readonly Operation[] = [...jobs, ...incidents, ...others];
