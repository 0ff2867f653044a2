/** Native user tasks: properties, transitions, and task listeners that correct, deny, and hold a cancellation. */
import { describe, expect, it } from "vitest";
import type { JobResult } from "../../../engine/core/command.ts";
import type { UserTaskDefinition } from "../../../engine/core/process.ts";
import { type Driver, drive } from "../instance-driver.ts";
import { buildProcess, message, service, start, timer, value, variable } from "../process-builder.ts";

const listener = (eventType: string) => ({
  eventType,
  type: value(`on-${eventType}`),
  retries: value("1"),
  headers: {},
});
const process = (more: Partial<UserTaskDefinition> = {}) =>
  buildProcess(
    "p",
    [
      start(),
      {
        id: "task",
        type: "userTask",
        name: "Check",
        userTask: { native: true, formBinding: { type: "latest" }, listeners: [], ...more },
      },
      { id: "b", type: "boundaryEvent", on: "task", eventDefinitions: [message("m")] },
      service("next"),
      service("stopped"),
    ],
    ["start -> task", "task -> next", "b -> stopped"],
  );
const keyOf = (run: Driver) => run.wait("userTask", "task").key;
const agree = (run: Driver, more: Partial<Extract<JobResult, { type: "userTask" }>> = {}) =>
  run.complete(
    "task",
    {},
    { result: { type: "userTask", denied: false, deniedReason: null, corrections: {}, ...more } },
  );
const last = (run: Driver, type: string) => run.events.findLast((event) => event.type === type);

