/** What an agent does, did and is stopped from doing, over HTTP, with a model of the test's own (requirements E01–E12). */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../../engine/runtime/harness.ts";
import { call, deploy } from "../server.ts";
import {
  type AgentDesk,
  agentProcess,
  eventsOf,
  openAgentDesk,
  permitting,
  type RunningAgent,
  release,
  startAgent,
  takeJob,
  turnsOf,
  work,
} from "./agent-desk.ts";

let desk: AgentDesk;
beforeAll(async () => {
  desk = await openAgentDesk();
  await release(desk.server, "desk", [permitting]);
});
afterAll(() => desk?.close());

const get = async (path: string) => (await call(desk.server, "GET", `/governance/v1${path}`)).json;
const stateOf = async ({ processInstanceKey }: RunningAgent) =>
  (await get(`/process-instances/${processInstanceKey}/agents`)).items[0].state as string;
const becomes = (agent: RunningAgent, state: string) =>
  eventually(`an agent ${state}`, async () => (await stateOf(agent)) === state);
const incidentOf = ({ processInstanceKey }: RunningAgent, errorType: string) =>
  eventually(errorType, async () => {
    const { json } = await call(desk.server, "POST", "/v2/incidents/search", { filter: { processInstanceKey } });
    return json.items.find(
      (one: { interlockErrorType: string; state: string }) =>
        one.interlockErrorType === errorType && one.state === "ACTIVE",
    );
  });
const budget = (attributes: string) => `<interlock:budget ${attributes} />`;
const plenty = budget('modelCalls="10"');

/** Looks first, pays then, ends. */
const lookThenPay = (body: Record<string, unknown>) =>
  [
    { text: "I look.", calls: [{ name: "look", args: { case: 7 } }] },
    { text: "I pay.", calls: [{ name: "pay", args: { amount: 40 } }] },
  ][turnsOf(body)] ?? { text: "Done." };
/** Looks again and again. */
const lookForever = () => ({ text: "I look.", calls: [{ name: "look", args: { case: 7 } }] });

describe("an agent at work", () => {
  let agent: RunningAgent;
  beforeAll(async () => {
    desk.answer(lookThenPay);
    agent = await startAgent(desk.server, "watched", plenty);
  });

  it("E01 tells what it is doing now: its state, its turn and the calls that are open", async () => {
    await becomes(agent, "TOOL_CALLING");
    const now = await get(`/agents/${agent.elementInstanceKey}/now`);
    expect(now).toMatchObject({
      agentId: "watched",
      state: "TOOL_CALLING",
      currentTurn: { turn: 1, text: "I look.", model: "test-model" },
      openToolCalls: [{ name: "look", state: "RUNNING", args: { case: 7 } }],
    });
  });

  it("E03 tells which tool calls are pending or in flight", async () => {
    const calls = async (state: string) =>
      (await get(`/agents/${agent.elementInstanceKey}/tool-calls?state=${state}`)).items as { name: string }[];
    expect((await calls("pending,inflight")).map(({ name }) => name)).toEqual(["look"]);
    await work(desk.server, "watched", "look", { found: true });
    await eventually("the payment", async () => (await calls("inflight")).some(({ name }) => name === "pay"));
    expect(await calls("done")).toMatchObject([{ name: "look", state: "COMPLETED", result: { found: true } }]);
  });

  it("E02 tells its last steps: text, calls, decisions and results", async () => {
    await work(desk.server, "watched", "pay", { paid: 40 });
    await becomes(agent, "COMPLETED");
    const last = await get(`/agents/${agent.elementInstanceKey}/steps?last=2`);
    expect(last.items).toMatchObject([
      {
        turn: 2,
        text: "I pay.",
        toolCalls: [{ name: "pay", args: { amount: 40 }, decision: { determination: "ALLOW" }, result: { paid: 40 } }],
      },
      { turn: 3, text: "Done.", toolCalls: [] },
    ]);
    expect((await get(`/agents/${agent.elementInstanceKey}/steps`)).items).toHaveLength(3);
  });
});

