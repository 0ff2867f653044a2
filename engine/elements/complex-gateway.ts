/** Complex gateway (BPMN 13.4.5): fires once when its activation condition holds (core/tokens.ts), then swallows the remaining tokens before the next round (rule 13). */
import { complete } from "../core/lifecycle.ts";
import type { ElementBehavior } from "../core/machine.ts";
import { inclusiveFlows } from "./inclusive-gateway.ts";

export const complexGateway: ElementBehavior = {
  enter: (step, self) => complete(step, self),
  outgoing: inclusiveFlows,
};
