/** /v2/groups, /roles, /tenants and /mapping-rules: the five calls that each of them has. */
import { z } from "zod";
import type { DirectoryEntry, EntryKind } from "../../../store/directory.ts";
import { wordOf } from "../../../store/directory.ts";
import { on } from "../../auth/resource-permissions.ts";
import { type Operation, operation } from "../../http/operation.ts";
import { Problem } from "../../http/problem.ts";
import { textFilter } from "../../http/search.ts";
import type { Services } from "../../services.ts";
import { emptyReply, noContent, ok, okReply, searchOperation } from "../replies.ts";
import { resourceTypes, tellIdentityDeed } from "./deeds.ts";
import { listing, type Row } from "./listing.ts";
import { identifier } from "./shapes.ts";

export interface EntrySurface {
  readonly kind: EntryKind;
  /** As operation ids say it: "Group". */
  readonly word: string;
  readonly path: string;
  readonly id: "groupId" | "roleId" | "tenantId" | "mappingRuleId";
  /** Mapping rules have a claim, the others a description. */
  readonly members: readonly string[];
  readonly sorts: readonly [string, ...string[]];
  readonly searchId: string;
}

const named = ["name", "description"];
export const surfaces: readonly EntrySurface[] = [
  {
    kind: "group",
    word: "Group",
    path: "groups",
    id: "groupId",
    members: named,
    sorts: ["name", "groupId"],
    searchId: "searchGroups",
  },
  {
    kind: "role",
    word: "Role",
    path: "roles",
    id: "roleId",
    members: named,
    sorts: ["name", "roleId"],
    searchId: "searchRoles",
  },
  {
    kind: "tenant",
    word: "Tenant",
    path: "tenants",
    id: "tenantId",
    members: named,
    sorts: ["key", "name", "tenantId"],
    searchId: "searchTenants",
  },
  {
    kind: "mappingRule",
    word: "MappingRule",
    path: "mapping-rules",
    id: "mappingRuleId",
    members: ["name", "claimName", "claimValue"],
    sorts: ["mappingRuleId", "claimName", "claimValue", "name"],
    searchId: "searchMappingRule",
  },
];

const shapes: Readonly<Record<string, z.ZodType>> = {
  name: z.string().min(1).max(256),
  description: z.string().max(2_000).nullable().optional(),
  claimName: z.string().min(1).max(256),
  claimValue: z.string().min(1).max(1_024),
};

type Given = Readonly<Record<string, string | null | undefined>>;

/** What an entry looks like in answers. */
export function shapeOf({ id, members, word }: EntrySurface): z.ZodType {
  const texts = members.map((member) => [member, member === "description" ? z.string().nullable() : z.string()]);
  return z.object({ [id]: z.string(), ...Object.fromEntries(texts) }).meta({ id: `${word}Entry` });
}

export function presentEntry({ id, members }: EntrySurface, entry: DirectoryEntry): Row {
  const all: Row = { ...(entry as unknown as Row), [id]: entry.id };
  return Object.fromEntries([id, ...members].map((member) => [member, all[member] ?? null]));
}

export function filterOf({ id, kind, members }: EntrySurface) {
  const filtered = [id, ...(kind === "mappingRule" ? members : ["name"])];
  return z.strictObject(Object.fromEntries(filtered.map((member) => [member, textFilter.optional()])));
}

export async function entryOf({ directory }: Services, { kind }: EntrySurface, id: string): Promise<DirectoryEntry> {
  return (await directory.store.find(kind, id)) ?? noEntry(kind, id);
}

function noEntry(kind: EntryKind, id: string): never {
  throw new Problem("NOT_FOUND", `Expected a ${wordOf(kind)} "${id}", but there is none.`);
}

function made({ kind }: EntrySurface, id: string, given: Given): DirectoryEntry {
  const { name, description = null, claimName = null, claimValue = null } = given;
  return { kind, id, name: name!, description, claimName, claimValue };
}

function assertChangeable({ directory }: Services, { kind }: EntrySurface, id: string): void {
  if (directory.store.isBuiltIn(kind, id))
    throw new Problem(
      "INVALID_STATE",
      `Expected a ${wordOf(kind)} that can be changed, but "${id}" is the product's own.`,
    );
}

