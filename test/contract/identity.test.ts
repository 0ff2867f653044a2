/** Users, groups, roles, tenants and mapping rules by the official client, and that what they say governs. */
import type { CamundaClient, PermissionTypeEnum } from "@camunda8/orchestration-cluster-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call, startTestServer, type TestServer } from "../api/server.ts";
import { now, officialClient } from "./client.ts";
import { order, twoSteps } from "./models.ts";

let server: TestServer;
let camunda: CamundaClient;

beforeAll(async () => {
  server = await startTestServer();
  camunda = officialClient(server);
});
afterAll(() => server?.close());

type Call = (
  input: object,
  options?: object,
) => Promise<{ items: readonly Record<string, unknown>[] } & Record<string, unknown>>;
const calls = () => camunda as unknown as Record<string, Call>;
const statusOf = (answer: Promise<unknown>): Promise<number> =>
  answer.then(
    () => 200,
    (error: { status: number }) => error.status,
  );

describe("users", () => {
  it("begin with the first administrator, made once", async () => {
    const made = await camunda.createAdminUser({ username: "root" as never, password: "correct horse", name: "Root" });
    expect(made).toEqual({ username: "root", name: "Root", email: null });
    expect(await statusOf(camunda.createAdminUser({ username: "again" as never, password: "correct horse" }))).toBe(
      403,
    );
    expect((await call(server, "GET", "/auth/accounts")).json.items[0]).toMatchObject({ roles: ["administrator"] });
  });

  it("are created, read, changed, found and deleted", async () => {
    const username = "ann" as never;
    const made = await camunda.createUser({
      username,
      password: "correct horse",
      name: "Ann",
      email: "ann@example.org",
    });
    expect(made).toEqual({ username: "ann", name: "Ann", email: "ann@example.org" });
    expect(await statusOf(camunda.createUser({ username, password: "correct horse" }))).toBe(409);
    expect(await camunda.updateUser({ username, name: "Ann B." })).toMatchObject({ name: "Ann B." });
    expect(await camunda.getUser({ username }, now)).toEqual({ ...made, name: "Ann B." });
    await camunda.createUser({ username: "bob" as never, password: "correct horse" });
    const found = await camunda.searchUsers(
      {
        filter: { username: { $like: "?n*" }, email: { $exists: true } },
        sort: [{ field: "username", order: "DESC" }],
      },
      now,
    );
    expect(found.items.map((item) => item.username)).toEqual(["ann"]);
    const byName = await camunda.searchUsers({ filter: { name: { $like: "Ann*" } } }, now);
    expect(byName.items.map((item) => item.username)).toEqual(["ann"]);
    const down = await camunda.searchUsers({ sort: [{ field: "username", order: "DESC" }], page: { limit: 2 } }, now);
    expect(down.items.map((item) => item.username)).toEqual(["root", "bob"]);
    const after = await officialClient(server, false).searchUsers(
      { sort: [{ field: "username", order: "DESC" }], page: { after: down.page.endCursor! } },
      now,
    );
    expect(after.items.map((item) => item.username)).toEqual(["ann"]);
    await camunda.deleteUser({ username: "bob" as never });
    expect(await statusOf(camunda.getUser({ username: "bob" as never }, now))).toBe(404);
    expect(await statusOf(camunda.deleteUser({ username: "bob" as never }))).toBe(404);
    expect(await statusOf(camunda.updateUser({ username: "bob" as never, name: "B" }))).toBe(404);
  });
});

/** word, id member, what it is made with, what it is changed to, search call. */
const kinds = [
  ["Group", "groupId", { name: "Clerks", description: "d" }, { name: "Clerks!", description: "e" }, "searchGroups"],
  ["Role", "roleId", { name: "Helper", description: "d" }, { name: "Helper!" }, "searchRoles"],
  ["Tenant", "tenantId", { name: "North" }, { name: "North!", description: "e" }, "searchTenants"],
  [
    "MappingRule",
    "mappingRuleId",
    { name: "Rule", claimName: "department", claimValue: "sales" },
    { name: "Rule!", claimName: "department", claimValue: "field" },
    "searchMappingRule",
  ],
] as const;

