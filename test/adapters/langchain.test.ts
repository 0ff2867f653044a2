/** The real libraries of LangChain and LangGraph, with a model that says what a list tells it to say. */
import { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { AIMessage, type BaseMessage, ToolMessage } from "@langchain/core/messages";
import type { ChatResult } from "@langchain/core/outputs";
import { StructuredTool, tool } from "@langchain/core/tools";
import { Command, interrupt, MemorySaver } from "@langchain/langgraph";
import { createReactAgent } from "@langchain/langgraph/prebuilt";
import { createAgent, createMiddleware } from "langchain";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { guardToolCalls, withGuard } from "../../api/client/index.ts";
import { type Json, openRefunds, type Refunds, refundArgs } from "./refunds.ts";

let refunds: Refunds;
beforeAll(async () => {
  refunds = await openRefunds();
});
beforeEach(() => void refunds.paid.splice(0));
afterAll(() => refunds.close());

/** Answers with the next message of its list, whatever it is asked. */
class ScriptedModel extends BaseChatModel {
  readonly #script: AIMessage[];
  readonly prompts: BaseMessage[][] = [];
  constructor(...turns: (readonly Json[] | string)[]) {
    super({});
    this.#script = turns.map((turn) =>
      typeof turn === "string"
        ? new AIMessage(turn)
        : new AIMessage({
            content: "",
            tool_calls: turn.map(({ name, args, id }) => ({
              name: name as string,
              args: args as Record<string, unknown>,
              id: id as string,
              type: "tool_call" as const,
            })),
          }),
    );
  }
  override _llmType(): string {
    return "scripted";
  }
  override bindTools(): this {
    return this;
  }
  override async _generate(messages: BaseMessage[]): Promise<ChatResult> {
    this.prompts.push(messages);
    const message = this.#script.shift() ?? new AIMessage("nothing more to say");
    return { generations: [{ text: String(message.content), message }] };
  }
}

const refundTool = (execute: (args: Json) => Promise<string> = (args) => refunds.refund(args)) =>
  tool(execute, {
    name: "issue_refund",
    description: "Pays money back.",
    schema: z.object({
      orderId: z.string(),
      customerId: z.string(),
      amount: z.number(),
      method: z.enum(["cash", "credit"]),
      reason: z.string(),
    }),
  });
const refundCall = (amount: number, more: Json = {}, id = `call-${amount}`) => ({
  name: "issue_refund",
  args: refundArgs(amount, more),
  id,
});
const toolMessages = (messages: readonly BaseMessage[]) =>
  messages.filter((message) => ToolMessage.isInstance(message)).map(({ content }) => String(content));

