/** Agents, tools and guards in the model. */
import { describe, expect, it } from "vitest";
import { between, element, extensions, job, process } from "./bpmn-text.ts";

const agentXml = `<interlock:agent id="refund-agent" version="3" model="default" promptRef="refund@1"><interlock:systemPrompt>Be careful.</interlock:systemPrompt><interlock:userPrompt>="Request: " + request.text</interlock:userPrompt></interlock:agent>
  <interlock:budget modelCalls="8" toolCalls="10" tokens="50000" wallTime="PT10M" onExceed="error"/>
  <interlock:sequence onViolation="pause"><interlock:allow from="" to="look"/><interlock:allow from="look" to="pay"/></interlock:sequence>
  <interlock:guardrail policyRef="all-tools"/>
  <zeebe:adHoc outputCollection="toolCallResults" outputElement="={id: toolCall._meta.id}"/>`;

const tools = `${job("look", '<interlock:action type="look_up" operation="read" consequential="false"/>')}
  <serviceTask id="pay" name="Pay back"><documentation>Pays money back.</documentation>${extensions(`<zeebe:taskDefinition type="x"/><zeebe:ioMapping>
    <zeebe:input source="=fromAi(toolCall.orderId, &quot;Order, as &quot; + &quot;text&quot;)" target="orderId"/>
    <zeebe:input source="=fromAi(toolCall.amount, &quot;Amount (EUR), at most 100&quot;, &quot;number&quot;, {maximum: 100})" target="amount"/>
    <zeebe:input source="={note: fromAi(value: toolCall.note, description: &quot;Say \\&quot;why\\&quot;&quot;, options: {required: false}), twice: fromAi(toolCall.amount)}" target="details"/>
    <zeebe:input source="=&quot;fromAi(toolCall.fake)&quot;" target="text"/></zeebe:ioMapping>
    <interlock:action type="pay" target="payments" operation="pay" reversible="true" riskClass="high" toolRef="payments.refund@1" onDeny="error"/>
    <interlock:guardrail policyRef="refund" binding="version:4" pattern="async" default="ALLOW"/>
    <interlock:fact name="subject.tenure" expression="=account.tenure" provenance="trusted"/>`)}</serviceTask>
  <task id="after"/><sequenceFlow id="f" sourceRef="pay" targetRef="after"/>
  <boundaryEvent id="b" attachedToRef="pay"><compensateEventDefinition/></boundaryEvent>
  ${job("undo", "", 'isForCompensation="true"')}<association id="as" sourceRef="b" targetRef="undo"/>`;

const agent = process(
  between(
    `<adHocSubProcess id="x" ordering="Sequential" cancelRemainingInstances="false">${extensions(agentXml)}${tools}</adHocSubProcess>`,
    "x",
  ),
);

