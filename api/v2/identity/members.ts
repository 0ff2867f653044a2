/**
 * Who belongs to groups, has roles, sees tenants: assign, unassign and search, for each kind of member. People's stand in
 * their accounts; what programs, groups, roles and mapping rules have is added to the caller at sign-in (`auth/directory.ts`).
 */
import { z } from "zod";
import type { MemberKind } from "../../../store/directory.ts";
import type { Caller } from "../../auth/caller.ts";
import { on } from "../../auth/resource-permissions.ts";
import { type Operation, operation } from "../../http/operation.ts";
import { Problem } from "../../http/problem.ts";
import type { Services } from "../../services.ts";
import { emptyReply, noContent, searchOperation } from "../replies.ts";
import { type IdentityDeed, resourceTypes, tellIdentityDeed } from "./deeds.ts";
import { type EntrySurface, entryOf, filterOf, presentEntry, shapeOf, surfaces } from "./entries.ts";
import { listing, type Row } from "./listing.ts";
import { identifier } from "./shapes.ts";

type Member = "user" | MemberKind;

const paths: Readonly<Record<Member, string>> = {
  user: "users",
  client: "clients",
  group: "groups",
  role: "roles",
  mappingRule: "mapping-rules",
};
const ids: Readonly<Record<Member, string>> = {
  user: "username",
  client: "clientId",
  group: "groupId",
  role: "roleId",
  mappingRule: "mappingRuleId",
};
const words: Readonly<Record<Member, string>> = {
  user: "User",
  client: "Client",
  group: "Group",
  role: "Role",
  mappingRule: "MappingRule",
};

const nouns: Readonly<Record<Member, string>> = {
  user: "user",
  client: "client",
  group: "group",
  role: "role",
  mappingRule: "mapping rule",
};

/** Whose members they are → which kinds can be assigned there. A group's roles are assigned at the role. */
const assignable: Readonly<Record<"group" | "role" | "tenant", readonly Member[]>> = {
  group: ["user", "client", "mappingRule"],
  role: ["user", "client", "group", "mappingRule"],
  tenant: ["user", "client", "group", "role", "mappingRule"],
};
type Owner = keyof typeof assignable;

const surfaceOf = (kind: string): EntrySurface => surfaces.find((surface) => surface.kind === kind)!;

/** The contract's names: assignUserToGroup, but assignRoleToUser. */
function namesOf(owner: Owner, member: Member): { readonly assign: string; readonly unassign: string } {
  const [of, who] = [words[owner as Member] ?? "Tenant", words[member]];
  return owner === "role"
    ? { assign: `assignRoleTo${who}`, unassign: `unassignRoleFrom${who}` }
    : { assign: `assign${who}To${of}`, unassign: `unassign${who}From${of}` };
}

async function assertMember(services: Services, member: Member, id: string): Promise<void> {
  if (member === "client") return; // programs that an identity provider knows need no account here
  if (member !== "user") {
    await entryOf(services, surfaceOf(member), id);
    return;
  }
  if ((await services.accounts.find(id))?.kind !== "human")
    throw new Problem("NOT_FOUND", `Expected a user "${id}", but there is none.`);
}

/** What the owner's own list has, or the accounts of people. */
async function memberIds(services: Services, owner: Owner, id: string, member: Member): Promise<string[]> {
  if (member === "user" || member === "client") {
    const accounts = (await services.accounts.list()).filter(
      (account) => (account.kind === "human") === (member === "user") && account[`${owner}s` as const].includes(id),
    );
    const own = accounts.map(({ accountId }) => accountId);
    return member === "user"
      ? own
      : [...new Set([...own, ...(await services.directory.store.memberIds(owner, id, member))])];
  }
  return services.directory.store.memberIds(owner, id, member);
}

