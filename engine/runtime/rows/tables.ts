/** The writer's statements, by name. One line a table and verb; the columns are those of store/migrations/0001-engine.sql. */
import type { GroupCommit, RegisteredWrite } from "../../../store/index.ts";
import { type Columns, deleteFrom, insertInto, updateOf, upsertInto } from "./table-sql.ts";

const rooted: Columns = { root_key: "bigint", key: "bigint" };
const placed: Columns = {
  ...rooted,
  instance_key: "bigint",
  definition_key: "bigint",
  element_key: "bigint",
  element_id: "text",
};

/** Open rows of a process instance that goes over to another definition. */
function migrated(table: string, more = ""): RegisteredWrite {
  return {
    sql: `update ${table} t set definition_key = r.definition_key, element_id = coalesce(r.mappings ->> t.element_id, t.element_id)${more} from jsonb_to_recordset($1::jsonb) as r(root_key bigint, instance_key bigint, definition_key bigint, process_id text, mappings jsonb) where t.root_key = r.root_key and t.instance_key = r.instance_key`,
    order: 4,
  };
}
function migratedOpen(table: string): RegisteredWrite {
  const write = migrated(table);
  return { ...write, sql: `${write.sql} and t.ended_at is null` };
}

export const writes = {
  history: insertInto("history", {
    root_key: "bigint",
    sequence: "integer",
    at: "bigint",
    command: "text",
    events: "text",
  }),
  snapshot: upsertInto(
    "instance_snapshot",
    { root_key: "bigint", sequence: "integer", state: "jsonb" },
    ["root_key"],
    ["sequence", "state"],
  ),
  processInstanceInsert: insertInto("process_instance", {
    ...rooted,
    definition_key: "bigint",
    parent_key: "bigint",
    parent_element_key: "bigint",
    state: "text",
    suspended: "boolean",
    started_at: "bigint",
    ended_at: "bigint",
    business_id: "text",
    tags: "jsonb",
    tenant_id: "text",
  }),
  processInstanceUpdate: updateOf("process_instance", {
    definition_key: "bigint",
    state: "text",
    suspended: "boolean",
    ended_at: "bigint",
  }),
  elementInsert: insertInto("element_instance", {
    ...rooted,
    instance_key: "bigint",
    definition_key: "bigint",
    element_id: "text",
    type: "text",
    scope_key: "bigint",
    state: "text",
    started_at: "bigint",
    ended_at: "bigint",
    tenant_id: "text",
  }),
  elementUpdate: updateOf("element_instance", { state: "text", ended_at: "bigint" }),
  variable: upsertInto(
    "variable",
    {
      root_key: "bigint",
      scope_key: "bigint",
      name: "text",
      key: "bigint",
      instance_key: "bigint",
      value: "text",
      tenant_id: "text",
    },
    ["root_key", "scope_key", "name"],
    ["value"],
  ),
  jobInsert: insertInto("job", {
    ...placed,
    type: "text",
    kind: "text",
    listener_event_type: "text",
    state: "text",
    retries: "integer",
    priority: "integer",
    headers: "jsonb",
    guard: "jsonb",
    user_task_key: "bigint",
    worker: "text",
    deadline: "bigint",
    node_id: "integer",
    retry_at: "bigint",
    suspended: "boolean",
    available: "boolean",
    error_code: "text",
    error_message: "text",
    denied: "boolean",
    denied_reason: "text",
    created_at: "bigint",
    updated_at: "bigint",
    ended_at: "bigint",
    tenant_id: "text",
  }),
  jobUpdate: updateOf(
    "job",
    {
      state: "text",
      retries: "integer",
      priority: "integer",
      retry_at: "bigint",
      error_code: "text",
      error_message: "text",
      denied: "boolean",
      denied_reason: "text",
      updated_at: "bigint",
      ended_at: "bigint",
    },
    {},
    { available: ["boolean", "coalesce(r.available, t.available) and not t.suspended"] },
  ),
  /** A failed job is free again. A completed one keeps worker and deadline for the record. */
  jobRelease: {
    sql: "update job t set deadline = null, node_id = null from jsonb_to_recordset($1::jsonb) as r(root_key bigint, key bigint) where t.root_key = r.root_key and t.key = r.key",
    order: 1,
  },
  jobsSuspend: {
    sql: "update job t set suspended = r.suspended, node_id = null, available = (not r.suspended and t.retries > 0 and t.state <> 'ERROR_THROWN') from jsonb_to_recordset($1::jsonb) as r(root_key bigint, suspended boolean) where t.root_key = r.root_key and t.ended_at is null",
    order: 1,
  },
  userTaskInsert: insertInto("user_task", {
    ...placed,
    name: "text",
    state: "text",
    assignee: "text",
    candidate_groups: "jsonb",
    candidate_users: "jsonb",
    due_date: "text",
    follow_up_date: "text",
    due_at: "bigint",
    follow_up_at: "bigint",
    priority: "integer",
    form_key: "bigint",
    external_form_reference: "text",
    headers: "jsonb",
    approval_id: "text",
    created_at: "bigint",
    ended_at: "bigint",
    tenant_id: "text",
  }),
  userTaskState: updateOf("user_task", {
    state: "text",
    ended_at: "bigint",
    candidate_groups: "jsonb",
    candidate_users: "jsonb",
    priority: "integer",
  }),
  userTaskAssignee: { ...updateOf("user_task", {}, { assignee: "text" }), order: 1 },
  userTaskDueDate: { ...updateOf("user_task", {}, { due_date: "text", due_at: "bigint" }), order: 2 },
  userTaskFollowUpDate: { ...updateOf("user_task", {}, { follow_up_date: "text", follow_up_at: "bigint" }), order: 3 },
  incidentInsert: insertInto("incident", {
    ...placed,
    path: "bigint[]",
    error_type: "text",
    message: "text",
    job_key: "bigint",
    state: "text",
    created_at: "bigint",
    ended_at: "bigint",
    tenant_id: "text",
  }),
  incidentUpdate: updateOf("incident", { state: "text", ended_at: "bigint" }),
  modelUsage: insertInto("model_usage", {
    root_key: "bigint",
    at: "bigint",
    element_key: "bigint",
    model: "text",
    input_tokens: "bigint",
    output_tokens: "bigint",
    failed: "boolean",
    tenant_id: "text",
  }),
  timerInsert: insertInto("timer", { ...rooted, due_at: "bigint" }),
  timerDelete: deleteFrom("timer"),
  messageSubscriptionInsert: insertInto("message_subscription", {
    ...placed,
    process_id: "text",
    message_name: "text",
    correlation_key: "text",
    match: "text",
    state: "text",
    opened_at: "bigint",
    updated_at: "bigint",
    tenant_id: "text",
  }),
  messageSubscriptionUpdate: updateOf("message_subscription", { state: "text", updated_at: "bigint" }),
  signalSubscriptionInsert: insertInto("signal_subscription", {
    ...rooted,
    signal_name: "text",
    opened_at: "bigint",
    tenant_id: "text",
  }),
  signalSubscriptionDelete: deleteFrom("signal_subscription"),
  message: insertInto("message", {
    key: "bigint",
    name: "text",
    correlation_key: "text",
    match: "text",
    message_id: "text",
    published_at: "bigint",
    expires_at: "bigint",
    pending: "boolean",
    variables: "jsonb",
    tenant_id: "text",
  }),
  messageCorrelation: insertInto("message_correlation", {
    message_key: "bigint",
    process_id: "text",
    tenant_id: "text",
    subscription_key: "bigint",
    root_key: "bigint",
    instance_key: "bigint",
    definition_key: "bigint",
    element_id: "text",
    element_key: "bigint",
    message_name: "text",
    correlation_key: "text",
    correlated_at: "bigint",
  }),
  messageStartLock: insertInto("message_start_lock", {
    tenant_id: "text",
    process_id: "text",
    match: "text",
    root_key: "bigint",
  }),
  signal: insertInto("signal", {
    key: "bigint",
    name: "text",
    variables: "jsonb",
    broadcast_at: "bigint",
    tenant_id: "text",
  }),
  delivery: insertInto("delivery", { source_key: "bigint", target: "bigint" }),
  startTimer: {
    sql: "update start_subscription t set due_at = r.due_at, repetitions = r.repetitions, claimed_until = 0 from jsonb_to_recordset($1::jsonb) as r(key bigint, due_at bigint, repetitions integer) where t.key = r.key",
    order: 0,
  },
  decisionInstance: insertInto("decision_instance", {
    evaluation_key: "bigint",
    position: "integer",
    decision_key: "bigint",
    decision_id: "text",
    decision_name: "text",
    decision_type: "text",
    decision_version: "integer",
    requirements_key: "bigint",
    root_decision_key: "bigint",
    root_key: "bigint",
    instance_key: "bigint",
    definition_key: "bigint",
    element_key: "bigint",
    evaluated_at: "bigint",
    failure: "text",
    output: "text",
    inputs: "jsonb",
    rules: "jsonb",
    tenant_id: "text",
  }),
  /** What only running instances need. */
  rootFinished: {
    sql: "with r as (select root_key from jsonb_to_recordset($1::jsonb) as r(root_key bigint)) delete from message_start_lock t using r where t.root_key = r.root_key",
    order: 0,
  },
  snapshotDelete: {
    sql: "delete from instance_snapshot t using jsonb_to_recordset($1::jsonb) as r(root_key bigint) where t.root_key = r.root_key",
    order: 0,
  },
  elementsMigrate: migratedOpen("element_instance"),
  jobsMigrate: migratedOpen("job"),
  userTasksMigrate: migratedOpen("user_task"),
  incidentsMigrate: migratedOpen("incident"),
  messageSubscriptionsMigrate: migrated("message_subscription", ", process_id = r.process_id"),
} as const satisfies Readonly<Record<string, RegisteredWrite>>;

export type WriteName = keyof typeof writes;

/** Names in the group commit carry the room's name, so that no other room's statement can be meant. */
export function statementName(name: WriteName): string {
  return `engine.${name}`;
}

export function registerEngineWrites(groupCommit: GroupCommit): void {
  for (const [name, write] of Object.entries(writes))
    groupCommit.registerWrite(statementName(name as WriteName), write);
}

export const migrationWrites: readonly WriteName[] = [
  "elementsMigrate",
  "jobsMigrate",
  "userTasksMigrate",
  "incidentsMigrate",
  "messageSubscriptionsMigrate",
];
