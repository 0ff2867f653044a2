/**
 * S13: two tenants on one server, random operations of both, each with its own things and with those of the other, half
 * of them at the same time. Every value carries its tenant's taint and every key is remembered: no reply, live notice,
 * metric or line of the log ever holds a foreign one. TENANT_OPERATIONS=1000000 for the long run.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  fill,
  type OpenApi,
  operationsOf,
  type Random,
  type SampledOperation,
  sample,
  sampleText,
  seeded,
} from "../api/sample-request.ts";
import { call } from "../api/server.ts";
import { fillTenant, type Headers, startTwoTenants, type Tenant, type TwoTenants, taintOf } from "./two-tenants.ts";

const operationsMax = Number(process.env.TENANT_OPERATIONS ?? 1_000);
const seed = Number(process.env.SEED ?? 20_261_121);
const atOnce = 4;

let world: TwoTenants;
let document: OpenApi;
let operations: SampledOperation[];
const tenants = ["north", "south"] as const;
const who = {} as Record<Tenant, Headers>;
/** Path parameter → keys of this tenant's things; and all keys that it has been told. */
const pool: Record<Tenant, Map<string, string[]>> = { north: new Map(), south: new Map() };
const known: Record<Tenant, Set<string>> = { north: new Set(), south: new Set() };
const notices: Record<Tenant, string[]> = { north: [], south: [] };
const stop = new AbortController();

/** Of the installation, or without end; everything else may be tried by anybody at any time. */
const leftOut = new Set([
  "streamEvents",
  "pinClock",
  "resetClock",
  "createPolicy",
  "promotePolicy",
  "rollbackPolicy",
  "replayPolicy",
  "testPolicy",
  "createAccount",
  "changeAccount",
  "deleteAccount",
  "createToken",
  "deleteToken",
  "listAccounts",
  "signIn",
  "signOut",
  "beginProviderSignIn",
  "finishProviderSignIn",
  "createGlobalTaskListener",
  "updateGlobalTaskListener",
  "deleteGlobalTaskListener",
  "eraseSubject",
  "deleteResource",
  // It would take both out of their tenants, and the rest of the run would prove nothing.
  "deleteTenant",
  "verifyExport",
  "runplaneAudit",
]);

const other = (tenant: Tenant): Tenant => (tenant === "north" ? "south" : "north");

async function listen(tenant: Tenant): Promise<void> {
  const response = await fetch(`${world.server.url}/governance/v1/events`, {
    headers: who[tenant],
    signal: stop.signal,
  });
  const read = async (): Promise<void> => {
    for await (const chunk of response.body!) notices[tenant].push(Buffer.from(chunk).toString("utf8"));
  };
  read().catch(() => undefined);
}

beforeAll(async () => {
  world = await startTwoTenants(
    process.env.TENANT_DATABASE === undefined ? {} : { DATABASE_URL: process.env.TENANT_DATABASE },
  );
  document = (await call(world.server, "GET", "/openapi.json")).json as OpenApi;
  operations = operationsOf(document).filter(({ id }) => !leftOut.has(id));
  for (const tenant of tenants) {
    who[tenant] = await world.as(tenant, "administrator");
    for (const [name, key] of await fillTenant(world, tenant)) remember(tenant, name, key);
    await listen(tenant);
  }
}, 240_000);
afterAll(async () => {
  stop.abort();
  await world?.server.close();
});

function remember(tenant: Tenant, name: string, key: string): void {
  if (name !== "sequence") known[tenant].add(key);
  const keys = pool[tenant].get(name) ?? [];
  // Old ones make room: what has ended answers everything alike.
  if (keys.length > 50) keys.splice(1, 1);
  keys.push(key);
  pool[tenant].set(name, keys);
}

const keyText = /\b\d{16}\b/g;
const idText = /\b[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\b/g;

/** What this text tells of the other tenant, besides what the request itself named. */
function foreignIn(tenant: Tenant, text: string, request = ""): string | undefined {
  if (text.includes(taintOf(other(tenant)))) return taintOf(other(tenant));
  // A refusal in the audit log names what the caller itself has named.
  const told = text.replace(/\{[^{}]*"result":"FAIL"[^{}]*\}/g, "");
  for (const [key] of [...told.matchAll(keyText), ...told.matchAll(idText)])
    if (known[other(tenant)].has(key) && !known[tenant].has(key) && !request.includes(key)) return key;
  return undefined;
}

interface Request {
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

/** Work of one's own, so that there is always something to see and to disturb. */
function productive(tenant: Tenant, random: Random): Request {
  const taint = `${taintOf(tenant)}-${Math.floor(random() * 1e6)}`;
  const some = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)]!;
  const post = (path: string, body: object): Request => ({ operation: path, method: "POST", path, body });
  switch (Math.floor(random() * 6)) {
    case 0:
    case 1:
      return post("/v2/process-instances", {
        processDefinitionId: some(["order", "review", "rules", "waiter", "toolbox", "caller"]),
        tenantId: tenant,
        variables: { whose: taint, amount: 120, orderId: some(["a", "b"]) },
      });
    case 2:
      return post("/v2/messages/publication", {
        name: "paid",
        correlationKey: some(["a", "b"]),
        timeToLive: 60_000,
        tenantId: tenant,
        variables: { paidBy: taint },
      });
    case 3:
      return post("/v2/jobs/activation", {
        type: some(["charge", "ship", "hammer"]),
        worker: taint,
        timeout: 1_000,
        maxJobsToActivate: 3,
        requestTimeout: -1,
        tenantIds: [tenant],
      });
    case 4:
      return post("/v2/signals/broadcast", { signalName: "alarm", tenantId: tenant, variables: { why: taint } });
    default:
      return post("/governance/v1/decisions", {
        action: { type: "issue_refund", target: "payments", operation: "pay", reversible: true, riskClass: "high" },
        args: {
          amount: 10 + Math.floor(random() * 1000),
          method: some(["cash", "credit"]),
          reason: "damaged",
          customerId: taint,
        },
        facts: { "subject.accountTenureDays": 812, "subject.refundsLast12Months": 0, "subject.standing": "good" },
        agent: { id: taint, version: "1" },
        policies: [{ policyId: "refund" }],
      });
  }
}