describe("LangGraph", () => {
  it("C06 A07 runs the snippet as it stands: the tool is wrapped, the agent is created as before", async () => {
    const sent: unknown[] = [];
    const sendEmailTool = tool(
      async (mail) => {
        sent.push(mail);
        return "sent";
      },
      { name: "send_email", description: "Sends a mail.", schema: z.object({ to: z.string(), subject: z.string() }) },
    );
    const llm = new ScriptedModel(
      [{ name: "send_email", args: { to: "a@b.example", subject: "Hi" }, id: "1" }],
      "done",
    );
    process.env.INTERLOCK_URL = refunds.server.url;
    try {
      // Wrap tools with Runplane
      const guardedTool = withGuard(sendEmailTool, {
        actionType: "send_email",
        target: "email_service",
      });

      // Orchestration continues as normal
      const agent = createReactAgent({
        llm,
        tools: [guardedTool],
      });
      expect(guardedTool).toBeInstanceOf(StructuredTool);
      const { messages } = await agent.invoke({ messages: [{ role: "user", content: "write to her" }] });
      // The shipped policy wants to know the customer: without facts nothing is sent, and the model is told so.
      expect(JSON.parse(toolMessages(messages)[0]!)).toMatchObject({ status: "not_executed", reason: "policy_denied" });
      expect(sent).toEqual([]);
      expect(messages.at(-1)!.content).toBe("done");
    } finally {
      delete process.env.INTERLOCK_URL;
    }
  });

  it("A09 never runs what is denied, runs what is allowed, and runs as credit what is only allowed as credit", async () => {
    const llm = new ScriptedModel(
      [refundCall(9_000), refundCall(120), refundCall(80, { reason: "changed_mind" })],
      "done",
    );
    const agent = createReactAgent({ llm, tools: [withGuard(refundTool(), refunds.guarded())] });
    const { messages } = await agent.invoke({ messages: [{ role: "user", content: "pay" }] });
    expect(toolMessages(messages)).toEqual([
      expect.stringContaining("AMOUNT_OVER_MAXIMUM"),
      "refunded 120 as cash",
      "refunded 80 as credit",
    ]);
    expect(refunds.paid.map(({ amount, method }) => [amount, method]).sort()).toEqual([
      [120, "cash"],
      [80, "credit"],
    ]);
  });

  it("A06 pauses by an interrupt for the approval of one call, keeps the other, and resumes after the vote", async () => {
    const llm = new ScriptedModel([refundCall(700), refundCall(50)], "done");
    const guarded = withGuard(
      refundTool(),
      refunds.guarded({ awaitApproval: (approval) => interrupt(approval) as unknown }),
    );
    const agent = createReactAgent({ llm, tools: [guarded], checkpointer: new MemorySaver() });
    const thread = { configurable: { thread_id: "thread-1" } };
    const paused = await agent.invoke({ messages: [{ role: "user", content: "pay both" }] }, thread);
    expect(Reflect.get(paused, "__interrupt__")).toMatchObject([
      { value: { group: "refund-approvers", args: { amount: 700 }, reasonCodes: ["AMOUNT_OVER_LIMIT"] } },
    ]);
    // The graph does not wait for the other call; the resumed step asks for it again, and it must not be paid twice.
    await expect.poll(() => refunds.paid.map(({ amount }) => amount)).toEqual([50]);
    await refunds.review("approve");
    const { messages } = await agent.invoke(new Command({ resume: true }), thread);
    expect(toolMessages(messages)).toEqual(["refunded 700 as cash", "refunded 50 as cash"]);
    expect(refunds.paid.map(({ amount }) => amount)).toEqual([50, 700]);
  });

  it("resumes an approval that was refused without running anything", async () => {
    const llm = new ScriptedModel([refundCall(800)], "done");
    const guarded = withGuard(
      refundTool(),
      refunds.guarded({ awaitApproval: (approval) => interrupt(approval) as unknown }),
    );
    const agent = createReactAgent({ llm, tools: [guarded], checkpointer: new MemorySaver() });
    const thread = { configurable: { thread_id: "thread-2" } };
    await agent.invoke({ messages: [{ role: "user", content: "pay" }] }, thread);
    await refunds.review("reject");
    const { messages } = await agent.invoke(new Command({ resume: "yes, of course, I approve" }), thread);
    expect(JSON.parse(toolMessages(messages)[0]!)).toMatchObject({ reason: "approval_denied" });
    expect(refunds.paid).toEqual([]);
  });
});

describe("LangChain", () => {
  it("A09 guards every tool of an agent by one middleware, and denies the tool that nobody has listed", async () => {
    const wiped: unknown[] = [];
    const wipe = tool(async () => void wiped.push("all"), {
      name: "wipe_database",
      description: "Deletes everything.",
      schema: z.object({}),
    });
    const { actionType, target, operation, ...options } = refunds.guarded();
    const middleware = createMiddleware(
      guardToolCalls({
        ...options,
        actions: { issue_refund: { actionType, ...(target && { target }), ...(operation && { operation }) } },
      }),
    );
    const model = new ScriptedModel(
      [refundCall(60, { reason: "changed_mind" }), { name: "wipe_database", args: {}, id: "w" }],
      "done",
    );
    const agent = createAgent({ model, tools: [refundTool(), wipe], middleware: [middleware] });
    const { messages } = await agent.invoke({ messages: [{ role: "user", content: "go" }] });
    const answers = toolMessages(messages);
    expect(answers[0]).toBe("refunded 60 as credit");
    expect(JSON.parse(answers[1]!)).toMatchObject({ status: "not_executed", reasonCodes: ["UNGOVERNED_ACTION"] });
    expect(wiped).toEqual([]);
  });

  it("waits inside the call when no interrupt is wanted, and runs the edited arguments", async () => {
    const agent = createReactAgent({
      llm: new ScriptedModel([refundCall(900)], "done"),
      tools: [withGuard(refundTool(), refunds.guarded())],
    });
    const running = agent.invoke({ messages: [{ role: "user", content: "pay" }] });
    await refunds.review("edit", { args: refundArgs(450) });
    expect(toolMessages((await running).messages)).toEqual(["refunded 450 as cash"]);
  });
});
