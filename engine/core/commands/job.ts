/** completeJob, failJob, throwJobError, updateJob. A command for a job that is gone is refused with a reason, never applied again. */
import type { Command } from "../command.ts";
import { emit, failure, isAlive, raise } from "../emit.ts";
import type { IncidentType, Rejection } from "../failure.ts";
import type { JobWait } from "../instance.ts";
import type { Key } from "../json.ts";
import { begin, complete, completeFrom } from "../lifecycle.ts";
import type { Step } from "../machine.ts";
import { behaviorOf } from "../machine.ts";
import { throwError } from "../throwing.ts";
import { setLocal } from "../variables.ts";

function jobOf(step: Step, key: Key): JobWait | Rejection {
  const job = step.instance.waits.get(key);
  if (job?.kind === "job") return job;
  return {
    kind: "notFound",
    message: `Expected a job with key ${key}, but there is none: it has been completed, cancelled or never existed`,
  };
}

/** A job whose incident is open is nobody's to work on. */
function workableJob(step: Step, key: Key): JobWait | Rejection {
  const job = jobOf(step, key);
  if (job.kind !== "job") return job;
  for (const wait of job.owner.waits!) {
    if (wait.kind === "incident" && wait.job === key)
      return {
        kind: "invalidState",
        message: `Expected a job without incident, but job ${key} waits for its incident ${wait.key} to be resolved`,
      };
  }
  return job;
}

export function completeJob(step: Step, command: Extract<Command, { type: "completeJob" }>): Rejection | null {
  const job = workableJob(step, command.jobKey);
  if (job.kind !== "job") return job;
  const self = job.owner;
  const behavior = behaviorOf(step, self);
  const isWork = job.jobKind === "BPMN_ELEMENT" || job.jobKind === "AD_HOC_SUB_PROCESS";
  const refused = isWork ? behavior.refuseCompletion?.(step, self, command) : null;
  if (refused) return refused;
  emit(step, { type: "jobCompleted", key: job.key, variables: command.variables });
  if (isWork) {
    if (behavior.jobCompleted) behavior.jobCompleted(step, self, job, command);
    else complete(step, self, command.variables);
  } else if (job.jobKind === "EXECUTION_LISTENER") {
    setLocal(step, self, command.variables);
    if (job.listenerEventType === "START") begin(step, self, "startListeners");
    else completeFrom(step, self, "endListeners");
  } else {
    behavior.taskListenerCompleted?.(step, self, job.userTask!, command);
  }
  return null;
}

const incidents: Readonly<Record<JobWait["jobKind"], IncidentType>> = {
  BPMN_ELEMENT: "JOB_NO_RETRIES",
  EXECUTION_LISTENER: "EXECUTION_LISTENER_NO_RETRIES",
  TASK_LISTENER: "TASK_LISTENER_NO_RETRIES",
  AD_HOC_SUB_PROCESS: "AD_HOC_SUB_PROCESS_NO_RETRIES",
};

export function failJob(step: Step, command: Extract<Command, { type: "failJob" }>): Rejection | null {
  const job = workableJob(step, command.jobKey);
  if (job.kind !== "job") return job;
  const retries = Math.max(0, Math.trunc(command.retries));
  emit(step, {
    type: "jobFailed",
    key: job.key,
    retries,
    errorMessage: command.errorMessage,
    retryAt: step.now + Math.max(0, command.retryBackOffMs),
  });
  step.machine.agents.turnFailed(step, job.owner, command.agentStep);
  if (command.variables) setLocal(step, job.owner, command.variables);
  if (retries === 0)
    raise(
      step,
      job.owner,
      failure(
        incidents[job.jobKind],
        command.errorMessage || "Expected retries to be left, but the last attempt has failed",
      ),
      "job",
      job.key,
    );
  return null;
}

export function throwJobError(step: Step, command: Extract<Command, { type: "throwJobError" }>): Rejection | null {
  const job = workableJob(step, command.jobKey);
  if (job.kind !== "job") return job;
  const self = job.owner;
  if (!isAlive(self))
    return {
      kind: "invalidState",
      message: `Expected an active element, but '${self.element.id}' is being terminated`,
    };
  emit(step, {
    type: "jobErrorThrown",
    key: job.key,
    errorCode: command.errorCode,
    errorMessage: command.errorMessage,
  });
  step.machine.agents.turnFailed(step, self, command.agentStep);
  if (throwError(step, self, command.errorCode, command.errorMessage, command.variables ?? {})) return null;
  const message = `Expected the error '${command.errorCode}' to be caught, but no boundary event or event sub-process does: ${command.errorMessage}`;
  raise(step, self, failure("UNHANDLED_ERROR_EVENT", message), "job", job.key);
  return null;
}

export function updateJob(step: Step, command: Extract<Command, { type: "updateJob" }>): Rejection | null {
  const job = jobOf(step, command.jobKey);
  if (job.kind !== "job") return job;
  const { retries, priority } = command;
  if (retries !== undefined && (!Number.isInteger(retries) || retries < 1))
    return { kind: "invalid", message: `Expected a positive number of retries, but got ${retries}` };
  emit(step, {
    type: "jobUpdated",
    key: job.key,
    ...(retries !== undefined && { retries }),
    ...(priority !== undefined && { priority }),
    ...(workableJob(step, job.key).kind !== "job" && { held: true as const }),
  });
  return null;
}
