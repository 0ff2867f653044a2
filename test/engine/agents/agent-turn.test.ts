import { afterEach, describe, expect, it } from "vitest";
import {
  AgentTurnError,
  modelFromEnvironment,
  runAgentTurn,
  scriptedModel,
  toolSchema,
} from "../../../engine/agents/index.ts";
import type { AgentContext, AgentTool } from "../../../engine/core/agent-context.ts";
import { type ModelServer, startModelServer } from "./model-server.ts";

const refundTool: AgentTool = {
  elementId: "issue_refund",
  name: "Issue refund",
  documentation: "Pays money back.",
  parameters: [
    { name: "toolCall.amount", description: "Amount in EUR", type: "number", schema: null, required: true },
    {
      name: "toolCall.method",
      description: null,
      type: "string",
      schema: { enum: ["cash", "credit"] },
      required: false,
    },
  ],
};
const context: AgentContext = {
  agentId: "refund-agent",
  version: "1",
  model: "default",
  systemPrompt: "You handle refunds.",
  userPrompt: "Refund ORD-1, 12.5 EUR.",
  tools: [refundTool],
  turns: [],
  tokensUsed: 0,
  tokensMax: 1_000,
};
const afterOneCall: AgentContext = {
  ...context,
  turns: [
    {
      text: "I pay it back.",
      toolCalls: [{ id: "a", name: "issue_refund", args: { amount: 12.5 } }],
      results: [{ id: "a", name: "issue_refund", content: { status: "done" } }],
    },
  ],
};

let server: ModelServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});
const never = new AbortController().signal;
let clock = 0;
const now = () => (clock += 5);

const providers = ["openai-compatible", "anthropic"] as const;
const modelAt = (provider: string, baseUrl: string) =>
  modelFromEnvironment(
    {
      INTERLOCK_MODEL_PROVIDER: provider,
      INTERLOCK_MODEL_BASE_URL: baseUrl,
      INTERLOCK_MODEL_NAME: "test-model",
      INTERLOCK_MODEL_API_KEY: "k",
    },
    [],
  );

