/** /v2/global-task-listeners: listeners that work at every user task, beside those of its model. */
import { z } from "zod";
import type { NewTaskListener, TaskListenerChanges } from "../../engine/index.ts";
import { on } from "../auth/resource-permissions.ts";
import { type Operation, operation } from "../http/operation.ts";
import { enumFilter, numberFilter, textFilter } from "../http/search.ts";
import { contextOf } from "./context.ts";
import { emptyReply, noContent, ok, okReply, searchOperation } from "./replies.ts";

const group = "Global listener";
const eventTypes = ["all", "creating", "assigning", "updating", "completing", "canceling"] as const;
const idText = z.string().min(1).max(256);
const params = z.strictObject({ id: idText });

const changeable = {
  type: z.string().min(1).max(1024).meta({ description: "Job type of its workers." }),
  eventTypes: z.array(z.enum(eventTypes)).min(1).max(eventTypes.length),
  retries: z.int().min(1).max(1_000).optional().meta({ description: "3 unless given." }),
  afterNonGlobal: z.boolean().optional().meta({ description: "Works after the model's own listeners, not before." }),
  priority: z.int().min(0).max(1_000_000).optional().meta({ description: "The higher works first; 50 unless given." }),
};

const listener = z
  .object({
    id: z.string(),
    type: z.string(),
    retries: z.int(),
    eventTypes: z.array(z.enum(eventTypes)),
    afterNonGlobal: z.boolean(),
    priority: z.int(),
    source: z.enum(["API", "CONFIGURATION"]),
  })
  .meta({ id: "GlobalTaskListener" });

/** What is given, without the members that are not. */
function given<Changes extends TaskListenerChanges>(
  changes: {
    readonly [Name in keyof Changes]: Changes[Name] | undefined;
  },
): Changes {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)) as unknown as Changes;
}

export const globalTaskListenerOperations: readonly Operation[] = [
  operation({
    id: "createGlobalTaskListener",
    method: "post",
    path: "/global-task-listeners",
    group,
    summary: "Create a listener of all user tasks",
    access: "cluster:administer",
    grants: on("GLOBAL_LISTENER", "CREATE_TASK_LISTENER"),
    body: { kind: "json", optional: false, schema: z.strictObject({ id: idText, ...changeable }) },
    replies: { 201: { description: "The listener.", json: listener } },
    async handle({ body, services, caller }) {
      const made = given<NewTaskListener>(body as NewTaskListener);
      return { status: 201, json: await services.engine.taskListeners.create(made, contextOf(caller)) };
    },
  }),
  operation({
    id: "getGlobalTaskListener",
    method: "get",
    path: "/global-task-listeners/{id}",
    group,
    summary: "Get a listener of all user tasks",
    access: "cluster:read",
    grants: on("GLOBAL_LISTENER", "READ_TASK_LISTENER", "params.id"),
    params,
    replies: okReply(listener),
    handle: async ({ params, services, caller }) =>
      ok(await services.engine.taskListeners.get(params.id, contextOf(caller))),
  }),
  operation({
    id: "updateGlobalTaskListener",
    method: "put",
    path: "/global-task-listeners/{id}",
    group,
    summary: "Change a listener of all user tasks; transitions under way keep what they began with",
    access: "cluster:administer",
    grants: on("GLOBAL_LISTENER", "UPDATE_TASK_LISTENER", "params.id"),
    params,
    body: { kind: "json", optional: false, schema: z.strictObject(changeable).partial() },
    replies: okReply(listener),
    async handle({ params, body, services, caller }) {
      const changes = given<TaskListenerChanges>(body as TaskListenerChanges);
      return ok(await services.engine.taskListeners.update(params.id, changes, contextOf(caller)));
    },
  }),
  operation({
    id: "deleteGlobalTaskListener",
    method: "delete",
    path: "/global-task-listeners/{id}",
    group,
    summary: "Delete a listener of all user tasks",
    access: "cluster:administer",
    grants: on("GLOBAL_LISTENER", "DELETE_TASK_LISTENER", "params.id"),
    params,
    replies: emptyReply,
    async handle({ params, services, caller }) {
      await services.engine.taskListeners.delete(params.id, contextOf(caller));
      return noContent;
    },
  }),
  searchOperation({
    id: "searchGlobalTaskListeners",
    path: "/global-task-listeners/search",
    group,
    summary: "Search listeners of all user tasks",
    access: "cluster:read",
    grants: on("GLOBAL_LISTENER", "READ_TASK_LISTENER"),
    filter: z.strictObject({
      id: textFilter.optional(),
      type: textFilter.optional(),
      retries: numberFilter.optional(),
      eventTypes: z.array(enumFilter(eventTypes)).max(20).optional(),
      afterNonGlobal: z.boolean().optional(),
      priority: numberFilter.optional(),
      source: enumFilter(["API", "CONFIGURATION"]).optional(),
    }),
    sorts: ["id", "type", "afterNonGlobal", "priority", "source"],
    item: listener,
    run: (request, { engine, context }) => engine.taskListeners.search(request, context),
  }),
];
