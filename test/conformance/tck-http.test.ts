/**
 * The official DMN kit through the REST interface of a whole server: every case passes, or stands in the list below
 * with its reason. The kit is not part of this repository; see tck/kit.test.ts for the same cases without HTTP.
 */
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call, startTestServer, type TestServer } from "../api/server.ts";
import type { KitCase } from "./tck/cases.ts";
import { readKit } from "./tck/cases.ts";
import { askCase, deployFolder } from "./tck/http-kit.ts";
import { formatScores } from "./tck/report.ts";
import type { CaseOutcome } from "./tck/run-case.ts";

const kitFolder = process.env.TCK_DIR ?? "../shared/tck";
const requestsAtOnce = 12;

/**
 * JSON has no dates, and these models declare their input `Any`: nothing says that the text is a date. To guess it from
 * the text would let a payload decide what an expression means.
 */
const untypedDates: ReadonlySet<string> = new Set([
  "0095-feel-day-of-year-function date_005",
  "0095-feel-day-of-year-function datetime_004",
  "0096-feel-day-of-week-function datetime_001",
  "0097-feel-month-of-year-function date_005",
  "0097-feel-month-of-year-function datetime_004",
  "0098-feel-week-of-year-function date_006",
  "0098-feel-week-of-year-function datetime_004",
]);

const nameOf = ({ folder, id }: KitCase): string => `${folder} ${id}`;

describe.runIf(existsSync(kitFolder))("the DMN compatibility kit over HTTP", () => {
  let server: TestServer;
  const outcomes: CaseOutcome[] = [];

  beforeAll(async () => {
    server = await startTestServer();
    const byModel = new Map<string, KitCase[]>();
    for (const kitCase of readKit(kitFolder)) {
      const folder = dirname(kitCase.modelPath);
      byModel.set(folder, [...(byModel.get(folder) ?? []), kitCase]);
    }
    // One folder after the other: ids are theirs again and again, and the latest version is what an id means.
    for (const cases of byModel.values()) outcomes.push(...(await askAll(cases)));
  }, 120_000);
  afterAll(() => server.close());

  async function askAll(cases: readonly KitCase[]): Promise<readonly CaseOutcome[]> {
    try {
      const definitions = await deployFolder(server, cases[0]?.modelPath ?? "");
      const answers: CaseOutcome[] = [];
      for (let from = 0; from < cases.length; from += requestsAtOnce) {
        const batch = cases.slice(from, from + requestsAtOnce);
        answers.push(...(await Promise.all(batch.map((kitCase) => askCase(server, kitCase, definitions)))));
      }
      return answers;
    } catch (error) {
      return cases.map((kitCase) => ({ case: kitCase, passed: false, comment: String(error) }));
    }
  }

  it("passes every case but the untyped dates", () => {
    const failed = outcomes.filter(({ passed }) => !passed);
    const unexpected = failed.filter((outcome) => !untypedDates.has(nameOf(outcome.case)));
    expect(unexpected.map((outcome) => `${nameOf(outcome.case)}: ${outcome.comment.slice(0, 300)}`)).toEqual([]);
    expect(outcomes.length, formatScores(outcomes)).toBeGreaterThan(2000);
  });

  it("excuses only cases that fail", () => {
    const excused = outcomes.filter((outcome) => untypedDates.has(nameOf(outcome.case)));
    expect(excused.filter(({ passed }) => passed).map((outcome) => nameOf(outcome.case))).toEqual([]);
  });

  it("finds every evaluation again, whatever its logic, with the documented types", async () => {
    const types = new Set<string>();
    let after: string | undefined;
    for (let page = 0; page < 10; page++) {
      const answer = await call(server, "POST", "/v2/decision-instances/search", {
        page: { limit: 1000, ...(after === undefined ? {} : { after }) },
      });
      expect(answer.status, answer.text.slice(0, 300)).toBe(200);
      for (const item of answer.json.items) types.add(item.decisionDefinitionType);
      after = answer.json.page.endCursor ?? undefined;
      if (after === undefined || answer.json.items.length === 0) break;
    }
    expect([...types].sort()).toEqual(["DECISION_TABLE", "LITERAL_EXPRESSION", "UNKNOWN"]);
  });
});
