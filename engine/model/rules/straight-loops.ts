/**
 * Loops in which nothing waits: a token would go round until the limit of the step. Certain when no way leads out,
 * possible when a condition does. Strongly connected components of the part of each scope that runs through without
 * waiting (Tarjan, iterative).
 */
import { describe, extension, idOf, is, type ModdleElement, one } from "../moddle.ts";
import { kindsOf, type ModelGraph, type Scope } from "../model-graph.ts";
import type { Rule } from "./rule.ts";

/** Does a token pass this node within one step? Jobs, timers, messages, people and sub-processes interrupt the step. */
function runsThrough(graph: ModelGraph, node: ModdleElement): boolean {
  if (extension(node, "zeebe:TaskDefinition") !== undefined || one(node, "loopCharacteristics") !== undefined)
    return false;
  if (is(node, "bpmn:ExclusiveGateway", "bpmn:InclusiveGateway", "bpmn:ParallelGateway")) return true;
  if (is(node, "bpmn:IntermediateThrowEvent")) return !kindsOf(graph, node).includes("compensation");
  if (is(node, "bpmn:IntermediateCatchEvent")) return kindsOf(graph, node).includes("link");
  if (is(node, "bpmn:ScriptTask", "bpmn:BusinessRuleTask", "bpmn:ManualTask")) return true;
  return node.$type === "bpmn:Task";
}

/** Components with a cycle, in one scope. */
function straightLoops(graph: ModelGraph, scope: Scope): readonly (readonly ModdleElement[])[] {
  const members = new Set(scope.nodes.filter((node) => runsThrough(graph, node)));
  const next = (node: ModdleElement): ModdleElement[] =>
    graph
      .outgoing(node)
      .flatMap((flow) => one(flow, "targetRef") ?? [])
      .filter((target) => members.has(target));
  return stronglyConnected([...members], next).filter((component) => {
    const [first] = component;
    return component.length > 1 || (first !== undefined && next(first).includes(first));
  });
}

interface Visit {
  readonly node: ModdleElement;
  readonly targets: readonly ModdleElement[];
  position: number;
}

function stronglyConnected(
  nodes: readonly ModdleElement[],
  next: (node: ModdleElement) => readonly ModdleElement[],
): ModdleElement[][] {
  const order = new Map<ModdleElement, number>();
  const low = new Map<ModdleElement, number>();
  const open: ModdleElement[] = [];
  const isOpen = new Set<ModdleElement>();
  const components: ModdleElement[][] = [];
  const begin = (node: ModdleElement): Visit => {
    order.set(node, order.size);
    low.set(node, order.size - 1);
    open.push(node);
    isOpen.add(node);
    return { node, targets: next(node), position: 0 };
  };
  const lower = (node: ModdleElement, value: number): void =>
    void low.set(node, Math.min(low.get(node) ?? value, value));
  for (const root of nodes) {
    if (order.has(root)) continue;
    const path: Visit[] = [begin(root)];
    for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
      const target = visit.targets[visit.position];
      visit.position += 1;
      if (target !== undefined) {
        if (!order.has(target)) path.push(begin(target));
        else if (isOpen.has(target)) lower(visit.node, order.get(target) ?? 0);
        continue;
      }
      path.pop();
      const parent = path.at(-1);
      if (parent !== undefined) lower(parent.node, low.get(visit.node) ?? 0);
      if (low.get(visit.node) !== order.get(visit.node)) continue;
      const component = open.splice(open.lastIndexOf(visit.node));
      for (const node of component) isOpen.delete(node);
      components.push(component);
    }
  }
  return components;
}

/** A choice that may leave the loop: an exclusive or inclusive split, or a conditional flow, with a target outside. */
function mayEnd(graph: ModelGraph, component: readonly ModdleElement[]): boolean {
  const members = new Set(component);
  return component.some((node) => {
    const leaving = graph.outgoing(node).filter((flow) => !members.has(one(flow, "targetRef") as ModdleElement));
    if (leaving.length === 0) return false;
    return (
      is(node, "bpmn:ExclusiveGateway", "bpmn:InclusiveGateway") ||
      graph.outgoing(node).some((flow) => one(flow, "conditionExpression") !== undefined)
    );
  });
}

function describeLoop(component: readonly ModdleElement[]): string {
  const names = component.slice(0, 5).map(idOf).join(", ");
  return component.length > 5 ? `${names}, …` : names;
}

export const straightLoopRules: readonly Rule[] = [
  {
    id: "loop-endless",
    sentence: "A loop without a wait state has a way out.",
    source: "bpmn-semantics §4.15; Camunda 8 refuses straight-through loops",
    severity: "error",
    check(graph, report) {
      for (const scope of graph.scopes) {
        for (const component of straightLoops(graph, scope)) {
          if (mayEnd(graph, component)) continue;
          report(
            component[0] ?? null,
            `Expected the loop ${describeLoop(component)} to wait for something or to have a way out, but it has neither: it would never end`,
          );
        }
      }
    },
  },
  {
    id: "loop-without-wait",
    sentence: "A loop waits for something on its way.",
    source: "bpmn-semantics §4.15",
    severity: "warning",
    check(graph, report) {
      for (const scope of graph.scopes) {
        for (const component of straightLoops(graph, scope)) {
          const [first] = component;
          if (first === undefined || !mayEnd(graph, component)) continue;
          report(
            first,
            `Expected the loop ${describeLoop(component)} through ${describe(first)} to wait for something on its way, but it does not: a wrong condition ends in an incident at the step limit`,
          );
        }
      }
    },
  },
];
