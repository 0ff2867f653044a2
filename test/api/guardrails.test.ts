/** Guardrails as they are attached in the model: what is offered, what is asked, what is kept apart, what is missed (groups C, D and G). */
import { describe, expect, it } from "vitest";
import { model } from "../engine/runtime/models.ts";
import { agentProcess, toolCall } from "./agent-models.ts";
import { guardedAgents } from "./guarded-agents.ts";

const { play, requests, done, ask, get, post, policy, deployFiles, deployed, started, ended, calls, decisions } =
  guardedAgents();

const lastRequest = () => requests().at(-1)?.body as { tools?: { function: { name: string } }[]; messages: unknown[] };
const offered = () => (lastRequest().tools ?? []).map((tool) => tool.function.name).sort();

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
    const before = requests().length;
    await ended(await started("following"));
    const names = requests()
      .slice(before)
      .map(({ body }) => (body.tools as { function: { name: string } }[]).map((tool) => tool.function.name));
    expect(names.slice(0, 2)).toEqual([["look_up"], ["look_up", "pay"]]);
    expect(done.at(-1)).toBe('pay {"amount":7}');
  });

  it("G02 are extension elements of the BPMN that runs: deployed, read back and deployed again they are the same", async () => {
    const { items } = (await post("/v2/process-definitions/search", { filter: { processDefinitionId: "guarded" } }))
      .json;
    const xml = (await ask("GET", `/v2/process-definitions/${items[0].processDefinitionKey}/xml`)).text;
    expect(xml).toBe(agentProcess({ id: "guarded", tools: [look, paying()] }));
    expect(xml).toContain('<interlock:guardrail policyRef="payment-terms"');
    const again = await deployFiles({ "guarded.bpmn": xml });
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
    const dmn = (await ask("GET", `${path}/dmn`)).text;
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
    const without = await deployFiles({
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
    const refused = await deployFiles({ "asked-later.bpmn": paying(false) });
    expect(refused.status).toBe(400);
    expect(refused.json.problems).toMatchObject([{ elementId: "pay", code: "ASYNC_IRREVERSIBLE" }]);
    expect((await deployFiles({ "asked-later.bpmn": paying(true) })).status).toBe(200);
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
    const { status, json, text } = await deployFiles({ "gap.bpmn": xml });
    expect(status).toBe(400);
    expect(json.detail).toContain("pay");
    expect(json.problems, text).toMatchObject([{ elementId: "pay", code: "UNGOVERNED_ACTION" }]);
    expect(
      (await post("/v2/process-definitions/search", { filter: { processDefinitionId: "gap" } })).json.items,
    ).toEqual([]);
  });
});
