/** What is deployed under file names: what a deployment of files of these names would replace. */
import type { Queryable } from "../../../store/index.ts";
import type { CallScope } from "../contract/context.ts";
import type { LatestResource } from "../contract/deployment.ts";
import { resources } from "../queries/definition-resources.ts";
import { parameters } from "../queries/parameters.ts";
import { scopeSql } from "../scope.ts";

/** Keys rise within one node only, so the deployments' times decide. */
export async function latestResources(
  db: Queryable,
  tenantId: string,
  names: readonly string[],
  scope?: CallScope,
): Promise<readonly LatestResource[]> {
  const { values, add } = parameters();
  const conditions = [`r.tenant_id = ${add(tenantId, "text")}`, `r.name = any(${add([...names], "text[]")})`];
  if (scope) conditions.push(scopeSql(resources.members, scope, add));
  const rows = await db.query<{ readonly name: string; readonly key: string; readonly checksum: string }>(
    `select distinct on (r.name) r.name, r.key, r.checksum from resource r join deployment d on d.key = r.deployment_key
      where ${conditions.join(" and ")} order by r.name, d.deployed_at desc, r.key desc`,
    values,
  );
  return rows.map(({ name, key, checksum }) => ({ name, resourceKey: key, checksum }));
}
