/**
 * What applications rely on beyond single calls, by the official client: instructions at the start, workers that compete,
 * failures with back-off, answers of listeners and of ad-hoc sub-processes, batches that are stopped on their way,
 * deletion with history, and the problems of wrong requests.
 */
import type { CamundaClient } from "@camunda8/orchestration-cluster-api";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { call, startTestServer, type TestServer } from "../api/server.ts";
import { now, officialClient, take } from "./client.ts";
import { adHocJob, conditional, everything, listened, loopedSteps } from "./models.ts";

let server: TestServer;
let camunda: CamundaClient;
/** Sends what the client's own check of requests would refuse. */
let lenient: CamundaClient;

beforeAll(async () => {
  server = await startTestServer();
  camunda = officialClient(server);
  lenient = officialClient(server, false);
  const files = {
    ...everything,
    "listened.bpmn": listened,
    "ad-hoc-job.bpmn": adHocJob,
    "conditional.bpmn": conditional,
    "looped.bpmn": loopedSteps,
  };
  await camunda.createDeployment({
    resources: Object.entries(files).map(([name, content]) => new File([content], name)),
  });
});
afterAll(() => server?.close());

async function start(id: string, variables: Record<string, unknown> = {}, more: object = {}) {
  const input = { processDefinitionId: id, variables, ...more };
  return (await camunda.createProcessInstance(input as never)).processInstanceKey;
}
const endAfter = (afterElementId: string) => [{ type: "TERMINATE_PROCESS_INSTANCE", afterElementId }];
const stateOf = async (processInstanceKey: string) =>
  (await camunda.getProcessInstance({ processInstanceKey: processInstanceKey as never }, now)).state;

/** The whole problem that a call is refused with. */
async function problemOf(answer: Promise<unknown>) {
  const error = await answer.then(
    () => ({ status: 200 }),
    (refused: object) => refused,
  );
  return error as { status: number; title: string; detail: string; type: string; instance: string };
}

