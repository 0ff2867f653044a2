/** Change requests: what is handed in for approval, judged and deployed by different people (/governance/v1/changes). */
import { request, requestText, withQuery } from "./client.ts";
import type { Deployment } from "./processes.ts";

export type ChangeState = "submitted" | "approved" | "rejected" | "withdrawn" | "deployed";

export interface ChangeActor {
  readonly id: string;
  readonly type: string;
}

export interface ChangedFile {
  readonly name: string;
  readonly sha256: string;
  readonly bytes: number;
  /** Resource that was deployed under this name when the revision was handed in; null: the file is new. */
  readonly replaces: string | null;
  readonly deploymentKey: string | null;
}

export interface Change {
  readonly changeId: string;
  readonly tenantId: string | null;
  readonly title: string;
  readonly description: string | null;
  readonly state: ChangeState;
  readonly revision: number;
  readonly author: ChangeActor;
  /** Null: a change of files. */
  readonly policy: { readonly policyId: string; readonly version: number } | null;
  readonly createdAt: string;
  readonly resources: readonly ChangedFile[];
  readonly approval: { readonly approver: ChangeActor; readonly comment: string | null; readonly at: string } | null;
  readonly separationOfDuties: "kept" | "unchecked";
}

export interface ChangeDetail extends Change {
  readonly events: readonly {
    readonly sequence: number;
    readonly revision: number;
    readonly deed: "submitted" | "replaced" | "approved" | "rejected" | "withdrawn" | "deployed";
    readonly actor: ChangeActor;
    readonly comment: string | null;
    readonly at: string;
  }[];
  /** File name → key of what is deployed under it now. */
  readonly deployed: Readonly<Record<string, string>>;
}

export interface Duties {
  readonly separationOfDuties: "standard" | "three-person";
  readonly isAuthenticated: boolean;
}

export interface NewFile {
  readonly name: string;
  readonly content: Blob;
}

export interface About {
  readonly title: string;
  readonly description: string;
}

const root = "/governance/v1/changes";
const place = (changeId: string, rest = ""): string => `${root}/${encodeURIComponent(changeId)}${rest}`;

export function getDuties(signal?: AbortSignal): Promise<Duties> {
  return request(`${root}/rules`, signal ? { signal } : {});
}

export async function listChanges(
  filter: { readonly state?: ChangeState | null; readonly policyId?: string },
  signal?: AbortSignal,
): Promise<readonly Change[]> {
  const path = withQuery(root, { ...filter, limit: 200 });
  return (await request<{ items: readonly Change[] }>(path, signal ? { signal } : {})).items;
}

export function getChange(changeId: string, signal?: AbortSignal): Promise<ChangeDetail> {
  return request(place(changeId), signal ? { signal } : {});
}

export function getChangeText(changeId: string, sha256: string, signal?: AbortSignal): Promise<string> {
  return requestText(place(changeId, `/content/${sha256}`), signal ? { signal } : {});
}

/** What is deployed, as a text. */
export function getResourceText(resourceKey: string, signal?: AbortSignal): Promise<string> {
  return requestText(`/v2/resources/${encodeURIComponent(resourceKey)}/content`, signal ? { signal } : {});
}

export function submitFiles(files: readonly NewFile[], about: About): Promise<Change> {
  return request(root, { method: "POST", body: formOf(files, about) });
}

export function submitPolicy(policyId: string, version: number, about: About): Promise<Change> {
  return request(root, { method: "POST", json: { ...about, policy: { policyId, version } } });
}

/** The next revision; what was said of the one before does not hold for it. */
export function replaceFiles(changeId: string, files: readonly NewFile[], about: About): Promise<Change> {
  return request(place(changeId), { method: "PUT", body: formOf(files, about) });
}

export function judge(
  changeId: string,
  verdict: "approval" | "rejection",
  revision: number,
  comment: string,
): Promise<Change> {
  return request(place(changeId, `/${verdict}`), { method: "POST", json: { revision, comment: comment || null } });
}

export function withdraw(changeId: string, comment: string): Promise<Change> {
  return request(place(changeId, "/withdrawal"), { method: "POST", json: { comment: comment || null } });
}

export function deployChange(
  changeId: string,
  revision: number,
): Promise<{ readonly change: Change; readonly deployment: Deployment }> {
  return request(place(changeId, "/deployment"), { method: "POST", json: { revision } });
}

function formOf(files: readonly NewFile[], { title, description }: About): FormData {
  const body = new FormData();
  body.append("title", title);
  if (description !== "") body.append("description", description);
  for (const file of files) body.append("resources", file.content, file.name);
  return body;
}