describe.each(providers)("one turn at a provider that speaks %s", (provider) => {
  it("turns the model's tool calls into activations and records the raw answer, the prompt's hash and the tokens", async () => {
    server = await startModelServer([
      {
        text: "I pay it back.",
        calls: [
          { name: "issue_refund", args: { amount: 12.5 } },
          { name: "issue_refund", args: { amount: 1 } },
        ],
      },
    ]);
    const turn = await runAgentTurn(context, modelAt(provider, server.baseUrl), never, now);
    expect(turn.result).toMatchObject({ type: "adHocSubProcess", isCompletionConditionFulfilled: false });
    expect(
      turn.result.type === "adHocSubProcess" &&
        turn.result.activateElements.map(({ elementId, variables }) => [elementId, variables.toolCall]),
    ).toEqual([
      ["issue_refund", { amount: 12.5, _meta: { id: turn.agentStep.toolCalls[0]?.id, name: "issue_refund" } }],
      ["issue_refund", { amount: 1, _meta: { id: turn.agentStep.toolCalls[1]?.id, name: "issue_refund" } }],
    ]);
    expect(turn.agentStep).toMatchObject({
      model: "test-model",
      usage: { inputTokens: 21, outputTokens: 9 },
      error: null,
      durationMs: 5,
    });
    expect(turn.agentStep.promptHash).toMatch(/^[0-9a-f]{64}$/);
    expect(turn.agentStep.response).toMatchObject(
      provider === "anthropic" ? { type: "message" } : { object: "chat.completion" },
    );
  });

  it("sends the recorded turns back in order and ends when the model proposes nothing more", async () => {
    server = await startModelServer([{ text: "Done." }]);
    const turn = await runAgentTurn(afterOneCall, modelAt(provider, server.baseUrl), never, now);
    expect(turn.result).toMatchObject({ isCompletionConditionFulfilled: true, activateElements: [] });
    expect(turn.variables).toEqual({ agent: { responseText: "Done." } });
    const sent = server.requests[0]?.body.messages as { role: string }[];
    expect(sent.map(({ role }) => role)).toEqual(
      provider === "anthropic" ? ["user", "assistant", "user"] : ["system", "user", "assistant", "tool"],
    );
  });

  it("asks once and records the failure when the provider answers 500", async () => {
    server = await startModelServer([{ status: 500 }]);
    const failure = await runAgentTurn(context, modelAt(provider, server.baseUrl), never, now).catch(
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(AgentTurnError);
    expect((failure as AgentTurnError).agentStep).toMatchObject({
      response: null,
      toolCalls: [],
      error: expect.any(String),
    });
    expect(server.requests).toHaveLength(1);
  });
});

describe("the prompt", () => {
  it("has the same hash for the same record and another one when a word changes", async () => {
    const model = scriptedModel([{ agentId: "refund-agent", turns: [{ when: "=true", text: "ok", calls: [] }] }]);
    const hash = async (changed: AgentContext) => (await runAgentTurn(changed, model, never, now)).agentStep.promptHash;
    expect(await hash(context)).toBe(await hash(structuredClone(context)));
    expect(await hash(context)).not.toBe(await hash({ ...context, systemPrompt: "You handle refunds!" }));
  });

  it("offers tools by JSON Schema and closes them against further arguments", () => {
    expect(toolSchema(refundTool)).toEqual({
      type: "object",
      properties: {
        amount: { type: "number", description: "Amount in EUR" },
        method: { type: "string", enum: ["cash", "credit"] },
      },
      required: ["amount"],
      additionalProperties: false,
    });
  });
});

describe("the scripted model", () => {
  const model = scriptedModel([
    {
      agentId: "refund-agent",
      turns: [
        {
          when: "=turn = 1",
          text: "first",
          calls: [{ name: "issue_refund", args: '={amount: number(extract(user, "[0-9]+\\.[0-9]+")[1])}' }],
        },
        {
          when: '=results.issue_refund.status = "done" and calls.issue_refund = 1',
          text: '="paid " + string(calls.issue_refund)',
          calls: [],
        },
      ],
    },
  ]);

  it("takes the first turn that fits and computes arguments from the prompt", async () => {
    const turn = await runAgentTurn(context, model, never, now);
    expect(turn.agentStep.toolCalls).toEqual([{ id: "call-1-1", name: "issue_refund", args: { amount: 12.5 } }]);
  });

  it("sees results and counts", async () => {
    expect((await runAgentTurn(afterOneCall, model, never, now)).variables).toEqual({
      agent: { responseText: "paid 1" },
    });
  });

  it("says what to do when an agent has no script and no provider is configured", async () => {
    await expect(runAgentTurn({ ...context, agentId: "other" }, model, never, now)).rejects.toThrow(
      /Set INTERLOCK_MODEL_PROVIDER/,
    );
  });

  it("cannot be talked into another call id or tool name by arguments called _meta", async () => {
    const hostile = scriptedModel([
      {
        agentId: "refund-agent",
        turns: [
          {
            when: "=true",
            text: "",
            calls: [{ name: "issue_refund", args: '={_meta: {id: "x", name: "look_up_order"}}' }],
          },
        ],
      },
    ]);
    const { result } = await runAgentTurn(context, hostile, never, now);
    expect(result.type === "adHocSubProcess" && result.activateElements[0]?.variables.toolCall).toEqual({
      _meta: { id: "call-1-1", name: "issue_refund" },
    });
  });
});

describe("model settings", () => {
  it("names what is missing", () => {
    expect(() => modelFromEnvironment({ INTERLOCK_MODEL_PROVIDER: "openai-compatible" }, [])).toThrow(
      /INTERLOCK_MODEL_BASE_URL/,
    );
    expect(() => modelFromEnvironment({ INTERLOCK_MODEL_PROVIDER: "anthropic" }, [])).toThrow(/INTERLOCK_MODEL_NAME/);
    expect(() => modelFromEnvironment({ INTERLOCK_MODEL_PROVIDER: "oracle" }, [])).toThrow(
      /Expected valid model settings/,
    );
  });
});
