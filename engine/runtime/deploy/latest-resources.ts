/** What is deployed under file names: what a deployment of files of these names would replace. */
import type { Queryable } from "../../../store/index.ts";
import type { LatestResource } from "../contract/deployment.ts";

/** Keys rise within one node only, so the deployments' times decide. */
export async function latestResources(
  db: Queryable,
  tenantId: string,
  names: readonly string[],
): Promise<readonly LatestResource[]> {
  const rows = await db.query<{ readonly name: string; readonly key: string; readonly checksum: string }>(
    `select distinct on (r.name) r.name, r.key, r.checksum from resource r join deployment d on d.key = r.deployment_key
      where r.tenant_id = $1 and r.name = any($2) order by r.name, d.deployed_at desc, r.key desc`,
    [tenantId, names],
  );
  return rows.map(({ name, key, checksum }) => ({ name, resourceKey: key, checksum }));
}
