/**
 * Whom authorizations belong to, and from when to when they govern. Which operation asks for which, on which resources:
 * test/security/authorizations.test.ts, generated from the operations.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { order, review, reviewForm, twoSteps } from "../../contract/models.ts";
import { type Issuer, startIssuer } from "../../security/issuer.ts";
import { type Answered, call, startTestServer, type TestServer } from "../server.ts";

type Headers = Readonly<Record<string, string>>;

let server: TestServer;
let issuer: Issuer;
let admin: Headers;
/** Process id → an instance of it. */
const instances = new Map<string, string>();

const asAdmin = async (method: string, path: string, body?: unknown): Promise<Answered["json"]> => {
  const answer = await call(server, method, path, body, admin);
  expect(answer.status, `${method} ${path}: ${answer.text}`).toBeLessThan(300);
  return answer.json;
};

beforeAll(async () => {
  const said: string[] = [];
  issuer = await startIssuer();
  server = await startTestServer({
    environment: { AUTHENTICATION: "basic,token,oidc", ...issuer.environment },
    say: (line) => void said.push(line),
  });
  const password = /password (\S+)/.exec(said.join("\n"))![1]!;
  const basic = { authorization: `Basic ${Buffer.from(`admin:${password}`).toString("base64")}` };
  const { json } = await call(server, "POST", "/auth/accounts/admin/tokens", { name: "test" }, basic);
  admin = { authorization: `Bearer ${json.secret}` };
  const form = new FormData();
  const files = { "order.bpmn": order, "two-steps.bpmn": twoSteps, "review.bpmn": review, "review.form": reviewForm };
  for (const [name, content] of Object.entries(files)) form.append("resources", new Blob([content]), name);
  await asAdmin("POST", "/v2/deployments", form);
  for (const processDefinitionId of ["order", "two-steps", "review"]) await start(processDefinitionId);
}, 240_000);
afterAll(async () => {
  await server?.close();
  issuer?.close();
});

async function start(processDefinitionId: string): Promise<void> {
  const { processInstanceKey } = await asAdmin("POST", "/v2/process-instances", { processDefinitionId });
  instances.set(processDefinitionId, processInstanceKey);
}

async function account(accountId: string, more: object = {}, token: object = {}): Promise<Headers> {
  await asAdmin("POST", "/auth/accounts", { accountId, kind: "human", ...more });
  return tokenOf(accountId, token);
}
async function tokenOf(accountId: string, token: object = {}): Promise<Headers> {
  const { secret } = await asAdmin("POST", `/auth/accounts/${accountId}/tokens`, { name: "test", ...token });
  return { authorization: `Bearer ${secret}` };
}
const foreign = (claims: object): Promise<Headers> => issuer.as({ tenants: ["<default>"], ...claims });

interface Given {
  readonly resourceType?: string;
  readonly resourceId?: string;
  readonly resourcePropertyName?: string;
  readonly permissionTypes: readonly string[];
}
async function give(ownerType: string, ownerId: string, given: Given): Promise<string> {
  const one = { ownerType, ownerId, resourceType: "PROCESS_DEFINITION", ...given };
  return (await asAdmin("POST", "/v2/authorizations", one)).authorizationKey;
}
const takeBack = (key: string): Promise<unknown> => asAdmin("DELETE", `/v2/authorizations/${key}`);

const readsOrders = { resourceId: "order", permissionTypes: ["READ_PROCESS_INSTANCE"] };
/** The processes whose instances a caller sees; or the status of the refusal. */
async function seen(headers: Headers): Promise<readonly string[] | number> {
  const { status, json } = await call(server, "POST", "/v2/process-instances/search", {}, headers);
  if (status !== 200) return status;
  return [
    ...new Set<string>(json.items.map((item: { processDefinitionId: string }) => item.processDefinitionId)),
  ].sort();
}

