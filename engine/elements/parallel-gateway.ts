/** Parallel gateway (BPMN 13.4.1): joins by distinct incoming flows (core/tokens.ts), then takes every outgoing flow; conditions are ignored (rule 14). */
import { complete } from "../core/lifecycle.ts";
import type { ElementBehavior } from "../core/machine.ts";

export const parallelGateway: ElementBehavior = {
  enter: (step, self) => complete(step, self),
  outgoing: (_step, self) => ({ ok: true, value: self.element.outgoing }),
};