describe("groups, roles, tenants and mapping rules", () => {
  it.each(kinds)("%s: created, read, changed, found and deleted", async (word, id, made, change, searchCall) => {
    const of = (value: string) => ({ [id]: value });
    const expected = word === "MappingRule" ? {} : { description: null };
    expect(await calls()[`create${word}`]!({ ...of("x-1"), ...made })).toEqual({ ...expected, ...of("x-1"), ...made });
    expect(await statusOf(calls()[`create${word}`]!({ ...of("x-1"), ...made }))).toBe(409);
    expect(await calls()[`update${word}`]!({ ...of("x-1"), ...change })).toMatchObject({ ...expected, ...change });
    expect(await calls()[`get${word}`]!(of("x-1"), now)).toEqual({ ...expected, ...of("x-1"), ...change });
    const { items } = await calls()[searchCall]!(
      { filter: { [id]: "x-1", name: change.name }, sort: [{ field: "name", order: "ASC" }] },
      now,
    );
    expect(items.map((item) => item[id])).toEqual(["x-1"]);
    await calls()[`delete${word}`]!(of("x-1"));
    for (const missing of [
      () => calls()[`get${word}`]!(of("x-1"), now),
      () => calls()[`delete${word}`]!(of("x-1")),
      () => calls()[`update${word}`]!({ ...of("x-1"), ...change }),
    ])
      expect(await statusOf(missing())).toBe(404);
  });

  it("have the product's own roles and tenant among them, which stay as they are", async () => {
    const roles = await camunda.searchRoles({ filter: { name: "operator" } }, now);
    expect(roles.items.map((item) => item.roleId)).toEqual(["operator"]);
    expect((await camunda.getTenant({ tenantId: "<default>" as never }, now)).name).toBe("Default");
    expect(await statusOf(camunda.updateRole({ roleId: "operator", name: "mine" }))).toBe(409);
    expect(await statusOf(camunda.deleteTenant({ tenantId: "<default>" as never }))).toBe(409);
    expect(await statusOf(camunda.createRole({ roleId: "operator", name: "mine" }))).toBe(409);
  });

  /** assign, unassign, search, whose id, member's id member, and the member's id. */
  const memberships = [
    ["assignUserToGroup", "unassignUserFromGroup", "searchUsersForGroup", "groupId", "username", "ann"],
    ["assignClientToGroup", "unassignClientFromGroup", "searchClientsForGroup", "groupId", "clientId", "bot"],
    [
      "assignMappingRuleToGroup",
      "unassignMappingRuleFromGroup",
      "searchMappingRulesForGroup",
      "groupId",
      "mappingRuleId",
      "m-1",
    ],
    ["assignRoleToUser", "unassignRoleFromUser", "searchUsersForRole", "roleId", "username", "ann"],
    ["assignRoleToClient", "unassignRoleFromClient", "searchClientsForRole", "roleId", "clientId", "bot"],
    ["assignRoleToGroup", "unassignRoleFromGroup", "searchGroupsForRole", "roleId", "groupId", "m-1"],
    [
      "assignRoleToMappingRule",
      "unassignRoleFromMappingRule",
      "searchMappingRulesForRole",
      "roleId",
      "mappingRuleId",
      "m-1",
    ],
    ["assignUserToTenant", "unassignUserFromTenant", "searchUsersForTenant", "tenantId", "username", "ann"],
    ["assignClientToTenant", "unassignClientFromTenant", "searchClientsForTenant", "tenantId", "clientId", "bot"],
    ["assignGroupToTenant", "unassignGroupFromTenant", "searchGroupIdsForTenant", "tenantId", "groupId", "m-1"],
    ["assignRoleToTenant", "unassignRoleFromTenant", "searchRolesForTenant", "tenantId", "roleId", "m-1"],
    [
      "assignMappingRuleToTenant",
      "unassignMappingRuleFromTenant",
      "searchMappingRulesForTenant",
      "tenantId",
      "mappingRuleId",
      "m-1",
    ],
  ] as const;

  it.each(memberships)("%s, %s and %s agree", async (assign, unassign, search, ownId, memberId, member) => {
    for (const [word, id, made] of kinds) await statusOf(calls()[`create${word}`]!({ [id]: "m-1", ...made }));
    const pair = { [ownId]: "m-1", [memberId]: member };
    const found = async () => (await calls()[search]!({ [ownId]: "m-1" }, now)).items.map((item) => item[memberId]);
    expect(await found()).toEqual([]);
    await calls()[assign]!(pair);
    expect(await found()).toEqual([member]);
    if (assign === "assignRoleToGroup")
      expect((await camunda.searchRolesForGroup({ groupId: "m-1" }, now)).items.map((item) => item.roleId)).toEqual([
        "m-1",
      ]);
    expect(await statusOf(calls()[assign]!(pair))).toBe(409);
    await calls()[unassign]!(pair);
    expect(await found()).toEqual([]);
    expect(await statusOf(calls()[unassign]!(pair))).toBe(404);
    expect(await statusOf(calls()[assign]!({ ...pair, [ownId]: "nowhere" }))).toBe(404);
    if (memberId !== "clientId") expect(await statusOf(calls()[assign]!({ ...pair, [memberId]: "nobody" }))).toBe(404);
  });

  it("leave accounts and lists when they are deleted", async () => {
    await camunda.createGroup({ groupId: "passing", name: "Passing" });
    await camunda.assignUserToGroup({ groupId: "passing", username: "ann" as never });
    await camunda.assignClientToGroup({ groupId: "passing", clientId: "bot" });
    await camunda.assignRoleToGroup({ groupId: "passing", roleId: "viewer" });
    await camunda.deleteGroup({ groupId: "passing" });
    const accounts: { accountId: string; groups: string[] }[] = (await call(server, "GET", "/auth/accounts")).json
      .items;
    expect(accounts.find(({ accountId }) => accountId === "ann")?.groups).toEqual([]);
    expect((await camunda.searchGroupsForRole({ roleId: "viewer" }, now)).items).toEqual([]);
    const told = await camunda.searchAuditLogs(
      { filter: { entityKey: "passing" as never }, sort: [{ field: "timestamp" }] },
      now,
    );
    expect(told.items.map(({ operationType, entityType, category }) => [operationType, entityType, category])).toEqual([
      ["CREATE", "GROUP", "ADMIN"],
      ["ASSIGN", "GROUP", "ADMIN"],
      ["ASSIGN", "GROUP", "ADMIN"],
      ["DELETE", "GROUP", "ADMIN"],
    ]);
  });
});

