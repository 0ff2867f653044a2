/**
 * A BPMN file with its processes: all of them keep version and key, or all of them get the next one. The latest version
 * is the one that messages, timers, signals and conditions start.
 */
import type { Key } from "../../core/json.ts";
import type { ExecutableProcess } from "../../core/process.ts";
import { deployed } from "../../model/index.ts";
import { restTypeOf } from "../rows/element-type.ts";
import { type StartSubscription, startSubscriptionsOf } from "./start-subscriptions.ts";
import { nothingDeployed, type Of, type Writing } from "./writing.ts";

export async function writeProcessFile(writing: Writing, resource: Of<"process">): Promise<void> {
  const latest = new Map<string, { key: Key; version: number; checksum: string; resource_name: string }>();
  for (const process of resource.processes) {
    const row = await writing.one<{ key: Key; version: number; checksum: string; resource_name: string }>(
      "select key, version, checksum, resource_name from process_definition where tenant_id = $1 and process_id = $2 order by version desc limit 1",
      [writing.tenantId, process.processId],
    );
    if (row) latest.set(process.processId, row);
  }
  const unchanged = resource.processes.every((process) => {
    const row = latest.get(process.processId);
    return row?.checksum === resource.checksum && row.resource_name === resource.name;
  });
  const resourceKey = unchanged ? "" : await writing.insertResource(resource, resource.name, 1, null);
  for (const process of resource.processes) {
    const known = latest.get(process.processId);
    const key = unchanged && known ? known.key : writing.environment.nextKey();
    const version = unchanged && known ? known.version : (known?.version ?? 0) + 1;
    if (!unchanged) {
      const executable = deployed(process, {
        key,
        version,
        deploymentKey: writing.deploymentKey,
        tenantId: writing.tenantId,
      });
      await insertDefinition(writing, executable, resource, resourceKey);
      writing.processes.push(executable);
    }
    writing.items.push({
      ...nothingDeployed,
      processDefinition: {
        processDefinitionId: process.processId,
        processDefinitionVersion: version,
        processDefinitionKey: key,
        resourceName: resource.name,
        tenantId: writing.tenantId,
      },
    });
  }
}

async function insertDefinition(
  writing: Writing,
  process: ExecutableProcess,
  resource: Of<"process">,
  resourceKey: Key,
): Promise<void> {
  const form = startFormOf(process);
  await writing.tx.query(
    "update process_definition set is_latest = false where tenant_id = $1 and process_id = $2 and is_latest",
    [writing.tenantId, process.processId],
  );
  await writing.tx.query(
    `insert into process_definition (key, process_id, version, name, version_tag, resource_key, resource_name, deployment_key, checksum, tenant_id, start_form)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::jsonb)`,
    [
      process.key,
      process.processId,
      process.version,
      process.name,
      process.versionTag,
      resourceKey,
      resource.name,
      writing.deploymentKey,
      resource.checksum,
      writing.tenantId,
      form === null ? null : JSON.stringify(form),
    ],
  );
  const elements = process.elements.map((element) => ({
    definition_key: process.key,
    element_id: element.id,
    name: element.name,
    type: restTypeOf(element.type),
  }));
  await writing.tx.query(
    "insert into process_element (definition_key, element_id, name, type) select definition_key, element_id, name, type from jsonb_to_recordset($1::jsonb) as r(definition_key bigint, element_id text, name text, type text) on conflict do nothing",
    [JSON.stringify(elements)],
  );
  await writing.tx.query("delete from start_subscription where tenant_id = $1 and process_id = $2", [
    writing.tenantId,
    process.processId,
  ]);
  for (const start of startSubscriptionsOf(process, writing.environment.now, () => writing.environment.nextKey()))
    await insertStart(writing, process, start);
}

async function insertStart(writing: Writing, process: ExecutableProcess, start: StartSubscription): Promise<void> {
  await writing.tx.query(
    `insert into start_subscription (key, definition_key, process_id, element_id, element_index, kind, name, due_at, repetitions, interval, created_at, tenant_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      start.key,
      process.key,
      process.processId,
      start.elementId,
      start.elementIndex,
      start.kind,
      start.name,
      start.dueAt,
      start.repetitions,
      start.interval,
      writing.environment.now,
      writing.tenantId,
    ],
  );
}

/** The form of the none start event: a deployed form's id, or a schema that stands in the model. */
function startFormOf(process: ExecutableProcess): { readonly formId: string } | { readonly schema: string } | null {
  for (const element of process.elements) {
    if (element.type !== "startEvent" || element.scope !== 0 || element.eventDefinitions.length > 0) continue;
    if (element.startForm?.formId) return { formId: element.startForm.formId };
    const form = element.userTask;
    if (typeof form?.formId?.constant === "string") return { formId: form.formId.constant };
    if (form?.embeddedForm !== undefined) return { schema: form.embeddedForm };
  }
  return null;
}
