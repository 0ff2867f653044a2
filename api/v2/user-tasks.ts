/** /v2/user-tasks: work for people. Commands answer when the task's listeners have let them through. */
import { z } from "zod";
import type { UpdateUserTaskInput } from "../../engine/index.ts";
import { onUserTask } from "../auth/resource-permissions.ts";
import { type Operation, operation } from "../http/operation.ts";
import {
  dateFilter,
  enumFilter,
  keyFilter,
  keyText,
  numberFilter,
  tagList,
  textFilter,
  variableFilter,
  variablesObject,
} from "../http/search.ts";
import { contextOf } from "./context.ts";
import { formItem } from "./forms.ts";
import { emptyReply, noContent, ok, okReply, searchOperation } from "./replies.ts";
import { truncateOption, truncateQuery, variableItem, variableSorts } from "./variables.ts";

const group = "User task";
const states = [
  "CREATING",
  "CREATED",
  "ASSIGNING",
  "UPDATING",
  "COMPLETING",
  "COMPLETED",
  "CANCELING",
  "CANCELED",
  "FAILED",
] as const;
const params = z.strictObject({ userTaskKey: keyText });
const action = z.string().max(256).nullable().optional();
const people = z.array(z.string().max(256)).max(1000);

const userTaskItem = z
  .object({
    name: z.string().nullable(),
    state: z.enum(states),
    assignee: z.string().nullable(),
    elementId: z.string(),
    candidateGroups: z.array(z.string()),
    candidateUsers: z.array(z.string()),
    processDefinitionId: z.string(),
    creationDate: z.string(),
    completionDate: z.string().nullable(),
    followUpDate: z.string().nullable(),
    dueDate: z.string().nullable(),
    tenantId: z.string(),
    externalFormReference: z.string().nullable(),
    processDefinitionVersion: z.int(),
    customHeaders: z
      .record(z.string(), z.string())
      .meta({ description: "interlock:approvalId names the approval that an approval task is for." }),
    priority: z.int(),
    userTaskKey: z.string(),
    elementInstanceKey: z.string(),
    processName: z.string().nullable(),
    processDefinitionKey: z.string(),
    processInstanceKey: z.string(),
    rootProcessInstanceKey: z.string().nullable(),
    formKey: z.string().nullable(),
    tags: z.array(z.string()),
  })
  .meta({ id: "UserTask" });

const changeset = z
  .strictObject({
    dueDate: z.string().max(64).nullable().optional(),
    followUpDate: z.string().max(64).nullable().optional(),
    candidateUsers: people.nullable().optional(),
    candidateGroups: people.nullable().optional(),
    priority: z.int().min(0).max(100).nullable().optional(),
  })
  .nullable();

/** Null leaves a date as it is and empty text clears it, as the contract has it; an empty list clears a list. */
function changesOf(changes: z.output<typeof changeset> | undefined): UpdateUserTaskInput {
  const given = Object.entries(changes ?? {}).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [name, value === "" ? null : value]));
}

const commands: readonly Operation[] = [
  operation({
    id: "assignUserTask",
    method: "post",
    path: "/user-tasks/{userTaskKey}/assignment",
    group,
    summary: "Assign a user task",
    access: "task:work",
    grants: [...onUserTask("UPDATE"), ...onUserTask("CLAIM")],
    // To claim is to assign what nobody has to oneself.
    grantsFor: ({ body, caller }) =>
      body.assignee === caller.id && body.allowOverride === false
        ? [...onUserTask("UPDATE"), ...onUserTask("CLAIM")]
        : onUserTask("UPDATE"),
    params,
    body: {
      kind: "json",
      optional: false,
      schema: z.strictObject({
        assignee: z.string().min(1).max(256),
        allowOverride: z.boolean().nullable().optional(),
        action,
      }),
    },
    replies: emptyReply,
    async handle({ params, body, services, caller }) {
      await services.engine.assignUserTask(
        params.userTaskKey,
        { assignee: body.assignee, allowOverride: body.allowOverride ?? true, action: body.action ?? "assign" },
        contextOf(caller),
      );
      return noContent;
    },
  }),
  operation({
    id: "unassignUserTask",
    method: "delete",
    path: "/user-tasks/{userTaskKey}/assignee",
    group,
    summary: "Take a user task from its assignee",
    access: "task:work",
    grants: onUserTask("UPDATE"),
    params,
    replies: emptyReply,
    async handle({ params, services, caller }) {
      await services.engine.unassignUserTask(params.userTaskKey, contextOf(caller));
      return noContent;
    },
  }),
  operation({
    id: "updateUserTask",
    method: "patch",
    path: "/user-tasks/{userTaskKey}",
    group,
    summary: "Change dates, candidates or priority of a user task",
    access: "task:work",
    grants: onUserTask("UPDATE"),
    params,
    body: { kind: "json", optional: true, schema: z.strictObject({ changeset: changeset.optional(), action }) },
    replies: emptyReply,
    async handle({ params, body, services, caller }) {
      await services.engine.updateUserTask(
        params.userTaskKey,
        { ...changesOf(body.changeset), action: body.action ?? "update" },
        contextOf(caller),
      );
      return noContent;
    },
  }),
  operation({
    id: "completeUserTask",
    method: "post",
    path: "/user-tasks/{userTaskKey}/completion",
    group,
    summary: "Complete a user task; on an approval task this is a vote",
    access: "task:work",
    grants: [...onUserTask("COMPLETE"), ...onUserTask("UPDATE")],
    params,
    body: {
      kind: "json",
      optional: true,
      schema: z.strictObject({ variables: variablesObject.nullable().optional(), action }),
    },
    replies: emptyReply,
    async handle({ params, body, services, caller }) {
      await services.engine.completeUserTask(
        params.userTaskKey,
        { ...(body.variables == null ? {} : { variables: body.variables }), action: body.action ?? "complete" },
        contextOf(caller),
      );
      return noContent;
    },
  }),
];

