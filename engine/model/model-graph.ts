/**
 * The model as a graph: which flow scope holds which element, what flows in and out, what is attached where. Built once
 * per model by one iterative walk; the compiler and every rule read it, none of them walks the tree again.
 * Connections are taken from `sourceRef`/`targetRef` of the flows (BPMN 2.0.2 §8.4.13), never from the redundant
 * `incoming`/`outgoing` children; a rule compares the two.
 */
import { flag, is, type ModdleElement, many, one } from "./moddle.ts";

/** A process or a sub-process: what holds flow elements. */
export interface Scope {
  readonly element: ModdleElement;
  readonly parent: Scope | null;
  readonly depth: number;
  /** Flow nodes, document order. */
  readonly nodes: ModdleElement[];
  readonly flows: ModdleElement[];
  /** Data objects, data object references and data store references. */
  readonly data: ModdleElement[];
  readonly artifacts: ModdleElement[];
}

export interface ModelGraph {
  readonly definitions: ModdleElement;
  readonly roots: readonly ModdleElement[];
  /** Processes that can be deployed: isExecutable="true". */
  readonly processes: readonly ModdleElement[];
  readonly globalTasks: readonly ModdleElement[];
  /** All scopes of executable processes, parents before children. */
  readonly scopes: readonly Scope[];
  /** All flow nodes of executable processes, document order within a scope. */
  readonly nodes: readonly ModdleElement[];
  readonly scopeOf: ReadonlyMap<ModdleElement, Scope>;
  /** The scope that a process or sub-process opens. */
  readonly inside: ReadonlyMap<ModdleElement, Scope>;
  readonly byId: ReadonlyMap<string, ModdleElement>;
  readonly messageFlows: readonly ModdleElement[];
  /** Does a message flow leave or reach this element? */
  hasMessageFlow(element: ModdleElement): boolean;
  readonly collaborations: readonly ModdleElement[];
  incoming(node: ModdleElement): readonly ModdleElement[];
  outgoing(node: ModdleElement): readonly ModdleElement[];
  boundaryEvents(activity: ModdleElement): readonly ModdleElement[];
  /** Elements joined to this one by an association, either direction. */
  associated(element: ModdleElement): readonly ModdleElement[];
  /** Event definitions of an event, contained ones and referenced ones. */
  eventDefinitions(event: ModdleElement): readonly ModdleElement[];
}

const nothing: readonly ModdleElement[] = [];

export function buildModelGraph(definitions: ModdleElement): ModelGraph {
  const roots = many(definitions, "rootElements");
  const processes = roots.filter((root) => is(root, "bpmn:Process") && flag(root, "isExecutable", false));
  const collaborations = roots.filter((root) => is(root, "bpmn:Collaboration"));
  const walk = walkScopes(processes);
  const incoming = new Map<ModdleElement, ModdleElement[]>();
  const outgoing = new Map<ModdleElement, ModdleElement[]>();
  const boundary = new Map<ModdleElement, ModdleElement[]>();
  const associated = new Map<ModdleElement, ModdleElement[]>();
  const artifacts = [
    ...walk.scopes.flatMap((scope) => scope.artifacts),
    ...collaborations.flatMap((each) => many(each, "artifacts")),
  ];
  for (const scope of walk.scopes) {
    for (const flow of scope.flows) {
      append(outgoing, one(flow, "sourceRef"), flow);
      append(incoming, one(flow, "targetRef"), flow);
    }
    for (const node of scope.nodes)
      if (is(node, "bpmn:BoundaryEvent")) append(boundary, one(node, "attachedToRef"), node);
  }
  for (const association of artifacts.filter((each) => is(each, "bpmn:Association"))) {
    const [source, target] = [one(association, "sourceRef"), one(association, "targetRef")];
    append(associated, source, target);
    append(associated, target, source);
  }
  const byId = new Map<string, ModdleElement>();
  for (const root of roots) if (root.id !== undefined) byId.set(root.id, root);
  for (const scope of walk.scopes) {
    for (const each of [...scope.nodes, ...scope.flows, ...scope.data])
      if (each.id !== undefined) byId.set(each.id, each);
  }
  const messageFlows = collaborations.flatMap((each) => many(each, "messageFlows"));
  const messageFlowEnds = new Set(messageFlows.flatMap((flow) => [one(flow, "sourceRef"), one(flow, "targetRef")]));
  return {
    definitions,
    roots,
    processes,
    globalTasks: roots.filter((root) => is(root, "bpmn:GlobalTask")),
    scopes: walk.scopes,
    nodes: walk.scopes.flatMap((scope) => scope.nodes),
    scopeOf: walk.scopeOf,
    inside: walk.inside,
    byId,
    messageFlows,
    hasMessageFlow: (element) => messageFlowEnds.has(element),
    collaborations,
    incoming: (node) => incoming.get(node) ?? nothing,
    outgoing: (node) => outgoing.get(node) ?? nothing,
    boundaryEvents: (activity) => boundary.get(activity) ?? nothing,
    associated: (element) => associated.get(element) ?? nothing,
    eventDefinitions: (event) => [...many(event, "eventDefinitions"), ...many(event, "eventDefinitionRef")],
  };
}

