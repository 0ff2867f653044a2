/** From element instances, agents and incidents to what is drawn on the diagram. */
import type { Agent } from "../../api/agents.ts";
import type { ElementInstance } from "../../api/instances.ts";
import type { Decoration, Decorations } from "../../bpmn/diagram-view.ts";

/** Counts per element; `waitingElements` are the element instance keys whose action waits for an approval. */
export function toDecorations(
  elements: readonly ElementInstance[],
  flows: readonly string[],
  waitingElements: ReadonlySet<string>,
): Decorations {
  const counted = new Map<string, Decoration>();
  for (const element of elements) {
    const before = counted.get(element.elementId) ?? { running: 0, completed: 0, incidents: 0, waiting: 0 };
    const active = element.state === "ACTIVE";
    counted.set(element.elementId, {
      running: before.running + (active ? 1 : 0),
      completed: before.completed + (element.state === "COMPLETED" ? 1 : 0),
      incidents: before.incidents + (active && element.incidentKey !== null ? 1 : 0),
      waiting: before.waiting + (active && waitingElements.has(element.elementInstanceKey) ? 1 : 0),
    });
  }
  return { elements: counted, flows: new Set(flows) };
}

/** Element instances whose tool call waits for a person. */
export function waitingForApproval(agents: readonly Agent[]): ReadonlySet<string> {
  const waiting = new Set<string>();
  for (const agent of agents) {
    for (const turn of agent.turns) {
      for (const call of turn.toolCalls) {
        if (call.elementInstanceKey !== null && call.state === "WAITING_FOR_APPROVAL")
          waiting.add(call.elementInstanceKey);
      }
    }
  }
  return waiting;
}
