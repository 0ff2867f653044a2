/** Calls of people: user tasks and approvals. A command that task listeners hold is answered when they have decided. */
import type { Command } from "../../core/command.ts";
import type { Key } from "../../core/json.ts";
import { admitName, admitObject } from "../admit-input.ts";
import type { CallContext } from "../contract/context.ts";
import type { Engine } from "../contract/engine.ts";
import { EngineError } from "../contract/errors.ts";
import type { Deps } from "../deps.ts";
import { locate } from "../locate.ts";
import type { Outcome } from "../slot.ts";

const listenersMaxMs = 60_000;
const candidatesMax = 1_000;

type TaskCalls = Pick<
  Engine,
  "assignUserTask" | "unassignUserTask" | "updateUserTask" | "completeUserTask" | "voteOnApproval"
>;

/** What became of a held transition. */
export type TransitionEnd = { readonly denied: false } | { readonly denied: true; readonly reason: string | null };

export function taskCalls(deps: Deps): TaskCalls {
  const { limits } = deps;
  return {
    assignUserTask: async (userTaskKey, input, context) =>
      onTask(deps, userTaskKey, context, {
        type: "assignUserTask",
        userTaskKey,
        assignee: admitName(input.assignee, "an assignee", { lengthMax: 256 }),
        allowOverride: input.allowOverride ?? true,
        action: actionOf(input.action, "assign"),
      }),
    unassignUserTask: (userTaskKey, context) =>
      onTask(deps, userTaskKey, context, {
        type: "assignUserTask",
        userTaskKey,
        assignee: null,
        allowOverride: true,
        action: "unassign",
      }),
    async updateUserTask(userTaskKey, input, context) {
      const { action, ...changes } = input;
      for (const list of [changes.candidateGroups, changes.candidateUsers]) {
        if (list && list.length > candidatesMax)
          throw new EngineError("invalid", `Expected at most ${candidatesMax} candidates, but got ${list.length}`);
        for (const candidate of list ?? []) admitName(candidate, "a candidate", { lengthMax: 256 });
      }
      for (const [name, date] of [
        ["dueDate", changes.dueDate] as const,
        ["followUpDate", changes.followUpDate] as const,
      ]) {
        if (typeof date === "string" && (date.length > 64 || Number.isNaN(Date.parse(date))))
          throw new EngineError(
            "invalid",
            `Expected ${name} to be an ISO 8601 date and time, but got '${date.slice(0, 64)}'`,
          );
      }
      if (
        changes.priority !== undefined &&
        !(Number.isInteger(changes.priority) && changes.priority >= 0 && changes.priority <= 100)
      ) {
        throw new EngineError("invalid", `Expected a priority of 0 to 100, but got ${changes.priority}`);
      }
      await onTask(deps, userTaskKey, context, {
        type: "updateUserTask",
        userTaskKey,
        action: actionOf(action, "update"),
        changes,
      });
    },
    completeUserTask: async (userTaskKey, input, context) =>
      onTask(deps, userTaskKey, context, {
        type: "completeUserTask",
        userTaskKey,
        variables: admitObject(input.variables, "variables", limits.variablesBytesMax),
        action: actionOf(input.action, "complete"),
      }),
    voteOnApproval: async (userTaskKey, input, context) =>
      onTask(deps, userTaskKey, context, {
        type: "voteOnApproval",
        userTaskKey,
        verdict: input.verdict,
        ...(input.args ? { args: admitObject(input.args, "args", limits.variablesBytesMax) } : {}),
        comment: input.comment ? admitName(input.comment, "a comment", { lengthMax: 10_000 }) : null,
      }),
  };
}

function actionOf(action: string | undefined, otherwise: string): string {
  return action === undefined ? otherwise : admitName(action, "an action", { lengthMax: 256, empty: true });
}

async function onTask(deps: Deps, userTaskKey: Key, context: CallContext, command: Command): Promise<void> {
  const { database, intake, awaiting } = deps;
  const located = await locate(database, "userTask", userTaskKey, context);
  const waiter = awaiting.register<TransitionEnd>("task", userTaskKey);
  let outcome: Outcome;
  try {
    outcome = await intake.run(located.rootKey, located.tenantId, command, { actor: context.actor });
  } catch (error) {
    waiter.cancel();
    throw error;
  }
  if (!isHeld(outcome, userTaskKey)) {
    waiter.cancel();
    return;
  }
  const end = await waiter.wait(listenersMaxMs, async () => {
    const rows = await database.query<{ state: string }>("select state from user_task where key = $1", [userTaskKey]);
    const state = rows[0]?.state;
    return state === "COMPLETING" || state === "ASSIGNING" || state === "UPDATING" ? undefined : { denied: false };
  });
  if (!end)
    throw new EngineError(
      "timeout",
      `Expected the task listeners to decide within ${listenersMaxMs} ms, but they did not`,
    );
  if (end.denied)
    throw new EngineError(
      "invalidState",
      `Expected the task listeners to let user task ${userTaskKey} through, but one denied${end.reason ? `: ${end.reason}` : ""}`,
    );
}

/** The transition has begun and not ended in the same step. */
function isHeld(outcome: Outcome, userTaskKey: Key): boolean {
  let held = false;
  for (const event of outcome.events) {
    if (!("key" in event) || event.key !== userTaskKey) continue;
    if (event.type === "userTaskCompleting" || event.type === "userTaskAssigning" || event.type === "userTaskUpdating")
      held = true;
    if (
      event.type === "userTaskCompleted" ||
      event.type === "userTaskAssigned" ||
      event.type === "userTaskUpdated" ||
      event.type === "userTaskDenied"
    )
      held = false;
  }
  return held;
}
