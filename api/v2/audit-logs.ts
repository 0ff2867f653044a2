/** /v2/audit-logs: who did what, one entry a command, and who was refused what, and why. */
import { z } from "zod";
import { on, onUserTask } from "../auth/resource-permissions.ts";
import { type Operation, operation } from "../http/operation.ts";
import { dateFilter, enumFilter, keyFilter, keyText, textFilter, wordFilter } from "../http/search.ts";
import { batchOperationTypes } from "./batch-operations.ts";
import { contextOf } from "./context.ts";
import { ok, okReply, searchOperation } from "./replies.ts";

const group = "Audit log";

const entityTypes = [
  "AUTHORIZATION",
  "BATCH",
  "CLIENT",
  "DECISION",
  "GROUP",
  "INCIDENT",
  "JOB",
  "MAPPING_RULE",
  "PROCESS_INSTANCE",
  "RESOURCE",
  "ROLE",
  "TENANT",
  "USER",
  "USER_TASK",
  "VARIABLE",
] as const;
const operationTypes = [
  "ASSIGN",
  "CANCEL",
  "COMPLETE",
  "CREATE",
  "DELETE",
  "EVALUATE",
  "MIGRATE",
  "MODIFY",
  "RESOLVE",
  "RESUME",
  "SUSPEND",
  "UNASSIGN",
  "UNKNOWN",
  "UPDATE",
] as const;
const actorTypes = ["ANONYMOUS", "CLIENT", "UNKNOWN", "USER"] as const;
const results = ["FAIL", "SUCCESS"] as const;
const categories = ["ADMIN", "DEPLOYED_RESOURCES", "USER_TASKS"] as const;

const entry = z
  .object({
    auditLogKey: z.string(),
    entityKey: z.string(),
    entityType: z.enum(entityTypes),
    operationType: z.enum(operationTypes),
    interlockCommand: z.string().meta({
      description: "Ours: the type of the command; where the contract has no word for it, operationType is UNKNOWN.",
    }),
    batchOperationKey: z.string().nullable(),
    batchOperationType: z.enum(batchOperationTypes).nullable(),
    timestamp: z.string(),
    actorId: z.string().nullable(),
    actorType: z.enum(actorTypes).nullable(),
    agentElementId: z.string().nullable(),
    tenantId: z.string().nullable(),
    result: z.enum(results),
    interlockReason: z.string().nullable().meta({ description: "Ours: why it was refused; null: it was not." }),
    interlockTimes: z.number().meta({ description: "Ours: how often the same was refused at the same moment." }),
    category: z.enum(categories),
    processDefinitionId: z.string().nullable(),
    processDefinitionKey: z.string().nullable(),
    processInstanceKey: z.string().nullable(),
    rootProcessInstanceKey: z.string().nullable(),
    elementInstanceKey: z.string().nullable(),
    jobKey: z.string().nullable(),
    userTaskKey: z.string().nullable(),
    decisionRequirementsId: z.null(),
    decisionRequirementsKey: z.null(),
    decisionDefinitionId: z.null(),
    decisionDefinitionKey: z.null(),
    decisionEvaluationKey: z.string().nullable(),
    deploymentKey: z.string().nullable(),
    formKey: z.null(),
    resourceKey: z.string().nullable(),
    relatedEntityKey: z.null(),
    relatedEntityType: z.null(),
    entityDescription: z.string().nullable(),
  })
  .meta({ id: "AuditLogEntry" });

/** Members of the contract that no entry of ours has, and the two that are another name of the entity. */
function present<Item extends { readonly entityType: string; readonly entityKey: string }>(item: Item): object {
  return {
    ...item,
    decisionRequirementsId: null,
    decisionRequirementsKey: null,
    decisionDefinitionId: null,
    decisionDefinitionKey: null,
    decisionEvaluationKey: item.entityType === "DECISION" ? item.entityKey : null,
    formKey: null,
    resourceKey: item.entityType === "RESOURCE" && /^\d+$/.test(item.entityKey) ? item.entityKey : null,
    relatedEntityKey: null,
    relatedEntityType: null,
  };
}

