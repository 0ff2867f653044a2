/** An agent's actions that wait for a person: which ones, what the person sees, who is next, and what goes on meanwhile (group F). */
import { beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../engine/runtime/harness.ts";
import { toolCall } from "./agent-models.ts";
import { as, guardedAgents } from "./guarded-agents.ts";

const { play, done, get, post, policy, always, deployed, started, ended, calls, decisions, taskOf } = guardedAgents();

beforeAll(async () => {
  await always("mail", "ALLOW", "MAIL");
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
