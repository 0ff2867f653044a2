/** One element of the model → one `ProcessElement`: what all elements have, plus the part of its kind. */
import type { ElementType, ProcessElement } from "../../core/process.ts";
import { describe, extension, flag, idOf, integer, is, type ModdleElement, one, text, words } from "../moddle.ts";
import { isCompensationHandler, isEventSubProcess, isInstantiating, isOutsideNormalFlow } from "../model-graph.ts";
import { compileActivity, compileBinding } from "./activity.ts";
import { compileAdHoc, compileAgentJob, documentationOf, isNativeAgent } from "./agent.ts";
import { conditionExpression } from "./context.ts";
import { compileDataAssociations, initialVariables } from "./data.ts";
import { compileEventDefinitions, type EventContext } from "./event-definition.ts";
import { compileGuard } from "./guard.ts";
import { compileListeners, compileMappings, compileProperties } from "./job.ts";
import { compileLoop } from "./loop.ts";

/** Indices inside one process. */
export interface ElementContext extends EventContext {
  indexOfFlow(flow: ModdleElement): number | undefined;
}

/** Most specific type first: a transaction is a sub-process too. */
const types: readonly (readonly [moddleType: string, type: ElementType])[] = [
  ["bpmn:Process", "process"],
  ["bpmn:Transaction", "transaction"],
  ["bpmn:AdHocSubProcess", "adHocSubProcess"],
  ["bpmn:SubProcess", "subProcess"],
  ["bpmn:CallActivity", "callActivity"],
  ["bpmn:ServiceTask", "serviceTask"],
  ["bpmn:UserTask", "userTask"],
  ["bpmn:ScriptTask", "scriptTask"],
  ["bpmn:BusinessRuleTask", "businessRuleTask"],
  ["bpmn:SendTask", "sendTask"],
  ["bpmn:ReceiveTask", "receiveTask"],
  ["bpmn:ManualTask", "manualTask"],
  ["bpmn:Task", "task"],
  ["bpmn:GlobalUserTask", "userTask"],
  ["bpmn:GlobalScriptTask", "scriptTask"],
  ["bpmn:GlobalBusinessRuleTask", "businessRuleTask"],
  ["bpmn:GlobalManualTask", "manualTask"],
  ["bpmn:ExclusiveGateway", "exclusiveGateway"],
  ["bpmn:ParallelGateway", "parallelGateway"],
  ["bpmn:InclusiveGateway", "inclusiveGateway"],
  ["bpmn:EventBasedGateway", "eventBasedGateway"],
  ["bpmn:ComplexGateway", "complexGateway"],
  ["bpmn:StartEvent", "startEvent"],
  ["bpmn:IntermediateCatchEvent", "intermediateCatchEvent"],
  ["bpmn:IntermediateThrowEvent", "intermediateThrowEvent"],
  ["bpmn:BoundaryEvent", "boundaryEvent"],
  ["bpmn:EndEvent", "endEvent"],
];

export function elementTypeOf(element: ModdleElement): ElementType | undefined {
  if (isEventSubProcess(element)) return "eventSubProcess";
  // A global task without a kind is a plain task, unless zeebe gives it a job.
  if (element.$type === "bpmn:GlobalTask")
    return extension(element, "zeebe:TaskDefinition") === undefined ? "task" : "serviceTask";
  return types.find(([moddleType]) => is(element, moddleType))?.[1];
}

