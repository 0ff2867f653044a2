/** Every rule has a model that breaks it and one that keeps it; see rule-examples.ts. */
import { describe, expect, it } from "vitest";
import { lintBpmn, rules, strictZeebeRules } from "../../../engine/model/index.ts";
import { compilerExamples, ruleExamples, strictExamples } from "./rule-examples.ts";

const severityOf = new Map([...rules, ...strictZeebeRules].map((rule) => [rule.id, rule.severity]));
const options = { nativeAgents: true };

describe("every rule", () => {
  it("has an example, and every example a rule", () => {
    const written = new Set(Object.keys(ruleExamples));
    written.delete("name-undefined");
    expect([...written].sort()).toEqual(rules.map((rule) => rule.id).sort());
    expect(Object.keys(strictExamples).sort()).toEqual(strictZeebeRules.map((rule) => rule.id).sort());
  });

  it("has an id of its own, a sentence and a source", () => {
    const all = [...rules, ...strictZeebeRules];
    expect(new Set(all.map((rule) => rule.id)).size).toBe(all.length);
    for (const rule of all) {
      expect(rule.sentence).toMatch(/^[A-Z].{10,}\.$/);
      expect(rule.source.length).toBeGreaterThan(3);
    }
  });
});

describe.each([...Object.entries(ruleExamples), ...Object.entries(compilerExamples)])(
  "%s",
  (ruleId, { bad, at, good }) => {
    it("names the element that breaks it and says what was expected", async () => {
      const problems = (await lintBpmn(bad, options)).filter((problem) => problem.ruleId === ruleId);
      expect(problems.map((problem) => problem.elementId)).toContain(at);
      for (const problem of problems) {
        expect(problem.severity).toBe(severityOf.get(ruleId) ?? (ruleId === "name-undefined" ? "warning" : "error"));
        expect(problem.message).toMatch(/^Expected [\s\S]+, but /);
      }
    });

    it("says nothing about a model that keeps it", async () => {
      const problems = await lintBpmn(good, options);
      expect(problems.filter((problem) => problem.severity === "error")).toEqual([]);
      expect(problems.map((problem) => problem.ruleId)).not.toContain(ruleId);
    });
  },
);

describe.each(Object.entries(strictExamples))("%s", (ruleId, { bad, at, good }) => {
  it("holds in strict mode only", async () => {
    const strict = await lintBpmn(bad, { strictZeebe: true });
    expect(strict.filter((problem) => problem.ruleId === ruleId).map((problem) => problem.elementId)).toContain(at);
    expect((await lintBpmn(bad)).filter((problem) => problem.severity === "error")).toEqual([]);
    expect((await lintBpmn(good, { strictZeebe: true })).filter((problem) => problem.severity === "error")).toEqual([]);
  });
});

describe("problems", () => {
  it("carry the line and column of their element", async () => {
    const [problem] = await lintBpmn(ruleExamples["task-implementation"]?.bad ?? "");
    expect(problem).toMatchObject({ ruleId: "task-implementation", elementId: "a", line: 3 });
    expect(problem?.column).toBeGreaterThan(1);
  });
});
