/**
 * The audit log as a searchable resource. Of what was done, nothing is written for it: it is read from the history (one
 * row a command, with its actor), from deployments and batch operations, so it cannot differ from what happened. What
 * was done to the installation itself, and what was refused, stands in operator_record.
 * What a caller asks of one instance or task is led to its root; an unlimited search reads the whole history.
 */
import type { AuditLogItem } from "../contract/audit.ts";
import { date, fieldsOf, isoDate, key, type Resource, text, textOrNull } from "./resource.ts";

/** Command → what it is about, and the contract's word for what was done. */
const meanings: readonly (readonly [command: string, entityType: string, operation: string])[] = [
  ["createInstance", "PROCESS_INSTANCE", "CREATE"],
  ["cancelInstance", "PROCESS_INSTANCE", "CANCEL"],
  ["modifyInstance", "PROCESS_INSTANCE", "MODIFY"],
  ["activateAdHocElements", "PROCESS_INSTANCE", "MODIFY"],
  ["migrateInstance", "PROCESS_INSTANCE", "MIGRATE"],
  ["suspendInstance", "PROCESS_INSTANCE", "SUSPEND"],
  ["resumeInstance", "PROCESS_INSTANCE", "RESUME"],
  ["changeAgentBudget", "PROCESS_INSTANCE", "UPDATE"],
  ["interruptAgent", "PROCESS_INSTANCE", "UPDATE"],
  ["completeJob", "JOB", "COMPLETE"],
  ["failJob", "JOB", "UPDATE"],
  ["throwJobError", "JOB", "UPDATE"],
  ["updateJob", "JOB", "UPDATE"],
  ["assignUserTask", "USER_TASK", "ASSIGN"],
  ["updateUserTask", "USER_TASK", "UPDATE"],
  ["completeUserTask", "USER_TASK", "COMPLETE"],
  ["voteOnApproval", "USER_TASK", "UPDATE"],
  ["setVariables", "VARIABLE", "UPDATE"],
  ["resolveIncident", "INCIDENT", "RESOLVE"],
];
const meaningRows = meanings.map(([command, entity, done]) => `('${command}', '${entity}', '${done}')`).join(", ");

/** Key of an entry: the root and eight digits of the command's number; all others are their own key and zeros. */
const sequenceDigits = 8;

const member = (name: string): string => `(c.doc ->> '${name}')`;
const keyMember = (name: string): string => `${member(name)}::bigint`;

const commands = `
  select h.root_key as own_key, h.sequence, h.root_key, h.at, ${member("type")} as command,
         case when ${member("type")} = 'assignUserTask' and ${member("assignee")} is null then 'UNASSIGN' else coalesce(m.operation, 'UNKNOWN') end as operation,
         coalesce(m.entity_type, 'PROCESS_INSTANCE') as entity_type,
         case m.entity_type when 'JOB' then ${member("jobKey")} when 'USER_TASK' then ${member("userTaskKey")}
           when 'INCIDENT' then ${member("incidentKey")} when 'VARIABLE' then ${member("scopeKey")} else p.key::text end as entity_key,
         null::text as description, c.doc -> 'actor' as actor, p.tenant_id, null::bigint as batch_key, null::text as batch_type,
         d.process_id, p.definition_key, p.key as instance_key,
         coalesce(j.element_key, t.element_key, i.element_key, ${keyMember("elementInstanceKey")}, ${keyMember("adHocKey")}, ${keyMember("scopeKey")}) as element_key,
         case when c.doc -> 'actor' ->> 'type' = 'agent' then j.element_id end as agent_element_id,
         ${keyMember("jobKey")} as job_key, ${keyMember("userTaskKey")} as task_key, null::bigint as deployment_key,
         'SUCCESS' as result, null::text as reason, 1 as times
    from history h
    cross join lateral (select h.command::jsonb as doc) c
    left join (values ${meaningRows}) as m(command, entity_type, operation) on m.command = ${member("type")}
    left join job j on j.root_key = h.root_key and j.key = ${keyMember("jobKey")}
    left join user_task t on t.root_key = h.root_key and t.key = ${keyMember("userTaskKey")}
    left join incident i on i.root_key = h.root_key and i.key = ${keyMember("incidentKey")}
    join process_instance p on p.root_key = h.root_key
      and p.key = coalesce(${keyMember("processInstanceKey")}, j.instance_key, t.instance_key, i.instance_key, h.root_key)
    join process_definition d on d.key = p.definition_key`;

const nowhere = "null::text, null::bigint, null::bigint, null::bigint, null::text, null::bigint, null::bigint";
const done = "'SUCCESS', null, 1";
const deployments = `
  select key, 0, null, deployed_at, 'deploy', 'CREATE', 'RESOURCE', key::text, null, actor, tenant_id, null, null, ${nowhere}, key, ${done} from deployment`;
const batches = `
  select key, 0, null, started_at, 'startBatchOperation', 'CREATE', 'BATCH', key::text, null, actor, tenant_id, key, type, ${nowhere}, null, ${done} from batch_operation`;
const operators = `
  select key, 0, null, at, command, operation, entity_type, entity_key, description, actor, tenant_id, null, null, ${nowhere}, null, result, reason, times from operator_record`;

