/** /v2/users: people who may sign in. The accounts of /auth under the contract's names; /setup/user makes the first. */
import { z } from "zod";
import type { Account } from "../../../store/accounts.ts";
import { tellAccountDeed } from "../../auth/account-deeds.ts";
import { on } from "../../auth/resource-permissions.ts";
import { type Operation, operation } from "../../http/operation.ts";
import { Problem } from "../../http/problem.ts";
import { textFilter } from "../../http/search.ts";
import type { Services } from "../../services.ts";
import { emptyReply, noContent, ok, okReply, searchOperation } from "../replies.ts";
import { listing, type Row } from "./listing.ts";
import { identifier } from "./shapes.ts";

const group = "User";
const params = z.strictObject({ username: identifier });
/** NIST SP 800-63B: at least 8 characters, and no rule about which. */
const password = z.string().min(8).max(256);
const name = z.string().max(256);
const email = z.union([z.email().max(256), z.literal("")]);

const user = z
  .object({ username: z.string(), name: z.string().nullable(), email: z.string().nullable() })
  .meta({ id: "User" });

const newUser = z.strictObject({ username: identifier, password, name: name.optional(), email: email.optional() });
type NewUser = z.output<typeof newUser>;

function noUser(username: string): never {
  throw new Problem("NOT_FOUND", `Expected a user "${username}", but there is none.`);
}

function userOf({ accountId, displayName, email }: Account): Row {
  return { username: accountId, name: displayName, email };
}

/** A person; programs have accounts too, and are no users. */
async function personOf({ accounts }: Services, username: string): Promise<Account> {
  const account = await accounts.find(username);
  return account?.kind === "human" ? account : noUser(username);
}

async function create({ accounts }: Services, made: NewUser, roles: readonly string[]): Promise<Row> {
  const account = await accounts.create({
    accountId: made.username,
    kind: "human",
    password: made.password,
    displayName: made.name ?? null,
    email: made.email || null,
    roles,
    groups: [],
    tenants: ["<default>"],
  });
  return userOf(account);
}

export const userOperations: readonly Operation[] = [
  operation({
    id: "createUser",
    method: "post",
    path: "/users",
    group,
    summary: "Create a user, who may do nothing until given a role",
    access: "user:administer",
    grants: on("USER", "CREATE"),
    body: { kind: "json", optional: false, schema: newUser },
    replies: { 201: { description: "The user.", json: user } },
    async handle({ body, services, caller }) {
      const made = await create(services, body, []);
      await tellAccountDeed(services, caller, "createUser", "CREATE", body.username, body);
      return { status: 201, json: made };
    },
  }),
  operation({
    id: "getUser",
    method: "get",
    path: "/users/{username}",
    group,
    summary: "Get a user",
    access: "user:administer",
    grants: on("USER", "READ", "params.username"),
    params,
    replies: okReply(user),
    handle: async ({ params, services }) => ok(userOf(await personOf(services, params.username))),
  }),
  operation({
    id: "updateUser",
    method: "put",
    path: "/users/{username}",
    group,
    summary: "Change a user; a new password ends its sessions",
    access: "user:administer",
    grants: on("USER", "UPDATE", "params.username"),
    params,
    body: {
      kind: "json",
      optional: false,
      schema: z.strictObject({
        name: name.nullable().optional(),
        email: email.nullable().optional(),
        password: z
          .union([password, z.literal("")])
          .nullable()
          .optional(),
      }),
    },
    replies: okReply(user),
    async handle({ params, body, services, caller }) {
      await personOf(services, params.username);
      const changed = await services.accounts.change(params.username, {
        ...(body.name == null ? {} : { displayName: body.name }),
        ...(body.email == null ? {} : { email: body.email || null }),
        ...(body.password ? { password: body.password } : {}),
      });
      // Somebody else may have deleted it since it was looked at.
      if (changed === undefined) noUser(params.username);
      await tellAccountDeed(services, caller, "updateUser", "UPDATE", params.username, body);
      return ok(userOf(changed));
    },
  }),
  operation({
    id: "deleteUser",
    method: "delete",
    path: "/users/{username}",
    group,
    summary: "Delete a user with its tokens and sessions",
    access: "user:administer",
    grants: on("USER", "DELETE", "params.username"),
    params,
    replies: emptyReply,
    async handle({ params, caller, services }) {
      if (params.username === caller.id)
        throw new Problem("INVALID_STATE", "Expected another user than oneself, but it is the caller.");
      await personOf(services, params.username);
      await services.accounts.remove(params.username);
      services.directory.changed();
      await tellAccountDeed(services, caller, "deleteUser", "DELETE", params.username, {});
      return noContent;
    },
  }),
  searchOperation({
    id: "searchUsers",
    path: "/users/search",
    group,
    summary: "Search users",
    access: "user:administer",
    grants: on("USER", "READ"),
    filter: z.strictObject({
      username: textFilter.optional(),
      name: textFilter.optional(),
      email: textFilter.optional(),
    }),
    sorts: ["username", "name", "email"],
    item: user,
    async run(request, { services }) {
      const people = (await services.accounts.list()).filter(({ kind }) => kind === "human");
      return listing(people.map(userOf), request, "username");
    },
  }),
  operation({
    id: "createAdminUser",
    method: "post",
    path: "/setup/user",
    group,
    summary: "Create the first administrator, where there is none",
    access: "public",
    body: { kind: "json", optional: false, schema: newUser },
    replies: { 201: { description: "The administrator.", json: user } },
    async handle({ body, services, caller }) {
      const isSetUp = (await services.accounts.list()).some(({ roles }) => roles.includes("administrator"));
      // With authentication on the first start has made one; who comes here then is a stranger.
      if (isSetUp || !services.signInIsOff)
        throw new Problem("FORBIDDEN", "Expected an installation without an administrator, but there is one.");
      const made = await create(services, body, ["administrator"]);
      await tellAccountDeed(services, caller, "createAdminUser", "CREATE", body.username, body);
      return { status: 201, json: made };
    },
  }),
];
