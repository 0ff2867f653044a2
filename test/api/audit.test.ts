/** The audit: every command of the API stands in the record with who sent it, and nobody sees that of other tenants. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { order, review, reviewForm, twoSteps, waiter } from "../contract/models.ts";
import { type Answered, call, startTestServer, type TestServer } from "./server.ts";

type Headers = Record<string, string>;
let server: TestServer;
let admin: Headers;
/** A person and a program, of one tenant; and a person of another. */
let olga: Headers;
let robot: Headers;
let stranger: Headers;

async function account(accountId: string, kind: "human" | "service", tenants: readonly string[]): Promise<Headers> {
  const body = { accountId, kind, roles: ["administrator"], tenants };
  expect((await call(server, "POST", "/auth/accounts", body, admin)).status).toBe(201);
  const { json } = await call(server, "POST", `/auth/accounts/${accountId}/tokens`, { name: "test" }, admin);
  return { authorization: `Bearer ${json.secret}` };
}

async function done(who: Headers, method: string, path: string, body?: unknown): Promise<Answered> {
  const answer = await call(server, method, path, body, who);
  expect(answer.status, `${path}: ${answer.text}`).toBeLessThan(300);
  return answer;
}

beforeAll(async () => {
  const said: string[] = [];
  server = await startTestServer({
    environment: { AUTHENTICATION: "basic,token" },
    say: (line) => void said.push(line),
  });
  const password = /password (\S+)/.exec(said.join("\n"))![1]!;
  admin = { authorization: `Basic ${Buffer.from(`admin:${password}`).toString("base64")}` };
  olga = await account("olga", "human", ["<default>"]);
  robot = await account("robot", "service", ["<default>"]);
  stranger = await account("stranger", "human", ["elsewhere"]);
  const form = new FormData();
  for (const [name, content] of Object.entries({ order, review, twoSteps, waiter }))
    form.append("resources", new Blob([content]), `${name}.bpmn`);
  form.append("resources", new Blob([reviewForm]), "review.form");
  await done(olga, "POST", "/v2/deployments", form);
});
afterAll(() => server?.close());

async function start(processDefinitionId: string, variables: object = {}): Promise<string> {
  return (await done(olga, "POST", "/v2/process-instances", { processDefinitionId, variables })).json
    .processInstanceKey as string;
}

async function first(what: string, processInstanceKey: string): Promise<Record<string, string>> {
  const { json } = await done(olga, "POST", `/v2/${what}/search`, { filter: { processInstanceKey } });
  expect(json.items.length, what).toBeGreaterThan(0);
  return json.items[0];
}

/** [command, id and type of its actor] of each, from the history. */
async function recorded(processInstanceKey: string): Promise<string[]> {
  const { json } = await done(olga, "GET", `/governance/v1/process-instances/${processInstanceKey}/history`);
  return json.items.map(
    ({ command }: { command: { type: string; actor: { id: string; type: string } } }) =>
      `${command.type} by ${command.actor.id} (${command.actor.type})`,
  );
}

describe("the record of commands", () => {
  it("names the person or program behind each work on a job", async () => {
    const key = await start("order");
    const { jobKey } = await first("jobs", key);
    await done(olga, "PATCH", `/v2/jobs/${jobKey}`, { changeset: { retries: 1 } });
    await done(robot, "POST", `/v2/jobs/${jobKey}/failure`, { retries: 0, errorMessage: "no" });
    const { incidentKey } = await first("incidents", key);
    await done(olga, "PATCH", `/v2/jobs/${jobKey}`, { changeset: { retries: 1 } });
    await done(olga, "POST", `/v2/incidents/${incidentKey}/resolution`, {});
    await done(robot, "POST", `/v2/jobs/${jobKey}/completion`, {});
    expect(await recorded(key)).toEqual([
      "createInstance by olga (human)",
      "updateJob by olga (human)",
      "failJob by robot (service)",
      "updateJob by olga (human)",
      "resolveIncident by olga (human)",
      "completeJob by robot (service)",
    ]);
  });

  it("names who threw an error, set variables, modified and cancelled", async () => {
    const thrown = await start("order");
    await done(robot, "POST", `/v2/jobs/${(await first("jobs", thrown)).jobKey}/error`, { errorCode: "DECLINED" });
    expect((await recorded(thrown))[1]).toBe("throwJobError by robot (service)");

    const key = await start("two-steps");
    await done(olga, "PUT", `/v2/element-instances/${key}/variables`, { variables: { a: 1 } });
    await done(olga, "POST", `/v2/process-instances/${key}/modification`, {
      activateInstructions: [{ elementId: "bill" }],
    });
    await done(robot, "POST", `/v2/process-instances/${key}/cancellation`, {});
    expect((await recorded(key)).slice(1)).toEqual([
      "setVariables by olga (human)",
      "modifyInstance by olga (human)",
      "cancelInstance by robot (service)",
    ]);
  });

  it("names who worked on a user task", async () => {
    const key = await start("review");
    const { userTaskKey } = await first("user-tasks", key);
    await done(olga, "POST", `/v2/user-tasks/${userTaskKey}/assignment`, { assignee: "olga" });
    await done(robot, "PATCH", `/v2/user-tasks/${userTaskKey}`, { changeset: { priority: 80 } });
    await done(olga, "POST", `/v2/user-tasks/${userTaskKey}/completion`, {});
    expect((await recorded(key)).slice(1)).toEqual([
      "assignUserTask by olga (human)",
      "updateUserTask by robot (service)",
      "completeUserTask by olga (human)",
    ]);
  });

  it("names who sent the message, and who began the batch", async () => {
    const received = await start("waiter", { orderId: "audit-1" });
    await done(robot, "POST", "/v2/messages/publication", { name: "paid", correlationKey: "audit-1" });
    await expect.poll(() => recorded(received)).toContain("correlateMessage by robot (service)");

    const key = await start("two-steps");
    await done(olga, "POST", "/v2/process-instances/cancellation", { filter: { processInstanceKey: key } });
    await expect.poll(() => recorded(key)).toContain("cancelInstance by olga (human)");
  });
});

