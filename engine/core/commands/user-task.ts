/** assignUserTask, updateUserTask, completeUserTask, voteOnApproval. Completing an approval task is a vote. */
import type { Command } from "../command.ts";
import { emit } from "../emit.ts";
import type { Rejection } from "../failure.ts";
import type { UserTaskWait } from "../instance.ts";
import type { JsonObject, JsonValue, Key } from "../json.ts";
import type { Step, Vote } from "../machine.ts";

function taskOf(step: Step, key: Key): UserTaskWait | Rejection {
  const task = step.instance.waits.get(key);
  if (task?.kind !== "userTask")
    return { kind: "notFound", message: `Expected a user task with key ${key}, but there is none` };
  const listening = task.owner.detail?.userTask;
  if (listening && task.approvalId === null)
    return {
      kind: "invalidState",
      message: `Expected a user task at rest, but ${key} is ${listening.eventType.toLowerCase()}`,
    };
  return task;
}

export function assignUserTask(step: Step, command: Extract<Command, { type: "assignUserTask" }>): Rejection | null {
  const task = taskOf(step, command.userTaskKey);
  if (task.kind !== "userTask") return task;
  if (!command.allowOverride && task.assignee !== null && task.assignee !== command.assignee) {
    return {
      kind: "invalidState",
      message: `Expected an unassigned user task, but ${task.key} is assigned to '${task.assignee}'`,
    };
  }
  if (task.approvalId !== null)
    emit(step, { type: "userTaskAssigned", key: task.key, assignee: command.assignee, action: command.action });
  else
    step.machine.userTasks.start(step, task.owner, task.key, "ASSIGNING", {
      assignee: command.assignee,
      action: command.action,
    });
  return null;
}

export function updateUserTask(step: Step, command: Extract<Command, { type: "updateUserTask" }>): Rejection | null {
  const task = taskOf(step, command.userTaskKey);
  if (task.kind !== "userTask") return task;
  const { priority } = command.changes;
  if (priority !== undefined && (!Number.isInteger(priority) || priority < 0 || priority > 100)) {
    return { kind: "invalid", message: `Expected a priority from 0 to 100, but got ${priority}` };
  }
  const changes = command.changes as JsonObject;
  if (task.approvalId !== null) emit(step, { type: "userTaskUpdated", key: task.key, changes, action: command.action });
  else step.machine.userTasks.start(step, task.owner, task.key, "UPDATING", { ...changes, action: command.action });
  return null;
}

export function completeUserTask(
  step: Step,
  command: Extract<Command, { type: "completeUserTask" }>,
): Rejection | null {
  const task = taskOf(step, command.userTaskKey);
  if (task.kind !== "userTask") return task;
  if (task.approvalId === null) {
    step.machine.userTasks.start(step, task.owner, task.key, "COMPLETING", {
      variables: command.variables,
      action: command.action,
    });
    return null;
  }
  const vote = voteFrom(command.variables);
  if ("kind" in vote) return vote;
  return step.machine.wrappers.guard.vote(step, task.owner, task, vote);
}

/** A form answers with `approved` (boolean) or `verdict`, perhaps `comment` and edited `args`. Anything unclear is no vote. */
function voteFrom(variables: JsonObject): Vote | Rejection {
  const { approved, verdict, comment, args } = variables;
  const text = typeof comment === "string" ? comment : null;
  const edited = asObject(args);
  if (verdict === "edit" || verdict === "approve" || verdict === "reject")
    return { verdict, comment: text, ...(verdict === "edit" && edited && { args: edited }) };
  if (typeof approved === "boolean") return { verdict: approved ? "approve" : "reject", comment: text };
  return {
    kind: "invalid",
    message:
      "Expected 'approved' (true or false) or 'verdict' (approve, reject or edit) among the variables of an approval, but there is neither",
  };
}

function asObject(value: JsonValue | undefined): JsonObject | null {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as JsonObject) : null;
}

export function voteOnApproval(step: Step, command: Extract<Command, { type: "voteOnApproval" }>): Rejection | null {
  const task = taskOf(step, command.userTaskKey);
  if (task.kind !== "userTask") return task;
  if (task.approvalId === null)
    return { kind: "invalidState", message: `Expected an approval, but user task ${task.key} is an ordinary one` };
  const { verdict, comment, args } = command;
  return step.machine.wrappers.guard.vote(step, task.owner, task, { verdict, comment, ...(args && { args }) });
}
