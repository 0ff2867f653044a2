/** Inclusive gateway (BPMN 13.4.3): takes every flow whose condition holds, else the default flow; the join waits while a token can still come (core/tokens.ts). */

import type { Result } from "../core/failure.ts";
import { conditionHolds, noFlow } from "../core/flows.ts";
import type { ElementInstance } from "../core/instance.ts";
import { complete } from "../core/lifecycle.ts";
import type { ElementBehavior, Step } from "../core/machine.ts";

export const inclusiveGateway: ElementBehavior = {
  enter: (step, self) => complete(step, self),
  outgoing: inclusiveFlows,
};

/** Also what a complex gateway does when it fires. */
export function inclusiveFlows(step: Step, self: ElementInstance): Result<readonly number[]> {
  const { outgoing, defaultFlow } = self.element;
  const taken: number[] = [];
  for (const index of outgoing) {
    if (index === defaultFlow) continue;
    const holds = conditionHolds(step, self, self.definition.flows[index]!);
    if (!holds.ok) return holds;
    if (holds.value) taken.push(index);
  }
  if (taken.length > 0) return { ok: true, value: taken };
  return defaultFlow === null ? noFlow(self) : { ok: true, value: [defaultFlow] };
}
