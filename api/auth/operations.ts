/** /auth: sign in and out, accounts and API tokens. Nobody gives themselves more than they have. */
import { z } from "zod";
import type { Account, ApiToken } from "../../store/accounts.ts";
import { type Operation, operation } from "../http/operation.ts";
import { Problem } from "../http/problem.ts";
import { dateText, tenantText } from "../http/search.ts";
import type { Services } from "../services.ts";
import { emptyReply, noContent, ok, okReply } from "../v2/replies.ts";
import { tellAccountDeed } from "./account-deeds.ts";
import { membershipsOf } from "./account-memberships.ts";
import { endedSignInCookie, type OidcLogin } from "./oidc-login.ts";
import { permissions, permissionsOf, roleNames } from "./permissions.ts";
import { endedSessionCookie, sessionCookie } from "./session-cookie.ts";

const group = "Account";
const sessionLivesMs = 12 * 60 * 60 * 1000;
const accountId = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[A-Za-z0-9_@.+-]+$/);
const params = z.strictObject({ accountId });
const password = z.string().min(12).max(256);
const names = z.array(z.string().min(1).max(256)).max(100);

const accountShape = z
  .object({
    accountId: z.string(),
    displayName: z.string().nullable(),
    email: z.string().nullable(),
    kind: z.enum(["human", "service", "agent"]),
    roles: z.array(z.string()),
    groups: z.array(z.string()),
    tenants: z.array(z.string()),
    disabled: z.boolean(),
  })
  .meta({ id: "Account" });
const tokenShape = z
  .object({
    tokenId: z.string(),
    accountId: z.string(),
    name: z.string(),
    permissions: z.array(z.string()).nullable(),
    createdAt: z.string(),
    expiresAt: z.string().nullable(),
  })
  .meta({ id: "ApiToken" });

const entryKind = z.enum(["group", "role", "tenant"]);
const membershipShape = z.object({
  kind: entryKind,
  id: z.string(),
  via: z
    .object({ kind: entryKind, id: z.string() })
    .nullable()
    .meta({ description: "The group or role that brings it; null: the account itself belongs to it." }),
});

const changeable = {
  displayName: z.string().max(256).nullable().optional(),
  email: z.email().max(256).nullable().optional(),
  roles: z.array(z.string().min(1).max(256)).max(20).optional(),
  groups: names.optional(),
  tenants: z.array(tenantText).max(100).optional(),
};

function presentToken(token: ApiToken): object {
  return {
    ...token,
    createdAt: new Date(token.createdAt).toISOString(),
    expiresAt: token.expiresAt === null ? null : new Date(token.expiresAt).toISOString(),
  };
}

const sessions: readonly Operation[] = [
  operation({
    id: "signIn",
    method: "post",
    path: "/login",
    group,
    summary: "Sign in with name and password; sets the session cookie",
    access: "public",
    body: {
      kind: "json",
      optional: false,
      schema: z.strictObject({ username: z.string().min(1).max(256), password: z.string().min(1).max(256) }),
    },
    replies: okReply(accountShape),
    async handle({ body, services, address }) {
      if (services.signInFailures.isOver(address))
        throw new Problem(
          "TOO_MANY_REQUESTS",
          "Expected fewer wrong passwords from this address, but there were too many. Wait a minute.",
          { "retry-after": "60" },
        );
      const account = services.passwordSignIn
        ? await services.accounts.checkPassword(body.username, body.password)
        : undefined;
      if (account === undefined) {
        services.signInFailures.add(address);
        throw new Problem("UNAUTHENTICATED", "Expected a name and its password, but they do not belong together.");
      }
      const secret = await services.accounts.createSession(account, sessionLivesMs);
      return { status: 200, json: account, headers: { "set-cookie": sessionCookie(secret, sessionLivesMs) } };
    },
  }),
  operation({
    id: "signOut",
    method: "post",
    path: "/logout",
    group,
    summary: "End the session",
    access: "public",
    replies: okReply(z.object({ signedOut: z.boolean() })),
    async handle({ session, services }) {
      if (session !== undefined) await services.accounts.endSession(session);
      return { status: 200, json: { signedOut: session !== undefined }, headers: { "set-cookie": endedSessionCookie } };
    },
  }),
];

