/**
 * S12: role × endpoint × tenant, generated from the list of operations. A cell is right when a caller without the
 * permission is told 403 and nothing else, and a caller with it, but of another tenant, is told 404: as if the thing did
 * not exist. A route without a rule, and a path that names a new kind of thing, fail here until they are classified.
 */
import type { Express } from "express";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Authenticator } from "../../api/auth/authenticator.ts";
import { permissionsOf, type RoleName, roleNames } from "../../api/auth/permissions.ts";
import { readSettings } from "../../api/config.ts";
import { openLog } from "../../api/http/log.ts";
import { createApp } from "../../api/server.ts";
import type { Services } from "../../api/services.ts";
import { knownUnimplemented } from "../../api/v2/unimplemented.ts";
import {
  fill,
  type OpenApi,
  operationsOf,
  type SampledOperation,
  sample,
  sampleText,
  seeded,
} from "../api/sample-request.ts";
import { type Answered, call } from "../api/server.ts";
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
  "subjectKey",
  "token",
  "name",
  "tenantId",
  "username",
  "clientId",
  "groupId",
  "roleId",
  "mappingRuleId",
]);

const namesIn = (operation: SampledOperation): string[] =>
  [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);

/** A body that cannot be right: who may call is told 400, who may not learns nothing of bodies. */
async function callWrongly(operation: SampledOperation, headers: Readonly<Record<string, string>>): Promise<number> {
  const path = fill(operation, (_, schema) => sampleText(schema, seeded(1)));
  const isJson = operation.body?.type === "application/json";
  const body = operation.body === undefined ? undefined : isJson ? '{"thisMemberIsUnknown":1}' : new FormData();
  return (await call(world.server, operation.method, path, body, headers)).status;
}

const bodies: Readonly<Record<string, object>> = {
  modifyProcessInstance: { activateInstructions: [{ elementId: "charge" }] },
  migrateProcessInstance: {
    targetProcessDefinitionKey: "1",
    mappingInstructions: [{ sourceElementId: "charge", targetElementId: "charge" }],
  },
  activateAdHocSubProcessActivities: { elements: [{ elementId: "hammer" }] },
  updateJob: { changeset: { retries: 2 } },
  updateUserTask: { changeset: { priority: 10 } },
  assignUserTask: { assignee: "mallory" },
  changeAgentBudget: { modelCallsMax: 100 },
  voteOnApproval: { verdict: "approve", comment: "mine now" },
  recordOutcome: { status: "failed" },
  throwJobError: { errorCode: "X" },
  createElementInstanceVariables: { variables: { mine: 1 } },
};

/** A request that would be carried out, were the thing the caller's own. */
function callRightly(operation: SampledOperation, headers: Readonly<Record<string, string>>): Promise<Answered> {
  const path = fill(operation, (name, schema) => keys.get(name) ?? sampleText(schema, seeded(1)));
  const isJson = operation.body?.type === "application/json";
  const smallest = isJson && operation.body!.required ? sample(operation.body!.schema, document, () => 0.99) : {};
  const body = isJson ? (bodies[operation.id] ?? smallest) : undefined;
  return call(world.server, operation.method, path, body, headers);
}

describe("the authorisation matrix", () => {
  it("S12 has a rule for every route that the server answers", () => {
    const settings = readSettings({ DATA_DIR: "memory://", AUTHENTICATION: "basic" });
    const parts = { settings, services: {} as Services, log: openLog("silent"), authenticator: {} as Authenticator };
    const routes = routesOf(createApp(parts, () => false));
    const ruled = new Set(ruledPaths().map(({ method, path }) => `${method} ${path.replace(/\{(\w+)\}/g, ":$1")}`));
    /** For anybody, on purpose: health, the documentation and the application itself, which hold nothing of anybody. */
    const open = new Set([
      "GET /health/live",
      "GET /health/ready",
      "GET /openapi.json",
      "GET /docs",
      "GET /docs/",
      "GET /docs/docs.css",
      "GET /docs/docs.js",
    ]);
    // Metrics ask for cluster:read themselves.
    expect(routes.filter((route) => !ruled.has(route) && !open.has(route))).toEqual(["GET /metrics"]);
    expect(routes.length).toBeGreaterThanOrEqual(ruled.size);
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
      const isAgents = operation.path.includes("/agents/");
      if (status !== 200 && status !== 204 && !isAgents)
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

/** What the document shows, and what is known and answered with 501 to those who may. */
function ruledPaths(): readonly { readonly method: string; readonly path: string }[] {
  return [
    ...operationsOf(document),
    ...knownUnimplemented.map(({ method, path }) => ({ method: method.toUpperCase(), path: `/v2${path}` })),
  ];
}

interface Layer {
  readonly route?: { readonly path: string | readonly string[]; readonly methods: Readonly<Record<string, boolean>> };
  readonly handle: { readonly stack?: readonly Layer[] };
  readonly matchers?: readonly unknown[];
  readonly slash?: boolean;
}

/** Every route of an application, with the mount paths of its routers, found by trying the paths of the document. */
function routesOf(app: Express): string[] {
  const stack = (app as unknown as { readonly router: { readonly stack: readonly Layer[] } }).router.stack;
  const found: string[] = [];
  const walk = (layers: readonly Layer[], base: string): void => {
    for (const layer of layers) {
      if (layer.route !== undefined) {
        for (const path of [layer.route.path].flat())
          for (const method of Object.keys(layer.route.methods))
            found.push(
              `${method.toUpperCase()} ${`${base}${path}`.replace(/(.)\/$/, path === "/docs/" ? "$1/" : "$1")}`,
            );
      } else if (layer.handle.stack !== undefined) walk(layer.handle.stack, base + mountOf(layer));
    }
  };
  walk(stack, "");
  return found;
}

/** Express 5 keeps no text of a mount path, but its matcher tells what it takes. */
function mountOf(layer: Layer): string {
  if (layer.slash === true) return "";
  const segments = new Set(["/api", "/auth", "/v2", "/governance/v1"]);
  for (const { path } of ruledPaths())
    for (const segment of path.split("/").filter((word) => word !== "" && !word.startsWith("{")))
      segments.add(`/${segment}`);
  const matchers = layer.matchers as readonly ((path: string) => { readonly path: string } | false)[];
  for (const segment of segments) {
    const match = matchers[0]?.(segment);
    if (match !== undefined && match !== false && match.path === segment) return segment;
  }
  throw new Error("Expected a router below a known path, but it is below another: name it here");
}
