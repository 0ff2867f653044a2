// Ours against feelin's evaluator on random expressions. Every difference is traced to the smallest part that differs
// and must have its entry in feelin-differences.ts: an unexplained one is a bug here or news about feelin.
import { describe, expect, it } from "vitest";
import { evaluateWithFeelin } from "../../../decisions/feel/feelin-engine.ts";
import { evaluate, type FeelValue, toJson } from "../../../decisions/feel/index.ts";
import { expression, type Kind, type Sample, seeded, variables } from "./expression-generator.ts";
import { differences } from "./feelin-differences.ts";

const KINDS: readonly Kind[] = ["number", "boolean", "string", "list", "date", "duration", "context"];
const SAMPLES = 2_000;
/** Differences that random expressions meet too rarely. */
const RARE = [
  "modulo(10 / o.n, 1)",
  "(for x in true return x)",
  "sort([true, false], function(x, y) x < y)",
  'number("")',
  "null[item > 1]",
];

/** Numbers to 12 digits (feelin has doubles), keys in order, everything else as its text. */
function plain(value: unknown): unknown {
  if (typeof value === "number") return Number(value.toPrecision(12));
  if (typeof value === "string" && /^-?\d+\.\d{12,}$/.test(value)) return Number(Number(value).toPrecision(12));
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(plain);
  if (Object.getPrototypeOf(value) !== Object.prototype) return String(value);
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, inner]) => [key, plain(inner)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function ours(text: string): string {
  return JSON.stringify(plain(toJson(evaluate(text, variables).value as FeelValue)));
}

function theirs(text: string): string {
  try {
    return JSON.stringify(plain(evaluateWithFeelin(text, variables).value));
  } catch (error) {
    return `THROW ${(error as Error).message}`;
  }
}

interface Found {
  text: string;
  ours: string;
  theirs: string;
}

/** Leaves occur thousands of times. */
const answers = new Map<string, Found>();

/** The smallest differing expressions inside a sample. */
function differing(sample: Sample): Found[] {
  const known = answers.get(sample.text);
  const found = known ?? { text: sample.text, ours: ours(sample.text), theirs: theirs(sample.text) };
  answers.set(sample.text, found);
  const inner = sample.parts.flatMap(differing);
  if (inner.length > 0) return inner;
  return found.ours === found.theirs ? [] : [found];
}

describe("random expressions", () => {
  const found = new Map<string, Found>();
  const random = seeded(20_261_121);
  const samples = Array.from({ length: SAMPLES }, (_, index) =>
    expression(random, KINDS[index % KINDS.length]!, 1 + (index % 3)),
  );
  for (const sample of [...samples, ...RARE.map((text): Sample => ({ text, parts: [] }))]) {
    for (const difference of differing(sample)) found.set(difference.text, difference);
  }

  it("differ from feelin only where the checked-in list says so", () => {
    const unexplained = [...found.values()].filter((item) => !differences.some((entry) => entry.explains(item)));
    expect(unexplained).toEqual([]);
  });

  for (const entry of differences) {
    it(`still differ as listed: ${entry.name}`, () => {
      expect([...found.values()].some((item) => entry.explains(item))).toBe(true);
    });
  }
});

describe("known defects of feelin", () => {
  const defects: readonly [source: string, context: Record<string, unknown>, value: unknown][] = [
    ["amount - discount", { amount: 10, discount: 3, "amount - discount": 0 }, 7],
    ["count([1])", { count: 1 }, 1],
    ["1e3", {}, 1000],
    ["x > 1", { x: "2" }, null],
    ["median([10, 9, 100])", {}, 10],
    ['duration("P200D") = duration("P220D")', {}, false],
    ["[null, false][item = false]", {}, [false]],
    ["0.1 + 0.2 = 0.3", {}, true],
  ];
  for (const [source, context, value] of defects) {
    it(`are none of ours: ${source}`, () => {
      expect(toJson(evaluate(source, context).value as FeelValue)).toEqual(value);
    });
  }
});

describe("the selectable engine", () => {
  it("answers as the modelers' preview does", () => {
    expect(evaluate("0.1 + 0.2", {}, { engine: "feelin" }).value).toBe(0.1 + 0.2);
  });
});