describe("a user task", () => {
  it("has the properties its model evaluates to", () => {
    const run = drive(
      process({
        assignee: variable("who"),
        candidateGroups: value("a, b"),
        candidateUsers: variable("users"),
        dueDate: value("2030-01-01T00:00:00Z"),
        priority: value("70"),
        formId: value("form"),
      }),
      { variables: { who: "ann", users: ["bob"] }, environment: { findForm: () => "77" } },
    );
    expect(last(run, "userTaskCreated")).toMatchObject({
      name: "Check",
      assignee: "ann",
      candidateGroups: ["a", "b"],
      candidateUsers: ["bob"],
      dueDate: "2030-01-01T00:00:00Z",
      priority: 70,
      formKey: "77",
      approvalId: null,
    });
  });

  it("is an incident when its form is missing or a property has the wrong kind", () => {
    expect(drive(process({ formId: value("nowhere") })).incidents()).toMatchObject([{ type: "FORM_NOT_FOUND" }]);
    expect(drive(process({ assignee: value(5) })).incidents()).toMatchObject([{ type: "EXTRACT_VALUE_ERROR" }]);
    expect(drive(process({ priority: value(500) })).incidents()).toMatchObject([{ type: "EXTRACT_VALUE_ERROR" }]);
  });

  it("is assigned, updated and completed; an assigned one is not taken over without being asked", () => {
    const run = drive(process());
    const assign = (assignee: string | null, allowOverride: boolean) => ({
      type: "assignUserTask" as const,
      userTaskKey: keyOf(run),
      assignee,
      allowOverride,
      action: "claim",
    });
    run.send(assign("ann", false));
    expect(run.refused(assign("bob", false)).kind).toBe("invalidState");
    run.send(assign("bob", true));
    run.send({ type: "updateUserTask", userTaskKey: keyOf(run), action: "update", changes: { priority: 10 } });
    expect(
      run.refused({ type: "updateUserTask", userTaskKey: keyOf(run), action: "update", changes: { priority: 101 } })
        .kind,
    ).toBe("invalid");
    run.send({ type: "completeUserTask", userTaskKey: keyOf(run), variables: { ok: true }, action: "complete" });
    expect(run.waits("job")).toEqual(["next"]);
    expect(run.variables()).toEqual({ ok: true });
  });

  it("completes only when its listeners have agreed, with their corrections", () => {
    const run = drive(process({ listeners: [listener("completing"), listener("completing")] }));
    const key = keyOf(run);
    run.send({ type: "completeUserTask", userTaskKey: key, variables: { ok: true }, action: "complete" });
    expect(run.refused({ type: "completeUserTask", userTaskKey: key, variables: {}, action: "complete" }).kind).toBe(
      "invalidState",
    );
    expect(run.wait("job", "task")).toMatchObject({ jobKind: "TASK_LISTENER", listenerEventType: "COMPLETING" });
    agree(run, { corrections: { priority: 5 } });
    expect(run.waits("userTask")).toEqual(["task"]);
    agree(run);
    expect(last(run, "userTaskUpdated")).toMatchObject({ changes: { priority: 5 } });
    expect(run.waits("job")).toEqual(["next"]);
    expect(run.variables()).toEqual({ ok: true });
  });

  it("stays when a listener denies, and can be completed later", () => {
    const run = drive(process({ listeners: [listener("completing")] }));
    const complete = () =>
      run.send({ type: "completeUserTask", userTaskKey: keyOf(run), variables: {}, action: "complete" });
    complete();
    agree(run, { denied: true, deniedReason: "not yet" });
    expect(last(run, "userTaskDenied")).toMatchObject({ reason: "not yet" });
    complete();
    agree(run);
    expect(run.waits("job")).toEqual(["next"]);
  });

  it("lets listeners look at creation and assignment", () => {
    const run = drive(process({ assignee: value("ann"), listeners: [listener("creating"), listener("assigning")] }));
    expect(run.wait("job", "task").listenerEventType).toBe("CREATING");
    agree(run);
    expect(run.wait("job", "task").listenerEventType).toBe("ASSIGNING");
    agree(run, { corrections: { assignee: "bob" } });
    expect(run.wait("userTask", "task").assignee).toBe("bob");
  });

  it("waits for canceling listeners before the interruption goes on", () => {
    const run = drive(process({ listeners: [listener("canceling")] }));
    run.correlate("b");
    expect(run.waits("job")).toEqual(["task"]);
    expect(run.log("elementActivated")).not.toContain("b");
    agree(run);
    expect(run.waits("job")).toEqual(["stopped"]);
  });

  it("waits for canceling listeners before a cancelled instance ends, however deep", () => {
    const deep = buildProcess(
      "p",
      [
        start(),
        {
          id: "outer",
          type: "subProcess",
          inside: [
            {
              id: "task",
              type: "userTask",
              userTask: { native: true, formBinding: { type: "latest" }, listeners: [listener("canceling")] },
            },
            service("other"),
          ],
        },
      ],
      ["start -> outer"],
    );
    const run = drive(deep);
    run.send({ type: "cancelInstance", processInstanceKey: "1" });
    expect(run.waits("job")).toEqual(["task"]);
    expect(run.refused({ type: "cancelInstance", processInstanceKey: "1" }).kind).toBe("invalidState");
    agree(run);
    expect(run.state()).toBe("terminated");
  });

  it("ends every scope around it when the instance is cancelled while an interruption waits for it", () => {
    const run = drive(process({ listeners: [listener("canceling")] }));
    run.correlate("b");
    run.send({ type: "cancelInstance", processInstanceKey: "1" });
    agree(run);
    expect(run.state()).toBe("terminated");
    expect(run.log("elementActivated")).not.toContain("b");
  });

  it("holds an interrupting event sub-process until the canceling listener is done", () => {
    const scope = buildProcess(
      "p",
      [
        start(),
        {
          id: "task",
          type: "userTask",
          userTask: { native: true, formBinding: { type: "latest" }, listeners: [listener("canceling")] },
        },
        {
          id: "esp",
          type: "eventSubProcess",
          inside: [start("es", timer("duration", "PT1S")), service("handle")],
          flows: ["es -> handle"],
        },
      ],
      ["start -> task"],
    );
    const run = drive(scope);
    run.fire("es");
    expect(run.log("elementActivated")).not.toContain("handle");
    agree(run);
    expect(run.waits("job")).toEqual(["handle"]);
  });

  it("takes up a listener again whose job has failed", () => {
    const run = drive(process({ listeners: [listener("completing")] }));
    run.send({ type: "completeUserTask", userTaskKey: keyOf(run), variables: {}, action: "complete" });
    run.fail("task", 0);
    expect(run.incidents()).toMatchObject([{ type: "TASK_LISTENER_NO_RETRIES" }]);
    run.resolve();
    agree(run);
    expect(run.waits("job")).toEqual(["next"]);
  });

  it("without zeebe:userTask it is a job that carries the terms of the task as headers", () => {
    const run = drive(buildProcess("p", [start(), { id: "task", type: "userTask" }], ["start -> task"]));
    expect(run.wait("job", "task").jobType).toBe("io.camunda.zeebe:userTask");
    const told = drive(
      process({
        native: false,
        headers: { unit: "EUR" },
        assignee: variable("who"),
        candidateGroups: value("a, b"),
        dueDate: value("2030-01-01T00:00:00Z"),
        formKey: value("camunda-forms:bpmn:f"),
      }),
      { variables: { who: "ann" } },
    );
    expect(last(told, "jobCreated")).toMatchObject({
      headers: {
        unit: "EUR",
        "io.camunda.zeebe:assignee": "ann",
        "io.camunda.zeebe:candidateGroups": '["a","b"]',
        "io.camunda.zeebe:dueDate": "2030-01-01T00:00:00Z",
        "io.camunda.zeebe:formKey": "camunda-forms:bpmn:f",
      },
    });
    const broken = drive(process({ native: false, priority: value("900") }));
    expect(broken.incidents()).toMatchObject([{ type: "EXTRACT_VALUE_ERROR" }]);
  });
});
