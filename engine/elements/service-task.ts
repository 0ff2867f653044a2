/** Service task (BPMN 10.3.3): a job for a worker; without a task definition there is nothing to do. */
import { raise } from "../core/emit.ts";
import { createJob } from "../core/jobs.ts";
import { complete } from "../core/lifecycle.ts";
import type { ElementBehavior } from "../core/machine.ts";

export const serviceTask: ElementBehavior = {
  enter(step, self) {
    const { job } = self.element;
    if (!job) return complete(step, self);
    const failed = createJob(step, self, job, { kind: "BPMN_ELEMENT" });
    if (failed) raise(step, self, failed, "enter");
  },
};
