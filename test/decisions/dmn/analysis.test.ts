import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DecisionModel } from "../../../decisions/index.ts";
import { analyzeTable, evaluateDecision, ruleCoverage, tableToText } from "../../../decisions/index.ts";
import { compileDecisions, compileTableModel, decision, inputData, table } from "./dmn-xml.ts";

const analyse = async (...text: Parameters<typeof compileTableModel>) =>
  analyzeTable(await compileTableModel(...text), "d");

describe("gaps", () => {
  it("names the inputs that no rule covers, as unary tests", async () => {
    const { gaps, complete } = await analyse({
      inputs: ["age", "risk"],
      rules: [
        ["< 18", "-", "1"],
        ["[18..65)", '"low"', "2"],
        ["> 65", '"low", "high"', "3"],
      ],
    });
    expect(complete).toBe(true);
    expect(gaps.map(({ inputs }) => inputs)).toEqual([
      ["[18..65)", 'not("low")'],
      ["65", "-"],
      ["> 65", 'not("low", "high")'],
    ]);
  });

  it("asks only within the input values", async () => {
    const { gaps } = await analyse({
      inputs: [{ text: "risk", values: '"low", "high"' }],
      rules: [
        ['"low"', "1"],
        ['"high"', "2"],
      ],
    });
    expect(gaps).toEqual([]);
    const open = await analyse({
      inputs: [{ text: "n", values: "[0..10]" }],
      rules: [
        ["< 5", "1"],
        ["> 5", "2"],
      ],
    });
    expect(open.gaps).toEqual([{ inputs: ["5"] }]);
  });

  it("knows that booleans are true or false, and that dates are ordered", async () => {
    const { gaps } = await analyse({
      inputs: ["b", "d"],
      rules: [
        ["true", '< date("2026-01-01")', "1"],
        ["false", "-", "2"],
      ],
    });
    expect(gaps).toEqual([{ inputs: ["true", '>= @"2026-01-01"'] }]);
  });

  it("finds none in a table with a catch-all rule", async () => {
    expect(
      (
        await analyse({
          hitPolicy: "FIRST",
          inputs: ["x"],
          rules: [
            ["1", "1"],
            ["-", "2"],
          ],
        })
      ).gaps,
    ).toEqual([]);
  });

  it("says which columns hold FEEL that it cannot analyse, and claims nothing about them", async () => {
    const { columns, gaps } = await analyse({
      inputs: ["x", "y"],
      rules: [
        ["? > limit", "1", "1"],
        ["< 5", "-", "2"],
      ],
    });
    expect(columns).toMatchObject([
      { analysable: false, reason: expect.stringContaining("rule 1") },
      { analysable: true },
    ]);
    expect(gaps).toEqual([{ inputs: [">= 5", "not(1)"] }].map(() => ({ inputs: [">= 5", "< 1, > 1"] })));
  });

  it("takes a column of mixed types for not analysable", async () => {
    const { columns } = await analyse({
      inputs: ["x"],
      rules: [
        ["1", "1"],
        ['"a"', "2"],
      ],
    });
    expect(columns).toMatchObject([{ analysable: false, reason: expect.stringContaining("different types") }]);
  });
});

describe("overlaps", () => {
  it("names pairs of rules, where they meet, and whether the hit policy forbids it", async () => {
    const rules = [
      ["< 10", "1"],
      ["> 5", "1"],
      ["[8..9]", "2"],
    ];
    const unique = await analyse({ inputs: ["x"], rules });
    expect(unique.overlaps).toEqual([
      { rules: [1, 2], inputs: ["(5..10)"], conflict: true },
      { rules: [1, 3], inputs: ["[8..9]"], conflict: true },
      { rules: [2, 3], inputs: ["[8..9]"], conflict: true },
    ]);
    expect(
      (await analyse({ hitPolicy: "ANY", inputs: ["x"], rules })).overlaps.map(({ conflict }) => conflict),
    ).toEqual([false, true, true]);
    expect(
      (await analyse({ hitPolicy: "COLLECT", inputs: ["x"], rules })).overlaps.map(({ conflict }) => conflict),
    ).toEqual([false, false, false]);
  });
});

