/**
 * Deployment: everything is read and checked first, then written in one transaction under one lock, so that versions
 * are dense and two nodes cannot give the same one. A resource whose checksum and name are those of its latest version
 * keeps version and key.
 */
import type { DecisionModel } from "../../../decisions/index.ts";
import type { Database, Queryable, SqlValue } from "../../../store/index.ts";
import type { EpochMs, Key } from "../../core/json.ts";
import type { ExecutableProcess } from "../../core/process.ts";
import { deployed } from "../../model/index.ts";
import type { CallContext } from "../contract/context.ts";
import type { DeployedItem, Deployment, DeploymentGate } from "../contract/deployment.ts";
import { restTypeOf } from "../rows/element-type.ts";
import { refuseForeignDecisions } from "./foreign-decisions.ts";
import { latestResources } from "./latest-resources.ts";
import type { ReadResource } from "./read-resources.ts";
import { type StartSubscription, startSubscriptionsOf } from "./start-subscriptions.ts";

const deployLock = 7_310_003;

export interface DeployEnvironment {
  readonly database: Database;
  nextKey(): Key;
  /** Of a deployed model that a new one imports. */
  resourceKeyOf(model: DecisionModel): Key | undefined;
  readonly now: EpochMs;
  readonly gate?: DeploymentGate | undefined;
}

export interface DeployResult {
  readonly deployment: Deployment;
  readonly processes: readonly ExecutableProcess[];
  readonly models: readonly {
    readonly resourceKey: Key;
    readonly resource: Extract<ReadResource, { kind: "decision" }>;
  }[];
}

type Of<Kind extends ReadResource["kind"]> = Extract<ReadResource, { readonly kind: Kind }>;

const empty: DeployedItem = {
  processDefinition: null,
  decisionDefinition: null,
  decisionRequirements: null,
  form: null,
  resource: null,
};

interface KnownRequirements {
  readonly key: Key;
  readonly version: number;
  readonly resource_key: Key;
  /** Content, name, and what its imports mean. */
  readonly is_same: boolean;
}

interface LatestDecision {
  readonly key: Key;
  readonly version: number;
  readonly requirements_key: Key;
}

interface DecisionVersion {
  readonly id: string;
  readonly name: string;
  readonly key: Key;
  readonly version: number;
}

interface DefinedDecision {
  readonly id: string;
  readonly name: string;
  readonly latest: LatestDecision | undefined;
}

/** One deployment inside its transaction. */
class Writing {
  readonly items: DeployedItem[] = [];
  readonly processes: ExecutableProcess[] = [];
  readonly models: { resourceKey: Key; resource: Of<"decision"> }[] = [];
  /** What is not as it was deployed last. */
  readonly changed = new Set<ReadResource>();
  readonly #tx: Queryable;
  readonly #environment: DeployEnvironment;
  readonly #deploymentKey: Key;
  readonly #tenantId: string;
  readonly #resourceKeys = new Map<DecisionModel, Key>();

  constructor(tx: Queryable, environment: DeployEnvironment, deploymentKey: Key, tenantId: string) {
    this.#tx = tx;
    this.#environment = environment;
    this.#deploymentKey = deploymentKey;
    this.#tenantId = tenantId;
  }

  write(resource: ReadResource): Promise<void> {
    switch (resource.kind) {
      case "process":
        return this.#processFile(resource);
      case "decision":
        return this.#decisionFile(resource);
      case "form":
        return this.#form(resource);
      case "resource":
        return this.#plain(resource);
    }
  }

  async #one<Row>(sql: string, parameters: readonly SqlValue[]): Promise<Row | undefined> {
    return (await this.#tx.query<Row>(sql, parameters))[0];
  }