describe("interrupt rules", () => {
  it("E05 are asked at each step: as many judgements as steps, and each stands in the record", async () => {
    await release(desk.server, "step-rules", [permitting], { actions: ["agent_step"] }, { action: "agent_step" });
    desk.answer(lookThenPay);
    const agent = await startAgent(desk.server, "judged", `${plenty}<interlock:interrupt policyRef="step-rules" />`);
    await work(desk.server, "judged", "look", {});
    await work(desk.server, "judged", "pay", {});
    await becomes(agent, "COMPLETED");
    const judged = await eventsOf(desk.server, agent.processInstanceKey, "agentStepJudged");
    const steps = await eventsOf(desk.server, agent.processInstanceKey, "agentTurnCompleted");
    expect(steps).toHaveLength(3);
    expect(judged.map(({ turn, verdict }) => [turn, verdict])).toEqual([
      [1, "continue"],
      [2, "continue"],
      [3, "continue"],
    ]);
    const { json } = await call(desk.server, "POST", "/governance/v1/decisions/search", {
      actionType: "agent_step",
      processInstanceKey: agent.processInstanceKey,
    });
    expect(json.items.map(({ decisionId }: { decisionId: string }) => decisionId).sort()).toEqual(
      judged.map(({ decisionId }) => decisionId).sort(),
    );
  });

  /** Stops before the second turn, in a way that can be changed. */
  const stopping = (verdict: string) => [
    permitting,
    {
      decision: "Interrupt",
      inputs: ["budget.modelCallsUsed"],
      outputs: ["Interrupt"],
      rules: [
        [">= 1", `"${verdict}"`],
        ["-", '"continue"'],
      ],
    },
  ];

  it("E05 E11 D23 pause an agent by a rule outside of it, and let it go on when the rule has changed, nothing redeployed", async () => {
    await release(desk.server, "pausing", stopping("pause"), {}, { action: "agent_step" });
    desk.answer(lookThenPay);
    const asked = desk.provider.requests.length;
    const agent = await startAgent(desk.server, "paused", `${plenty}<interlock:interrupt policyRef="pausing" />`);
    await work(desk.server, "paused", "look", {});
    await becomes(agent, "PAUSED");
    expect(desk.provider.requests.length, "asked once, before the first tool").toBe(asked + 1);
    const incident = await incidentOf(agent, "AGENT_INTERRUPTED");
    expect(incident.errorMessage).toContain("INTERRUPT_PAUSE");
    await release(desk.server, "pausing", [permitting], { description: "relaxed" }, { action: "agent_step" });
    await call(desk.server, "POST", `/v2/incidents/${incident.incidentKey}/resolution`, {});
    await work(desk.server, "paused", "pay", {});
    await becomes(agent, "COMPLETED");
    expect(
      (await eventsOf(desk.server, agent.processInstanceKey, "agentStepJudged")).map(({ verdict }) => verdict),
    ).toEqual(["continue", "pause", "continue", "continue"]);
  });

  it("E05 terminate an agent: its tools are stopped and the model is not asked again", async () => {
    await release(desk.server, "ending", stopping("terminate"), {}, { action: "agent_step" });
    desk.answer(lookThenPay);
    const agent = await startAgent(desk.server, "ended", `${plenty}<interlock:interrupt policyRef="ending" />`);
    await work(desk.server, "ended", "look", {});
    await incidentOf(agent, "AGENT_INTERRUPTED");
    expect(await eventsOf(desk.server, agent.processInstanceKey, "agentInterrupted")).toMatchObject([
      { mode: "terminate", reason: expect.stringContaining("INTERRUPT_TERMINATE") },
    ]);
    expect(await eventsOf(desk.server, agent.processInstanceKey, "agentTurnCompleted")).toHaveLength(1);
  });

  it("E05 that cannot be evaluated pause: an agent never runs on without a clear answer", async () => {
    desk.answer(lookThenPay);
    const asked = desk.provider.requests.length;
    const agent = await startAgent(
      desk.server,
      "unclear",
      `${plenty}<interlock:interrupt policyRef="no-such-policy" />`,
    );
    await becomes(agent, "PAUSED");
    expect(desk.provider.requests.length).toBe(asked);
  });

  it("E11 D23 stop an agent by a budget that is lowered while it runs, and obey at the next step", async () => {
    desk.answer(lookForever);
    const agent = await startAgent(desk.server, "lowered", plenty);
    await work(desk.server, "lowered", "look", {});
    const changed = await call(desk.server, "PATCH", `/governance/v1/agents/${agent.elementInstanceKey}/budget`, {
      modelCallsMax: 2,
    });
    expect(changed.status, changed.text).toBe(204);
    await work(desk.server, "lowered", "look", {});
    await incidentOf(agent, "BUDGET_EXCEEDED");
    expect(await eventsOf(desk.server, agent.processInstanceKey, "agentTurnCompleted")).toHaveLength(2);
  });
});

