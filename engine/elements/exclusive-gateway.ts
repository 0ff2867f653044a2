/** Exclusive gateway (BPMN 13.4.2): the first flow in document order whose condition holds; the default flow's own condition is never evaluated (rule 3). */
import { conditionHolds, noFlow } from "../core/flows.ts";
import { complete } from "../core/lifecycle.ts";
import type { ElementBehavior } from "../core/machine.ts";

export const exclusiveGateway: ElementBehavior = {
  enter: (step, self) => complete(step, self),
  outgoing(step, self) {
    const { outgoing, defaultFlow } = self.element;
    for (const index of outgoing) {
      if (index === defaultFlow) continue;
      const holds = conditionHolds(step, self, self.definition.flows[index]!);
      if (!holds.ok) return holds;
      if (holds.value) return { ok: true, value: [index] };
    }
    return defaultFlow === null ? noFlow(self) : { ok: true, value: [defaultFlow] };
  },
};