  async #insertResource(
    resource: ReadResource,
    resourceId: string,
    version: number,
    versionTag: string | null,
  ): Promise<Key> {
    const key = this.#environment.nextKey();
    this.changed.add(resource);
    await this.#tx.query(
      "insert into resource (key, deployment_key, kind, name, resource_id, version, version_tag, checksum, content, tenant_id) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
      [
        key,
        this.#deploymentKey,
        resource.kind,
        resource.name,
        resourceId,
        version,
        versionTag,
        resource.checksum,
        resource.content,
        this.#tenantId,
      ],
    );
    return key;
  }

  async #processFile(resource: Of<"process">): Promise<void> {
    const latest = new Map<string, { key: Key; version: number; checksum: string; resource_name: string }>();
    for (const process of resource.processes) {
      const row = await this.#one<{ key: Key; version: number; checksum: string; resource_name: string }>(
        "select key, version, checksum, resource_name from process_definition where tenant_id = $1 and process_id = $2 order by version desc limit 1",
        [this.#tenantId, process.processId],
      );
      if (row) latest.set(process.processId, row);
    }
    const unchanged = resource.processes.every((process) => {
      const row = latest.get(process.processId);
      return row?.checksum === resource.checksum && row.resource_name === resource.name;
    });
    const resourceKey = unchanged ? "" : await this.#insertResource(resource, resource.name, 1, null);
    for (const process of resource.processes) {
      const known = latest.get(process.processId);
      const key = unchanged && known ? known.key : this.#environment.nextKey();
      const version = unchanged && known ? known.version : (known?.version ?? 0) + 1;
      if (!unchanged) {
        const executable = deployed(process, {
          key,
          version,
          deploymentKey: this.#deploymentKey,
          tenantId: this.#tenantId,
        });
        await this.#processDefinition(executable, resource, resourceKey);
        this.processes.push(executable);
      }
      this.items.push({
        ...empty,
        processDefinition: {
          processDefinitionId: process.processId,
          processDefinitionVersion: version,
          processDefinitionKey: key,
          resourceName: resource.name,
          tenantId: this.#tenantId,
        },
      });
    }
  }

  async #processDefinition(process: ExecutableProcess, resource: Of<"process">, resourceKey: Key): Promise<void> {
    const form = startFormOf(process);
    await this.#tx.query(
      "update process_definition set is_latest = false where tenant_id = $1 and process_id = $2 and is_latest",
      [this.#tenantId, process.processId],
    );
    await this.#tx.query(
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
        this.#deploymentKey,
        resource.checksum,
        this.#tenantId,
        form === null ? null : JSON.stringify(form),
      ],
    );
    const elements = process.elements.map((element) => ({
      definition_key: process.key,
      element_id: element.id,
      name: element.name,
      type: restTypeOf(element.type),
    }));
    await this.#tx.query(
      "insert into process_element (definition_key, element_id, name, type) select definition_key, element_id, name, type from jsonb_to_recordset($1::jsonb) as r(definition_key bigint, element_id text, name text, type text) on conflict do nothing",
      [JSON.stringify(elements)],
    );
    await this.#tx.query("delete from start_subscription where tenant_id = $1 and process_id = $2", [
      this.#tenantId,
      process.processId,
    ]);
    for (const start of startSubscriptionsOf(process, this.#environment.now, () => this.#environment.nextKey()))
      await this.#startSubscription(process, start);
  }

  async #startSubscription(process: ExecutableProcess, start: StartSubscription): Promise<void> {
    await this.#tx.query(
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
        this.#environment.now,
        this.#tenantId,
      ],
    );
  }

  async #decisionFile(resource: Of<"decision">): Promise<void> {
    const { model } = resource;
    const imports = JSON.stringify(
      model.imports.map((each) => ({ namespace: each.namespace, resourceKey: this.#resourceKeyOf(each.model) })),
    );
    const known = await this.#one<KnownRequirements>(
      `select key, version, resource_key, checksum = $3 and resource_name = $4 and imports = $5::jsonb as is_same
       from decision_requirements where tenant_id = $1 and requirements_id = $2 order by version desc limit 1`,
      [this.#tenantId, model.id, resource.checksum, resource.name, imports],
    );
    const defined = await this.#latestDecisions(model);
    // Another model may have taken over one of the ids since: then the latest version has to come back.
    const unchanged = known?.is_same === true && defined.every(({ latest }) => latest?.requirements_key === known.key);
    const requirementsKey = unchanged ? known.key : this.#environment.nextKey();
    const version = unchanged ? known.version : (known?.version ?? 0) + 1;
    if (unchanged) this.#resourceKeys.set(model, known.resource_key);
    else {
      const resourceKey = await this.#insertResource(resource, model.id, version, null);
      await this.#tx.query(
        `insert into decision_requirements (key, requirements_id, name, version, resource_key, resource_name, deployment_key, checksum, tenant_id, namespace, imports)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::jsonb)`,
        [
          requirementsKey,
          model.id,
          model.name,
          version,
          resourceKey,
          resource.name,
          this.#deploymentKey,
          resource.checksum,
          this.#tenantId,
          model.namespace,
          imports,
        ],
      );
      this.#resourceKeys.set(model, resourceKey);
      this.models.push({ resourceKey, resource });
    }
    const versions = unchanged
      ? defined.flatMap(({ id, name, latest }) =>
          latest ? [{ id, name, key: latest.key, version: latest.version }] : [],
        )
      : await this.#decisions(defined, requirementsKey);
    for (const decision of versions) this.#decisionItem(decision, model.id, requirementsKey);
    this.items.push({
      ...empty,
      decisionRequirements: {
        decisionRequirementsId: model.id,
        decisionRequirementsName: model.name,
        decisionRequirementsKey: requirementsKey,
        version,
        resourceName: resource.name,
        tenantId: this.#tenantId,
      },
    });
  }

  #decisionItem({ id, name, key, version }: DecisionVersion, requirementsId: string, requirementsKey: Key): void {
    this.items.push({
      ...empty,
      decisionDefinition: {
        decisionDefinitionId: id,
        decisionDefinitionKey: key,
        version,
        name,
        tenantId: this.#tenantId,
        decisionRequirementsId: requirementsId,
        decisionRequirementsKey: requirementsKey,
      },
    });
  }

  #resourceKeyOf(model: DecisionModel): Key {
    const key = this.#resourceKeys.get(model) ?? this.#environment.resourceKeyOf(model);
    if (key === undefined) throw new Error(`Expected the imported model ${model.name} to be deployed, but it is not`);
    return key;
  }

  /** What callers may evaluate: decisions and decision services share one space of ids. */
  async #latestDecisions(model: DecisionModel): Promise<readonly DefinedDecision[]> {
    const named = [...model.decisions.values(), ...model.decisionServices.values()];
    const rows = await this.#tx.query<LatestDecision & { readonly decision_id: string }>(
      "select distinct on (decision_id) decision_id, key, version, requirements_key from decision_definition where tenant_id = $1 and decision_id = any($2) order by decision_id, version desc",
      [this.#tenantId, named.map(({ id }) => id)],
    );
    const latest = new Map(rows.map((row) => [row.decision_id, row]));
    return named.map(({ id, name }) => ({ id, name, latest: latest.get(id) }));
  }

  /** All of a file in two statements: models of a thousand decisions exist. */
  async #decisions(defined: readonly DefinedDecision[], requirementsKey: Key): Promise<readonly DecisionVersion[]> {
    const versions = defined.map(({ id, name, latest }) => ({
      id,
      name,
      key: this.#environment.nextKey(),
      version: (latest?.version ?? 0) + 1,
    }));
    await this.#tx.query(
      "update decision_definition set is_latest = false where tenant_id = $1 and decision_id = any($2) and is_latest",
      [this.#tenantId, versions.map(({ id }) => id)],
    );
    await this.#tx.query(
      `insert into decision_definition (key, decision_id, name, version, requirements_key, deployment_key, tenant_id)
       select key, id, name, version, $2, $3, $4 from jsonb_to_recordset($1::jsonb) as r(key bigint, id text, name text, version integer)`,
      [JSON.stringify(versions), requirementsKey, this.#deploymentKey, this.#tenantId],
    );
    return versions;
  }

  async #form(resource: Of<"form">): Promise<void> {
    const known = await this.#one<{ key: Key; version: number; checksum: string; resource_name: string }>(
      "select key, version, checksum, resource_name from form where tenant_id = $1 and form_id = $2 order by version desc limit 1",
      [this.#tenantId, resource.formId],
    );
    const unchanged = known?.checksum === resource.checksum && known.resource_name === resource.name;
    const key = unchanged ? known.key : this.#environment.nextKey();
    const version = unchanged ? known.version : (known?.version ?? 0) + 1;
    if (!unchanged) {
      const resourceKey = await this.#insertResource(resource, resource.formId, version, resource.versionTag);
      await this.#tx.query("update form set is_latest = false where tenant_id = $1 and form_id = $2 and is_latest", [
        this.#tenantId,
        resource.formId,
      ]);
      await this.#tx.query(
        "insert into form (key, form_id, version, version_tag, resource_key, resource_name, deployment_key, checksum, schema, tenant_id) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        [
          key,
          resource.formId,
          version,
          resource.versionTag,
          resourceKey,
          resource.name,
          this.#deploymentKey,
          resource.checksum,
          resource.schema,
          this.#tenantId,
        ],
      );
    }
    this.items.push({
      ...empty,
      form: { formId: resource.formId, formKey: key, version, resourceName: resource.name, tenantId: this.#tenantId },
    });
  }

  async #plain(resource: Of<"resource">): Promise<void> {
    const known = await this.#one<{ key: Key; version: number; checksum: string }>(
      "select key, version, checksum from resource where tenant_id = $1 and name = $2 and kind = 'resource' order by version desc limit 1",
      [this.#tenantId, resource.name],
    );
    const unchanged = known?.checksum === resource.checksum;
    const version = unchanged ? known.version : (known?.version ?? 0) + 1;
    const key = unchanged ? known.key : await this.#insertResource(resource, resource.name, version, null);
    this.items.push({
      ...empty,
      resource: {
        resourceId: resource.name,
        resourceKey: key,
        resourceName: resource.name,
        version,
        tenantId: this.#tenantId,
      },
    });
  }
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

