/**
 * The tests of a package: cases (facts → expected answer) and invariants ("raising the amount never makes the answer
 * milder"), run against the policy alone, without any agent; and how much of its rules they cover. D16, D17.
 */
import { z } from "zod";
import type { TestReport } from "../answers.ts";
import { canonicalJson } from "../audit/canonical.ts";
import { denial } from "../decide/combine.ts";
import { evaluatePolicy, type PolicyEvaluation } from "../decide/evaluate.ts";
import { requestContext } from "../decide/facts.ts";
import { durationMs } from "../decide/outputs.ts";
import { readQuestion } from "../decide/question.ts";
import { InvalidInputError } from "../errors.ts";
import type { Question } from "../requests.ts";
import type { Caller, Json, JsonRecord } from "../types.ts";
import { determinations, severity } from "../types.ts";
import type { PolicyTable } from "./compiled-model.ts";
import type { CompiledVersion } from "./registry.ts";

const free = z.record(z.string(), z.json());
const given = {
  action: z.string().or(free).optional(),
  args: free.optional(),
  facts: free.optional(),
  agent: free.nullish(),
  actor: free.nullish(),
  history: free.nullish(),
  budget: free.nullish(),
  now: z.string().optional(),
};
const expectation = z.strictObject({
  determination: z.enum(determinations),
  reasonCode: z.string().optional(),
  reasonCodes: z.array(z.string()).optional(),
  constraints: z.array(z.json()).optional(),
  approval: z
    .strictObject({
      group: z.string().nullish(),
      quorum: z.int().optional(),
      sla: z.string().nullish(),
      escalateTo: z.string().nullish(),
      onTimeout: z.string().optional(),
    })
    .optional(),
  riskScore: z.number().optional(),
});
const testsSchema = z.strictObject({
  defaults: z.strictObject(given).default({}),
  cases: z
    .array(z.strictObject({ name: z.string().min(1), ...given, expect: expectation }))
    .max(5000)
    .default([]),
  invariants: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        fact: z.string(),
        values: z.array(z.json()).min(2).max(200),
        mayOnly: z.enum(["tighten", "loosen"]),
        given: z.strictObject(given).optional(),
      }),
    )
    .max(200)
    .default([]),
});

export type PolicyTests = z.infer<typeof testsSchema>;
type Given = PolicyTests["defaults"];

const tester: Caller = { id: "policy-test", type: "service" };
const testInstant = Date.UTC(2026, 0, 1);

/** Reads `tests.json`. Throws InvalidInputError that names every wrong member. */
export function readTests(value: unknown): PolicyTests {
  const result = testsSchema.safeParse(value ?? {});
  if (result.success) return result.data;
  throw new InvalidInputError(
    "Expected the tests of a policy, but they have errors",
    result.error.issues.map((issue) => ({
      code: "TESTS_INVALID",
      message: issue.message,
      place: ["tests", ...issue.path].join("."),
    })),
  );
}

/** Runs everything; never throws for what a case says. */
export function runPolicyTests(policy: CompiledVersion, tests: PolicyTests): TestReport {
  const matched = new Set<string>();
  const cases = tests.cases.map((testCase) => {
    const evaluation = ask(policy, tests.defaults, testCase);
    for (const { ruleId } of evaluation.matchedRules) matched.add(ruleId);
    const problem = mismatch(evaluation, testCase.expect);
    return {
      name: testCase.name,
      passed: problem === null,
      expected: testCase.expect as unknown as Json,
      actual: summary(evaluation),
      matchedRules: evaluation.matchedRules.map(({ ruleId }) => ruleId),
      problem,
    };
  });
  const invariants = tests.invariants.map((invariant) => checkInvariant(policy, tests, invariant));
  const coverage = coverageOf(policy.model.tables, matched);
  const problems: { code: string; message: string; place?: string }[] = [];
  if (cases.length === 0)
    problems.push({
      code: "TESTS_MISSING",
      message: "Expected at least one test case, but there is none",
      place: "tests.cases",
    });
  for (const { name, problem } of cases)
    if (problem !== null) problems.push({ code: "TEST_FAILED", message: problem, place: `case "${name}"` });
  for (const { name, passed, counterexample } of invariants)
    if (!passed)
      problems.push({
        code: "INVARIANT_BROKEN",
        message: `Expected the invariant to hold, but ${canonicalJson(counterexample)}`,
        place: `invariant "${name}"`,
      });
  if (coverage.share < policy.manifest.release.ruleCoverageMin)
    for (const { decisionId, ruleIndex } of coverage.uncovered)
      problems.push({
        code: "RULE_UNCOVERED",
        message: "Expected a case for this rule, but none matches it",
        place: `${decisionId} rule ${ruleIndex}`,
      });
  return {
    policyId: policy.policyId,
    version: policy.version,
    passed: problems.length === 0,
    cases,
    invariants,
    coverage,
    analysis: policy.model.analyze(),
    problems,
  };
}