const auditKey = `(a.own_key::text || lpad(a.sequence::text, ${sequenceDigits}, '0'))`;
const actorType = `(case when a.actor ->> 'id' = 'anonymous' then 'ANONYMOUS' when a.actor ->> 'type' = 'human' then 'USER' when a.actor ->> 'type' in ('service', 'agent') then 'CLIENT' else 'UNKNOWN' end)`;
const category =
  "(case when a.entity_type = 'USER_TASK' then 'USER_TASKS' when a.entity_type in ('USER', 'CLIENT', 'TENANT', 'GROUP', 'ROLE', 'MAPPING_RULE') then 'ADMIN' else 'DEPLOYED_RESOURCES' end)";
const textOf = (column: string): string => `a.${column}::text`;

const entityKeyOf = (entityType: string): string =>
  `(case when a.entity_type = '${entityType}' and a.entity_key ~ '^[0-9]{1,18}$' then a.entity_key::bigint end)`;

export const auditLog: Resource<AuditLogItem> = {
  name: "audit log entries",
  from: `(${[commands, deployments, batches, operators].join(" union all ")}) a`,
  key: { sql: auditKey, type: "text" },
  tenant: "a.tenant_id",
  root: { sql: "a.root_key", fields: ["processInstanceKey", "elementInstanceKey"] },
  fields: fieldsOf({
    auditLogKey: text(auditKey),
    timestamp: date("a.at"),
    interlockCommand: text("a.command"),
    operationType: text("a.operation"),
    entityType: text("a.entity_type"),
    entityKey: text("a.entity_key"),
    entityDescription: text("a.description"),
    category: text(category),
    result: text("a.result"),
    interlockReason: text("a.reason"),
    actorId: text("(a.actor ->> 'id')"),
    actorType: text(actorType),
    agentElementId: text("a.agent_element_id"),
    tenantId: text("a.tenant_id"),
    batchOperationKey: key("a.batch_key"),
    batchOperationType: text("a.batch_type"),
    processDefinitionId: text("a.process_id"),
    processDefinitionKey: key("a.definition_key"),
    processInstanceKey: key("a.instance_key"),
    rootProcessInstanceKey: key("a.root_key"),
    elementInstanceKey: key("a.element_key"),
    jobKey: key("a.job_key"),
    // The contract compares it as a text.
    userTaskKey: text(textOf("task_key")),
    deploymentKey: key("a.deployment_key"),
    // Two that are another name of the entity; keys of the operators' own rows need not be numbers.
    resourceKey: key(entityKeyOf("RESOURCE")),
    decisionEvaluationKey: key(entityKeyOf("DECISION")),
    // Members of the contract that no entry of ours has.
    formKey: key("null::bigint"),
    decisionRequirementsId: text("null::text"),
    decisionRequirementsKey: key("null::bigint"),
    decisionDefinitionId: text("null::text"),
    decisionDefinitionKey: key("null::bigint"),
    relatedEntityKey: text("null::text"),
    relatedEntityType: text("null::text"),
  }),
  columns: {
    audit_key: auditKey,
    at: "a.at",
    command: "a.command",
    operation: "a.operation",
    entity_type: "a.entity_type",
    entity_key: "a.entity_key",
    description: "a.description",
    category,
    actor_id: "a.actor ->> 'id'",
    actor_type: actorType,
    agent_element_id: "a.agent_element_id",
    tenant_id: "a.tenant_id",
    batch_key: "a.batch_key",
    batch_type: "a.batch_type",
    process_id: "a.process_id",
    definition_key: "a.definition_key",
    instance_key: "a.instance_key",
    root_key: "a.root_key",
    element_key: "a.element_key",
    job_key: "a.job_key",
    task_key: "a.task_key",
    deployment_key: "a.deployment_key",
    result: "a.result",
    reason: "a.reason",
    times: "a.times",
  },
  toItem: (row) => ({
    auditLogKey: String(row.audit_key),
    timestamp: isoDate(row.at),
    interlockCommand: String(row.command),
    operationType: String(row.operation),
    entityType: String(row.entity_type),
    entityKey: String(row.entity_key),
    entityDescription: textOrNull(row.description),
    category: String(row.category),
    result: row.result as AuditLogItem["result"],
    interlockReason: textOrNull(row.reason),
    interlockTimes: Number(row.times),
    actorId: textOrNull(row.actor_id),
    actorType: row.actor_type as AuditLogItem["actorType"],
    agentElementId: textOrNull(row.agent_element_id),
    tenantId: textOrNull(row.tenant_id),
    batchOperationKey: textOrNull(row.batch_key),
    batchOperationType: textOrNull(row.batch_type),
    processDefinitionId: textOrNull(row.process_id),
    processDefinitionKey: textOrNull(row.definition_key),
    processInstanceKey: textOrNull(row.instance_key),
    rootProcessInstanceKey: textOrNull(row.root_key),
    elementInstanceKey: textOrNull(row.element_key),
    jobKey: textOrNull(row.job_key),
    userTaskKey: textOrNull(row.task_key),
    deploymentKey: textOrNull(row.deployment_key),
  }),
};

/** Root and number that an entry's key is made of; null: no such key can be. */
export function partsOfAuditKey(auditLogKey: string): { readonly ownKey: string; readonly sequence: number } | null {
  const match = new RegExp(`^(\\d{1,17})(\\d{${sequenceDigits}})$`).exec(auditLogKey);
  return match === null ? null : { ownKey: match[1]!, sequence: Number(match[2]) };
}
