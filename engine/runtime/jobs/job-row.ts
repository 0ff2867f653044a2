/** The job table as TypeScript sees it. */
import type { Event } from "../../core/event.ts";
import type { Key } from "../../core/json.ts";
import type { JobFacts } from "./job-view.ts";

export interface JobRow {
  key: Key;
  root_key: Key;
  instance_key: Key;
  definition_key: Key;
  element_key: Key;
  element_id: string;
  type: string;
  kind: JobFacts["kind"];
  listener_event_type: JobFacts["listenerEventType"];
  retries: number;
  headers: Record<string, string>;
  guard: Extract<Event, { type: "jobCreated" }>["guard"] | null;
  user_task_key: Key | null;
  tenant_id: string;
}

export const jobColumns =
  "key, root_key, instance_key, definition_key, element_key, element_id, type, kind, listener_event_type, retries, headers, guard, user_task_key, tenant_id";

export function factsOfRow(row: JobRow): JobFacts {
  return {
    key: row.key,
    rootKey: row.root_key,
    instanceKey: row.instance_key,
    definitionKey: row.definition_key,
    elementKey: row.element_key,
    elementId: row.element_id,
    type: row.type,
    kind: row.kind,
    listenerEventType: row.listener_event_type,
    retries: row.retries,
    headers: row.headers,
    guard: row.guard ?? null,
    userTaskKey: row.user_task_key,
    tenantId: row.tenant_id,
  };
}

type JobCreated = Extract<Event, { readonly type: "jobCreated" }>;

export function factsOfEvent(event: JobCreated, rootKey: Key, definitionKey: Key, tenantId: string): JobFacts {
  return {
    key: event.key,
    rootKey,
    instanceKey: event.instance,
    definitionKey,
    elementKey: event.element,
    elementId: event.elementId,
    type: event.jobType,
    kind: event.kind,
    listenerEventType: event.listenerEventType,
    retries: event.retries,
    headers: event.headers,
    guard: event.guard ?? null,
    userTaskKey: event.userTask ?? null,
    tenantId,
  };
}
