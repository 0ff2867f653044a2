/**
 * S12: role × endpoint × tenant, generated from the list of operations. A cell is right when a caller without the
 * permission is told 403 and nothing else, and a caller with it, but of another tenant, is told 404: as if the thing did
 * not exist. A route without a rule, and a path that names a new kind of thing, fail here until they are classified.
 */
import type { Express } from "express";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Authenticator } from "../../api/auth/authenticator.ts";
import { accountOperations } from "../../api/auth/operations.ts";
import { permissions, permissionsOf, type RoleName, roleNames } from "../../api/auth/permissions.ts";
import { readSettings } from "../../api/config.ts";
import { governanceOperations } from "../../api/governance/index.ts";
import { runplaneOperations } from "../../api/governance/runplane.ts";
import { openLog } from "../../api/http/log.ts";
import { createApp } from "../../api/server.ts";
import type { Services } from "../../api/services.ts";
import { v2Operations } from "../../api/v2/index.ts";
import { type OpenApi, operationsOf, type SampledOperation } from "../api/sample-request.ts";
import { type Answered, call } from "../api/server.ts";
import { namesIn, rightRequest, wrongRequest } from "./operation-requests.ts";
import { fillTenant, startTwoTenants, type TwoTenants, taintOf } from "./two-tenants.ts";

let world: TwoTenants;
let document: OpenApi;
let operations: SampledOperation[];
/** Of north: what south may not learn anything of. */
let keys: ReadonlyMap<string, string>;

beforeAll(async () => {
  world = await startTwoTenants();
  document = (await call(world.server, "GET", "/openapi.json")).json as OpenApi;
  // Streams never end, and long polls wait: plane-tenants and tenant-isolation look at them.
  operations = operationsOf(document).filter(({ id }) => id !== "streamEvents" && id !== "activateJobs");
  keys = await fillTenant(world, "north");
}, 240_000);
afterAll(() => world?.server.close());

/** Named in paths and not of one tenant: policies are the organisation's, accounts, groups, roles and listeners the installation's. */
const everybodys = new Set([
  "policyId",
  "version",
  "accountId",
  "tokenId",
  "id",
  "alertId",
  // Within an instance, which the path names as well.
  "artifactId",
  "subjectKey",
  "token",
  "name",
  "tenantId",
  "username",
  "clientId",
  "groupId",
  "roleId",
  "mappingRuleId",
  "authorizationKey",
]);

async function callWrongly(operation: SampledOperation, headers: Readonly<Record<string, string>>): Promise<number> {
  const { path, body } = wrongRequest(operation);
  return (await call(world.server, operation.method, path, body, headers)).status;
}

function callRightly(operation: SampledOperation, headers: Readonly<Record<string, string>>): Promise<Answered> {
  const { path, body } = rightRequest(operation, document, keys);
  return call(world.server, operation.method, path, body, headers);
}