describe("the audit log", () => {
  it("tells people from programs", async () => {
    const of = async (actorId: string) =>
      (await done(olga, "POST", "/v2/audit-logs/search", { filter: { actorId } })).json.items.map(
        ({ actorType }: { actorType: string }) => actorType,
      );
    expect(new Set(await of("olga"))).toEqual(new Set(["USER"]));
    expect(new Set(await of("robot"))).toEqual(new Set(["CLIENT"]));
  });

  it("pages by cursor through all of it, each entry once", async () => {
    const seen: string[] = [];
    let after: string | undefined;
    let total = 0;
    for (;;) {
      const page = { limit: 4, ...(after === undefined ? {} : { after }) };
      const { json } = await done(olga, "POST", "/v2/audit-logs/search", {
        page,
        sort: [{ field: "timestamp", order: "DESC" }],
      });
      total = json.page.totalItems;
      seen.push(...json.items.map(({ auditLogKey }: { auditLogKey: string }) => auditLogKey));
      if (json.items.length < 4) break;
      after = json.page.endCursor;
    }
    expect(total).toBeGreaterThan(15);
    expect(seen).toHaveLength(total);
    expect(new Set(seen).size).toBe(total);
  });

  it("is there for those who may read the record only", async () => {
    await done(admin, "POST", "/auth/accounts", { accountId: "rita", kind: "human", roles: ["reviewer"] });
    const { json } = await done(admin, "POST", "/auth/accounts/rita/tokens", { name: "test" });
    const answer = await call(server, "POST", "/v2/audit-logs/search", {}, { authorization: `Bearer ${json.secret}` });
    expect(answer.status).toBe(403);
  });
});

