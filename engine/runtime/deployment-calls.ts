/** Calls about what is deployed. */
import type { Queryable } from "../../store/index.ts";
import type { Key } from "../core/json.ts";
import { tenantOf } from "./admit-input.ts";
import type { CallContext } from "./contract/context.ts";
import type { Deployment, DeploymentOptions, ResourceFile } from "./contract/deployment.ts";
import type { Engine } from "./contract/engine.ts";
import { EngineError } from "./contract/errors.ts";
import { writeDeployment } from "./deploy/deploy.ts";
import { latestResources } from "./deploy/latest-resources.ts";
import { type ReadResource, readResources } from "./deploy/read-resources.ts";
import { startSubscriptionsOf } from "./deploy/start-subscriptions.ts";
import type { Deps } from "./deps.ts";
import { noticeOf } from "./notices.ts";
import { recordDeed } from "./operator-record.ts";
import { assertNamed } from "./scope.ts";

const engineTable = [
  { table: "process_definition", what: "process definition", id: "process_id" },
  { table: "decision_requirements", what: "decision requirements", id: "requirements_id" },
  { table: "form", what: "form", id: "form_id" },
  { table: "resource", what: "resource", id: "resource_id" },
] as const;

/** Writes who deleted, with the deletion. */
type Recording = (tx: Queryable) => Promise<void>;

export function deploymentCalls(
  deps: Deps,
): Pick<Engine, "deploy" | "checkResources" | "deleteResource" | "latestResources"> {
  return {
    async checkResources(files, tenantId, context) {
      await readFor(deps, files, tenantOf(tenantId, context), context);
    },
    deploy: (files, options, context) => deploy(deps, files, options, context),
    deleteResource: (key, context) => deleteResource(deps, key, context),
    latestResources: (names, tenantId, context) =>
      latestResources(deps.database.forTenants(context.tenantIds), tenantOf(tenantId, context), names, context.scope),
  };
}

async function deploy(
  deps: Deps,
  files: readonly ResourceFile[],
  options: DeploymentOptions,
  context: CallContext,
): Promise<Deployment> {
  const { database, keys, clock, catalog } = deps;
  const tenantId = tenantOf(options.tenantId, context);
  const resources = await readFor(deps, files, tenantId, context);
  await keys.ensure();
  const { deployment, processes, models } = await writeDeployment(resources, tenantId, context, {
    database,
    nextKey: () => keys.next(),
    resourceKeyOf: (model) => catalog.decisions.resourceKeyOf(model),
    now: clock.now(),
    gate: options.gate,
  });
  for (const process of processes) catalog.definitions.keep(process);
  for (const { resourceKey, resource } of models) catalog.decisions.keep(resourceKey, resource.model);
  await deps.definitionsChanged();
  deps.timers.look();
  for (const process of processes) {
    const entry = catalog.definitions.entry(process.key);
    if (entry && catalog.definitions.startsByMessage(process.key))
      await deps.correlator.startBuffered(entry.processId, entry.tenantId);
  }
  deps.notices.publish(noticeOf("deployments", deployment.deploymentKey, "deployed", tenantId));
  return deployment;
}

/** Files read as a deployment reads them. @throws {EngineError} `invalid`; `forbidden` for what is out of the caller's scope. */
async function readFor(
  { limits, catalog, nativeAgents }: Deps,
  files: readonly ResourceFile[],
  tenantId: string,
  context: CallContext,
): Promise<readonly ReadResource[]> {
  const resources = await readResources(files, {
    nativeAgents,
    resourceBytesMax: limits.resourceBytesMax,
    findDeployedModel: (namespace) => catalog.decisions.findModel(namespace, tenantId),
  });
  for (const id of resources.flatMap(idsOf)) assertNamed(context, "resourceIds", id);
  return resources;
}

/** What a permission names a resource by. */
function idsOf(resource: ReadResource): readonly string[] {
  switch (resource.kind) {
    case "process":
      return resource.processes.map(({ processId }) => processId);
    case "decision":
      return [resource.model.id];
    case "form":
      return [resource.formId];
    case "resource":
      return [resource.name];
  }
}

async function deleteResource(deps: Deps, key: Key, context: CallContext): Promise<void> {
  const { database } = deps;
  if (/^\d{1,18}$/.test(key)) {
    for (const { table, what, id } of engineTable) {
      const rows = await database
        .forTenants(context.tenantIds)
        .query<{ tenant_id: string; id: string }>(`select tenant_id, ${id} as id from ${table} where key = $1`, [key]);
      const row = rows[0];
      if (!row || (context.tenantIds && !context.tenantIds.includes(row.tenant_id))) continue;
      assertNamed(context, "resourceIds", row.id);
      await deps.keys.ensure();
      const record = (tx: Queryable): Promise<void> =>
        recordDeed(deps, tx, context, {
          command: "deleteResource",
          operation: "DELETE",
          entityType: "RESOURCE",
          entityKey: key,
          description: what,
          tenantId: row.tenant_id,
        });
      if (table === "process_definition") await deleteProcess(deps, key, record);
      else if (table === "resource") await deletePlainResource(deps, key, record);
      else await deleteVersioned(deps, table, key, what, record);
      await deps.definitionsChanged();
      return;
    }
  }
  throw new EngineError(
    "notFound",
    `Expected a deployed resource with the key ${String(key).slice(0, 40)}, but there is none`,
  );
}

