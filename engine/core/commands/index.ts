/** One line per command of a living instance. Each checks first and then acts, or gives the reason why not. */
import type { Command } from "../command.ts";
import type { Rejection } from "../failure.ts";
import type { Step } from "../machine.ts";
import { changeAgentBudget, interruptAgent } from "./agent.ts";
import { correlateMessage, fireTimer, triggerSignal } from "./event.ts";
import { judgeActionAgain, recordAsyncDecision } from "./guard.ts";
import { completeJob, failJob, throwJobError, updateJob } from "./job.ts";
import { migrateInstance } from "./migrate.ts";
import { modifyInstance } from "./modify.ts";
import {
  activateAdHocElements,
  cancelInstance,
  resolveIncident,
  resumeInstance,
  setVariables,
  suspendInstance,
} from "./operate.ts";
import { assignUserTask, completeUserTask, updateUserTask, voteOnApproval } from "./user-task.ts";

type Living = Exclude<Command, { type: "createInstance" }>;
type Handlers = {
  readonly [Type in Living["type"]]: (step: Step, command: Extract<Living, { type: Type }>) => Rejection | null;
};

const handlers: Handlers = {
  cancelInstance,
  completeJob,
  failJob,
  throwJobError,
  updateJob,
  assignUserTask,
  updateUserTask,
  completeUserTask,
  voteOnApproval,
  fireTimer,
  correlateMessage,
  triggerSignal,
  setVariables,
  resolveIncident,
  activateAdHocElements,
  modifyInstance,
  migrateInstance,
  suspendInstance,
  resumeInstance,
  recordAsyncDecision,
  judgeActionAgain,
  changeAgentBudget,
  interruptAgent,
};

/** Allowed while an instance is suspended: what changes it by hand, and what ends the suspension. */
const whileSuspended = new Set<Command["type"]>([
  "cancelInstance",
  "resumeInstance",
  "setVariables",
  "modifyInstance",
  "migrateInstance",
  "updateJob",
  "assignUserTask",
  "updateUserTask",
  "changeAgentBudget",
]);

export function carryOut(step: Step, command: Living): Rejection | null {
  if (step.instance.state !== "active")
    return {
      kind: "notFound",
      message: `Expected an active process instance, but ${step.instance.key} is ${step.instance.state}`,
    };
  if (step.instance.suspended && command.type !== "suspendInstance" && !whileSuspended.has(command.type)) {
    return {
      kind: "invalidState",
      message: `Expected a running process instance, but ${step.instance.key} is suspended`,
    };
  }
  const handler = handlers[command.type] as ((step: Step, command: Living) => Rejection | null) | undefined;
  if (!handler)
    return {
      kind: "invalid",
      message: `Expected a known command, but got '${String((command as { type: unknown }).type).slice(0, 50)}'`,
    };
  return handler(step, command);
}
