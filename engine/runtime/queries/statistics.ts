/** Numbers of incidents, message subscriptions and use; those of jobs are in job-statistics.ts. */
import type { Database } from "../../../store/index.ts";
import type { CallContext } from "../contract/context.ts";
import { EngineError } from "../contract/errors.ts";
import type { IncidentErrorItem, Statistics, TimeWindow, Usage } from "../contract/statistics.ts";
import { assertUnlimited, scopeSql } from "../scope.ts";
import { forwardPage } from "./forward-page.ts";
import { jobStatistics, timesOf } from "./job-statistics.ts";
import { messageSubscriptions } from "./message-resources.ts";
import { parameters } from "./parameters.ts";
import { keysQuery } from "./search.ts";
import { errorHash } from "./special-filters.ts";

type Row = Readonly<Record<string, unknown>>;

const groupsMax = 10_000;

export function statistics(database: Database): Statistics {
  return {
    ...jobStatistics(database),
    ofIncidentErrors: (context) => incidentErrors(database, context),
    async ofIncidentDefinitions(errorHashCode, context) {
      if (!Number.isInteger(errorHashCode) || Math.abs(errorHashCode) > 2 ** 31)
        throw new EngineError("invalid", "Expected an error hash code of an earlier answer, but this is none");
      const { values, where } = activeIncidents(context);
      values.push(errorHashCode);
      const rows = await database.forTenants(context.tenantIds).query<Row>(
        `select d.key, d.process_id, coalesce(d.name, d.process_id) as name, d.version, d.tenant_id, count(distinct i.instance_key) as instances
           from incident i join process_definition d on d.key = i.definition_key
          where ${where} and ${errorHash} = $${values.length}::bigint
          group by d.key order by instances desc, d.key limit ${groupsMax}`,
        values,
      );
      return rows.map((row) => ({
        processDefinitionId: String(row.process_id),
        processDefinitionKey: String(row.key),
        processDefinitionName: String(row.name),
        processDefinitionVersion: Number(row.version),
        tenantId: String(row.tenant_id),
        activeInstancesWithErrorCount: Number(row.instances),
      }));
    },
    ofMessageSubscriptions(filter, page, context) {
      const { where, values } = keysQuery(messageSubscriptions, filter, context);
      const grouped = `select lpad(s.definition_key::text, 20, '0') collate "C" as name, s.definition_key, s.process_id, s.tenant_id, count(*) as subscriptions, count(distinct s.instance_key) as instances ${where} and s.state = 'CREATED' group by 1, 2, 3, 4`;
      return forwardPage(database.forTenants(context.tenantIds), grouped, values, page, (row) => ({
        processDefinitionId: String(row.process_id),
        tenantId: String(row.tenant_id),
        processDefinitionKey: String(row.definition_key),
        processInstancesWithActiveSubscriptions: Number(row.instances),
        activeSubscriptions: Number(row.subscriptions),
      }));
    },
    ofUsage: (window, context) => usage(database, window, context),
  };
}

function activeIncidents(context: CallContext) {
  const { values, add } = parameters();
  const conditions = ["i.state = 'ACTIVE'"];
  if (context.tenantIds) conditions.push(`i.tenant_id = any(${add([...context.tenantIds], "text[]")})`);
  if (context.scope) conditions.push(scopeSql({ process: "d.process_id" }, context.scope, add));
  return { values, where: conditions.join(" and ") };
}

async function incidentErrors(database: Database, context: CallContext): Promise<readonly IncidentErrorItem[]> {
  const { values, where } = activeIncidents(context);
  const rows = await database.forTenants(context.tenantIds).query<Row>(
    `select ${errorHash} as hash, i.message, count(distinct i.instance_key) as instances
       from incident i join process_definition d on d.key = i.definition_key
      where ${where} group by i.message order by instances desc, i.message limit ${groupsMax}`,
    values,
  );
  return rows.map((row) => ({
    errorHashCode: Number(row.hash),
    errorMessage: String(row.message),
    activeInstancesWithErrorCount: Number(row.instances),
  }));
}

async function usage(
  database: Database,
  window: TimeWindow,
  context: CallContext,
): Promise<ReadonlyMap<string, Usage>> {
  assertUnlimited(context);
  const { from, to } = timesOf(window);
  const rows = await database.forTenants(context.tenantIds).query<Row>(
    `select tenant_id, sum(instances) as instances, sum(decisions) as decisions, sum(assignees) as assignees from (
       select tenant_id, count(*) as instances, 0 as decisions, 0 as assignees from process_instance
        where parent_key is null and started_at >= $1 and started_at < $2 group by tenant_id
       union all
       select tenant_id, 0, count(*), 0 from decision_instance where evaluated_at >= $1 and evaluated_at < $2 group by tenant_id
       union all
       select tenant_id, 0, 0, count(distinct assignee) from user_task
        where assignee is not null and created_at < $2 and (ended_at is null or ended_at >= $1) group by tenant_id
     ) u where $3::text[] is null or tenant_id = any($3) group by tenant_id`,
    [from, to, context.tenantIds ? [...context.tenantIds] : null],
  );
  return new Map(
    rows.map((row) => [
      String(row.tenant_id),
      {
        processInstances: Number(row.instances),
        decisionInstances: Number(row.decisions),
        assignees: Number(row.assignees),
      },
    ]),
  );
}
