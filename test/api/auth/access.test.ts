/** Accounts and API tokens. Who may do what, bearer tokens and sessions: test/security. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { permissionsOf, roleNames } from "../../../api/auth/permissions.ts";
import { order } from "../../contract/models.ts";
import { smallPolicy } from "../../decisions/plane/small-policy.ts";
import { call, startTestServer, type TestServer } from "../server.ts";

let server: TestServer;
let admin: Record<string, string>;
let firstPassword: string;

function basic(name: string, password: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}` };
}

beforeAll(async () => {
  const said: string[] = [];
  server = await startTestServer({
    environment: { AUTHENTICATION: "basic,token" },
    say: (line) => void said.push(line),
  });
  firstPassword = /password (\S+)/.exec(said.join("\n"))![1]!;
  admin = basic("admin", firstPassword);
});
afterAll(() => server?.close());

async function createAccount(accountId: string, roles: readonly string[], more: object = {}): Promise<void> {
  const created = await call(server, "POST", "/auth/accounts", { accountId, kind: "human", roles, ...more }, admin);
  expect(created.status, created.text).toBe(201);
}

async function tokenOf(
  accountId: string,
  more: object = {},
): Promise<{ secret: string; tokenId: string; headers: Record<string, string> }> {
  const { json } = await call(server, "POST", `/auth/accounts/${accountId}/tokens`, { name: "test", ...more }, admin);
  return { secret: json.secret, tokenId: json.tokenId, headers: { authorization: `Bearer ${json.secret}` } };
}

describe("tenants (S13)", () => {
  it("see their own things and none of the others', which do not exist for them", async () => {
    await createAccount("ann-of-a", ["administrator"], { tenants: ["a"] });
    await createAccount("bob-of-b", ["administrator"], { tenants: ["b"] });
    const [a, b] = [(await tokenOf("ann-of-a")).headers, (await tokenOf("bob-of-b")).headers];
    const form = new FormData();
    form.append("resources", new Blob([order]), "order.bpmn");
    form.append("tenantId", "a");
    const deployed = await call(server, "POST", "/v2/deployments", form, a);
    expect(deployed.status, deployed.text).toBe(200);
    const started = await call(
      server,
      "POST",
      "/v2/process-instances",
      { processDefinitionId: "order", tenantId: "a" },
      a,
    );
    expect(started.status, started.text).toBe(200);
    const { processInstanceKey, processDefinitionKey } = started.json;
    for (const what of ["process-instances", "process-definitions", "element-instances", "jobs"]) {
      expect((await call(server, "POST", `/v2/${what}/search`, {}, a)).json.items.length, what).toBeGreaterThan(0);
      expect((await call(server, "POST", `/v2/${what}/search`, {}, b)).json.items, what).toEqual([]);
    }
    for (const path of [
      `/v2/process-instances/${processInstanceKey}`,
      `/v2/process-definitions/${processDefinitionKey}`,
      `/governance/v1/process-instances/${processInstanceKey}/history`,
    ]) {
      expect((await call(server, "GET", path, undefined, a)).status, path).toBe(200);
      expect((await call(server, "GET", path, undefined, b)).status, path).toBe(404);
    }
    expect((await call(server, "POST", `/v2/process-instances/${processInstanceKey}/cancellation`, {}, b)).status).toBe(
      404,
    );
    const intruding = await call(server, "POST", "/v2/process-instances", { processDefinitionKey, tenantId: "b" }, b);
    expect([400, 404]).toContain(intruding.status);
    expect(
      (await call(server, "POST", "/v2/process-instances", { processDefinitionKey, tenantId: "a" }, b)).status,
    ).toBe(400);
    const poll = { type: "charge", timeout: 1_000, maxJobsToActivate: 10, requestTimeout: -1 };
    expect((await call(server, "POST", "/v2/jobs/activation", { ...poll, tenantIds: ["a"] }, b)).status).toBe(400);
    expect((await call(server, "POST", "/v2/jobs/activation", { ...poll, tenantIds: ["b"] }, b)).json.jobs).toEqual([]);
    expect(
      (await call(server, "POST", "/v2/jobs/activation", { ...poll, tenantIds: ["a"] }, a)).json.jobs,
    ).toHaveLength(1);
  });
});

describe("passwords", () => {
  it("sign in with basic authentication, and only the right ones", async () => {
    expect((await call(server, "GET", "/v2/authentication/me", undefined, admin)).json).toMatchObject({
      username: "admin",
      roles: ["administrator"],
    });
    expect((await call(server, "GET", "/v2/authentication/me", undefined, basic("admin", "wrong"))).status).toBe(401);
    expect((await call(server, "GET", "/v2/authentication/me", undefined, basic("nobody", firstPassword))).status).toBe(
      401,
    );
  });

  it("are asked for again when the account is disabled", async () => {
    await createAccount("leaving", ["viewer"], { password: "a long enough password" });
    const { headers } = await tokenOf("leaving");
    expect((await call(server, "GET", "/v2/topology", undefined, headers)).status).toBe(200);
    await call(server, "PATCH", "/auth/accounts/leaving", { disabled: true }, admin);
    expect((await call(server, "GET", "/v2/topology", undefined, headers)).status).toBe(401);
  });

  it("that are short are refused", async () => {
    const { status, json } = await call(
      server,
      "POST",
      "/auth/accounts",
      { accountId: "weak", kind: "human", password: "short" },
      admin,
    );
    expect(status).toBe(400);
    expect(json.detail).toContain("body.password");
  });
});

describe("roles, groups and tenants of an account", () => {
  it("are told with the way they come, also of programs, and only roles that exist are taken", async () => {
    const as = (method: string, path: string, body?: unknown) => call(server, method, path, body, admin);
    await as("POST", "/v2/groups", { groupId: "support", name: "Support" });
    await as("POST", "/v2/roles", { roleId: "refund-clerk", name: "Refund clerk" });
    await as("PUT", "/v2/roles/refund-clerk/groups/support");
    await as("PUT", "/v2/roles/viewer/groups/support");
    await as("POST", "/v2/tenants", { tenantId: "north", name: "North" });
    await as("PUT", "/v2/tenants/north/roles/refund-clerk");
    await createAccount("tim", ["viewer", "refund-clerk"], { groups: ["support"] });
    const { items } = (await as("GET", "/auth/accounts/tim/memberships")).json;
    const via = (kind: string, id: string) => ({ kind, id });
    expect(items).toEqual([
      { kind: "group", id: "support", via: null },
      { kind: "role", id: "viewer", via: null },
      { kind: "role", id: "refund-clerk", via: null },
      { kind: "tenant", id: "<default>", via: null },
      { kind: "role", id: "refund-clerk", via: via("group", "support") },
      { kind: "role", id: "viewer", via: via("group", "support") },
      { kind: "tenant", id: "north", via: via("role", "refund-clerk") },
    ]);
    await createAccount("nightly", [], { kind: "service" });
    await as("PUT", "/v2/groups/support/clients/nightly");
    expect((await as("GET", "/auth/accounts/nightly/memberships")).json.items).toContainEqual({
      kind: "role",
      id: "viewer",
      via: via("group", "support"),
    });
    const refused = await as("PATCH", "/auth/accounts/tim", { roles: ["viewr"] });
    expect([refused.status, refused.json.detail]).toEqual([400, expect.stringContaining('"viewr" does not')]);
    expect((await as("GET", "/auth/accounts/nobody/memberships")).status).toBe(404);
  });

  it("S12 tells what each built-in role permits", async () => {
    const { items } = (await call(server, "GET", "/auth/roles", undefined, admin)).json;
    expect(items).toEqual(roleNames.map((roleId) => ({ roleId, permissions: [...permissionsOf([roleId])] })));
  });
});

describe("API tokens", () => {
  it("are shown once, narrowed, listed without their secret and revoked", async () => {
    await createAccount("robot", ["operator"], { kind: "service" });
    const { secret, tokenId, headers } = await tokenOf("robot", { permissions: ["instance:read"] });
    const { text } = await call(server, "GET", "/auth/accounts/robot/tokens", undefined, admin);
    expect(text).toContain(tokenId);
    expect(text).not.toContain(secret);
    expect((await call(server, "POST", "/v2/process-instances/search", {}, headers)).status).toBe(200);
    expect((await call(server, "POST", "/v2/process-instances", { processDefinitionId: "x" }, headers)).status).toBe(
      403,
    );
    await call(server, "DELETE", `/auth/accounts/robot/tokens/${tokenId}`, undefined, admin);
    expect((await call(server, "POST", "/v2/process-instances/search", {}, headers)).status).toBe(401);
  });

  it("cannot give more than the account has", async () => {
    await createAccount("small", ["viewer"]);
    const { headers } = await tokenOf("small", { permissions: ["user:administer", "instance:read"] });
    expect((await call(server, "GET", "/auth/accounts", undefined, headers)).status).toBe(403);
  });

  it("end when they expire", async () => {
    await createAccount("guest", ["viewer"]);
    const { headers } = await tokenOf("guest", { expiresAt: "2020-01-01T00:00:00Z" });
    expect((await call(server, "GET", "/v2/topology", undefined, headers)).status).toBe(401);
  });
});

describe("signing in (S28)", () => {
  it("is not for whoever guesses: wrong passwords are counted per address (S28)", async () => {
    const own = await startTestServer({ environment: { AUTHENTICATION: "basic" } });
    try {
      const statuses: number[] = [];
      for (let tries = 0; tries < 12; tries++)
        statuses.push(
          (await call(own, "POST", "/auth/login", { username: "admin", password: `guess ${tries}` })).status,
        );
      expect(statuses[0]).toBe(401);
      expect(statuses.at(-1)).toBe(429);
    } finally {
      await own.close();
    }
  });
});

describe("the owner of a policy", () => {
  it("D07 reads, tests and proposes policies, and can neither put one live nor deploy a process", async () => {
    await createAccount("vera", ["policy-owner"]);
    const { headers } = await tokenOf("vera");
    const as = (method: string, path: string, body?: unknown) => call(server, method, path, body, headers);
    const content = smallPolicy({
      id: "veras-policy",
      actions: ["act"],
      inputs: [["action.type", "string"]],
      rows: [{ when: ["-"], give: "ALLOW", code: "ANY", example: {} }],
    });
    const proposed = await as("POST", "/governance/v1/policies", content);
    expect(proposed.json, proposed.text).toMatchObject({ policyId: "veras-policy", version: 1, stage: "draft" });
    expect((await as("POST", "/governance/v1/policies/veras-policy/versions/1/test", {})).json).toMatchObject({
      passed: true,
      coverage: { share: 1 },
    });
    expect((await as("GET", "/governance/v1/policies/veras-policy/versions/1")).json.dmn).toBe(content.dmn);
    const promotion = { stage: "active", reason: "mine", expedited: true };
    const path = "/governance/v1/policies/veras-policy/versions/1/promotion";
    expect((await as("POST", path, promotion)).status).toBe(403);
    const form = new FormData();
    form.append("resources", new Blob([order]), "order.bpmn");
    expect((await call(server, "POST", "/v2/deployments", form, headers)).status).toBe(403);
  });
});
