import { describe, expect, it } from "vitest";
import type { DecisionModel } from "../../../decisions/index.ts";
import {
  compileDecisionModel,
  evaluateDecision,
  evaluateDecisionService,
  formatFeel,
  toJson,
} from "../../../decisions/index.ts";
import { compileDecisions, decision, definitions, inputData, literal, table } from "./dmn-xml.ts";

const knowledge = (id: string, parameters: string, body: string, more = "", type = "") =>
  `<businessKnowledgeModel id="${id}" name="${id}"><variable name="${id}"${type && ` typeRef="${type}"`}/><encapsulatedLogic>${parameters}${body}</encapsulatedLogic>${more}</businessKnowledgeModel>`;
const parameter = (name: string, type = "Any") => `<formalParameter name="${name}" typeRef="${type}"/>`;
const json = (model: DecisionModel, id: string, variables: Record<string, unknown> = {}) =>
  toJson(evaluateDecision(model, id, variables).value);

describe("the requirements graph", () => {
  it("evaluates each required decision once, required ones first, and shows all of them", async () => {
    const model = await compileDecisions(
      inputData("x", "number") +
        decision("top", literal("left + right"), ["decision:left", "decision:right"]) +
        decision("left", literal("base + 1"), ["decision:base"]) +
        decision("right", literal("base + 2"), ["decision:base"]) +
        decision("base", literal("x * 10"), ["input:x"]),
    );
    const result = evaluateDecision(model, "top", { x: 1 });
    expect(result.value).toBe(23);
    expect(result.evaluated.map(({ decisionId, output }) => [decisionId, output])).toEqual([
      ["base", 10],
      ["left", 11],
      ["right", 12],
      ["top", 23],
    ]);
    expect([...model.decisions.keys()]).toEqual(["top", "left", "right", "base"]);
    expect(model.decisions.get("left")?.requiredDecisions).toEqual([
      { namespace: "urn:test", id: "base", name: "base" },
    ]);
  });

  it("shows inputs, matched rules and outputs of tables, also of those in knowledge models", async () => {
    const model = await compileDecisions(
      decision(
        "d",
        table({
          inputs: ["x"],
          outputs: [{ name: "level" }],
          rules: [
            ["< 5", '"low"'],
            [">= 5", '"high"'],
          ],
        }),
      ) +
        knowledge("fee", parameter("a"), table({ inputs: ["a"], rules: [["-", "a * 2"]] }, "fee-table")) +
        decision("e", literal("fee(1) + fee(2)")).replace(
          "<literalExpression",
          '<knowledgeRequirement><requiredKnowledge href="#fee"/></knowledgeRequirement><literalExpression',
        ),
    );
    expect(evaluateDecision(model, "d", { x: 7 }).evaluated).toMatchObject([
      {
        type: "DECISION_TABLE",
        output: "high",
        inputs: [{ id: "table-in1", name: "x", value: 7 }],
        matchedRules: [
          { ruleId: "table-rule2", ruleIndex: 2, outputs: [{ id: "table-out1", name: "level", value: "high" }] },
        ],
      },
    ]);
    const [evaluated] = evaluateDecision(model, "e", {}).evaluated;
    expect(evaluated).toMatchObject({ type: "LITERAL_EXPRESSION", output: 6, matchedRules: [] });
    expect(evaluated?.tables.map(({ tableId, name, inputs }) => [tableId, name, inputs[0]?.value])).toEqual([
      ["fee-table", "fee", 1],
      ["fee-table", "fee", 2],
    ]);
  });

  it("finds decisions by name, prefers ids, and says when there is none", async () => {
    const model = await compileDecisions(
      `<decision id="a" name="The Fee">${literal("1")}</decision><decision id="b" name="a">${literal("2")}</decision>`,
    );
    expect([json(model, "The Fee"), json(model, "a"), json(model, "b")]).toEqual([1, 1, 2]);
    expect(evaluateDecision(model, "c", {})).toMatchObject({
      value: null,
      failure: { kind: "NO_DECISION_FOUND", decisionId: "c" },
    });
  });

  it("reads variables that no input data declares, as process models do", async () => {
    const model = await compileDecisions(decision("d", literal("customer.orders[1].total + 1")));
    expect(json(model, "d", { customer: { orders: [{ total: 0.1 }] } })).toBe(1.1);
  });

  it("sees names with blanks and operators as the model declares them", async () => {
    const model = await compileDecisions(
      `<inputData id="i" name="net - amount"/><decision id="d" name="d"><informationRequirement><requiredInput href="#i"/></informationRequirement>${literal("net - amount + 1")}</decision>`,
    );
    expect(json(model, "d", { "net - amount": 41, net: 1, amount: 2 })).toBe(42);
    const plain = await compileDecisions(decision("d", literal("net - amount + 1")));
    expect(json(plain, "d", { "net - amount": 41, net: 5, amount: 2 })).toBe(4);
  });

  it("evaluates a chain of five thousand decisions", async () => {
    const chain = Array.from({ length: 5000 }, (_, index) =>
      index === 0
        ? decision("d0", literal("0"))
        : decision(`d${index}`, literal(`d${index - 1} + 1`), [`decision:d${index - 1}`]),
    );
    expect(json(await compileDecisions(chain.reverse().join("")), "d4999")).toBe(4999);
  }, 60_000);
});