/**
 * Imported models before those that import them: their keys are written down there, and where both define the same id
 * the importing model's is the later version.
 */
function inWritingOrder(resources: readonly ReadResource[]): readonly ReadResource[] {
  const waiting = new Map<DecisionModel, ReadResource>();
  for (const resource of resources) if (resource.kind === "decision") waiting.set(resource.model, resource);
  const ordered = new Set<ReadResource>();
  for (const resource of resources) {
    const stack = [resource];
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const imports = top.kind === "decision" ? top.model.imports : [];
      const next = imports.map(({ model }) => waiting.get(model)).find((each) => each && !ordered.has(each));
      if (next) stack.push(next);
      else ordered.add(stack.pop() as ReadResource);
    }
  }
  return [...ordered];
}

/** Asked after the writing, which knows what changes, about what was there before it. */
async function gateOf(
  tx: Queryable,
  gate: DeploymentGate,
  resources: readonly ReadResource[],
  tenantId: string,
): Promise<(deploymentKey: Key, changed: ReadonlySet<ReadResource>) => Promise<void>> {
  const names = resources.map(({ name }) => name);
  const before = new Map((await latestResources(tx, tenantId, names)).map((each) => [each.name, each.resourceKey]));
  return (deploymentKey, changed) =>
    gate(tx, {
      deploymentKey,
      tenantId,
      resources: resources.map((resource) => ({
        name: resource.name,
        checksum: resource.checksum,
        isChanged: changed.has(resource),
        replaces: before.get(resource.name) ?? null,
      })),
    });
}