/** Owner type, owner id, and how somebody comes to be it. */
const owners: readonly (readonly [string, string, string, () => Promise<Headers>])[] = [
  ["a person with an account", "USER", "ann", () => account("ann")],
  ["a person of an identity provider", "USER", "u-1", () => foreign({ preferred_username: "u-1" })],
  ["a program with an account", "CLIENT", "robot", () => account("robot", { kind: "service" })],
  ["a program of an identity provider", "CLIENT", "c-1", () => foreign({ sub: "c-1", client_id: "c-1" })],
  [
    "members of a group",
    "GROUP",
    "clerks",
    async () => {
      await asAdmin("POST", "/v2/groups", { groupId: "clerks", name: "Clerks" });
      return account("gus", { groups: ["clerks"] });
    },
  ],
  ["members of a group by a claim", "GROUP", "g-1", () => foreign({ preferred_username: "u-2", groups: ["g-1"] })],
  [
    "who has a role of one's own making",
    "ROLE",
    "closer",
    async () => {
      await asAdmin("POST", "/v2/roles", { roleId: "closer", name: "Closer" });
      const headers = await account("rob");
      await asAdmin("PUT", "/v2/roles/closer/users/rob");
      return headers;
    },
  ],
  ["who has that role by a claim", "ROLE", "closer", () => foreign({ preferred_username: "u-3", roles: ["closer"] })],
  [
    "who has that role by a group",
    "ROLE",
    "closer",
    async () => {
      await asAdmin("POST", "/v2/groups", { groupId: "closers", name: "Closers" });
      await asAdmin("PUT", "/v2/roles/closer/groups/closers");
      return account("joy", { groups: ["closers"] });
    },
  ],
  [
    "who has one of the product's own roles",
    "ROLE",
    "agent",
    () => account("agent-7", { kind: "agent", roles: ["agent"] }),
  ],
  [
    "tokens that fit a mapping rule",
    "MAPPING_RULE",
    "sales",
    async () => {
      await asAdmin("POST", "/v2/mapping-rules", {
        mappingRuleId: "sales",
        name: "Sales",
        claimName: "dep",
        claimValue: "s",
      });
      return foreign({ preferred_username: "u-4", dep: ["x", "s"] });
    },
  ],
];

