/**
 * The DMN Technology Compatibility Kit: every case of the kit's folder (`TCK_DIR`, else ../shared/tck). The same run is
 * part of `npm test`; `npm run test:tck` also writes `tck_results.csv`. The kit is not part of this repository.
 */
import { existsSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readKit } from "./cases.ts";
import { formatScores, toCsv } from "./report.ts";
import type { CaseOutcome, InputForm } from "./run-case.ts";
import { ModelShelf, runCase } from "./run-case.ts";

const kitFolder = process.env.TCK_DIR ?? "../shared/tck";
const report = process.env.TCK_REPORT;

/** Without the kit `npm test` has nothing to run here; asking for it by name is an error. */
if (!existsSync(kitFolder) && report)
  throw new Error(`Expected the kit in ${kitFolder}, but there is none: set TCK_DIR`);

describe.runIf(existsSync(kitFolder))("the DMN compatibility kit", () => {
  const run = async (form: InputForm): Promise<readonly CaseOutcome[]> => {
    const shelf = new ModelShelf();
    const outcomes: CaseOutcome[] = [];
    for (const kitCase of readKit(kitFolder)) outcomes.push(await runCase(kitCase, shelf, form));
    expect(outcomes.length).toBeGreaterThan(0);
    return outcomes;
  };
  const failuresOf = (outcomes: readonly CaseOutcome[]): readonly string[] =>
    outcomes
      .filter(({ passed }) => !passed)
      .map(({ case: { folder, id }, comment }) => `${folder} ${id}: ${comment.slice(0, 300)}`);

  it("passes every case", async () => {
    const outcomes = await run("feel");
    if (report) {
      writeFileSync(report, toCsv(outcomes));
      process.stdout.write(`${formatScores(outcomes)}\n`);
    }
    expect(failuresOf(outcomes)).toEqual([]);
  }, 600_000);

  it("passes every case with its inputs sent as JSON, as over REST", async () => {
    expect(failuresOf(await run("json"))).toEqual([]);
  }, 600_000);
});