/** Its row stays as DELETED: ended instances and their history still refer to it. The version before becomes the latest. */
async function deleteProcess(deps: Deps, key: Key, record: Recording): Promise<void> {
  const { database, catalog, keys, clock } = deps;
  await database.transaction(async (tx) => {
    await record(tx);
    const running = await tx.query(
      "select 1 from process_instance where definition_key = $1 and state = 'ACTIVE' limit 1",
      [key],
    );
    if (running.length > 0)
      throw new EngineError(
        "invalidState",
        `Expected no running instances of process definition ${key}, but there are some: cancel or migrate them first`,
      );
    const rows = await tx.query<{ process_id: string; tenant_id: string; was_latest: boolean }>(
      "update process_definition d set state = 'DELETED', is_latest = false from (select key, is_latest as was_latest from process_definition where key = $1) o where d.key = o.key and d.state <> 'DELETED' returning d.process_id, d.tenant_id, o.was_latest",
      [key],
    );
    const deleted = rows[0];
    if (!deleted)
      throw new EngineError("notFound", `Expected a process definition with the key ${key}, but it is deleted already`);
    await tx.query("delete from start_subscription where definition_key = $1", [key]);
    if (!deleted.was_latest) return;
    const before = await tx.query<{ key: Key }>(
      "update process_definition set is_latest = true where key = (select key from process_definition where tenant_id = $1 and process_id = $2 and state <> 'DELETED' order by version desc limit 1) returning key",
      [deleted.tenant_id, deleted.process_id],
    );
    const latest = before[0];
    if (!latest || !(await catalog.definitions.load(latest.key))) return;
    const process = catalog.definitions.compiled(latest.key);
    for (const start of process ? startSubscriptionsOf(process, clock.now(), () => keys.next()) : []) {
      await tx.query(
        "insert into start_subscription (key, definition_key, process_id, element_id, element_index, kind, name, due_at, repetitions, interval, created_at, tenant_id) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        [
          start.key,
          latest.key,
          deleted.process_id,
          start.elementId,
          start.elementIndex,
          start.kind,
          start.name,
          start.dueAt,
          start.repetitions,
          start.interval,
          clock.now(),
          deleted.tenant_id,
        ],
      );
    }
  });
}

async function deletePlainResource(deps: Deps, key: Key, record: Recording): Promise<void> {
  await deps.database.transaction(async (tx) => {
    await record(tx);
    const rows = await tx.query("delete from resource where key = $1 and kind = 'resource' returning key", [key]);
    if (rows.length === 0)
      throw new EngineError(
        "invalidState",
        `Expected a resource that nothing is made of, but ${key} is the file of a process, decision or form: delete that`,
      );
  });
}

async function deleteVersioned(
  deps: Deps,
  table: "decision_requirements" | "form",
  key: Key,
  what: string,
  record: Recording,
): Promise<void> {
  await deps.database.transaction(async (tx) => {
    await record(tx);
    const rows = await tx.query<{ resource_key: Key }>(`delete from ${table} where key = $1 returning resource_key`, [
      key,
    ]);
    if (!rows[0]) throw new EngineError("notFound", `Expected a ${what} with the key ${key}, but there is none`);
    if (table === "decision_requirements") await refuseWhenImported(tx, key, rows[0].resource_key);
    await tx.query("delete from resource where key = $1", [rows[0].resource_key]);
    if (table === "form") {
      await tx.query(
        "update form f set is_latest = true where version = (select max(version) from form g where g.tenant_id = f.tenant_id and g.form_id = f.form_id) and not is_latest",
      );
      return;
    }
    await tx.query("delete from decision_definition where requirements_key = $1", [key]);
    await tx.query(
      "update decision_definition d set is_latest = true where version = (select max(version) from decision_definition e where e.tenant_id = d.tenant_id and e.decision_id = d.decision_id) and not is_latest",
    );
  });
}

async function refuseWhenImported(tx: Queryable, key: Key, resourceKey: Key): Promise<void> {
  const importing = await tx.query<{ requirements_id: string }>(
    "select requirements_id from decision_requirements where imports @> $1::jsonb limit 1",
    [JSON.stringify([{ resourceKey }])],
  );
  if (importing[0])
    throw new EngineError(
      "invalidState",
      `Expected decision requirements that no other model imports, but ${importing[0].requirements_id} imports ${key}: delete that first`,
    );
}
