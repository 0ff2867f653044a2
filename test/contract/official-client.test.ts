/**
 * Acceptance by the official JavaScript client with strict validation of requests and replies: each capability of tier A
 *, called as an application would. Every search is looked at once (`waitUpToMs: 0`): reads are
 * consistent, nothing has to be waited for.
 */
import type { CamundaClient } from "@camunda8/orchestration-cluster-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "../api/server.ts";
import { postgresMissing, startPostgres, type TestPostgres } from "../postgres.ts";
import { now, officialClient } from "./client.ts";
import { everything } from "./models.ts";

const missing = postgresMissing();
describe("the official client, strict both ways (PGlite)", () => speaks(async () => ({})));
describe.skipIf(missing !== null)(
  `the official client, strict both ways (PostgreSQL${missing === null ? "" : `: skipped, ${missing}`})`,
  () => {
    let postgres: TestPostgres;
    beforeAll(async () => {
      postgres = await startPostgres({ fsync: false });
    });
    afterAll(() => postgres?.stop());
    speaks(async () => ({ DATABASE_URL: await postgres.createDatabase() }));
  },
);

function speaks(environmentOf: () => Promise<Record<string, string>>): void {
  let server: TestServer;
  let camunda: CamundaClient;
  /**
   * For what the client's own request check spoils: it wants a string where its types (and the server) want a File, and
   * takes every page for one by limit, dropping `from`, `after` and `before`. Replies are checked all the same.
   */
  let lenient: CamundaClient;

  beforeAll(async () => {
    server = await startTestServer({ environment: await environmentOf() });
    camunda = officialClient(server);
    lenient = officialClient(server, false);
    const resources = Object.entries(everything).map(([name, content]) => new File([content], name));
    await camunda.createDeployment({ resources });
  });
  afterAll(() => server?.close());

  async function start(id: string, variables: Record<string, unknown> = {}) {
    return camunda.createProcessInstance({ processDefinitionId: id as never, variables });
  }

  async function take(type: string) {
    const { jobs } = await camunda.activateJobs({
      type,
      worker: "test",
      timeout: 30_000,
      maxJobsToActivate: 200,
      requestTimeout: 2_000,
    });
    expect(jobs.length, `jobs of type ${type}`).toBeGreaterThan(0);
    return jobs;
  }

  async function taskOf(processInstanceKey: string) {
    const { items } = await camunda.searchUserTasks(
      { filter: { processInstanceKey: processInstanceKey as never } },
      now,
    );
    expect(items).toHaveLength(1);
    return items[0]!;
  }

  describe("cluster", () => {
    it("tells its topology, with the version of the contract", async () => {
      const topology = await camunda.getTopology();
      expect(topology.gatewayVersion).toMatch(/^8\.9\./);
      expect(topology.brokers).toHaveLength(1);
    });

    it("tells its status, licence and who the caller is", async () => {
      await camunda.getStatus();
      expect((await camunda.getLicense()).licenseType).toBe("Apache-2.0");
      expect((await camunda.getAuthentication()).username).toBe("anonymous");
    });
  });

  describe("deployments", () => {
    it("come back with all kinds of resources", async () => {
      const resources = Object.entries(everything).map(([name, content]) => new File([content], name));
      const {
        processes,
        decisions,
        decisionRequirements,
        forms,
        resources: others,
      } = await camunda.createDeployment({ resources });
      expect(processes.map((item) => item.processDefinitionId)).toContain("order");
      expect(decisions.map((item) => item.decisionDefinitionId)).toEqual(["discount"]);
      expect(decisionRequirements).toHaveLength(1);
      expect(forms.map((item) => item.formId)).toEqual(["review-form"]);
      expect(others.map((item) => item.resourceName)).toEqual(["notes.txt"]);
    });

    it("keep version and key of what has not changed", async () => {
      const again = () =>
        camunda.createDeployment({ resources: [new File([everything["order.bpmn"]!], "order.bpmn")] });
      const [first, second] = [await again(), await again()];
      expect(second.processes[0]!.processDefinitionKey).toBe(first.processes[0]!.processDefinitionKey);
      expect(second.processes[0]!.processDefinitionVersion).toBe(first.processes[0]!.processDefinitionVersion);
    });

    it("can be looked at as resources, and deleted", async () => {
      const { resources } = await camunda.createDeployment({ resources: [new File(["to be deleted"], "passing.txt")] });
      const resourceKey = resources[0]!.resourceKey;
      expect((await camunda.getResource({ resourceKey })).resourceName).toBe("passing.txt");
      expect(String(await camunda.getResourceContent({ resourceKey }))).toContain("to be deleted");
      expect((await camunda.deleteResource({ resourceKey })).batchOperation).toBeNull();
      await expect(camunda.getResource({ resourceKey })).rejects.toMatchObject({ status: 404 });
    });
  });

  describe("process definitions", () => {
    it("are found, read and drawn", async () => {
      const { items } = await camunda.searchProcessDefinitions(
        {
          filter: { processDefinitionId: "order", isLatestVersion: true },
          sort: [{ field: "version", order: "DESC" }],
        },
        now,
      );
      const { processDefinitionKey } = items[0]!;
      expect((await camunda.getProcessDefinition({ processDefinitionKey }, now)).name).toBe("order process");
      expect(await camunda.getProcessDefinitionXml({ processDefinitionKey }, now)).toContain("<bpmn:process");
    });

    it("give the form of their start event", async () => {
      const { items } = await camunda.searchProcessDefinitions(
        { filter: { processDefinitionId: "with-start-form" } },
        now,
      );
      expect(items[0]!.hasStartForm).toBe(true);
      const form = await camunda.getStartProcessForm({ processDefinitionKey: items[0]!.processDefinitionKey }, now);
      expect(form && "formId" in form && form.formId).toBe("review-form");
    });

    it("count their element instances", async () => {
      const { processDefinitionKey } = await start("order");
      const { items } = await camunda.getProcessDefinitionStatistics(
        { processDefinitionKey, filter: { state: "ACTIVE" } },
        now,
      );
      expect(items.find((item) => item.elementId === "charge")?.active).toBeGreaterThan(0);
    });
  });

  describe("process instances", () => {
    it("start, run through a job and complete, found at once in every state", async () => {
      const { processInstanceKey } = await start("two-steps", { orderId: "A-1", amount: 12.5 });
      const [ship] = (await take("ship")).filter((job) => job.processInstanceKey === processInstanceKey);
      expect(ship!.variables).toMatchObject({ orderId: "A-1", amount: 12.5 });
      expect(ship!.customHeaders).toMatchObject({ unit: "EUR" });
      await camunda.completeJob({ jobKey: ship!.jobKey, variables: { shipped: true } });
      const found = await camunda.searchProcessInstances({ filter: { processInstanceKey, state: "ACTIVE" } }, now);
      expect(found.page.totalItems).toBe(1);
      const [bill] = (await take("bill")).filter((job) => job.processInstanceKey === processInstanceKey);
      await camunda.completeJob({ jobKey: bill!.jobKey });
      const ended = await camunda.getProcessInstance({ processInstanceKey }, now);
      expect(ended.state).toBe("COMPLETED");
      expect(ended.endDate).not.toBeNull();
    });

    it("answer with their variables when completion is awaited", async () => {
      const result = await camunda.createProcessInstance({
        processDefinitionId: "rules" as never,
        variables: { amount: 250 },
        awaitCompletion: true,
        requestTimeout: 5_000,
        fetchVariables: ["discount"],
      });
      expect(result.variables).toEqual({ discount: 10 });
    });

    it("end the wait with 504 when completion does not come", async () => {
      await expect(
        camunda.createProcessInstance({
          processDefinitionId: "order" as never,
          awaitCompletion: true,
          requestTimeout: 300,
        }),
      ).rejects.toMatchObject({ status: 504 });
    });

    it("show callers, flows, statistics and incidents", async () => {
      const { processInstanceKey } = await start("caller");
      const { items } = await camunda.searchProcessInstances(
        { filter: { parentProcessInstanceKey: processInstanceKey } },
        now,
      );
      const child = items[0]!.processInstanceKey;
      const chain = await camunda.getProcessInstanceCallHierarchy({ processInstanceKey: child }, now);
      expect(chain.map((entry) => entry.processInstanceKey)).toEqual([processInstanceKey, child]);
      const flows = await camunda.getProcessInstanceSequenceFlows({ processInstanceKey: child }, now);
      expect(flows.items.map((flow) => flow.elementId)).toEqual(["flow1"]);
      const statistics = await camunda.getProcessInstanceStatistics({ processInstanceKey: child }, now);
      expect(statistics.items).toContainEqual({
        elementId: "charge",
        active: 1,
        canceled: 0,
        incidents: 0,
        completed: 0,
      });
      const incidents = await camunda.searchProcessInstanceIncidents({ processInstanceKey }, now);
      expect(incidents.items).toEqual([]);
    });

    it("are cancelled, with what they called, and deleted afterwards", async () => {
      const { processInstanceKey } = await start("caller");
      await camunda.cancelProcessInstance({ processInstanceKey });
      expect((await camunda.getProcessInstance({ processInstanceKey }, now)).state).toBe("TERMINATED");
      await camunda.deleteProcessInstance({ processInstanceKey });
      await expect(camunda.getProcessInstance({ processInstanceKey }, now)).rejects.toMatchObject({ status: 404 });
    });

    it("are modified: a token moves from one element to another", async () => {
      const { processInstanceKey } = await start("two-steps");
      await camunda.modifyProcessInstance({
        processInstanceKey,
        moveInstructions: [
          {
            sourceElementInstruction: { sourceType: "byId", sourceElementId: "ship" as never },
            targetElementId: "bill" as never,
          },
        ],
      });
      const { items } = await camunda.searchElementInstances(
        { filter: { processInstanceKey, state: "ACTIVE", type: "SERVICE_TASK" } },
        now,
      );
      expect(items.map((item) => item.elementId)).toEqual(["bill"]);
    });

    it("are migrated to another process", async () => {
      const { processInstanceKey } = await start("order");
      const { items } = await camunda.searchProcessDefinitions(
        { filter: { processDefinitionId: "two-steps", isLatestVersion: true } },
        now,
      );
      await camunda.migrateProcessInstance({
        processInstanceKey,
        targetProcessDefinitionKey: items[0]!.processDefinitionKey,
        mappingInstructions: [{ sourceElementId: "charge" as never, targetElementId: "ship" as never }],
      });
      expect((await camunda.getProcessInstance({ processInstanceKey }, now)).processDefinitionId).toBe("two-steps");
    });
  });

  describe("searches", () => {
    it("filter by operators, by alternatives and by variables", async () => {
      const { processInstanceKey } = await start("order", { color: "red-7" });
      const byVariable = await camunda.searchProcessInstances(
        { filter: { variables: [{ name: "color", value: '"red-7"' }] } },
        now,
      );
      expect(byVariable.items.map((item) => item.processInstanceKey)).toEqual([processInstanceKey]);
      const byPattern = await camunda.searchProcessInstances(
        { filter: { processDefinitionId: { $like: "ord*" }, processInstanceKey: { $in: [processInstanceKey] } } },
        now,
      );
      expect(byPattern.items).toHaveLength(1);
      const either = await camunda.searchProcessInstances(
        { filter: { processInstanceKey, $or: [{ state: "COMPLETED" }, { hasIncident: false }] } },
        now,
      );
      expect(either.items).toHaveLength(1);
    });

    it("page by offset and by cursor, in both directions", async () => {
      for (let count = 0; count < 5; count++) await start("order", { batch: "paged" });
      const filter = { variables: [{ name: "batch", value: '"paged"' }] };
      const sort = [{ field: "processInstanceKey" as const, order: "ASC" as const }];
      const all = (await lenient.searchProcessInstances({ filter, sort }, now)).items.map(
        (item) => item.processInstanceKey,
      );
      expect(all).toHaveLength(5);
      const first = await lenient.searchProcessInstances({ filter, sort, page: { limit: 2 } }, now);
      const next = await lenient.searchProcessInstances(
        { filter, sort, page: { limit: 2, after: first.page.endCursor! } },
        now,
      );
      const back = await lenient.searchProcessInstances(
        { filter, sort, page: { limit: 2, before: next.page.startCursor! } },
        now,
      );
      const offset = await lenient.searchProcessInstances({ filter, sort, page: { from: 2, limit: 2 } }, now);
      expect(next.items.map((item) => item.processInstanceKey)).toEqual(all.slice(2, 4));
      expect(back.items.map((item) => item.processInstanceKey)).toEqual(all.slice(0, 2));
      expect(offset.items.map((item) => item.processInstanceKey)).toEqual(all.slice(2, 4));
      expect(offset.page.totalItems).toBe(5);
    });
  });

  describe("jobs", () => {
    it("wait in a long poll until there is one", async () => {
      const waiting = camunda.activateJobs({
        type: "answer-alarm",
        worker: "test",
        timeout: 5_000,
        maxJobsToActivate: 1,
        requestTimeout: 10_000,
      });
      await new Promise((resolve) => setTimeout(resolve, 200));
      await camunda.broadcastSignal({ signalName: "alarm" });
      const { jobs } = await waiting;
      expect(jobs).toHaveLength(1);
      await camunda.completeJob({ jobKey: jobs[0]!.jobKey });
    });

    it("fail with retries, and without them raise an incident that is resolved", async () => {
      const { processInstanceKey } = await start("order");
      const mine = async () => (await take("charge")).find((job) => job.processInstanceKey === processInstanceKey)!;
      await camunda.failJob({ jobKey: (await mine()).jobKey, retries: 1, errorMessage: "try again", retryBackOff: 0 });
      const job = await mine();
      await camunda.failJob({ jobKey: job.jobKey, retries: 0, errorMessage: "the card reader is on fire" });
      const { items } = await camunda.searchIncidents({ filter: { processInstanceKey, state: "ACTIVE" } }, now);
      expect(items[0]).toMatchObject({ errorType: "JOB_NO_RETRIES", jobKey: job.jobKey });
      expect(items[0]!.errorMessage).toContain("on fire");
      const { incidentKey, elementInstanceKey } = items[0]!;
      expect((await camunda.searchElementInstanceIncidents({ elementInstanceKey }, now)).items).toHaveLength(1);
      await camunda.updateJob({ jobKey: job.jobKey, changeset: { retries: 2 } });
      await camunda.resolveIncident({ incidentKey });
      expect((await camunda.getIncident({ incidentKey }, now)).state).toBe("RESOLVED");
      await camunda.completeJob({ jobKey: (await mine()).jobKey });
      expect((await camunda.getProcessInstance({ processInstanceKey }, now)).state).toBe("COMPLETED");
    });

    it("throw a BPMN error that a boundary event catches", async () => {
      const { processInstanceKey } = await start("order");
      const job = (await take("charge")).find((candidate) => candidate.processInstanceKey === processInstanceKey)!;
      await camunda.throwJobError({
        jobKey: job.jobKey,
        errorCode: "DECLINED",
        errorMessage: "no money",
        variables: {},
      });
      const { items } = await camunda.searchElementInstances(
        { filter: { processInstanceKey, elementId: "declinedEnd" as never } },
        now,
      );
      expect(items[0]?.state).toBe("COMPLETED");
      const jobs = await camunda.searchJobs({ filter: { jobKey: job.jobKey } }, now);
      expect(jobs.items[0]).toMatchObject({ state: "ERROR_THROWN", errorCode: "DECLINED" });
    });

    it("get a longer lock while they are worked on", async () => {
      const { processInstanceKey } = await start("order");
      const job = (await take("charge")).find((candidate) => candidate.processInstanceKey === processInstanceKey)!;
      await camunda.updateJob({ jobKey: job.jobKey, changeset: { timeout: 3_600_000 } });
      const { items } = await camunda.searchJobs({ filter: { jobKey: job.jobKey } }, now);
      expect(Date.parse(items[0]!.deadline!)).toBeGreaterThan(Date.now() + 3_000_000);
    });

    it("are handled by the client's own worker", async () => {
      const seen: string[] = [];
      const worker = camunda.createJobWorker({
        jobType: "handle-order",
        jobTimeoutMs: 10_000,
        maxParallelJobs: 5,
        workerName: "sdk",
        jobHandler: async (job) => {
          seen.push(job.processInstanceKey);
          return job.complete({ handled: true });
        },
      });
      try {
        await camunda.publishMessage({ name: "ordered", correlationKey: "w-1", timeToLive: 60_000, variables: {} });
        await expect.poll(() => seen.length, { timeout: 10_000 }).toBe(1);
        await expect
          .poll(async () => (await camunda.getProcessInstance({ processInstanceKey: seen[0] as never }, now)).state, {
            timeout: 5_000,
          })
          .toBe("COMPLETED");
      } finally {
        await worker.stopGracefully({ waitUpToMs: 2_000 });
      }
    });
  });

  describe("messages", () => {
    it("are correlated now, or not at all", async () => {
      const { processInstanceKey } = await start("waiter", { orderId: "now-1" });
      const open = await camunda.searchMessageSubscriptions({ filter: { processInstanceKey } }, now);
      expect(open.items[0]).toMatchObject({
        messageName: "paid",
        correlationKey: "now-1",
        messageSubscriptionState: "CREATED",
      });
      const correlated = await camunda.correlateMessage({
        name: "paid",
        correlationKey: "now-1",
        variables: { paid: 5 },
      });
      expect(correlated.processInstanceKey).toBe(processInstanceKey);
      const { items } = await camunda.searchCorrelatedMessageSubscriptions({ filter: { processInstanceKey } }, now);
      expect(items[0]).toMatchObject({ messageKey: correlated.messageKey, messageName: "paid" });
      await expect(camunda.correlateMessage({ name: "paid", correlationKey: "nobody" })).rejects.toMatchObject({
        status: 404,
      });
    });

    it("wait for their receiver, and are taken once per id", async () => {
      await camunda.publishMessage({ name: "paid", correlationKey: "later-1", timeToLive: 60_000, messageId: "m-1" });
      await expect(
        camunda.publishMessage({ name: "paid", correlationKey: "later-1", timeToLive: 60_000, messageId: "m-1" }),
      ).rejects.toMatchObject({ status: 409 });
      const { processInstanceKey } = await start("waiter", { orderId: "later-1" });
      await expect
        .poll(async () => (await camunda.getProcessInstance({ processInstanceKey }, now)).state, { timeout: 5_000 })
        .toBe("COMPLETED");
    });
  });

  describe("user tasks", () => {
    it("are found with their candidates, dates and form", async () => {
      const { processInstanceKey } = await start("review", { amount: 7 });
      const task = await taskOf(processInstanceKey);
      expect(task).toMatchObject({
        name: "Check",
        state: "CREATED",
        candidateGroups: ["clerks"],
        candidateUsers: ["ann", "bob"],
        priority: 70,
        assignee: null,
        customHeaders: { unit: "EUR" },
      });
      const form = await camunda.getUserTaskForm({ userTaskKey: task.userTaskKey }, now);
      expect(form && "schema" in form && form.schema).toContain("textfield");
      const byGroup = await camunda.searchUserTasks(
        { filter: { candidateGroup: "clerks", state: "CREATED", processInstanceKey: processInstanceKey as never } },
        now,
      );
      expect(byGroup.items).toHaveLength(1);
    });

    it("are assigned, changed, unassigned and completed", async () => {
      const { processInstanceKey } = await start("review");
      const { userTaskKey } = await taskOf(processInstanceKey);
      await camunda.assignUserTask({ userTaskKey, assignee: "ann" });
      await expect(
        camunda.assignUserTask({ userTaskKey, assignee: "bob", allowOverride: false }),
      ).rejects.toMatchObject({ status: 409 });
      await camunda.updateUserTask({
        userTaskKey,
        changeset: { priority: 20, candidateGroups: ["managers"], dueDate: "2031-01-31T12:00:00Z" },
      });
      expect(await camunda.getUserTask({ userTaskKey }, now)).toMatchObject({
        assignee: "ann",
        priority: 20,
        candidateGroups: ["managers"],
      });
      await camunda.unassignUserTask({ userTaskKey });
      expect((await camunda.getUserTask({ userTaskKey }, now)).assignee).toBeNull();
      await camunda.completeUserTask({ userTaskKey, variables: { note: "fine" } });
      expect((await camunda.getUserTask({ userTaskKey }, now)).state).toBe("COMPLETED");
      expect((await camunda.getProcessInstance({ processInstanceKey }, now)).state).toBe("COMPLETED");
    });

    it("show their variables, of all scopes and the effective ones", async () => {
      const { processInstanceKey } = await start("review", { amount: 7, long: "x".repeat(10_000) });
      const { userTaskKey } = await taskOf(processInstanceKey);
      const all = await camunda.searchUserTaskVariables({ userTaskKey, filter: { name: "amount" } }, now);
      expect(all.items[0]).toMatchObject({ name: "amount", value: "7", isTruncated: false });
      const effective = await camunda.searchUserTaskEffectiveVariables({ userTaskKey, filter: { name: "long" } }, now);
      expect(effective.items[0]!.isTruncated).toBe(true);
    });
  });

  describe("variables", () => {
    it("are JSON text, cut in searches and whole by key", async () => {
      const { processInstanceKey } = await start("order", { list: [1, 2], long: "y".repeat(20_000) });
      const { items } = await camunda.searchVariables(
        { filter: { processInstanceKey, name: { $in: ["list", "long"] } }, sort: [{ field: "name" }] },
        now,
      );
      expect(items.map((item) => [item.name, item.isTruncated])).toEqual([
        ["list", false],
        ["long", true],
      ]);
      expect(items[0]!.value).toBe("[1,2]");
      const whole = await camunda.getVariable({ variableKey: items[1]!.variableKey }, now);
      expect(JSON.parse(whole.value)).toHaveLength(20_000);
      const untruncated = await camunda.searchVariables(
        { filter: { processInstanceKey, name: "long" }, truncateValues: false },
        now,
      );
      expect(untruncated.items[0]!.isTruncated).toBe(false);
    });

    it("are set from outside", async () => {
      const { processInstanceKey } = await start("order", { a: 1 });
      await camunda.createElementInstanceVariables({
        elementInstanceKey: processInstanceKey as never,
        variables: { a: 2, b: "new" },
        local: false,
      });
      const { items } = await camunda.searchVariables(
        { filter: { processInstanceKey }, sort: [{ field: "name" }] },
        now,
      );
      expect(items.map((item) => [item.name, item.value])).toEqual([
        ["a", "2"],
        ["b", '"new"'],
      ]);
    });
  });

  describe("element instances", () => {
    it("are found and read", async () => {
      const { processInstanceKey } = await start("order");
      const { items } = await camunda.searchElementInstances(
        { filter: { processInstanceKey, elementId: "charge" as never } },
        now,
      );
      expect(await camunda.getElementInstance({ elementInstanceKey: items[0]!.elementInstanceKey }, now)).toMatchObject(
        { type: "SERVICE_TASK", state: "ACTIVE", elementName: "charge" },
      );
    });

    it("of ad-hoc sub-processes get activities from outside", async () => {
      const { processInstanceKey } = await start("toolbox", { done: false });
      const { items } = await camunda.searchElementInstances(
        { filter: { processInstanceKey, type: "AD_HOC_SUB_PROCESS" } },
        now,
      );
      await camunda.activateAdHocSubProcessActivities({
        adHocSubProcessInstanceKey: items[0]!.elementInstanceKey,
        elements: [{ elementId: "hammer" as never, variables: { nail: 1 } }],
      });
      // A plain ad-hoc sub-process starts its activities by itself: this is the second hammer.
      const job = (await take("hammer")).at(-1);
      expect(job!.variables).toMatchObject({ nail: 1 });
      await camunda.completeJob({ jobKey: job!.jobKey, variables: { done: true } });
    });
  });

  describe("decisions", () => {
    it("are found, read and evaluated", async () => {
      const { items } = await camunda.searchDecisionDefinitions(
        { filter: { decisionDefinitionId: "discount" as never } },
        now,
      );
      const { decisionDefinitionKey, decisionRequirementsKey } = items[0]!;
      expect((await camunda.getDecisionDefinition({ decisionDefinitionKey }, now)).name).toBe("Discount");
      expect(await camunda.getDecisionDefinitionXml({ decisionDefinitionKey }, now)).toContain("decisionTable");
      const requirements = await camunda.searchDecisionRequirements({ filter: { decisionRequirementsKey } }, now);
      expect(requirements.items[0]!.decisionRequirementsName).toBe("Discounts");
      expect((await camunda.getDecisionRequirements({ decisionRequirementsKey }, now)).decisionRequirementsId).toBe(
        "discounts",
      );
      expect(await camunda.getDecisionRequirementsXml({ decisionRequirementsKey }, now)).toContain("decisionTable");
      const evaluated = await camunda.evaluateDecision({ decisionDefinitionKey, variables: { amount: 120 } });
      expect(evaluated.output).toBe("10");
      expect(evaluated.evaluatedDecisions[0]!.matchedRules[0]!.ruleId).toBe("large");
    });

    it("leave an instance with inputs and matched rules", async () => {
      const { processInstanceKey } = await camunda.createProcessInstance({
        processDefinitionId: "rules" as never,
        variables: { amount: 5 },
        awaitCompletion: true,
        requestTimeout: 5_000,
      });
      const { items } = await camunda.searchDecisionInstances({ filter: { processInstanceKey } }, now);
      const instance = await camunda.getDecisionInstance(
        { decisionEvaluationInstanceKey: items[0]!.decisionEvaluationInstanceKey },
        now,
      );
      expect(instance).toMatchObject({ state: "EVALUATED", result: "0", decisionDefinitionId: "discount" });
      expect(instance.evaluatedInputs[0]).toMatchObject({ inputName: "Amount", inputValue: "5" });
      expect(instance.matchedRules[0]!.ruleId).toBe("small");
    });
  });

  describe("batch operations", () => {
    const chosen = (name: string) => ({ variables: [{ name: "batch", value: JSON.stringify(name) }] });

    async function finished(batchOperationKey: string) {
      await expect
        .poll(
          async () => (await camunda.getBatchOperation({ batchOperationKey: batchOperationKey as never }, now)).state,
          { timeout: 10_000 },
        )
        .toBe("COMPLETED");
      return camunda.getBatchOperation({ batchOperationKey: batchOperationKey as never }, now);
    }

    it("cancel and then delete the instances that a filter chooses", async () => {
      for (let count = 0; count < 3; count++) await start("order", { batch: "cancel" });
      const cancelled = await camunda.cancelProcessInstancesBatchOperation({ filter: chosen("cancel") });
      expect(await finished(cancelled.batchOperationKey)).toMatchObject({
        operationsTotalCount: 3,
        operationsCompletedCount: 3,
        operationsFailedCount: 0,
      });
      const { items } = await camunda.searchBatchOperationItems(
        { filter: { batchOperationKey: cancelled.batchOperationKey } },
        now,
      );
      expect(items.map((item) => item.state)).toEqual(["COMPLETED", "COMPLETED", "COMPLETED"]);
      const deleted = await camunda.deleteProcessInstancesBatchOperation({
        filter: { ...chosen("cancel"), state: "TERMINATED" },
      });
      await finished(deleted.batchOperationKey);
      expect((await camunda.searchProcessInstances({ filter: chosen("cancel") }, now)).items).toEqual([]);
    });

    it("modify, migrate and resolve", async () => {
      await start("two-steps", { batch: "change" });
      const modified = await camunda.modifyProcessInstancesBatchOperation({
        filter: chosen("change"),
        moveInstructions: [{ sourceElementId: "ship" as never, targetElementId: "bill" as never }],
      });
      await finished(modified.batchOperationKey);
      const { items } = await camunda.searchProcessDefinitions(
        { filter: { processDefinitionId: "order", isLatestVersion: true } },
        now,
      );
      const migrated = await camunda.migrateProcessInstancesBatchOperation({
        filter: chosen("change"),
        migrationPlan: {
          targetProcessDefinitionKey: items[0]!.processDefinitionKey,
          mappingInstructions: [{ sourceElementId: "bill" as never, targetElementId: "charge" as never }],
        },
      });
      await finished(migrated.batchOperationKey);
      const found = await camunda.searchProcessInstances({ filter: chosen("change") }, now);
      expect(found.items[0]!.processDefinitionId).toBe("order");
      const resolved = await camunda.resolveIncidentsBatchOperation({ filter: chosen("change") });
      await finished(resolved.batchOperationKey);
      const one = await camunda.resolveProcessInstanceIncidents({
        processInstanceKey: found.items[0]!.processInstanceKey,
      });
      await finished(one.batchOperationKey);
    });

    it("are found, and refuse what their state forbids", async () => {
      const { batchOperationKey } = await camunda.cancelProcessInstancesBatchOperation({ filter: chosen("nothing") });
      await finished(batchOperationKey);
      const { items } = await camunda.searchBatchOperations(
        { filter: { batchOperationKey, operationType: "CANCEL_PROCESS_INSTANCE" } },
        now,
      );
      expect(items).toHaveLength(1);
      for (const change of ["suspendBatchOperation", "resumeBatchOperation", "cancelBatchOperation"] as const) {
        await expect(camunda[change]({ batchOperationKey })).rejects.toMatchObject({
          status: expect.toBeOneOf([404, 409]),
        });
      }
    });
  });

  describe("documents", () => {
    it("are uploaded, linked, downloaded and deleted", async () => {
      const document = await lenient.createDocument({
        file: new File(["hello"], "hello.txt", { type: "text/plain" }),
        metadata: {
          fileName: "hello.txt",
          contentType: "text/plain",
          customProperties: { source: "test" },
        },
      });
      expect(document.metadata).toMatchObject({ fileName: "hello.txt", size: 5, customProperties: { source: "test" } });
      const { documentId } = document;
      const link = await camunda.createDocumentLink({
        documentId,
        contentHash: document.contentHash!,
        timeToLive: 60_000,
      });
      expect(await (await fetch(link.url)).text()).toBe("hello");
      expect(String(await camunda.getDocument({ documentId, contentHash: document.contentHash! }))).toBe("hello");
      await camunda.deleteDocument({ documentId });
      await expect(camunda.getDocument({ documentId })).rejects.toMatchObject({ status: 404 });
      expect((await fetch(link.url)).status).toBe(404);
    });

    it("are uploaded several at once", async () => {
      const { createdDocuments, failedDocuments } = await lenient.createDocuments({
        files: [new File(["a"], "a.txt"), new File(["b"], "b.txt")],
      });
      expect(createdDocuments.map((document) => document.metadata.fileName)).toEqual(["a.txt", "b.txt"]);
      expect(failedDocuments).toEqual([]);
    });
  });

  describe("expressions", () => {
    it("are evaluated over variables", async () => {
      const { result, warnings } = await camunda.evaluateExpression({ expression: "=a + 1", variables: { a: 2 } });
      expect(result).toBe(3);
      expect(warnings).toEqual([]);
    });
  });
}
