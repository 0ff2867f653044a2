/** The key figures, computed from what really ran, over HTTP (group K; H20): a knowledge agent, an advisor, a payer. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../../engine/runtime/harness.ts";
import { end, model, sequence, start } from "../../engine/runtime/models.ts";
import { call, deploy } from "../server.ts";
import {
  type AgentDesk,
  eventsOf,
  openAgentDesk,
  permitting,
  release,
  startAgent,
  turnsOf,
  work,
} from "./agent-desk.ts";

let desk: AgentDesk;
beforeAll(async () => {
  desk = await openAgentDesk({
    INTERLOCK_MODEL_PRICES: JSON.stringify({ "test-model": { inputPerMillion: 3_000, outputPerMillion: 10_000 } }),
    INTERLOCK_APPROVER_MINUTE_PRICE: "2",
  });
  await release(desk.server, "desk", [permitting], { actions: ["pay"] }, { action: "pay" });
});
afterAll(() => desk?.close());

const request = (method: string, path: string, body?: unknown) =>
  call(desk.server, method, `/governance/v1${path}`, body, { "interlock-actor": "ann; groups=payers" });
const kpis = async () => (await request("GET", "/kpis")).json;
/** The row of one process among the use cases. */
const rowOf = async (processId: string) =>
  (await kpis()).K12_useCases.find((row: { processId: string }) => row.processId === processId);
const ended = (key: string) =>
  eventually(
    "the end",
    async () => (await call(desk.server, "GET", `/v2/process-instances/${key}`)).json.state === "COMPLETED",
  );

/** One agent that looks, pays and ends: two turns before the last. */
async function runAgent(processId: string) {
  desk.answer(
    (body) =>
      [
        { text: "I look.", calls: [{ name: "look", args: { case: 7 } }] },
        { text: "I pay.", calls: [{ name: "pay", args: { amount: 40 } }] },
      ][turnsOf(body)] ?? { text: "Done." },
  );
  const agent = await startAgent(desk.server, processId, '<interlock:budget modelCalls="10" />');
  await work(desk.server, processId, "look", [{ id: "doc-1" }, { id: "doc-2" }, { id: "doc-3" }]);
  await work(desk.server, processId, "pay", { paid: 40 });
  await ended(agent.processInstanceKey);
  return agent;
}

/** A payment under a policy, outside of agents. */
async function paid(processId: string, extensions: string, variables: object): Promise<string> {
  const task = `<bpmn:serviceTask id="pay"><bpmn:extensionElements><zeebe:taskDefinition type="${processId}-pay" />
    <zeebe:ioMapping><zeebe:input source="=amount" target="amount" /></zeebe:ioMapping>
    <interlock:action type="pay" operation="pay" reversible="true" riskClass="medium" />${extensions}</bpmn:extensionElements></bpmn:serviceTask>`;
  const files = { "paid.bpmn": model(processId, sequence(start(), ["pay", task], end())) };
  expect((await deploy(desk.server, files)).status).toBe(200);
  const { json } = await call(desk.server, "POST", "/v2/process-instances", {
    processDefinitionId: processId,
    variables,
  });
  return json.processInstanceKey;
}