const taskFields = {
  operationType: enumFilter(operationTypes).optional(),
  result: enumFilter(results).optional(),
  timestamp: dateFilter.optional(),
  actorType: enumFilter(actorTypes).optional(),
  actorId: textFilter.optional(),
};

const sorts = [
  "actorId",
  "actorType",
  "auditLogKey",
  "batchOperationKey",
  "batchOperationType",
  "category",
  "decisionDefinitionId",
  "decisionDefinitionKey",
  "decisionEvaluationKey",
  "decisionRequirementsId",
  "decisionRequirementsKey",
  "elementInstanceKey",
  "entityKey",
  "entityType",
  "jobKey",
  "operationType",
  "processDefinitionId",
  "processDefinitionKey",
  "processInstanceKey",
  "result",
  "tenantId",
  "timestamp",
  "userTaskKey",
] as const;

export const auditLogOperations: readonly Operation[] = [
  searchOperation({
    id: "searchAuditLogs",
    path: "/audit-logs/search",
    group,
    summary: "Search who did what; by processInstanceKey it is fast, without it the whole record is read",
    access: "record:read",
    grants: on("AUDIT_LOG", "READ"),
    filter: z.strictObject({
      ...taskFields,
      auditLogKey: wordFilter.optional(),
      processDefinitionKey: keyFilter.optional(),
      processInstanceKey: keyFilter.optional(),
      elementInstanceKey: keyFilter.optional(),
      agentElementId: textFilter.optional(),
      entityKey: wordFilter.optional(),
      entityType: enumFilter(entityTypes).optional(),
      entityDescription: textFilter.optional(),
      tenantId: textFilter.optional(),
      category: enumFilter(categories).optional(),
      deploymentKey: keyFilter.optional(),
      formKey: keyFilter.optional(),
      resourceKey: keyFilter.optional(),
      decisionRequirementsId: textFilter.optional(),
      decisionRequirementsKey: keyFilter.optional(),
      decisionDefinitionId: textFilter.optional(),
      decisionDefinitionKey: keyFilter.optional(),
      decisionEvaluationKey: keyFilter.optional(),
      relatedEntityKey: wordFilter.optional(),
      relatedEntityType: enumFilter(entityTypes).optional(),
      batchOperationType: enumFilter(batchOperationTypes).optional(),
      processDefinitionId: textFilter.optional(),
      jobKey: keyFilter.optional(),
      userTaskKey: wordFilter.optional(),
      interlockCommand: textFilter.optional(),
      interlockReason: textFilter.optional(),
      result: enumFilter(results).optional(),
    }),
    sorts,
    item: entry,
    run: (request, { engine, context }) => engine.auditLog.search(request, context),
    present,
  }),
  operation({
    id: "getAuditLog",
    method: "get",
    path: "/audit-logs/{auditLogKey}",
    group,
    summary: "Get one entry",
    access: "record:read",
    grants: on("AUDIT_LOG", "READ"),
    params: z.strictObject({ auditLogKey: keyText }),
    replies: okReply(entry),
    handle: async ({ params, services, caller }) =>
      ok(present(await services.engine.auditLog.get(params.auditLogKey, contextOf(caller)))),
  }),
  searchOperation({
    id: "searchUserTaskAuditLogs",
    path: "/user-tasks/{userTaskKey}/audit-logs/search",
    group: "User task",
    summary: "Search what was done to a user task",
    access: "task:read",
    grants: onUserTask("READ"),
    params: z.strictObject({ userTaskKey: keyText }),
    filter: z.strictObject(taskFields),
    sorts,
    item: entry,
    run: (request, { engine, context, params }) => engine.auditLog.ofUserTask(params.userTaskKey, request, context),
    present,
  }),
];
