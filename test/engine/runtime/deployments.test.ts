import { afterAll, beforeAll, expect, it } from "vitest";
import { type Engine, EngineError } from "../../../engine/index.ts";
import { onBothStores } from "../../stores.ts";
import { deploy, operator, startEngine } from "./harness.ts";
import { end, model, sequence, serviceTask, start } from "./models.ts";

const process = (type: string): string => model("versioned", sequence(start(), serviceTask("task", type), end()));
const decision = (output: string): string => `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="discounts" name="Discounts" namespace="urn:test">
  <decision id="discount" name="Discount"><decisionTable id="table" hitPolicy="FIRST">
    <input id="in" label="Amount"><inputExpression id="ie" typeRef="number"><text>amount</text></inputExpression></input>
    <output id="out" name="discount" typeRef="number" />
    <rule id="big"><inputEntry id="e1"><text>&gt;= 100</text></inputEntry><outputEntry id="o1"><text>${output}</text></outputEntry></rule>
    <rule id="small"><inputEntry id="e2"><text>-</text></inputEntry><outputEntry id="o2"><text>0</text></outputEntry></rule>
  </decisionTable></decision>
</definitions>`;
const deciding = model(
  "deciding",
  sequence(
    start(),
    [
      "decide",
      '<bpmn:businessRuleTask id="decide"><bpmn:extensionElements><zeebe:calledDecision decisionId="discount" resultVariable="discount" /></bpmn:extensionElements></bpmn:businessRuleTask>',
    ],
    end(),
  ),
);
const form = JSON.stringify({ id: "a-form", components: [] });

