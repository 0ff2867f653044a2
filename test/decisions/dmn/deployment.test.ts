import { describe, expect, it } from "vitest";
import { compileDecisionModel } from "../../../decisions/dmn/index.ts";
import { compileDecisions, decision, definitions, inputData, literal, problemsOf, table } from "./dmn-xml.ts";

const problemsIn = (content: string, options = {}) => problemsOf(definitions(content), options);
const item = (name: string, content: string, attributes = "") =>
  `<itemDefinition id="id-${name}" name="${name}" ${attributes}>${content}</itemDefinition>`;

describe("what deployment refuses, and where", () => {
  const cases: readonly (readonly [string, string, object])[] = [
    [
      "a syntax error in a literal",
      decision("d", literal("1 +", 'id="e"')),
      {
        ruleId: "expression-syntax",
        elementId: "e",
        decisionId: "d",
        position: expect.objectContaining({ from: 3, line: 2 }),
      },
    ],
    [
      "a syntax error in an input cell",
      decision(
        "d",
        table({
          inputs: ["x", "y"],
          rules: [
            ["1", "2", "3"],
            ["1", "]]", "3"],
          ],
        }),
      ),
      { ruleId: "expression-syntax", cell: { rule: 2, column: 2 } },
    ],
    [
      "a syntax error in an output cell",
      decision("d", table({ inputs: ["x"], rules: [["1", "1 +"]] })),
      { ruleId: "expression-syntax", cell: { rule: 1, column: 2 } },
    ],
    ["an empty expression", decision("d", literal(" ")), { ruleId: "expression-missing" }],
    [
      "another expression language",
      decision("d", literal("1", 'expressionLanguage="http://www.java.com/groovy"')),
      { ruleId: "expression-language" },
    ],
    [
      "an unknown type of a variable",
      decision("d", literal("1"), [], "tMissing"),
      { ruleId: "type-unknown", decisionId: "d", message: expect.stringContaining("tMissing") },
    ],
    [
      "an unknown type of an input clause",
      decision("d", table({ inputs: [{ text: "x", type: "tMissing" }], rules: [] })),
      { ruleId: "type-unknown" },
    ],
    [
      "an unknown type in an item definition",
      item("t", "<typeRef>tMissing</typeRef>"),
      { ruleId: "type-unknown", elementId: "id-t" },
    ],
    [
      "item definitions in a cycle",
      item("a", "<typeRef>b</typeRef>") + item("b", '<itemComponent name="c"><typeRef>a</typeRef></itemComponent>'),
      { ruleId: "type-cycle" },
    ],
    [
      "an item definition twice",
      item("a", "<typeRef>string</typeRef>") + item("a", "<typeRef>number</typeRef>").replace("id-a", "id-b"),
      { ruleId: "model-duplicate-name" },
    ],
    [
      "allowed values that are no FEEL",
      item("t", "<typeRef>string</typeRef><allowedValues><text>((</text></allowedValues>"),
      { ruleId: "expression-syntax" },
    ],
    [
      "decisions in a cycle",
      decision("a", literal("1"), ["decision:b"]) +
        decision("b", literal("1"), ["decision:c"]) +
        decision("c", literal("1"), ["decision:a"]),
      { ruleId: "requirement-cycle", message: expect.stringContaining("→") },
    ],
    ["a decision that requires itself", decision("a", literal("1"), ["decision:a"]), { ruleId: "requirement-cycle" }],
    [
      "a requirement of nothing",
      decision("a", literal("1"), ["decision:gone"]),
      { ruleId: "requirement-unresolved", decisionId: "a" },
    ],
    [
      "a requirement of the wrong kind",
      inputData("x") + decision("a", literal("1"), ["decision:x"]),
      { ruleId: "requirement-unresolved" },
    ],
    [
      "a decision used without a requirement",
      decision("a", literal("1")) + decision("b", literal("a + 1", 'id="e"')),
      { ruleId: "requirement-missing", decisionId: "b", elementId: "e" },
    ],
    [
      "an input used without a requirement, in a cell",
      inputData("x") + decision("b", table({ inputs: ["1"], rules: [["? > x", "1"]] })),
      { ruleId: "requirement-missing", cell: { rule: 1, column: 1 } },
    ],
    [
      "two ids that are the same",
      decision("a", literal("1")) + decision("a", literal("2")),
      {
        ruleId: "xml-unreadable",
        message: expect.stringContaining("duplicate ID"),
        position: expect.objectContaining({ line: 2 }),
      },
    ],
    ["a decision without a name", `<decision id="a">${literal("1")}</decision>`, { ruleId: "model-name" }],
    ["two logics of one decision", decision("a", literal("1") + literal("2")), { ruleId: "xml-repeated-element" }],
    [
      "two texts of one expression",
      decision("a", "<literalExpression><text>1</text><text>2</text></literalExpression>"),
      { ruleId: "xml-repeated-element" },
    ],
    [
      "an attribute that DMN does not define",
      decision("a", '<decisionTable hitpolicy="FIRST"><output/></decisionTable>'),
      { ruleId: "xml-warning", message: expect.stringContaining("hitpolicy") },
    ],
    [
      "an element that DMN does not define",
      decision("a", "<script/>"),
      { ruleId: "xml-unreadable", message: expect.stringContaining("script") },
    ],
    [
      "an unknown hit policy",
      decision("a", '<decisionTable hitPolicy="BEST"><output/></decisionTable>'),
      { ruleId: "table-hit-policy" },
    ],
    ["a table without outputs", decision("a", "<decisionTable/>"), { ruleId: "table-outputs" }],
    [
      "a rule that is too short",
      decision("a", table({ inputs: ["x", "y"], rules: [["1", "2"]] })),
      { ruleId: "table-width" },
    ],
    [
      "outputs without names",
      decision("a", table({ inputs: ["x"], outputs: [{}, { name: "b" }], rules: [] })),
      { ruleId: "table-outputs" },
    ],
    [
      "outputs with the same name",
      decision("a", table({ inputs: ["x"], outputs: [{ name: "b" }, { name: "b" }], rules: [] })),
      { ruleId: "model-duplicate-name" },
    ],
    [
      "an aggregation without COLLECT",
      decision("a", table({ hitPolicy: "FIRST", aggregation: "SUM", inputs: ["x"], rules: [] })),
      { ruleId: "table-aggregation" },
    ],
    [
      "a priority policy without output values",
      decision("a", table({ hitPolicy: "PRIORITY", inputs: ["x"], rules: [] })),
      { ruleId: "table-priorities" },
    ],
    [
      "two context entries of one name",
      decision(
        "a",
        `<context><contextEntry><variable name="b"/>${literal("1")}</contextEntry><contextEntry><variable name="b"/>${literal("2")}</contextEntry></context>`,
      ),
      { ruleId: "model-duplicate-name" },
    ],
    [
      "entries below the result of a context",
      decision(
        "a",
        `<context><contextEntry>${literal("1")}</contextEntry><contextEntry><variable name="b"/>${literal("2")}</contextEntry></context>`,
      ),
      { ruleId: "expression-context" },
    ],
    [
      "a conditional without an else",
      decision("a", `<conditional><if>${literal("true")}</if><then>${literal("1")}</then></conditional>`),
      { ruleId: "expression-missing", message: expect.stringContaining("else branch") },
    ],
    [
      "a relation with a short row",
      decision("a", `<relation><column name="a"/><column name="b"/><row>${literal("1")}</row></relation>`),
      { ruleId: "expression-incomplete" },
    ],
    [
      "a PMML function",
      decision("a", `<functionDefinition kind="PMML">${literal("1")}</functionDefinition>`),
      { ruleId: "expression-unsupported" },
    ],
    ["a service without outputs", '<decisionService id="s" name="s"/>', { ruleId: "requirement-incomplete" }],
    [
      "an import that is not deployed",
      '<import name="other" namespace="urn:other" importType="https://www.omg.org/spec/DMN/20230324/MODEL/"/>',
      { ruleId: "import-missing" },
    ],
    [
      "an import that is no DMN",
      '<import name="other" namespace="urn:other" importType="http://www.dmg.org/PMML-4_2"/>',
      { ruleId: "import-unsupported" },
    ],
  ];
  for (const [what, content, expected] of cases) {
    it(`refuses ${what}`, async () => {
      const problems = await problemsIn(content);
      expect(problems).toContainEqual(expect.objectContaining({ severity: "error", ...expected }));
      for (const { message } of problems) expect(message).toMatch(/^Expected /);
    });
  }

  it("reports all problems at once, with the line of their elements", async () => {
    const problems = await problemsIn(`\n${decision("a", literal("1 +"))}\n${decision("b", literal("(("))}`);
    expect(problems.map(({ elementId, position }) => [elementId, position?.line])).toEqual([
      ["a", 3],
      ["b", 4],
    ]);
  });

  it("names the first error in the exception's message", async () => {
    await expect(compileDecisions(decision("a", literal("1 +")))).rejects.toThrow(
      /^Expected a decision model that can be deployed, but: /,
    );
  });
});