describe("an instance", () => {
  it("begins where its start instructions say", async () => {
    const processInstanceKey = await start("two-steps", {}, { startInstructions: [{ elementId: "bill" }] });
    const { items } = await camunda.searchElementInstances({ filter: { processInstanceKey, state: "ACTIVE" } }, now);
    expect(items.map(({ elementId }) => elementId).sort()).toEqual(["bill", "two-steps"]);
  });

  it("is terminated after the element that its runtime instructions name", async () => {
    const processInstanceKey = await start("two-steps", {}, { runtimeInstructions: endAfter("ship") });
    const [job] = await take(camunda, "ship", processInstanceKey);
    await camunda.completeJob({ jobKey: job!.jobKey });
    expect(await stateOf(processInstanceKey)).toBe("TERMINATED");
    const { items } = await camunda.searchElementInstances({ filter: { processInstanceKey } }, now);
    expect(items.map(({ elementId, state }) => `${elementId} ${state}`).sort()).toEqual([
      "ship COMPLETED",
      "start COMPLETED",
      "two-steps TERMINATED",
    ]);
  });

  it("is terminated as well after an element that was interrupted, and after the last of a loop", async () => {
    const interrupted = await start("order", {}, { runtimeInstructions: endAfter("charge") });
    const [job] = await take(camunda, "charge", interrupted);
    await camunda.throwJobError({ jobKey: job!.jobKey, errorCode: "DECLINED", errorMessage: "no", variables: {} });
    expect(await stateOf(interrupted)).toBe("TERMINATED");
    const looped = await start("looped", {}, { runtimeInstructions: endAfter("each") });
    const [first, second] = await take(camunda, "each", looped);
    await camunda.completeJob({ jobKey: first!.jobKey });
    expect(await stateOf(looped)).toBe("ACTIVE");
    await camunda.completeJob({ jobKey: second!.jobKey });
    expect(await stateOf(looped)).toBe("TERMINATED");
  });

  it("keeps its tags and its business id, and is found by them", async () => {
    const tags = ["vip", "region:north"];
    const created = await camunda.createProcessInstance({
      processDefinitionId: "order" as never,
      tags: tags as never,
      businessId: "order-77" as never,
    });
    expect(created).toMatchObject({ tags, businessId: "order-77" });
    const { processInstanceKey } = created;
    for (const filter of [{ businessId: "order-77" }, { tags: ["vip"] }, { tags, processInstanceKey }])
      expect(
        (await camunda.searchProcessInstances({ filter: filter as never }, now)).items.map(
          (item) => item.processInstanceKey,
        ),
      ).toEqual([processInstanceKey]);
    expect((await take(camunda, "charge", processInstanceKey))[0]!.tags).toEqual(tags);
  });

  it("is waited for, and answers with its variables when it has ended", async () => {
    const waiting = camunda.createProcessInstance({
      processDefinitionId: "order" as never,
      variables: { kept: 1, other: 2 },
      awaitCompletion: true,
      requestTimeout: 10_000,
      fetchVariables: ["kept", "charged"],
    });
    const [job] = (await take(camunda, "charge")).filter(({ variables }) => variables.other === 2);
    await camunda.completeJob({ jobKey: job!.jobKey, variables: { charged: true } });
    expect((await waiting).variables).toEqual({ kept: 1, charged: true });
  });

  it("begins by a condition on variables that come from outside", async () => {
    const { processInstances } = await camunda.evaluateConditionals({ variables: { temperature: 40 } });
    expect(processInstances).toHaveLength(1);
    const cold = await camunda.evaluateConditionals({ variables: { temperature: 10 } });
    expect(cold.processInstances).toEqual([]);
  });

  it.each([
    ["an unknown process", { processDefinitionId: "nothing" }, 404, "NOT_FOUND"],
    ["an unknown key", { processDefinitionKey: "999999999999" }, 404, "NOT_FOUND"],
    ["an unknown version", { processDefinitionId: "order", processDefinitionVersion: 99 }, 404, "NOT_FOUND"],
    ["neither id nor key", { variables: {} }, 400, "INVALID_ARGUMENT"],
    ["an unknown member", { processDefinitionId: "order", colour: "red" }, 400, "INVALID_ARGUMENT"],
    [
      "a start at nothing",
      { processDefinitionId: "order", startInstructions: [{ elementId: "x" }] },
      400,
      "INVALID_ARGUMENT",
    ],
    [
      "an end after nothing",
      { processDefinitionId: "order", runtimeInstructions: [{ afterElementId: "x" }] },
      400,
      "INVALID_ARGUMENT",
    ],
    ["a tag of another form", { processDefinitionId: "order", tags: ["1 2"] }, 400, "INVALID_ARGUMENT"],
    ["another tenant", { processDefinitionId: "order", tenantId: "elsewhere" }, 400, "INVALID_ARGUMENT"],
  ])("is refused with the whole problem: %s", async (_what, body, status, title) => {
    const problem = await problemOf(lenient.createProcessInstance(body as never));
    expect(problem).toMatchObject({ status, title, detail: expect.stringMatching(/^Expected/) });
    const raw = await call(server, "POST", "/v2/process-instances", body);
    expect(raw.json).toEqual({
      type: "about:blank",
      title,
      status,
      detail: problem.detail,
      instance: "/v2/process-instances",
    });
  });
});