describe("authorizations", () => {
  const cancels = {
    ownerType: "GROUP",
    resourceType: "PROCESS_DEFINITION",
    resourceId: "order",
    permissionTypes: ["READ_PROCESS_INSTANCE", "CANCEL_PROCESS_INSTANCE"] as PermissionTypeEnum[],
  } as const;

  it("are created, read, replaced, found and deleted", async () => {
    await camunda.createGroup({ groupId: "clerks", name: "Clerks" });
    await camunda.createRole({ roleId: "closer", name: "Closer" });
    const { authorizationKey } = await camunda.createAuthorization({ ...cancels, ownerId: "clerks" });
    const one = await camunda.getAuthorization({ authorizationKey }, now);
    expect(one).toEqual({ ...cancels, ownerId: "clerks", resourcePropertyName: null, authorizationKey });
    await camunda.updateAuthorization({
      authorizationKey,
      ownerId: "closer",
      ownerType: "ROLE",
      resourceType: "USER_TASK",
      resourcePropertyName: "candidateGroups",
      permissionTypes: ["COMPLETE", "CLAIM", "READ", "CLAIM"],
    });
    expect(await camunda.getAuthorization({ authorizationKey }, now)).toEqual({
      ownerId: "closer",
      ownerType: "ROLE",
      resourceType: "USER_TASK",
      resourceId: null,
      resourcePropertyName: "candidateGroups",
      permissionTypes: ["READ", "CLAIM", "COMPLETE"],
      authorizationKey,
    });
    await camunda.deleteAuthorization({ authorizationKey });
    expect(await statusOf(camunda.getAuthorization({ authorizationKey }, now))).toBe(404);
    expect(await statusOf(camunda.deleteAuthorization({ authorizationKey }))).toBe(404);
    const again = camunda.updateAuthorization({ authorizationKey, ...cancels, ownerId: "clerks" });
    expect(await statusOf(again)).toBe(404);
    const told = await camunda.searchAuditLogs({ filter: { entityType: "AUTHORIZATION" } }, now);
    expect(told.items.map(({ operationType }) => operationType).sort()).toEqual(["CREATE", "DELETE", "UPDATE"]);
  });

  it("are searched by owner, resource and property, sorted and paged", async () => {
    for (const ownerId of ["c-1", "c-2", "c-3"])
      for (const resourceId of ["order", "*"])
        await camunda.createAuthorization({ ...cancels, ownerType: "CLIENT", ownerId, resourceId });
    await camunda.createAuthorization({
      ownerType: "CLIENT",
      ownerId: "c-1",
      resourceType: "USER_TASK",
      resourcePropertyName: "assignee",
      permissionTypes: ["READ"],
    });
    const found = async (filter: object, more: object = {}) =>
      (await camunda.searchAuthorizations({ filter: { ownerType: "CLIENT", ...filter }, ...more }, now)).items.map(
        ({ ownerId, resourceId, resourcePropertyName }) => `${ownerId} ${resourceId ?? resourcePropertyName}`,
      );
    expect(await found({ ownerId: "c-2" })).toEqual(["c-2 order", "c-2 *"]);
    expect(await found({ resourceIds: ["*"] })).toEqual(["c-1 *", "c-2 *", "c-3 *"]);
    expect(await found({ resourcePropertyNames: ["assignee"] })).toEqual(["c-1 assignee"]);
    expect(await found({ resourceType: "USER_TASK" })).toEqual(["c-1 assignee"]);
    expect(await found({ ownerType: "UNSPECIFIED" })).toEqual([]);
    const sort = [{ field: "ownerId", order: "DESC" }, { field: "resourceId" }];
    expect(await found({ resourceIds: ["order", "*"] }, { sort, page: { limit: 3 } })).toEqual([
      "c-3 *",
      "c-3 order",
      "c-2 *",
    ]);
    const plain = officialClient(server, false);
    const all = await plain.searchAuthorizations({ filter: { ownerType: "CLIENT" }, page: { limit: 4 } }, now);
    const after = { filter: { ownerType: "CLIENT" as const }, page: { after: all.page.endCursor! } };
    expect((await plain.searchAuthorizations(after, now)).items).toHaveLength(3);
    expect(all.page.totalItems).toBe(7);
  });

  it("on policies, which the client does not know, are only shown when asked for", async () => {
    const policies = {
      ownerType: "CLIENT",
      ownerId: "c-9",
      resourceType: "POLICY",
      resourceId: "refund",
      permissionTypes: ["READ", "RELEASE"],
    };
    expect((await call(server, "POST", "/v2/authorizations", policies)).status).toBe(201);
    const search = (filter: object) => call(server, "POST", "/v2/authorizations/search", { filter });
    expect((await search({ ownerId: "c-9" })).json.items).toEqual([]);
    expect((await search({ ownerId: "c-9", resourceType: "POLICY" })).json.items).toMatchObject([policies]);
  });

  const wrong: readonly (readonly [string, object, number, RegExp])[] = [
    ["an owner that is not there", { ownerId: "nobody" }, 404, /group "nobody"/],
    ["a user that is not there", { ownerType: "USER", ownerId: "nobody" }, 404, /user "nobody"/],
    ["a rule that is not there", { ownerType: "MAPPING_RULE", ownerId: "none" }, 404, /mapping rule "none"/],
    ["no kind of owner", { ownerType: "UNSPECIFIED" }, 400, /ownerType/],
    ["a permission of another type", { permissionTypes: ["EVALUATE"] }, 400, /READ_PROCESS_INSTANCE.*found EVALUATE/],
    ["no permission", { permissionTypes: [] }, 400, /permissionTypes/],
    ["both an id and a property", { resourcePropertyName: "assignee" }, 400, /either resourceId or/],
    ["neither an id nor a property", { resourceId: undefined }, 400, /either resourceId or/],
    [
      "a property of processes",
      { resourceId: undefined, resourcePropertyName: "assignee" },
      400,
      /PROCESS_DEFINITION has no properties/,
    ],
    ["an unknown type", { resourceType: "__proto__" }, 400, /resourceType/],
  ];
  it.each(wrong)("refuse %s", async (_what, change, status, said) => {
    const answer = await call(server, "POST", "/v2/authorizations", { ...cancels, ownerId: "clerks", ...change });
    expect(answer.status, answer.text).toBe(status);
    expect(answer.json.detail).toMatch(said);
  });

  it("go with their owner", async () => {
    await camunda.createUser({ username: "gone" as never, password: "correct horse" });
    await camunda.createMappingRule({ mappingRuleId: "gone", name: "g", claimName: "c", claimValue: "v" });
    for (const word of ["Group", "Role"])
      await calls()[`create${word}`]!({ [`${word.toLowerCase()}Id`]: "gone", name: "g" });
    for (const ownerType of ["USER", "GROUP", "ROLE", "MAPPING_RULE"] as const)
      await camunda.createAuthorization({ ...cancels, ownerType, ownerId: "gone" });
    const left = async () =>
      (await camunda.searchAuthorizations({ filter: { ownerId: "gone" } }, now)).items.map(
        ({ ownerType }) => ownerType,
      );
    expect(await left()).toHaveLength(4);
    await camunda.deleteUser({ username: "gone" as never });
    await camunda.deleteGroup({ groupId: "gone" });
    expect(await left()).toEqual(["ROLE", "MAPPING_RULE"]);
    await camunda.deleteRole({ roleId: "gone" });
    await camunda.deleteMappingRule({ mappingRuleId: "gone" });
    expect(await left()).toEqual([]);
  });
});