describe("types", () => {
  const types = `<itemDefinition name="tRisk"><typeRef>string</typeRef><allowedValues><text>"low", "high"</text></allowedValues></itemDefinition>
    <itemDefinition name="tOrder"><itemComponent name="due"><typeRef>date</typeRef></itemComponent><itemComponent name="risks" isCollection="true"><typeRef>tRisk</typeRef></itemComponent></itemDefinition>
    <itemDefinition name="tPair" isCollection="true"><typeRef>number</typeRef><typeConstraint><text>count(?) = 2</text></typeConstraint></itemDefinition>`;

  it("converts JSON texts to the declared types, through contexts and lists", async () => {
    const model = await compileDecisions(
      types +
        inputData("order", "tOrder") +
        decision("d", literal('string(order.due + duration("P1D")) + order.risks[1]'), ["input:order"]),
    );
    expect(json(model, "d", { order: { due: "2026-01-31", risks: ["high"] } })).toBe("2026-02-01high");
  });

  it("keeps numbers exact that JSON cannot carry", async () => {
    const model = await compileDecisions(inputData("n", "number") + decision("d", literal("n + 1"), ["input:n"]));
    expect(formatFeel(evaluateDecision(model, "d", { n: "9007199254740993" }).value)).toBe("9007199254740994");
    expect(json(model, "d", { n: "5" })).toBe(null);
    expect(json(model, "d", { n: 0.1 })).toBe(1.1);
  });

  it("refuses values outside of the allowed ones, and lists that break their constraint", async () => {
    const model = await compileDecisions(
      types +
        inputData("r", "tRisk") +
        inputData("p", "tPair") +
        decision("d", literal("[r, p]"), ["input:r", "input:p"]),
    );
    expect(json(model, "d", { r: "high", p: [1, 2] })).toEqual(["high", [1, 2]]);
    expect(json(model, "d", { r: "medium", p: [1] })).toEqual([null, null]);
    expect(evaluateDecision(model, "d", { r: "medium", p: [1, 2] }, { strict: true }).failure).toMatchObject({
      kind: "INVALID_TYPE",
      decisionId: "d",
    });
  });

  it("coerces results: singletons to items, items to lists, everything else to null with a warning", async () => {
    const model = await compileDecisions(
      types +
        decision("one", literal("[1]"), [], "number") +
        decision("list", literal('"low"'), [], "tRisk") +
        decision("bad", literal('"x"'), [], "number"),
    );
    expect(json(model, "one")).toBe(1);
    expect(json(model, "list")).toBe("low");
    expect(evaluateDecision(model, "bad", {})).toMatchObject({
      value: null,
      warnings: [{ type: "INVALID_TYPE", message: 'Expected number, but the value is "x".' }],
    });
  });

  it("does not read texts of undeclared input as dates", async () => {
    expect(
      json(await compileDecisions(decision("d", literal("due instance of string"))), "d", { due: "2026-01-31" }),
    ).toBe(true);
  });
});

