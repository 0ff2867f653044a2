/**
 * What guardrails do to an agent, as its operators see it: a whole server, a model behind a provider's API, workers and
 * people over HTTP. Groups C, D, F and G.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InterlockClient, type JobWorker } from "../../api/client/index.ts";
import type { PolicyPackage } from "../../decisions/index.ts";
import { type Row, type SmallPolicy, smallPolicy } from "../decisions/plane/small-policy.ts";
import { type ModelServer, type ScriptedAnswer, startModelServer } from "../engine/agents/model-server.ts";
import { eventually } from "../engine/runtime/harness.ts";
import { model } from "../engine/runtime/models.ts";
import { type AgentProcess, agentProcess, playing, toolCall } from "./agent-models.ts";
import { call, deploy, startTestServer, type TestServer } from "./server.ts";

let server: TestServer;
let models: ModelServer;
let client: InterlockClient;
const workers: JobWorker[] = [];
const answers: ScriptedAnswer[] = [];
const play = playing(answers, () => models);
/** What the tools have done, in order. */
let done: string[] = [];

beforeAll(async () => {
  models = await startModelServer(answers);
  server = await startTestServer({
    withShipped: true,
    environment: {
      INTERLOCK_MODEL_PROVIDER: "openai-compatible",
      INTERLOCK_MODEL_BASE_URL: models.baseUrl,
      INTERLOCK_MODEL_NAME: "test-model",
      INTERLOCK_EGRESS: `private:${new URL(models.baseUrl).host}`,
    },
  });
  client = new InterlockClient({ url: server.url, actor: "worker; type=service" });
  for (const type of ["look_up", "send_email", "pay", "publish"])
    workers.push(
      client.work(type, async ({ variables }) => {
        done.push(`${type} ${JSON.stringify(variables)}`);
        return { toolCallResult: { status: "done" } };
      }),
    );
});
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.stop()));
  await server?.close();
  await models?.close();
});

