/**
 * A process, or a global task seen as a process of one task, → `CompiledProcess`. Elements are interned in document
 * order, parents before children; elements[0] is the process itself.
 */
import type { ElementType, ExecutableProcess, ProcessElement, SequenceFlow } from "../../core/process.ts";
import { extension, flag, idOf, type ModdleElement, one, words } from "../moddle.ts";
import type { Scope } from "../model-graph.ts";
import { type Compilation, conditionExpression } from "./context.ts";
import { compileElement, type ElementContext, elementTypeOf } from "./element.ts";

/** An `ExecutableProcess` without what only the deployment knows. */
export type CompiledProcess = Omit<ExecutableProcess, "key" | "version" | "deploymentKey" | "tenantId">;

export interface ResourceIdentity {
  readonly resourceName: string;
  readonly resourceHash: string;
}

export function compileProcess(
  compilation: Compilation,
  process: ModdleElement,
  resource: ResourceIdentity,
): CompiledProcess {
  const { nodes, flows } = intern(compilation, process);
  const context = contextOf(compilation, [process, ...nodes], flows);
  const elements = [process, ...nodes].flatMap((node) => {
    const type = elementTypeOf(node);
    return type === undefined ? [] : [compileElement(context, node, type)];
  });
  return {
    ...identity(process, resource),
    executable: flag(process, "isExecutable", false),
    elements,
    flows: flows.map((flow, index) => compileFlow(context, flow, index)),
    elementIndexById: new Map(elements.map((element) => [element.id, element.index])),
    triggeredStarts: elements.filter(isTriggeredStart).map((element) => element.index),
    hasNoneStart: (elements[0]?.entryElements.length ?? 0) > 0,
  };
}

/** A global task runs as a process with one task in it; BPMN 2.0.2 §10.3.6 (callable elements). */
export function compileGlobalTask(
  compilation: Compilation,
  task: ModdleElement,
  resource: ResourceIdentity,
): CompiledProcess | undefined {
  const type = elementTypeOf(task);
  if (type === undefined) return undefined;
  const context: ElementContext = {
    ...compilation,
    indexOf: (element) => (element === task ? 1 : undefined),
    indexOfFlow: () => undefined,
  };
  const inner: ProcessElement = { ...compileElement(context, task, type), id: `${idOf(task)}__task`, scope: 0 };
  const outer = globalTaskScope(context, task, inner);
  return {
    ...identity(task, resource),
    executable: true,
    elements: [outer, inner],
    flows: [],
    elementIndexById: new Map([
      [outer.id, 0],
      [inner.id, 1],
    ]),
    triggeredStarts: [],
    hasNoneStart: true,
  };
}

function globalTaskScope(context: ElementContext, task: ModdleElement, inner: ProcessElement): ProcessElement {
  const type: ElementType = "process";
  const {
    job: _job,
    script: _script,
    calledDecision: _decision,
    userTask: _userTask,
    ...common
  } = compileElement({ ...context, indexOf: () => 0 }, task, type);
  return {
    ...common,
    guard: null,
    inputs: [],
    outputs: [],
    executionListeners: [],
    eventDefinitions: [],
    children: [inner.index],
    entryElements: [inner.index],
  };
}

function identity(
  element: ModdleElement,
  resource: ResourceIdentity,
): Pick<CompiledProcess, "processId" | "name" | "versionTag" | "resourceName" | "resourceHash"> {
  return {
    processId: idOf(element),
    name: words(element, "name") ?? null,
    versionTag: words(extension(element, "zeebe:VersionTag"), "value") ?? null,
    ...resource,
  };
}

/** All nodes and flows below a process, depth first in document order, without recursion. */
function intern(compilation: Compilation, process: ModdleElement): { nodes: ModdleElement[]; flows: ModdleElement[] } {
  const nodes: ModdleElement[] = [];
  const flows: ModdleElement[] = [];
  const pending: ModdleElement[] = [];
  const open = (scope: Scope | undefined): void => {
    if (scope === undefined) return;
    for (const flow of scope.flows) flows.push(flow);
    for (let at = scope.nodes.length - 1; at >= 0; at -= 1) pending.push(scope.nodes[at]!);
  };
  open(compilation.graph.inside.get(process));
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    nodes.push(node);
    open(compilation.graph.inside.get(node));
  }
  return { nodes: nodes.filter((node) => elementTypeOf(node) !== undefined), flows };
}

function contextOf(
  compilation: Compilation,
  elements: readonly ModdleElement[],
  flows: readonly ModdleElement[],
): ElementContext {
  const elementIndices = new Map(elements.map((element, index) => [element, index]));
  const flowIndices = new Map(flows.map((flow, index) => [flow, index]));
  return {
    ...compilation,
    indexOf: (element) => elementIndices.get(element),
    indexOfFlow: (flow) => flowIndices.get(flow),
  };
}

function compileFlow(context: ElementContext, flow: ModdleElement, index: number): SequenceFlow {
  const [source, target] = [one(flow, "sourceRef"), one(flow, "targetRef")];
  return {
    index,
    id: idOf(flow),
    source: (source === undefined ? undefined : context.indexOf(source)) ?? -1,
    target: (target === undefined ? undefined : context.indexOf(target)) ?? -1,
    condition: conditionExpression(context, flow, one(flow, "conditionExpression"), "conditionExpression") ?? null,
  };
}

/** What a message, timer, signal or condition outside starts: start events, receive tasks and event gateways. */
function isTriggeredStart(element: ProcessElement): boolean {
  if (element.scope !== 0) return false;
  return (element.type === "startEvent" && element.eventDefinitions.length > 0) || element.instantiate;
}