describe("jobs", () => {
  it("are shared by workers that wait at the same time, each job once", async () => {
    const poll = (worker: string) =>
      camunda.activateJobs({ type: "bill", worker, timeout: 30_000, maxJobsToActivate: 2, requestTimeout: 5_000 });
    const polls = ["a", "b", "c"].map(poll);
    const own: string[] = [];
    for (let count = 0; count < 6; count++)
      own.push(await start("two-steps", {}, { startInstructions: [{ elementId: "bill" }] }));
    const taken = (await Promise.all(polls)).flatMap(({ jobs }) => jobs);
    expect(taken.length).toBeGreaterThanOrEqual(3);
    expect(new Set(taken.map(({ jobKey }) => jobKey)).size).toBe(taken.length);
    expect(new Set(taken.map(({ worker }) => worker)).size).toBe(3);
  });

  it("that failed come back after their back-off, with the variables that the failure left", async () => {
    const processInstanceKey = await start("order");
    const [job] = await take(camunda, "charge", processInstanceKey);
    await camunda.failJob({
      jobKey: job!.jobKey,
      retries: 2,
      errorMessage: "later",
      retryBackOff: 1_000,
      variables: { attempt: 1 },
    });
    const { items } = await camunda.searchJobs({ filter: { jobKey: job!.jobKey } }, now);
    expect(items[0]).toMatchObject({
      state: "FAILED",
      retries: 2,
      hasFailedWithRetriesLeft: true,
      errorMessage: "later",
    });
    const early = await camunda.activateJobs({
      type: "charge",
      worker: "eager",
      timeout: 1_000,
      maxJobsToActivate: 10,
      requestTimeout: -1,
    });
    expect(early.jobs.filter(({ jobKey }) => jobKey === job!.jobKey)).toEqual([]);
    const again = await vi.waitFor(async () => (await take(camunda, "charge", processInstanceKey))[0]!, {
      timeout: 8_000,
    });
    expect(again).toMatchObject({ retries: 2, variables: { attempt: 1 } });
    await camunda.completeJob({ jobKey: again.jobKey });
  });

  it("that raised an incident are found by the hash of its message", async () => {
    const processInstanceKey = await start("order");
    const [job] = await take(camunda, "charge", processInstanceKey);
    await camunda.failJob({ jobKey: job!.jobKey, retries: 0, errorMessage: "the hash of this" });
    const { items } = await camunda.getProcessInstanceStatisticsByError({}, now);
    const { errorHashCode } = items.find(({ errorMessage }) => errorMessage.includes("the hash of this"))!;
    const found = await camunda.searchProcessInstances({ filter: { incidentErrorHashCode: errorHashCode } }, now);
    expect(found.items.map((item) => item.processInstanceKey)).toEqual([processInstanceKey]);
    const others = await camunda.searchProcessInstances(
      { filter: { processInstanceKey, $or: [{ incidentErrorHashCode: errorHashCode + 1 }] } },
      now,
    );
    expect(others.items).toEqual([]);
  });

  it("of listeners deny with a reason, and correct what they may", async () => {
    const processInstanceKey = await start("listened");
    const { items } = await camunda.searchUserTasks({ filter: { processInstanceKey } }, now);
    const { userTaskKey } = items[0]!;
    const denied = problemOf(camunda.completeUserTask({ userTaskKey, variables: { total: 5 } }));
    const [first] = await take(camunda, "own-check", processInstanceKey);
    expect(first!.variables).toEqual({ total: 5 });
    await camunda.completeJob({
      jobKey: first!.jobKey,
      result: { type: "userTask", denied: true, deniedReason: "the total is too small" },
    });
    expect(await denied).toMatchObject({ status: 409, title: "INVALID_STATE" });
    const corrected = camunda.completeUserTask({ userTaskKey });
    const [second] = await take(camunda, "own-check", processInstanceKey);
    const corrections = {
      assignee: "ann",
      candidateGroups: ["clerks"],
      candidateUsers: ["bob"],
      dueDate: "2031-01-01T00:00:00Z",
      followUpDate: "2030-12-01T00:00:00Z",
      priority: 90,
    };
    await camunda.completeJob({ jobKey: second!.jobKey, result: { type: "userTask", corrections } });
    await corrected;
    const task = await camunda.getUserTask({ userTaskKey }, now);
    expect(task).toMatchObject({ state: "COMPLETED", assignee: "ann", candidateGroups: ["clerks"], priority: 90 });
  });

  it("of ad-hoc sub-processes say which activities begin, and when it is done", async () => {
    const processInstanceKey = await start("ad-hoc-job");
    const [plan] = await take(camunda, "plan", processInstanceKey);
    expect(plan!.kind).toBe("AD_HOC_SUB_PROCESS");
    await camunda.completeJob({
      jobKey: plan!.jobKey,
      result: { type: "adHocSubProcess", activateElements: [{ elementId: "saw" as never, variables: { length: 3 } }] },
    });
    const [saw] = await take(camunda, "saw", processInstanceKey);
    expect(saw!.variables).toMatchObject({ length: 3 });
    await camunda.completeJob({ jobKey: saw!.jobKey });
    const [again] = await take(camunda, "plan", processInstanceKey);
    expect(again!.jobKey).not.toBe(plan!.jobKey);
    expect(await problemOf(camunda.completeJob({ jobKey: plan!.jobKey }))).toMatchObject({ status: 404 });
    await camunda.completeJob({
      jobKey: again!.jobKey,
      result: { type: "adHocSubProcess", isCompletionConditionFulfilled: true, isCancelRemainingInstances: true },
    });
    expect(await stateOf(processInstanceKey)).toBe("COMPLETED");
  });

  it("that nobody has, or that are over, are told apart from none by words alone", async () => {
    const processInstanceKey = await start("order");
    const [job] = await take(camunda, "charge", processInstanceKey);
    await camunda.completeJob({ jobKey: job!.jobKey });
    for (const jobKey of [job!.jobKey, "999999999999" as never])
      for (const answer of [
        () => camunda.completeJob({ jobKey }),
        () => camunda.failJob({ jobKey, retries: 1 }),
        () => camunda.throwJobError({ jobKey, errorCode: "X", errorMessage: "", variables: {} }),
        () => camunda.updateJob({ jobKey, changeset: { retries: 2 } }),
      ])
        expect(await problemOf(answer())).toMatchObject({ status: 404, title: "NOT_FOUND" });
    expect((await call(server, "POST", "/v2/jobs/not-a-key/completion", {})).status).toBe(400);
  });
});

