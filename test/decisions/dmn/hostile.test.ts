import { describe, expect, it } from "vitest";
import type { DmnProblem } from "../../../decisions/index.ts";
import { evaluateDecision } from "../../../decisions/index.ts";
import {
  compileDecisions,
  compileTableModel,
  decision,
  definitions,
  inputData,
  literal,
  problemsOf,
  table,
} from "./dmn-xml.ts";

/** Processor time, generous: neighbours cost caches. What is fended off here took 9 to 46 seconds or never ended. */
const refusedWithinMs = 3_000;

function spentSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

async function refused(xml: string): Promise<readonly DmnProblem[]> {
  const before = process.cpuUsage();
  const problems = await problemsOf(xml);
  expect(spentSince(before)).toBeLessThan(refusedWithinMs);
  expect(problems.length).toBeGreaterThan(0);
  return problems;
}

describe("hostile XML of decisions (S1)", () => {
  const documents: readonly (readonly [string, string, string])[] = [
    [
      "entities that expand",
      '<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><definitions>&b;</definitions>',
      "xml-doctype",
    ],
    [
      "external entities",
      '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><definitions>&x;</definitions>',
      "xml-doctype",
    ],
    ["200,000 unquoted attributes", definitions(`<decision ${"a=b ".repeat(200_000)}/>`), "xml-syntax"],
    [
      "attributes of undeclared prefixes",
      definitions(`<decision ${Array.from({ length: 100 }, (_, index) => `p:a${index}="1"`).join(" ")}/>`.repeat(500)),
      "xml-namespace",
    ],
    ["unknown elements", definitions("<junk/>".repeat(150_000)), "xml-unreadable"],
    [
      "stray text",
      definitions(
        decision(
          "d",
          table({ inputs: ["x"], rules: [] }).replace(
            "</decisionTable>",
            `${"<rule>x</rule>".repeat(60_000)}</decisionTable>`,
          ),
        ),
      ),
      "xml-syntax",
    ],
    [
      "unknown attributes",
      definitions(decision("d", `<decisionTable>${'<rule foo="1"/>'.repeat(60_000)}</decisionTable>`)),
      "xml-warning",
    ],
    ["nested namespaces", definitions('<a xmlns:x="u">'.repeat(10_000)), "xml-limit"],
    ["deep nesting", definitions(`${"<context><contextEntry>".repeat(5_000)}`), "xml-limit"],
    ["a NUL in a name", definitions('<decision id="a" name="&#0;"/>'), "xml-entity"],
    ["five megabytes", definitions(`<description>${"x".repeat(5_000_000)}</description>`), "xml-limit"],
    [
      "10,000 unresolved requirements",
      definitions(
        decision(
          "d",
          literal("1"),
          Array.from({ length: 10_000 }, (_, index) => `decision:gone${index}`),
        ),
      ),
      "requirement-unresolved",
    ],
    [
      "a requirement cycle of 3,000 decisions",
      definitions(
        Array.from({ length: 3_000 }, (_, index) =>
          decision(`d${index}`, literal("1"), [`decision:d${(index + 1) % 3_000}`]),
        ).join(""),
      ),
      "requirement-cycle",
    ],
    [
      "item definitions nested beyond the bound",
      definitions(
        Array.from(
          { length: 200 },
          (_, index) => `<itemDefinition name="t${index}"><typeRef>t${index + 1}</typeRef></itemDefinition>`,
        ).join(""),
      ),
      "type-cycle",
    ],
  ];
  for (const [what, xml, ruleId] of documents) {
    it(`refuses ${what} quickly`, async () => {
      expect((await refused(xml)).map((problem) => problem.ruleId)).toContain(ruleId);
    });
  }

  it("keeps names of objects apart from names of a model", async () => {
    const names = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"];
    const model = await compileDecisions(
      names.map((name, index) => `<decision id="${name}" name="${name}">${literal(String(index))}</decision>`).join(""),
    );
    expect(names.map((name) => evaluateDecision(model, name, {}).value)).toEqual([0, 1, 2, 3, 4]);
    const reader = await compileDecisions(decision("d", literal("[constructor, __proto__, toString, a.constructor]")));
    expect(evaluateDecision(reader, "d", { a: {} }).value).toEqual([null, null, null, null]);
    expect(
      evaluateDecision(reader, "d", JSON.parse('{"__proto__": 7, "a": {"__proto__": {"constructor": 1}}}')).value,
    ).toEqual([null, 7, null, null]);
  });
});

