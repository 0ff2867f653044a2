/** The runner of the kit on a kit of our own: it must see what is wrong, or its 100 % would mean nothing. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { decision, definitions, inputData, literal } from "../../decisions/dmn/dmn-xml.ts";
import { readKit } from "./cases.ts";
import { formatScores, toCsv } from "./report.ts";
import type { CaseOutcome } from "./run-case.ts";
import { ModelShelf, runCase } from "./run-case.ts";

const value = (type: string, text: string) => `<value xsi:type="xsd:${type}">${text}</value>`;
const testCase = (id: string, name: string, expected: string, inputs = "", attributes = "") =>
  `<testCase id="${id}" ${attributes}>${inputs}<resultNode name="${name}" type="decision"><expected>${expected}</expected></resultNode></testCase>`;

const cases = [
  testCase(
    "right",
    "sum",
    value("decimal", "3.00000000001"),
    `<inputNode name="x">${value("decimal", "2")}</inputNode>`,
  ),
  testCase("wrong", "sum", value("decimal", "3.0000001"), `<inputNode name="x">${value("decimal", "2")}</inputNode>`),
  testCase(
    "list",
    "list",
    `<list><item>${value("date", "2026-01-31")}</item><item><value xsi:nil="true"/></item></list>`,
  ),
  testCase("short-list", "list", `<list><item>${value("date", "2026-01-31")}</item></list>`),
  testCase("context", "context", `<component name="a">${value("string", "&lt;&amp;&#x1F600;")}</component>`),
  testCase("other-context", "context", `<component name="b">${value("string", "1")}</component>`),
  testCase("type", "sum", value("string", "3"), `<inputNode name="x">${value("decimal", "2")}</inputNode>`),
  testCase("null", "sum", '<value xsi:nil="true"/>'),
  testCase(
    "service",
    "sum",
    value("double", "5.0E0"),
    `<inputNode name="x">${value("decimal", "4")}</inputNode>`,
    'type="decisionService" invocableName="service"',
  ),
  testCase("missing", "nothing", '<value xsi:nil="true"/>'),
];

const model = definitions(
  inputData("x", "number") +
    decision("sum", literal("x + 1"), ["input:x"]) +
    decision("list", literal('[date("2026-01-31"), null]')) +
    decision("context", literal('{a: "<&\u{1F600}"}')) +
    '<decisionService id="service" name="service"><outputDecision href="#sum"/><inputData href="#x"/></decisionService>',
);

const kit = mkdtempSync(join(tmpdir(), "kit-"));
const outcomes = new Map<string, CaseOutcome>();

beforeAll(async () => {
  const folder = join(kit, "compliance-level-9", "0001-own");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "own.dmn"), model);
  writeFileSync(
    join(folder, "own-test-01.xml"),
    `<?xml version="1.0"?><!-- c --><testCases xmlns:xsi="x" xmlns:xsd="y"><modelName>own.dmn</modelName>${cases.join("")}</testCases>`,
  );
  const shelf = new ModelShelf();
  for (const kitCase of readKit(kit)) outcomes.set(kitCase.id, await runCase(kitCase, shelf));
});

afterAll(() => rmSync(kit, { recursive: true }));

it("passes what is right within 1e-8, and nothing else", () => {
  const passed = [...outcomes.values()].filter((outcome) => outcome.passed).map((outcome) => outcome.case.id);
  expect(passed).toEqual(["right", "list", "context", "null", "service"]);
});

it("says what was expected and what came", () => {
  expect(outcomes.get("wrong")?.comment).toBe("sum: expected 3.0000001, but got 3");
  expect(outcomes.get("missing")?.comment).toMatch(/^failed: Expected a decision of Model, but there is no nothing/);
});

it("counts per level and writes the kit's CSV", () => {
  expect(formatScores([...outcomes.values()])).toBe("compliance-level-9: 5/10 (50.00 %)\nall levels: 5/10 (50.00 %)");
  const lines = toCsv([...outcomes.values()]).split("\n");
  expect(lines[0]).toBe("compliance-level-9/0001-own,own-test-01,right,SUCCESS,");
  expect(lines[1]).toBe('compliance-level-9/0001-own,own-test-01,wrong,ERROR,"sum: expected 3.0000001, but got 3"');
});
