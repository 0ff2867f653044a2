/** /v2/jobs: work for workers. Activation is a long poll: it waits on the server until there is a job or the time is over. */
import { z } from "zod";
import { onProcess } from "../auth/resource-permissions.ts";
import { operation } from "../http/operation.ts";
import {
  dateFilter,
  enumFilter,
  keyFilter,
  keyText,
  numberFilter,
  operationReference,
  tenantText,
  textFilter,
  variablesObject,
} from "../http/search.ts";
import { contextOf, tenantOf } from "./context.ts";
import {
  activatedJob,
  completion,
  completionInput,
  jobItem,
  jobKinds,
  jobStates,
  listenerEvents,
} from "./job-schemas.ts";
import { emptyReply, noContent, ok, okReply, searchOperation } from "./replies.ts";

const group = "Job";
const params = z.strictObject({ jobKey: keyText });
const errorText = z.string().max(100_000);
export const jobOperations = [
  operation({
    id: "activateJobs",
    method: "post",
    path: "/jobs/activation",
    group,
    summary: "Take jobs of a type, waiting for one if there is none",
    access: "job:work",
    grants: onProcess("UPDATE_PROCESS_INSTANCE"),
    waits: true,
    body: {
      kind: "json",
      optional: false,
      schema: z.strictObject({
        type: z.string().min(1).max(1024),
        worker: z.string().max(256).optional(),
        timeout: z.int().min(1).meta({ description: "How long the jobs are the worker's, in milliseconds." }),
        maxJobsToActivate: z.int().min(1).max(10_000),
        fetchVariable: z.array(z.string().max(256)).max(1000).optional(),
        requestTimeout: z
          .int()
          .optional()
          .meta({ description: "Milliseconds to wait; 0: the server's default; negative: not at all." }),
        tenantIds: z.array(tenantText).max(100).optional(),
        tenantFilter: z.enum(["PROVIDED", "ASSIGNED"]).optional(),
      }),
    },
    replies: okReply(z.object({ jobs: z.array(activatedJob) })),
    async handle({ body, services, caller, signal }) {
      const assigned = body.tenantFilter === "ASSIGNED";
      const jobs = await services.engine.activateJobs(
        {
          type: body.type,
          timeoutMs: body.timeout,
          maxJobsToActivate: body.maxJobsToActivate,
          tenantIds: assigned
            ? caller.tenantIds
            : (body.tenantIds ?? ["<default>"]).map((tenantId) => tenantOf(caller, tenantId)),
          signal,
          ...(body.worker === undefined ? {} : { worker: body.worker }),
          ...(body.requestTimeout === undefined ? {} : { requestTimeoutMs: body.requestTimeout }),
          ...(body.fetchVariable === undefined ? {} : { fetchVariables: body.fetchVariable }),
        },
        contextOf(caller),
      );
      return ok({ jobs });
    },
  }),
  operation({
    id: "completeJob",
    method: "post",
    path: "/jobs/{jobKey}/completion",
    group,
    summary: "Complete a job",
    access: "job:work",
    grants: onProcess("UPDATE_PROCESS_INSTANCE"),
    params,
    body: { kind: "json", optional: true, schema: completion },
    replies: emptyReply,
    async handle({ params, body, services, caller }) {
      await services.engine.completeJob(params.jobKey, completionInput(body), contextOf(caller));
      return noContent;
    },
  }),
  operation({
    id: "failJob",
    method: "post",
    path: "/jobs/{jobKey}/failure",
    group,
    summary: "Report that a job failed; without retries left this raises an incident",
    access: "job:work",
    grants: onProcess("UPDATE_PROCESS_INSTANCE"),
    params,
    body: {
      kind: "json",
      optional: true,
      schema: z.strictObject({
        retries: z.int().max(2_147_483_647).optional(),
        errorMessage: errorText.nullable().optional(),
        retryBackOff: z.int().min(0).optional(),
        variables: variablesObject.nullable().optional(),
      }),
    },
    replies: emptyReply,
    async handle({ params, body, services, caller }) {
      await services.engine.failJob(
        params.jobKey,
        {
          retries: Math.max(0, body.retries ?? 0),
          errorMessage: body.errorMessage ?? "",
          retryBackOffMs: body.retryBackOff ?? 0,
          ...(body.variables == null ? {} : { variables: body.variables }),
        },
        contextOf(caller),
      );
      return noContent;
    },
  }),
  operation({
    id: "throwJobError",
    method: "post",
    path: "/jobs/{jobKey}/error",
    group,
    summary: "Throw a BPMN error from a job",
    access: "job:work",
    grants: onProcess("UPDATE_PROCESS_INSTANCE"),
    params,
    body: {
      kind: "json",
      optional: false,
      schema: z.strictObject({
        errorCode: z.string().min(1).max(1024),
        errorMessage: errorText.nullable().optional(),
        variables: variablesObject.nullable().optional(),
      }),
    },
    replies: emptyReply,
    async handle({ params, body, services, caller }) {
      await services.engine.throwJobError(
        params.jobKey,
        {
          errorCode: body.errorCode,
          errorMessage: body.errorMessage ?? "",
          ...(body.variables == null ? {} : { variables: body.variables }),
        },
        contextOf(caller),
      );
      return noContent;
    },
  }),
  operation({
    id: "updateJob",
    method: "patch",
    path: "/jobs/{jobKey}",
    group,
    summary: "Change the retries of a job, or how long its worker has it",
    access: "job:update",
    grants: onProcess("UPDATE_PROCESS_INSTANCE"),
    params,
    body: {
      kind: "json",
      optional: false,
      schema: z.strictObject({
        changeset: z
          .strictObject({
            retries: z.int().min(1).nullable().optional(),
            timeout: z.int().min(1).nullable().optional(),
          })
          .refine((changes) => changes.retries != null || changes.timeout != null, {
            message: "Expected retries or timeout, but found neither",
          }),
        operationReference: operationReference.optional(),
      }),
    },
    replies: emptyReply,
    async handle({ params, body: { changeset }, services, caller }) {
      const changes = {
        ...(changeset.retries == null ? {} : { retries: changeset.retries }),
        ...(changeset.timeout == null ? {} : { timeoutMs: changeset.timeout }),
      };
      await services.engine.updateJob(params.jobKey, changes, contextOf(caller));
      return noContent;
    },
  }),
  searchOperation({
    id: "searchJobs",
    path: "/jobs/search",
    group,
    summary: "Search jobs",
    access: "job:read",
    grants: onProcess("READ_PROCESS_INSTANCE"),
    filter: z.strictObject({
      deadline: dateFilter.nullable().optional(),
      deniedReason: textFilter.optional(),
      elementId: textFilter.optional(),
      elementInstanceKey: keyFilter.optional(),
      endTime: dateFilter.optional(),
      errorCode: textFilter.optional(),
      errorMessage: textFilter.optional(),
      hasFailedWithRetriesLeft: z.boolean().optional(),
      isDenied: z.boolean().nullable().optional(),
      jobKey: keyFilter.optional(),
      kind: enumFilter(jobKinds).optional(),
      listenerEventType: enumFilter(listenerEvents).optional(),
      processDefinitionId: textFilter.optional(),
      processDefinitionKey: keyFilter.optional(),
      processInstanceKey: keyFilter.optional(),
      rootProcessInstanceKey: keyFilter.optional(),
      retries: numberFilter.optional(),
      state: enumFilter(jobStates).optional(),
      tenantId: textFilter.optional(),
      type: textFilter.optional(),
      worker: textFilter.optional(),
      creationTime: dateFilter.optional(),
      lastUpdateTime: dateFilter.optional(),
    }),
    sorts: [
      "deadline",
      "deniedReason",
      "elementId",
      "elementInstanceKey",
      "endTime",
      "errorCode",
      "errorMessage",
      "hasFailedWithRetriesLeft",
      "isDenied",
      "jobKey",
      "kind",
      "listenerEventType",
      "processDefinitionId",
      "processDefinitionKey",
      "processInstanceKey",
      "retries",
      "state",
      "tenantId",
      "type",
      "worker",
    ],
    item: jobItem,
    run: (request, { engine, context }) => engine.queries.searchJobs(request, context),
  }),
];