function ask(policy: CompiledVersion, defaults: Given, given: Given): PolicyEvaluation {
  const action = mergeAction(policy, defaults.action, given.action);
  const question = {
    action,
    args: { ...defaults.args, ...given.args },
    facts: { ...defaults.facts, ...given.facts },
    agent: given.agent ?? defaults.agent ?? null,
    actor: given.actor ?? defaults.actor ?? null,
    history: given.history ?? defaults.history ?? null,
    budget: given.budget ?? defaults.budget ?? null,
  } as unknown as Question;
  const instant = Date.parse(given.now ?? defaults.now ?? "") || testInstant;
  try {
    const { request } = readQuestion(question, tester, instant);
    const prepared = requestContext(request);
    return prepared.ok
      ? evaluatePolicy(policy, request, prepared.context)
      : { verdict: prepared.verdict, matchedRules: [] };
  } catch (error) {
    return {
      verdict: denial("QUESTION_INVALID", error instanceof Error ? error.message : String(error)),
      matchedRules: [],
    };
  }
}

function mergeAction(policy: CompiledVersion, ...given: readonly (string | JsonRecord | undefined)[]): JsonRecord {
  let action: JsonRecord = {
    type: policy.manifest.actions?.[0] ?? "test",
    reversible: true,
    riskClass: policy.manifest.riskClass,
  };
  for (const one of given)
    if (one !== undefined) action = { ...action, ...(typeof one === "string" ? { type: one } : one) };
  return action;
}

function checkInvariant(
  policy: CompiledVersion,
  tests: PolicyTests,
  invariant: PolicyTests["invariants"][number],
): TestReport["invariants"][number] {
  const bases: Given[] =
    invariant.given === undefined
      ? tests.cases.map(({ name: _name, expect: _expect, ...rest }) => rest)
      : [invariant.given];
  let checked = 0;
  for (const base of bases) {
    let before: { readonly value: Json; readonly determination: keyof typeof severity } | null = null;
    for (const value of invariant.values) {
      const determination = ask(policy, tests.defaults, withFact(base, invariant.fact, value as Json)).verdict
        .determination;
      checked++;
      const step = before === null ? 0 : severity[determination] - severity[before.determination];
      if (before !== null && (invariant.mayOnly === "tighten" ? step < 0 : step > 0)) {
        const counterexample = {
          given: base as unknown as Json,
          from: [before.value, before.determination],
          to: [value as Json, determination],
        };
        return { name: invariant.name, passed: false, checked, counterexample };
      }
      before = { value: value as Json, determination };
    }
  }
  return { name: invariant.name, passed: true, checked, counterexample: null };
}

function withFact(given: Given, fact: string, value: Json): Given {
  if (fact.startsWith("args.")) return { ...given, args: { ...given.args, [fact.slice(5)]: value as never } };
  return { ...given, facts: { ...given.facts, [fact]: value as never } };
}

function mismatch({ verdict }: PolicyEvaluation, expected: z.infer<typeof expectation>): string | null {
  if (verdict.determination !== expected.determination)
    return `Expected ${expected.determination}, but got ${verdict.determination} (${verdict.reasonCodes.join(", ")}${verdict.error === null ? "" : `: ${verdict.error}`})`;
  const codes = expected.reasonCodes ?? (expected.reasonCode === undefined ? undefined : [expected.reasonCode]);
  if (codes !== undefined && !codes.every((code) => verdict.reasonCodes.includes(code)))
    return `Expected the reason codes ${codes.join(", ")}, but got ${verdict.reasonCodes.join(", ")}`;
  if (expected.constraints !== undefined && canonicalJson(expected.constraints) !== canonicalJson(verdict.constraints))
    return `Expected the constraints ${canonicalJson(expected.constraints)}, but got ${canonicalJson(verdict.constraints)}`;
  if (expected.riskScore !== undefined && expected.riskScore !== verdict.riskScore)
    return `Expected the risk score ${expected.riskScore}, but got ${verdict.riskScore}`;
  return expected.approval === undefined ? null : approvalMismatch(verdict.approval, expected.approval);
}

function approvalMismatch(
  actual: PolicyEvaluation["verdict"]["approval"],
  expected: NonNullable<z.infer<typeof expectation>["approval"]>,
): string | null {
  if (actual === null) return "Expected approval terms, but there are none";
  for (const name of ["group", "quorum", "escalateTo", "onTimeout"] as const)
    if (expected[name] !== undefined && expected[name] !== actual[name])
      return `Expected the approval's ${name} to be ${expected[name]}, but it is ${actual[name]}`;
  if (expected.sla !== undefined && (expected.sla === null ? null : durationMs(expected.sla)) !== actual.slaMs)
    return `Expected the approval's SLA to be ${expected.sla}, but it is ${actual.slaMs} ms`;
  return null;
}

function summary({ verdict }: PolicyEvaluation): Json {
  return {
    determination: verdict.determination,
    constraints: verdict.constraints,
    approval: verdict.approval,
    riskScore: verdict.riskScore,
    reasonCodes: verdict.reasonCodes,
    error: verdict.error,
  } as unknown as Json;
}

function coverageOf(tables: readonly PolicyTable[], matched: ReadonlySet<string>): TestReport["coverage"] {
  const rules = tables.flatMap(({ decisionId, rules: tableRules }) =>
    tableRules.map(({ ruleId, ruleIndex }) => ({ decisionId, ruleId, ruleIndex })),
  );
  const uncovered = rules.filter(({ ruleId }) => !matched.has(ruleId));
  return {
    rules: rules.length,
    covered: rules.length - uncovered.length,
    share: rules.length === 0 ? 1 : (rules.length - uncovered.length) / rules.length,
    uncovered,
  };
}
