/**
 * Constructs of BPMN that this engine runs and Camunda 8.9 refuses at deployment (its validators; rest-v2 study §3.3).
 * For deployments that must run there as well.
 */
import { calledElementId, messageOfTask } from "../compile/activity.ts";
import { describe, extension, flag, integer, is, type ModdleElement, many, one, text } from "../moddle.ts";
import { isEventSubProcess, isInstantiating, kindOfDefinition, kindsOf, type ModelGraph } from "../model-graph.ts";
import type { Rule } from "./rule.ts";

interface Refusal {
  /** What Camunda wants, and what is there: "… to …, but …". */
  readonly when: (graph: ModelGraph, node: ModdleElement) => boolean;
  readonly message: (name: string) => string;
}

function hasJob(node: ModdleElement): boolean {
  return extension(node, "zeebe:TaskDefinition") !== undefined;
}

const refusals: readonly Refusal[] = [
  {
    when: (_graph, node) => is(node, "bpmn:Transaction"),
    message: (name) => `Expected no transaction, but ${name} is one`,
  },
  {
    when: (_graph, node) => is(node, "bpmn:ComplexGateway"),
    message: (name) => `Expected no complex gateway, but ${name} is one`,
  },
  {
    when: (graph, node) => is(node, "bpmn:Event") && kindsOf(graph, node).includes("cancel"),
    message: (name) => `Expected no cancel event, but ${name} is one`,
  },
  {
    when: (graph, node) => is(node, "bpmn:Event") && graph.eventDefinitions(node).length > 1,
    message: (name) => `Expected at most one event definition, but ${name} has several`,
  },
  {
    when: (_graph, node) => is(node, "bpmn:Event") && many(node, "eventDefinitionRef").length > 0,
    message: (name) => `Expected event definitions inside their event, but ${name} refers to shared ones`,
  },
  {
    when: (_graph, node) => isInstantiating(node),
    message: (name) => `Expected instances to be started by start events, but ${name} has instantiate="true"`,
  },
  {
    when: (_graph, node) => is(one(node, "loopCharacteristics"), "bpmn:StandardLoopCharacteristics"),
    message: (name) => `Expected no standard loop marker, but ${name} has one`,
  },
  {
    when: (_graph, node) => {
      const loop = one(node, "loopCharacteristics");
      return (
        is(loop, "bpmn:MultiInstanceLoopCharacteristics") && extension(loop, "zeebe:LoopCharacteristics") === undefined
      );
    },
    message: (name) => `Expected multi-instance activities to have zeebe:loopCharacteristics, but ${name} has none`,
  },
  {
    when: (_graph, node) =>
      is(node, "bpmn:Activity") &&
      ((integer(node, "startQuantity") ?? 1) !== 1 || (integer(node, "completionQuantity") ?? 1) !== 1),
    message: (name) => `Expected start and completion quantities of 1, but ${name} has others`,
  },
  {
    when: (graph, node) =>
      is(node, "bpmn:Activity") &&
      (one(node, "default") !== undefined ||
        graph.outgoing(node).some((flow) => one(flow, "conditionExpression") !== undefined)),
    message: (name) => `Expected conditions and default flows to leave gateways, but ${name} is an activity`,
  },
  {
    when: (graph, node) =>
      is(node, "bpmn:IntermediateCatchEvent") &&
      graph.eventDefinitions(node).some((each) => one(each, "timeCycle") !== undefined),
    message: (name) => `Expected timers of catch events to have a date or duration, but ${name} has a cycle`,
  },
  {
    when: (graph, node) =>
      is(node, "bpmn:StartEvent") &&
      graph.scopeOf.get(node)?.parent !== null &&
      kindsOf(graph, node).includes("compensation"),
    message: (name) => `Expected event sub-processes not to be started by compensation, but ${name} is`,
  },
  {
    when: (graph, node) =>
      is(node, "bpmn:ThrowEvent") &&
      graph
        .eventDefinitions(node)
        .some((each) => kindOfDefinition(each) === "compensation" && !flag(each, "waitForCompletion", true)),
    message: (name) => `Expected compensation to be waited for, but ${name} has waitForCompletion="false"`,
  },
  {
    when: (graph, node) => is(node, "bpmn:ThrowEvent") && kindsOf(graph, node).includes("message") && !hasJob(node),
    message: (name) => `Expected message throw events to have a zeebe:taskDefinition, but ${name} has none`,
  },
  {
    when: (_graph, node) => is(node, "bpmn:SendTask") && !hasJob(node) && messageOfTask(node) !== undefined,
    message: (name) => `Expected send tasks to have a zeebe:taskDefinition, but ${name} has none`,
  },
  {
    when: (_graph, node) =>
      is(node, "bpmn:CallActivity") &&
      extension(node, "zeebe:CalledElement") === undefined &&
      calledElementId(node) !== undefined,
    message: (name) => `Expected call activities to have a zeebe:calledElement, but ${name} has none`,
  },
  {
    when: (_graph, node) => is(node, "bpmn:AdHocSubProcess") && text(node, "ordering") === "Sequential",
    message: (name) => `Expected ad-hoc sub-processes to be parallel, but ${name} is sequential`,
  },
];

export const strictZeebeRules: readonly Rule[] = [
  {
    id: "zeebe-unsupported",
    sentence: "The model uses only what Camunda 8.9 executes.",
    source: "rest-v2 study §3.3; zeebe validators",
    severity: "error",
    check(graph, report) {
      for (const node of graph.nodes) {
        for (const refusal of refusals) {
          if (refusal.when(graph, node)) report(node, `${refusal.message(describe(node))} (Camunda 8.9)`);
        }
      }
      for (const task of graph.globalTasks)
        report(task, `Expected no global tasks, but ${describe(task)} is one (Camunda 8.9)`);
    },
  },
  {
    id: "zeebe-start-event",
    sentence: "Every process and embedded sub-process has a start event.",
    source: "zeebe ProcessValidator, SubProcessValidator",
    severity: "error",
    check(graph, report) {
      for (const { element, nodes } of graph.scopes) {
        if (is(element, "bpmn:AdHocSubProcess") || isEventSubProcess(element)) continue;
        if (!nodes.some((node) => is(node, "bpmn:StartEvent")))
          report(element, `Expected ${describe(element)} to have a start event, but it has none (Camunda 8.9)`);
      }
    },
  },
  {
    id: "zeebe-condition",
    sentence: 'Conditions start with "=".',
    source: "zeebe SequenceFlowValidator",
    severity: "error",
    check(graph, report) {
      for (const flow of graph.scopes.flatMap((scope) => scope.flows)) {
        const condition = text(one(flow, "conditionExpression"), "body");
        if (condition !== undefined && !condition.trim().startsWith("="))
          report(flow, `Expected the condition of ${describe(flow)} to start with "=", but it does not (Camunda 8.9)`);
      }
    },
  },
];
