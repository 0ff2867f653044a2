/** User tasks and their forms (/v2/user-tasks). */
import { request, type SearchAnswer, search } from "./client.ts";
import type { Variable } from "./instances.ts";
import type { JsonObject } from "./json.ts";
import type { FormDefinition } from "./processes.ts";

export interface UserTask {
  readonly userTaskKey: string;
  readonly name: string | null;
  readonly elementId: string;
  readonly state: string;
  readonly assignee: string | null;
  readonly candidateGroups: readonly string[];
  readonly candidateUsers: readonly string[];
  readonly processDefinitionId: string;
  readonly processName: string | null;
  readonly processDefinitionKey: string;
  readonly processInstanceKey: string;
  readonly elementInstanceKey: string;
  readonly creationDate: string;
  readonly completionDate: string | null;
  readonly dueDate: string | null;
  readonly followUpDate: string | null;
  readonly priority: number;
  readonly formKey: string | null;
  readonly externalFormReference: string | null;
  readonly customHeaders: Readonly<Record<string, string>>;
}

export type TaskView = "open" | "mine" | "unclaimed" | "done";

/** The approval that a task stands for, or null for an ordinary task. */
export function approvalIdOf(task: UserTask): string | null {
  return task.customHeaders["interlock:approvalId"] ?? null;
}

export function searchTasks(
  view: TaskView,
  user: string | null,
  signal?: AbortSignal,
): Promise<SearchAnswer<UserTask>> {
  const filter: Record<string, unknown> = { state: view === "done" ? "COMPLETED" : "CREATED" };
  if (view === "mine") filter.assignee = user ?? "";
  if (view === "unclaimed") filter.assignee = { $exists: false };
  const sort =
    view === "done"
      ? [{ field: "completionDate", order: "DESC" as const }]
      : [{ field: "creationDate", order: "DESC" as const }];
  return search("user-tasks", { filter, sort, page: { limit: 100 } }, signal);
}

/** Open tasks of one instance, approvals among them. */
export async function listOpenTasksOf(instanceKey: string, signal?: AbortSignal): Promise<readonly UserTask[]> {
  const answer = await search<UserTask>(
    "user-tasks",
    { filter: { processInstanceKey: instanceKey, state: "CREATED" }, page: { limit: 100 } },
    signal,
  );
  return answer.items;
}

export function getTask(key: string, signal?: AbortSignal): Promise<UserTask> {
  return request(`/v2/user-tasks/${encodeURIComponent(key)}`, signal ? { signal } : {});
}

/** The form to fill in, or null when the task has none. */
export async function getTaskForm(key: string, signal?: AbortSignal): Promise<FormDefinition | null> {
  const form = await request<FormDefinition | undefined>(
    `/v2/user-tasks/${encodeURIComponent(key)}/form`,
    signal ? { signal } : {},
  );
  return form ?? null;
}

export async function listTaskVariables(key: string, signal?: AbortSignal): Promise<readonly Variable[]> {
  const answer = await request<SearchAnswer<Variable>>(
    `/v2/user-tasks/${encodeURIComponent(key)}/effective-variables/search?truncateValues=false`,
    {
      method: "POST",
      json: { sort: [{ field: "name", order: "ASC" }], page: { limit: 200 } },
      ...(signal ? { signal } : {}),
    },
  );
  return answer.items;
}

export function claimTask(key: string, user: string): Promise<void> {
  return request(`/v2/user-tasks/${encodeURIComponent(key)}/assignment`, {
    method: "POST",
    json: { assignee: user, allowOverride: false, action: "claim" },
  });
}

export function releaseTask(key: string): Promise<void> {
  return request(`/v2/user-tasks/${encodeURIComponent(key)}/assignee`, { method: "DELETE" });
}

export function completeTask(key: string, variables: JsonObject): Promise<void> {
  return request(`/v2/user-tasks/${encodeURIComponent(key)}/completion`, {
    method: "POST",
    json: { variables, action: "complete" },
  });
}
