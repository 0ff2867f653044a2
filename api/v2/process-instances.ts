/** /v2/process-instances: start, look, search. What changes an instance stands in process-instance-operations.ts. */
import { z } from "zod";
import { onProcess } from "../auth/resource-permissions.ts";
import { operation } from "../http/operation.ts";
import { keyText, operationReference, tagList, tenantText, variablesObject } from "../http/search.ts";
import { contextOf, tenantOf } from "./context.ts";
import { incidentFilter, incidentItem, incidentSorts, presentIncident } from "./incidents.ts";
import { elementStatistics, processInstanceFilter } from "./process-instance-filter.ts";
import { ok, okReply, searchOperation } from "./replies.ts";

const group = "Process instance";
const params = z.strictObject({ processInstanceKey: keyText });

export const processInstanceItem = z
  .object({
    processDefinitionId: z.string(),
    processDefinitionName: z.string().nullable(),
    processDefinitionVersion: z.int(),
    processDefinitionVersionTag: z.string().nullable(),
    startDate: z.string(),
    endDate: z.string().nullable(),
    state: z.enum(["ACTIVE", "COMPLETED", "TERMINATED"]),
    suspended: z.boolean().meta({ description: "Ours: a suspended instance is ACTIVE and does nothing." }),
    hasIncident: z.boolean(),
    tenantId: z.string(),
    processInstanceKey: z.string(),
    processDefinitionKey: z.string(),
    parentProcessInstanceKey: z.string().nullable(),
    parentElementInstanceKey: z.string().nullable(),
    rootProcessInstanceKey: z.string().nullable(),
    tags: z.array(z.string()),
    businessId: z.string().nullable(),
  })
  .meta({ id: "ProcessInstance" });

const creation = z
  .strictObject({
    processDefinitionKey: keyText.optional(),
    processDefinitionId: z.string().min(1).max(256).optional(),
    processDefinitionVersion: z.int().min(-1).optional(),
    variables: variablesObject.optional(),
    tenantId: tenantText.optional(),
    operationReference: operationReference.optional(),
    startInstructions: z
      .array(z.strictObject({ elementId: z.string().min(1).max(256) }))
      .max(100)
      .optional(),
    runtimeInstructions: z
      .array(
        z.strictObject({
          type: z.literal("TERMINATE_PROCESS_INSTANCE").optional(),
          afterElementId: z.string().min(1).max(256),
        }),
      )
      .max(100)
      .optional(),
    awaitCompletion: z.boolean().optional(),
    fetchVariables: z.array(z.string().max(256)).max(1000).optional(),
    requestTimeout: z.int().optional().meta({ description: "Milliseconds; 0: the server's default." }),
    tags: tagList.optional(),
    businessId: z.string().min(1).max(256).nullable().optional(),
  })
  .refine((body) => (body.processDefinitionKey === undefined) !== (body.processDefinitionId === undefined), {
    message: "Expected either processDefinitionKey or processDefinitionId, but found both or neither",
  })
  .meta({
    id: "ProcessInstanceCreation",
    description: "By processDefinitionKey, or by processDefinitionId with a version (without, or -1: the latest).",
  });