onBothStores("deployments", (store) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startEngine(await store.open());
  });
  afterAll(async () => {
    await engine.stop();
  });

  it("returns all five kinds, each entry with the four others null", async () => {
    const { deployments } = await deploy(
      engine,
      ["p.bpmn", process("one")],
      ["d.dmn", decision("10")],
      ["f.form", form],
      ["notes.txt", "hello"],
    );
    expect(
      deployments.map((item) => Object.entries(item).flatMap(([kind, value]) => (value === null ? [] : [kind]))),
    ).toEqual([["processDefinition"], ["decisionDefinition"], ["decisionRequirements"], ["form"], ["resource"]]);
    const resource = deployments[4]?.resource;
    expect(
      new TextDecoder().decode(await engine.queries.getResourceContent(resource?.resourceKey ?? "", operator)),
    ).toBe("hello");
  });

  it("keeps version and key of what has not changed, and gives the next version to what has", async () => {
    const first = await deploy(engine, ["p.bpmn", process("one")], ["f.form", form]);
    expect(
      first.deployments.map((item) => item.processDefinition?.processDefinitionVersion ?? item.form?.version),
    ).toEqual([1, 1]);
    const second = await deploy(engine, ["p.bpmn", process("two")], ["f.form", form]);
    expect(second.deployments[0]?.processDefinition).toMatchObject({ processDefinitionVersion: 2 });
    expect(second.deployments[0]?.processDefinition?.processDefinitionKey).not.toBe(
      first.deployments[0]?.processDefinition?.processDefinitionKey,
    );
    expect(second.deployments[1]?.form?.formKey).toBe(first.deployments[1]?.form?.formKey);
    const renamed = await deploy(engine, ["other-name.bpmn", process("two")]);
    expect(renamed.deployments[0]?.processDefinition).toMatchObject({ processDefinitionVersion: 3 });
    const latest = await engine.queries.searchProcessDefinitions(
      { filter: { processDefinitionId: "versioned", isLatestVersion: true } },
      operator,
    );
    expect(latest.items.map((item) => item.version)).toEqual([3]);
  });

  it("takes all resources or none, and names what is wrong where", async () => {
    const broken = model(
      "broken",
      '<bpmn:startEvent id="s" /><bpmn:sequenceFlow id="f" sourceRef="s" targetRef="nowhere" />',
    );
    const error = await deploy(
      engine,
      ["fresh.bpmn", model("fresh", sequence(start(), end()))],
      ["broken.bpmn", broken],
    ).catch((problem: unknown) => problem);
    expect(error).toBeInstanceOf(EngineError);
    expect((error as EngineError).kind).toBe("invalid");
    expect((error as EngineError).problems[0]).toMatchObject({ resourceName: "broken.bpmn" });
    expect(
      (await engine.queries.searchProcessDefinitions({ filter: { processDefinitionId: "fresh" } }, operator)).items,
    ).toEqual([]);
  });

  it("starts the latest version, a given version, and says when there is none", async () => {
    const version = async (input: { processDefinitionVersion?: number }): Promise<number> =>
      (await engine.createInstance({ processDefinitionId: "versioned", ...input }, operator)).processDefinitionVersion;
    expect(await version({})).toBe(3);
    expect(await version({ processDefinitionVersion: 1 })).toBe(1);
    expect(await version({ processDefinitionVersion: -1 })).toBe(3);
    await expect(version({ processDefinitionVersion: 9 })).rejects.toMatchObject({ kind: "notFound" });
    await expect(engine.createInstance({ processDefinitionKey: "1" }, operator)).rejects.toMatchObject({
      kind: "notFound",
    });
    await expect(
      engine.createInstance({ processDefinitionId: "versioned", variables: JSON.parse('{"__proto__":{}}') }, operator),
    ).rejects.toMatchObject({ kind: "invalid" });
  });

  it("evaluates decisions by call and in business rule tasks, and records both", async () => {
    await deploy(engine, ["deciding.bpmn", deciding]);
    const called = await engine.evaluateDecision(
      { decisionDefinitionId: "discount", variables: { amount: 250 } },
      operator,
    );
    expect(called).toMatchObject({ output: "10", failureMessage: null });
    expect(called.evaluatedDecisions[0]).toMatchObject({
      decisionDefinitionType: "DECISION_TABLE",
      matchedRules: [{ ruleId: "big", ruleIndex: 1 }],
      evaluatedInputs: [{ inputValue: "250" }],
    });
    const run = await engine.createInstance(
      { processDefinitionId: "deciding", variables: { amount: 5 }, awaitCompletion: true },
      operator,
    );
    expect(run.variables).toEqual({ amount: 5, discount: 0 });
    await deploy(engine, ["d.dmn", decision("20")]);
    const again = await engine.createInstance(
      { processDefinitionId: "deciding", variables: { amount: 100 }, awaitCompletion: true },
      operator,
    );
    expect(again.variables).toEqual({ amount: 100, discount: 20 });
    const instances = await engine.queries.searchDecisionInstances(
      { filter: { decisionDefinitionId: "discount", processInstanceKey: again.processInstanceKey } },
      operator,
    );
    expect(instances.items).toMatchObject([{ result: "20", state: "EVALUATED", decisionDefinitionVersion: 2 }]);
    const detail = await engine.queries.getDecisionInstance(
      instances.items[0]?.decisionEvaluationInstanceKey ?? "",
      operator,
    );
    expect(detail.matchedRules).toMatchObject([{ ruleId: "big" }]);
  });

  it("evaluates expressions without throwing away their warnings", async () => {
    expect(await engine.evaluateExpression({ expression: "=0.1 + x", variables: { x: 0.2 } }, operator)).toMatchObject({
      result: 0.3,
    });
    await expect(engine.evaluateExpression({ expression: "=1 +" }, operator)).rejects.toMatchObject({
      kind: "invalid",
    });
  });

  it("refuses to delete a definition with running instances; afterwards the version before is the latest", async () => {
    const { deployments } = await deploy(engine, [
      "gone.bpmn",
      model("gone", sequence(start(), serviceTask("t"), end())),
    ]);
    await deploy(engine, ["gone.bpmn", model("gone", sequence(start(), serviceTask("u"), end()))]);
    const latest = (
      await engine.queries.searchProcessDefinitions(
        { filter: { processDefinitionId: "gone", isLatestVersion: true } },
        operator,
      )
    ).items[0];
    const { processInstanceKey } = await engine.createInstance({ processDefinitionId: "gone" }, operator);
    await expect(engine.deleteResource(latest?.processDefinitionKey ?? "", operator)).rejects.toMatchObject({
      kind: "invalidState",
    });
    await engine.cancelInstance(processInstanceKey, operator);
    await engine.deleteResource(latest?.processDefinitionKey ?? "", operator);
    const created = await engine.createInstance({ processDefinitionId: "gone" }, operator);
    expect(created.processDefinitionKey).toBe(deployments[0]?.processDefinition?.processDefinitionKey);
    expect((await engine.queries.getProcessInstance(processInstanceKey, operator)).state).toBe("TERMINATED");
  });
});