describe("rules without effect", () => {
  it("finds rules that earlier ones cover together", async () => {
    const { maskedRules } = await analyse({
      hitPolicy: "FIRST",
      inputs: ["x"],
      rules: [
        ["<= 5", "1"],
        ["> 5", "2"],
        ["[3..8]", "3"],
        ["> 100", "4"],
      ],
    });
    expect(maskedRules).toEqual([
      { rule: 3, by: [1, 2] },
      { rule: 4, by: [2] },
    ]);
  });

  it("does not blame FEEL that might not hold", async () => {
    const { maskedRules } = await analyse({
      hitPolicy: "FIRST",
      inputs: ["x"],
      rules: [
        ["? > limit", "1"],
        ["5", "2"],
      ],
    });
    expect(maskedRules).toEqual([]);
  });

  it("finds rules that no value reaches", async () => {
    const { unreachableRules } = await analyse({
      inputs: [{ text: "x", values: "[0..10]" }, "y"],
      rules: [
        ["(5..5)", "-", "1"],
        ["-", "-", "2"],
        ["> 10", "-", "3"],
      ],
    });
    expect(unreachableRules).toEqual([
      { rule: 1, column: 1, reason: "none of the input values [0..10] satisfies the cell" },
      { rule: 3, column: 1, reason: "none of the input values [0..10] satisfies the cell" },
    ]);
  });
});

describe("against brute force", () => {
  const interval = fc
    .tuple(fc.constantFrom("[", "("), fc.nat(4), fc.nat(3), fc.constantFrom("]", ")"))
    .map(([open, low, width, close]) => `${open}${low}..${low + width}${close}`);
  const number = fc.oneof(
    fc.constant("-"),
    interval,
    fc.nat(4).map((value) => `<= ${value}`),
    fc.nat(4).map((value) => `not(${value})`),
  );
  const text = fc.constantFrom("-", '"a"', '"b"', 'not("a")', '"a", "b"');
  const rules = fc.array(fc.tuple(number, text), { minLength: 1, maxLength: 6 });
  // Every point, a value in every gap, and values of and beside the enumeration.
  const points = Array.from({ length: 19 }, (_, index) => index / 2 - 1).flatMap((n) =>
    ["a", "b", "c"].map((t) => ({ n, t })),
  );

  const compile = (cells: readonly (readonly [string, string])[], hitPolicy: string): Promise<DecisionModel> =>
    compileTableModel({
      hitPolicy,
      inputs: ["n", "t"],
      rules: cells.map((rule, index) => [...rule, String(index + 1)]),
    });

  const hitsAt = (model: DecisionModel, point: { n: number; t: string }): readonly number[] =>
    evaluateDecision(model, "d", point).evaluated[0]?.matchedRules.map(({ ruleIndex }) => ruleIndex) ?? [];

  it("covers exactly the points without a hit by gaps", async () => {
    await fc.assert(
      fc.asyncProperty(rules, async (cells) => {
        const model = await compile(cells, "COLLECT");
        const { gaps } = analyzeTable(model, "d");
        const cases = gaps.map(({ inputs }) => [inputs[0]!, inputs[1]!] as const);
        const inGaps = cases.length === 0 ? undefined : await compile(cases, "COLLECT");
        for (const point of points) {
          const inGap = inGaps !== undefined && hitsAt(inGaps, point).length > 0;
          expect([point, inGap]).toEqual([point, hitsAt(model, point).length === 0]);
        }
      }),
      { numRuns: 80 },
    );
  }, 60_000);

  it("lists exactly the pairs that share a point, and exactly the rules that never come first", async () => {
    await fc.assert(
      fc.asyncProperty(rules, async (cells) => {
        const model = await compile(cells, "COLLECT");
        const hits = points.map((point) => hitsAt(model, point));
        const pairs = new Set(
          hits.flatMap((rule) =>
            rule.flatMap((left) => rule.filter((right) => right > left).map((right) => `${left}-${right}`)),
          ),
        );
        const { overlaps, unreachableRules } = analyzeTable(model, "d");
        expect(overlaps.map(({ rules: [left, right] }) => `${left}-${right}`).sort()).toEqual([...pairs].sort());
        const first = analyzeTable(await compile(cells, "FIRST"), "d");
        const decisive = new Set(hits.flatMap((rule) => rule.slice(0, 1)));
        const silent = cells.map((_, index) => index + 1).filter((rule) => !decisive.has(rule));
        const found = [...first.maskedRules, ...unreachableRules]
          .map(({ rule }) => rule)
          .sort((left, right) => left - right);
        expect(found).toEqual(silent);
      }),
      { numRuns: 80 },
    );
  }, 60_000);
});

