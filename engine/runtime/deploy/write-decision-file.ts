/**
 * A DMN file: its requirements, and each decision and decision service that callers may evaluate. What the file means
 * includes what it imports: the same text over another version of an imported model is a new version.
 */
import type { DecisionModel } from "../../../decisions/index.ts";
import type { Key } from "../../core/json.ts";
import type { DeployedItem } from "../contract/deployment.ts";
import { nothingDeployed, type Of, type Writing } from "./writing.ts";

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

export async function writeDecisionFile(writing: Writing, resource: Of<"decision">): Promise<void> {
  const { model } = resource;
  const imports = JSON.stringify(
    model.imports.map((each) => ({ namespace: each.namespace, resourceKey: resourceKeyOf(writing, each.model) })),
  );
  const known = await writing.one<KnownRequirements>(
    `select key, version, resource_key, checksum = $3 and resource_name = $4 and imports = $5::jsonb as is_same
     from decision_requirements where tenant_id = $1 and requirements_id = $2 order by version desc limit 1`,
    [writing.tenantId, model.id, resource.checksum, resource.name, imports],
  );
  const defined = await latestDecisions(writing, model);
  // Another model may have taken over one of the ids since: then the latest version has to come back.
  const unchanged = known?.is_same === true && defined.every(({ latest }) => latest?.requirements_key === known.key);
  const requirementsKey = unchanged ? known.key : writing.environment.nextKey();
  const version = unchanged ? known.version : (known?.version ?? 0) + 1;
  if (unchanged) writing.resourceKeys.set(model, known.resource_key);
  else {
    const resourceKey = await writing.insertResource(resource, model.id, version, null);
    await writing.tx.query(
      `insert into decision_requirements (key, requirements_id, name, version, resource_key, resource_name, deployment_key, checksum, tenant_id, namespace, imports)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::jsonb)`,
      [
        requirementsKey,
        model.id,
        model.name,
        version,
        resourceKey,
        resource.name,
        writing.deploymentKey,
        resource.checksum,
        writing.tenantId,
        model.namespace,
        imports,
      ],
    );
    writing.resourceKeys.set(model, resourceKey);
    writing.models.push({ resourceKey, resource });
  }
  const versions = unchanged
    ? defined.flatMap(({ id, name, latest }) =>
        latest ? [{ id, name, key: latest.key, version: latest.version }] : [],
      )
    : await insertDecisions(writing, defined, requirementsKey);
  for (const decision of versions) writing.items.push(itemOf(writing, decision, model.id, requirementsKey));
  writing.items.push({
    ...nothingDeployed,
    decisionRequirements: {
      decisionRequirementsId: model.id,
      decisionRequirementsName: model.name,
      decisionRequirementsKey: requirementsKey,
      version,
      resourceName: resource.name,
      tenantId: writing.tenantId,
    },
  });
}

function itemOf(
  { tenantId }: Writing,
  { id, name, key, version }: DecisionVersion,
  requirementsId: string,
  requirementsKey: Key,
): DeployedItem {
  return {
    ...nothingDeployed,
    decisionDefinition: {
      decisionDefinitionId: id,
      decisionDefinitionKey: key,
      version,
      name,
      tenantId,
      decisionRequirementsId: requirementsId,
      decisionRequirementsKey: requirementsKey,
    },
  };
}

function resourceKeyOf(writing: Writing, model: DecisionModel): Key {
  const key = writing.resourceKeys.get(model) ?? writing.environment.resourceKeyOf(model);
  if (key === undefined) throw new Error(`Expected the imported model ${model.name} to be deployed, but it is not`);
  return key;
}

/** What callers may evaluate: decisions and decision services share one space of ids. */
async function latestDecisions(writing: Writing, model: DecisionModel): Promise<readonly DefinedDecision[]> {
  const named = [...model.decisions.values(), ...model.decisionServices.values()];
  const rows = await writing.tx.query<LatestDecision & { readonly decision_id: string }>(
    "select distinct on (decision_id) decision_id, key, version, requirements_key from decision_definition where tenant_id = $1 and decision_id = any($2) order by decision_id, version desc",
    [writing.tenantId, named.map(({ id }) => id)],
  );
  const latest = new Map(rows.map((row) => [row.decision_id, row]));
  return named.map(({ id, name }) => ({ id, name, latest: latest.get(id) }));
}

/** All of a file in two statements: models of a thousand decisions exist. */
async function insertDecisions(
  writing: Writing,
  defined: readonly DefinedDecision[],
  requirementsKey: Key,
): Promise<readonly DecisionVersion[]> {
  const versions = defined.map(({ id, name, latest }) => ({
    id,
    name,
    key: writing.environment.nextKey(),
    version: (latest?.version ?? 0) + 1,
  }));
  await writing.tx.query(
    "update decision_definition set is_latest = false where tenant_id = $1 and decision_id = any($2) and is_latest",
    [writing.tenantId, versions.map(({ id }) => id)],
  );
  await writing.tx.query(
    `insert into decision_definition (key, decision_id, name, version, requirements_key, deployment_key, tenant_id)
     select key, id, name, version, $2, $3, $4 from jsonb_to_recordset($1::jsonb) as r(key bigint, id text, name text, version integer)`,
    [JSON.stringify(versions), requirementsKey, writing.deploymentKey, writing.tenantId],
  );
  return versions;
}
