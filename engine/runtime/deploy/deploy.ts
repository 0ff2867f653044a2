/**
 * Deployment: everything is read and checked first, then written in one transaction under one lock, so that versions
 * are dense and two nodes cannot give the same one. A resource whose checksum and name are those of its latest version
 * keeps version and key.
 */
import type { DecisionModel } from "../../../decisions/index.ts";
import type { Queryable } from "../../../store/index.ts";
import type { Key } from "../../core/json.ts";
import type { ExecutableProcess } from "../../core/process.ts";
import type { CallContext } from "../contract/context.ts";
import type { Deployment, DeploymentGate } from "../contract/deployment.ts";
import { refuseForeignDecisions } from "./foreign-decisions.ts";
import { latestResources } from "./latest-resources.ts";
import type { ReadResource } from "./read-resources.ts";
import { writeDecisionFile } from "./write-decision-file.ts";
import { writeForm, writePlain } from "./write-other-file.ts";
import { writeProcessFile } from "./write-process-file.ts";
import { type DeployEnvironment, type Of, Writing } from "./writing.ts";

const deployLock = 7_310_003;

export interface DeployResult {
  readonly deployment: Deployment;
  readonly processes: readonly ExecutableProcess[];
  readonly models: readonly { readonly resourceKey: Key; readonly resource: Of<"decision"> }[];
}

function write(writing: Writing, resource: ReadResource): Promise<void> {
  switch (resource.kind) {
    case "process":
      return writeProcessFile(writing, resource);
    case "decision":
      return writeDecisionFile(writing, resource);
    case "form":
      return writeForm(writing, resource);
    case "resource":
      return writePlain(writing, resource);
  }
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
    for (const resource of inWritingOrder(resources)) await write(attempt, resource);
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