describe("batch operations", () => {
  it("tell how far they are, and cannot be moved when they have ended", async () => {
    for (let count = 0; count < 5; count++) await start("sleeper");
    const { batchOperationKey } = await camunda.cancelProcessInstancesBatchOperation({
      filter: { processDefinitionId: "sleeper" as never, state: "ACTIVE" },
    });
    const get = () => camunda.getBatchOperation({ batchOperationKey }, now);
    await vi.waitFor(async () => expect((await get()).state).toBe("COMPLETED"), { timeout: 20_000 });
    expect(await get()).toMatchObject({
      batchOperationType: "CANCEL_PROCESS_INSTANCE",
      operationsTotalCount: 5,
      operationsCompletedCount: 5,
      operationsFailedCount: 0,
    });
    const refused = [
      () => camunda.suspendBatchOperation({ batchOperationKey }),
      () => camunda.resumeBatchOperation({ batchOperationKey }),
      () => camunda.cancelBatchOperation({ batchOperationKey }),
    ];
    for (const answer of refused)
      expect(await problemOf(answer())).toMatchObject({ status: 409, title: "INVALID_STATE" });
    const unknown = await problemOf(camunda.cancelBatchOperation({ batchOperationKey: "999999999999" as never }));
    expect(unknown).toMatchObject({ status: 404, title: "NOT_FOUND" });
  });
});

describe("deletion with history", () => {
  it("of a process takes its ended instances along", async () => {
    const { processes } = await camunda.createDeployment({
      resources: [new File([everything["rules.bpmn"]!.replaceAll('id="rules"', 'id="passing-rules"')], "passing.bpmn")],
    });
    const { processDefinitionKey } = processes[0]!;
    const { processInstanceKey } = await camunda.createProcessInstance({
      processDefinitionKey,
      variables: { amount: 1 },
    });
    expect(await stateOf(processInstanceKey)).toBe("COMPLETED");
    const answer = await camunda.deleteResource({ resourceKey: processDefinitionKey as never, deleteHistory: true });
    expect(answer).toEqual({ resourceKey: processDefinitionKey, batchOperation: null });
    await vi.waitFor(
      async () =>
        expect(await problemOf(camunda.getProcessInstance({ processInstanceKey }, now))).toMatchObject({ status: 404 }),
      { timeout: 10_000 },
    );
  });

  it("of decisions takes their evaluations along, as a batch operation", async () => {
    const dmn = everything["discount.dmn"]!.replaceAll('"discount', '"passing');
    const { decisionRequirements } = await camunda.createDeployment({ resources: [new File([dmn], "passing.dmn")] });
    const { decisionRequirementsKey } = decisionRequirements[0]!;
    await camunda.evaluateDecision({ decisionDefinitionId: "passing" as never, variables: { amount: 1 } });
    const { batchOperation } = await camunda.deleteResource({
      resourceKey: decisionRequirementsKey as never,
      deleteHistory: true,
    });
    expect(batchOperation?.batchOperationType).toBe("DELETE_DECISION_INSTANCE");
    await vi.waitFor(
      async () =>
        expect(
          (await camunda.searchDecisionInstances({ filter: { decisionRequirementsKey } }, now)).page.totalItems,
        ).toBe(0),
      { timeout: 10_000 },
    );
  });
});

describe("numbers and settings", () => {
  it("count instances by definition and by version", async () => {
    await start("order");
    const all = await camunda.getProcessDefinitionInstanceStatistics({}, now);
    const order = all.items.find(({ processDefinitionId }) => processDefinitionId === "order")!;
    expect(order.activeInstancesWithoutIncidentCount + order.activeInstancesWithIncidentCount).toBeGreaterThan(0);
    const versions = await camunda.getProcessDefinitionInstanceVersionStatistics(
      { filter: { processDefinitionId: "order" as never } },
      now,
    );
    expect(versions.items.map(({ processDefinitionVersion }) => processDefinitionVersion)).toEqual([1]);
  });

  it("tell how job metrics are kept", async () => {
    expect((await camunda.getSystemConfiguration()).jobMetrics.maxJobTypeLength).toBeGreaterThan(0);
  });

  it("replace a variable of a tenant", async () => {
    const tenantId = "<default>" as never;
    await camunda.createTenantClusterVariable({ tenantId, name: "limit", value: { max: 1 } });
    await camunda.updateTenantClusterVariable({ tenantId, name: "limit", value: { max: 2 } });
    expect((await camunda.getTenantClusterVariable({ tenantId, name: "limit" }, now)).value).toBe('{"max":2}');
  });
});
