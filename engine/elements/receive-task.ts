/** Receive task (BPMN 10.3.3): waits for its message; an instantiating one starts with the message that came. */
import { raise } from "../core/emit.ts";
import { complete } from "../core/lifecycle.ts";
import type { ElementBehavior } from "../core/machine.ts";
import { openWaits } from "../core/waits.ts";

export const receiveTask: ElementBehavior = {
  enter(step, self) {
    if (self.detail?.arrived) return complete(step, self, self.detail.arrived);
    if (self.element.eventDefinitions.length === 0) return complete(step, self);
    const failed = openWaits(step, self, [self.element]);
    if (failed) raise(step, self, failed, "enter");
  },
  triggered: (step, self, _wait, variables) => complete(step, self, variables),
};