describe("the key figures", () => {
  it("K10 price a decision: tokens of its model calls times their price, and minutes of its approvers", async () => {
    const before = (await kpis()).K10_cost;
    expect(before).toMatchObject({ models: [], approvers: 0 });
    await runAgent("priced");
    const { K10_cost: cost, K10_costPerDecision: perDecision, decisions } = await kpis();
    // Three calls of 21 tokens in and 9 out: 63 · 0.003 + 27 · 0.01.
    expect(cost.models).toEqual([
      { model: "test-model", calls: 3, inputTokens: 63, outputTokens: 27, cost: expect.closeTo(0.459, 6) },
    ]);
    expect(decisions).toBe(1);
    expect(perDecision).toBeCloseTo(0.459, 6);

    const asking = {
      decision: "Determination",
      inputs: ["action.type"],
      outputs: ["determination", "reasonCode", "approvalGroup"],
      rules: [["-", '"REQUIRE_APPROVAL"', '"ASK"', '"payers"']],
    };
    await release(
      desk.server,
      "asking",
      [asking],
      {},
      { action: "pay", expect: { determination: "REQUIRE_APPROVAL" } },
    );
    const { json } = await request("POST", "/decisions", {
      action: { type: "wire", operation: "pay", reversible: true, riskClass: "medium" },
      args: {},
      policies: [{ policyId: "asking" }],
    });
    await new Promise((resolve) => setTimeout(resolve, 60));
    const vote = await call(
      desk.server,
      "POST",
      `/governance/v1/approvals/${json.approval.approvalId}/votes`,
      { verdict: "approve", comment: "fine" },
      { "interlock-actor": "bob; groups=payers" },
    );
    expect(vote.status, vote.text).toBe(200);
    const { K10_cost: after } = await kpis();
    expect(after.approverMinutes).toBeGreaterThanOrEqual(60 / 60_000);
    expect(after.approvers).toBeCloseTo(after.approverMinutes * 2, 9);
  });

  it("K10 say what is unknown instead of guessing: a model without a price", async () => {
    const { database } = desk.server.application;
    await database.query("insert into model_usage values (1, $1, 1, 'unpriced-model', 5, 5, false, '<default>')", [
      Date.now(),
    ]);
    const figures = await kpis();
    expect(figures.K10_costPerDecision).toBeNull();
    expect(figures.unknown.K10_costPerDecision).toEqual(["no price of the model unpriced-model"]);
    await database.query("delete from model_usage where model = 'unpriced-model'");
  });

  it("K01 measure accuracy by people's labels and by what became of the decisions; the latest label counts", async () => {
    const agent = await runAgent("advised");
    const [{ decisionId }] = await eventsOf(desk.server, agent.processInstanceKey, "decisionMade");
    await eventually("its outcome", async () => (await rowOf("advised"))?.decisionAccuracy === 1);
    const label = (correct: boolean) =>
      request("POST", `/decisions/${decisionId}/judgement`, { correct, comment: "seen" });
    expect((await label(false)).status).toBe(200);
    expect((await rowOf("advised")).decisionAccuracy).toBe(0);
    await label(true);
    expect((await rowOf("advised")).decisionAccuracy).toBe(1);
    const { K01_decisionAccuracy } = await kpis();
    expect(K01_decisionAccuracy).toBeGreaterThan(0);
    expect((await request("POST", "/decisions/nothing/judgement", { correct: true })).status).toBe(404);
  });

  it("K05 measure the precision of retrieval by judged samples", async () => {
    expect((await kpis()).K05_retrievalPrecision).toBeNull();
    const agent = await runAgent("researched");
    const { items } = (await request("GET", `/agents/${agent.elementInstanceKey}/tool-calls?state=done`)).json;
    const { id } = items.find(({ name }: { name: string }) => name === "look");
    const judge = (retrieved: number, relevant: number) =>
      request("POST", `/process-instances/${agent.processInstanceKey}/retrieval-judgements`, {
        toolCallId: id,
        retrieved,
        relevant,
      });
    expect((await judge(3, 4)).status).toBe(400);
    expect((await judge(3, 1)).status).toBe(200);
    expect((await judge(3, 2)).status).toBe(200);
    expect((await kpis()).K05_retrievalPrecision).toBeCloseTo(2 / 3, 9);
  });

  it("K04 measure how old facts were when they were judged by", async () => {
    const fact =
      '<interlock:fact name="subject.balance" expression="=balance" observedAt="=seen" provenance="trusted" />';
    const seen = new Date(Date.now() - 90_000).toISOString();
    await paid("aged", `<interlock:guardrail policyRef="desk" />${fact}`, { amount: 4, balance: 10, seen });
    const { K04_dataFreshnessMs: age } = await kpis();
    expect(age).toBeGreaterThanOrEqual(90_000);
    expect(age).toBeLessThan(150_000);
  });

  it("H20 K03 cover every attempt: decisions with a complete trace are all there are, and an action without one shows", async () => {
    expect((await kpis()).K03_auditCoverage).toBe(1);
    expect((await kpis()).ungovernedActions).toBe(0);
  });

  it("K12 give each use case its row: advice by accuracy, retrieval by precision, automation by its rate", async () => {
    expect(await rowOf("advised")).toMatchObject({ decisions: 1, decisionAccuracy: 1 });
    expect(await rowOf("researched")).toMatchObject({ retrievalPrecision: expect.closeTo(2 / 3, 9) });
    expect(await rowOf("priced")).toMatchObject({ decisions: 1, automationRate: 1 });
  });
});
