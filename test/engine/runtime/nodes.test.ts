import { spawn } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEngine, type Engine } from "../../../engine/index.ts";
import { type Database, migrate, openDatabase } from "../../../store/index.ts";
import { type Compiled, compile } from "../../compiled.ts";
import { postgresMissing, startPostgres, type TestPostgres } from "../../postgres.ts";
import { deploy, eventually, operator, startEngine } from "./harness.ts";
import { catchMessage, end, message, model, sequence, start, twoTasks, userTask } from "./models.ts";

const missing = postgresMissing();

describe.skipIf(missing !== null)(`two nodes on one PostgreSQL${missing ? ` (skipped: ${missing})` : ""}`, () => {
  let server: TestPostgres;
  let url = "";
  const databases: Database[] = [];
  let left: Engine;
  let right: Engine;
  beforeAll(async () => {
    server = await startPostgres({ fsync: false });
    url = await server.createDatabase();
    for (let index = 0; index < 2; index++) databases.push(await openDatabase({ databaseUrl: url, poolMax: 5 }));
    await migrate(databases[0] as Database);
    left = await startEngine(databases[0] as Database);
    right = await startEngine(databases[1] as Database);
    await deploy(
      left,
      ["two-tasks.bpmn", twoTasks],
      [
        "waiting.bpmn",
        model("waiting", sequence(start(), catchMessage("wait", "Message_go"), end()), {
          root: message("Message_go", "go", "=id"),
        }),
      ],
      ["form.bpmn", model("asked", sequence(start(), userTask("ask"), end()))],
    );
  });
  afterAll(async () => {
    await left?.stop();
    await right?.stop();
    for (const database of databases) await database.close();
    await server?.stop();
  });
  const state = async (engine: Engine, key: string): Promise<string> =>
    (await engine.queries.getProcessInstance(key, operator)).state;

  it("gives definitions, instances and jobs of one node to the other", async () => {
    const { processInstanceKey } = await left.createInstance(
      { processDefinitionId: "two_tasks", variables: { amount: 20 } },
      operator,
    );
    const [a] = await right.activateJobs(
      { type: "A", timeoutMs: 10_000, maxJobsToActivate: 1, requestTimeoutMs: 5_000 },
      operator,
    );
    expect(a).toMatchObject({ processInstanceKey, variables: { amount: 20 } });
    await right.completeJob(a?.jobKey ?? "", { variables: { amount: 30 } }, operator);
    const [b] = await left.activateJobs(
      { type: "B", timeoutMs: 10_000, maxJobsToActivate: 1, requestTimeoutMs: 5_000 },
      operator,
    );
    expect(b?.variables).toEqual({ amount: 30 });
    await left.completeJob(b?.jobKey ?? "", {}, operator);
    expect(await state(right, processInstanceKey)).toBe("COMPLETED");
  });

  it("carries out a worker's answer at a node whose copy of the instance is behind", async () => {
    const { processInstanceKey } = await left.createInstance(
      { processDefinitionId: "two_tasks", variables: { amount: 20 } },
      operator,
    );
    const take = { timeoutMs: 10_000, maxJobsToActivate: 1, requestTimeoutMs: 5_000 };
    const [a] = await right.activateJobs({ type: "A", ...take }, operator);
    await right.completeJob(a?.jobKey ?? "", {}, operator);
    const [b] = await right.activateJobs({ type: "B", ...take }, operator);
    // The left node has stepped the instance before job B was there.
    await left.completeJob(b?.jobKey ?? "", {}, operator);
    expect(await state(left, processInstanceKey)).toBe("COMPLETED");
    await expect(right.completeJob(b?.jobKey ?? "", {}, operator)).rejects.toMatchObject({ kind: "notFound" });
  });

  it("steps again when the other node was faster: no command is lost and none takes effect twice", async () => {
    const { processInstanceKey } = await left.createInstance(
      { processDefinitionId: "asked", variables: { n: 0 } },
      operator,
    );
    // Both nodes have the instance in memory and write to it at once.
    await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        (index % 2 ? left : right).setVariables(processInstanceKey, { variables: { [`v${index}`]: index } }, operator),
      ),
    );
    const variables = await left.queries.searchVariables({ filter: { processInstanceKey } }, operator);
    expect(variables.page.totalItems).toBe(61);
    for (const engine of [left, right])
      expect((await engine.replay(processInstanceKey, operator)).firstDifference).toBeNull();
    const [task] = (await left.queries.searchUserTasks({ filter: { processInstanceKey } }, operator)).items;
    const results = await Promise.allSettled(
      [left, right, left, right].map((engine) => engine.completeUserTask(task?.userTaskKey ?? "", {}, operator)),
    );
    expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(1);
    const history = await left.history(processInstanceKey, { limit: 1_000 }, operator);
    expect(history.items.map((item) => item.sequence)).toEqual(Array.from({ length: 62 }, (_, index) => index + 1));
  });

  it("correlates a message once although both sides come from different nodes at the same time", async () => {
    for (let round = 0; round < 20; round++) {
      const id = `m-${round}`;
      const [{ processInstanceKey }] = await Promise.all([
        left.createInstance({ processDefinitionId: "waiting", variables: { id } }, operator),
        right.publishMessage({ name: "go", correlationKey: id, timeToLiveMs: 60_000 }, operator),
      ]);
      await eventually("correlation", async () => (await state(left, processInstanceKey)) === "COMPLETED", 15_000);
    }
    expect(
      (await left.queries.searchCorrelatedMessages({ filter: { messageName: "go" } }, operator)).page.totalItems,
    ).toBe(20);
  });

  it("gives a job to exactly one of many polls on both nodes", async () => {
    const polls = Array.from({ length: 10 }, (_, index) =>
      (index % 2 ? left : right).activateJobs(
        { type: "A", timeoutMs: 60_000, maxJobsToActivate: 1, requestTimeoutMs: 3_000 },
        operator,
      ),
    );
    await Promise.all(
      Array.from({ length: 4 }, () =>
        left.createInstance({ processDefinitionId: "two_tasks", variables: { amount: 1 } }, operator),
      ),
    );
    const jobs = (await Promise.all(polls)).flat();
    expect(new Set(jobs.map((job) => job.jobKey)).size).toBe(4);
    expect(jobs).toHaveLength(4);
    for (const job of jobs) await right.completeJob(job.jobKey, {}, operator);
  });

  it("knows a deployment of the other node at once enough", async () => {
    await deploy(right, ["late.bpmn", model("late", sequence(start(), end()))]);
    expect((await left.createInstance({ processDefinitionId: "late" }, operator)).processDefinitionVersion).toBe(1);
  });

  it("tells readers of one node what happened on the other", async () => {
    const seen: string[] = [];
    const stop = left.subscribe((notice) => seen.push(notice.key));
    const { processInstanceKey } = await right.createInstance({ processDefinitionId: "late" }, operator);
    await eventually("the notice", async () => seen.includes(processInstanceKey));
    stop();
  });

  it("waits for the end of an instance that the other node completes", async () => {
    const created = left.createInstance(
      { processDefinitionId: "two_tasks", variables: { amount: 1 }, awaitCompletion: true, requestTimeoutMs: 10_000 },
      operator,
    );
    const [job] = await right.activateJobs(
      { type: "A", timeoutMs: 10_000, maxJobsToActivate: 1, requestTimeoutMs: 5_000 },
      operator,
    );
    await right.completeJob(job?.jobKey ?? "", { variables: { done: 1 } }, operator);
    expect((await created).variables).toEqual({ amount: 1, done: 1 });
  });

  it("releases jobs that a killed node had in memory", async () => {
    const compiled: Compiled = compile("test/engine/runtime/child-node.ts");
    try {
      const child = spawn(process.execPath, [compiled.fileOf("test/engine/runtime/child-node.ts"), url, "hang"], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const line = await new Promise<string>((resolve) =>
        child.stdout.once("data", (data: Buffer) => resolve(data.toString())),
      );
      const jobKey = line.trim().split(" ")[1] ?? "";
      expect(
        await left.activateJobs(
          { type: "hang", timeoutMs: 1_000, maxJobsToActivate: 1, requestTimeoutMs: -1 },
          operator,
        ),
      ).toEqual([]);
      child.kill("SIGKILL");
      const [job] = await left.activateJobs(
        { type: "hang", timeoutMs: 10_000, maxJobsToActivate: 1, requestTimeoutMs: 20_000 },
        operator,
      );
      expect(job?.jobKey).toBe(jobKey);
    } finally {
      compiled.remove();
    }
  });

  it("does not start an engine of its own number twice", async () => {
    const another = await createEngine({ database: databases[0] as Database });
    expect(another.health().nodeId).not.toBe(left.health().nodeId);
    await another.stop();
  });
});
