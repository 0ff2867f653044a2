/**
 * S26, denial of wallet: agents that loop, storm and retry, whatever the model says. What they may spend is a hard stop
 * of the process instance and of the tenant's day; it is an incident that an operator sees and resolves.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { call, startTestServer, type TestServer } from "../api/server.ts";
import { type ModelServer, type ScriptedAnswer, startModelServer } from "../engine/agents/model-server.ts";
import { eventually } from "../engine/runtime/harness.ts";

type Headers = Record<string, string>;

/** The agent never has enough: each time it has ended, it begins again. */
const greedy = `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:interlock="urn:interlock:schema:1" id="d" targetNamespace="urn:test">
<bpmn:process id="greedy" isExecutable="true">
<bpmn:startEvent id="start"/><bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="agent"/>
<bpmn:adHocSubProcess id="agent"><bpmn:extensionElements><zeebe:adHoc outputCollection="toolCallResults"/>
<interlock:agent id="greedy" version="1" model="default"><interlock:systemPrompt>Go on.</interlock:systemPrompt><interlock:userPrompt>More.</interlock:userPrompt></interlock:agent>
<interlock:budget modelCalls="1000000" onExceed="pause"/></bpmn:extensionElements>
<bpmn:serviceTask id="look"><bpmn:extensionElements><zeebe:taskDefinition type="look"/><interlock:action type="look" operation="read" consequential="false"/></bpmn:extensionElements></bpmn:serviceTask>
</bpmn:adHocSubProcess>
<bpmn:sequenceFlow id="f2" sourceRef="agent" targetRef="again"/><bpmn:exclusiveGateway id="again" default="f3"/>
<bpmn:sequenceFlow id="f3" sourceRef="again" targetRef="agent"/>
<bpmn:sequenceFlow id="f4" sourceRef="again" targetRef="end"><bpmn:conditionExpression>=stop = true</bpmn:conditionExpression></bpmn:sequenceFlow>
<bpmn:endEvent id="end"/></bpmn:process></bpmn:definitions>`;

let model: ModelServer;
let server: TestServer;
let admin: Headers;
const answers: ScriptedAnswer[] = [];
const running: { readonly key: string; readonly who: Headers }[] = [];

beforeAll(async () => {
  model = await startModelServer(answers);
  const said: string[] = [];
  server = await startTestServer({
    environment: {
      AUTHENTICATION: "basic,token",
      INTERLOCK_MODEL_PROVIDER: "openai-compatible",
      INTERLOCK_MODEL_BASE_URL: model.baseUrl,
      INTERLOCK_MODEL_NAME: "test-model",
      AGENT_BUDGET_PER_INSTANCE: "modelCalls=5,toolCalls=20",
    },
    say: (line) => void said.push(line),
  });
  admin = {
    authorization: `Basic ${Buffer.from(`admin:${/password (\S+)/.exec(said.join("\n"))![1]!}`).toString("base64")}`,
  };
}, 240_000);
afterEach(async () => {
  for (const { key, who } of running.splice(0))
    await call(server, "POST", `/v2/process-instances/${key}/cancellation`, undefined, who);
});
afterAll(async () => {
  await server?.close();
  await model?.close();
});

async function tenant(name: string, roles: readonly string[] = ["administrator"]): Promise<Headers> {
  const accountId = `${name}-${roles.join("-")}`;
  await call(server, "POST", "/auth/accounts", { accountId, kind: "human", roles, tenants: [name] }, admin);
  const { json } = await call(server, "POST", `/auth/accounts/${accountId}/tokens`, { name: "test" }, admin);
  const who = { authorization: `Bearer ${json.secret}` };
  if (roles.includes("administrator")) {
    const form = new FormData();
    form.append("resources", new Blob([greedy]), "greedy.bpmn");
    form.append("tenantId", name);
    const deployed = await call(server, "POST", "/v2/deployments", form, who);
    expect(deployed.status, deployed.text).toBe(200);
  }
  return who;
}

async function start(who: Headers, tenantId: string): Promise<string> {
  const body = { processDefinitionId: "greedy", tenantId, variables: { stop: false } };
  const { json, status, text } = await call(server, "POST", "/v2/process-instances", body, who);
  expect(status, text).toBe(200);
  running.push({ key: json.processInstanceKey, who });
  return json.processInstanceKey;
}

function incidentOf(who: Headers, processInstanceKey: string) {
  return eventually("an incident", async () => {
    const { json } = await call(
      server,
      "POST",
      "/v2/incidents/search",
      { filter: { processInstanceKey, state: "ACTIVE" } },
      who,
    );
    return json.items[0] as { incidentKey: string; jobKey: string; errorMessage: string } | undefined;
  });
}

const budget = async (who: Headers, path: string) =>
  (await call(server, "GET", `/governance/v1/${path}/budget`, undefined, who)).json.items;