const reads: readonly Operation[] = [
  searchOperation({
    id: "searchUserTasks",
    path: "/user-tasks/search",
    group,
    summary: "Search user tasks",
    access: "task:read",
    grants: onUserTask("READ"),
    filter: z.strictObject({
      state: enumFilter(states).optional(),
      assignee: textFilter.optional(),
      priority: numberFilter.optional(),
      elementId: z.string().max(256).optional(),
      name: textFilter.optional(),
      candidateGroup: textFilter.optional(),
      candidateUser: textFilter.optional(),
      tenantId: textFilter.optional(),
      processDefinitionId: z.string().max(256).optional(),
      creationDate: dateFilter.optional(),
      completionDate: dateFilter.optional(),
      followUpDate: dateFilter.optional(),
      dueDate: dateFilter.optional(),
      processInstanceVariables: z.array(variableFilter).max(100).optional(),
      localVariables: z.array(variableFilter).max(100).optional(),
      userTaskKey: keyFilter.optional(),
      processDefinitionKey: keyFilter.optional(),
      processInstanceKey: keyFilter.optional(),
      rootProcessInstanceKey: keyFilter.optional(),
      elementInstanceKey: keyFilter.optional(),
      tags: tagList.optional(),
      approvalId: textFilter
        .optional()
        .meta({ description: "Ours: the tasks of an approval; {$exists: true}: of any." }),
    }),
    sorts: ["creationDate", "completionDate", "followUpDate", "dueDate", "priority", "name"],
    item: userTaskItem,
    run: (request, { engine, context }) => engine.queries.searchUserTasks(request, context),
  }),
  operation({
    id: "getUserTask",
    method: "get",
    path: "/user-tasks/{userTaskKey}",
    group,
    summary: "Get a user task",
    access: "task:read",
    grants: onUserTask("READ"),
    params,
    replies: okReply(userTaskItem),
    handle: async ({ params, services, caller }) =>
      ok(await services.engine.queries.getUserTask(params.userTaskKey, contextOf(caller))),
  }),
  operation({
    id: "getUserTaskForm",
    method: "get",
    path: "/user-tasks/{userTaskKey}/form",
    group,
    summary: "Get the form of a user task",
    access: "task:read",
    grants: onUserTask("READ"),
    params,
    replies: { ...okReply(formItem, "The form."), 204: { description: "The task has no form of ours." } },
    async handle({ params, services, caller }) {
      const form = await services.engine.queries.getUserTaskForm(params.userTaskKey, contextOf(caller));
      return form === null ? noContent : ok(form);
    },
  }),
  searchOperation({
    id: "searchUserTaskVariables",
    path: "/user-tasks/{userTaskKey}/variables/search",
    group,
    summary: "Search the variables that a user task sees, of all scopes",
    access: "task:read",
    grants: onUserTask("READ"),
    params,
    query: truncateQuery,
    filter: z.strictObject({ name: textFilter.optional() }),
    sorts: variableSorts,
    item: variableItem,
    run: (request, { engine, context, params, query }) =>
      engine.queries.searchUserTaskVariables(params.userTaskKey, request, context, truncateOption(query)),
  }),
  searchOperation({
    id: "searchUserTaskEffectiveVariables",
    path: "/user-tasks/{userTaskKey}/effective-variables/search",
    group,
    summary: "Search the variables that a user task sees, of each name the innermost",
    access: "task:read",
    grants: onUserTask("READ"),
    params,
    query: truncateQuery,
    filter: z.strictObject({ name: textFilter.optional() }),
    sorts: variableSorts,
    item: variableItem,
    run: (request, { engine, context, params, query }) =>
      engine.queries.searchUserTaskEffectiveVariables(params.userTaskKey, request, context, truncateOption(query)),
  }),
];

export const userTaskOperations: readonly Operation[] = [...commands, ...reads];
