/** Listeners of all user tasks, by the official client: their life, their order, and that a transition keeps its list. */
import type { CamundaClient } from "@camunda8/orchestration-cluster-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "../api/server.ts";
import { now, officialClient, take } from "./client.ts";
import { listened, review, reviewForm } from "./models.ts";

let server: TestServer;
let camunda: CamundaClient;

beforeAll(async () => {
  server = await startTestServer();
  camunda = officialClient(server);
  await camunda.createDeployment({
    resources: [
      new File([review], "review.bpmn"),
      new File([listened], "listened.bpmn"),
      new File([reviewForm], "review-form.form"),
    ],
  });
});
afterAll(() => server?.close());

const idOf = (id: string) => ({ id: id as never });

async function taskOf(id: string) {
  const { processInstanceKey } = await camunda.createProcessInstance({ processDefinitionId: id as never });
  const { items } = await camunda.searchUserTasks({ filter: { processInstanceKey } }, now);
  return { processInstanceKey, userTaskKey: items[0]!.userTaskKey };
}

describe("global task listeners", () => {
  it("are created, read, changed, found and deleted", async () => {
    const made = await camunda.createGlobalTaskListener({
      ...idOf("audit"),
      type: "audit-job",
      eventTypes: ["completing", "assigning"],
    });
    expect(made).toEqual({
      id: "audit",
      type: "audit-job",
      eventTypes: ["completing", "assigning"],
      retries: 3,
      afterNonGlobal: false,
      priority: 50,
      source: "API",
    });
    await expect(
      camunda.createGlobalTaskListener({ ...idOf("audit"), type: "other", eventTypes: ["all"] }),
    ).rejects.toMatchObject({ status: 409 });
    const changed = await camunda.updateGlobalTaskListener({
      ...idOf("audit"),
      type: "audit-job",
      eventTypes: ["canceling"],
      priority: 7,
      afterNonGlobal: true,
      retries: 1,
    });
    expect(changed).toMatchObject({ eventTypes: ["canceling"], priority: 7, afterNonGlobal: true, retries: 1 });
    expect(await camunda.getGlobalTaskListener(idOf("audit"), now)).toEqual(changed);
    await camunda.createGlobalTaskListener({ ...idOf("other"), type: "other-job", eventTypes: ["all"], priority: 99 });
    const found = await camunda.searchGlobalTaskListeners(
      { filter: { source: "API" }, sort: [{ field: "priority", order: "DESC" }] },
      now,
    );
    expect(found.items.map(({ id }) => id)).toEqual(["other", "audit"]);
    const byEvent = await camunda.searchGlobalTaskListeners(
      { filter: { eventTypes: ["canceling"], priority: { $lt: 50 }, id: { $like: "a*" }, afterNonGlobal: true } },
      now,
    );
    expect(byEvent.items.map(({ id }) => id)).toEqual(["audit"]);
    const nobody = await camunda.searchGlobalTaskListeners({ filter: { source: "CONFIGURATION" } }, now);
    expect(nobody.page.totalItems).toBe(0);
    for (const id of ["audit", "other"]) await camunda.deleteGlobalTaskListener(idOf(id));
    await expect(camunda.getGlobalTaskListener(idOf("audit"), now)).rejects.toMatchObject({ status: 404 });
    await expect(camunda.deleteGlobalTaskListener(idOf("audit"))).rejects.toMatchObject({ status: 404 });
    await expect(camunda.updateGlobalTaskListener({ ...idOf("audit"), eventTypes: ["all"] })).rejects.toMatchObject({
      status: 404,
    });
  });

  it("work by priority, before or after those of the model", async () => {
    const listener = (id: string, priority: number, afterNonGlobal: boolean) =>
      camunda.createGlobalTaskListener({ ...idOf(id), type: id, eventTypes: ["completing"], priority, afterNonGlobal });
    await listener("second", 10, false);
    await listener("first", 60, false);
    await listener("last", 90, true);
    const { processInstanceKey, userTaskKey } = await taskOf("listened");
    const completion = camunda.completeUserTask({ userTaskKey, variables: { done: true } });
    for (const type of ["first", "second", "own-check", "last"]) {
      const [job] = await take(camunda, type, processInstanceKey);
      expect(job).toMatchObject({ kind: "TASK_LISTENER", listenerEventType: "COMPLETING", elementId: "check" });
      expect(job!.userTask?.action).toBe("complete");
      expect(job!.variables).toEqual({ done: true });
      await camunda.completeJob({ jobKey: job!.jobKey });
    }
    await completion;
    expect((await camunda.getProcessInstance({ processInstanceKey }, now)).state).toBe("COMPLETED");
    for (const id of ["first", "second", "last"]) await camunda.deleteGlobalTaskListener(idOf(id));
  });

  it("deny and correct as listeners of a model do", async () => {
    await camunda.createGlobalTaskListener({ ...idOf("guard"), type: "guard", eventTypes: ["assigning"] });
    const { processInstanceKey, userTaskKey } = await taskOf("review");
    const denied = expect(camunda.assignUserTask({ userTaskKey, assignee: "eve" })).rejects.toMatchObject({
      status: 409,
    });
    const [first] = await take(camunda, "guard", processInstanceKey);
    expect(first!.userTask).toMatchObject({ assignee: "eve", action: "assign", changedAttributes: ["assignee"] });
    await camunda.completeJob({
      jobKey: first!.jobKey,
      result: { type: "userTask", denied: true, deniedReason: "not a clerk" },
    });
    await denied;
    expect((await camunda.getUserTask({ userTaskKey }, now)).assignee).toBeNull();
    const corrected = camunda.assignUserTask({ userTaskKey, assignee: "eve" });
    const [second] = await take(camunda, "guard", processInstanceKey);
    await camunda.completeJob({
      jobKey: second!.jobKey,
      result: { type: "userTask", corrections: { assignee: "ann", priority: 80 } },
    });
    await corrected;
    expect(await camunda.getUserTask({ userTaskKey }, now)).toMatchObject({ assignee: "ann", priority: 80 });
    await camunda.deleteGlobalTaskListener(idOf("guard"));
  });

  it("listen to all transitions, and hold a cancellation until they are done", async () => {
    await camunda.createGlobalTaskListener({ ...idOf("everything"), type: "everything", eventTypes: ["all"] });
    const { processInstanceKey } = await camunda.createProcessInstance({ processDefinitionId: "review" as never });
    const [creating] = await take(camunda, "everything", processInstanceKey);
    expect(creating!.listenerEventType).toBe("CREATING");
    await camunda.completeJob({ jobKey: creating!.jobKey });
    const cancellation = camunda.cancelProcessInstance({ processInstanceKey });
    const [canceling] = await take(camunda, "everything", processInstanceKey);
    expect(canceling!.listenerEventType).toBe("CANCELING");
    await camunda.completeJob({ jobKey: canceling!.jobKey });
    await cancellation;
    expect((await camunda.getProcessInstance({ processInstanceKey }, now)).state).toBe("TERMINATED");
    await camunda.deleteGlobalTaskListener(idOf("everything"));
  });

  it("stay those that a transition began with, whatever happens to the list meanwhile", async () => {
    await camunda.createGlobalTaskListener({ ...idOf("pinned"), type: "pinned", eventTypes: ["completing"] });
    const { processInstanceKey, userTaskKey } = await taskOf("listened");
    const completion = camunda.completeUserTask({ userTaskKey });
    const [pinned] = await take(camunda, "pinned", processInstanceKey);
    await camunda.deleteGlobalTaskListener(idOf("pinned"));
    await camunda.createGlobalTaskListener({
      ...idOf("late"),
      type: "late",
      eventTypes: ["all"],
      afterNonGlobal: true,
    });
    await camunda.completeJob({ jobKey: pinned!.jobKey });
    const [own] = await take(camunda, "own-check", processInstanceKey);
    await camunda.completeJob({ jobKey: own!.jobKey });
    await completion;
    expect((await camunda.getProcessInstance({ processInstanceKey }, now)).state).toBe("COMPLETED");
    const jobs = await camunda.searchJobs({ filter: { processInstanceKey } }, now);
    expect(jobs.items.map(({ type }) => type).sort()).toEqual(["own-check", "pinned"]);
    await camunda.deleteGlobalTaskListener(idOf("late"));
  });
});
