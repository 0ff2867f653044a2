/** Intermediate catch event (BPMN 10.5.4): waits for its trigger; a timer cycle lets one token through at each firing. */
import { raise } from "../core/emit.ts";
import { complete } from "../core/lifecycle.ts";
import type { ElementBehavior } from "../core/machine.ts";
import { takeFlow } from "../core/tokens.ts";
import { openWaits } from "../core/waits.ts";

export const intermediateCatchEvent: ElementBehavior = {
  enter(step, self) {
    if (self.detail?.arrived) return complete(step, self, self.detail.arrived);
    const waiting = self.element.eventDefinitions.some((definition) => definition.type !== "link");
    if (!waiting) return complete(step, self);
    const failed = openWaits(step, self, [self.element]);
    if (failed) raise(step, self, failed, "enter");
  },
  triggered(step, self, _wait, variables, timer) {
    if (timer?.kind !== "timer" || timer.repetitions === 0) return complete(step, self, variables);
    for (const flow of self.element.outgoing) takeFlow(step, self.parent!, flow);
  },
};