const providers: readonly Operation[] = [
  operation({
    id: "getSignInMethods",
    method: "get",
    path: "/methods",
    group,
    summary: "Get how people can sign in here",
    access: "public",
    replies: okReply(z.object({ password: z.boolean(), provider: z.boolean(), none: z.boolean() })),
    handle({ services }) {
      const { passwordSignIn: password, oidcLogin } = services;
      return ok({ password, provider: oidcLogin !== undefined, none: services.signInIsOff });
    },
  }),
  operation({
    id: "beginProviderSignIn",
    method: "get",
    path: "/oidc/login",
    group,
    summary: "Send the browser to the identity provider",
    access: "public",
    replies: { 302: { description: "To the provider." } },
    async handle({ services, origin }) {
      const { location, cookie } = await providerOf(services).begin(callbackOf(services, origin));
      return { status: 302, headers: { location, "set-cookie": cookie } };
    },
  }),
  operation({
    id: "finishProviderSignIn",
    method: "get",
    path: "/oidc/callback",
    group,
    summary: "Come back from the identity provider; sets the session cookie",
    access: "public",
    query: z.record(z.string(), z.string().max(8192)),
    replies: { 302: { description: "To the application." } },
    async handle({ query, services, origin, cookies }) {
      const provider = providerOf(services);
      const signedIn = await provider.finish(callbackOf(services, origin), new URLSearchParams(query), cookies);
      if (signedIn === undefined) {
        throw new Problem(
          "UNAUTHENTICATED",
          "Expected the answer to a sign-in that this browser began, but it is not.",
        );
      }
      const secret = await services.accounts.createSession(signedIn.account, sessionLivesMs, signedIn.claims);
      const setCookies = [sessionCookie(secret, sessionLivesMs), endedSignInCookie];
      return { status: 302, headers: { location: "/", "set-cookie": setCookies } };
    },
  }),
];

function providerOf(services: Services): OidcLogin {
  if (services.oidcLogin !== undefined) return services.oidcLogin;
  throw new Problem("NOT_FOUND", "Expected an identity provider to be configured, but there is none.");
}

function callbackOf(services: Services, origin: string): string {
  return `${services.publicUrl ?? origin}/auth/oidc/callback`;
}

const accounts: readonly Operation[] = [
  operation({
    id: "listRolePermissions",
    method: "get",
    path: "/roles",
    group,
    summary: "List the built-in roles with the permissions that they give",
    access: "any",
    replies: okReply(z.object({ items: z.array(z.object({ roleId: z.string(), permissions: z.array(z.string()) })) })),
    handle: () => ok({ items: roleNames.map((roleId) => ({ roleId, permissions: [...permissionsOf([roleId])] })) }),
  }),
  operation({
    id: "listAccounts",
    method: "get",
    path: "/accounts",
    group,
    summary: "List accounts",
    access: "user:administer",
    replies: okReply(z.object({ items: z.array(accountShape) })),
    handle: async ({ services }) => ok({ items: await services.accounts.list() }),
  }),
  operation({
    id: "createAccount",
    method: "post",
    path: "/accounts",
    group,
    summary: "Create an account",
    access: "user:administer",
    body: {
      kind: "json",
      optional: false,
      schema: z.strictObject({
        accountId,
        kind: z.enum(["human", "service", "agent"]),
        password: password.nullable().optional(),
        ...changeable,
      }),
    },
    replies: { 201: { description: "The account.", json: accountShape } },
    async handle({ body, services, caller }) {
      await assertRoles(services, body.roles);
      const account: Account = await services.accounts.create({
        accountId: body.accountId,
        kind: body.kind,
        password: body.password ?? null,
        displayName: body.displayName ?? null,
        email: body.email ?? null,
        roles: body.roles ?? [],
        groups: body.groups ?? [],
        tenants: body.tenants ?? ["<default>"],
      });
      await tellAccountDeed(services, caller, "createAccount", "CREATE", account.accountId, body);
      return { status: 201, json: account };
    },
  }),
  operation({
    id: "changeAccount",
    method: "patch",
    path: "/accounts/{accountId}",
    group,
    summary: "Change an account; a new password ends its sessions",
    access: "user:administer",
    params,
    body: {
      kind: "json",
      optional: false,
      schema: z.strictObject({
        ...changeable,
        password: password.nullable().optional(),
        disabled: z.boolean().optional(),
      }),
    },
    replies: okReply(accountShape),
    async handle({ params, body, services, caller }) {
      const { displayName, email, roles, groups, tenants, disabled } = body;
      await assertRoles(services, roles);
      const changed = await services.accounts.change(params.accountId, {
        ...(displayName === undefined ? {} : { displayName }),
        ...(email === undefined ? {} : { email }),
        ...(roles === undefined ? {} : { roles }),
        ...(groups === undefined ? {} : { groups }),
        ...(tenants === undefined ? {} : { tenants }),
        ...(disabled === undefined ? {} : { disabled }),
        ...(body.password === undefined ? {} : { password: body.password }),
      });
      if (changed === undefined) throw noSuchAccount(params.accountId);
      await tellAccountDeed(services, caller, "changeAccount", "UPDATE", params.accountId, body);
      return ok(changed);
    },
  }),
  operation({
    id: "getAccountMemberships",
    method: "get",
    path: "/accounts/{accountId}/memberships",
    group,
    summary: "Get the groups, roles and tenants of an account, and through which group or role it has them",
    access: "user:administer",
    params,
    replies: okReply(z.object({ items: z.array(membershipShape) })),
    async handle({ params, services }) {
      const account = await services.accounts.find(params.accountId);
      if (account === undefined) throw noSuchAccount(params.accountId);
      return ok({ items: membershipsOf(account, await services.directory.store.memberships()) });
    },
  }),
  operation({
    id: "deleteAccount",
    method: "delete",
    path: "/accounts/{accountId}",
    group,
    summary: "Delete an account with its tokens and sessions",
    access: "user:administer",
    params,
    replies: emptyReply,
    async handle({ params, caller, services }) {
      if (params.accountId === caller.id)
        throw new Problem("INVALID_STATE", "Expected another account than one's own, but it is the caller's.");
      if (!(await services.accounts.remove(params.accountId))) throw noSuchAccount(params.accountId);
      services.directory.changed();
      await tellAccountDeed(services, caller, "deleteAccount", "DELETE", params.accountId, {});
      return noContent;
    },
  }),
];

