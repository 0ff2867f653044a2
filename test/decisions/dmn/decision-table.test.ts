import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DecisionModel, EvaluateDecisionOptions } from "../../../decisions/index.ts";
import { compileUnaryTests, evaluateDecision, fromJson, parseDate, toJson } from "../../../decisions/index.ts";
import type { TableText } from "./dmn-xml.ts";
import { compileTableModel } from "./dmn-xml.ts";

const answerOf = (model: DecisionModel, variables: Record<string, unknown>, options: EvaluateDecisionOptions = {}) => {
  const result = evaluateDecision(model, "d", variables, options);
  return result.failure ? result.failure.kind : toJson(result.value);
};

/** Rules 2 and 3 overlap in 15 < x < 20. */
const overlapping = (more: Partial<TableText>): TableText => ({
  inputs: ["x"],
  rules: [
    ["< 10", "1"],
    ["> 15", "3"],
    ["[12..20]", "2"],
  ],
  ...more,
});

describe("hit policies", () => {
  const policies: readonly (readonly [string, Partial<TableText>, unknown, unknown, unknown])[] = [
    // policy, table, one hit (5), several hits (18), no hit (11)
    ["UNIQUE", {}, 1, null, null],
    ["FIRST", { hitPolicy: "FIRST" }, 1, 3, null],
    ["ANY", { hitPolicy: "ANY" }, 1, null, null],
    ["RULE ORDER", { hitPolicy: "RULE ORDER" }, [1], [3, 2], null],
    ["PRIORITY", { hitPolicy: "PRIORITY", outputs: [{ values: "1, 2, 3" }] }, 1, 2, null],
    ["OUTPUT ORDER", { hitPolicy: "OUTPUT ORDER", outputs: [{ values: "1, 2, 3" }] }, [1], [2, 3], null],
    ["COLLECT", { hitPolicy: "COLLECT" }, [1], [3, 2], null],
    ["COLLECT SUM", { hitPolicy: "COLLECT", aggregation: "SUM" }, 1, 5, null],
    ["COLLECT MIN", { hitPolicy: "COLLECT", aggregation: "MIN" }, 1, 2, null],
    ["COLLECT MAX", { hitPolicy: "COLLECT", aggregation: "MAX" }, 1, 3, null],
    ["COLLECT COUNT", { hitPolicy: "COLLECT", aggregation: "COUNT" }, 1, 2, 0],
  ];
  for (const [name, more, one, several, none] of policies) {
    it(`decides by ${name}`, async () => {
      const model = await compileTableModel(overlapping(more));
      expect([5, 18, 11].map((x) => answerOf(model, { x }))).toEqual([one, several, none]);
    });
  }

  it("accepts equal outputs with ANY", async () => {
    const model = await compileTableModel({
      hitPolicy: "ANY",
      inputs: ["x"],
      rules: [
        ["> 1", "5"],
        ["> 2", "2 + 3"],
      ],
    });
    expect(answerOf(model, { x: 3 })).toBe(5);
  });

  it("says which rules violate UNIQUE, and fails in strict mode", async () => {
    const model = await compileTableModel(overlapping({}));
    expect(evaluateDecision(model, "d", { x: 18 }).warnings).toMatchObject([
      { message: expect.stringContaining("the rules 2, 3 match") },
    ]);
    expect(evaluateDecision(model, "d", { x: 18 }, { strict: true }).failure).toMatchObject({
      decisionId: "d",
      message: expect.stringContaining("2, 3"),
    });
  });

  it("answers the default outputs when no rule matches, also in strict mode", async () => {
    const model = await compileTableModel(overlapping({ outputs: [{ default: '"none"' }] }));
    expect([answerOf(model, { x: 11 }), answerOf(model, { x: 11 }, { strict: true })]).toEqual(["none", "none"]);
  });

  it("fails in strict mode when no rule matches and there is no default", async () => {
    const model = await compileTableModel(overlapping({}));
    expect(evaluateDecision(model, "d", { x: 11 }, { strict: true })).toMatchObject({
      value: null,
      failure: { decisionId: "d" },
    });
  });

  it("makes a context of several outputs, each coerced to its type", async () => {
    const model = await compileTableModel({
      inputs: ["x"],
      outputs: [
        { name: "a", type: "number" },
        { name: "b", type: "date and time" },
      ],
      rules: [["-", "x", 'date("2026-01-31")']],
    });
    expect(answerOf(model, { x: 1 })).toEqual({ a: 1, b: "2026-01-31T00:00:00Z" });
    expect(answerOf(model, { x: "1" })).toEqual({ a: null, b: "2026-01-31T00:00:00Z" });
    expect(answerOf(model, { x: "1" }, { strict: true })).toBe("INVALID_TYPE");
  });

  it("ranks several outputs from left to right", async () => {
    const model = await compileTableModel({
      hitPolicy: "PRIORITY",
      inputs: ["x"],
      outputs: [
        { name: "a", values: '"high", "low"' },
        { name: "b", values: "1, 2" },
      ],
      rules: [
        ["-", '"low"', "1"],
        ["-", '"high"', "2"],
        ["> 5", '"high"', "1"],
      ],
    });
    expect([answerOf(model, { x: 1 }), answerOf(model, { x: 6 })]).toEqual([
      { a: "high", b: 2 },
      { a: "high", b: 1 },
    ]);
  });
});

