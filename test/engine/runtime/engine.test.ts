import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../../engine/index.ts";
import { onBothStores } from "../../stores.ts";
import { deploy, eventually, operator, startEngine } from "./harness.ts";
import { twoTasks } from "./models.ts";

onBothStores("engine", (store) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startEngine(await store.open());
    await deploy(engine, ["two-tasks.bpmn", twoTasks]);
  });
  afterAll(async () => {
    await engine.stop();
  });

  describe("jobs of workers in this process", () => {
    it("runs start, two tasks and a gateway to the end", async () => {
      const seen: string[] = [];
      const stop = ["A", "B"].map((type) =>
        engine.registerWorker(type, (job) => {
          seen.push(`${job.elementId}:${JSON.stringify(job.variables)}`);
          return { type: "complete", variables: { [type]: true } };
        }),
      );
      const result = await engine.createInstance(
        { processDefinitionId: "two_tasks", variables: { amount: 20 }, awaitCompletion: true },
        operator,
      );
      expect(result.variables).toEqual({ amount: 20, A: true, B: true });
      expect(seen).toEqual(['A:{"amount":20}', 'B:{"amount":20,"A":true}']);
      const elements = await engine.queries.searchElementInstances(
        { filter: { processInstanceKey: result.processInstanceKey }, sort: [{ field: "elementInstanceKey" }] },
        operator,
      );
      expect(elements.items.map((item) => `${item.elementId} ${item.type} ${item.state}`)).toEqual([
        "two_tasks PROCESS COMPLETED",
        "start START_EVENT COMPLETED",
        "A SERVICE_TASK COMPLETED",
        "choice EXCLUSIVE_GATEWAY COMPLETED",
        "B SERVICE_TASK COMPLETED",
        "end END_EVENT COMPLETED",
      ]);
      const jobs = await engine.queries.searchJobs(
        { filter: { processInstanceKey: result.processInstanceKey } },
        operator,
      );
      expect(jobs.items.map((job) => job.state)).toEqual(["COMPLETED", "COMPLETED"]);
      const replay = await engine.replay(result.processInstanceKey, operator);
      expect(replay).toMatchObject({ commands: 3, equal: true });
      for (const takeBack of stop) takeBack();
    });
  });

  describe("jobs of remote workers", () => {
    it("are activated, completed and gone", async () => {
      const { processInstanceKey } = await engine.createInstance(
        { processDefinitionId: "two_tasks", variables: { amount: 1 } },
        operator,
      );
      const jobs = await engine.activateJobs(
        { type: "A", timeoutMs: 10_000, maxJobsToActivate: 5, worker: "w" },
        operator,
      );
      expect(jobs).toHaveLength(1);
      expect(jobs[0]).toMatchObject({
        processInstanceKey,
        elementId: "A",
        variables: { amount: 1 },
        worker: "w",
        retries: 3,
      });
      await engine.completeJob(jobs[0]?.jobKey ?? "", {}, operator);
      await expect(engine.completeJob(jobs[0]?.jobKey ?? "", {}, operator)).rejects.toMatchObject({ kind: "notFound" });
      const instance = await engine.queries.getProcessInstance(processInstanceKey, operator);
      expect(instance.state).toBe("COMPLETED");
    });

    it("wakes a waiting poll when a job appears", async () => {
      const started = Date.now();
      const poll = engine.activateJobs(
        { type: "A", timeoutMs: 10_000, maxJobsToActivate: 1, requestTimeoutMs: 8_000 },
        operator,
      );
      await new Promise((resolve) => setTimeout(resolve, 100));
      const { processInstanceKey } = await engine.createInstance(
        { processDefinitionId: "two_tasks", variables: { amount: 1 } },
        operator,
      );
      const jobs = await poll;
      expect(jobs.map((job) => job.processInstanceKey)).toEqual([processInstanceKey]);
      expect(Date.now() - started).toBeLessThan(2_000);
      await engine.cancelInstance(processInstanceKey, operator);
    });

    it("ends an empty poll after its time, and at once when it is negative", async () => {
      let started = Date.now();
      expect(
        await engine.activateJobs(
          { type: "nobody", timeoutMs: 1_000, maxJobsToActivate: 1, requestTimeoutMs: -1 },
          operator,
        ),
      ).toEqual([]);
      expect(Date.now() - started).toBeLessThan(200);
      started = Date.now();
      expect(
        await engine.activateJobs(
          { type: "nobody", timeoutMs: 1_000, maxJobsToActivate: 1, requestTimeoutMs: 300 },
          operator,
        ),
      ).toEqual([]);
      expect(Date.now() - started).toBeGreaterThanOrEqual(290);
      expect(Date.now() - started).toBeLessThan(1_000);
    });

    it("locks nothing for a caller that has gone", async () => {
      const controller = new AbortController();
      const poll = engine.activateJobs(
        { type: "A", timeoutMs: 60_000, maxJobsToActivate: 1, requestTimeoutMs: 60_000, signal: controller.signal },
        operator,
      );
      await new Promise((resolve) => setTimeout(resolve, 50));
      controller.abort();
      expect(await poll).toEqual([]);
      const { processInstanceKey } = await engine.createInstance(
        { processDefinitionId: "two_tasks", variables: { amount: 1 } },
        operator,
      );
      const jobs = await engine.activateJobs({ type: "A", timeoutMs: 10_000, maxJobsToActivate: 1 }, operator);
      expect(jobs.map((job) => job.processInstanceKey)).toEqual([processInstanceKey]);
      await engine.cancelInstance(processInstanceKey, operator);
    });

    it("gives a job again when its lock has run out", async () => {
      const { processInstanceKey } = await engine.createInstance(
        { processDefinitionId: "two_tasks", variables: { amount: 1 } },
        operator,
      );
      const [first] = await engine.activateJobs({ type: "A", timeoutMs: 50, maxJobsToActivate: 1 }, operator);
      const [second] = await engine.activateJobs(
        { type: "A", timeoutMs: 10_000, maxJobsToActivate: 1, requestTimeoutMs: 5_000 },
        operator,
      );
      expect(second?.jobKey).toBe(first?.jobKey);
      await engine.cancelInstance(processInstanceKey, operator);
    });

    it("raises an incident when retries are used up, and goes on when it is resolved", async () => {
      const { processInstanceKey } = await engine.createInstance(
        { processDefinitionId: "two_tasks", variables: { amount: 1 } },
        operator,
      );
      const [job] = await engine.activateJobs({ type: "A", timeoutMs: 10_000, maxJobsToActivate: 1 }, operator);
      await engine.failJob(job?.jobKey ?? "", { retries: 0, errorMessage: "no \u0000 way \ud800" }, operator);
      const incidents = await engine.queries.searchIncidents(
        { filter: { processInstanceKey, state: "ACTIVE" } },
        operator,
      );
      expect(incidents.items).toMatchObject([{ errorType: "JOB_NO_RETRIES", elementId: "A", jobKey: job?.jobKey }]);
      expect((await engine.queries.getProcessInstance(processInstanceKey, operator)).hasIncident).toBe(true);
      expect(
        await engine.activateJobs(
          { type: "A", timeoutMs: 10_000, maxJobsToActivate: 1, requestTimeoutMs: -1 },
          operator,
        ),
      ).toEqual([]);
      await engine.updateJob(job?.jobKey ?? "", { retries: 1 }, operator);
      // New retries alone are not enough: nobody gets the job before its incident has been resolved.
      expect(
        await engine.activateJobs(
          { type: "A", timeoutMs: 10_000, maxJobsToActivate: 1, requestTimeoutMs: -1 },
          operator,
        ),
      ).toEqual([]);
      await engine.resolveIncident(incidents.items[0]?.incidentKey ?? "", {}, operator);
      const [again] = await engine.activateJobs(
        { type: "A", timeoutMs: 10_000, maxJobsToActivate: 1, requestTimeoutMs: 5_000 },
        operator,
      );
      expect(again?.jobKey).toBe(job?.jobKey);
      await engine.completeJob(again?.jobKey ?? "", {}, operator);
      await eventually(
        "completion",
        async () => (await engine.queries.getProcessInstance(processInstanceKey, operator)).state === "COMPLETED",
      );
      expect((await engine.queries.getProcessInstance(processInstanceKey, operator)).hasIncident).toBe(false);
    });
  });
});
