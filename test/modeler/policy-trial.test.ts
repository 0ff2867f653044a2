/** The form of the trial and the acceptance of changed answers in the policy editor. */
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../modeler/src/api/json.ts";
import type { TestReport } from "../../modeler/src/api/policies.ts";
import { acceptAnswers } from "../../modeler/src/pages/policies/accepted-answers.ts";
import { nested, readEntry, triedFacts } from "../../modeler/src/pages/policies/tried-facts.ts";

describe("the facts of a trial", () => {
  const facts = triedFacts({
    actions: ["issue_refund"],
    facts: { "subject.standing": { type: "string", allowed: ["good", "watch"] }, "args.amount": { type: "number" } },
  });

  it("offers the declared facts and the action that is asked about", () => {
    expect(facts.map((fact) => [fact.name, fact.allowed])).toEqual([
      ["action.type", ["issue_refund"]],
      ["subject.standing", ["good", "watch"]],
      ["args.amount", []],
    ]);
  });

  it("reads an entry as the type that the fact has, and nothing as not known", () => {
    const amount = { name: "args.amount", type: "number", allowed: [], hint: "" };
    expect(readEntry(amount, "12.50")).toBe(12.5);
    expect(readEntry(amount, " ")).toBeNull();
    expect(() => readEntry(amount, "a lot")).toThrow('Expected a number for args.amount, but "a lot" is none.');
    expect(readEntry({ ...amount, type: "list" }, "[1]")).toEqual([1]);
  });

  it("nests dotted names and never touches a prototype", () => {
    expect(
      nested([
        ["subject.standing", "good"],
        ["subject.tenure.days", 3],
        ["__proto__.polluted", true],
      ]),
    ).toEqual({ subject: { standing: "good", tenure: { days: 3 } } });
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe("acceptAnswers", () => {
  it("replaces what failed cases expected by what came out, and only members they asked for", () => {
    const tests: JsonObject = {
      defaults: { args: { amount: 1 } },
      cases: [
        {
          name: "at the limit",
          args: { amount: 600 },
          expect: { determination: "REQUIRE_APPROVAL", reasonCode: "OVER", approval: { group: "a" } },
        },
        { name: "small", expect: { determination: "ALLOW" } },
      ],
    };
    const report = {
      cases: [
        {
          name: "at the limit",
          passed: false,
          expected: {},
          actual: { determination: "ALLOW", reasonCodes: ["WITHIN"], riskScore: 30 },
          matchedRules: [],
          problem: "x",
        },
        {
          name: "small",
          passed: true,
          expected: {},
          actual: { determination: "DENY" },
          matchedRules: [],
          problem: null,
        },
      ],
    } as unknown as TestReport;
    expect(acceptAnswers(tests, report)).toEqual({
      defaults: { args: { amount: 1 } },
      cases: [
        { name: "at the limit", args: { amount: 600 }, expect: { determination: "ALLOW", reasonCode: "WITHIN" } },
        { name: "small", expect: { determination: "ALLOW" } },
      ],
    });
  });
});
