/** Script task (BPMN 10.3.3): a FEEL expression evaluated by the engine, or a job for a script worker. */
import { raise } from "../core/emit.ts";
import { complete } from "../core/lifecycle.ts";
import type { ElementBehavior } from "../core/machine.ts";
import { evaluate } from "../core/variables.ts";
import { serviceTask } from "./service-task.ts";

export const scriptTask: ElementBehavior = {
  enter(step, self) {
    const { script } = self.element;
    if (!script) return serviceTask.enter(step, self);
    const result = evaluate(step, self, script.expression);
    if (!result.ok) return raise(step, self, { ...result.failure, kind: "EXTRACT_VALUE_ERROR" }, "enter");
    complete(step, self, Object.fromEntries([[script.resultVariable, result.value]]));
  },
};
