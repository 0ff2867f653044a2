/** Native agents: turns, proposals, results, budgets, sequences, interrupts, and guards on every tool call. */
import { describe, expect, it } from "vitest";
import type { AgentStepRecord, JobResult } from "../../../engine/core/command.ts";
import type { ActionDecision, ActionRequest } from "../../../engine/core/environment.ts";
import { agentContextOf, jobVariables } from "../../../engine/core/index.ts";
import type { JsonObject } from "../../../engine/core/json.ts";
import type { AgentDefinition, GuardDefinition } from "../../../engine/core/process.ts";
import { type Driver, drive } from "../instance-driver.ts";
import { buildProcess, type ElementSpec, error, feel, service, start, value, variable } from "../process-builder.ts";

const definition = (
  more: Partial<AgentDefinition> = {},
  budget: Partial<AgentDefinition["budget"]> = {},
): AgentDefinition => ({
  agentId: "refunds",
  version: "1",
  model: null,
  systemPrompt: value("Be fair."),
  userPrompt: feel('"Help " + who', ["who"], (get) => `Help ${String(get("who"))}`),
  promptRef: null,
  budget: { modelCallsMax: 5, toolCallsMax: null, tokensMax: null, wallTimeMsMax: null, onExceed: "pause", ...budget },
  sequence: null,
  policies: [],
  interrupts: [],
  ...more,
});
const guard = (type: string): GuardDefinition => ({
  action: { type, target: null, operation: "read", reversible: true, riskClass: "low", toolRef: null },
  policies: [
    {
      policyId: "tools",
      binding: { type: "active" },
      pattern: "sync",
      defaultDetermination: "DENY",
      maxStalenessMs: null,
    },
  ],
  facts: [],
  onDeny: "result",
});
const allow: ActionDecision = {
  decisionId: "d",
  determination: "ALLOW",
  constraints: [],
  approval: null,
  riskScore: 0,
  reasonCodes: [],
  policies: [],
  permit: "p",
  expiresAt: null,
  trace: null,
};

function agent(
  more: {
    agent?: AgentDefinition;
    extra?: readonly ElementSpec[];
    flows?: string[];
    decide?: (request: ActionRequest) => ActionDecision;
  } = {},
) {
  const asked: ActionRequest[] = [];
  const run = drive(
    buildProcess(
      "p",
      [
        start(),
        {
          id: "agent",
          type: "adHocSubProcess",
          out: { answer: variable("agent"), results: variable("toolCallResults") },
          inside: [
            service("look", { guard: guard("look_up") }),
            service("pay", { guard: guard("pay"), in: { amount: variable("toolCall.amount") } }),
            service("receipt"),
          ],
          flows: ["pay -> receipt"],
          adHoc: {
            parallel: true,
            cancelRemainingInstances: true,
            agent: more.agent ?? definition(),
            tools: [
              {
                elementIndex: 3,
                elementId: "look",
                name: "look",
                documentation: "Looks.",
                properties: {},
                parameters: [],
              },
              { elementIndex: 4, elementId: "pay", name: "pay", documentation: null, properties: {}, parameters: [] },
            ],
          },
        },
        service("next"),
        ...(more.extra ?? []),
      ],
      ["start -> agent", "agent -> next", ...(more.flows ?? [])],
    ),
    {
      variables: { who: "Ann" },
      environment: {
        decideAction: (request) => {
          asked.push(request);
          return more.decide?.(request) ?? allow;
        },
      },
    },
  );
  return { run, asked };
}

const turn = (calls: { id: string; name: string; args?: JsonObject }[], tokens = 10): AgentStepRecord => ({
  model: "m1",
  promptHash: "h",
  responseHash: "r",
  request: {},
  response: {},
  text: "thinking",
  toolCalls: calls.map(({ id, name, args }) => ({ id, name, args: args ?? {} })),
  usage: { inputTokens: tokens, outputTokens: 0 },
  startedAt: 0,
  durationMs: 1,
  error: null,
});
const proposing = (calls: { id: string; name: string; args?: JsonObject }[]): JobResult => ({
  type: "adHocSubProcess",
  activateElements: calls.map(({ id, name, args }) => ({
    elementId: name,
    variables: { toolCall: { ...args, _meta: { id, name } }, toolCallResult: null },
  })),
  isCompletionConditionFulfilled: false,
  isCancelRemainingInstances: false,
});
const propose = (run: Driver, ...calls: { id: string; name: string; args?: JsonObject }[]) =>
  run.complete("agent", {}, { result: proposing(calls), agentStep: turn(calls) });
const answer = (run: Driver, text: string) =>
  run.complete(
    "agent",
    { agent: { responseText: text } },
    {
      result: {
        type: "adHocSubProcess",
        activateElements: [],
        isCompletionConditionFulfilled: true,
        isCancelRemainingInstances: false,
      },
      agentStep: turn([]),
    },
  );

