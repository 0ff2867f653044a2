import { afterAll, beforeAll, expect, it } from "vitest";
import type { Engine } from "../../../engine/index.ts";
import { onBothStores } from "../../stores.ts";
import { deploy, eventually, operator, startEngine } from "./harness.ts";
import { end, model, sequence, start, userTask } from "./models.ts";

const form = JSON.stringify({ id: "review-form", components: [{ type: "textfield", key: "note" }] });
const review = model(
  "review",
  sequence(
    start(),
    userTask(
      "check",
      '<zeebe:assignmentDefinition candidateGroups="reviewers, leads" /><zeebe:formDefinition formId="review-form" /><zeebe:taskSchedule dueDate="2030-01-02T03:04:05Z" /><zeebe:priorityDefinition priority="70" />',
    ),
    end(),
  ),
  { name: "Review" },
);
const listened = model(
  "listened",
  sequence(
    start(),
    userTask(
      "guarded",
      '<zeebe:taskListeners><zeebe:taskListener eventType="completing" type="decide" /></zeebe:taskListeners>',
    ),
    end(),
  ),
);

onBothStores("user tasks", (store) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startEngine(await store.open());
    await deploy(engine, ["form.form", form], ["review.bpmn", review], ["listened.bpmn", listened]);
  });
  afterAll(async () => {
    await engine.stop();
  });

  it("shows a task with its people, dates, form and variables, and completes it", async () => {
    const { processInstanceKey } = await engine.createInstance(
      { processDefinitionId: "review", variables: { order: { id: 7 } } },
      operator,
    );
    const found = await engine.queries.searchUserTasks(
      {
        filter: {
          processInstanceKey,
          candidateGroup: "leads",
          priority: { $gte: 60 },
          dueDate: { $lt: "2031-01-01T00:00:00Z" },
        },
      },
      operator,
    );
    expect(found.items).toMatchObject([
      {
        name: "check task",
        state: "CREATED",
        assignee: null,
        candidateGroups: ["reviewers", "leads"],
        priority: 70,
        processName: "Review",
      },
    ]);
    const key = found.items[0]?.userTaskKey ?? "";
    expect((await engine.queries.getUserTaskForm(key, operator))?.formId).toBe("review-form");
    await engine.assignUserTask(key, { assignee: "rita" }, operator);
    await expect(
      engine.assignUserTask(key, { assignee: "otto", allowOverride: false }, operator),
    ).rejects.toMatchObject({ kind: "invalidState" });
    await engine.updateUserTask(key, { candidateGroups: [], dueDate: null, priority: 10 }, operator);
    expect(await engine.queries.getUserTask(key, operator)).toMatchObject({
      assignee: "rita",
      candidateGroups: [],
      dueDate: null,
      priority: 10,
    });
    await engine.unassignUserTask(key, operator);
    expect((await engine.queries.getUserTask(key, operator)).assignee).toBeNull();
    const effective = await engine.queries.searchUserTaskEffectiveVariables(key, {}, operator);
    expect(effective.items.map((item) => [item.name, item.value])).toEqual([["order", '{"id":7}']]);
    await engine.completeUserTask(key, { variables: { approved: true } }, operator);
    expect((await engine.queries.getUserTask(key, operator)).state).toBe("COMPLETED");
    expect((await engine.queries.getProcessInstance(processInstanceKey, operator)).state).toBe("COMPLETED");
    await expect(engine.completeUserTask(key, {}, operator)).rejects.toMatchObject({ kind: "notFound" });
  });

  it("holds a completion until the listeners have decided", async () => {
    const { processInstanceKey } = await engine.createInstance({ processDefinitionId: "listened" }, operator);
    const [task] = (await engine.queries.searchUserTasks({ filter: { processInstanceKey } }, operator)).items;
    const key = task?.userTaskKey ?? "";

    const denied = engine.completeUserTask(key, {}, operator);
    const [first] = await engine.activateJobs(
      { type: "decide", timeoutMs: 10_000, maxJobsToActivate: 1, requestTimeoutMs: 5_000 },
      operator,
    );
    expect(first).toMatchObject({
      kind: "TASK_LISTENER",
      listenerEventType: "COMPLETING",
      userTask: { userTaskKey: key },
    });
    expect((await engine.queries.getUserTask(key, operator)).state).toBe("COMPLETING");
    await engine.completeJob(
      first?.jobKey ?? "",
      { result: { type: "userTask", denied: true, deniedReason: "not yet", corrections: {} } },
      operator,
    );
    await expect(denied).rejects.toMatchObject({ kind: "invalidState" });
    expect((await engine.queries.getUserTask(key, operator)).state).toBe("CREATED");

    const accepted = engine.completeUserTask(key, {}, operator);
    const [second] = await engine.activateJobs(
      { type: "decide", timeoutMs: 10_000, maxJobsToActivate: 1, requestTimeoutMs: 5_000 },
      operator,
    );
    await engine.completeJob(second?.jobKey ?? "", {}, operator);
    await accepted;
    await eventually(
      "completion",
      async () => (await engine.queries.getProcessInstance(processInstanceKey, operator)).state === "COMPLETED",
    );
  });

  it("refuses priorities, dates and names that cannot be", async () => {
    const { processInstanceKey } = await engine.createInstance({ processDefinitionId: "review" }, operator);
    const [task] = (await engine.queries.searchUserTasks({ filter: { processInstanceKey } }, operator)).items;
    const key = task?.userTaskKey ?? "";
    await expect(engine.updateUserTask(key, { priority: 101 }, operator)).rejects.toMatchObject({ kind: "invalid" });
    await expect(engine.updateUserTask(key, { dueDate: "tomorrow" }, operator)).rejects.toMatchObject({
      kind: "invalid",
    });
    await expect(engine.assignUserTask(key, { assignee: "a\u0000" }, operator)).rejects.toMatchObject({
      kind: "invalid",
    });
    await expect(engine.assignUserTask("12345", { assignee: "a" }, operator)).rejects.toMatchObject({
      kind: "notFound",
    });
    await expect(engine.assignUserTask("x'; drop table user_task", { assignee: "a" }, operator)).rejects.toMatchObject({
      kind: "notFound",
    });
  });
});
