/**
 * User task (BPMN 10.3.3; zeebe:userTask, assignment, schedule, forms, task listeners). A native one is a task of its own
 * kind; without zeebe:userTask it is a job, as Camunda has it. Transitions with listeners wait for them: user-task-transition.ts.
 */
import { raise } from "../core/emit.ts";
import type { Failure } from "../core/failure.ts";
import type { ElementInstance } from "../core/instance.ts";
import { createJob } from "../core/jobs.ts";
import type { ElementBehavior, Step } from "../core/machine.ts";
import { fixedText } from "../core/variables.ts";
import { cancelTask, createTask, jobHeaders, listenerCompleted } from "./user-task-transition.ts";

const jobType = "io.camunda.zeebe:userTask";

function createTaskJob(step: Step, self: ElementInstance): Failure | null {
  const { job } = self.element;
  if (job) return createJob(step, self, job, { kind: "BPMN_ELEMENT" });
  const headers = jobHeaders(step, self);
  if (!headers.ok) return headers.failure;
  const standIn = { type: fixedText(jobType), retries: fixedText("1"), headers: headers.value };
  return createJob(step, self, standIn, { kind: "BPMN_ELEMENT" });
}

export const userTask: ElementBehavior = {
  enter(step, self) {
    const failed = self.element.userTask?.native ? createTask(step, self) : createTaskJob(step, self);
    if (failed) raise(step, self, failed, "enter");
  },
  cancel: cancelTask,
  taskListenerCompleted: listenerCompleted,
};
