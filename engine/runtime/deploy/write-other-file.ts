/** Forms, and files that the engine keeps without reading them. */
import type { Key } from "../../core/json.ts";
import { nothingDeployed, type Of, type Writing } from "./writing.ts";

export async function writeForm(writing: Writing, resource: Of<"form">): Promise<void> {
  const known = await writing.one<{ key: Key; version: number; checksum: string; resource_name: string }>(
    "select key, version, checksum, resource_name from form where tenant_id = $1 and form_id = $2 order by version desc limit 1",
    [writing.tenantId, resource.formId],
  );
  const unchanged = known?.checksum === resource.checksum && known.resource_name === resource.name;
  const key = unchanged ? known.key : writing.environment.nextKey();
  const version = unchanged ? known.version : (known?.version ?? 0) + 1;
  if (!unchanged) {
    const resourceKey = await writing.insertResource(resource, resource.formId, version, resource.versionTag);
    await writing.tx.query("update form set is_latest = false where tenant_id = $1 and form_id = $2 and is_latest", [
      writing.tenantId,
      resource.formId,
    ]);
    await writing.tx.query(
      "insert into form (key, form_id, version, version_tag, resource_key, resource_name, deployment_key, checksum, schema, tenant_id) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
      [
        key,
        resource.formId,
        version,
        resource.versionTag,
        resourceKey,
        resource.name,
        writing.deploymentKey,
        resource.checksum,
        resource.schema,
        writing.tenantId,
      ],
    );
  }
  writing.items.push({
    ...nothingDeployed,
    form: { formId: resource.formId, formKey: key, version, resourceName: resource.name, tenantId: writing.tenantId },
  });
}

export async function writePlain(writing: Writing, resource: Of<"resource">): Promise<void> {
  const known = await writing.one<{ key: Key; version: number; checksum: string }>(
    "select key, version, checksum from resource where tenant_id = $1 and name = $2 and kind = 'resource' order by version desc limit 1",
    [writing.tenantId, resource.name],
  );
  const unchanged = known?.checksum === resource.checksum;
  const version = unchanged ? known.version : (known?.version ?? 0) + 1;
  const key = unchanged ? known.key : await writing.insertResource(resource, resource.name, version, null);
  writing.items.push({
    ...nothingDeployed,
    resource: {
      resourceId: resource.name,
      resourceKey: key,
      resourceName: resource.name,
      version,
      tenantId: writing.tenantId,
    },
  });
}
