/** Execution listeners (zeebe:executionListeners): jobs one after the other, before the work begins and after it has ended. Their variables are the element's own. */
import type { Failure } from "../core/failure.ts";
import type { ElementInstance } from "../core/instance.ts";
import { createJob } from "../core/jobs.ts";
import type { Step } from "../core/machine.ts";

export const listeners = {
  /** True while a listener of this kind has still to be worked on. */
  waits(step: Step, self: ElementInstance, eventType: "start" | "end"): boolean | Failure {
    const wanted = self.element.executionListeners.filter((listener) => listener.eventType === eventType);
    const done = (eventType === "start" ? self.detail?.startListeners : self.detail?.endListeners) ?? 0;
    const next = wanted[done];
    if (!next) return false;
    const failed = createJob(step, self, next, {
      kind: "EXECUTION_LISTENER",
      listenerEventType: eventType === "start" ? "START" : "END",
    });
    return failed ?? true;
  },
};
