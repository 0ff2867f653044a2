/** From element instances, open tasks and incidents to what is drawn on the diagram. */
import type { ElementInstance } from "../../api/instances.ts";
import { approvalIdOf, type UserTask } from "../../api/tasks.ts";
import type { Decoration, Decorations } from "../../bpmn/decoration.ts";

/** Scopes that the engine puts around activities; the activity inside is what people see. */
const unseen = new Set(["AD_HOC_SUB_PROCESS_INNER_INSTANCE", "MULTI_INSTANCE_BODY"]);

/** Counts per element. An element whose action waits for an approval counts as waiting, not as running. */
export function toDecorations(
  elements: readonly ElementInstance[],
  flows: readonly string[],
  tasks: readonly UserTask[],
): Decorations {
  const counted = new Map<string, Decoration>();
  for (const element of elements) {
    if (unseen.has(element.type)) continue;
    const before = counted.get(element.elementId) ?? { running: 0, completed: 0, incidents: 0, waiting: 0 };
    const active = element.state === "ACTIVE";
    counted.set(element.elementId, {
      running: before.running + (active ? 1 : 0),
      completed: before.completed + (element.state === "COMPLETED" ? 1 : 0),
      incidents: before.incidents + (active && element.incidentKey !== null ? 1 : 0),
      waiting: 0,
    });
  }
  for (const task of tasks) {
    const decoration = counted.get(task.elementId);
    if (!decoration || approvalIdOf(task) === null) continue;
    counted.set(task.elementId, {
      ...decoration,
      running: Math.max(0, decoration.running - 1),
      waiting: decoration.waiting + 1,
    });
  }
  return { elements: counted, flows: new Set(flows) };
}