describe("inputs", () => {
  it("takes a value outside of the input values for none, with a warning", async () => {
    const model = await compileTableModel({
      inputs: [{ text: "x", values: '"a", "b"' }],
      rules: [
        ['"a"', "1"],
        ['not("a")', "2"],
      ],
    });
    expect(answerOf(model, { x: "b" })).toBe(2);
    expect(evaluateDecision(model, "d", { x: "c" }).warnings).toMatchObject([{ type: "OUT_OF_RANGE" }]);
    expect(evaluateDecision(model, "d", { x: "c" }, { strict: true }).failure).toMatchObject({ kind: "OUT_OF_RANGE" });
  });

  it("denies unknown names in strict mode instead of taking another branch", async () => {
    const model = await compileTableModel({
      hitPolicy: "FIRST",
      inputs: ["amuont"],
      rules: [
        ["> 100", '"reject"'],
        ["-", '"approve"'],
      ],
    });
    expect(answerOf(model, { amount: 500 })).toBe("approve");
    expect(answerOf(model, { amount: 500 }, { strict: true })).toBe("NO_VARIABLE_FOUND");
  });

  it("denies a value of another type in strict mode, even where other columns rule out its cells", async () => {
    const model = await compileTableModel({
      hitPolicy: "FIRST",
      inputs: ["kind", "amount"],
      rules: [
        ['"refund"', "> 100", '"reject"'],
        ["-", "-", '"approve"'],
      ],
    });
    expect(answerOf(model, { kind: "payout", amount: "500" })).toBe("approve");
    expect(answerOf(model, { kind: "payout", amount: "500" }, { strict: true })).toBe("INVALID_TYPE");
    expect(answerOf(model, { kind: "payout", amount: 500 }, { strict: true })).toBe("approve");
  });

  it("matches a null input by - and null only", async () => {
    const model = await compileTableModel({
      hitPolicy: "COLLECT",
      inputs: ["x"],
      rules: [
        ["-", "1"],
        ["null", "2"],
        ["< 5", "3"],
        ["5", "4"],
      ],
    });
    expect(answerOf(model, { x: null })).toEqual([1, 2]);
    expect(answerOf(model, { x: 4 })).toEqual([1, 3]);
  });

  it("evaluates cells of arbitrary FEEL beside indexed ones", async () => {
    const model = await compileTableModel({
      hitPolicy: "COLLECT",
      inputs: ["x", "y"],
      rules: [
        ["? > limit", "-", "1"],
        ["[1..5]", 'starts with(?, "a")', "2"],
        ["even(?)", '"abc", "b"', "3"],
        ["limit, 7", "-", "4"],
      ],
    });
    expect(answerOf(model, { x: 4, y: "abc", limit: 3 })).toEqual([1, 2, 3]);
    expect(answerOf(model, { x: 7, y: "z", limit: 9 })).toEqual([4]);
  });
});