describe("knowledge models and services", () => {
  it("calls knowledge models by position, by name and by boxed invocation, recursively too", async () => {
    const call = `<invocation>${literal("fact")}<binding><parameter name="n"/>${literal("5")}</binding></invocation>`;
    const requires = '<knowledgeRequirement><requiredKnowledge href="#fact"/></knowledgeRequirement>';
    const model = await compileDecisions(
      knowledge("fact", parameter("n", "number"), literal("if n <= 1 then 1 else n * fact(n - 1)"), "", "number") +
        `<decision id="a" name="a">${requires}${literal("fact(20) + fact(n: 3)")}</decision><decision id="b" name="b">${requires}${call}</decision>`,
    );
    expect(json(model, "a")).toBe("2432902008176640006");
    expect(json(model, "b")).toBe(120);
  });

  it("hides the variables of the request from a knowledge model", async () => {
    const model = await compileDecisions(
      knowledge("k", parameter("n"), literal("n + secret")) +
        `<decision id="a" name="a"><knowledgeRequirement><requiredKnowledge href="#k"/></knowledgeRequirement>${literal("k(1)")}</decision>`,
    );
    expect(json(model, "a", { secret: 1 })).toBe(null);
  });

  const service = (id: string, parts: string) => `<decisionService id="${id}" name="${id}">${parts}</decisionService>`;
  const serviceModel =
    inputData("x", "number") +
    decision("given", literal("100")) +
    decision("inner", literal("x + given"), ["input:x", "decision:given"]) +
    decision("outer", literal("inner * 2"), ["decision:inner"]) +
    service(
      "s",
      '<outputDecision href="#outer"/><encapsulatedDecision href="#inner"/><inputDecision href="#given"/><inputData href="#x"/>',
    ) +
    service("both", '<outputDecision href="#outer"/><outputDecision href="#inner"/><inputData href="#x"/>');

  it("evaluates a service with the given input decisions instead of evaluating them", async () => {
    const model = await compileDecisions(serviceModel);
    const result = evaluateDecisionService(model, "s", { x: 1, given: 4 });
    expect(result.value).toBe(10);
    expect(result.evaluated.map(({ decisionId }) => decisionId)).toEqual(["inner", "outer"]);
    expect(evaluateDecisionService(model, "s", { x: 1 }, { strict: true }).failure).toMatchObject({
      kind: "NO_VARIABLE_FOUND",
    });
    expect(evaluateDecisionService(model, "nothing", {}).failure).toMatchObject({ kind: "NO_DECISION_FOUND" });
  });

  it("answers a context when a service has several outputs, and is a function for expressions", async () => {
    const model = await compileDecisions(
      `${serviceModel}<decision id="c" name="c"><knowledgeRequirement><requiredKnowledge href="#both"/></knowledgeRequirement><knowledgeRequirement><requiredKnowledge href="#s"/></knowledgeRequirement>${literal("[both(2).inner, s(x: 1, given: 2)]")}</decision>`,
    );
    expect(toJson(evaluateDecisionService(model, "both", { x: 2 }).value)).toEqual({ outer: 204, inner: 102 });
    expect(json(model, "c")).toEqual([102, 6]);
  });
});

describe("imports", () => {
  const base = definitions(
    `<itemDefinition name="tAge"><typeRef>number</typeRef></itemDefinition>${inputData("age", "tAge")}${decision("adult", literal("age >= 18"), ["input:age"])}${knowledge("twice", parameter("n"), literal("n * 2"))}`,
  ).replace("urn:test", "urn:base");
  const using = (name: string, text: string) =>
    definitions(
      `<import name="${name}" namespace="urn:base" importType="https://www.omg.org/spec/DMN/20230324/MODEL/"/>
      <decision id="d" name="d"><variable name="d" typeRef="${name ? `${name}.` : ""}tAge"/>
      <informationRequirement><requiredDecision href="urn:base#adult"/></informationRequirement><informationRequirement><requiredInput href="urn:base#age"/></informationRequirement>
      <knowledgeRequirement><requiredKnowledge href="urn:base#twice"/></knowledgeRequirement>${literal(text)}</decision>`,
    );

  it("sees decisions, inputs, functions and types of an imported model under the import's name", async () => {
    const imported = await compileDecisionModel(base);
    const model = await compileDecisionModel(using("b", "if b.adult then b.twice(b.age) else 0"), {
      importedModels: new Map([["urn:base", imported]]),
    });
    expect(json(model, "d", { age: 20 })).toBe(40);
    expect(json(model, "d", { b: { age: 17 } })).toBe(0);
    expect(
      evaluateDecision(model, "d", { age: 20 }).evaluated.map(({ namespace, decisionId }) => [namespace, decisionId]),
    ).toEqual([
      ["urn:base", "adult"],
      ["urn:test", "d"],
    ]);
  });

  it("sees them without a prefix when the import has no name, and asks the resolver", async () => {
    const asked: string[] = [];
    const model = await compileDecisionModel(using("", "if adult then twice(age) else 0"), {
      resolveImport: async ({ namespace }) => {
        asked.push(namespace);
        return compileDecisionModel(base);
      },
    });
    expect(asked).toEqual(["urn:base"]);
    expect(json(model, "d", { age: 20 })).toBe(40);
  });
});