describe("authorizations", () => {
  it.each(owners)(
    "S12 of %s govern from when they are given until they are taken back",
    async (_what, type, id, come) => {
      const headers = await come();
      expect(await seen(headers)).toBe(403);
      const key = await give(type, id, readsOrders);
      expect(await seen(headers)).toEqual(["order"]);
      await asAdmin("PUT", `/v2/authorizations/${key}`, {
        ownerType: type,
        ownerId: id,
        resourceType: "PROCESS_DEFINITION",
        resourceId: "two-steps",
        permissionTypes: ["READ_PROCESS_INSTANCE"],
      });
      expect(await seen(headers)).toEqual(["two-steps"]);
      await takeBack(key);
      expect(await seen(headers)).toBe(403);
    },
  );

  it("S12 end with their owner", async () => {
    await asAdmin("POST", "/v2/roles", { roleId: "passing", name: "Passing" });
    await asAdmin("POST", "/v2/mapping-rules", {
      mappingRuleId: "passing",
      name: "P",
      claimName: "p",
      claimValue: "1",
    });
    const [byRole, byRule] = [await foreign({ roles: ["passing"] }), await foreign({ p: 1 })];
    const person = await account("passing");
    for (const type of ["ROLE", "MAPPING_RULE", "USER"]) await give(type, "passing", readsOrders);
    for (const headers of [byRole, byRule, person]) expect(await seen(headers)).toEqual(["order"]);
    await asAdmin("DELETE", "/v2/roles/passing");
    expect(await seen(byRole)).toBe(403);
    await asAdmin("DELETE", "/v2/mapping-rules/passing");
    expect(await seen(byRule)).toBe(403);
    await asAdmin("DELETE", "/auth/accounts/passing");
    expect(await seen(person)).toBe(401);
    expect(await seen(await account("passing")), "another of the same name").toBe(403);
  });

  it("S12 of an account are not those of a stranger with the same name", async () => {
    const own = await account("eve");
    await give("USER", "eve", readsOrders);
    expect(await seen(own)).toEqual(["order"]);
    expect(await seen(await foreign({ preferred_username: "eve" }))).toBe(403);
  });

  it("S12 add to what roles permit, and take nothing away", async () => {
    const headers = await account("vic", { roles: ["viewer"] });
    await give("USER", "vic", {
      resourceId: "order",
      permissionTypes: ["CANCEL_PROCESS_INSTANCE", "READ_PROCESS_INSTANCE"],
    });
    expect(await seen(headers)).toEqual(["order", "review", "two-steps"]);
    const cancel = (of: string) =>
      call(server, "POST", `/v2/process-instances/${instances.get(of)}/cancellation`, {}, headers);
    const refused = await cancel("two-steps");
    expect(refused).toMatchObject({ status: 403 });
    expect(refused.json.detail).toMatch(/CANCEL_PROCESS_INSTANCE on process "two-steps", but "vic" does not have it/);
    expect((await cancel("order")).status).toBe(204);
    await start("order");
  });

  it("S12 never widen a token that was made with some permissions only", async () => {
    const whole = await account("tim");
    const narrow = await tokenOf("tim", { permissions: ["instance:read"] });
    const none = await tokenOf("tim", { permissions: ["job:read"] });
    await give("USER", "tim", {
      resourceId: "*",
      permissionTypes: ["READ_PROCESS_INSTANCE", "UPDATE_PROCESS_INSTANCE"],
    });
    const suspends = async (headers: Headers, word: string) =>
      (await call(server, "POST", `/governance/v1/process-instances/${instances.get("order")}/${word}`, {}, headers))
        .status;
    expect([await seen(whole), await seen(narrow), await seen(none)]).toEqual([
      ["order", "review", "two-steps"],
      ["order", "review", "two-steps"],
      403,
    ]);
    expect([await suspends(narrow, "suspension"), await suspends(none, "suspension")]).toEqual([403, 403]);
    expect([await suspends(whole, "suspension"), await suspends(whole, "resumption")]).toEqual([204, 204]);
  });

  it("S12 by a property of user tasks let those who are named there work, and nobody else", async () => {
    const [bob, carol] = [await account("bob", { groups: ["staff"] }), await account("carol", { groups: ["staff"] })];
    await asAdmin("POST", "/v2/groups", { groupId: "staff", name: "Staff" });
    const property = (resourcePropertyName: string, permissionTypes: readonly string[]) =>
      give("GROUP", "staff", { resourceType: "USER_TASK", resourcePropertyName, permissionTypes });
    await property("candidateUsers", ["READ", "CLAIM"]);
    await property("assignee", ["READ", "COMPLETE"]);
    const tasks = async (headers: Headers) =>
      (await call(server, "POST", "/v2/user-tasks/search", {}, headers)).json.items.map(
        (task: { userTaskKey: string }) => task.userTaskKey,
      );
    const [key] = await tasks(bob);
    expect(await tasks(carol)).toEqual([]);
    const does = async (headers: Headers, what: string, body: object = {}) =>
      (await call(server, "POST", `/v2/user-tasks/${key}/${what}`, body, headers)).status;
    expect((await call(server, "GET", `/v2/user-tasks/${key}`, undefined, carol)).status).toBe(403);
    expect(await does(carol, "assignment", { assignee: "carol", allowOverride: false })).toBe(403);
    expect(await does(bob, "completion")).toBe(403);
    // Claimed is what one takes oneself, and from nobody.
    expect(await does(bob, "assignment", { assignee: "carol", allowOverride: false })).toBe(403);
    expect(await does(bob, "assignment", { assignee: "bob" })).toBe(403);
    expect(await does(bob, "assignment", { assignee: "bob", allowOverride: false })).toBe(204);
    expect(await does(carol, "completion")).toBe(403);
    expect(await does(bob, "completion")).toBe(204);
  });

  it("S12 to delete one kind of resource delete no other, and history only with what it takes besides", async () => {
    const headers = await account("dan");
    const { items } = await asAdmin("POST", "/v2/process-definitions/search", {
      filter: { processDefinitionId: "two-steps" },
    });
    const key: string = items[0].processDefinitionKey;
    const deletes = async (body: object = {}) =>
      (await call(server, "POST", `/v2/resources/${key}/deletion`, body, headers)).status;
    const on = (resourceId: string, ...permissionTypes: string[]) =>
      give("USER", "dan", { resourceType: "RESOURCE", resourceId, permissionTypes });
    await on("*", "DELETE_FORM", "DELETE_DRD", "DELETE_RESOURCE");
    expect(await deletes()).toBe(403);
    await on("order", "DELETE_PROCESS");
    expect(await deletes()).toBe(403);
    await asAdmin("POST", `/v2/process-instances/${instances.get("two-steps")}/cancellation`, {});
    await on("two-steps", "DELETE_PROCESS");
    expect(await deletes({ deleteHistory: true })).toBe(403);
    expect(await deletes()).toBe(200);
  });

  it("S12 are told to whom they belong, with the words that they stand for", async () => {
    const headers = await account("meg");
    const key = await give("USER", "meg", { ...readsOrders, resourceId: "*" });
    const me = async () => (await call(server, "GET", "/v2/authentication/me", undefined, headers)).json;
    expect(await me()).toMatchObject({
      permissions: ["instance:read", "job:read", "agent:read"],
      authorizations: [{ ownerType: "USER", ownerId: "meg", resourceType: "PROCESS_DEFINITION", resourceId: "*" }],
    });
    await takeBack(key);
    expect(await me()).toMatchObject({ permissions: [], authorizations: [] });
  });

  it("S12 are given by who may give, and it is told by whom", async () => {
    const headers = await account("gil");
    const one = {
      ownerType: "USER",
      ownerId: "gil",
      resourceType: "EXPRESSION",
      resourceId: "*",
      permissionTypes: ["EVALUATE"],
    };
    const gives = () => call(server, "POST", "/v2/authorizations", one, headers);
    expect((await gives()).status).toBe(403);
    await give("USER", "gil", { resourceType: "AUTHORIZATION", resourceId: "*", permissionTypes: ["CREATE"] });
    const { status, json } = await gives();
    expect(status).toBe(201);
    expect((await call(server, "GET", `/v2/authorizations/${json.authorizationKey}`, undefined, headers)).status).toBe(
      403,
    );
    const told = await asAdmin("POST", "/v2/audit-logs/search", {
      filter: { entityType: "AUTHORIZATION", entityKey: json.authorizationKey },
    });
    expect(told.items).toMatchObject([{ actorId: "gil", operationType: "CREATE" }]);
  });

  it("are at most 10,000, and each change of them is seen on every node", async () => {
    const { database } = server.application;
    const headers = await foreign({ preferred_username: "u-9" });
    expect(await seen(headers)).toBe(403);
    // As another node would: past this one's memory.
    await database.query(
      `insert into given_authorization (owner_type, owner_id, resource_type, resource_id, permission_types, created_at_ms)
       select 'USER', 'u-' || i, 'PROCESS_DEFINITION', 'order', '{READ_PROCESS_INSTANCE}', 0 from generate_series(1, 10000) i`,
    );
    await expect.poll(() => seen(headers), { timeout: 10_000 }).toEqual(["order"]);
    const one = {
      ownerType: "CLIENT",
      ownerId: "c",
      resourceType: "EXPRESSION",
      resourceId: "*",
      permissionTypes: ["EVALUATE"],
    };
    const refused = await call(server, "POST", "/v2/authorizations", one, admin);
    expect(refused).toMatchObject({ status: 409 });
    expect(refused.json.detail).toContain("at most 10000 authorizations");
    await database.query("delete from given_authorization where owner_id like 'u-%'");
    await expect.poll(() => seen(headers), { timeout: 10_000 }).toBe(403);
  });
});
