/** Answers that are not lists of rows: where a diagram's tokens are, what was taken, who called whom, how many run. */
import type { Queryable, SqlValue } from "../../../store/index.ts";
import type { Event } from "../../core/event.ts";
import type { Key } from "../../core/json.ts";
import type { CallContext } from "../contract/context.ts";
import type {
  CallHierarchyItem,
  DefinitionStatisticsItem,
  ElementStatisticsItem,
  ProcessInstanceItem,
  SequenceFlowItem,
} from "../contract/items.ts";
import { processIdsOf } from "../scope.ts";

/** From the record: a row per taken flow would be a fifth of all rows that the engine writes, for this one answer. */
export async function sequenceFlows(
  database: Queryable,
  item: ProcessInstanceItem,
): Promise<readonly SequenceFlowItem[]> {
  const rows = await database.query<{ events: string }>(
    "select events from history where root_key = $1 order by sequence",
    [item.rootProcessInstanceKey],
  );
  const taken = new Set<string>();
  for (const row of rows) {
    for (const event of JSON.parse(row.events) as Event[])
      if (event.type === "flowTaken" && event.instance === item.processInstanceKey) taken.add(event.flowId);
  }
  return [...taken].map((flowId) => ({
    sequenceFlowId: `${item.processInstanceKey}_${flowId}`,
    processInstanceKey: item.processInstanceKey,
    rootProcessInstanceKey: item.rootProcessInstanceKey,
    processDefinitionKey: item.processDefinitionKey,
    processDefinitionId: item.processDefinitionId,
    elementId: flowId,
    tenantId: item.tenantId,
  }));
}

export async function elementStatistics(
  database: Queryable,
  where: string,
  values: readonly SqlValue[],
): Promise<readonly ElementStatisticsItem[]> {
  const incident =
    "exists (select 1 from incident i where i.root_key = e.root_key and i.state = 'ACTIVE' and e.key = any(i.path))";
  const rows = await database.query<{
    element_id: string;
    active: string;
    canceled: string;
    incidents: string;
    completed: string;
  }>(
    `select e.element_id,
            count(*) filter (where e.state = 'ACTIVE' and not ${incident}) as active,
            count(*) filter (where e.state = 'TERMINATED') as canceled,
            count(*) filter (where e.state = 'ACTIVE' and ${incident}) as incidents,
            count(*) filter (where e.state = 'COMPLETED') as completed
       from element_instance e where ${where} group by e.element_id order by e.element_id`,
    values,
  );
  return rows.map((row) => ({
    elementId: row.element_id,
    active: Number(row.active),
    canceled: Number(row.canceled),
    incidents: Number(row.incidents),
    completed: Number(row.completed),
  }));
}

/** What is out of the caller's scope is left out. */
export async function callHierarchy(
  database: Queryable,
  item: ProcessInstanceItem,
  context: CallContext,
): Promise<readonly CallHierarchyItem[]> {
  const rows = await database.query<{ key: Key; definition_key: Key; name: string }>(
    `with recursive up(key, parent_key, definition_key, depth) as (
       select key, parent_key, definition_key, 0 from process_instance where root_key = $1 and key = $2
       union all select p.key, p.parent_key, p.definition_key, u.depth + 1 from up u join process_instance p on p.root_key = $1 and p.key = u.parent_key)
     select u.key, u.definition_key, coalesce(d.name, d.process_id) as name from up u join process_definition d on d.key = u.definition_key
      where $3::text[] is null or d.process_id = any($3) order by u.depth desc`,
    [item.rootProcessInstanceKey, item.processInstanceKey, processIdsOf(context)],
  );
  return rows.map((row) => ({
    processInstanceKey: row.key,
    processDefinitionKey: row.definition_key,
    processDefinitionName: row.name,
  }));
}

export async function definitionStatistics(
  database: Queryable,
  context: CallContext,
): Promise<readonly DefinitionStatisticsItem[]> {
  const rows = await database.query<{
    key: Key;
    process_id: string;
    version: number;
    name: string | null;
    tenant_id: string;
    bad: string;
    good: string;
  }>(
    `select d.key, d.process_id, d.version, d.name, d.tenant_id,
            count(*) filter (where exists (select 1 from incident i where i.root_key = p.root_key and i.state = 'ACTIVE' and p.key = any(i.path))) as bad,
            count(*) filter (where not exists (select 1 from incident i where i.root_key = p.root_key and i.state = 'ACTIVE' and p.key = any(i.path))) as good
       from process_definition d join process_instance p on p.definition_key = d.key and p.state = 'ACTIVE'
      where ($1::text[] is null or d.tenant_id = any($1)) and ($2::text[] is null or d.process_id = any($2))
      group by d.key order by d.process_id, d.version`,
    [context.tenantIds ?? null, processIdsOf(context)],
  );
  return rows.map((row) => ({
    processDefinitionId: row.process_id,
    processDefinitionKey: row.key,
    processDefinitionVersion: row.version,
    processDefinitionName: row.name,
    tenantId: row.tenant_id,
    activeInstancesWithIncidentCount: Number(row.bad),
    activeInstancesWithoutIncidentCount: Number(row.good),
  }));
}