/** Cells, and inputs that lie on and around their values. */
const numberCell = fc.oneof(
  fc.constant("-"),
  fc.integer({ min: -4, max: 4 }).map(String),
  fc
    .tuple(fc.constantFrom("<", "<=", ">", ">="), fc.integer({ min: -4, max: 4 }))
    .map(([operator, value]) => `${operator} ${value}.5`),
  fc
    .tuple(fc.constantFrom("[", "(", "]"), fc.integer({ min: -4, max: 4 }), fc.nat(4), fc.constantFrom("]", ")", "["))
    .map(([open, low, width, close]) => `${open}${low}..${low + width}${close}`),
  fc
    .tuple(fc.integer({ min: -4, max: 4 }), fc.integer({ min: -4, max: 4 }))
    .map(([left, right]) => `not(${left}, > ${right})`),
  fc.integer({ min: -4, max: 4 }).map((value) => `!= ${value}`),
  fc.constantFrom("? * 2 > 3", "null", "limit", "odd(?)"),
);
const textCell = fc.oneof(
  fc.constantFrom(
    "-",
    '"a"',
    '"b", "c"',
    'not("a")',
    '!= "b"',
    '"quoted \\"x\\""',
    "null",
    'upper case(?) = "A"',
    '>= "b"',
  ),
);
const dateCell = fc.constantFrom(
  "-",
  '< date("2026-01-02")',
  '[@"2026-01-01"..@"2026-01-03")',
  '@"2026-01-02"',
  "null",
);
const booleanCell = fc.constantFrom("-", "true", "false", "not(true)");
const numberInput = fc.oneof(
  fc.integer({ min: -5, max: 9 }),
  fc.integer({ min: -10, max: 10 }).map((value) => value / 2),
  fc.constantFrom(null, "a", true, 0.1 + 0.2),
);
const textInput = fc.constantFrom("a", "b", "c", "d", 'quoted "x"', null, 1);
const booleanInput = fc.constantFrom(true, false, null, "true");
const dateInput = fc.constantFrom("2025-12-31", "2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04");

describe("indexes", () => {
  it("match exactly the rules whose cells all hold, for random tables and inputs", async () => {
    const rule = fc.tuple(numberCell, textCell, booleanCell, dateCell);
    const inputs = fc.tuple(numberInput, textInput, booleanInput, dateInput);
    await fc.assert(
      fc.asyncProperty(
        fc.array(rule, { minLength: 1, maxLength: 40 }),
        fc.array(inputs, { minLength: 1, maxLength: 8 }),
        async (rules, cases) => {
          const model = await compileTableModel({
            hitPolicy: "COLLECT",
            inputs: ["n", "t", "b", "date(d)"],
            rules: rules.map((cells, index) => [...cells, String(index)]),
          });
          for (const [n, t, b, d] of cases) {
            const actual = answerOf(model, { n, t, b, d, limit: 2 });
            const expected = rules.flatMap((cells, index) =>
              cells.every((cell, column) => holds(cell, [n, t, b, d][column], column === 3)) ? [index] : [],
            );
            expect(actual ?? []).toEqual(expected);
          }
        },
      ),
      { numRuns: 60 },
    );
  }, 60_000);
});

/** One cell on its own, by the FEEL evaluator. */
function holds(cell: string, input: unknown, isDate: boolean): boolean {
  const scope = new Map([["limit", 2]]);
  const value = isDate ? (parseDate(String(input)) ?? null) : fromJson(input);
  return compileUnaryTests(cell).evaluate(value, scope).value === true;
}
