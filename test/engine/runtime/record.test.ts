import { afterAll, beforeAll, expect, it } from "vitest";
import type { Engine } from "../../../engine/index.ts";
import type { Database } from "../../../store/index.ts";
import { onBothStores } from "../../stores.ts";
import { deploy, eventually, operator, startEngine } from "./harness.ts";
import { end, model, sequence, serviceTask, start, userTask } from "./models.ts";

const guarded = model(
  "guarded",
  sequence(
    start(),
    serviceTask(
      "pay",
      "pay",
      '<interlock:action type="pay_out" target="bank" operation="pay" /><interlock:guardrail policyRef="payments" />',
    ),
    end(),
  ),
);

onBothStores("the record", (store) => {
  let engine: Engine;
  let database: Database;
  beforeAll(async () => {
    database = await store.open();
    engine = await startEngine(database, {
      limits: { instancesCachedMax: 2, commandsInFlightMax: 300, variablesBytesMax: 100_000 },
    });
    await deploy(
      engine,
      ["asked.bpmn", model("asked", sequence(start(), userTask("ask"), end()))],
      ["guarded.bpmn", guarded],
    );
  });
  afterAll(async () => {
    await engine.stop();
  });
  const create = (): Promise<string> =>
    engine.createInstance({ processDefinitionId: "asked" }, operator).then((created) => created.processInstanceKey);
  const evict = async (): Promise<void> => {
    for (let index = 0; index < 4; index++) await create();
    await eventually("eviction", async () => engine.health().instancesCached <= 2);
  };

  it("keeps texts with quotes, backslashes and all of Unicode as they were", async () => {
    const key = await create();
    const variables = {
      quote: "it's \"so\" \\ $1 '' \\'; drop table job; --",
      emoji: "😀\u2028\u202e",
      deep: { a: [1.5, -0, 1e-7, true, null] },
    };
    await engine.setVariables(key, { variables }, operator);
    await evict();
    const found = await engine.queries.searchVariables(
      { filter: { processInstanceKey: key }, sort: [{ field: "name" }] },
      operator,
    );
    expect(Object.fromEntries(found.items.map((item) => [item.name, JSON.parse(item.value)]))).toEqual({
      ...variables,
      deep: { a: [1.5, 0, 1e-7, true, null] },
    });
    expect((await engine.replay(key, operator)).firstDifference).toBeNull();
  });

  it("writes snapshots now and then, and rebuilds the same state from record, snapshot and tail", async () => {
    const key = await create();
    for (let round = 0; round < 45; round++)
      await Promise.all(
        Array.from({ length: 6 }, (_, index) =>
          engine.setVariables(key, { variables: { [`v${index}`]: round } }, operator),
        ),
      );
    const snapshots = await database.query<{ sequence: number }>(
      "select sequence from instance_snapshot where root_key = $1",
      [key],
    );
    expect(snapshots[0]?.sequence).toBeGreaterThanOrEqual(200);
    await evict();
    expect(await engine.replay(key, operator)).toMatchObject({ commands: 271, equal: true });
    await engine.setVariables(key, { variables: { last: true } }, operator);
    expect((await engine.replay(key, operator)).firstDifference).toBeNull();
    const page = await engine.history(key, { after: 269, limit: 2 }, operator);
    expect(page.items.map((item) => [item.sequence, item.command])).toEqual([
      [270, { type: "setVariables", actor: { id: "olga", type: "human" } }],
      [271, { type: "setVariables", actor: { id: "olga", type: "human" } }],
    ]);
    expect(page.next).toBe(271);
    await engine.cancelInstance(key, operator);
    expect(await database.query("select 1 from instance_snapshot where root_key = $1", [key])).toEqual([]);
  });

  it("takes no more commands than the limit, and goes on afterwards", async () => {
    const key = await create();
    const results = await Promise.allSettled(
      Array.from({ length: 600 }, (_, index) => engine.setVariables(key, { variables: { n: index } }, operator)),
    );
    const refused = results.filter((result) => result.status === "rejected");
    for (const result of refused) expect(result.reason).toMatchObject({ kind: "exhausted" });
    expect(results.length - refused.length).toBeGreaterThanOrEqual(300);
    await engine.setVariables(key, { variables: { n: "after" } }, operator);
  });

  it("refuses variables that are too large, too deep or poisonous without touching the instance", async () => {
    const key = await create();
    const before = (await engine.history(key, {}, operator)).items.length;
    const set = (variables: object): Promise<void> =>
      engine.setVariables(key, { variables: variables as never }, operator);
    await expect(set({ a: "x".repeat(200_000) })).rejects.toMatchObject({ kind: "tooLarge" });
    await expect(set({ a: "\u0000" })).rejects.toMatchObject({ kind: "invalid" });
    await expect(set({ a: Number.NaN })).rejects.toMatchObject({ kind: "invalid" });
    await expect(set([1])).rejects.toMatchObject({ kind: "invalid" });
    expect((await engine.history(key, {}, operator)).items).toHaveLength(before);
  });

  it("denies a consequential action when there is no decision plane", async () => {
    const { processInstanceKey } = await engine.createInstance({ processDefinitionId: "guarded" }, operator);
    const { items } = await engine.history(processInstanceKey, {}, operator);
    const decision = items.flatMap((item) => item.events).find((event) => event.type === "decisionMade");
    expect(decision).toMatchObject({ determination: "DENY", reasonCodes: ["NO_DECISION_PLANE"] });
    expect((await engine.queries.searchJobs({ filter: { processInstanceKey } }, operator)).items).toEqual([]);
  });

  it("suspends and resumes: no job is given meanwhile", async () => {
    await deploy(engine, [
      "working.bpmn",
      model("working", sequence(start(), serviceTask("work", "suspended_work"), end())),
    ]);
    const { processInstanceKey } = await engine.createInstance({ processDefinitionId: "working" }, operator);
    await engine.suspendInstance(processInstanceKey, operator);
    expect(await engine.queries.getProcessInstance(processInstanceKey, operator)).toMatchObject({
      state: "ACTIVE",
      suspended: true,
    });
    const poll = { type: "suspended_work", timeoutMs: 10_000, maxJobsToActivate: 1 };
    expect(await engine.activateJobs({ ...poll, requestTimeoutMs: -1 }, operator)).toEqual([]);
    await engine.resumeInstance(processInstanceKey, operator);
    expect(await engine.activateJobs({ ...poll, requestTimeoutMs: 5_000 }, operator)).toHaveLength(1);
  });

  it("gives a failed job again after its back-off, not before, also to workers in this process", async () => {
    await deploy(engine, ["failing.bpmn", model("failing", sequence(start(), serviceTask("flaky"), end()))]);
    const times: number[] = [];
    const stop = engine.registerWorker("flaky", () => {
      times.push(Date.now());
      return times.length === 1 ? { type: "fail", errorMessage: "once", retryBackOffMs: 600 } : { type: "complete" };
    });
    await engine.createInstance({ processDefinitionId: "failing", awaitCompletion: true }, operator);
    expect(times).toHaveLength(2);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(600);
    stop();
  });

  it("vacuums the embedded store and goes on with the same plans", async () => {
    await database.maintain();
    const key = await create();
    await engine.cancelInstance(key, operator);
    expect((await engine.queries.getProcessInstance(key, operator)).state).toBe("TERMINATED");
  });
});