/** The key that the contract can sort tenants by is their id here. */
function withoutKey<Request extends { readonly sort?: readonly { readonly field: string }[] }>(
  request: Request,
  id: string,
) {
  return { ...request, sort: request.sort?.map((term) => (term.field === "key" ? { ...term, field: id } : term)) };
}

function callsOf(surface: EntrySurface): Operation[] {
  const { kind, word, path, id, members } = surface;
  const changeable = Object.fromEntries(members.map((member) => [member, shapes[member]!]));
  const params = z.strictObject({ [id]: identifier });
  const idOf = (given: unknown): string => String((given as Given)[id]);
  const item = shapeOf(surface);
  const what = `a ${wordOf(kind)}`;
  return [
    operation({
      id: `create${word}`,
      method: "post",
      path: `/${path}`,
      group: word,
      summary: `Create ${what}`,
      access: "user:administer",
      grants: on(resourceTypes[kind], "CREATE"),
      body: { kind: "json", optional: false, schema: z.strictObject({ [id]: identifier, ...changeable }) },
      replies: { 201: { description: "It.", json: item } },
      async handle({ body, services, caller }) {
        const entry = await services.directory.store.create(made(surface, idOf(body), body as Given), Date.now());
        services.directory.changed();
        const deed = { command: `create${word}`, operation: "CREATE", kind, id: entry.id } as const;
        await tellIdentityDeed(services, caller, deed);
        return { status: 201, json: presentEntry(surface, entry) };
      },
    }),
    operation({
      id: `get${word}`,
      method: "get",
      path: `/${path}/{${id}}`,
      group: word,
      summary: `Get ${what}`,
      access: "user:administer",
      grants: on(resourceTypes[kind], "READ", `params.${id}`),
      params,
      replies: okReply(item),
      handle: async ({ params, services }) => ok(presentEntry(surface, await entryOf(services, surface, idOf(params)))),
    }),
    operation({
      id: `update${word}`,
      method: "put",
      path: `/${path}/{${id}}`,
      group: word,
      summary: `Change ${what}`,
      access: "user:administer",
      grants: on(resourceTypes[kind], "UPDATE", `params.${id}`),
      params,
      body: { kind: "json", optional: false, schema: z.strictObject(changeable) },
      replies: okReply(item),
      async handle({ params, body, services, caller }) {
        assertChangeable(services, surface, idOf(params));
        const changed =
          (await services.directory.store.change(made(surface, idOf(params), body as Given))) ??
          noEntry(kind, idOf(params));
        services.directory.changed();
        const deed = { command: `update${word}`, operation: "UPDATE", kind, id: idOf(params) } as const;
        await tellIdentityDeed(services, caller, deed);
        return ok(presentEntry(surface, changed));
      },
    }),
    operation({
      id: `delete${word}`,
      method: "delete",
      path: `/${path}/{${id}}`,
      group: word,
      summary: `Delete ${what}, and take it from all who have it`,
      access: "user:administer",
      grants: on(resourceTypes[kind], "DELETE", `params.${id}`),
      params,
      replies: emptyReply,
      async handle({ params, services, caller }) {
        assertChangeable(services, surface, idOf(params));
        await entryOf(services, surface, idOf(params));
        await services.directory.store.remove(kind, idOf(params));
        services.directory.changed();
        const deed = { command: `delete${word}`, operation: "DELETE", kind, id: idOf(params) } as const;
        await tellIdentityDeed(services, caller, deed);
        return noContent;
      },
    }),
    searchOperation({
      id: surface.searchId,
      path: `/${path}/search`,
      group: word,
      summary: `Search ${wordOf(kind)}s`,
      access: "user:administer",
      grants: on(resourceTypes[kind], "READ"),
      filter: filterOf(surface),
      sorts: surface.sorts,
      item,
      async run(request, { services }) {
        const entries = await services.directory.store.list(kind);
        return listing(
          entries.map((entry) => presentEntry(surface, entry)),
          withoutKey(request, id),
          id,
        );
      },
    }),
  ];
}

export const entryOperations: readonly Operation[] = surfaces.flatMap(callsOf);
