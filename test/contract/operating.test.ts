/**
 * Acceptance by the official client, strict both ways, of the calls with which an installation is run: cluster
 * variables, statistics, usage, the audit log, deletion of evaluations. Every answer is looked at once.
 */
import type { CamundaClient } from "@camunda8/orchestration-cluster-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call, startTestServer, type TestServer } from "../api/server.ts";
import { postgresMissing, startPostgres, type TestPostgres } from "../postgres.ts";
import { now, officialClient } from "./client.ts";
import { everything } from "./models.ts";

const missing = postgresMissing();
describe("running an installation by the official client (PGlite)", () => runs(async () => ({})));
describe.skipIf(missing !== null)(
  `running an installation by the official client (PostgreSQL${missing === null ? "" : `: skipped, ${missing}`})`,
  () => {
    let postgres: TestPostgres;
    beforeAll(async () => {
      postgres = await startPostgres({ fsync: false });
    });
    afterAll(() => postgres?.stop());
    runs(async () => ({ DATABASE_URL: await postgres.createDatabase() }));
  },
);

function runs(environmentOf: () => Promise<Record<string, string>>): void {
  let server: TestServer;
  let camunda: CamundaClient;

  beforeAll(async () => {
    server = await startTestServer({ environment: await environmentOf() });
    camunda = officialClient(server);
    await camunda.createDeployment({
      resources: Object.entries(everything).map(([name, content]) => new File([content], name)),
    });
  });
  afterAll(() => server?.close());

  describe("cluster variables", () => {
    it("are created, read, replaced, found and deleted", async () => {
      const value = { dark: true };
      expect(await camunda.createGlobalClusterVariable({ name: "flags", value })).toMatchObject({
        name: "flags",
        scope: "GLOBAL",
        value: '{"dark":true}',
      });
      await expect(camunda.createGlobalClusterVariable({ name: "flags", value })).rejects.toMatchObject({
        status: 409,
      });
      await camunda.updateGlobalClusterVariable({ name: "flags", value: { dark: false } });
      expect((await camunda.getGlobalClusterVariable({ name: "flags" }, now)).value).toBe('{"dark":false}');
      const found = await camunda.searchClusterVariables(
        { filter: { scope: "GLOBAL", name: { $like: "fl*" } }, sort: [{ field: "name", order: "DESC" }] },
        now,
      );
      expect(found.items.map(({ name, isTruncated }) => ({ name, isTruncated }))).toEqual([
        { name: "flags", isTruncated: false },
      ]);
      await camunda.deleteGlobalClusterVariable({ name: "flags" });
      await expect(camunda.getGlobalClusterVariable({ name: "flags" }, now)).rejects.toMatchObject({ status: 404 });
      await expect(camunda.deleteGlobalClusterVariable({ name: "flags" })).rejects.toMatchObject({ status: 404 });
    });

    it("of a tenant hide those of the installation in camunda.vars.env, and only there", async () => {
      const tenantId = "<default>" as never;
      await camunda.createGlobalClusterVariable({ name: "limits", value: { max: 1 } });
      await camunda.createTenantClusterVariable({ tenantId, name: "limits", value: { max: 2 } });
      expect((await camunda.getTenantClusterVariable({ tenantId, name: "limits" }, now)).tenantId).toBe(tenantId);
      const asked = async (expression: string) => (await camunda.evaluateExpression({ expression })).result;
      expect(await asked("=camunda.vars.env.limits.max")).toBe(2);
      expect(await asked("=camunda.vars.tenant.limits.max")).toBe(2);
      expect(await asked("=camunda.vars.cluster.limits.max")).toBe(1);
      await camunda.deleteTenantClusterVariable({ tenantId, name: "limits" });
      expect(await asked("=camunda.vars.env.limits.max")).toBe(1);
      await camunda.deleteGlobalClusterVariable({ name: "limits" });
    });

    it("are seen by running instances, from the moment they are set", async () => {
      const created = await call(server, "POST", "/v2/cluster-variables/global", { name: "greeting", value: "hello" });
      expect(created.json.value).toBe('"hello"');
      const answer = await camunda.createProcessInstance({
        processDefinitionId: "greets" as never,
        awaitCompletion: true,
      });
      expect(answer.variables).toMatchObject({ said: "hello world" });
      await call(server, "PUT", "/v2/cluster-variables/global/greeting", { value: "good day" });
      const again = await camunda.createProcessInstance({
        processDefinitionId: "greets" as never,
        awaitCompletion: true,
      });
      expect(again.variables).toMatchObject({ said: "good day world" });
    });

    it("need a value", async () => {
      expect((await call(server, "POST", "/v2/cluster-variables/global", { name: "empty" })).status).toBe(400);
    });
  });

  const window = () => ({
    from: new Date(Date.now() - 3_600_000).toISOString(),
    to: new Date(Date.now() + 3_600_000).toISOString(),
  });

  async function start(id: string, variables: Record<string, unknown> = {}) {
    return camunda.createProcessInstance({ processDefinitionId: id as never, variables });
  }

  async function take(type: string, worker: string) {
    const { jobs } = await camunda.activateJobs({
      type,
      worker,
      timeout: 30_000,
      maxJobsToActivate: 1,
      requestTimeout: 2_000,
    });
    expect(jobs).toHaveLength(1);
    return jobs[0]!;
  }

  describe("job statistics", () => {
    beforeAll(async () => {
      for (let count = 0; count < 3; count++) await start("two-steps");
      await (await take("ship", "ann")).complete();
      await (await take("ship", "bob")).complete();
      await (await take("ship", "bob")).fail({ errorMessage: "no stamps", retries: 0, retryBackOff: 0 });
    });

    it("count what was created, completed and stands failed", async () => {
      const jobs = await camunda.getGlobalJobStatistics({ ...window(), jobType: "ship" }, now);
      expect([jobs.created.count, jobs.completed.count, jobs.failed.count]).toEqual([3, 2, 1]);
      expect(jobs.failed.lastUpdatedAt).toMatch(/Z$/);
      expect(jobs.isIncomplete).toBe(false);
      const before = { from: "2001-01-01T00:00:00Z", to: "2001-01-02T00:00:00Z" };
      expect((await camunda.getGlobalJobStatistics(before, now)).created).toEqual({ count: 0, lastUpdatedAt: null });
    });

    it("tell types apart, page by page", async () => {
      const filter = { ...window(), jobType: { $in: ["ship", "bill"] } };
      const { items, page } = await camunda.getJobTypeStatistics({ filter }, now);
      expect(items.map(({ jobType, created, workers }) => [jobType, created.count, workers])).toEqual([
        ["bill", 2, 0],
        ["ship", 3, 2],
      ]);
      expect(page.totalItems).toBe(2);
      const first = await camunda.getJobTypeStatistics({ filter, page: { after: "" as never, limit: 1 } }, now);
      const second = await camunda.getJobTypeStatistics(
        { filter, page: { after: first.page.endCursor!, limit: 1 } },
        now,
      );
      expect([first, second].map(({ items }) => items.map(({ jobType }) => jobType))).toEqual([["bill"], ["ship"]]);
    });

    it("tell workers apart", async () => {
      const { items } = await camunda.getJobWorkerStatistics({ filter: { ...window(), jobType: "ship" } }, now);
      expect(items.map(({ worker, completed, failed }) => [worker, completed.count, failed.count])).toEqual([
        ["ann", 1, 0],
        ["bob", 1, 1],
      ]);
    });

    it("tell intervals of time apart, at a resolution that is asked for or fits", async () => {
      const filter = { ...window(), jobType: "ship" };
      const chosen = await camunda.getJobTimeSeriesStatistics({ filter }, now);
      const hourly = await camunda.getJobTimeSeriesStatistics({ filter: { ...filter, resolution: "PT1H" } }, now);
      for (const { items } of [chosen, hourly])
        expect(items.reduce((sum, { created }) => sum + created.count, 0)).toBe(3);
      expect((Date.parse(hourly.items[0]!.time) - Date.parse(filter.from)) % 3_600_000).toBe(0);
      for (const resolution of ["PT0S", "nonsense", "P1000000000Y"])
        await expect(
          camunda.getJobTimeSeriesStatistics({ filter: { ...filter, resolution } }, now),
        ).rejects.toMatchObject({ status: 400 });
    });

    it("list the errors", async () => {
      const filter = { ...window(), jobType: "ship", errorMessage: { $like: "no*" } };
      const { items } = await camunda.getJobErrorStatistics({ filter }, now);
      expect(items).toEqual([{ errorCode: "", errorMessage: "no stamps", workers: 1 }]);
    });

    it("lead from an error to the definitions it stops", async () => {
      const errors = await camunda.getProcessInstanceStatisticsByError(
        { sort: [{ field: "activeInstancesWithErrorCount", order: "DESC" }] },
        now,
      );
      const error = errors.items.find(({ errorMessage }) => errorMessage.includes("no stamps"))!;
      expect(error.activeInstancesWithErrorCount).toBe(1);
      const { items } = await camunda.getProcessInstanceStatisticsByDefinition(
        { filter: { errorHashCode: error.errorHashCode } },
        now,
      );
      expect(items).toMatchObject([{ processDefinitionId: "two-steps", activeInstancesWithErrorCount: 1 }]);
    });
  });

  describe("definition statistics and usage", () => {
    it("count open message subscriptions by definition", async () => {
      await start("waiter", { orderId: "statistics-1" });
      await start("waiter", { orderId: "statistics-2" });
      const { items } = await camunda.getProcessDefinitionMessageSubscriptionStatistics(
        { filter: { processDefinitionId: "waiter" } },
        now,
      );
      expect(items).toMatchObject([
        { processDefinitionId: "waiter", activeSubscriptions: 2, processInstancesWithActiveSubscriptions: 2 },
      ]);
    });

    it("count what a month is billed by", async () => {
      const { processInstanceKey } = await start("review");
      const { items } = await camunda.searchUserTasks({ filter: { processInstanceKey } }, now);
      await camunda.assignUserTask({ userTaskKey: items[0]!.userTaskKey, assignee: "ann" });
      const { from, to } = window();
      const used = await camunda.getUsageMetrics({ startTime: from, endTime: to, withTenants: true }, now);
      expect(used.processInstances).toBeGreaterThanOrEqual(6);
      expect(used.assignees).toBe(1);
      expect(used.activeTenants).toBe(1);
      expect(used.tenants["<default>"]!.processInstances).toBe(used.processInstances);
      const none = await camunda.getUsageMetrics({ startTime: from, endTime: to, tenantId: "other" as never }, now);
      expect([none.processInstances, none.activeTenants]).toEqual([0, 0]);
    });
  });

  describe("evaluations of decisions", () => {
    const evaluated = async (amount: number) =>
      (await camunda.evaluateDecision({ decisionDefinitionId: "discount" as never, variables: { amount } }))
        .decisionEvaluationKey;

    it("are deleted one by one", async () => {
      const decisionEvaluationKey = await evaluated(5);
      await camunda.deleteDecisionInstance({ decisionEvaluationKey });
      const { items } = await camunda.searchDecisionInstances({ filter: { decisionEvaluationKey } }, now);
      expect(items).toEqual([]);
      await expect(camunda.deleteDecisionInstance({ decisionEvaluationKey })).rejects.toMatchObject({ status: 404 });
    });

    it("are deleted as a batch operation, only those that the filter chooses", async () => {
      const [gone, stays] = [await evaluated(1), await evaluated(2)];
      const { batchOperationKey, batchOperationType } = await camunda.deleteDecisionInstancesBatchOperation({
        filter: { decisionEvaluationKey: gone },
      });
      expect(batchOperationType).toBe("DELETE_DECISION_INSTANCE");
      await expect
        .poll(async () => (await camunda.getBatchOperation({ batchOperationKey }, now)).state, { timeout: 10_000 })
        .toBe("COMPLETED");
      const left = async (decisionEvaluationKey: typeof gone) =>
        (await camunda.searchDecisionInstances({ filter: { decisionEvaluationKey } }, now)).items.length;
      expect([await left(gone), await left(stays)]).toEqual([0, 1]);
    });
  });

  describe("the audit log", () => {
    it("has an entry for each command on an instance, with its actor", async () => {
      const { processInstanceKey } = await start("two-steps");
      await camunda.cancelProcessInstance({ processInstanceKey });
      const { items } = await camunda.searchAuditLogs(
        { filter: { processInstanceKey }, sort: [{ field: "auditLogKey", order: "ASC" }] },
        now,
      );
      expect(
        items.map(({ operationType, entityType, actorId, actorType, entityKey }) => [
          operationType,
          entityType,
          actorId,
          actorType,
          entityKey,
        ]),
      ).toEqual([
        ["CREATE", "PROCESS_INSTANCE", "anonymous", "ANONYMOUS", processInstanceKey],
        ["CANCEL", "PROCESS_INSTANCE", "anonymous", "ANONYMOUS", processInstanceKey],
      ]);
      const { auditLogKey } = items[1]!;
      expect(await camunda.getAuditLog({ auditLogKey }, now)).toEqual(items[1]);
      await expect(camunda.getAuditLog({ auditLogKey: "1" as never }, now)).rejects.toMatchObject({ status: 404 });
    });

    it("tells what was done to a user task", async () => {
      const { processInstanceKey } = await start("review");
      const { items } = await camunda.searchUserTasks({ filter: { processInstanceKey } }, now);
      const { userTaskKey, elementInstanceKey } = items[0]!;
      await camunda.assignUserTask({ userTaskKey, assignee: "ann" });
      await camunda.unassignUserTask({ userTaskKey });
      await camunda.completeUserTask({ userTaskKey });
      const found = await camunda.searchUserTaskAuditLogs(
        { userTaskKey, sort: [{ field: "auditLogKey", order: "ASC" }] },
        now,
      );
      expect(found.items.map(({ operationType }) => operationType)).toEqual(["ASSIGN", "UNASSIGN", "COMPLETE"]);
      expect(found.items[0]).toMatchObject({ category: "USER_TASKS", userTaskKey, elementInstanceKey });
    });

    it("tells what was done to the installation: deployments, batches, deletions, variables", async () => {
      const { resources, deploymentKey } = await camunda.createDeployment({
        resources: [new File(["x"], "audited.txt")],
      });
      const { resourceKey } = resources[0]!;
      await camunda.deleteResource({ resourceKey });
      await camunda.createGlobalClusterVariable({ name: "audited", value: {} });
      const of = async (entityKey: string) =>
        (await camunda.searchAuditLogs({ filter: { entityKey: entityKey as never } }, now)).items.map(
          ({ entityType, operationType, actorId }) => [entityType, operationType, actorId],
        );
      expect(await of(deploymentKey)).toEqual([["RESOURCE", "CREATE", "anonymous"]]);
      expect(await of(resourceKey)).toEqual([["RESOURCE", "DELETE", "anonymous"]]);
      expect(await of("audited")).toEqual([["VARIABLE", "CREATE", "anonymous"]]);
    });

    it("keeps who deleted an instance, though its history is gone", async () => {
      const { processInstanceKey } = await start("two-steps");
      await camunda.cancelProcessInstance({ processInstanceKey });
      await camunda.deleteProcessInstance({ processInstanceKey });
      const { items } = await camunda.searchAuditLogs({ filter: { entityKey: processInstanceKey as never } }, now);
      expect(items.map(({ operationType }) => operationType)).toEqual(["DELETE"]);
    });
  });

  describe("the clock", () => {
    it("belongs to the system, unless the server was started otherwise", async () => {
      await expect(camunda.pinClock({ timestamp: 1_735_689_599_000 })).rejects.toMatchObject({ status: 409 });
      await expect(camunda.resetClock()).rejects.toMatchObject({ status: 409 });
    });

    it("is pinned and reset where it may be: what is due by then happens", async () => {
      const tests = await startTestServer({ environment: { INTERLOCK_CLOCK: "controllable" } });
      try {
        const client = officialClient(tests);
        await client.createDeployment({ resources: [new File([everything["sleeper.bpmn"]!], "sleeper.bpmn")] });
        const { processInstanceKey } = await client.createProcessInstance({ processDefinitionId: "sleeper" as never });
        const timestamp = Date.now() + 2 * 86_400_000;
        await client.pinClock({ timestamp });
        await expect
          .poll(async () => (await client.getProcessInstance({ processInstanceKey }, now)).state, { timeout: 10_000 })
          .toBe("COMPLETED");
        const { endDate } = await client.getProcessInstance({ processInstanceKey }, now);
        expect(Date.parse(endDate!)).toBe(timestamp);
        await client.resetClock();
        const fresh = await client.createProcessInstance({ processDefinitionId: "sleeper" as never });
        const { startDate } = await client.getProcessInstance({ processInstanceKey: fresh.processInstanceKey }, now);
        expect(Math.abs(Date.parse(startDate) - Date.now())).toBeLessThan(60_000);
      } finally {
        await tests.close();
      }
    });
  });
}