describe("memberships govern", () => {
  const said: string[] = [];
  let guarded: TestServer;
  beforeAll(async () => {
    guarded = await startTestServer({
      environment: { AUTHENTICATION: "basic,token" },
      say: (line) => said.push(line),
    });
  });
  afterAll(() => guarded?.close());

  const as = (username: string, secret: string) =>
    officialClient(guarded, true, {
      CAMUNDA_AUTH_STRATEGY: "BASIC",
      CAMUNDA_BASIC_AUTH_USERNAME: username,
      CAMUNDA_BASIC_AUTH_PASSWORD: secret,
    });
  const asAdmin = () => as("admin", / password (\S+)/.exec(said.join("\n"))![1]!);

  it("give a user what its group's roles permit, and take it back", async () => {
    const nobody = officialClient(guarded);
    await nobody.getStatus();
    expect((await nobody.getLicense()).validLicense).toBe(true);
    expect(await statusOf(nobody.getTopology())).toBe(401);
    const admin = asAdmin();
    expect(await statusOf(admin.createAdminUser({ username: "x" as never, password: "correct horse" }))).toBe(403);
    await admin.createUser({ username: "eve" as never, password: "correct horse" });
    const eve = as("eve", "correct horse");
    const reads = () => statusOf(eve.searchProcessInstances({}, now));
    await admin.createUser({ username: "newcomer" as never, password: "correct horse" });
    expect(await statusOf(as("newcomer", "correct horse").searchProcessInstances({}, now))).toBe(403);
    await admin.createGroup({ groupId: "watchers", name: "Watchers" });
    await admin.createTenant({ tenantId: "north" as never, name: "North" });
    await admin.assignRoleToGroup({ roleId: "viewer", groupId: "watchers" });
    await admin.assignGroupToTenant({ tenantId: "north" as never, groupId: "watchers" });
    await admin.assignUserToGroup({ username: "eve" as never, groupId: "watchers" });
    expect(await reads()).toBe(200);
    const me = await eve.getAuthentication();
    expect(me).toMatchObject({ groups: ["watchers"], roles: ["viewer"] });
    expect(me.tenants.map(({ tenantId }) => tenantId)).toEqual(["<default>", "north"]);
    expect(await statusOf(eve.createUser({ username: "mallory" as never, password: "correct horse" }))).toBe(403);
    await admin.unassignRoleFromGroup({ roleId: "viewer", groupId: "watchers" });
    await expect.poll(reads, { timeout: 5_000 }).toBe(403);
  });

  it("and authorizations limit a worker to the instances of one process", async () => {
    const admin = asAdmin();
    const files = { "order.bpmn": order, "two-steps.bpmn": twoSteps };
    const resources = Object.entries(files).map(([name, text]) => new File([text], name));
    await admin.createDeployment({ resources });
    await admin.createUser({ username: "hal" as never, password: "correct horse" });
    await admin.createAuthorization({
      ownerType: "USER",
      ownerId: "hal",
      resourceType: "PROCESS_DEFINITION",
      resourceId: "order",
      permissionTypes: ["CREATE_PROCESS_INSTANCE", "READ_PROCESS_INSTANCE", "UPDATE_PROCESS_INSTANCE"],
    });
    const hal = as("hal", "correct horse");
    const starts = (client: CamundaClient, id: string) =>
      client.createProcessInstance({ processDefinitionId: id as never, processDefinitionVersion: -1 });
    expect(await statusOf(starts(hal, "two-steps"))).toBe(403);
    await starts(admin, "two-steps");
    const { processInstanceKey } = await starts(hal, "order");
    const takes = async (type: string) =>
      (await hal.activateJobs({ type, timeout: 30_000, maxJobsToActivate: 10, requestTimeout: -1 })).jobs;
    expect(await takes("ship")).toEqual([]);
    const [job] = await takes("charge");
    await job!.complete({});
    const found = (await hal.searchProcessInstances({}, now)).items;
    expect(found.map((item) => [item.processInstanceKey, item.state])).toEqual([[processInstanceKey, "COMPLETED"]]);
    expect(await statusOf(hal.searchAuthorizations({}, now))).toBe(403);
    expect((await hal.getAuthentication()).roles).toEqual([]);
  });
});
