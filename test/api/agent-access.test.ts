/** What an agent may do and how much of it, as its operators see it: access, data contracts, thresholds, budgets (groups C and D). */
import { describe, expect, it } from "vitest";
import { smallPolicy } from "../decisions/plane/small-policy.ts";
import { eventually } from "../engine/runtime/harness.ts";
import { toolCall } from "./agent-models.ts";
import { as, guardedAgents } from "./guarded-agents.ts";

const { play, done, work, ask, get, post, release, policy, always, deployed, started, ended, calls, taskOf } =
  guardedAgents();

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
    work("plan", async () => ({ plan: { goal: "Tell the customers.", maxEmails: 3 } }));
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
    const bpmn = (await ask("GET", `/v2/process-definitions/${definition}/xml`)).text;
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
    expect((await ask("GET", `/v2/process-definitions/${definition}/xml`)).text).toBe(bpmn);
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
      ask("PATCH", `/governance/v1/agents/${stopped.elementInstanceKey}/budget`, budget, as("olga"));
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
