/**
 * User task (BPMN 10.3.3; zeebe:userTask, assignment, schedule, forms, task listeners). A native one is a task of its own
 * kind; without zeebe:userTask it is a job, as Camunda has it. Transitions with listeners wait for them: user-task-transition.ts.
 */
import { raise } from "../core/emit.ts";
import { createJob } from "../core/jobs.ts";
import type { ElementBehavior } from "../core/machine.ts";
import { fixedText } from "../core/variables.ts";
import { cancelTask, createTask, listenerCompleted } from "./user-task-transition.ts";

const jobType = "io.camunda.zeebe:userTask";

export const userTask: ElementBehavior = {
  enter(step, self) {
    const { job, userTask: definition } = self.element;
    const failed = definition?.native
      ? createTask(step, self)
      : createJob(
          step,
          self,
          job ?? { type: fixedText(jobType), retries: fixedText("1"), headers: self.element.properties },
          { kind: "BPMN_ELEMENT" },
        );
    if (failed) raise(step, self, failed, "enter");
  },
  cancel: cancelTask,
  taskListenerCompleted: listenerCompleted,
};