const as = (name: string, groups = "") => ({ "interlock-actor": `${name}; groups=${groups}` });
const get = async (path: string) => (await call(server, "GET", path)).json;
const post = (path: string, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  call(server, "POST", path, body, headers);

/** Uploads a policy and puts it in force, as its owner and its approver do. */
async function release(
  content: PolicyPackage,
): Promise<{ readonly policyId: string; readonly version: number; readonly contentHash: string }> {
  const { json, status } = await post("/governance/v1/policies", content, as("vera"));
  expect(status, JSON.stringify(json)).toBe(200);
  const request = { stage: "active", reason: "decided", expedited: true, acknowledgeWidenings: true };
  const path = `/governance/v1/policies/${json.policyId}/versions/${json.version}/promotion`;
  const promoted = await post(path, request, as("otto"));
  expect(promoted.status, promoted.text).toBe(200);
  return json;
}
const policy = (id: string, inputs: SmallPolicy["inputs"], rows: readonly Row[], more: Partial<SmallPolicy> = {}) =>
  release(smallPolicy({ id, inputs, rows, ...more }));
const always = (
  id: string,
  give: Row["give"],
  code: string,
  more: Partial<SmallPolicy> = {},
  terms: Row["terms"] = {},
) =>
  policy(id, [["action.type", "string"]], [{ when: ["-"], give, code, terms, example: {} }], {
    actions: ["look_up", "send_email", "pay", "publish", "escalate"],
    ...more,
  });

async function deployed(process: AgentProcess): Promise<string> {
  const { status, text, json } = await deploy(server, { [`${process.id}.bpmn`]: agentProcess(process) });
  expect(status, text).toBe(200);
  return json.deployments[0].processDefinition.processDefinitionKey;
}
async function started(processDefinitionId: string, variables: object = {}): Promise<string> {
  done = [];
  const { json, text, status } = await post("/v2/process-instances", {
    processDefinitionId,
    variables: { task: "Do it.", ...variables },
  });
  expect(status, text).toBe(200);
  return json.processInstanceKey;
}
const ended = (processInstanceKey: string) =>
  eventually("the end of the process", async () => {
    const { state } = await get(`/v2/process-instances/${processInstanceKey}`);
    return state === "COMPLETED";
  });
const calls = async (
  processInstanceKey: string,
): Promise<{ name: string; state: string; result: Record<string, unknown> }[]> =>
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
  ((await get(`/governance/v1/process-instances/${processInstanceKey}/agents`)).items as any[])
    .flatMap(({ turns }) => turns)
    .flatMap(({ toolCalls }) => toolCalls);
const decisions = async (processInstanceKey: string) =>
  (await post("/governance/v1/decisions/search", { processInstanceKey, limit: 100 })).json.items;
const taskOf = (processInstanceKey: string) =>
  eventually("a task", async () => {
    const { items } = (await post("/v2/user-tasks/search", { filter: { processInstanceKey, state: "CREATED" } })).json;
    return items[0];
  });
const lastRequest = () =>
  models.requests.at(-1)?.body as { tools?: { function: { name: string } }[]; messages: unknown[] };
const offered = () => (lastRequest().tools ?? []).map((tool) => tool.function.name).sort();

describe("what an agent may do", () => {
  const mail = {
    id: "send_email",
    action: 'operation="send" reversible="false" riskClass="low"',
    inputs: [["to", "string"]],
  } as const;

  it("C21 three e-mails when its plan says three: the fourth is denied, whether the model asks for it at once or later", async () => {
    await always("mail", "ALLOW", "MAIL");
    await deployed({
      id: "planned",
      before: "plan",
      tools: [{ ...mail, guardrails: ["mail", "plan-limits"], facts: [["plan.callsMax", "=plan.maxEmails", "model"]] }],
    });
    workers.push(client.work("plan", async () => ({ plan: { goal: "Tell the customers.", maxEmails: 3 } })));
    const to = (name: string) => toolCall("send_email", { to: name });
    play({ calls: [to("a"), to("b"), to("c"), to("d")] }, { calls: [to("e")] }, { text: "Three are sent." });
    const key = await started("planned");
    await ended(key);
    expect(done.sort()).toEqual(['send_email {"to":"a"}', 'send_email {"to":"b"}', 'send_email {"to":"c"}']);
    const refused = (await calls(key)).filter(({ result }) => result.status === "not_executed");
    expect(refused.map(({ result }) => result.reasonCodes)).toEqual([["PLAN_LIMIT_REACHED"], ["PLAN_LIMIT_REACHED"]]);
  });

  it("C22 access to a sensitive operation is enforced: without a grant the tool does not run", async () => {
    await policy(
      "payments",
      [
        ["agent.id", "string"],
        ["args.amount", "number"],
      ],
      [
        {
          when: ['"trusted-agent"', "< 100"],
          give: "ALLOW",
          code: "GRANTED",
          example: { agent: { id: "trusted-agent" }, args: { amount: 5 } },
        },
        {
          when: ['"trusted-agent"', "-"],
          give: "REQUIRE_APPROVAL",
          code: "LARGE",
          terms: { approvalGroup: '"cashiers"', approvalSla: '"PT1H"' },
          example: { agent: { id: "trusted-agent" }, args: { amount: 500 } },
        },
        { when: ["-", "-"], give: "DENY", code: "NO_GRANT", example: { args: { amount: 5 } } },
      ],
      { actions: ["pay"], facts: { "args.amount": { type: "number" } } },
    );
    const pay = {
      id: "pay",
      action: 'operation="pay" reversible="true" riskClass="medium"',
      guardrails: ["payments"],
      inputs: [["amount", "number"]],
    } as const;
    await deployed({ id: "stranger", tools: [pay] });
    await deployed({ id: "trusted", tools: [pay] });
    play({ calls: [toolCall("pay", { amount: 5 })] });
    const denied = await started("stranger");
    await ended(denied);
    expect(done).toEqual([]);
    expect((await calls(denied))[0]).toMatchObject({ state: "BLOCKED", result: { reasonCodes: ["NO_GRANT"] } });
    play({ calls: [toolCall("pay", { amount: 6 })] });
    await ended(await started("trusted"));
    expect(done).toEqual(['pay {"amount":6}']);
  });

  it("C22 a person approves certain calls: the same tool with a larger amount waits for the group", async () => {
    play({ calls: [toolCall("pay", { amount: 500 })] });
    const key = await started("trusted");
    const task = await taskOf(key);
    expect(task.candidateGroups).toEqual(["cashiers"]);
    expect(done).toEqual([]);
    const approval = (await get(`/governance/v1/approvals?processInstanceKey=${key}`)).items[0];
    const vote = { verdict: "approve", comment: "fine" };
    expect(
      (await post(`/governance/v1/approvals/${approval.approvalId}/votes`, vote, as("cleo", "cashiers"))).status,
    ).toBe(200);
    await ended(key);
    expect(done).toEqual(['pay {"amount":500}']);
  });

  it("C22 every policy decision is logged, the denials too, with rule, facts and version", async () => {
    const { items } = (await post("/governance/v1/decisions/search", { policyId: "payments", limit: 100 })).json;
    const made = new Map<string, number>();
    for (const { determination } of items) made.set(determination, (made.get(determination) ?? 0) + 1);
    expect(Object.fromEntries(made)).toMatchObject({ DENY: 1, REQUIRE_APPROVAL: 1 });
    const { record } = await get(
      `/governance/v1/decisions/${items.find((one: { determination: string }) => one.determination === "DENY").decisionId}`,
    );
    expect(record).toMatchObject({
      args: { amount: 5 },
      policies: [
        { policyId: "payments", version: 1, owner: "Owner of the test", matchedRules: [{ ruleId: "rule_no_grant" }] },
        { policyId: "baseline" },
      ],
    });
  });

  it("D12 can we roll back the authorization change without redeploying the agent?", async () => {
    const definitions = async () =>
      (await post("/v2/process-definitions/search", { filter: { processDefinitionId: "trusted" } })).json.items;
    const pays = async (amount: number) => {
      play({ calls: [toolCall("pay", { amount })] });
      await ended(await started("trusted"));
      return done;
    };
    const before = await definitions();
    const { manifest, dmn, tests } = await get("/governance/v1/policies/payments/versions/1");
    const withdrawn = {
      manifest,
      dmn: dmn.replaceAll("&quot;trusted-agent&quot;", "&quot;nobody&quot;"),
      tests: JSON.parse(JSON.stringify(tests).replaceAll('"id":"trusted-agent"', '"id":"nobody"')),
    };
    expect((await release(withdrawn)).version).toBe(2);
    expect(await pays(7)).toEqual([]);
    const { json } = await post(
      "/governance/v1/policies/payments/rollback",
      { reason: "the agent needs it" },
      as("otto"),
    );
    expect(json).toMatchObject({ rollback: true, version: 1, supersedes: 2 });
    expect(await pays(8)).toEqual(['pay {"amount":8}']);
    expect(await definitions()).toEqual(before);
  });

  it("C24 data may be used as its contract says: confidential data does not leave, and the plan stops", async () => {
    await policy(
      "data-contract",
      [
        ["data.classification", "string"],
        ["action.target", "string"],
      ],
      [
        {
          when: ['"public"', "-"],
          give: "ALLOW",
          code: "PUBLIC",
          example: { facts: { "data.classification": "public" } },
        },
        {
          when: ['"internal"', 'not("outside")'],
          give: "ALLOW",
          code: "STAYS_INSIDE",
          example: { action: { type: "publish", target: "inside" }, facts: { "data.classification": "internal" } },
        },
        {
          when: ["-", "-"],
          give: "DENY",
          code: "DATA_CONTRACT_VIOLATED",
          example: { facts: { "data.classification": "confidential" } },
        },
      ],
      {
        actions: ["publish"],
        facts: { "data.classification": { type: "string", allowed: ["public", "internal", "confidential"] } },
        defaults: { action: { type: "publish", target: "outside" } },
      },
    );
    await deployed({
      id: "publishing",
      denied: "plan_stopped",
      tools: [
        {
          id: "publish",
          action: 'target="outside" operation="send" reversible="false" riskClass="low" onDeny="error"',
          guardrails: ["data-contract"],
          facts: [["data.classification", "=document.classification"]],
        },
        { id: "look_up", action: 'operation="read" consequential="false"' },
      ],
    });
    play({ calls: [toolCall("publish")] });
    await ended(await started("publishing", { document: { classification: "public" } }));
    expect(done).toEqual(["publish {}"]);
    for (const classification of ["confidential", "internal", "of no known class"]) {
      play({ calls: [toolCall("publish")] }, { calls: [toolCall("look_up")] });
      const key = await started("publishing", { document: { classification } });
      expect(await taskOf(key)).toMatchObject({ elementId: "plan_stopped" });
      expect(done).toEqual([]);
    }
  });

  it("C25 D08 the vice president raises the threshold of escalation for enterprise accounts in the table, and nothing else changes", async () => {
    const escalation = (threshold: number) =>
      smallPolicy({
        id: "enterprise-escalation",
        actions: ["pay"],
        facts: {
          "args.amount": { type: "number" },
          "subject.segment": { type: "string", allowed: ["enterprise", "other"] },
        },
        inputs: [
          ["subject.segment", "string"],
          ["args.amount", "number"],
        ],
        rows: [
          {
            when: ['"enterprise"', `>= ${threshold}`],
            give: "REQUIRE_APPROVAL",
            code: "ESCALATED",
            terms: { approvalGroup: '"account-directors"', approvalSla: '"PT4H"' },
            example: { args: { amount: 9000 } },
          },
          { when: ["-", "-"], give: "ALLOW", code: "BELOW", example: { args: { amount: 1 } } },
        ],
        defaults: { facts: { "subject.segment": "enterprise" } },
        manifest: { domain: "customer-success", owner: { team: "Customer Success", person: "VP Customer Success" } },
      });
    await release(escalation(1000));
    const definition = await deployed({
      id: "account-care",
      tools: [
        {
          id: "pay",
          action: 'operation="pay" reversible="true" riskClass="low"',
          guardrails: ["enterprise-escalation"],
          facts: [["subject.segment", '="enterprise"']],
          inputs: [["amount", "number"]],
        },
      ],
    });
    const bpmn = (await call(server, "GET", `/v2/process-definitions/${definition}/xml`)).text;
    play({ calls: [toolCall("pay", { amount: 1500 })] });
    const escalated = await started("account-care");
    expect((await taskOf(escalated)).candidateGroups).toEqual(["account-directors"]);
    // The change: one cell, through the stages, by two people, while the escalated case waits.
    const { json } = await post("/governance/v1/policies", escalation(2500), as("vp-customer-success"));
    for (const stage of ["shadow", "canary", "active"]) {
      const path = `/governance/v1/policies/enterprise-escalation/versions/${json.version}/promotion`;
      const request = { stage, reason: "Enterprise accounts are trusted more", acknowledgeWidenings: true };
      expect((await post(path, request, as("compliance"))).status).toBe(200);
    }
    play({ calls: [toolCall("pay", { amount: 1500 })] });
    await ended(await started("account-care"));
    expect(done).toEqual(['pay {"amount":1500}']);
    const { promotions } = await get("/governance/v1/policies/enterprise-escalation");
    expect(promotions.at(-1)).toMatchObject({
      author: { id: "vp-customer-success" },
      promotedBy: { id: "compliance" },
      difference: { tables: [{ changed: [{ before: { when: expect.arrayContaining(["args.amount >= 1000"]) } }] }] },
    });
    expect((await call(server, "GET", `/v2/process-definitions/${definition}/xml`)).text).toBe(bpmn);
    const versions = await post("/v2/process-definitions/search", { filter: { processDefinitionId: "account-care" } });
    expect(versions.json.items).toHaveLength(1);
    await post(`/v2/process-instances/${escalated}/cancellation`, {});
  });
});

describe("limits of a running agent", () => {
  it("D23 obeys a budget changed over the API at its next step, without a deployment", async () => {
    const definition = await deployed({
      id: "budgeted",
      budget: 'modelCalls="2" onExceed="pause"',
      tools: [{ id: "look_up", action: 'operation="read" consequential="false"', inputs: [["at", "number"]] }],
    });
    play(...[1, 2, 3, 4].map((at) => ({ calls: [toolCall("look_up", { at })] })), { text: "Seen enough." });
    const key = await started("budgeted");
    const agent = async () => (await get(`/governance/v1/process-instances/${key}/agents`)).items[0];
    const stopped = await eventually("the end of the budget", async () => {
      const now = await agent();
      return now?.state === "PAUSED" && now;
    });
    expect(stopped.usage.modelCalls).toBe(2);
    const change = (budget: object) =>
      call(server, "PATCH", `/governance/v1/agents/${stopped.elementInstanceKey}/budget`, budget, as("olga"));
    expect((await change({ modelCallsMax: 3 })).status).toBe(204);
    await eventually("the end of the next budget", async () => {
      const now = await agent();
      return now.state === "PAUSED" && now.usage.modelCalls === 3;
    });
    expect(done).toHaveLength(3);
    expect((await change({ modelCallsMax: 8 })).status).toBe(204);
    await ended(key);
    expect(done).toHaveLength(4);
    const { items } = (await post("/v2/process-definitions/search", { filter: { processDefinitionId: "budgeted" } }))
      .json;
    expect(items.map((one: { processDefinitionKey: string }) => one.processDefinitionKey)).toEqual([definition]);
  });
});

describe("people", () => {
  it("F02 are asked per tool: the guardrail of one tool holds that one, another tool of the same action goes on", async () => {
    await always("ask-first", "REQUIRE_APPROVAL", "ASK", {}, { approvalGroup: '"editors"' });
    const attributes = 'operation="send" reversible="true" riskClass="low"';
    await deployed({
      id: "per-tool",
      tools: [
        { id: "publish", type: "send_email", action: attributes, guardrails: ["ask-first"] },
        { id: "send_email", action: attributes, guardrails: ["mail"] },
      ],
    });
    play({ calls: [toolCall("publish"), toolCall("send_email")] });
    const key = await started("per-tool");
    expect((await taskOf(key)).elementId).toBe("publish");
    await eventually("the other tool", async () => done.length > 0);
    expect(done).toEqual(["send_email {}"]);
    await post(`/v2/process-instances/${key}/cancellation`, {});
  });

  it("F02 are asked per type of action: a policy of the organisation holds every tool of that type, attached or not", async () => {
    await always("all-mail", "ALLOW", "ANY_MAIL");
    const attributes = 'operation="send" reversible="true" riskClass="low"';
    const tools = ["publish", "look_up"].map((id) => ({
      id,
      type: "newsletter",
      action: attributes,
      guardrails: ["letters"],
    }));
    await always("letters", "ALLOW", "LETTERS", { actions: ["newsletter", "note"] });
    await deployed({
      id: "per-type",
      tools: [...tools, { id: "send_email", type: "note", action: attributes, guardrails: ["letters"] }],
    });
    await always(
      "letters-are-read-first",
      "REQUIRE_APPROVAL",
      "READ_FIRST",
      { actions: ["newsletter"], manifest: { scope: "organisation" } },
      { approvalGroup: '"editors"' },
    );
    play({ calls: [toolCall("publish"), toolCall("look_up"), toolCall("send_email")] });
    const key = await started("per-type");
    await eventually("both approvals", async () => {
      const { items } = (await post("/v2/user-tasks/search", { filter: { processInstanceKey: key, state: "CREATED" } }))
        .json;
      return items.length === 2;
    });
    await eventually("the other type", async () => done.length > 0);
    expect(done).toEqual(["send_email {}"]);
    await post(`/v2/process-instances/${key}/cancellation`, {});
  });

  it("F07 B21 get an escalated case with its context: who asks for what, why, with which facts, until when, and who is next", async () => {
    await policy(
      "goodwill",
      [["subject.refundsLast12Months", "number"]],
      [
        {
          when: ["-"],
          give: "REQUIRE_APPROVAL",
          code: "GOODWILL",
          terms: { approvalGroup: '"agents-desk"', approvalSla: '"PT1S"', escalateTo: '"supervisors"' },
          example: {},
        },
      ],
      {
        actions: ["pay"],
        facts: { "subject.refundsLast12Months": { type: "integer" }, "args.amount": { type: "number" } },
        defaults: { args: { amount: 5 }, facts: { "subject.refundsLast12Months": 1 } },
        manifest: { reasons: { GOODWILL: "Goodwill is for a person to give." } },
      },
    );
    await deployed({
      id: "goodwill",
      tools: [
        {
          id: "pay",
          action: 'target="payments" operation="pay" reversible="true" riskClass="high"',
          guardrails: ["goodwill"],
          facts: [["subject.refundsLast12Months", "=account.refunds"]],
          inputs: [["amount", "number"]],
        },
      ],
    });
    play({ text: "The parcel was late twice: I propose goodwill.", calls: [toolCall("pay", { amount: 80 })] });
    const key = await started("goodwill", { account: { refunds: 2 } });
    const task = await taskOf(key);
    expect(task).toMatchObject({ candidateGroups: ["agents-desk"], assignee: null, dueDate: expect.any(String) });
    const [approval] = (await get(`/governance/v1/approvals?processInstanceKey=${key}`)).items;
    expect(approval).toMatchObject({
      state: "pending",
      userTaskKey: task.userTaskKey,
      action: { type: "pay", target: "payments", riskClass: "high" },
      args: { amount: 80 },
      facts: { "subject.refundsLast12Months": { value: 2, provenance: "trusted" } },
      reasons: ["Goodwill is for a person to give."],
      riskScore: 70,
      policies: [
        { policyId: "goodwill", version: 1, matchedRules: [{ ruleId: "rule_goodwill" }] },
        { policyId: "baseline" },
      ],
      agentId: "goodwill-agent",
      escalateTo: "supervisors",
    });
    const [agent] = (await get(`/governance/v1/process-instances/${key}/agents`)).items;
    expect(agent.turns[0].text).toBe("The parcel was late twice: I propose goodwill.");
    // The SLA passes: the case goes to the next group, with a new deadline.
    const escalated = await eventually("the escalation", async () => {
      const now = await taskOf(key);
      return now.candidateGroups[0] === "supervisors" && now;
    });
    expect(Date.parse(escalated.dueDate)).toBeGreaterThan(Date.parse(task.dueDate));
    expect(await get(`/governance/v1/approvals/${approval.approvalId}`)).toMatchObject({
      escalated: true,
      group: "supervisors",
    });
    await post(`/v2/process-instances/${key}/cancellation`, {});
  });

  it("F08 A16 are only called by an agent that may: handing a case to a person is a governed action", async () => {
    await policy(
      "who-may-escalate",
      [["subject.openEscalations", "number"]],
      [
        { when: ["< 3"], give: "ALLOW", code: "MAY_ESCALATE", example: { facts: { "subject.openEscalations": 0 } } },
        { when: ["-"], give: "DENY", code: "DESK_IS_FULL", example: { facts: { "subject.openEscalations": 3 } } },
      ],
      { actions: ["escalate"], facts: { "subject.openEscalations": { type: "integer" } } },
    );
    await deployed({
      id: "escalating",
      tools: [
        {
          id: "ask_person",
          type: "escalate",
          action: 'target="billing" operation="escalate" reversible="true" riskClass="low"',
          guardrails: ["who-may-escalate"],
          facts: [["subject.openEscalations", "=open"]],
          inputs: [["question", "string"]],
          group: "billing",
        },
      ],
    });
    play({ calls: [toolCall("ask_person", { question: "May I?" })] });
    const denied = await started("escalating", { open: 3 });
    await ended(denied);
    expect((await calls(denied))[0]).toMatchObject({ state: "BLOCKED", result: { reasonCodes: ["DESK_IS_FULL"] } });
    const tasks = await post("/v2/user-tasks/search", { filter: { processInstanceKey: denied } });
    expect(tasks.json.items).toEqual([]);
    play({ calls: [toolCall("ask_person", { question: "May I?" })] });
    const allowed = await started("escalating", { open: 0 });
    const task = await taskOf(allowed);
    expect(task).toMatchObject({ elementId: "ask_person", candidateGroups: ["billing"] });
    const variables = { toolCallResult: "You may." };
    expect(
      (await post(`/v2/user-tasks/${task.userTaskKey}/completion`, { variables }, as("bill", "billing"))).status,
    ).toBe(204);
    await ended(allowed);
    expect(await decisions(allowed)).toMatchObject([{ actionType: "escalate", determination: "ALLOW" }]);
  });
});

describe("an action among others", () => {
  it("A06 F05 H01 one of five parallel tool calls waits for a person, the other four finish, and each has its record", async () => {
    const attributes = 'operation="send" reversible="true" riskClass="low"';
    await deployed({
      id: "parallel",
      tools: [
        { id: "publish", action: attributes, guardrails: ["ask-first"], inputs: [["text", "string"]] },
        { id: "send_email", action: attributes, guardrails: ["mail"], inputs: [["to", "string"]] },
      ],
    });
    const mails = ["a", "b", "c", "d"].map((to) => toolCall("send_email", { to }));
    play(
      { calls: [...mails.slice(0, 2), toolCall("publish", { text: "news" }), ...mails.slice(2)] },
      { text: "Done." },
    );
    const key = await started("parallel");
    await eventually("the other four", async () => {
      const finished = (await calls(key)).filter(({ state }) => state === "COMPLETED");
      return finished.length === 4;
    });
    expect((await taskOf(key)).elementId).toBe("publish");
    expect(done).toHaveLength(4);
    const waiting = (await calls(key)).filter(({ state }) => state !== "COMPLETED");
    expect(waiting).toMatchObject([{ name: "publish", state: "WAITING_FOR_APPROVAL" }]);
    const [approval] = (await get(`/governance/v1/approvals?processInstanceKey=${key}`)).items;
    const path = `/governance/v1/approvals/${approval.approvalId}/votes`;
    expect((await post(path, { verdict: "approve" }, as("edda", "editors"))).status).toBe(200);
    await ended(key);
    expect(done.at(-1)).toBe('publish {"text":"news"}');
    const made = (await decisions(key)).map(({ determination }: { determination: string }) => determination).sort();
    expect(made).toEqual(["ALLOW", "ALLOW", "ALLOW", "ALLOW", "ALLOW", "REQUIRE_APPROVAL"]);
  });
});

describe("guardrails in the model", () => {
  const look = { id: "look_up", action: 'operation="read" consequential="false"' } as const;
  const paying = (more: object = {}) => ({
    id: "pay",
    action: 'operation="pay" reversible="true" riskClass="low" offeredWhen="=account.standing = &quot;good&quot;"',
    guardrails: ["payment-terms"],
    inputs: [["amount", "number"]] as const,
    ...more,
  });
  const terms = (limit: number) =>
    policy(
      "payment-terms",
      [["args.amount", "number"]],
      [
        { when: [`<= ${limit}`], give: "ALLOW", code: "WITHIN", example: { args: { amount: 1 } } },
        { when: ["-"], give: "DENY", code: "TOO_MUCH", example: { args: { amount: 1_000_000 } } },
      ],
      { actions: ["pay"], facts: { "args.amount": { type: "number" } } },
    );

  it("G01 restrict access: a hidden tool is not offered to the model, cannot run when it is called anyway, and other data is not shown", async () => {
    await terms(100);
    await deployed({ id: "guarded", tools: [look, paying()] });
    play({ calls: [toolCall("pay", { amount: 5 })] }, { text: "I cannot pay." });
    const key = await started("guarded", { account: { standing: "blocked" }, secretNote: "the safe is open" });
    await ended(key);
    expect(offered()).toEqual(["look_up"]);
    expect(done).toEqual([]);
    expect(await decisions(key)).toEqual([]);
    expect((await calls(key))[0]?.result).toEqual({ error: "Expected one of the tools look_up, but 'pay' is none" });
    expect(JSON.stringify(lastRequest())).not.toContain("the safe is open");
    play({ calls: [toolCall("pay", { amount: 5 })] });
    await ended(await started("guarded", { account: { standing: "good" } }));
    expect(offered()).toEqual(["look_up", "pay"]);
    expect(done).toEqual(['pay {"amount":5}']);
  });

  it("G01 restrict what is done: an offered tool is judged with its arguments each time it is called", async () => {
    play({ calls: [toolCall("pay", { amount: 100 }), toolCall("pay", { amount: 101 })] });
    const key = await started("guarded", { account: { standing: "good" } });
    await ended(key);
    expect(done).toEqual(['pay {"amount":100}']);
    expect((await calls(key)).map(({ state }) => state).sort()).toEqual(["BLOCKED", "COMPLETED"]);
  });

  it("G01 an offer follows the process: what a tool has changed counts for the next turn", async () => {
    await deployed({
      id: "following",
      tools: [
        { ...look, inputs: [["at", "number"]] },
        paying({
          action: 'operation="pay" reversible="true" riskClass="low" offeredWhen="=count(toolCallResults) &gt; 0"',
        }),
      ],
    });
    play({ calls: [toolCall("look_up", { at: 1 })] }, { calls: [toolCall("pay", { amount: 7 })] });
    const before = models.requests.length;
    await ended(await started("following"));
    const names = models.requests
      .slice(before)
      .map(({ body }) => (body.tools as { function: { name: string } }[]).map((tool) => tool.function.name));
    expect(names.slice(0, 2)).toEqual([["look_up"], ["look_up", "pay"]]);
    expect(done.at(-1)).toBe('pay {"amount":7}');
  });

  it("G02 are extension elements of the BPMN that runs: deployed, read back and deployed again they are the same", async () => {
    const { items } = (await post("/v2/process-definitions/search", { filter: { processDefinitionId: "guarded" } }))
      .json;
    const xml = (await call(server, "GET", `/v2/process-definitions/${items[0].processDefinitionKey}/xml`)).text;
    expect(xml).toBe(agentProcess({ id: "guarded", tools: [look, paying()] }));
    expect(xml).toContain('<interlock:guardrail policyRef="payment-terms"');
    const again = await deploy(server, { "guarded.bpmn": xml });
    expect(again.json.deployments[0].processDefinition).toMatchObject({
      processDefinitionKey: items[0].processDefinitionKey,
      processDefinitionVersion: 1,
    });
  });

  it("G03 execute the DMN that they refer to: the record names the content, and its rule is in the table", async () => {
    play({ calls: [toolCall("pay", { amount: 3 })] });
    const key = await started("guarded", { account: { standing: "good" } });
    await ended(key);
    const [{ decisionId }] = await decisions(key);
    const { policies } = await get(`/governance/v1/decisions/${decisionId}`);
    const used = policies.find(({ policyId }: { policyId: string }) => policyId === "payment-terms");
    const path = `/governance/v1/policies/payment-terms/versions/${used.version}`;
    const version = await get(path);
    expect(version.contentHash).toBe(used.contentHash);
    const dmn = (await call(server, "GET", `${path}/dmn`)).text;
    expect(dmn).toBe(version.dmn);
    const { record } = await get(`/governance/v1/decisions/${decisionId}`);
    const [{ matchedRules }] = record.policies;
    expect(matchedRules).toMatchObject([{ ruleId: "rule_within", ruleIndex: 1 }]);
    expect(dmn).toContain('<rule id="rule_within">');
  });

  it("G04 keep attachment and content apart: the DMN changes without the BPMN, the attachment only with a deployment that is refused", async () => {
    const definitions = async () =>
      (await post("/v2/process-definitions/search", { filter: { processDefinitionId: "guarded" } })).json.items;
    const before = await definitions();
    const pay = async (amount: number) => {
      play({ calls: [toolCall("pay", { amount })] });
      await ended(await started("guarded", { account: { standing: "good" } }));
      return done;
    };
    expect(await pay(150)).toEqual([]);
    await terms(200);
    expect(await pay(150)).toEqual(['pay {"amount":150}']);
    expect(await definitions()).toEqual(before);
    const without = await deploy(server, {
      "guarded.bpmn": agentProcess({ id: "guarded", tools: [look, paying({ guardrails: [] })] }),
    });
    expect(without.status).toBe(400);
    expect(without.json.problems).toMatchObject([{ elementId: "pay", code: "UNGOVERNED_ACTION" }]);
    expect(await definitions()).toEqual(before);
  });

  it("C19 are asked before an action that cannot be undone: a deployment that would ask later is refused", async () => {
    const paying = (reversible: boolean) =>
      agentProcess({
        id: "asked-later",
        tools: [
          {
            id: "pay",
            action: `operation="pay" reversible="${reversible}"`,
            guardrails: ['payment-terms pattern="async" default="DENY"'],
          },
        ],
      });
    const refused = await deploy(server, { "asked-later.bpmn": paying(false) });
    expect(refused.status).toBe(400);
    expect(refused.json.problems).toMatchObject([{ elementId: "pay", code: "ASYNC_IRREVERSIBLE" }]);
    expect((await deploy(server, { "asked-later.bpmn": paying(true) })).status).toBe(200);
  });

  it.each([
    [
      "a consequential tool without a guardrail",
      agentProcess({ id: "gap", tools: [{ id: "pay", action: 'operation="pay"' }] }),
    ],
    ["a tool that says nothing of what it does", agentProcess({ id: "gap", tools: [{ id: "pay", action: null }] })],
    [
      "a consequential task without an agent",
      model(
        "gap",
        '<bpmn:startEvent id="s" /><bpmn:sequenceFlow id="f" sourceRef="s" targetRef="pay" /><bpmn:serviceTask id="pay"><bpmn:extensionElements><zeebe:taskDefinition type="pay" /><interlock:action type="pay" /></bpmn:extensionElements></bpmn:serviceTask><bpmn:sequenceFlow id="g" sourceRef="pay" targetRef="e" /><bpmn:endEvent id="e" />',
      ),
    ],
  ])("G05 D15 are missed at deployment: UNGOVERNED_ACTION for %s", async (_name, xml) => {
    const { status, json, text } = await deploy(server, { "gap.bpmn": xml });
    expect(status).toBe(400);
    expect(json.detail).toContain("pay");
    expect(json.problems, text).toMatchObject([{ elementId: "pay", code: "UNGOVERNED_ACTION" }]);
    expect(
      (await post("/v2/process-definitions/search", { filter: { processDefinitionId: "gap" } })).json.items,
    ).toEqual([]);
  });
});
