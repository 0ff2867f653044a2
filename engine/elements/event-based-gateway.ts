/**
 * Event-based gateway (BPMN 13.4.4): waits for all its events at once, goes on with the one that comes first and closes
 * the others in the same step (rule 12). An instantiating parallel one stays until every event has come (BPMN 10.6.6).
 */
import { emit, note, raise } from "../core/emit.ts";
import type { ElementInstance } from "../core/instance.ts";
import type { JsonObject } from "../core/json.ts";
import { activate, complete } from "../core/lifecycle.ts";
import type { ElementBehavior, Step } from "../core/machine.ts";
import type { ProcessElement } from "../core/process.ts";
import { closeWaits } from "../core/termination.ts";
import { openWaits } from "../core/waits.ts";

export const eventBasedGateway: ElementBehavior = {
  enter(step, self) {
    const failed = openWaits(step, self, targets(self));
    if (failed) raise(step, self, failed, "enter");
  },
  triggered(step, self, wait, variables) {
    const event = self.definition.elements[wait.event]!;
    if (self.element.instantiate && self.element.eventGatewayType === "Parallel")
      return oneOfAll(step, self, event, variables);
    closeWaits(step, self);
    goOn(step, self, event, variables);
    complete(step, self);
  },
  // The flow of the event that came has been taken already.
  outgoing: () => ({ ok: true, value: [] }),
};

function targets(self: ElementInstance): ProcessElement[] {
  const { elements, flows } = self.definition;
  const came = new Set(Object.keys(self.detail?.triggered ?? {}).map(Number));
  return self.element.outgoing
    .map((flow) => elements[flows[flow]!.target]!)
    .filter((target) => !came.has(target.index));
}

function oneOfAll(step: Step, self: ElementInstance, event: ProcessElement, variables: JsonObject): void {
  note(step, self, { kind: "triggered", event: event.index, definition: 0 });
  closeWaits(step, self, (wait) => "event" in wait && wait.event === event.index);
  goOn(step, self, event, variables);
  if (targets(self).length === 0) complete(step, self);
}

function goOn(step: Step, self: ElementInstance, event: ProcessElement, variables: JsonObject): void {
  const scope = self.parent!;
  const flow =
    self.definition.flows[
      self.element.outgoing.find((index) => self.definition.flows[index]!.target === event.index)!
    ]!;
  emit(step, { type: "flowTaken", flowId: flow.id, scope: scope.key, instance: scope.process.key });
  activate(step, scope, event, { arrived: variables });
}