describe("boxed expressions", () => {
  const cases: readonly (readonly [string, string, unknown])[] = [
    [
      "a relation",
      `<relation><column name="a"/><column name="b" typeRef="number"/><row>${literal("1")}${literal("2")}</row><row>${literal("3")}${literal('"x"')}</row></relation>`,
      [
        { a: 1, b: 2 },
        { a: 3, b: null },
      ],
    ],
    ["a list", `<list>${literal("1")}<list>${literal("2")}</list></list>`, [1, [2]]],
    [
      "a context with a result",
      `<context><contextEntry><variable name="a"/>${literal("1")}</contextEntry><contextEntry>${literal("a + 1")}</contextEntry></context>`,
      2,
    ],
    [
      "a filter by an entry of the items",
      `<filter><in>${literal("[{p: 1}, {p: 5}]")}</in><match>${literal("p > 2")}</match></filter>`,
      [{ p: 5 }],
    ],
    ["a filter by position", `<filter><in>${literal('["a", "b"]')}</in><match>${literal("-1")}</match></filter>`, "b"],
    [
      "a for over a range with partial results",
      `<for iteratorVariable="i"><in>${literal("[1..4]")}</in><return>${literal("i + count(partial)")}</return></for>`,
      [1, 3, 5, 7],
    ],
    [
      "every over nothing",
      `<every iteratorVariable="i"><in>${literal("[]")}</in><satisfies>${literal("false")}</satisfies></every>`,
      true,
    ],
    [
      "some",
      `<some iteratorVariable="i"><in>${literal("[1, 2]")}</in><satisfies>${literal("i > 1")}</satisfies></some>`,
      true,
    ],
    [
      "a conditional on null",
      `<conditional><if>${literal("null")}</if><then>${literal("1")}</then><else>${literal("2")}</else></conditional>`,
      2,
    ],
    [
      "a Java function",
      `<context><contextEntry><variable name="f"/><functionDefinition kind="Java"><formalParameter name="a" typeRef="number"/><context><contextEntry><variable name="class"/>${literal('"java.lang.Math"')}</contextEntry><contextEntry><variable name="method signature"/>${literal('"abs(double)"')}</contextEntry></context></functionDefinition></contextEntry><contextEntry>${literal("f(-2)")}</contextEntry></context>`,
      2,
    ],
    [
      "a function as a value of a context",
      `<context><contextEntry><variable name="f"/><functionDefinition><formalParameter name="n"/>${literal("if n = 0 then 0 else n + f(n - 1)")}</functionDefinition></contextEntry><contextEntry>${literal("f(4)")}</contextEntry></context>`,
      10,
    ],
    [
      "a list made inside of a for, which its items may not grow",
      `<for iteratorVariable="i"><in>${literal("[1, 2]")}</in><return>${literal("partial")}</return></for>`,
      [[], [[]]],
    ],
  ];
  for (const [what, logic, expected] of cases) {
    it(`evaluates ${what}`, async () => {
      expect(json(await compileDecisions(decision("d", logic)), "d")).toEqual(expected);
    });
  }

  it("ends an evaluation in strict mode where a condition is neither true nor false", async () => {
    const model = await compileDecisions(
      decision(
        "d",
        `<conditional><if>${literal("1")}</if><then>${literal("1")}</then><else>${literal("2")}</else></conditional>`,
      ),
    );
    expect(evaluateDecision(model, "d", {}, { strict: true }).failure).toMatchObject({
      kind: "INVALID_TYPE",
      decisionId: "d",
    });
  });
});
