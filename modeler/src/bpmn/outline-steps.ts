/**
 * The steps of a diagram as a list in flow order: what a screen reader gets instead of the drawing, and a second way
 * to find an element for everyone.
 */
import type { ElementRegistry, Shape } from "./services.ts";

export interface OutlineStep {
  readonly id: string;
  readonly name: string;
  /** "Service task", "Timer boundary event". */
  readonly type: string;
  /** 0 for the process, 1 inside a sub-process … */
  readonly depth: number;
  readonly next: readonly { readonly id: string; readonly name: string; readonly condition: string | null }[];
}

/** Reads the steps: breadth first from the starts of each scope, insides directly after their sub-process. */
export function readOutline(registry: ElementRegistry): readonly OutlineStep[] {
  const shapes = registry.getAll().filter(isStep);
  const children = new Map<string, Shape[]>();
  for (const shape of shapes) {
    const parent = scopeOf(shape);
    const list = children.get(parent);
    if (list) list.push(shape);
    else children.set(parent, [shape]);
  }
  const steps: OutlineStep[] = [];
  const pending: { readonly shapes: Shape[]; readonly depth: number }[] = [
    { shapes: inFlowOrder(children.get("") ?? []), depth: 0 },
  ];
  while (pending.length > 0) {
    const level = pending.at(-1);
    const shape = level?.shapes.shift();
    if (!level || !shape) {
      pending.pop();
      continue;
    }
    steps.push(toStep(shape, level.depth));
    const inner = children.get(shape.id);
    if (inner) pending.push({ shapes: inFlowOrder(inner), depth: level.depth + 1 });
  }
  return steps;
}

function isStep(shape: Shape): boolean {
  if (shape.waypoints || shape.labelTarget) return false;
  return /Task$|Activity$|SubProcess$|Event$|Gateway$|^bpmn:Transaction$/.test(shape.type);
}

function scopeOf(shape: Shape): string {
  let parent = shape.parent;
  while (parent && !isStep(parent)) parent = parent.parent;
  return parent ? parent.id : "";
}

function inFlowOrder(shapes: readonly Shape[]): Shape[] {
  const left = new Set(shapes);
  const ordered: Shape[] = [];
  const queue = shapes.filter((shape) => !shape.host && shape.incoming.length === 0).sort(byPlace);
  const rest = [...shapes].sort(byPlace);
  for (;;) {
    const shape = queue.shift() ?? rest.find((candidate) => left.has(candidate));
    if (!shape) return ordered;
    if (!left.delete(shape)) continue;
    ordered.push(shape);
    for (const attached of shape.attachers ?? []) if (left.has(attached)) queue.push(attached);
    for (const flow of shape.outgoing)
      if (flow.type === "bpmn:SequenceFlow" && left.has(flow.target)) queue.push(flow.target);
  }
}

function byPlace(a: Shape, b: Shape): number {
  return a.y - b.y || a.x - b.x;
}

function toStep(shape: Shape, depth: number): OutlineStep {
  return {
    id: shape.id,
    name: nameOf(shape),
    type: typeOf(shape),
    depth,
    next: shape.outgoing
      .filter((flow) => flow.type === "bpmn:SequenceFlow")
      .map((flow) => ({ id: flow.target.id, name: nameOf(flow.target), condition: flow.businessObject.name ?? null })),
  };
}

function nameOf(shape: Shape): string {
  return shape.businessObject.name?.trim() || `${typeOf(shape)} ${shape.id}`;
}

/** The type of a shape in words; events say what they wait for. */
export function typeOf(shape: Shape): string {
  const definitions = shape.businessObject.get("eventDefinitions") as readonly { readonly $type: string }[] | undefined;
  return typeWords(shape.type.replace("bpmn:", ""), definitions?.[0]?.$type.replace("bpmn:", ""));
}

/** "AdHocSubProcess" as "Ad-hoc sub-process"; "BoundaryEvent" with "TimerEventDefinition" as "Timer boundary event". */
export function typeWords(type: string, eventDefinition?: string): string {
  const words = type
    .replace(/adHocSubProcess/i, "Ad-hoc sub-process")
    .replace(/subProcess/i, "sub-process")
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase();
  const kind = eventDefinition?.replace("EventDefinition", "").toLowerCase();
  const text = kind ? `${kind === "compensate" ? "compensation" : kind} ${words}` : words;
  return text.charAt(0).toUpperCase() + text.slice(1);
}