describe("hostile logic", () => {
  const limited = { failure: { kind: "LIMIT_EXCEEDED", decisionId: "d" }, value: null };
  const evaluateQuickly = (model: Awaited<ReturnType<typeof compileDecisions>>, variables = {}) => {
    const before = process.cpuUsage();
    const result = evaluateDecision(model, "d", variables);
    expect(spentSince(before)).toBeLessThan(refusedWithinMs);
    return result;
  };
  const withFunction = (body: string, parameters = '<formalParameter name="n"/>') =>
    `<businessKnowledgeModel id="k" name="k"><encapsulatedLogic>${parameters}${body}</encapsulatedLogic></businessKnowledgeModel>
     <decision id="d" name="d"><knowledgeRequirement><requiredKnowledge href="#k"/></knowledgeRequirement>${literal("k(1)")}</decision>`;

  const programs: readonly (readonly [string, string])[] = [
    ["endless recursion of a knowledge model", withFunction(literal("k(n + 1)"))],
    [
      "endless recursion through boxed expressions",
      withFunction(
        `<context><contextEntry><variable name="a"/><list><conditional><if>${literal("true")}</if><then><invocation>${literal("k")}<binding><parameter name="n"/>${literal("n + 1")}</binding></invocation></then><else>${literal("1")}</else></conditional></list></contextEntry></context>`,
      ),
    ],
    ["exponential recursion", withFunction(literal("if n > 60 then 1 else k(n + 1) + k(n + 2)"))],
    ["recursion through a table", withFunction(table({ inputs: ["n"], rules: [["-", "k(n + 1)"]] }))],
    [
      "a loop over a billion numbers",
      decision(
        "d",
        `<for iteratorVariable="i"><in>${literal("[1..1000000000]")}</in><return>${literal("i")}</return></for>`,
      ),
    ],
    [
      "nested loops",
      decision(
        "d",
        `<for iteratorVariable="i"><in>${literal("[1..3000]")}</in><return><for iteratorVariable="j"><in>${literal("[1..3000]")}</in><return>${literal("i * j")}</return></for></return></for>`,
      ),
    ],
    [
      "a loop that copies all that it has made",
      decision(
        "d",
        `<for iteratorVariable="i"><in>${literal("[1..50000]")}</in><return>${literal("count(partial)")}</return></for>`,
      ),
    ],
    [
      "an endless cell",
      decision("d", table({ inputs: ["1"], rules: [["count(for i in 1..100000000 return i) > ?", "1"]] })),
    ],
    [
      "a doubling list",
      decision(
        "d",
        `<context>${Array.from({ length: 60 }, (_, index) => `<contextEntry><variable name="a${index}"/>${literal(index === 0 ? "[1]" : `concatenate(a${index - 1}, a${index - 1})`)}</contextEntry>`).join("")}</context>`,
      ),
    ],
  ];
  for (const [what, content] of programs) {
    it(`ends ${what} in a named limit`, async () => {
      expect(evaluateQuickly(await compileDecisions(content))).toMatchObject(limited);
    });
  }

  it("ends doubling decisions in a limit, and names the decision", async () => {
    const content = Array.from({ length: 40 }, (_, index) =>
      index === 0
        ? decision("d0", literal("[1, 2]"))
        : decision(`d${index}`, literal(`concatenate(d${index - 1}, d${index - 1})`), [`decision:d${index - 1}`]),
    ).join("");
    const { failure } = evaluateDecision(await compileDecisions(content), "d39", {});
    expect(failure).toMatchObject({ kind: "LIMIT_EXCEEDED", decisionId: expect.stringMatching(/^d1\d$/) });
  });

  it("bounds the trace of a knowledge model that is called in a loop", async () => {
    const content = `<businessKnowledgeModel id="k" name="k"><encapsulatedLogic><formalParameter name="n"/>${table({ inputs: ["n"], rules: [["-", "n"]] })}</encapsulatedLogic></businessKnowledgeModel>
     <decision id="d" name="d"><knowledgeRequirement><requiredKnowledge href="#k"/></knowledgeRequirement>${literal("sum(for i in 1..5000 return k(i))")}</decision>`;
    const { value, evaluated } = evaluateQuickly(await compileDecisions(content));
    expect([value, evaluated[0]?.tables.length]).toEqual([12502500, 100]);
  });

  it("evaluates a table of twenty thousand rules within memory, exactly", async () => {
    const rules = Array.from({ length: 20_000 }, (_, index) => [
      `[${index}..${index + 3}]`,
      `> ${index % 100}`,
      String(index),
    ]);
    const model = await compileTableModel({ hitPolicy: "COLLECT", inputs: ["a", "b"], rules });
    expect(evaluateQuickly(model, { d: 1, a: 12_345, b: 44 }).failure).toBeUndefined();
    expect(evaluateDecision(model, "d", { a: 12_345, b: 44 }).value).toEqual([12_342, 12_343]);
    expect(evaluateDecision(model, "d", { a: 12_345.5, b: 1000 }).value).toEqual([12_343, 12_344, 12_345]);
  }, 60_000);

  it("does not convert a payload that nobody looks at", async () => {
    const model = await compileDecisions(inputData("a", "number") + decision("d", literal("a + 1"), ["input:a"]));
    const orders = Array.from({ length: 200_000 }, (_, id) => ({ id, lines: [1, 2, 3] }));
    const before = process.cpuUsage();
    for (let round = 0; round < 1000; round++) evaluateDecision(model, "d", { a: round, orders });
    expect(spentSince(before)).toBeLessThan(500);
  });
});
