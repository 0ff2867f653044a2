/** Starting a process with the event that has come: a start event, an instantiating receive task, or one behind an instantiating event-based gateway. */
import { emit, note } from "../core/emit.ts";
import type { ElementInstance } from "../core/instance.ts";
import type { JsonObject } from "../core/json.ts";
import { activate } from "../core/lifecycle.ts";
import type { Step } from "../core/machine.ts";
import type { ProcessElement } from "../core/process.ts";

export function startTriggered(step: Step, root: ElementInstance, index: number, variables: JsonObject): void {
  const { elements, flows } = root.definition;
  const element = elements[index]!;
  const gateway = element.incoming
    .map((flow) => elements[flows[flow]!.source]!)
    .find((source) => source.type === "eventBasedGateway" && source.instantiate);
  if (!gateway) {
    activate(step, root, element, element.type === "startEvent" ? { variables } : { arrived: variables });
    return;
  }
  // The gateway is there only to wait for the others: an exclusive one is over as soon as one event has come.
  if (gateway.eventGatewayType === "Parallel" && gateway.outgoing.length > 1) waitForOthers(step, root, gateway, index);
  const flow = flows[element.incoming.find((candidate) => flows[candidate]!.source === gateway.index)!]!;
  emit(step, { type: "flowTaken", flowId: flow.id, scope: root.key, instance: root.process.key });
  activate(step, root, element, { arrived: variables });
}

function waitForOthers(step: Step, root: ElementInstance, gateway: ProcessElement, came: number): void {
  const self = activate(step, root, gateway);
  if (self) note(step, self, { kind: "triggered", event: came, definition: 0 });
}
