/** Process definitions, deployments and starting instances (/v2/process-definitions, /v2/deployments). */
import { ApiError, request, requestText, type SearchAnswer, search } from "./client.ts";
import type { JsonObject } from "./json.ts";

export interface ProcessDefinition {
  readonly processDefinitionKey: string;
  readonly processDefinitionId: string;
  readonly name: string | null;
  readonly resourceName: string | null;
  readonly version: number;
  readonly versionTag: string | null;
  readonly hasStartForm: boolean;
}

export interface VersionCounts {
  readonly running: number;
  readonly withIncident: number;
}

/** All versions, newest first per process; `processId` narrows to one process. */
export async function listProcessDefinitions(
  processId?: string,
  signal?: AbortSignal,
): Promise<readonly ProcessDefinition[]> {
  const answer = await search<ProcessDefinition>(
    "process-definitions",
    {
      filter: processId === undefined ? {} : { processDefinitionId: processId },
      sort: [
        { field: "processDefinitionId", order: "ASC" },
        { field: "version", order: "DESC" },
      ],
      page: { limit: 1000 },
    },
    signal,
  );
  return answer.items;
}

export function getProcessDefinition(key: string, signal?: AbortSignal): Promise<ProcessDefinition> {
  return request(`/v2/process-definitions/${encodeURIComponent(key)}`, signal ? { signal } : {});
}

export function getProcessXml(key: string, signal?: AbortSignal): Promise<string> {
  return requestText(`/v2/process-definitions/${encodeURIComponent(key)}/xml`, signal ? { signal } : {});
}

export interface FormDefinition {
  readonly formId: string;
  readonly formKey: string;
  readonly version: number;
  /** The form-js schema as JSON text. */
  readonly schema: string;
}

/** The form of the start event, or null when the process has none. */
export async function getStartForm(key: string, signal?: AbortSignal): Promise<FormDefinition | null> {
  const form = await request<FormDefinition | undefined>(
    `/v2/process-definitions/${encodeURIComponent(key)}/form`,
    signal ? { signal } : {},
  );
  return form ?? null;
}

/** Running instances and those with incidents, per version of one process. */
export async function countByVersion(
  processId: string,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, VersionCounts>> {
  const answer = await request<
    SearchAnswer<{
      processDefinitionKey: string;
      activeInstancesWithIncidentCount: number;
      activeInstancesWithoutIncidentCount: number;
    }>
  >("/v2/process-definitions/statistics/process-instances-by-version", {
    method: "POST",
    json: { filter: { processDefinitionId: processId }, page: { limit: 1000 } },
    ...(signal ? { signal } : {}),
  });
  return new Map(answer.items.map((item) => [item.processDefinitionKey, counts(item)]));
}

/** The same over all versions, per process. */
export async function countByProcess(signal?: AbortSignal): Promise<ReadonlyMap<string, VersionCounts>> {
  const answer = await request<
    SearchAnswer<{
      processDefinitionId: string;
      activeInstancesWithIncidentCount: number;
      activeInstancesWithoutIncidentCount: number;
    }>
  >("/v2/process-definitions/statistics/process-instances", {
    method: "POST",
    json: { page: { limit: 1000 } },
    ...(signal ? { signal } : {}),
  });
  return new Map(answer.items.map((item) => [item.processDefinitionId, counts(item)]));
}

function counts(item: {
  activeInstancesWithIncidentCount: number;
  activeInstancesWithoutIncidentCount: number;
}): VersionCounts {
  return {
    running: item.activeInstancesWithIncidentCount + item.activeInstancesWithoutIncidentCount,
    withIncident: item.activeInstancesWithIncidentCount,
  };
}

export interface Deployment {
  readonly deploymentKey: string;
  readonly deployments: readonly {
    readonly processDefinition: {
      readonly processDefinitionId: string;
      readonly processDefinitionKey: string;
      readonly processDefinitionVersion: number;
      readonly resourceName: string;
    } | null;
    readonly decisionRequirements: {
      readonly decisionRequirementsId: string;
      readonly version: number;
      readonly resourceName: string;
    } | null;
    readonly form: { readonly formId: string; readonly version: number; readonly resourceName: string } | null;
  }[];
}

/** Deploys files together: all or none. */
export function deploy(files: readonly { readonly name: string; readonly content: Blob }[]): Promise<Deployment> {
  const body = new FormData();
  for (const file of files) body.append("resources", file.content, file.name);
  return request("/v2/deployments", { method: "POST", body });
}

export function startInstance(
  definitionKey: string,
  variables: JsonObject,
): Promise<{ readonly processInstanceKey: string }> {
  return request("/v2/process-instances", { method: "POST", json: { processDefinitionKey: definitionKey, variables } });
}

/** True when the server says that this thing does not exist. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.problem.status === 404;
}

/** Ids with names of what stands in the newest versions of decision models: decisions, or the models themselves. */
async function listIds(
  resource: "decision-definitions" | "decision-requirements",
  id: "decisionDefinitionId" | "decisionRequirementsId",
  name: "name" | "decisionRequirementsName",
  signal?: AbortSignal,
): Promise<readonly (readonly [string, string | null])[]> {
  const { items } = await search<Readonly<Record<string, string | null>>>(resource, { page: { limit: 1000 } }, signal);
  return [...new Map(items.map((item) => [item[id] ?? "", item[name] ?? null]))];
}

export function listDecisionIds(signal?: AbortSignal): Promise<readonly (readonly [string, string | null])[]> {
  return listIds("decision-definitions", "decisionDefinitionId", "name", signal);
}

export function listRequirementsIds(signal?: AbortSignal): Promise<readonly (readonly [string, string | null])[]> {
  return listIds("decision-requirements", "decisionRequirementsId", "decisionRequirementsName", signal);
}
