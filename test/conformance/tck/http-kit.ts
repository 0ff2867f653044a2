/**
 * The kit as a client of the REST interface sees it: models go in by POST /v2/deployments, results come out of
 * POST /v2/decision-definitions/evaluation. Nothing here reads a model; names become ids by the deployment's answer.
 */
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { call, deploy } from "../../api/server.ts";
import type { KitCase, KitResult, KitValue } from "./cases.ts";
import { jsonDifference, toPlainJson } from "./plain-json.ts";
import type { CaseOutcome } from "./run-case.ts";

interface Server {
  readonly url: string;
}

interface DeployedDecision {
  readonly decisionDefinitionId: string;
  readonly decisionDefinitionKey: string;
  readonly decisionRequirementsKey: string;
  readonly name: string;
}

interface Definition extends DeployedDecision {
  readonly resourceName: string;
}

const plainInputs = ({ inputs }: KitCase): Readonly<Record<string, unknown>> =>
  Object.fromEntries([...inputs].map(([name, value]: [string, KitValue]) => [name, toPlainJson(value)]));

/** Deploys the models of a case's folder together and answers what they define. */
export async function deployFolder(server: Server, modelPath: string): Promise<readonly Definition[]> {
  const folder = dirname(modelPath);
  const names = readdirSync(folder)
    .filter((name) => name.endsWith(".dmn"))
    .sort();
  const files = Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), "utf8")]));
  const answer = await deploy(server, files);
  if (answer.status !== 200) throw new Error(`deployment answered ${answer.status}: ${answer.text.slice(0, 500)}`);
  const items: readonly {
    readonly decisionDefinition: DeployedDecision | null;
    readonly decisionRequirements: { readonly decisionRequirementsKey: string; readonly resourceName: string } | null;
  }[] = answer.json.deployments;
  const resources = new Map(
    items.flatMap(({ decisionRequirements: drg }) => (drg ? [[drg.decisionRequirementsKey, drg.resourceName]] : [])),
  );
  return items.flatMap(({ decisionDefinition: definition }) =>
    definition ? [{ ...definition, resourceName: resources.get(definition.decisionRequirementsKey) ?? "" }] : [],
  );
}

/** Asks every result of a case and compares. */
export async function askCase(
  server: Server,
  kitCase: KitCase,
  definitions: readonly Definition[],
): Promise<CaseOutcome> {
  const problems: string[] = [];
  for (const result of kitCase.results) {
    const problem = await askResult(server, kitCase, result, definitions, plainInputs(kitCase));
    if (problem !== undefined) problems.push(`${result.name}: ${problem}`);
  }
  return { case: kitCase, passed: problems.length === 0, comment: problems.join("; ") };
}

async function askResult(
  server: Server,
  kitCase: KitCase,
  result: KitResult,
  definitions: readonly Definition[],
  variables: Readonly<Record<string, unknown>>,
): Promise<string | undefined> {
  const isService = kitCase.type === "decisionService";
  const name = isService ? kitCase.invocableName : result.name;
  const found = definitions.find(
    (definition) => definition.resourceName === basename(kitCase.modelPath) && definition.name === name,
  );
  if (!found) return `the deployment's answer has no decision ${name}`;
  const { decisionDefinitionId, decisionDefinitionKey } = found;
  // Both ways to say which: cases of even length of id take the id, the others the key.
  const which = kitCase.id.length % 2 === 0 ? { decisionDefinitionId } : { decisionDefinitionKey };
  const answer = await call(server, "POST", "/v2/decision-definitions/evaluation", { ...which, variables });
  if (answer.status !== 200) return `answered ${answer.status}: ${answer.text.slice(0, 300)}`;
  if (answer.json.decisionDefinitionKey !== decisionDefinitionKey) return "the id is not that of the latest deployment";
  const output: unknown = JSON.parse(answer.json.output);
  const direct = jsonDifference(result.expected, output);
  // A service with several output decisions answers a context; the kit names one entry of it.
  const isEntry = isService && typeof output === "object" && output !== null && Object.hasOwn(output, result.name);
  const entry = isEntry ? (output as Record<string, unknown>)[result.name] : undefined;
  if (direct === undefined || (isEntry && jsonDifference(result.expected, entry) === undefined)) return undefined;
  return answer.json.failureMessage === null ? direct : `${direct} (${answer.json.failureMessage})`;
}