export const processInstanceOperations = [
  operation({
    id: "createProcessInstance",
    method: "post",
    path: "/process-instances",
    group,
    summary: "Start a process instance; with awaitCompletion, answer when it has ended",
    access: "instance:start",
    grants: onProcess("CREATE_PROCESS_INSTANCE"),
    body: { kind: "json", optional: false, schema: creation },
    replies: okReply(
      z.object({
        processDefinitionId: z.string(),
        processDefinitionVersion: z.int(),
        tenantId: z.string(),
        variables: z.record(z.string(), z.unknown()),
        processDefinitionKey: z.string(),
        processInstanceKey: z.string(),
        tags: z.array(z.string()),
        businessId: z.string().nullable(),
      }),
      "The instance that was started.",
    ),
    async handle({ body, services, caller }) {
      const {
        requestTimeout,
        operationReference: _,
        runtimeInstructions,
        processDefinitionVersion,
        tenantId,
        ...input
      } = body;
      return ok(
        await services.engine.createInstance(
          {
            ...input,
            tenantId: tenantOf(caller, tenantId),
            ...(runtimeInstructions === undefined
              ? {}
              : { terminateAfter: runtimeInstructions.map(({ afterElementId }) => afterElementId) }),
            ...(processDefinitionVersion === undefined || processDefinitionVersion === -1
              ? {}
              : { processDefinitionVersion }),
            ...(requestTimeout === undefined ? {} : { requestTimeoutMs: requestTimeout }),
          },
          contextOf(caller),
        ),
      );
    },
  }),
  searchOperation({
    id: "searchProcessInstances",
    path: "/process-instances/search",
    group,
    summary: "Search process instances",
    access: "instance:read",
    grants: onProcess("READ_PROCESS_INSTANCE"),
    filter: processInstanceFilter,
    sorts: [
      "processInstanceKey",
      "processDefinitionId",
      "processDefinitionName",
      "processDefinitionVersion",
      "processDefinitionVersionTag",
      "processDefinitionKey",
      "parentProcessInstanceKey",
      "parentElementInstanceKey",
      "startDate",
      "endDate",
      "state",
      "hasIncident",
      "tenantId",
      "businessId",
    ],
    item: processInstanceItem,
    run: (request, { engine, context }) => engine.queries.searchProcessInstances(request, context),
  }),
  operation({
    id: "getProcessInstance",
    method: "get",
    path: "/process-instances/{processInstanceKey}",
    group,
    summary: "Get a process instance",
    access: "instance:read",
    grants: onProcess("READ_PROCESS_INSTANCE"),
    params,
    replies: okReply(processInstanceItem),
    handle: async ({ params, services, caller }) =>
      ok(await services.engine.queries.getProcessInstance(params.processInstanceKey, contextOf(caller))),
  }),
  operation({
    id: "getProcessInstanceCallHierarchy",
    method: "get",
    path: "/process-instances/{processInstanceKey}/call-hierarchy",
    group,
    summary: "Get the chain of callers, from the root down",
    access: "instance:read",
    grants: onProcess("READ_PROCESS_INSTANCE"),
    params,
    replies: okReply(
      z.array(
        z.object({
          processInstanceKey: z.string(),
          processDefinitionKey: z.string(),
          processDefinitionName: z.string(),
        }),
      ),
    ),
    handle: async ({ params, services, caller }) =>
      ok(await services.engine.queries.getCallHierarchy(params.processInstanceKey, contextOf(caller))),
  }),
  operation({
    id: "getProcessInstanceSequenceFlows",
    method: "get",
    path: "/process-instances/{processInstanceKey}/sequence-flows",
    group,
    summary: "Get the sequence flows taken",
    access: "instance:read",
    grants: onProcess("READ_PROCESS_INSTANCE"),
    params,
    replies: okReply(
      z.object({
        items: z.array(
          z.object({
            sequenceFlowId: z.string(),
            processInstanceKey: z.string(),
            rootProcessInstanceKey: z.string().nullable(),
            processDefinitionKey: z.string(),
            processDefinitionId: z.string(),
            elementId: z.string(),
            tenantId: z.string(),
          }),
        ),
      }),
    ),
    handle: async ({ params, services, caller }) =>
      ok({ items: await services.engine.queries.getSequenceFlows(params.processInstanceKey, contextOf(caller)) }),
  }),
  operation({
    id: "getProcessInstanceStatistics",
    method: "get",
    path: "/process-instances/{processInstanceKey}/statistics/element-instances",
    group,
    summary: "Count element instances per element",
    access: "instance:read",
    grants: onProcess("READ_PROCESS_INSTANCE"),
    params,
    replies: okReply(z.object({ items: z.array(elementStatistics) })),
    handle: async ({ params, services, caller }) =>
      ok({ items: await services.engine.queries.getElementStatistics(params.processInstanceKey, contextOf(caller)) }),
  }),
  searchOperation({
    id: "searchProcessInstanceIncidents",
    path: "/process-instances/{processInstanceKey}/incidents/search",
    group,
    summary: "Search the incidents of a process instance and of what it called",
    access: "instance:read",
    grants: onProcess("READ_PROCESS_INSTANCE"),
    params,
    filter: incidentFilter,
    sorts: incidentSorts,
    item: incidentItem,
    run: (request, { engine, context, params }) =>
      engine.queries.searchProcessInstanceIncidents(params.processInstanceKey, request, context),
    present: presentIncident,
  }),
];