describe("what strict deployment refuses beyond that", () => {
  it("refuses names that nothing defines", async () => {
    const content =
      inputData("amount", "number") + decision("d", literal("if amuont > 5 then 1 else 2"), ["input:amount"]);
    expect(await problemsIn(content)).toEqual([]);
    expect(await problemsIn(content, { strict: true })).toMatchObject([
      { ruleId: "name-unknown", message: expect.stringContaining("amuont") },
    ]);
  });

  it("accepts names of the scope: parameters, context entries, iterators, entries of filtered items, built-ins", async () => {
    const logic = `<context><contextEntry><variable name="f"/><functionDefinition><formalParameter name="p"/>${literal("p + x")}</functionDefinition></contextEntry>
      <contextEntry>${literal("f(1) + count(for i in [1] return i) + sum([{price: 1}][price > 0].price)")}</contextEntry></context>`;
    expect(await problemsIn(inputData("x") + decision("d", logic, ["input:x"]), { strict: true })).toEqual([]);
  });

  it("refuses decisions without logic, which otherwise are null with a warning", async () => {
    const model = await compileDecisionModel(definitions(decision("d", "")));
    expect(model.warnings).toMatchObject([{ severity: "warning", ruleId: "decision-logic", elementId: "d" }]);
    expect(await problemsIn(decision("d", ""), { strict: true })).toMatchObject([{ ruleId: "decision-logic" }]);
  });

  it("refuses cells that test another type than their input, and outputs beside their type or values", async () => {
    const content = decision(
      "d",
      table({
        hitPolicy: "FIRST",
        inputs: [{ text: "1", type: "number" }],
        outputs: [
          { name: "a", type: "number" },
          { name: "b", values: '"yes", "no"' },
        ],
        rules: [
          ['"500"', "1", '"yes"'],
          ["500", '"1"', '"no"'],
          ["> 5", "2", '"maybe"'],
        ],
      }),
    );
    expect((await compileDecisions(content)).warnings).toMatchObject([
      { ruleId: "type-mismatch", cell: { rule: 1, column: 1 } },
      { ruleId: "type-mismatch", cell: { rule: 2, column: 2 } },
      { ruleId: "table-output-value", cell: { rule: 3, column: 3 } },
    ]);
    expect((await problemsIn(content, { strict: true })).map(({ severity }) => severity)).toEqual([
      "error",
      "error",
      "error",
    ]);
  });
});