interface Walk {
  readonly scopes: Scope[];
  readonly scopeOf: Map<ModdleElement, Scope>;
  readonly inside: Map<ModdleElement, Scope>;
}

function walkScopes(processes: readonly ModdleElement[]): Walk {
  const walk: Walk = { scopes: [], scopeOf: new Map(), inside: new Map() };
  const pending: { element: ModdleElement; parent: Scope | null }[] = processes.map((element) => ({
    element,
    parent: null,
  }));
  for (let at = 0; at < pending.length; at += 1) {
    const { element, parent } = pending[at]!;
    const depth = parent === null ? 0 : parent.depth + 1;
    const scope: Scope = {
      element,
      parent,
      depth,
      nodes: [],
      flows: [],
      data: [],
      artifacts: [...many(element, "artifacts")],
    };
    walk.scopes.push(scope);
    walk.inside.set(element, scope);
    for (const child of many(element, "flowElements")) {
      walk.scopeOf.set(child, scope);
      if (is(child, "bpmn:SequenceFlow")) scope.flows.push(child);
      else if (is(child, "bpmn:FlowNode")) scope.nodes.push(child);
      else scope.data.push(child);
      if (is(child, "bpmn:SubProcess")) pending.push({ element: child, parent: scope });
    }
  }
  return walk;
}

function append(
  map: Map<ModdleElement, ModdleElement[]>,
  key: ModdleElement | undefined,
  value: ModdleElement | undefined,
): void {
  if (key === undefined || value === undefined) return;
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

export function isEventSubProcess(element: ModdleElement): boolean {
  return is(element, "bpmn:SubProcess") && flag(element, "triggeredByEvent", false);
}

export function isCompensationHandler(element: ModdleElement): boolean {
  return is(element, "bpmn:Activity") && flag(element, "isForCompensation", false);
}

/** "timer" for bpmn:TimerEventDefinition; "compensation" for bpmn:CompensateEventDefinition. */
export function kindOfDefinition(definition: ModdleElement): string {
  const kind = definition.$type
    .replace(/^bpmn:/, "")
    .replace(/EventDefinition$/, "")
    .toLowerCase();
  return kind === "compensate" ? "compensation" : kind;
}

/** Kinds of a event's definitions, for rules. */
export function kindsOf(graph: ModelGraph, event: ModdleElement): readonly string[] {
  return graph.eventDefinitions(event).map(kindOfDefinition);
}

/** A start of the process that something outside triggers: such an element needs no incoming flow. */
export function isInstantiating(element: ModdleElement): boolean {
  return is(element, "bpmn:ReceiveTask", "bpmn:EventBasedGateway") && flag(element, "instantiate", false);
}

/** Elements that never get a token by a sequence flow. */
export function isOutsideNormalFlow(graph: ModelGraph, node: ModdleElement): boolean {
  return (
    is(node, "bpmn:BoundaryEvent", "bpmn:StartEvent") ||
    isEventSubProcess(node) ||
    isCompensationHandler(node) ||
    isInstantiating(node) ||
    (is(node, "bpmn:IntermediateCatchEvent") && kindsOf(graph, node).includes("link"))
  );
}
