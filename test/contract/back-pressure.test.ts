/**
 * Too much to do, a store that is slow, a store that is away: the server says so in the words that make clients wait, and
 * nothing that it has acknowledged is lost. With the official client as it is delivered: it tries 429 and 503
 * RESOURCE_EXHAUSTED again (three times at most, unless told otherwise) and takes every other 503 for final.
 */
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answered, call, deploy, startTestServer, type TestServer } from "../api/server.ts";
import { postgresMissing, startPostgres, type TestPostgres } from "../postgres.ts";
import { now, officialClient } from "./client.ts";
import { everything } from "./models.ts";

const inFlightMax = 4;

/** As patient as an application makes it that must not lose a request. */
const patientClient = (url: string, more: Readonly<Record<string, string>> = {}) =>
  officialClient({ url }, true, {
    CAMUNDA_SDK_LOG_LEVEL: "silent",
    CAMUNDA_SDK_HTTP_RETRY_MAX_ATTEMPTS: "40",
    CAMUNDA_SDK_HTTP_RETRY_MAX_DELAY_MS: "300",
    ...more,
  } as never);

function expectBusy({ status, headers, json }: Answered, title: string): void {
  expect(json).toMatchObject({ status: 503, title, type: "about:blank" });
  expect(status).toBe(503);
  expect(Number(headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
}

describe.skipIf(postgresMissing() !== null)("a server under pressure (R18, R20)", () => {
  let postgres: TestPostgres;
  let databaseUrl: string;
  let server: TestServer;
  beforeAll(async () => {
    postgres = await startPostgres({ fsync: false });
    databaseUrl = await postgres.createDatabase();
    server = await startTestServer({
      environment: { DATABASE_URL: databaseUrl, REQUESTS_IN_FLIGHT_MAX: String(inFlightMax) },
    });
    expect((await deploy(server, everything)).status).toBe(200);
  });
  afterAll(async () => {
    await server?.close();
    await postgres?.stop();
  });

  const start = (tag: string): Promise<Answered> =>
    call(server, "POST", "/v2/process-instances", {
      processDefinitionId: "order",
      variables: { whose: tag },
      tags: [tag],
    });
  /** Keys of the instances that were started under a tag. */
  const started = async (tag: string): Promise<readonly string[]> => {
    const { json, text } = await call(server, "POST", "/v2/process-instances/search", {
      filter: { tags: [tag] },
      page: { limit: 100 },
    });
    expect(json?.items, text).toBeDefined();
    return json.items.map((item: { processInstanceKey: string }) => item.processInstanceKey);
  };

  /** Nothing is written of any instance until what this gives is called. */
  async function holdWrites(): Promise<() => Promise<void>> {
    const blocker = new pg.Client({ connectionString: databaseUrl });
    await blocker.connect();
    await blocker.query("begin; lock table process_instance in exclusive mode");
    return async () => {
      await blocker.query("commit");
      await blocker.end();
    };
  }

  it("refuses at once what is too much for a slow store, loses nothing of the rest, and clients that try again succeed", async () => {
    const camunda = patientClient(server.url);
    await camunda.getTopology();
    const release = await holdWrites();
    const refused: Answered[] = [];
    const raw = Array.from({ length: 20 }, async () => {
      const answer = await start("slow");
      if (answer.status === 503) refused.push(answer);
      return answer;
    });
    await expect.poll(() => refused.length).toBe(20 - inFlightMax);
    for (const answer of refused) expectBusy(answer, "RESOURCE_EXHAUSTED");
    const patient = Array.from({ length: 6 }, () =>
      camunda.createProcessInstance({ processDefinitionId: "order" as never, tags: ["patient"] as never }),
    );
    // They are refused as well, and come back until there is room.
    await new Promise((resolve) => setTimeout(resolve, 300));
    await release();
    const accepted = (await Promise.all(raw)).filter(({ status }) => status === 200);
    expect(new Set(await started("slow"))).toEqual(
      new Set(accepted.map(({ json }) => json.processInstanceKey as string)),
    );
    const keys = (await Promise.all(patient)).map(({ processInstanceKey }) => String(processInstanceKey));
    expect(new Set(await started("patient"))).toEqual(new Set(keys));
    expect(keys).toHaveLength(6);
  });

  it("suspends a batch operation on its way, resumes it to its end, and cancels the rest of another", async () => {
    const camunda = patientClient(server.url);
    /** A batch that would cancel `total` instances, suspended while the first of them wait for the store. */
    const suspend = async (total: number) => {
      for (let count = 0; count < total; count++)
        await camunda.createProcessInstance({ processDefinitionId: "sleeper" as never });
      const release = await holdWrites();
      const { batchOperationKey } = await camunda.cancelProcessInstancesBatchOperation({
        filter: { processDefinitionId: "sleeper" as never, state: "ACTIVE" },
      });
      await camunda.suspendBatchOperation({ batchOperationKey });
      const get = () => camunda.getBatchOperation({ batchOperationKey }, now);
      expect(await get()).toMatchObject({
        state: "SUSPENDED",
        operationsTotalCount: total,
        operationsCompletedCount: 0,
      });
      await release();
      // Those that were on their way arrive; no other is begun.
      await expect.poll(async () => (await get()).operationsCompletedCount).toBe(20);
      expect((await get()).state).toBe("SUSPENDED");
      return { batchOperationKey, get };
    };
    const resumed = await suspend(23);
    await camunda.resumeBatchOperation({ batchOperationKey: resumed.batchOperationKey });
    await expect
      .poll(resumed.get)
      .toMatchObject({ state: "COMPLETED", operationsCompletedCount: 23, operationsFailedCount: 0 });
    const canceled = await suspend(22);
    await camunda.cancelBatchOperation({ batchOperationKey: canceled.batchOperationKey });
    expect(await canceled.get()).toMatchObject({ state: "CANCELED", operationsCompletedCount: 20 });
    const { page } = await camunda.searchProcessInstances(
      { filter: { processDefinitionId: "sleeper" as never, state: "ACTIVE" } },
      now,
    );
    expect(page.totalItems).toBe(2);
  });

  it("says that the store is away, keeps what is on its way until it is back, and goes on", async () => {
    await postgres.kill();
    const waiting = Array.from({ length: inFlightMax - 1 }, () => start("away"));
    for (const answer of [
      await call(server, "POST", "/v2/user-tasks/search", {}),
      await call(server, "GET", "/v2/process-instances/2251799813685249"),
    ])
      expectBusy(answer, "UNAVAILABLE");
    expect((await call(server, "GET", "/health/ready")).status).toBe(503);
    expect((await call(server, "GET", "/health/live")).status).toBe(200);
    const impatient = patientClient(server.url).searchUserTasks({}, now);
    await expect(impatient).rejects.toMatchObject({ status: 503 });
    await postgres.restart();
    const accepted = await Promise.all(waiting);
    // What was not acknowledged may be sent again; here all were.
    expect(accepted.map(({ status, text }) => `${status} ${status === 200 ? "" : text}`)).toEqual(
      accepted.map(() => "200 "),
    );
    await expect.poll(() => call(server, "GET", "/health/ready").then(({ status }) => status)).toBe(200);
    const keys = accepted.map(({ json }) => json.processInstanceKey as string);
    expect(new Set(await started("away"))).toEqual(new Set(keys));
    expect(await started("away")).toHaveLength(keys.length);
    const jobs = await call(server, "POST", "/v2/jobs/activation", {
      type: "charge",
      worker: "after",
      timeout: 60_000,
      maxJobsToActivate: 100,
      requestTimeout: 5_000,
    });
    const own = jobs.json.jobs.filter((job: { processInstanceKey: string }) => keys.includes(job.processInstanceKey));
    expect(own).toHaveLength(keys.length);
    for (const { jobKey } of own)
      expect((await call(server, "POST", `/v2/jobs/${jobKey}/completion`, {})).status).toBe(204);
  }, 60_000);

  it("tells an address that asks too often when to come back, and a client that tries again is answered", async () => {
    // No limit holds on loopback, so the server listens on every address; without sign-in it would refuse to.
    const said: string[] = [];
    const limited = await startTestServer({
      environment: {
        ...{ HOST: "0.0.0.0", AUTHENTICATION: "basic", RATE_LIMIT_PER_MINUTE: "120" },
        DATABASE_URL: databaseUrl,
      },
      say: (line) => void said.push(line),
    });
    const url = limited.url.replace("0.0.0.0", "127.0.0.1");
    try {
      const answers = await Promise.all(Array.from({ length: 130 }, () => call({ url }, "GET", "/v2/license")));
      const refused = answers.filter(({ status }) => status === 429);
      expect(refused.length).toBeGreaterThan(0);
      expect(refused[0]!.json).toMatchObject({ title: "TOO_MANY_REQUESTS", status: 429 });
      expect(refused[0]!.headers.get("retry-after")).toBe("1");
      const signedIn = patientClient(url, {
        CAMUNDA_AUTH_STRATEGY: "BASIC",
        CAMUNDA_BASIC_AUTH_USERNAME: "admin",
        CAMUNDA_BASIC_AUTH_PASSWORD: /password (\S+)/.exec(said.join("\n"))![1]!,
      });
      const found = await Promise.all([1, 2, 3].map(() => signedIn.getLicense()));
      expect(found).toHaveLength(3);
    } finally {
      await limited.close();
    }
  });
});