function assignments(owner: Owner, member: Member): Operation[] {
  const surface = surfaceOf(owner);
  const [ownId, memberId] = [surface.id, ids[member]];
  const { assign, unassign } = namesOf(owner, member);
  const shared = {
    path: `/${surface.path}/{${ownId}}/${paths[member]}/{${memberId}}`,
    group: surface.word,
    access: "user:administer",
    grants: on(resourceTypes[owner], "UPDATE", `params.${ownId}`),
    params: z.strictObject({ [ownId]: identifier, [memberId]: identifier }),
    replies: emptyReply,
  } as const;
  const read = (params: unknown) => {
    const given = params as Readonly<Record<string, string>>;
    return { id: given[ownId]!, who: given[memberId]! };
  };
  const membership = (id: string, who: string) =>
    ({ kind: owner, id, memberKind: member as MemberKind, memberId: who }) as const;
  const sentence = (id: string, who: string): string => `${nouns[member]} "${who}" and ${owner} "${id}"`;
  const tell = (services: Services, caller: Caller, deed: Omit<IdentityDeed, "kind">): Promise<void> =>
    tellIdentityDeed(services, caller, { ...deed, kind: owner });
  return [
    operation({
      ...shared,
      id: assign,
      method: "put",
      summary: `Assign: ${nouns[member]} and ${owner}`,
      async handle({ params, services, caller }) {
        const { id, who } = read(params);
        await entryOf(services, surface, id);
        await assertMember(services, member, who);
        const { store } = services.directory;
        const isNew =
          member === "user" ? await store.joinAccount(owner, id, who) : await store.addMember(membership(id, who));
        if (!isNew)
          throw new Problem(
            "ALREADY_EXISTS",
            `Expected a new assignment of ${sentence(id, who)}, but it is there already.`,
          );
        services.directory.changed();
        await tell(services, caller, { command: assign, operation: "ASSIGN", id, description: sentence(id, who) });
        return noContent;
      },
    }),
    operation({
      ...shared,
      id: unassign,
      method: "delete",
      summary: `Take back: ${nouns[member]} and ${owner}`,
      async handle({ params, services, caller }) {
        const { id, who } = read(params);
        await entryOf(services, surface, id);
        const { store } = services.directory;
        const inAccount = member === "user" || member === "client" ? await store.leaveAccount(owner, id, who) : false;
        const inList = member === "user" ? false : await store.removeMember(membership(id, who));
        if (!inAccount && !inList)
          throw new Problem("NOT_FOUND", `Expected an assignment of ${sentence(id, who)}, but there is none.`);
        services.directory.changed();
        await tell(services, caller, { command: unassign, operation: "UNASSIGN", id, description: sentence(id, who) });
        return noContent;
      },
    }),
  ];
}

/** Members by their id alone; of roles and mapping rules everything that there is to say. */
function memberSearch(owner: Owner, member: Member): Operation {
  const surface = surfaceOf(owner);
  const isWhole = member === "role" || member === "mappingRule";
  const shown = isWhole ? surfaceOf(member) : null;
  const id = ids[member];
  const plural = owner === "tenant" && member === "group" ? "GroupIds" : `${words[member]}s`;
  return searchOperation({
    id: `search${plural}For${surface.word}`,
    path: `/${surface.path}/{${surface.id}}/${paths[member]}/search`,
    group: surface.word,
    summary: `Search: ${nouns[member]}s of a ${owner}`,
    access: "user:administer",
    grants: on(resourceTypes[owner], "READ", `params.${surface.id}`),
    params: z.strictObject({ [surface.id]: identifier }),
    filter: shown ? filterOf(shown) : z.strictObject({}),
    sorts: shown ? shown.sorts : [id],
    item: shown ? shapeOf(shown) : z.object({ [id]: z.string() }),
    async run(request, { params, services }) {
      const ownerId = (params as Readonly<Record<string, string>>)[surface.id]!;
      await entryOf(services, surface, ownerId);
      return listing(await rows(services, owner, ownerId, member, shown), request, id);
    },
  });
}

async function rows(
  services: Services,
  owner: Owner,
  ownerId: string,
  member: Member,
  shown: EntrySurface | null,
): Promise<Row[]> {
  const { store } = services.directory;
  // A group has a role by being the role's member.
  const found =
    owner === "group" && member === "role"
      ? (await store.memberships()).flatMap(({ kind, id, memberKind, memberId }) =>
          kind === "role" && memberKind === "group" && memberId === ownerId ? [id] : [],
        )
      : await memberIds(services, owner, ownerId, member);
  if (shown === null) return found.map((one) => ({ [ids[member]]: one }));
  return (await store.list(shown.kind))
    .filter(({ id }) => found.includes(id))
    .map((entry) => presentEntry(shown, entry));
}

export const memberOperations: readonly Operation[] = (Object.keys(assignable) as Owner[]).flatMap((owner) => [
  ...assignable[owner].flatMap((member) => assignments(owner, member)),
  ...assignable[owner].map((member) => memberSearch(owner, member)),
  ...(owner === "group" ? [memberSearch("group", "role")] : []),
]);
