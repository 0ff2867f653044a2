/** Send task (BPMN 10.3.3): a job when a worker sends, else the engine publishes the message itself. */
import { raise } from "../core/emit.ts";
import { complete } from "../core/lifecycle.ts";
import type { ElementBehavior } from "../core/machine.ts";
import { serviceTask } from "./service-task.ts";

export const sendTask: ElementBehavior = {
  enter(step, self) {
    if (self.element.job) return serviceTask.enter(step, self);
    const definition = self.element.eventDefinitions.find((candidate) => candidate.type === "message");
    if (!definition) return complete(step, self);
    const thrown = step.machine.triggers.message.throw!(step, self, definition);
    if (!thrown.ok) raise(step, self, thrown.failure, "enter");
    else if (thrown.value) complete(step, self);
  },
};
