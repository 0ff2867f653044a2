/**
 * Decision tables against their peers, all measured in this run: feelin evaluated naively (each cell parsed and
 * evaluated per rule), and the native @gorules/zen-engine one call after the other. Inputs vary per call.
 * Demands (issue 3): 10 rules × 4 inputs, FIRST: ≥ 300× feelin, ≥ 10× zen; 1,000 rules × 6 inputs: < 50 µs.
 */
import { ZenEngine } from "@gorules/zen-engine";
import { evaluate as feelinEvaluate, unaryTest as feelinUnaryTest } from "feelin";
import type { DecisionModel } from "../../decisions/index.ts";
import { compileDecisionModel, evaluateDecision } from "../../decisions/index.ts";
import type { TableText } from "../decisions/dmn/dmn-xml.ts";
import { decision, definitions, table } from "../decisions/dmn/dmn-xml.ts";

const smallInputs = ["score", "amount", "country", "vip"];
const smallRules: readonly (readonly string[])[] = [
  ["< 300", "-", "-", "-", '"reject"'],
  ["[300..500)", "> 10000", "-", "false", '"reject"'],
  ["[300..500)", "> 10000", "-", "true", '"review"'],
  ["[300..500)", "<= 10000", '"DE", "FR"', "-", '"review"'],
  ["[300..500)", "-", "-", "-", '"reject"'],
  ["[500..700)", "> 50000", "-", "-", '"review"'],
  ["[500..700)", "<= 50000", 'not("US")', "-", '"approve"'],
  ["[500..700)", "-", "-", "true", '"approve"'],
  [">= 700", "<= 100000", "-", "-", '"approve"'],
  ["-", "-", "-", "-", '"review"'],
];

type Application = {
  readonly score: number;
  readonly amount: number;
  readonly country: string;
  readonly vip: boolean;
};

const applications: readonly Application[] = Array.from({ length: 512 }, (_, index) => ({
  score: (index * 37) % 850,
  amount: (index * 7919) % 150_000,
  country: ["DE", "FR", "US", "PL"][index % 4]!,
  vip: index % 3 === 0,
}));

/** Prints one line per figure and returns them, for the report of all benchmarks. */
export async function run(): Promise<Readonly<Record<string, number>>> {
  const small = await compileModel({ hitPolicy: "FIRST", inputs: smallInputs, rules: smallRules });
  const zen = newZenTable();
  for (const application of applications) await compareAnswers(small, zen, application);
  const ours = measure(200_000, (index) => evaluateDecision(small, "d", { ...applications[index % 512]! }));
  const feelin = measure(600, (index) => naiveFeelin(applications[index % 512]!));
  const zenTime = await measureAsync(6_000, (index) => zen.evaluate({ ...applications[index % 512]! }));
  const large = await compileModel(largeTable());
  const largeTime = measure(50_000, (index) => evaluateDecision(large, "d", largeFacts(index)));
  const figures = {
    "dmn 10×4 FIRST µs": ours,
    "dmn 10×4 FIRST × feelin naive": feelin / ours,
    "dmn 10×4 FIRST × zen sequential": zenTime / ours,
    "dmn 1000×6 µs": largeTime,
  };
  for (const [name, value] of Object.entries(figures)) console.log(`${name}: ${value.toFixed(2)}`);
  return figures;
}

function compileModel(text: TableText): Promise<DecisionModel> {
  return compileDecisionModel(definitions(decision("d", table(text))));
}

/** Microseconds per call, the median of seven rounds after a warm-up. */
function measure(calls: number, call: (index: number) => unknown): number {
  for (let index = 0; index < calls; index++) call(index);
  const rounds = Array.from({ length: 7 }, () => {
    const start = performance.now();
    for (let index = 0; index < calls; index++) call(index);
    return ((performance.now() - start) * 1000) / calls;
  });
  return rounds.sort((left, right) => left - right)[3]!;
}

async function measureAsync(calls: number, call: (index: number) => Promise<unknown>): Promise<number> {
  for (let index = 0; index < calls; index++) await call(index);
  const rounds: number[] = [];
  for (let round = 0; round < 7; round++) {
    const start = performance.now();
    for (let index = 0; index < calls; index++) await call(index);
    rounds.push(((performance.now() - start) * 1000) / calls);
  }
  return rounds.sort((left, right) => left - right)[3]!;
}

function naiveFeelin(application: Application): unknown {
  for (const rule of smallRules) {
    const matches = smallInputs.every((input, column) => {
      const value: unknown = feelinEvaluate(input, application).value;
      return feelinUnaryTest(rule[column]!, { ...application, "?": value }).value === true;
    });
    if (matches) return feelinEvaluate(rule[4]!, application).value;
  }
  return null;
}

function newZenTable() {
  const ids = smallInputs.map((_, index) => `i${index}`);
  const content = {
    hitPolicy: "first",
    inputs: smallInputs.map((field, index) => ({ id: ids[index], field, name: field })),
    outputs: [{ id: "o", field: "result", name: "result" }],
    rules: smallRules.map((cells, index) => ({
      _id: String(index),
      ...Object.fromEntries(ids.map((id, column) => [id, zenCell(cells[column]!)])),
      o: cells[4],
    })),
  };
  const nodes = [
    { id: "in", type: "inputNode", name: "in", position: { x: 0, y: 0 } },
    { id: "table", type: "decisionTableNode", name: "table", position: { x: 0, y: 0 }, content },
    { id: "out", type: "outputNode", name: "out", position: { x: 0, y: 0 } },
  ];
  const edges = [
    { id: "1", sourceId: "in", targetId: "table", type: "edge" },
    { id: "2", sourceId: "table", targetId: "out", type: "edge" },
  ];
  return new ZenEngine().createDecision(
    Buffer.from(JSON.stringify({ nodes, edges, contentType: "application/vnd.gorules.decision" })),
  );
}

function zenCell(cell: string): string {
  if (cell === "-") return "";
  return cell === 'not("US")' ? '!= "US"'.replace("!= ", "$ != ") : cell;
}

async function compareAnswers(
  model: DecisionModel,
  zen: ReturnType<typeof newZenTable>,
  application: Application,
): Promise<void> {
  const ours = evaluateDecision(model, "d", { ...application }).value;
  const theirs = ((await zen.evaluate(application)).result as { result: unknown }).result;
  const naive = naiveFeelin(application);
  if (ours !== theirs || ours !== naive) {
    throw new Error(
      `Expected the same answer of all engines, but ours is ${String(ours)}, zen's ${String(theirs)}, feelin's ${String(naive)} for ${JSON.stringify(application)}`,
    );
  }
}

/** 1,000 rules: intervals, enumerations, comparisons and open cells over six inputs. */
function largeTable(): TableText {
  const rules = Array.from({ length: 1000 }, (_, index) => [
    `[${index}..${index + 40}]`,
    index % 5 === 0 ? "-" : `"c${index % 50}"`,
    index % 3 === 0 ? `> ${index / 2}` : "-",
    index % 2 === 0 ? "true" : "-",
    `<= ${2000 - index}`,
    index % 7 === 0 ? `not("x${index % 9}")` : "-",
    String(index),
  ]);
  return { hitPolicy: "COLLECT", inputs: ["a", "b", "c", "d", "e", "f"], rules };
}

function largeFacts(index: number): Record<string, unknown> {
  return {
    a: (index * 31) % 1050,
    b: `c${index % 60}`,
    c: (index * 17) % 900,
    d: index % 2 === 0,
    e: (index * 13) % 2100,
    f: `x${index % 12}`,
  };
}