describe("the authorisation matrix", () => {
  it("S12 has a rule for every route that the server answers", () => {
    // Operations are mounted from their descriptions, which all say who may call them.
    const described = [...v2Operations, ...governanceOperations, ...accountOperations, ...runplaneOperations];
    const rules = new Set<string>([...permissions, "any", "public"]);
    expect(described.filter(({ access }) => !rules.has(access)).map(({ id }) => id)).toEqual([]);
    expect(
      operationsOf(document)
        .map(({ id }) => id)
        .sort(),
    ).toEqual(described.map(({ id }) => id).sort());
    // Whatever express knows besides is for anybody, on purpose: health, the documentation and the application itself,
    // which hold nothing of anybody. Metrics ask for cluster:read themselves.
    const settings = readSettings({ DATA_DIR: "memory://", AUTHENTICATION: "basic" });
    const services = world.server.application as unknown as Services;
    const app = createApp(
      { settings, services, log: openLog("silent"), authenticator: {} as Authenticator },
      () => false,
    );
    expect(routesOf(app)).toEqual([
      "/health/live",
      "/health/ready",
      "/metrics",
      "/openapi.json",
      "/docs",
      "/docs/",
      "/docs/docs.css",
      "/docs/docs.js",
    ]);
  });

  it("S12 tells every role at every operation 403 without the permission, and never with it", async () => {
    const wrong: string[] = [];
    let cells = 0;
    for (const role of roleNames) {
      const headers = await world.as("south", role);
      const may = permissionsOf([role]);
      for (const operation of operations.filter(({ permission }) => permission !== "public")) {
        cells++;
        const status = await callWrongly(operation, headers);
        const isAllowed = operation.permission === "any" || may.has(operation.permission as never);
        if (isAllowed === (status === 403) || status === 401 || (!isAllowed && status !== 403))
          wrong.push(`${role} ${operation.id} (${operation.permission}): ${status}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(cells).toBe(roleNames.length * operations.filter(({ permission }) => permission !== "public").length);
  }, 180_000);

  it("S12 asks for credentials at every operation that is not public: 401 without", async () => {
    const open: string[] = [];
    for (const operation of operations)
      if (operation.permission !== "public" && (await callWrongly(operation, {})) !== 401) open.push(operation.id);
    expect(open).toEqual([]);
    expect(operations.filter(({ permission }) => permission === "public").map(({ id }) => id)).toEqual([
      "getLinkedDocument",
      "getStatus",
      "getLicense",
      "createAdminUser",
      "signIn",
      "signOut",
      "getSignInMethods",
      "beginProviderSignIn",
      "finishProviderSignIn",
    ]);
  });

  it("S12 knows of every path whose things it names", () => {
    const named = new Set(operations.flatMap(namesIn));
    expect([...named].filter((name) => !keys.has(name) && !everybodys.has(name))).toEqual([]);
  });

  it("S12 S13 answers 404 to every role of another tenant at every operation that names a thing, and 403 without the permission", async () => {
    const naming = operations.filter(
      (operation) => namesIn(operation).some((name) => keys.has(name)) && operation.permission !== "public",
    );
    expect(naming.length).toBeGreaterThan(50);
    const wrong: string[] = [];
    for (const role of roleNames) {
      const headers = await world.as("south", role);
      const may = permissionsOf([role]);
      for (const operation of naming) {
        const answer = await callRightly(operation, headers);
        const expected = operation.permission === "any" || may.has(operation.permission as never) ? 404 : 403;
        if (answer.status !== expected || answer.text.includes(taintOf("north")))
          wrong.push(`${role} ${operation.id}: ${answer.status} instead of ${expected} ${answer.text.slice(0, 200)}`);
      }
    }
    expect(wrong).toEqual([]);
    // The things are there: their own people read every one of them, unchanged by what the others have tried.
    const owner = await world.as("north", "administrator");
    const absent: string[] = [];
    for (const operation of naming.filter(({ method }) => method === "GET")) {
      const { status, text } = await callRightly(operation, owner);
      // There is no agent and no artifact in these instances.
      const isAbsent = /\/agents\/|\{artifactId\}/.test(operation.path);
      if (status !== 200 && status !== 204 && !isAbsent)
        absent.push(`${operation.id}: ${status} ${text.slice(0, 200)}`);
    }
    expect(absent).toEqual([]);
    const { json } = await call(
      world.server,
      "GET",
      `/v2/process-instances/${keys.get("processInstanceKey")}`,
      undefined,
      owner,
    );
    expect(json).toMatchObject({ state: "ACTIVE", hasIncident: false });
  }, 180_000);

  it("S12 gives nothing to roles that nobody knows", () => {
    expect(permissionsOf(["god", "__proto__", "constructor"]).size).toBe(0);
    expect(permissionsOf(["administrator" satisfies RoleName]).size).toBeGreaterThan(20);
  });
});

interface Layer {
  readonly route?: { readonly path: string | readonly string[] };
  readonly handle: { readonly stack?: readonly Layer[] };
}

/** The paths of every route of an application that express itself finds, in the order in which it looks. */
function routesOf(app: Express): string[] {
  const { stack } = (app as unknown as { readonly router: { readonly stack: readonly Layer[] } }).router;
  const open = [...stack];
  const found: string[] = [];
  for (let layer = open.shift(); layer !== undefined; layer = open.shift()) {
    if (layer.route !== undefined) found.push(...[layer.route.path].flat());
    else open.unshift(...(layer.handle.stack ?? []));
  }
  return found;
}