describe("an agent", () => {
  it("gets a job with its frozen prompts and tools, runs its proposals, and gets its next turn when all have results", () => {
    const { run } = agent();
    const self = run.wait("job", "agent").owner;
    expect(jobVariables(self, null)).toMatchObject({
      agentContext: {
        agentId: "refunds",
        systemPrompt: "Be fair.",
        userPrompt: "Help Ann",
        tools: [{ elementId: "look" }, { elementId: "pay" }],
        turns: [],
      },
    });
    propose(run, { id: "1", name: "look", args: { order: "o1" } }, { id: "2", name: "look", args: { order: "o2" } });
    expect(run.waits("job")).toEqual(["look", "look"]);
    run.complete("look", { toolCallResult: { found: 1 } });
    expect(run.waits("job")).toEqual(["look"]);
    run.complete("look", { toolCallResult: { found: 2 } });
    expect(run.waits("job")).toEqual(["agent"]);
    expect(agentContextOf(self)?.turns).toEqual([
      {
        text: "thinking",
        toolCalls: [
          { id: "1", name: "look", args: { order: "o1" } },
          { id: "2", name: "look", args: { order: "o2" } },
        ],
        results: [
          { id: "1", name: "look", content: { found: 1 } },
          { id: "2", name: "look", content: { found: 2 } },
        ],
      },
    ]);
    answer(run, "Done");
    expect(run.waits("job")).toEqual(["next"]);
    expect(run.variables()).toMatchObject({
      answer: { responseText: "Done" },
      results: [{ id: "1", name: "look", content: { found: 1 } }, { id: "2" }],
    });
  });

  it("asks the guard for every tool call, with the arguments, the agent and its budget", () => {
    const { run, asked } = agent();
    propose(run, { id: "1", name: "look", args: { order: "o1" } });
    expect(asked[0]).toMatchObject({
      action: { type: "look_up" },
      args: { order: "o1" },
      agent: { id: "refunds", version: "1", model: "m1" },
      toolCallId: "1",
      budget: { modelCallsUsed: 1, modelCallsMax: 5, toolCallsUsed: 1 },
    });
  });

  it("tells the model what was denied, without anything having run", () => {
    const { run } = agent({ decide: () => ({ ...allow, determination: "DENY", reasonCodes: ["NO"], permit: null }) });
    propose(run, { id: "1", name: "look" });
    expect(run.waits("job")).toEqual(["agent"]);
    expect(agentContextOf(run.wait("job", "agent").owner)?.turns[0]?.results).toMatchObject([
      { id: "1", content: { status: "not_executed", reason: "policy_denied", reasonCodes: ["NO"] } },
    ]);
  });

  it("answers an unknown tool with an error instead of failing", () => {
    const { run } = agent();
    propose(run, { id: "1", name: "fly" });
    expect(run.events.find((event) => event.type === "toolReturned")).toMatchObject({
      toolCallId: "1",
      result: { error: "Expected one of the tools look, pay, but 'fly' is none" },
    });
    expect(run.waits("job")).toEqual(["agent"]);
  });

  it("lets a tool be a whole flow, whose result counts when the flow has ended", () => {
    const { run } = agent();
    propose(run, { id: "1", name: "pay" });
    run.complete("pay");
    expect(run.waits("job")).toEqual(["receipt"]);
    run.complete("receipt", { toolCallResult: "paid" });
    expect(run.events.find((event) => event.type === "toolReturned")).toMatchObject({ result: "paid" });
  });

  it("pauses at its budget of model calls, and goes on when the budget grows", () => {
    const { run } = agent({ agent: definition({}, { modelCallsMax: 1 }) });
    propose(run, { id: "1", name: "look" });
    run.complete("look");
    expect(run.incidents()).toMatchObject([{ type: "BUDGET_EXCEEDED", elementId: "agent" }]);
    expect(run.waits("job")).toEqual([]);
    run.send({ type: "changeAgentBudget", elementInstanceKey: run.keyOf("agent"), budget: { modelCallsMax: 2 } });
    expect(run.incidents()).toEqual([]);
    expect(run.waits("job")).toEqual(["agent"]);
  });

  it("fails or escalates at its budget when the model says so", () => {
    const boundary = (definitionOf: ElementSpec["eventDefinitions"]): ElementSpec => ({
      id: "b",
      type: "boundaryEvent",
      on: "agent",
      eventDefinitions: definitionOf ?? [],
    });
    const spend = (onExceed: "error" | "escalate", caught: ElementSpec["eventDefinitions"]) => {
      const { run } = agent({
        agent: definition({}, { tokensMax: 10, onExceed }),
        extra: [boundary(caught), service("over")],
        flows: ["b -> over"],
      });
      propose(run, { id: "1", name: "look" });
      run.complete("look");
      return run;
    };
    expect(spend("error", [error("BUDGET_EXCEEDED")]).waits("job")).toEqual(["over"]);
    expect(spend("escalate", [{ type: "escalation", code: value("BUDGET_EXCEEDED") }]).waits("job")).toEqual(["over"]);
  });

  it("stops at its wall time even while it waits for its model", () => {
    const { run } = agent({ agent: definition({}, { wallTimeMsMax: 60_000 }) });
    run.fire("agent");
    expect(run.incidents()).toMatchObject([{ type: "BUDGET_EXCEEDED" }]);
    expect(run.waits("job")).toEqual([]);
  });

  it("does not run more tool calls than its budget", () => {
    const { run } = agent({ agent: definition({}, { toolCallsMax: 1 }) });
    propose(run, { id: "1", name: "look" }, { id: "2", name: "look" });
    expect(run.waits("job")).toEqual(["look"]);
    expect(run.events.find((event) => event.type === "toolReturned")).toMatchObject({
      toolCallId: "2",
      result: { status: "not_executed", reason: "interrupted" },
    });
  });

  it("holds proposals outside its allowed sequence, and tells the model when somebody has looked", () => {
    const { run } = agent({
      agent: definition({
        sequence: {
          allowed: [
            ["", "look"],
            ["look", "pay"],
          ],
          onViolation: "pause",
        },
      }),
    });
    propose(run, { id: "1", name: "pay" });
    expect(run.incidents()).toMatchObject([{ type: "AGENT_INTERRUPTED" }]);
    expect(run.waits("job")).toEqual([]);
    run.resolve();
    expect(run.waits("job")).toEqual(["agent"]);
    propose(run, { id: "2", name: "look" });
    run.complete("look");
    propose(run, { id: "3", name: "pay" });
    expect(run.waits("job")).toEqual(["pay"]);
  });

  it("can be paused and resumed from outside; tools in flight finish meanwhile", () => {
    const { run } = agent();
    propose(run, { id: "1", name: "look" });
    run.send({ type: "interruptAgent", elementInstanceKey: run.keyOf("agent"), mode: "pause", reason: "looks odd" });
    run.complete("look", { toolCallResult: 1 });
    expect(run.waits("job")).toEqual([]);
    expect(run.incidents()).toMatchObject([{ type: "AGENT_INTERRUPTED" }]);
    run.resolve();
    expect(run.waits("job")).toEqual(["agent"]);
  });

  it("can be ended from outside, caught by a boundary error", () => {
    const { run } = agent({
      extra: [
        { id: "b", type: "boundaryEvent", on: "agent", eventDefinitions: [error("AGENT_INTERRUPTED")] },
        service("stopped"),
      ],
      flows: ["b -> stopped"],
    });
    propose(run, { id: "1", name: "look" });
    run.send({ type: "interruptAgent", elementInstanceKey: run.keyOf("agent"), mode: "terminate", reason: "enough" });
    expect(run.waits("job")).toEqual(["stopped"]);
  });

  it("records failed calls of its model and counts them", () => {
    const { run } = agent({ agent: definition({}, { modelCallsMax: 2 }) });
    const fail = (retries: number) =>
      run.send({
        type: "failJob",
        jobKey: run.wait("job", "agent").key,
        retries,
        errorMessage: "down",
        retryBackOffMs: 0,
        agentStep: turn([]),
      });
    fail(1);
    expect(run.events.filter((event) => event.type === "agentTurnFailed")).toHaveLength(1);
    fail(0);
    expect(run.incidents()).toMatchObject([{ type: "AD_HOC_SUB_PROCESS_NO_RETRIES" }]);
    run.resolve();
    answer(run, "at last");
    expect(run.waits("job")).toEqual(["next"]);
  });

  it("holds a tool call for approval while the other one runs", () => {
    const { run } = agent({
      decide: (request) =>
        request.action.type === "pay"
          ? {
              ...allow,
              determination: "REQUIRE_APPROVAL",
              approval: {
                approvalId: "a",
                group: "leads",
                quorum: 1,
                slaMs: null,
                onTimeout: "reject",
                escalateTo: null,
              },
            }
          : allow,
    });
    propose(run, { id: "1", name: "look" }, { id: "2", name: "pay" });
    expect(run.waits("userTask")).toEqual(["pay"]);
    run.complete("look");
    expect(run.waits("job")).toEqual([]);
    expect(run.instance.elements.get(run.keyOf("agent"))?.detail?.agent?.calls).toMatchObject([
      { id: "1", returned: true },
      { id: "2", returned: false },
    ]);
  });
});
