import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  constrainArgs,
  meetConstraints,
  readConstraint,
  violatedTerms,
} from "../../../decisions/plane/decide/constrain.ts";
import type { Constraint, JsonRecord } from "../../../decisions/plane/types.ts";

const args: JsonRecord = { method: "cash", amount: 700, note: { text: "secret", lines: [1, 2] } };
const constraint = (path: string, op: string, value: unknown): Constraint =>
  readConstraint(path, op, value as never) as Constraint;

describe("the terms of a permission", () => {
  it("change a refund in cash to one as credit", () => {
    expect(constrainArgs(args, [constraint("args.method", "set", "credit")])).toEqual({
      ok: true,
      args: { ...args, method: "credit" },
    });
  });

  it("cap, raise, remove and redact values, and leave the given arguments as they were", () => {
    const terms = [
      constraint("args.amount", "max", 500),
      constraint("args.note.text", "redact", null),
      constraint("args.note.lines", "drop", null),
    ];
    const before = JSON.stringify(args);
    expect(constrainArgs(args, terms)).toEqual({
      ok: true,
      args: { method: "cash", amount: 500, note: { text: "[redacted]" } },
    });
    expect(JSON.stringify(args)).toBe(before);
    expect(constrainArgs({ amount: 1 }, [constraint("args.amount", "min", 5)])).toEqual({
      ok: true,
      args: { amount: 5 },
    });
  });

  it("cannot be met when a value is not in the list or not a number", () => {
    expect(constrainArgs(args, [constraint("args.method", "oneOf", ["credit", "voucher"])]).ok).toBe(false);
    expect(constrainArgs({ amount: "700" }, [constraint("args.amount", "max", 500)]).ok).toBe(false);
    expect(constrainArgs({}, [constraint("args.amount", "max", 500)]).ok).toBe(false);
  });

  it("never lead outside of the arguments", () => {
    for (const path of ["method", "agent.id", "args", "args.", "args.__proto__.polluted", "__proto__.x"])
      expect(readConstraint(path, "set", 1)).toBeUndefined();
  });

  it("are unreadable with an unknown op or a value that does not fit it", () => {
    expect(readConstraint("args.a", "explode", 1)).toBeUndefined();
    expect(readConstraint("args.a", "max", "5")).toBeUndefined();
    expect(readConstraint("args.a", "oneOf", "x")).toBeUndefined();
  });

  it("hold for whatever they have changed, and are named when something else ran", () => {
    const some = fc.constantFrom<Constraint>(
      constraint("args.amount", "max", 500),
      constraint("args.amount", "min", 10),
      constraint("args.method", "set", "credit"),
      constraint("args.note", "drop", null),
    );
    fc.assert(
      fc.property(fc.array(some, { maxLength: 4 }), fc.integer({ min: -1000, max: 1000 }), (terms, amount) => {
        const met = meetConstraints(terms);
        const result = constrainArgs({ ...args, amount }, met ?? []);
        if (result.ok) expect(violatedTerms(result.args, met ?? [])).toEqual([]);
      }),
    );
    expect(violatedTerms({ amount: 501 }, [constraint("args.amount", "max", 500)]).map(({ path }) => path)).toEqual([
      "args.amount",
    ]);
  });
});

describe("terms of several policies", () => {
  it("meet: the smallest maximum, the largest minimum, what all lists have in common", () => {
    const met = meetConstraints([
      constraint("args.amount", "max", 500),
      constraint("args.amount", "max", 300),
      constraint("args.amount", "min", 1),
      constraint("args.amount", "min", 10),
      constraint("args.method", "oneOf", ["cash", "credit"]),
      constraint("args.method", "oneOf", ["credit", "voucher"]),
    ]);
    expect(met).toEqual([
      { path: "args.amount", op: "max", value: 300 },
      { path: "args.amount", op: "min", value: 10 },
      { path: "args.method", op: "oneOf", value: ["credit"] },
    ]);
  });

  it.each([
    [
      "two values for one argument",
      [
        ["args.m", "set", "a"],
        ["args.m", "set", "b"],
      ],
    ],
    [
      "a minimum over the maximum",
      [
        ["args.a", "min", 10],
        ["args.a", "max", 5],
      ],
    ],
    [
      "lists without a common value",
      [
        ["args.m", "oneOf", ["a"]],
        ["args.m", "oneOf", ["b"]],
      ],
    ],
    [
      "a value over the maximum",
      [
        ["args.a", "set", 10],
        ["args.a", "max", 5],
      ],
    ],
    [
      "a value that another removes",
      [
        ["args.a", "set", 10],
        ["args.a", "drop", null],
      ],
    ],
  ] as const)("contradict: %s", (_name, terms) => {
    expect(meetConstraints(terms.map(([path, op, value]) => constraint(path, op, value)))).toBeUndefined();
  });
});
