/** Test cases whose answer changed on purpose: what was expected is replaced by what the new version answers. */
import { isObject, type JsonObject, type JsonValue } from "../../api/json.ts";
import type { TestReport } from "../../api/policies.ts";
import { stateLook } from "../../ui/states.ts";

/** The tests with the answers of the report in the failed cases. Only members that a case asked for are written. */
export function acceptAnswers(tests: JsonObject, report: TestReport): JsonObject {
  const failed = new Map(report.cases.filter((test) => !test.passed).map((test) => [test.name, test.actual]));
  const cases = Array.isArray(tests.cases) ? (tests.cases as readonly JsonValue[]) : [];
  return {
    ...tests,
    cases: cases.map((test) => {
      if (!isObject(test) || typeof test.name !== "string") return test;
      const actual = failed.get(test.name);
      return isObject(actual) ? { ...test, expect: answerOf(actual, test.expect) } : test;
    }),
  };
}

function answerOf(actual: JsonObject, expected: JsonValue | undefined): JsonObject {
  const before = isObject(expected) ? expected : {};
  const codes = Array.isArray(actual.reasonCodes) ? (actual.reasonCodes as readonly JsonValue[]) : [];
  const answer: Record<string, JsonValue> = { determination: actual.determination ?? null };
  if ("reasonCode" in before && codes[0] !== undefined) answer.reasonCode = codes[0];
  if ("reasonCodes" in before) answer.reasonCodes = codes;
  if ("riskScore" in before && actual.riskScore !== undefined) answer.riskScore = actual.riskScore;
  if ("constraints" in before && Array.isArray(actual.constraints))
    answer.constraints = actual.constraints as JsonValue;
  return answer;
}

/** "approval required (AMOUNT_OVER_LIMIT)". */
export function describeAnswer(answer: JsonValue): string {
  if (!isObject(answer)) return JSON.stringify(answer);
  const codes = Array.isArray(answer.reasonCodes)
    ? (answer.reasonCodes as readonly JsonValue[]).join(", ")
    : typeof answer.reasonCode === "string"
      ? answer.reasonCode
      : "";
  const determination =
    typeof answer.determination === "string" ? stateLook(answer.determination).text.toLowerCase() : "nothing";
  return codes === "" ? determination : `${determination} (${codes})`;
}