export function compileElement(context: ElementContext, element: ModdleElement, type: ElementType): ProcessElement {
  const { graph } = context;
  const indices = (elements: readonly ModdleElement[]): number[] =>
    elements.flatMap((each) => context.indexOf(each) ?? []);
  const flows = (list: readonly ModdleElement[]): number[] => list.flatMap((each) => context.indexOfFlow(each) ?? []);
  const scope = graph.scopeOf.get(element);
  const inside = graph.inside.get(element);
  const attachedTo = one(element, "attachedToRef");
  const defaultFlow = one(element, "default");
  const isEvent = is(element, "bpmn:Event");
  return {
    index: context.indexOf(element) ?? -1,
    id: idOf(element),
    name: words(element, "name") ?? null,
    type,
    documentation: documentationOf(element),
    scope: scope === undefined ? -1 : (context.indexOf(scope.element) ?? -1),
    incoming: flows(graph.incoming(element)),
    outgoing: flows(graph.outgoing(element)),
    defaultFlow: defaultFlow === undefined ? null : (context.indexOfFlow(defaultFlow) ?? null),
    startQuantity: quantity(context, element, "startQuantity"),
    completionQuantity: quantity(context, element, "completionQuantity"),
    eventDefinitions: isEvent ? compileEventDefinitions(context, element) : [],
    parallelMultiple: isEvent && flag(element, "parallelMultiple", false),
    interrupting: flag(element, "cancelActivity", true) && flag(element, "isInterrupting", true),
    attachedTo: attachedTo === undefined ? null : (context.indexOf(attachedTo) ?? null),
    boundaryEvents: indices(graph.boundaryEvents(element)),
    instantiate: isInstantiating(element),
    children: inside === undefined ? [] : indices(inside.nodes),
    entryElements: indices(entryElements(context, element)),
    eventSubProcesses: inside === undefined ? [] : indices(inside.nodes.filter(isEventSubProcess)),
    isForCompensation: isCompensationHandler(element),
    compensationHandler: compensationHandlerOf(context, element),
    loop: is(element, "bpmn:Activity") ? compileLoop(context, element) : null,
    inputs: [
      ...compileMappings(context, element, "inputParameters"),
      ...compileDataAssociations(context, element, "input"),
    ],
    outputs: [
      ...compileMappings(context, element, "outputParameters"),
      ...compileDataAssociations(context, element, "output"),
    ],
    executionListeners: compileListeners(context, element, "zeebe:ExecutionListeners"),
    properties: compileProperties(element),
    guard: compileGuard(context, element),
    initialVariables: initialVariables(element, inside),
    ...compileKind(context, element, type),
  };
}

function compileKind(context: ElementContext, element: ModdleElement, type: ElementType): Partial<ProcessElement> {
  switch (type) {
    case "adHocSubProcess": {
      const parts = { adHoc: compileAdHoc(context, element) };
      if (isNativeAgent(element, context.nativeAgents)) return { ...parts, job: compileAgentJob(context, element) };
      return { ...compileActivity(context, element), ...parts };
    }
    case "eventBasedGateway":
      return { eventGatewayType: text(element, "eventGatewayType") === "Parallel" ? "Parallel" : "Exclusive" };
    case "complexGateway": {
      const activationCondition = conditionExpression(
        context,
        element,
        one(element, "activationCondition"),
        "activationCondition",
      );
      return activationCondition === undefined ? {} : { activationCondition };
    }
    case "startEvent": {
      const form = extension(element, "zeebe:FormDefinition");
      if (form === undefined) return {};
      return {
        startForm: {
          formId: words(form, "formId") ?? null,
          formKey: words(form, "formKey") ?? null,
          binding: compileBinding(form),
        },
      };
    }
    default:
      return is(element, "bpmn:Activity", "bpmn:GlobalTask") ? compileActivity(context, element) : {};
  }
}

function quantity(
  context: ElementContext,
  element: ModdleElement,
  name: "startQuantity" | "completionQuantity",
): number {
  const value = integer(element, name) ?? 1;
  if (value < 1) {
    context.problems.add(
      "error",
      "quantity",
      element,
      `Expected ${name} of ${describe(element)} to be at least 1, but it is ${value} (BPMN 2.0.2 table 10.3)`,
    );
  }
  return value;
}

/**
 * Where a token starts on entering a scope: its none start events; in an event sub-process its one start event; without
 * start events, whatever nothing leads to (implicit start, BPMN 2.0.2 §13.3.1).
 */
export function entryElements(context: EventContext, scopeElement: ModdleElement): readonly ModdleElement[] {
  const { graph } = context;
  const nodes = graph.inside.get(scopeElement)?.nodes ?? [];
  const starts = nodes.filter((node) => is(node, "bpmn:StartEvent"));
  if (isEventSubProcess(scopeElement)) return starts;
  if (starts.length > 0) return starts.filter((start) => graph.eventDefinitions(start).length === 0);
  return nodes.filter((node) => graph.incoming(node).length === 0 && !isOutsideNormalFlow(graph, node));
}

/** A compensation boundary event leads to its handler by an association, never by a sequence flow (§10.7). */
function compensationHandlerOf(context: ElementContext, element: ModdleElement): number | null {
  const { graph } = context;
  const events = is(element, "bpmn:BoundaryEvent") ? [element] : graph.boundaryEvents(element);
  for (const event of events) {
    const compensates = graph
      .eventDefinitions(event)
      .some((definition) => is(definition, "bpmn:CompensateEventDefinition"));
    const handler = compensates ? graph.associated(event).find(isCompensationHandler) : undefined;
    if (handler !== undefined) return context.indexOf(handler) ?? null;
  }
  return null;
}