describe("large tables", () => {
  it("answers within seconds, and says when the answer is not complete", async () => {
    const rules = Array.from({ length: 1500 }, (_, index) => [
      `[${index % 97}..${(index % 97) + 7}]`,
      `"c${index % 31}"`,
      `> ${index % 53}`,
      `not("x${index % 19}")`,
      "1",
    ]);
    const start = performance.now();
    const { complete, overlaps } = await analyse({ hitPolicy: "FIRST", inputs: ["a", "b", "c", "d"], rules });
    expect(performance.now() - start).toBeLessThan(10_000);
    expect(complete).toBe(false);
    expect(overlaps.length).toBe(200);
  }, 30_000);
});

describe("rule coverage", () => {
  it("counts hits of a decision wherever it was evaluated", async () => {
    const model = await compileDecisions(
      decision(
        "risk",
        table(
          {
            inputs: ["age"],
            rules: [
              ["< 25", '"high"'],
              [">= 25", '"low"'],
              ["null", '"unknown"'],
            ],
          },
          "risk-table",
        ),
      ) +
        decision(
          "price",
          table(
            {
              inputs: ["risk"],
              rules: [
                ['"high"', "200"],
                ['"low"', "100"],
              ],
            },
            "price-table",
          ),
          ["decision:risk"],
        ),
    );
    const results = [18, 20, 40].map((age) => evaluateDecision(model, "price", { age }));
    expect(ruleCoverage(model, "risk", results)).toMatchObject({
      covered: 2,
      total: 3,
      uncovered: [3],
      evaluations: 3,
      rules: [{ hits: 2 }, { hits: 1 }, { hits: 0 }],
    });
    expect(ruleCoverage(model, "price", results)).toMatchObject({ covered: 2, uncovered: [] });
  });
});

describe("the text export", () => {
  it("is a Markdown table with policy, allowed values and rules", async () => {
    const model = await compileTableModel({
      hitPolicy: "COLLECT",
      aggregation: "MAX",
      inputs: [{ text: "risk", values: '"low", "a|b"' }, "age"],
      outputs: [{ name: "fee" }],
      rules: [
        ['"low"', "", "10"],
        ['"a|b"', "< 25", "20\n+ 5"],
      ],
    });
    expect(tableToText(model, "d")).toBe(
      [
        "d (hit policy COLLECT, MAX)",
        "",
        "| C>  | risk            | age  | → fee  |",
        "| --- | --------------- | ---- | ------ |",
        '|     | *"low", "a\\|b"* |      |        |',
        '| 1   | "low"           | -    | 10     |',
        '| 2   | "a\\|b"          | < 25 | 20 + 5 |',
        "",
      ].join("\n"),
    );
  });

  it("says what is wrong when there is no table to show", async () => {
    const model = await compileDecisions(inputData("x"));
    expect(() => tableToText(model, "gone")).toThrow(
      /^Expected a decision or knowledge model of Model, but there is no gone$/,
    );
  });
});