const tokens: readonly Operation[] = [
  operation({
    id: "listTokens",
    method: "get",
    path: "/accounts/{accountId}/tokens",
    group,
    summary: "List the API tokens of an account (never their secrets)",
    access: "user:administer",
    params,
    replies: okReply(z.object({ items: z.array(tokenShape) })),
    handle: async ({ params, services }) =>
      ok({ items: (await services.accounts.listTokens(params.accountId)).map(presentToken) }),
  }),
  operation({
    id: "createToken",
    method: "post",
    path: "/accounts/{accountId}/tokens",
    group,
    summary: "Create an API token; its secret is in this answer and nowhere else",
    access: "user:administer",
    params,
    body: {
      kind: "json",
      optional: false,
      schema: z.strictObject({
        name: z.string().min(1).max(256),
        permissions: z.array(z.enum(permissions)).nullable().optional(),
        expiresAt: dateText.nullable().optional(),
      }),
    },
    replies: { 201: { description: "The token with its secret.", json: tokenShape.extend({ secret: z.string() }) } },
    async handle({ params, body, services, caller }) {
      if ((await services.accounts.find(params.accountId)) === undefined) throw noSuchAccount(params.accountId);
      const { token, secret } = await services.accounts.createToken({
        accountId: params.accountId,
        name: body.name,
        permissions: body.permissions ?? null,
        expiresAt: body.expiresAt == null ? null : Date.parse(body.expiresAt),
      });
      await tellAccountDeed(services, caller, "createToken", "CREATE", params.accountId, { name: body.name });
      return { status: 201, json: { ...presentToken(token), secret } };
    },
  }),
  operation({
    id: "deleteToken",
    method: "delete",
    path: "/accounts/{accountId}/tokens/{tokenId}",
    group,
    summary: "Revoke an API token",
    access: "user:administer",
    params: z.strictObject({ accountId, tokenId: z.string().min(1).max(100) }),
    replies: emptyReply,
    async handle({ params, services, caller }) {
      if (!(await services.accounts.removeToken(params.accountId, params.tokenId)))
        throw new Problem("NOT_FOUND", `Expected a token of "${params.accountId}" with this id, but there is none.`);
      await tellAccountDeed(services, caller, "deleteToken", "DELETE", params.accountId, {});
      return noContent;
    },
  }),
];

/** Built-in ones and the installation's own: a misspelt role would give nothing and tell nobody. */
async function assertRoles({ directory }: Services, roles: readonly string[] = []): Promise<void> {
  const known = roles.length === 0 ? [] : (await directory.store.list("role")).map(({ id }) => id);
  const unknown = roles.find((role) => !known.includes(role));
  if (unknown !== undefined)
    throw new Problem(
      "INVALID_ARGUMENT",
      `Expected roles that exist (${known.join(", ")}), but "${unknown}" does not.`,
    );
}

function noSuchAccount(id: string): Problem {
  return new Problem("NOT_FOUND", `Expected an account "${id}", but there is none.`);
}

export const accountOperations: readonly Operation[] = [...sessions, ...providers, ...accounts, ...tokens];