describe("budgets", () => {
  it("E06 of tokens interrupt before the next model call", async () => {
    desk.answer(lookForever);
    const asked = desk.provider.requests.length;
    // One answer of the model costs 30 tokens.
    const agent = await startAgent(desk.server, "tokens", budget('tokens="50"'));
    await work(desk.server, "tokens", "look", {});
    await work(desk.server, "tokens", "look", {});
    expect((await incidentOf(agent, "BUDGET_EXCEEDED")).errorMessage).toContain("60 of 50 tokens");
    expect(desk.provider.requests.length - asked).toBe(2);
    expect(await stateOf(agent)).toBe("PAUSED");
  });

  it("E07 of calls interrupt before the next one: of the model, and of tools", async () => {
    desk.answer(lookForever);
    const asked = desk.provider.requests.length;
    const one = await startAgent(desk.server, "calls", budget('modelCalls="1"'));
    await work(desk.server, "calls", "look", {});
    expect((await incidentOf(one, "BUDGET_EXCEEDED")).errorMessage).toContain("1 of 1 model calls");
    expect(desk.provider.requests.length - asked).toBe(1);
    const tools = await startAgent(desk.server, "tools", budget('toolCalls="1"'));
    await work(desk.server, "tools", "look", {});
    const refused = await eventually("the second call refused", async () =>
      (await eventsOf(desk.server, tools.processInstanceKey, "toolReturned")).find(
        ({ result }) => result?.status === "not_executed",
      ),
    );
    expect(refused.result.message).toContain("budget of tool calls");
  });

  it("E08 of wall time interrupt in the middle of a model call, which is hung up", async () => {
    let release: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    desk.answer(async () => {
      await held;
      return { text: "Too late." };
    });
    const agent = await startAgent(desk.server, "slow", budget('wallTime="PT1S"'));
    expect((await incidentOf(agent, "BUDGET_EXCEEDED")).errorMessage).toContain("wall time");
    const request = desk.provider.requests.at(-1)!;
    await eventually("the call hung up", async () => request.abandoned);
    release();
    expect(await eventsOf(desk.server, agent.processInstanceKey, "agentTurnCompleted")).toEqual([]);
  });
});

describe("anomalies", () => {
  it("E09 of the order of tool calls interrupt with their reason, before anything runs", async () => {
    desk.answer(() => ({ text: "I pay at once.", calls: [{ name: "pay", args: { amount: 40 } }] }));
    const sequence =
      '<interlock:sequence><interlock:allow from="" to="look" /><interlock:allow from="look" to="pay" /></interlock:sequence>';
    const agent = await startAgent(desk.server, "unordered", plenty + sequence);
    const incident = await incidentOf(agent, "AGENT_INTERRUPTED");
    expect(incident.errorMessage).toContain("'pay' after 'the start'");
    expect(await eventsOf(desk.server, agent.processInstanceKey, "actionStarted")).toEqual([]);
  });

  it("E10 of the inputs interrupt: an amount far from what was recorded before pauses the agent", async () => {
    const tables = [
      permitting,
      {
        decision: "Interrupt",
        inputs: ["if anomaly.inputs = null then 0 else anomaly.inputs"],
        outputs: ["Interrupt"],
        rules: [
          ["> 0.9", '"pause"'],
          ["-", '"continue"'],
        ],
      },
    ];
    const manifest = { actions: ["pay"], facts: { "anomaly.inputs": { type: "number", required: false } } };
    await release(desk.server, "usual", tables, manifest, { action: "pay" });
    const decisions = Array.from({ length: 60 }, (_, index) => ({
      action: { type: "pay", operation: "pay", reversible: true, riskClass: "medium" },
      args: { amount: 30 + (index % 21) },
      policies: [{ policyId: "usual" }],
    }));
    expect((await call(desk.server, "POST", "/governance/v1/decisions/batch", { decisions })).status).toBe(200);
    // A new version in force: what is usual is read anew at once.
    await release(desk.server, "usual", tables, { ...manifest, description: "again" }, { action: "pay" });
    const scoreOf = (amount: number) =>
      call(desk.server, "POST", "/governance/v1/decisions", { ...decisions[0], args: { amount } });
    await eventually("a profile", async () => (await scoreOf(5_000)).json.determination === "DENY");
    expect((await scoreOf(41)).json.determination).toBe("ALLOW");

    desk.answer((body) =>
      turnsOf(body) === 0 ? { text: "I pay.", calls: [{ name: "pay", args: { amount: 90_000 } }] } : { text: "Done." },
    );
    const agent = await startAgent(desk.server, "unusual", plenty, { policy: "usual" });
    expect((await incidentOf(agent, "AGENT_INTERRUPTED")).errorMessage).toContain("INTERRUPT_PAUSE");
    expect(await eventsOf(desk.server, agent.processInstanceKey, "actionStarted")).toEqual([]);
    const [decided] = await eventsOf(desk.server, agent.processInstanceKey, "decisionMade");
    const record = await get(`/decisions/${decided.decisionId}`);
    expect(record.record.facts["anomaly.inputs"]).toMatchObject({ provenance: "derived", value: expect.closeTo(1, 1) });
  });
});

describe("an agent's definition", () => {
  it("E12 without criteria for its end is refused at deployment", async () => {
    for (const extensions of ["", '<interlock:budget onExceed="error" />']) {
      const { status, text } = await deploy(desk.server, { "agent.bpmn": agentProcess("endless", extensions) });
      expect(status).toBe(400);
      expect(text).toContain("say when it stops");
    }
  });
});

describe("takeJob", () => {
  it("H09 finds the model's answer in the record before the tool that it proposed can be worked on", async () => {
    desk.answer(lookThenPay);
    const { processInstanceKey } = await startAgent(desk.server, "recorded", plenty);
    await takeJob(desk.server, "recorded", "look");
    const [turn] = await eventsOf(desk.server, processInstanceKey, "agentTurnCompleted");
    expect(turn.step.toolCalls).toMatchObject([{ name: "look", args: { case: 7 } }]);
  });
});
