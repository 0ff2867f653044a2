/**
 * Groups, roles, tenants and mapping rules, and who belongs to them (/v2/groups, /v2/roles, /v2/tenants,
 * /v2/mapping-rules); what the built-in roles permit (/auth/roles). For administrators.
 */
import { request, type SearchAnswer, search } from "./client.ts";

export type EntryKind = "group" | "role" | "tenant" | "mappingRule";
export type MemberKind = "user" | "client" | "group" | "role" | "mappingRule";
/** What has members of its own. */
export type OwnerKind = Exclude<EntryKind, "mappingRule">;

export interface Entry {
  readonly id: string;
  readonly name: string;
  /** Of groups, roles and tenants. */
  readonly description: string | null;
  /** Of mapping rules: a token whose claim has this value is a member. */
  readonly claimName: string | null;
  readonly claimValue: string | null;
}

export interface RolePermissions {
  readonly roleId: string;
  readonly permissions: readonly string[];
}

type Row = Readonly<Record<string, string | null>>;

const places: Readonly<Record<MemberKind | EntryKind, { readonly path: string; readonly id: string }>> = {
  user: { path: "users", id: "username" },
  client: { path: "clients", id: "clientId" },
  group: { path: "groups", id: "groupId" },
  role: { path: "roles", id: "roleId" },
  tenant: { path: "tenants", id: "tenantId" },
  mappingRule: { path: "mapping-rules", id: "mappingRuleId" },
};

/** More than any installation that is kept by hand has. */
const page = { limit: 1000 };

const placeOf = (kind: EntryKind, id: string): string => `/v2/${places[kind].path}/${encodeURIComponent(id)}`;

function entryOf(kind: EntryKind, row: Row): Entry {
  const id = row[places[kind].id] ?? "";
  return {
    id,
    name: row.name ?? id,
    description: row.description ?? null,
    claimName: row.claimName ?? null,
    claimValue: row.claimValue ?? null,
  };
}

export async function listEntries(kind: EntryKind, signal?: AbortSignal): Promise<readonly Entry[]> {
  const { items } = await search<Row>(places[kind].path, { page }, signal);
  return items.map((row) => entryOf(kind, row));
}

export async function getEntry(kind: EntryKind, id: string, signal?: AbortSignal): Promise<Entry> {
  return entryOf(kind, await request<Row>(placeOf(kind, id), signal ? { signal } : {}));
}

/** What can be said of an entry: mapping rules have a claim, the others a description. */
function contentOf(kind: EntryKind, { name, description, claimName, claimValue }: Entry): object {
  return kind === "mappingRule" ? { name, claimName, claimValue } : { name, description };
}

export function createEntry(kind: EntryKind, entry: Entry): Promise<unknown> {
  const json = { [places[kind].id]: entry.id, ...contentOf(kind, entry) };
  return request(`/v2/${places[kind].path}`, { method: "POST", json });
}

export function changeEntry(kind: EntryKind, entry: Entry): Promise<unknown> {
  return request(placeOf(kind, entry.id), { method: "PUT", json: contentOf(kind, entry) });
}

export function deleteEntry(kind: EntryKind, id: string): Promise<void> {
  return request(placeOf(kind, id), { method: "DELETE" });
}

export async function listMembers(
  owner: OwnerKind,
  id: string,
  member: MemberKind,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const { items } = await request<SearchAnswer<Row>>(`${placeOf(owner, id)}/${places[member].path}/search`, {
    method: "POST",
    json: { page },
    ...(signal ? { signal } : {}),
  });
  return items.map((row) => row[places[member].id] ?? "");
}

const memberPlace = (owner: OwnerKind, id: string, member: MemberKind, memberId: string): string =>
  `${placeOf(owner, id)}/${places[member].path}/${encodeURIComponent(memberId)}`;

export function addMember(owner: OwnerKind, id: string, member: MemberKind, memberId: string): Promise<void> {
  return request(memberPlace(owner, id, member, memberId), { method: "PUT" });
}

export function removeMember(owner: OwnerKind, id: string, member: MemberKind, memberId: string): Promise<void> {
  return request(memberPlace(owner, id, member, memberId), { method: "DELETE" });
}

/** What each built-in role permits, in the words of `Session.permissions`. */
export async function listRolePermissions(signal?: AbortSignal): Promise<readonly RolePermissions[]> {
  return (await request<{ items: readonly RolePermissions[] }>("/auth/roles", signal ? { signal } : {})).items;
}

/** What an account belongs to; `via` is the group or role that brings it, null where it is the account's own. */
export interface AccountMembership {
  readonly kind: OwnerKind;
  readonly id: string;
  readonly via: { readonly kind: OwnerKind; readonly id: string } | null;
}

export async function listMemberships(accountId: string, signal?: AbortSignal): Promise<readonly AccountMembership[]> {
  const path = `/auth/accounts/${encodeURIComponent(accountId)}/memberships`;
  return (await request<{ items: readonly AccountMembership[] }>(path, signal ? { signal } : {})).items;
}
