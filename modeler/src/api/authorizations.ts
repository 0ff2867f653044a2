/** Permissions on single resources (/v2/authorizations): who, on what, which. For administrators. */
import { request, search } from "./client.ts";

export type AuthorizationOwner = "USER" | "CLIENT" | "GROUP" | "ROLE" | "MAPPING_RULE";

export interface AuthorizationContent {
  readonly ownerId: string;
  readonly ownerType: AuthorizationOwner;
  readonly resourceType: string;
  /** The id of one resource, "*" for all of the type; null where a property says which. */
  readonly resourceId: string | null;
  /** Of user tasks: "assignee", "candidateUsers" or "candidateGroups"; null where an id says which. */
  readonly resourcePropertyName: string | null;
  readonly permissionTypes: readonly string[];
}

export interface Authorization extends AuthorizationContent {
  readonly authorizationKey: string;
}

export interface AuthorizationFilter {
  readonly ownerId?: string;
  readonly ownerType?: AuthorizationOwner;
  readonly resourceType?: string;
}

export const authorizationsPerPage = 50;

const sort = [
  { field: "ownerType", order: "ASC" as const },
  { field: "ownerId", order: "ASC" as const },
  { field: "resourceType", order: "ASC" as const },
];

/** Policies are a resource type of our own: a search shows them only when it asks for them. */
export const ownResourceType = "POLICY";

/** One page over all types. Without a type asked for, those on policies come after all others. */
export async function searchAllAuthorizations(
  filter: AuthorizationFilter,
  from: number,
  signal?: AbortSignal,
): Promise<{ readonly items: readonly Authorization[]; readonly total: number }> {
  const some = (more: AuthorizationFilter, first: number, limit: number) =>
    search<Authorization>(
      "authorizations",
      { filter: { ...filter, ...more }, sort, page: { from: first, limit } },
      signal,
    );
  const others = await some({}, from, authorizationsPerPage);
  const { totalItems } = others.page;
  if (filter.resourceType !== undefined) return { items: others.items, total: totalItems };
  const room = authorizationsPerPage - others.items.length;
  // One row at least: the total is wanted even where the page is full.
  const own = await some({ resourceType: ownResourceType }, Math.max(0, from - totalItems), Math.max(1, room));
  return { items: [...others.items, ...own.items.slice(0, room)], total: totalItems + own.page.totalItems };
}

/** Everything that this owner was given, on policies too. */
export async function listAuthorizationsOf(
  ownerType: AuthorizationOwner,
  ownerId: string,
  signal?: AbortSignal,
): Promise<readonly Authorization[]> {
  const page = { limit: 1000 };
  const answers = await Promise.all([
    search<Authorization>("authorizations", { filter: { ownerType, ownerId }, page }, signal),
    search<Authorization>(
      "authorizations",
      { filter: { ownerType, ownerId, resourceType: ownResourceType }, page },
      signal,
    ),
  ]);
  return answers.flatMap(({ items }) => items);
}

/** The contract takes an id or a property, never both members. */
function bodyOf({ resourceId, resourcePropertyName, ...rest }: AuthorizationContent): object {
  return resourcePropertyName === null ? { ...rest, resourceId } : { ...rest, resourcePropertyName };
}

export function createAuthorization(content: AuthorizationContent): Promise<{ readonly authorizationKey: string }> {
  return request("/v2/authorizations", { method: "POST", json: bodyOf(content) });
}

export function changeAuthorization(key: string, content: AuthorizationContent): Promise<void> {
  return request(`/v2/authorizations/${encodeURIComponent(key)}`, { method: "PUT", json: bodyOf(content) });
}

export function deleteAuthorization(key: string): Promise<void> {
  return request(`/v2/authorizations/${encodeURIComponent(key)}`, { method: "DELETE" });
}
