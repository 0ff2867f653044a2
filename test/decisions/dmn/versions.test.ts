import { describe, expect, it } from "vitest";
import { compileDecisionModel, evaluateDecision } from "../../../decisions/dmn/index.ts";
import { decision, definitions, inputData, literal, problemsOf } from "./dmn-xml.ts";

const versions: readonly (readonly [string, string])[] = [
  ["1.1", "http://www.omg.org/spec/DMN/20151101/dmn.xsd"],
  ["1.1", "http://www.omg.org/spec/DMN/20151101/dmn11.xsd"],
  ["1.2", "http://www.omg.org/spec/DMN/20180521/MODEL/"],
  ["1.3", "https://www.omg.org/spec/DMN/20191111/MODEL/"],
  ["1.4", "https://www.omg.org/spec/DMN/20211108/MODEL/"],
  ["1.5", "https://www.omg.org/spec/DMN/20230324/MODEL/"],
  ["1.6", "https://www.omg.org/spec/DMN/20240513/MODEL/"],
  ["1.7", "https://www.omg.org/spec/DMN/"],
];

describe("the versions of DMN", () => {
  for (const [version, namespace] of versions) {
    it(`reads and evaluates a model of ${version} (${namespace})`, async () => {
      const content = inputData("x", "number") + decision("d", literal("x + 1"), ["input:x"], "number");
      const model = await compileDecisionModel(definitions(content, "", namespace));
      expect(model.dmnVersion).toBe(version);
      expect(evaluateDecision(model, "d", { x: 41 }).value).toBe(42);
    });
  }

  it("reads a model whose DMN namespace has a prefix, and diagrams of its version", async () => {
    const xml = `<d:definitions xmlns:d="https://www.omg.org/spec/DMN/20211108/MODEL/" name="M" namespace="n"
      xmlns:dmndi="https://www.omg.org/spec/DMN/20211108/DMNDI/" xmlns:dc="http://www.omg.org/spec/DMN/20180521/DC/">
      <d:decision id="a" name="a"><d:literalExpression><d:text>1</d:text></d:literalExpression></d:decision>
      <dmndi:DMNDI><dmndi:DMNDiagram><dmndi:DMNShape dmnElementRef="a"><dc:Bounds x="1" y="2" width="3" height="4"/></dmndi:DMNShape></dmndi:DMNDiagram></dmndi:DMNDI>
    </d:definitions>`;
    expect(evaluateDecision(await compileDecisionModel(xml), "a", {}).value).toBe(1);
  });

  it("understands the qualified type names of DMN 1.1", async () => {
    const xml = `<definitions xmlns="http://www.omg.org/spec/DMN/20151101/dmn.xsd" name="M" namespace="urn:own"
      xmlns:feel="http://www.omg.org/spec/FEEL/20140401" xmlns:own="urn:own">
      <itemDefinition name="tAge"><typeRef>feel:number</typeRef></itemDefinition>
      <inputData id="age" name="age"><variable name="age" typeRef="own:tAge"/></inputData>
      ${decision("d", literal("age > 17"), ["input:age"], "feel:boolean")}</definitions>`;
    const model = await compileDecisionModel(xml);
    expect(evaluateDecision(model, "d", { age: 18 }).value).toBe(true);
    expect(evaluateDecision(model, "d", { age: "old" })).toMatchObject({
      value: null,
      warnings: [{ type: "INVALID_TYPE" }, {}],
    });
  });

  it("reads the boxed expressions of 1.4 in a model of 1.3, where tools have written them early", async () => {
    const conditional = `<conditional><if>${literal("true")}</if><then>${literal("1")}</then><else>${literal("2")}</else></conditional>`;
    const xml = definitions(decision("d", conditional), "", "https://www.omg.org/spec/DMN/20191111/MODEL/");
    expect(evaluateDecision(await compileDecisionModel(xml), "d", {}).value).toBe(1);
  });

  it("refuses what is not DMN, and says what it is", async () => {
    expect(await problemsOf('<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>')).toMatchObject([
      { ruleId: "model-namespace", message: expect.stringContaining("BPMN/20100524") },
    ]);
    expect(await problemsOf("<html/>")).toMatchObject([{ ruleId: "model-namespace" }]);
  });
});
