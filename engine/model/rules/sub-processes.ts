/** Event sub-processes, ad-hoc sub-processes, call activities: BPMN 2.0.2 §10.3.5, §10.3.6. */
import { calledElementId } from "../compile/activity.ts";
import { describe, extension, is, many, text, words } from "../moddle.ts";
import { isEventSubProcess, kindsOf } from "../model-graph.ts";
import type { Rule } from "./rule.ts";

export const subProcessRules: readonly Rule[] = [
  {
    id: "event-sub-process-start",
    sentence: "An event sub-process has exactly one start event.",
    source: "BPMN 2.0.2 §10.3.5",
    severity: "error",
    check(graph, report) {
      for (const scope of graph.scopes) {
        if (!isEventSubProcess(scope.element)) continue;
        const starts = scope.nodes.filter((node) => is(node, "bpmn:StartEvent")).length;
        if (starts !== 1)
          report(
            scope.element,
            `Expected the event sub-process ${describe(scope.element)} to have exactly one start event, but it has ${starts}`,
          );
      }
    },
  },
  {
    id: "event-sub-process-flow",
    sentence: "An event sub-process has no incoming or outgoing flows and no loop marker.",
    source: "BPMN 2.0.2 §10.3.5",
    severity: "error",
    check(graph, report) {
      for (const node of graph.nodes) {
        if (!isEventSubProcess(node)) continue;
        if (graph.incoming(node).length + graph.outgoing(node).length > 0)
          report(node, `Expected the event sub-process ${describe(node)} to have no sequence flows, but it has`);
        if (many(node, "loopCharacteristics").length > 0)
          report(node, `Expected the event sub-process ${describe(node)} to have no loop marker, but it has one`);
      }
    },
  },
  {
    id: "ad-hoc-content",
    sentence: "An ad-hoc sub-process holds at least one activity, and no start or end events.",
    source: "BPMN 2.0.2 §10.3.5",
    severity: "error",
    check(graph, report) {
      for (const scope of graph.scopes) {
        if (!is(scope.element, "bpmn:AdHocSubProcess")) continue;
        if (!scope.nodes.some((node) => is(node, "bpmn:Activity") && !isEventSubProcess(node))) {
          report(
            scope.element,
            `Expected the ad-hoc sub-process ${describe(scope.element)} to hold at least one activity, but it has none`,
          );
        }
        const event = scope.nodes.find((node) => is(node, "bpmn:StartEvent", "bpmn:EndEvent"));
        if (event !== undefined)
          report(
            event,
            `Expected no start or end event in the ad-hoc sub-process ${describe(scope.element)}, but ${describe(event)} is there`,
          );
      }
    },
  },
  {
    id: "ad-hoc-activation",
    sentence:
      "Something says which activities of an ad-hoc sub-process run: a collection, a job, an agent, or a completion condition for all of them.",
    source: "Camunda 8.9 ad-hoc sub-process; BPMN 2.0.2 §13.3.5",
    severity: "warning",
    check(graph, report) {
      for (const node of graph.nodes) {
        if (!is(node, "bpmn:AdHocSubProcess")) continue;
        const chosen =
          words(extension(node, "zeebe:AdHoc"), "activeElementsCollection") !== undefined ||
          extension(node, "zeebe:TaskDefinition") !== undefined ||
          extension(node, "interlock:Agent") !== undefined ||
          many(node, "completionCondition").length > 0;
        if (!chosen)
          report(
            node,
            `Expected ${describe(node)} to have an activeElementsCollection, a job, an agent or a completionCondition, but it has none: an operator must start its activities`,
          );
      }
    },
  },
  {
    id: "called-process-start",
    sentence: "A process of the same file that is called has a none start event or an implicit start.",
    source: "BPMN 2.0.2 §10.3.6, §13.3.4",
    severity: "error",
    check(graph, report) {
      const processes = new Map(graph.processes.map((process) => [process.id ?? "", process]));
      for (const node of graph.nodes) {
        if (!is(node, "bpmn:CallActivity")) continue;
        const called = processes.get(
          text(extension(node, "zeebe:CalledElement"), "processId") ?? calledElementId(node) ?? "",
        );
        const starts = (graph.inside.get(called ?? node)?.nodes ?? []).filter((each) => is(each, "bpmn:StartEvent"));
        if (called !== undefined && starts.length > 0 && starts.every((start) => kindsOf(graph, start).length > 0)) {
          report(
            node,
            `Expected ${describe(called)}, which ${describe(node)} calls, to have a start event without a trigger, but it has none`,
          );
        }
      }
    },
  },
];
