/** Long polling as workers depend on it, and the client SDK's own worker. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BpmnError, InterlockClient } from "../../api/client/index.ts";
import { order, twoSteps } from "../contract/models.ts";
import { call, deploy, startTestServer, type TestServer } from "./server.ts";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  expect((await deploy(server, { "order.bpmn": order, "two-steps.bpmn": twoSteps })).status).toBe(200);
});
afterAll(() => server?.close());

const start = async (processDefinitionId = "order", variables: object = {}) =>
  (await call(server, "POST", "/v2/process-instances", { processDefinitionId, variables })).json
    .processInstanceKey as string;

function poll(requestTimeout: number, more: object = {}) {
  return call(server, "POST", "/v2/jobs/activation", {
    type: "charge",
    worker: "w",
    timeout: 30_000,
    maxJobsToActivate: 1,
    requestTimeout,
    ...more,
  });
}

async function stateOf(processInstanceKey: string): Promise<string> {
  return (await call(server, "GET", `/v2/process-instances/${processInstanceKey}`)).json.state;
}

describe("a poll for jobs", () => {
  it("answers at once when asked to, and otherwise waits as long as it was told", async () => {
    const time = async (requestTimeout: number) => {
      const from = performance.now();
      expect((await poll(requestTimeout)).json).toEqual({ jobs: [] });
      return performance.now() - from;
    };
    expect(await time(-1)).toBeLessThan(1_000);
    const waited = await time(600);
    expect(waited).toBeGreaterThan(500);
    expect(waited).toBeLessThan(5_000);
  });

  it("wakes when a job appears", async () => {
    const waiting = poll(10_000);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const from = performance.now();
    await start();
    const { json } = await waiting;
    expect(performance.now() - from).toBeLessThan(2_000);
    await call(server, "POST", `/v2/jobs/${json.jobs[0].jobKey}/completion`, {});
  });

  it("of a client that has gone locks no job", async () => {
    const abort = new AbortController();
    const gone = fetch(`${server.url}/v2/jobs/activation`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ type: "charge", timeout: 3_600_000, maxJobsToActivate: 1, requestTimeout: 20_000 }),
      signal: abort.signal,
    }).catch(() => "gone");
    await new Promise((resolve) => setTimeout(resolve, 200));
    abort.abort();
    expect(await gone).toBe("gone");
    await new Promise((resolve) => setTimeout(resolve, 100));
    const key = await start();
    const { json } = await poll(2_000);
    expect(json.jobs.map((job: { processInstanceKey: string }) => job.processInstanceKey)).toEqual([key]);
    await call(server, "POST", `/v2/jobs/${json.jobs[0].jobKey}/completion`, {});
  });

  it("gives each job to one of many who wait", async () => {
    const waiting = Array.from({ length: 5 }, () => poll(3_000));
    await new Promise((resolve) => setTimeout(resolve, 200));
    const keys = await Promise.all([start(), start(), start()]);
    const taken = (await Promise.all(waiting)).flatMap(
      ({ json }) => json.jobs as { processInstanceKey: string; jobKey: string }[],
    );
    expect(taken.map((job) => job.processInstanceKey).sort()).toEqual([...keys].sort());
    for (const { jobKey } of taken) await call(server, "POST", `/v2/jobs/${jobKey}/completion`, {});
  });

  it("of other tenants is refused while there is one", async () => {
    const { status, json } = await poll(-1, { tenantIds: ["other"] });
    expect(status).toBe(400);
    expect(json.detail).toContain("other");
  });

  it("gives only the variables that were asked for", async () => {
    await start("order", { wanted: 1, secret: 2 });
    const { json } = await poll(2_000, { fetchVariable: ["wanted"] });
    expect(json.jobs[0].variables).toEqual({ wanted: 1 });
    await call(server, "POST", `/v2/jobs/${json.jobs[0].jobKey}/completion`, {});
  });
});

describe("a job that is answered", () => {
  it("twice is not found the second time, and says so", async () => {
    await start();
    const { json } = await poll(2_000);
    const path = `/v2/jobs/${json.jobs[0].jobKey}/completion`;
    expect((await call(server, "POST", path, { variables: null })).status).toBe(204);
    const second = await call(server, "POST", path, {});
    expect(second.status).toBe(404);
    expect(second.json.title).toBe("NOT_FOUND");
  });
});

describe("the client SDK", () => {
  it("starts, works and sees the end", async () => {
    const client = new InterlockClient({ url: server.url });
    const keys: string[] = [];
    const workers = ["ship", "bill"].map((type) =>
      client.work(type, async (_job, { idempotencyKey }) => {
        keys.push(idempotencyKey);
        return { [type]: true };
      }),
    );
    try {
      const started = await Promise.all(
        Array.from({ length: 5 }, () => client.startProcess({ processDefinitionId: "two-steps" })),
      );
      for (const { processInstanceKey } of started)
        await expect.poll(() => stateOf(processInstanceKey), { timeout: 10_000 }).toBe("COMPLETED");
      expect(new Set(keys).size).toBe(10);
    } finally {
      await Promise.all(workers.map((worker) => worker.stop()));
    }
  });

  it("turns a business error into a BPMN error and anything else into a retry", async () => {
    const client = new InterlockClient({ url: server.url });
    let tries = 0;
    const worker = client.work(
      "charge",
      async (job) => {
        if (job.variables.declined === true) throw new BpmnError("DECLINED", "no money");
        if (++tries < 3) throw new Error("the line is busy");
      },
      { retryBackOffMs: 0 },
    );
    try {
      const declined = await start("order", { declined: true });
      const flaky = await start("order", {});
      await expect.poll(() => stateOf(declined), { timeout: 10_000 }).toBe("COMPLETED");
      await expect.poll(() => stateOf(flaky), { timeout: 10_000 }).toBe("COMPLETED");
      expect(tries).toBe(3);
    } finally {
      await worker.stop();
    }
  });

  it("waits for a server that is away, longer each time, and stops when told", async () => {
    const errors: unknown[] = [];
    const worker = new InterlockClient({ url: "http://127.0.0.1:9", triesMax: 1 }).work("x", async () => undefined, {
      onError: (error) => errors.push(error),
    });
    await expect.poll(() => errors.length, { timeout: 5_000 }).toBeGreaterThan(0);
    await worker.stop();
    expect(errors.length).toBeLessThan(5);
  });
});

describe("a server that is told to end", () => {
  it("ends open polls and event streams, answers what is under way, and takes nothing more", async () => {
    const own = await startTestServer();
    const waiting = call(own, "POST", "/v2/jobs/activation", {
      type: "none",
      timeout: 1_000,
      maxJobsToActivate: 1,
      requestTimeout: 30_000,
    });
    const events = await fetch(`${own.url}/governance/v1/events`);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const from = performance.now();
    await own.close();
    expect(performance.now() - from).toBeLessThan(5_000);
    expect((await waiting).json).toEqual({ jobs: [] });
    await events.text();
    await expect(fetch(`${own.url}/v2/topology`)).rejects.toThrow();
  });
});