describe("the audit log of what was refused", () => {
  const refusals = async (who: Headers, filter: object) =>
    (await done(who, "POST", "/v2/audit-logs/search", { filter: { result: "FAIL", ...filter } })).json.items;

  it("tells who was refused what, and why: by rights, by state, and by absence", async () => {
    await done(admin, "POST", "/auth/accounts", { accountId: "vera", kind: "human", roles: ["viewer"] });
    const { json } = await done(admin, "POST", "/auth/accounts/vera/tokens", { name: "test" });
    const vera = { authorization: `Bearer ${json.secret}` };
    const key = await start("review");
    const cancel = `/v2/process-instances/${key}/cancellation`;
    expect((await call(server, "POST", cancel, undefined, vera)).status).toBe(403);
    await done(olga, "POST", cancel);
    expect((await call(server, "POST", cancel, undefined, olga)).status).toBe(404);
    const complete = await call(server, "POST", "/v2/jobs/1/completion", {}, robot);
    expect(complete.status).toBe(404);
    expect(await refusals(olga, { entityKey: key })).toMatchObject([
      {
        actorId: "vera",
        actorType: "USER",
        interlockCommand: "cancelProcessInstance",
        operationType: "CANCEL",
        entityType: "PROCESS_INSTANCE",
        interlockReason: 'Expected a caller with the permission instance:operate, but "vera" does not have it.',
      },
      { actorId: "olga", interlockReason: expect.stringContaining("Expected") },
    ]);
    expect(await refusals(olga, { actorId: "robot" })).toMatchObject([
      {
        interlockCommand: "completeJob",
        entityType: "JOB",
        entityKey: "1",
        actorType: "CLIENT",
        tenantId: "<default>",
      },
    ]);
    expect(await refusals(stranger, {})).toEqual([]);
  });

  it("tells of reads that a caller had no right to, and not of those that found nothing", async () => {
    const { json } = await done(admin, "POST", "/auth/accounts/vera/tokens", { name: "test" });
    const vera = { authorization: `Bearer ${json.secret}` };
    expect((await call(server, "GET", "/auth/accounts", undefined, vera)).status).toBe(403);
    expect((await call(server, "GET", "/v2/process-instances/1", undefined, vera)).status).toBe(404);
    const seen = (await refusals(olga, { actorId: "vera" })).map(
      (item: Record<string, string>) => item.interlockCommand,
    );
    expect(seen).toContain("listAccounts");
    expect(seen).not.toContain("getProcessInstance");
  });

  it("counts equal refusals that come at once, and keeps every different one", async () => {
    const body = { assignee: "x" };
    const tries = Array.from({ length: 60 }, (_, index) =>
      call(server, "POST", `/v2/user-tasks/${900 + (index % 3)}/assignment`, body, robot),
    );
    expect((await Promise.all(tries)).every(({ status }) => status === 404)).toBe(true);
    const items = await refusals(olga, { interlockCommand: "assignUserTask" });
    expect(new Set(items.map((item: Record<string, string>) => item.entityKey))).toEqual(
      new Set(["900", "901", "902"]),
    );
    expect(items.reduce((sum: number, item: { interlockTimes: number }) => sum + item.interlockTimes, 0)).toBe(60);
  });

  it("keeps a refusal whose path the store cannot hold, and those that came with it", async () => {
    const paths = ["a", "with%00nul", "b", `${"x".repeat(249)}%F0%9F%98%80`, "c"];
    const tries = paths.map((name) => call(server, "DELETE", `/v2/cluster-variables/global/${name}`, undefined, robot));
    expect((await Promise.all(tries)).every(({ status }) => [400, 403, 404].includes(status))).toBe(true);
    const items = await refusals(olga, { interlockCommand: "deleteGlobalClusterVariable" });
    expect(items).toHaveLength(paths.length);
    expect(server.logged.join()).not.toContain("a refusal was not recorded");
  });

  it("tells what was done to accounts, and never a password", async () => {
    const password = "a long enough password";
    await done(admin, "POST", "/auth/accounts", { accountId: "nina", kind: "human", roles: ["viewer"], password });
    await done(admin, "PATCH", "/auth/accounts/nina", { roles: ["operator"] });
    await done(admin, "DELETE", "/auth/accounts/nina");
    const { json, text } = await done(olga, "POST", "/v2/audit-logs/search", {
      filter: { entityKey: "nina" },
      sort: [{ field: "timestamp" }],
    });
    expect(
      json.items.map((item: Record<string, string>) => [item.interlockCommand, item.actorId, item.category]),
    ).toEqual([
      ["createAccount", "admin", "ADMIN"],
      ["changeAccount", "admin", "ADMIN"],
      ["deleteAccount", "admin", "ADMIN"],
    ]);
    expect(json.items[1].entityDescription).toBe('roles: ["operator"]');
    expect(text).not.toContain(password);
  });
});

describe("another tenant (S13)", () => {
  it("finds nothing of it: no entry, no number, no variable", async () => {
    const key = await start("review");
    const { userTaskKey } = await first("user-tasks", key);
    await done(olga, "POST", `/v2/user-tasks/${userTaskKey}/assignment`, { assignee: "olga" });
    const entries = await done(olga, "POST", "/v2/audit-logs/search", { filter: { processInstanceKey: key } });
    await done(olga, "POST", "/v2/cluster-variables/tenants/%3Cdefault%3E", { name: "own", value: { a: 1 } });

    expect((await done(stranger, "POST", "/v2/audit-logs/search", {})).json.items).toEqual([]);
    for (const path of [
      `/v2/audit-logs/${entries.json.items[0].auditLogKey}`,
      "/v2/cluster-variables/tenants/%3Cdefault%3E/own",
    ])
      expect((await call(server, "GET", path, undefined, stranger)).status, path).toBe(404);
    const own = await call(server, "POST", `/v2/user-tasks/${userTaskKey}/audit-logs/search`, {}, stranger);
    expect(own.status).toBe(404);
    const change = { name: "own", value: {} };
    expect((await call(server, "POST", "/v2/cluster-variables/tenants/%3Cdefault%3E", change, stranger)).status).toBe(
      404,
    );
    expect((await done(stranger, "POST", "/v2/cluster-variables/search", {})).json.items).toEqual([]);

    const window = { from: "2020-01-01T00:00:00Z", to: "2100-01-01T00:00:00Z" };
    const query = `from=${window.from}&to=${window.to}`;
    expect((await done(stranger, "GET", `/v2/jobs/statistics/global?${query}`)).json.created.count).toBe(0);
    expect((await done(olga, "GET", `/v2/jobs/statistics/global?${query}`)).json.created.count).toBeGreaterThan(0);
    expect((await done(stranger, "POST", "/v2/jobs/statistics/by-types", { filter: window })).json.items).toEqual([]);
    const used = await done(
      stranger,
      "GET",
      `/v2/system/usage-metrics?startTime=${window.from}&endTime=${window.to}&withTenants=true`,
    );
    expect(used.json).toMatchObject({ processInstances: 0, activeTenants: 0, tenants: {} });
    for (const path of [
      "/v2/incidents/statistics/process-instances-by-error",
      "/v2/process-definitions/statistics/message-subscriptions",
    ])
      expect((await done(stranger, "POST", path, {})).json.items, path).toEqual([]);
  });
});