const unlimited = { modelCallsMax: null, tokensMax: null, toolCallsMax: null };

describe("the wallet of a process instance", () => {
  it("S26 stops an agent that loops, in an incident that an operator resolves with more budget", async () => {
    const who = await tenant("loops");
    const before = model.requests.length;
    const key = await start(who, "loops");
    const incident = await incidentOf(who, key);
    expect(incident.errorMessage).toContain("5 of 5 model calls");
    expect(model.requests.length - before).toBe(5);
    expect(await budget(who, `process-instances/${key}`)).toMatchObject([
      { scope: "instance", id: key, modelCalls: 5, tokens: 150, limits: { modelCallsMax: 5 } },
      { scope: "tenant", id: "loops", modelCalls: 5, limits: unlimited },
    ]);

    const operator = await tenant("loops", ["operator"]);
    const more = { ...unlimited, modelCallsMax: 7 };
    const resolve = async () => {
      await call(server, "PATCH", `/v2/jobs/${incident.jobKey}`, { changeset: { retries: 1 } }, operator);
      return call(server, "POST", `/v2/incidents/${incident.incidentKey}/resolution`, undefined, operator);
    };
    expect((await call(server, "PUT", `/governance/v1/process-instances/${key}/budget`, more, operator)).status).toBe(
      204,
    );
    expect((await resolve()).status).toBe(204);
    expect((await incidentOf(who, key)).errorMessage).toContain("7 of 7 model calls");
    expect(model.requests.length - before).toBe(7);
    // Who has raised it stands in the audit log.
    const { json } = await call(
      server,
      "POST",
      "/v2/audit-logs/search",
      { filter: { interlockCommand: "changeBudget" } },
      who,
    );
    expect(json.items).toMatchObject([{ entityKey: key, actorId: "loops-operator", result: "SUCCESS" }]);
  }, 30_000);

  it("S26 counts retries of calls that failed: a provider that is away is not asked for ever", async () => {
    const who = await tenant("retries");
    const before = model.requests.length;
    for (let index = 0; index < 10; index++) answers[before + index] = { status: 500 };
    const key = await start(who, "retries");
    await incidentOf(who, key);
    const [instance] = await budget(who, `process-instances/${key}`);
    expect(instance.modelCalls).toBeGreaterThan(0);
    expect(instance.modelCalls).toBeLessThanOrEqual(5);
  }, 60_000);

  it("S26 runs none of a storm of tool calls that is over the budget", async () => {
    const who = await tenant("storms");
    const storm = Array.from({ length: 21 }, () => ({ name: "look", args: {} }));
    for (let index = 0; index < 20; index++) answers[model.requests.length + index] = { calls: storm };
    const key = await start(who, "storms");
    expect((await incidentOf(who, key)).errorMessage).toContain("21 of 20 tool calls");
    const filter = { processInstanceKey: key, type: "look" };
    expect((await call(server, "POST", "/v2/jobs/search", { filter }, who)).json.items).toEqual([]);
    for (let index = 0; index < 40; index++) answers[model.requests.length + index] = { text: "enough" };
  }, 30_000);
});

describe("the wallet of a tenant", () => {
  it("S26 stops all its agents together, however many instances they are spread over, and nobody else's", async () => {
    const [who, other] = [await tenant("many"), await tenant("others")];
    const limits = { ...unlimited, modelCallsMax: 12 };
    expect((await call(server, "PUT", "/governance/v1/tenants/many/budget", limits, who)).status).toBe(204);
    const keys = await Promise.all(Array.from({ length: 6 }, () => start(who, "many")));
    for (const key of keys) expect((await incidentOf(who, key)).errorMessage).toMatch(/spent/);
    const [state] = await budget(who, "tenants/many");
    expect(state).toMatchObject({ scope: "tenant", id: "many", modelCalls: 12 });
    expect((await incidentOf(other, await start(other, "others"))).errorMessage).toContain("process instance");
    expect((await budget(other, "tenants/others"))[0]).toMatchObject({ modelCalls: 5 });
  }, 30_000);

  it("S26 S13 is seen and changed by its own people alone", async () => {
    const [who, other] = [await tenant("closed"), await tenant("strange")];
    const key = await start(who, "closed");
    await incidentOf(who, key);
    const everything = { ...unlimited, modelCallsMax: 1_000 };
    for (const path of [`process-instances/${key}`, "tenants/closed"]) {
      expect((await call(server, "GET", `/governance/v1/${path}/budget`, undefined, other)).status, path).toBe(404);
      expect((await call(server, "PUT", `/governance/v1/${path}/budget`, everything, other)).status, path).toBe(404);
    }
    const viewer = await tenant("closed", ["viewer"]);
    expect((await call(server, "PUT", "/governance/v1/tenants/closed/budget", everything, viewer)).status).toBe(403);
    expect((await budget(who, "tenants/closed"))[0].limits).toEqual(unlimited);
  }, 30_000);
});
