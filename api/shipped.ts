/**
 * The packages that come with the product: processes/<name>/process.json with its resources, decisions/policies/<name>/
 * with policy.json, policy.dmn and tests.json. Brought in at each start; what is known already stays as it is.
 */
import { readdir, readFile } from "node:fs/promises";
import { z } from "zod";
import type { DecisionPlane, PolicyPackage } from "../decisions/index.ts";
import { type AgentScript, agentScriptSchema } from "../engine/agents/index.ts";
import { DEFAULT_TENANT, type Engine, type ResourceFile } from "../engine/index.ts";

const packageShape = z.looseObject({
  id: z.string(),
  resources: z.array(z.string().regex(/^[\w.-]+$/)),
  agentScript: z
    .string()
    .regex(/^[\w.-]+$/)
    .optional(),
  settings: z.record(z.string().regex(/^[A-Z0-9_]+$/), z.string()).optional(),
});

export interface ShippedProcess {
  readonly id: string;
  readonly resources: readonly ResourceFile[];
  readonly agentScript: AgentScript | undefined;
  readonly settings: Readonly<Record<string, string>>;
}

export interface Shipped {
  readonly processes: readonly ShippedProcess[];
  readonly policies: readonly PolicyPackage[];
}

const processesFolder = new URL("../processes/", import.meta.url);
const policiesFolder = new URL("../decisions/policies/", import.meta.url);

export async function readShipped(): Promise<Shipped> {
  const processes = await Promise.all((await foldersOf(processesFolder)).map(readProcess));
  const policies = await Promise.all((await foldersOf(policiesFolder)).map(readPolicy));
  return { processes: processes.flatMap((found) => found ?? []), policies: policies.flatMap((found) => found ?? []) };
}

export async function installShipped(
  shipped: Shipped,
  engine: Engine,
  plane: DecisionPlane,
): Promise<readonly string[]> {
  const installed: string[] = [];
  for (const policy of shipped.policies) {
    const { policyId, version } = await plane.installPolicy(policy);
    installed.push(`policy ${policyId} version ${version}`);
  }
  for (const { id, resources } of shipped.processes) {
    await engine.deploy(resources, { tenantId: DEFAULT_TENANT }, { actor: { id: "interlock", type: "service" } });
    installed.push(`process package ${id}`);
  }
  return installed;
}

async function foldersOf(folder: URL): Promise<URL[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .map((name) => new URL(`${name}/`, folder));
}

async function readProcess(folder: URL): Promise<ShippedProcess | undefined> {
  const manifest = await readIfThere(new URL("process.json", folder));
  if (manifest === undefined) return undefined;
  const { id, resources, agentScript, settings } = packageShape.parse(JSON.parse(manifest));
  return {
    id,
    resources: await Promise.all(
      resources.map(async (name) => ({ name, content: await readFile(new URL(name, folder)) })),
    ),
    agentScript:
      agentScript === undefined
        ? undefined
        : agentScriptSchema.parse(JSON.parse(await readFile(new URL(agentScript, folder), "utf8"))),
    settings: settings ?? {},
  };
}

async function readPolicy(folder: URL): Promise<PolicyPackage | undefined> {
  const [manifest, dmn, tests] = await Promise.all(
    ["policy.json", "policy.dmn", "tests.json"].map((name) => readIfThere(new URL(name, folder))),
  );
  if (manifest === undefined || dmn === undefined) return undefined;
  return {
    manifest: JSON.parse(manifest) as PolicyPackage["manifest"],
    dmn,
    ...(tests === undefined ? {} : { tests: JSON.parse(tests) as PolicyPackage["manifest"] }),
  };
}

async function readIfThere(file: URL): Promise<string | undefined> {
  return readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}