export async function writeDeployment(
  resources: readonly ReadResource[],
  tenantId: string,
  context: CallContext,
  environment: DeployEnvironment,
): Promise<DeployResult> {
  const deploymentKey = environment.nextKey();
  const writing = await environment.database.transaction(async (tx) => {
    await tx.query("select pg_advisory_xact_lock($1)", [deployLock]);
    const attempt = new Writing(tx, environment, deploymentKey, tenantId);
    await tx.query("insert into deployment (key, tenant_id, deployed_at, actor) values ($1, $2, $3, $4::jsonb)", [
      deploymentKey,
      tenantId,
      environment.now,
      JSON.stringify(context.actor),
    ]);
    const pass = environment.gate && (await gateOf(tx, environment.gate, resources, tenantId));
    await refuseForeignDecisions(tx, resources, tenantId, context);
    for (const resource of inWritingOrder(resources)) await attempt.write(resource);
    await pass?.(deploymentKey, attempt.changed);
    return attempt;
  });
  const warnings = resources.flatMap((resource) =>
    resource.kind === "process"
      ? resource.warnings.map((warning) => ({ resourceName: resource.name, ...warning }))
      : [],
  );
  return {
    deployment: {
      deploymentKey,
      tenantId,
      deployments: writing.items,
      warnings: warnings.map(({ resourceName, ruleId, elementId, message }) => ({
        resourceName,
        ruleId,
        elementId,
        message,
      })),
    },
    processes: writing.processes,
    models: writing.models,
  };
}
