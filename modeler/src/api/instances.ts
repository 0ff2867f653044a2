/** Process instances, their elements, variables and incidents (/v2), and their history (/governance/v1). */
import { request, type SearchAnswer, search, withQuery } from "./client.ts";
import type { JsonObject } from "./json.ts";

export type InstanceState = "ACTIVE" | "COMPLETED" | "TERMINATED";

export interface ProcessInstance {
  readonly processInstanceKey: string;
  readonly processDefinitionId: string;
  readonly processDefinitionName: string | null;
  readonly processDefinitionVersion: number;
  readonly processDefinitionKey: string;
  readonly startDate: string;
  readonly endDate: string | null;
  readonly state: InstanceState;
  readonly hasIncident: boolean;
  readonly parentProcessInstanceKey: string | null;
  readonly rootProcessInstanceKey: string | null;
  readonly businessId: string | null;
  readonly tags: readonly string[];
}

export interface ElementInstance {
  readonly elementInstanceKey: string;
  readonly processInstanceKey: string;
  readonly elementId: string;
  readonly elementName: string;
  readonly type: string;
  readonly state: InstanceState;
  readonly startDate: string;
  readonly endDate: string | null;
  readonly hasIncident: boolean;
  readonly incidentKey: string | null;
}

export interface Variable {
  readonly variableKey: string;
  readonly name: string;
  /** Serialized JSON, cut when `isTruncated`. */
  readonly value: string;
  readonly isTruncated?: boolean;
  readonly scopeKey: string;
  readonly processInstanceKey: string;
}

export interface Incident {
  readonly incidentKey: string;
  readonly errorType: string;
  readonly errorMessage: string;
  readonly elementId: string;
  readonly elementInstanceKey: string;
  readonly processInstanceKey: string;
  readonly processDefinitionId: string;
  readonly creationTime: string;
  readonly state: string;
  readonly jobKey: string | null;
}

/** What the instances list can be narrowed by; the same words stand in the address bar. */
export interface InstanceFilter {
  readonly processId?: string;
  readonly version?: number;
  readonly state?: InstanceState;
  readonly incident?: boolean;
  /** Key of the instance or business id. */
  readonly text?: string;
}

export const instancesPerPage = 50;

export function searchInstances(
  filter: InstanceFilter,
  from: number,
  signal?: AbortSignal,
): Promise<SearchAnswer<ProcessInstance>> {
  const wanted: Record<string, unknown> = {};
  if (filter.processId) wanted.processDefinitionId = filter.processId;
  if (filter.version !== undefined) wanted.processDefinitionVersion = filter.version;
  if (filter.state) wanted.state = filter.state;
  if (filter.incident) wanted.hasIncident = true;
  if (filter.text) {
    if (/^\d{1,19}$/.test(filter.text)) wanted.processInstanceKey = filter.text;
    else wanted.businessId = { $like: `*${filter.text.replace(/[\\*?]/g, "\\$&")}*` };
  }
  return search(
    "process-instances",
    { filter: wanted, sort: [{ field: "startDate", order: "DESC" }], page: { from, limit: instancesPerPage } },
    signal,
  );
}

export function getInstance(key: string, signal?: AbortSignal): Promise<ProcessInstance> {
  return request(`/v2/process-instances/${encodeURIComponent(key)}`, signal ? { signal } : {});
}

export function cancelInstance(key: string): Promise<void> {
  return request(`/v2/process-instances/${encodeURIComponent(key)}/cancellation`, { method: "POST", json: {} });
}

export async function listElementInstances(
  instanceKey: string,
  signal?: AbortSignal,
): Promise<readonly ElementInstance[]> {
  const answer = await search<ElementInstance>(
    "element-instances",
    {
      filter: { processInstanceKey: instanceKey },
      sort: [{ field: "startDate", order: "ASC" }],
      page: { limit: 1000 },
    },
    signal,
  );
  return answer.items;
}

/** Ids of the sequence flows that were taken. */
export async function listTakenFlows(instanceKey: string, signal?: AbortSignal): Promise<readonly string[]> {
  const answer = await request<{ items: readonly { elementId: string }[] }>(
    `/v2/process-instances/${encodeURIComponent(instanceKey)}/sequence-flows`,
    signal ? { signal } : {},
  );
  return answer.items.map((item) => item.elementId);
}

export async function listVariables(instanceKey: string, signal?: AbortSignal): Promise<readonly Variable[]> {
  const answer = await search<Variable>(
    "variables",
    { filter: { processInstanceKey: instanceKey }, sort: [{ field: "name", order: "ASC" }], page: { limit: 500 } },
    signal,
  );
  return answer.items;
}

/** The whole value of a variable that a search had cut. */
export function getVariable(key: string): Promise<Variable> {
  return request(`/v2/variables/${encodeURIComponent(key)}`);
}

export function setVariables(scopeKey: string, variables: JsonObject): Promise<void> {
  return request(`/v2/element-instances/${encodeURIComponent(scopeKey)}/variables`, {
    method: "PUT",
    json: { variables, local: true },
  });
}

export async function listIncidents(
  filter: { readonly instanceKey?: string; readonly state?: string },
  signal?: AbortSignal,
): Promise<readonly Incident[]> {
  const wanted: Record<string, unknown> = {};
  if (filter.instanceKey) wanted.processInstanceKey = filter.instanceKey;
  if (filter.state) wanted.state = filter.state;
  const answer = await search<Incident>(
    "incidents",
    { filter: wanted, sort: [{ field: "creationTime", order: "DESC" }], page: { limit: 200 } },
    signal,
  );
  return answer.items;
}

/** Resolves an incident: the element tries again, a failed job gets one more try with it. */
export async function retryIncident(incident: Incident): Promise<void> {
  await request(`/v2/incidents/${encodeURIComponent(incident.incidentKey)}/resolution`, { method: "POST", json: {} });
}

/** One event of the engine; `type` tells which, the rest depends on it. */
export type HistoryEvent = { readonly type: string } & { readonly [name: string]: unknown };

export interface HistoryEntry {
  readonly sequence: number;
  readonly at: string | number;
  readonly command: {
    readonly type: string;
    readonly actor: { readonly id: string; readonly type?: string } | string | null;
  };
  readonly events: readonly HistoryEvent[];
}

export interface HistoryPage {
  readonly items: readonly HistoryEntry[];
  readonly next: number | null;
}

export function readHistory(
  instanceKey: string,
  after: number,
  limit: number,
  signal?: AbortSignal,
): Promise<HistoryPage> {
  return request(
    withQuery(`/governance/v1/process-instances/${encodeURIComponent(instanceKey)}/history`, { after, limit }),
    signal ? { signal } : {},
  );
}

/** The whole history, page by page, at most `entriesMax` entries (the view says when there are more). */
export async function readWholeHistory(
  instanceKey: string,
  entriesMax: number,
  signal?: AbortSignal,
): Promise<HistoryPage> {
  const items: HistoryEntry[] = [];
  let after = 0;
  for (;;) {
    const page = await readHistory(instanceKey, after, 500, signal);
    items.push(...page.items);
    if (page.next === null || page.next === undefined || page.items.length === 0) return { items, next: null };
    if (items.length >= entriesMax) return { items, next: page.next };
    after = page.next;
  }
}
