import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CallContext, Engine } from "../../../engine/index.ts";
import {
  createGroupCommit,
  type Database,
  type Fault,
  type GroupCommit,
  migrate,
  openDatabase,
  withFaults,
} from "../../../store/index.ts";
import { emptyStore } from "../../empty-store.ts";
import { deploy, operator, startEngine } from "./harness.ts";
import { twoTasks } from "./models.ts";

describe("jobs that are handed to waiting polls from memory", () => {
  let database: Database;
  let groupCommit: GroupCommit;
  let engine: Engine;
  let refuseNext = false;
  beforeAll(async () => {
    database = await openDatabase({ dataDir: emptyStore() });
    await migrate(database);
    const plan = (): Fault | null => {
      const refuse = refuseNext;
      refuseNext = false;
      return refuse ? { kind: "refused", code: "22P02" } : null;
    };
    groupCommit = await createGroupCommit(withFaults(database, plan));
    engine = await startEngine(database, { groupCommit });
    await deploy(engine, ["two-tasks.bpmn", twoTasks]);
  });
  afterAll(async () => {
    await engine.stop();
    await groupCommit.close();
    await database.close();
  });

  const create = (context: CallContext = operator) =>
    engine.createInstance({ processDefinitionId: "two_tasks", variables: { amount: 1 } }, context);
  const poll = (more: Partial<Parameters<Engine["activateJobs"]>[0]> = {}, context: CallContext = operator) =>
    engine.activateJobs(
      { type: "A", timeoutMs: 60_000, maxJobsToActivate: 1, requestTimeoutMs: 5_000, ...more },
      context,
    );
  const now = { requestTimeoutMs: -1 };
  /** Until the poll has asked the table, found nothing and waits: the store answers in the order in which it is asked. */
  const waits = async () => {
    await database.query("select 1");
    await new Promise((resolve) => setImmediate(resolve));
  };

  it("writes a new job with the lock of the worker that waits for it", async () => {
    const waiting = poll({ worker: "willing" });
    await waits();
    const { processInstanceKey } = await create();
    const [job] = await waiting;
    expect(job).toMatchObject({ processInstanceKey, worker: "willing", variables: { amount: 1 }, retries: 3 });
    expect(await poll(now)).toEqual([]);
    const found = await engine.queries.searchJobs({ filter: { processInstanceKey } }, operator);
    expect(found.items).toMatchObject([{ worker: "willing", state: "CREATED", jobKey: job?.jobKey }]);
    expect(Date.parse(found.items[0]?.deadline ?? "")).toBe(job?.deadline);
    await engine.completeJob(job?.jobKey ?? "", {}, operator);
    expect((await engine.queries.getProcessInstance(processInstanceKey, operator)).state).toBe("COMPLETED");
    await expect(engine.completeJob(job?.jobKey ?? "", {}, operator)).rejects.toMatchObject({ kind: "notFound" });
  });

  it("gives each poll at most what it asked for, and each job once", async () => {
    const polls = [poll({ maxJobsToActivate: 2 }), poll({ maxJobsToActivate: 2 }), poll()];
    await waits();
    const keys = (await Promise.all(Array.from({ length: 5 }, () => create()))).map((made) => made.processInstanceKey);
    const answers = await Promise.all(polls);
    expect(answers.map((jobs) => jobs.length)).toEqual([2, 2, 1]);
    expect(
      answers
        .flat()
        .map((job) => job.processInstanceKey)
        .sort(),
    ).toEqual(keys.sort());
    for (const key of keys) await engine.cancelInstance(key, operator);
  });

  it("gives a job back at once when its worker has gone while it was written", async () => {
    const controller = new AbortController();
    const gone = poll({ signal: controller.signal, worker: "gone" });
    await waits();
    const created = create();
    controller.abort();
    expect(await gone).toEqual([]);
    const { processInstanceKey } = await created;
    const jobs = await poll({ worker: "next" });
    expect(jobs).toMatchObject([{ processInstanceKey, worker: "next" }]);
    await engine.cancelInstance(processInstanceKey, operator);
  });

  it("lets the poll wait on for the next job when the commit of the first is refused", async () => {
    const waiting = poll();
    await waits();
    refuseNext = true;
    await expect(create()).rejects.toMatchObject({ kind: "invalid" });
    const { processInstanceKey } = await create();
    expect(await waiting).toMatchObject([{ processInstanceKey }]);
    await engine.cancelInstance(processInstanceKey, operator);
  });

  it("answers a poll whose time ends while a job is refused, and locks nothing for it", async () => {
    const waiting = poll({ requestTimeoutMs: 1_000 });
    await waits();
    refuseNext = true;
    await expect(create()).rejects.toMatchObject({ kind: "invalid" });
    expect(await waiting).toEqual([]);
  });

  it("hands no job to a poll of another tenant", async () => {
    const foreign: CallContext = { ...operator, tenantIds: ["other"] };
    const waiting = poll({ requestTimeoutMs: 1_000 }, foreign);
    await waits();
    const { processInstanceKey } = await create();
    expect(await waiting).toEqual([]);
    const [job] = await poll(now);
    expect(job?.processInstanceKey).toBe(processInstanceKey);
    await expect(engine.completeJob(job?.jobKey ?? "", {}, foreign)).rejects.toMatchObject({ kind: "notFound" });
    await engine.cancelInstance(processInstanceKey, operator);
  });

  it("gives the job again after the lock that was written with it has run out", async () => {
    const waiting = poll({ timeoutMs: 50 });
    await waits();
    const { processInstanceKey } = await create();
    const [first] = await waiting;
    const [second] = await poll();
    expect(second?.jobKey).toBe(first?.jobKey);
    // The first worker's answer still counts: it has done the work.
    await engine.completeJob(first?.jobKey ?? "", {}, operator);
    expect((await engine.queries.getProcessInstance(processInstanceKey, operator)).state).toBe("COMPLETED");
  });
});
