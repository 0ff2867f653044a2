/**
 * The BPMN conformance models, through HTTP on a server of this process. BPMN_MODELS_DIR names their folder (default
 * ../shared/bpmn). Cases of one model run one after the other (they share ids), models side by side: most of the time
 * is spent waiting for timers.
 */
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "../api/server.ts";
import { ConformanceClient, type ConformanceIndex, JobDispatcher, runCase } from "./bpmn-runner.ts";

const folder = resolve(process.env.BPMN_MODELS_DIR ?? "../shared/bpmn");
const isThere = existsSync(`${folder}/index.json`);
if (!isThere) process.stdout.write(`BPMN conformance models are not at ${folder}: set BPMN_MODELS_DIR to run them.\n`);

describe.runIf(isThere)("B13 R24 BPMN conformance over HTTP", () => {
  const index = isThere
    ? (JSON.parse(readFileSync(`${folder}/index.json`, "utf8")) as ConformanceIndex)
    : { tests: [], constraints: [] };
  let server: TestServer;
  let client: ConformanceClient;
  let dispatcher: JobDispatcher;
  let polls: Promise<unknown>;

  beforeAll(async () => {
    server = await startTestServer();
    client = new ConformanceClient(server.url);
    dispatcher = new JobDispatcher(client);
    polls = Promise.all(["trace", "send"].map((type) => dispatcher.run(type)));
  });
  afterAll(async () => {
    dispatcher?.stop();
    await polls;
    await server?.close();
  });

  describe.concurrent("executes", { timeout: 180_000 }, () => {
    it.each(index.tests.map((test) => [`${test.group}/${test.name}`, test] as const))("%s", async (_name, test) => {
      const faults: string[] = [];
      for (const conformanceCase of test.cases) {
        const fault = await runCase(client, dispatcher, folder, test, conformanceCase);
        if (fault !== null) faults.push(`case ${conformanceCase.case}: ${fault}`);
      }
      expect(faults).toEqual([]);
    });
  });

  it("rejects at least 95 % of the invalid models, each with 400 and a sentence", { timeout: 120_000 }, async () => {
    const accepted: string[] = [];
    for (const { file } of index.constraints) {
      const { status, body } = await client.deploy(`${folder}/${file}`);
      if (status !== 400 || typeof body.detail !== "string") accepted.push(`${file} (${status})`);
    }
    process.stdout.write(
      `invalid models rejected: ${index.constraints.length - accepted.length} of ${index.constraints.length}\n`,
    );
    expect(accepted.length, accepted.join("\n")).toBeLessThanOrEqual(index.constraints.length * 0.05);
  });
});
