import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { combineVerdicts, denial, type Verdict } from "../../../decisions/plane/decide/combine.ts";
import { readVerdict } from "../../../decisions/plane/decide/outputs.ts";
import { determinations, severity } from "../../../decisions/plane/types.ts";

const verdict = (determination: Verdict["determination"], more: Partial<Verdict> = {}): Verdict => ({
  determination,
  constraints: determination === "ALLOW_WITH_CONSTRAINTS" ? [{ path: "args.m", op: "set", value: "credit" }] : [],
  approval: null,
  riskScore: 10,
  reasonCodes: [determination],
  error: null,
  ...more,
});

describe("answers of several policies", () => {
  it("are as severe as the most severe of them, in whatever order", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...determinations), { minLength: 1, maxLength: 6 }), (names) => {
        const combined = combineVerdicts(names.map((name) => verdict(name)));
        expect(severity[combined.determination]).toBe(Math.max(...names.map((name) => severity[name])));
        expect(combineVerdicts([...names].reverse().map((name) => verdict(name))).determination).toBe(
          combined.determination,
        );
      }),
    );
  });

  it("deny when there is none", () => {
    expect(combineVerdicts([])).toMatchObject({ determination: "DENY", reasonCodes: ["UNGOVERNED_ACTION"] });
  });

  it("deny when their terms contradict each other", () => {
    const other = verdict("ALLOW_WITH_CONSTRAINTS", { constraints: [{ path: "args.m", op: "set", value: "cash" }] });
    expect(combineVerdicts([verdict("ALLOW_WITH_CONSTRAINTS"), other])).toMatchObject({
      determination: "DENY",
      reasonCodes: ["CONSTRAINT_CONFLICT"],
    });
  });

  it("keep the terms of every policy when a person must approve", () => {
    const combined = combineVerdicts([verdict("ALLOW_WITH_CONSTRAINTS"), verdict("REQUIRE_APPROVAL")]);
    expect(combined).toMatchObject({
      determination: "REQUIRE_APPROVAL",
      constraints: [{ path: "args.m", op: "set", value: "credit" }],
    });
  });

  it("ask for the stricter approval: more voices, the shorter time, the safer effect of silence", () => {
    const approval = (quorum: number, slaMs: number | null, onTimeout: "reject" | "approve") => ({
      group: "g",
      quorum,
      slaMs,
      onTimeout,
      escalateTo: null,
    });
    const combined = combineVerdicts([
      verdict("REQUIRE_APPROVAL", { approval: approval(1, null, "approve") }),
      verdict("REQUIRE_APPROVAL", { approval: approval(2, 1000, "reject") }),
    ]);
    expect(combined.approval).toEqual({ group: "g", quorum: 2, slaMs: 1000, onTimeout: "reject", escalateTo: null });
  });

  it("deny when two policies ask different groups", () => {
    const of = (group: string) =>
      verdict("REQUIRE_APPROVAL", {
        approval: { group, quorum: 1, slaMs: null, onTimeout: "reject", escalateTo: null },
      });
    expect(combineVerdicts([of("a"), of("b")])).toMatchObject({
      determination: "DENY",
      reasonCodes: ["APPROVAL_CONFLICT"],
    });
  });

  it("report the highest risk", () => {
    expect(combineVerdicts([verdict("ALLOW", { riskScore: 5 }), verdict("ALLOW", { riskScore: 60 })]).riskScore).toBe(
      60,
    );
    expect(combineVerdicts([verdict("ALLOW", { riskScore: 5 }), denial("X")]).riskScore).toBe(5);
  });
});

describe("what a policy puts out", () => {
  const read = (outputs: Parameters<typeof readVerdict>[0]) => readVerdict(outputs);

  it.each([
    ["null", null],
    ["an unknown word", "MAYBE"],
    ["a number", 1],
    ["an empty list", []],
    ["a context without a determination", { reasonCode: "X" }],
    ["an allowance with terms but without any", { determination: "ALLOW_WITH_CONSTRAINTS" }],
    [
      "terms that cannot be read",
      { determination: "ALLOW_WITH_CONSTRAINTS", constraintPath: "agent.id", constraintOp: "set", constraintValue: 1 },
    ],
    ["approval terms that cannot be read", { determination: "REQUIRE_APPROVAL", approvalSla: "P1M" }],
    ["an escalation to nobody", { determination: "REQUIRE_APPROVAL", onTimeout: "escalate" }],
    ["a quorum of none", { determination: "REQUIRE_APPROVAL", quorum: 0 }],
  ])("denies as RUNTIME_ERROR when it is %s", (_name, output) => {
    expect(read({ Determination: output })).toMatchObject({ determination: "DENY", reasonCodes: ["RUNTIME_ERROR"] });
  });

  it("is read from one table with terms in its columns", () => {
    expect(
      read({
        Determination: {
          determination: "REQUIRE_APPROVAL",
          reasonCode: "R",
          approvalGroup: "g",
          approvalSla: "PT4H",
          escalateTo: "h",
        },
      }),
    ).toMatchObject({
      determination: "REQUIRE_APPROVAL",
      reasonCodes: ["R"],
      approval: { group: "g", quorum: 1, slaMs: 14_400_000, onTimeout: "escalate", escalateTo: "h" },
    });
  });

  it("is read from decisions by name", () => {
    const outputs = {
      Determination: "ALLOW",
      Constraints: [{ path: "args.amount", op: "max", value: 100 }],
      Reasons: ["A", "B"],
      RiskScore: [10, 30],
      Authority: "granted",
      Interrupt: "continue",
    };
    expect(read(outputs)).toEqual({
      determination: "ALLOW_WITH_CONSTRAINTS",
      constraints: outputs.Constraints,
      approval: null,
      riskScore: 40,
      reasonCodes: ["A", "B"],
      error: null,
    });
  });

  it("is read from one Result", () => {
    expect(read({ Result: { determination: "ALLOW", riskScore: 250, reasons: ["A"] } })).toMatchObject({
      determination: "ALLOW",
      riskScore: 100,
      reasonCodes: ["A"],
    });
  });

  it("denies without authority and on an interrupt", () => {
    expect(read({ Determination: "ALLOW", Authority: "denied" })).toMatchObject({
      determination: "DENY",
      reasonCodes: ["AUTHORITY_DENIED"],
    });
    expect(read({ Determination: "ALLOW", Authority: null })).toMatchObject({ determination: "DENY" });
    expect(read({ Determination: "ALLOW", Interrupt: "pause" })).toMatchObject({
      determination: "DENY",
      reasonCodes: ["INTERRUPT_PAUSE"],
    });
  });
});