describe("an agent", () => {
  it("has its prompts, budget, sequence and guardrails, and a job of the native worker", async () => {
    const { adHoc, job: agentJob } = await element(agent, "x");
    expect(agentJob?.type.constant).toBe("interlock:agent");
    expect(adHoc).toMatchObject({
      parallel: false,
      cancelRemainingInstances: false,
      outputCollection: "toolCallResults",
    });
    expect(adHoc?.agent).toMatchObject({
      agentId: "refund-agent",
      version: "3",
      promptRef: "refund@1",
      systemPrompt: { constant: "Be careful." },
      userPrompt: { references: ["request"] },
      budget: { modelCallsMax: 8, toolCallsMax: 10, tokensMax: 50_000, wallTimeMsMax: 600_000, onExceed: "error" },
      sequence: {
        allowed: [
          ["", "look"],
          ["look", "pay"],
        ],
        onViolation: "pause",
      },
      policies: [{ policyId: "all-tools", binding: { type: "active" }, pattern: "sync", defaultDetermination: "DENY" }],
    });
  });

  it("has as tools the inner activities that nothing leads to, but no boundary events and handlers", async () => {
    const { adHoc } = await element(agent, "x");
    expect(adHoc?.tools.map((tool) => [tool.elementId, tool.name, tool.documentation])).toEqual([
      ["look", "look", null],
      ["pay", "Pay back", "Pays money back."],
    ]);
  });

  it("reads the parameters of a tool from fromAi calls: positional or named, once each, not from strings", async () => {
    const { adHoc } = await element(agent, "x");
    expect(adHoc?.tools[1]?.parameters).toEqual([
      { name: "toolCall.orderId", description: "Order, as text", type: "string", schema: null, required: true },
      {
        name: "toolCall.amount",
        description: "Amount (EUR), at most 100",
        type: "number",
        schema: { maximum: 100 },
        required: true,
      },
      { name: "toolCall.note", description: 'Say "why"', type: "string", schema: null, required: false },
    ]);
  });

  it("guards its consequential tools with facts, policy binding and what a refusal means", async () => {
    const pay = await element(agent, "pay");
    expect(pay.guard).toMatchObject({
      action: {
        type: "pay",
        target: "payments",
        operation: "pay",
        reversible: true,
        riskClass: "high",
        toolRef: "payments.refund@1",
      },
      policies: [
        {
          policyId: "refund",
          binding: { type: "version", version: 4 },
          pattern: "async",
          defaultDetermination: "ALLOW",
        },
      ],
      facts: [{ name: "subject.tenure", provenance: "trusted", expression: { references: ["account"] } }],
      onDeny: "error",
    });
    expect((await element(agent, "look")).guard).toBeNull();
  });

  it("treats an action as irreversible, of medium risk and to be answered with a result unless the model says otherwise", async () => {
    const { guard } = await element(
      process(
        between(
          job(
            "a",
            '<interlock:action type="mail"/><interlock:guardrail policyRef="p"/><interlock:fact name="n" expression="=1"/>',
          ),
          "a",
        ),
      ),
      "a",
    );
    expect(guard).toMatchObject({
      action: { reversible: false, riskClass: "medium", operation: "execute", target: null },
      onDeny: "result",
      facts: [{ provenance: "model" }],
    });
  });
});

describe("Camunda's agent sub-process", () => {
  const inputs = [
    ["provider.type", "anthropic"],
    ["provider.anthropic.model.model", "claude"],
    ["data.systemPrompt.prompt", "=&quot;Be kind to &quot; + name"],
    ["data.userPrompt.prompt", "=question"],
    ["data.limits.maxModelCalls", "=5"],
  ].map(([target, source]) => `<zeebe:input target="${target}" source="${source}"/>`);
  const xml = process(
    between(
      `<adHocSubProcess id="x">${extensions(`<zeebe:taskDefinition type="io.camunda.agenticai:aiagent-job-worker:1" retries="2"/><zeebe:ioMapping>${inputs.join("")}</zeebe:ioMapping>`)}${job("tool")}</adHocSubProcess>`,
      "x",
    ),
  );

  it("is a job for Camunda's worker by default", async () => {
    const { adHoc, job: its } = await element(xml, "x");
    expect(adHoc?.agent).toBeNull();
    expect(its?.type.constant).toBe("io.camunda.agenticai:aiagent-job-worker:1");
    expect(adHoc?.tools.map((tool) => tool.elementId)).toEqual(["tool"]);
  });

  it("is run by the native agent where that is switched on", async () => {
    const { adHoc, job: its } = await element(xml, "x", { nativeAgents: true });
    expect(its).toMatchObject({ type: { constant: "interlock:agent" }, retries: { constant: "2" } });
    expect(adHoc?.agent).toMatchObject({
      agentId: "x",
      model: { constant: "claude" },
      systemPrompt: { references: ["name"] },
      userPrompt: { references: ["question"] },
      budget: { modelCallsMax: 5, onExceed: "pause" },
    });
  });
});