/** Any operation of the document, at one's own thing or at the other's, with a body that fits its schema. */
function anything(tenant: Tenant, random: Random): Request {
  const operation = operations[Math.floor(random() * operations.length)]!;
  const owner = random() < 0.5 ? tenant : other(tenant);
  const path = fill(operation, (name, schema) => {
    const keys = pool[owner].get(name);
    if (name === "tenantId") return owner;
    return keys === undefined ? sampleText(schema, random) : keys[Math.floor(random() * keys.length)]!;
  });
  const isJson = operation.body?.type === "application/json";
  const isSearch = operation.path.endsWith("/search");
  const body = !isJson ? undefined : isSearch && random() < 0.7 ? {} : sample(operation.body!.schema, document, random);
  // Their names for the other's tenant are worth a try wherever a tenant can be named.
  const named = typeof body === "object" && body !== null && "tenantId" in body ? { ...body, tenantId: owner } : body;
  return { operation: operation.id, method: operation.method, path, body: named };
}

/** What is searched, by which order the newest come first, and the key that its items have. */
const searchable: readonly (readonly [search: string, sort: string, name: string])[] = [
  ["jobs", "jobKey", "jobKey"],
  ["user-tasks", "creationDate", "userTaskKey"],
  ["incidents", "creationTime", "incidentKey"],
  ["process-instances", "startDate", "processInstanceKey"],
  ["element-instances", "startDate", "elementInstanceKey"],
  ["variables", "name", "variableKey"],
  ["audit-logs", "timestamp", "auditLogKey"],
  ["batch-operations", "startDate", "batchOperationKey"],
];

/** Learns of one's own new things, as an application does; they are what the other tenant is tried with. */
async function learn(tenant: Tenant, random: Random): Promise<string | undefined> {
  const [search, field, name] = searchable[Math.floor(random() * searchable.length)]!;
  const newest = { page: { limit: 20 }, sort: [{ field, order: "DESC" }] };
  const answer = await call(world.server, "POST", `/v2/${search}/search`, newest, who[tenant]);
  if (answer.status !== 200) return `${search}: ${answer.text}`;
  const foreign = foreignIn(tenant, answer.text);
  if (foreign !== undefined) return `${tenant} searched ${search} and was told ${foreign}`;
  for (const item of (answer.json.items ?? []) as Record<string, string>[]) remember(tenant, name, item[name]!);
  return undefined;
}

async function one(index: number): Promise<string | undefined> {
  const random = seeded(seed + index);
  const tenant = tenants[Math.floor(random() * 2)]!;
  if (index % 10 === 0) return learn(tenant, random);
  const { operation, method, path, body } = random() < 0.3 ? productive(tenant, random) : anything(tenant, random);
  const answer = await call(world.server, method, path, body, who[tenant]);
  const request = `${path} ${JSON.stringify(body) ?? ""}`;
  const foreign = foreignIn(tenant, answer.text, request);
  if (answer.status === 500) return `${operation}: ${answer.text}`;
  return foreign === undefined
    ? undefined
    : `${tenant}, operation ${index} ${operation} ${request}: was told ${foreign} in ${answer.text.slice(0, 500)}`;
}

describe("two tenants on one server", () => {
  it(`S13 hear nothing of each other in ${operationsMax} random operations`, { timeout: 7_200_000 }, async () => {
    let next = 0;
    const told: string[] = [];
    const work = async (): Promise<void> => {
      while (next < operationsMax && told.length < 5) {
        const found = await one(next++);
        if (found !== undefined) told.push(found);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    expect(told, `seed ${seed}`).toEqual([]);
    // The test would prove nothing if there were nothing to hear of, or nobody left who could hear.
    for (const tenant of tenants) {
      expect(known[tenant].size).toBeGreaterThan(100);
      const body = { processDefinitionId: "review", tenantId: tenant };
      const started = await call(world.server, "POST", "/v2/process-instances", body, who[tenant]);
      expect(started.status, started.text).toBe(200);
    }
  });

  it("S13 hear nothing of each other in live notices, metrics and the log", async () => {
    for (const tenant of tenants) {
      const text = notices[tenant].join("");
      expect(text).toContain("data:");
      expect(foreignIn(tenant, text)).toBeUndefined();
    }
    const metrics = await call(world.server, "GET", "/metrics", undefined, world.admin);
    expect(metrics.status).toBe(200);
    const log = world.server.logged.join("\n");
    for (const tenant of tenants) {
      expect(metrics.text).not.toContain(taintOf(tenant));
      expect(log).not.toContain(taintOf(tenant));
    }
  });

  it("S13 have each a plane of their own in what is exported and measured", async () => {
    for (const tenant of tenants)
      for (const path of [
        "/governance/v1/export",
        "/governance/v1/kpis",
        "/governance/v1/alerts",
        "/governance/v1/approvals",
      ]) {
        const answer = await call(world.server, "GET", path, undefined, who[tenant]);
        expect(answer.status, path).toBe(200);
        expect(foreignIn(tenant, answer.text), path).toBeUndefined();
      }
  });
});
