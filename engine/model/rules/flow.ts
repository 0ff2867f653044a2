/** Where tokens come from and go to: starts, ends and what lies between (BPMN 2.0.2 §10.5.2, §10.5.3, §8.4.13). */
import { describe, is, type ModdleElement, one } from "../moddle.ts";
import {
  isCompensationHandler,
  isEventSubProcess,
  isInstantiating,
  isOutsideNormalFlow,
  kindsOf,
  type ModelGraph,
  type Scope,
} from "../model-graph.ts";
import type { Rule } from "./rule.ts";

function isAdHoc(scope: Scope): boolean {
  return is(scope.element, "bpmn:AdHocSubProcess");
}

/** Nodes whose tokens need not leave by a flow: ends, links, and what never has a normal token. */
function endsLawfully(graph: ModelGraph, node: ModdleElement): boolean {
  if (is(node, "bpmn:EndEvent", "bpmn:BoundaryEvent") || isEventSubProcess(node) || isCompensationHandler(node))
    return true;
  return is(node, "bpmn:IntermediateThrowEvent") && kindsOf(graph, node).includes("link");
}

export const flowRules: readonly Rule[] = [
  {
    id: "start-event-incoming",
    sentence: "A start event has no incoming sequence flow.",
    source: "BPMN 2.0.2 §10.5.2",
    severity: "error",
    check(graph, report) {
      for (const node of graph.nodes) {
        if (is(node, "bpmn:StartEvent") && graph.incoming(node).length > 0)
          report(node, `Expected ${describe(node)} to have no incoming flow, but it has one`);
      }
    },
  },
  {
    id: "instantiating-receive",
    sentence: "A receive task that starts instances stands at the top level of a process and has no incoming flow.",
    source: "BPMN 2.0.2 §10.3.3, table 10.12",
    severity: "error",
    check(graph, report) {
      for (const node of graph.nodes) {
        if (!is(node, "bpmn:ReceiveTask") || !isInstantiating(node)) continue;
        if (graph.incoming(node).length > 0)
          report(node, `Expected ${describe(node)}, which starts instances, to have no incoming flow, but it has one`);
        if (graph.scopeOf.get(node)?.parent !== null)
          report(
            node,
            `Expected ${describe(node)} with instantiate="true" to stand at the top level of a process, but it lies in a sub-process`,
          );
      }
    },
  },
  {
    id: "end-event-outgoing",
    sentence: "An end event has no outgoing sequence flow.",
    source: "BPMN 2.0.2 §10.5.3",
    severity: "error",
    check(graph, report) {
      for (const node of graph.nodes) {
        if (is(node, "bpmn:EndEvent") && graph.outgoing(node).length > 0)
          report(node, `Expected ${describe(node)} to have no outgoing flow, but it has one`);
      }
    },
  },
  {
    id: "incoming-missing",
    sentence:
      "In a scope with a start event, every node that is not started by an event has an incoming flow; end events and intermediate events always have one.",
    source: "BPMN 2.0.2 §10.5.2, §10.5.3, §10.5.4",
    severity: "error",
    check(graph, report) {
      for (const scope of graph.scopes) {
        if (isAdHoc(scope)) continue;
        const started = scope.nodes.some((node) => is(node, "bpmn:StartEvent"));
        for (const node of scope.nodes) {
          if (graph.incoming(node).length > 0 || isOutsideNormalFlow(graph, node)) continue;
          if (is(node, "bpmn:EndEvent", "bpmn:IntermediateCatchEvent", "bpmn:IntermediateThrowEvent")) {
            report(node, `Expected ${describe(node)} to have an incoming flow, but it has none`);
          } else if (started) {
            report(
              node,
              `Expected ${describe(node)} to have an incoming flow, because its scope has a start event, but it has none: it could never run`,
            );
          }
        }
      }
    },
  },
  {
    id: "outgoing-missing",
    sentence:
      "In a scope with an end event, every node has an outgoing flow; start events and intermediate events always have one.",
    source: "BPMN 2.0.2 §10.5.2, §10.5.3, §10.5.4",
    severity: "error",
    check(graph, report) {
      for (const scope of graph.scopes) {
        if (isAdHoc(scope)) continue;
        const ended = scope.nodes.some((node) => is(node, "bpmn:EndEvent"));
        for (const node of scope.nodes) {
          if (graph.outgoing(node).length > 0 || endsLawfully(graph, node)) continue;
          if (is(node, "bpmn:StartEvent", "bpmn:IntermediateCatchEvent", "bpmn:IntermediateThrowEvent")) {
            report(node, `Expected ${describe(node)} to have an outgoing flow, but it has none`);
          } else if (ended) {
            report(
              node,
              `Expected ${describe(node)} to have an outgoing flow, because its scope has an end event, but it has none: lead it to an end event`,
            );
          }
        }
      }
    },
  },
  {
    id: "end-event-missing",
    sentence: "A scope with a start event has an end event.",
    source: "BPMN 2.0.2 §10.5.3: if there is a start event, there must be at least one end event",
    severity: "error",
    check(graph, report) {
      for (const scope of graph.scopes) {
        const started = scope.nodes.some((node) => is(node, "bpmn:StartEvent"));
        if (started && !isAdHoc(scope) && !scope.nodes.some((node) => is(node, "bpmn:EndEvent"))) {
          report(
            scope.element,
            `Expected ${describe(scope.element)} to have an end event, because it has a start event, but it has none`,
          );
        }
      }
    },
  },
  {
    id: "boundary-outgoing",
    sentence: "A boundary event other than compensation leads somewhere.",
    source: "BPMN 2.0.2 §10.5.4: without a flow the path ends silently",
    severity: "warning",
    check(graph, report) {
      for (const node of graph.nodes) {
        if (!is(node, "bpmn:BoundaryEvent") || kindsOf(graph, node).includes("compensation")) continue;
        if (graph.outgoing(node).length === 0)
          report(node, `Expected ${describe(node)} to have an outgoing flow, but it has none: its path ends there`);
      }
    },
  },
  {
    id: "process-start",
    sentence: "A process can be started: by a start event, an instantiating element, or a node without incoming flow.",
    source: "BPMN 2.0.2 §13.3.1",
    severity: "error",
    check(graph, report) {
      for (const scope of graph.scopes) {
        const { element, nodes } = scope;
        if (nodes.length === 0 || isAdHoc(scope) || isEventSubProcess(element)) continue;
        const startable = nodes.some(
          (node) =>
            is(node, "bpmn:StartEvent") ||
            (scope.parent === null && isInstantiating(node)) ||
            (graph.incoming(node).length === 0 && !isOutsideNormalFlow(graph, node)),
        );
        if (!startable)
          report(element, `Expected ${describe(element)} to have a place to start, but every node waits for another`);
      }
    },
  },
  {
    id: "start-event-several",
    sentence: "A scope has at most one start event without a trigger.",
    source:
      "BPMN 2.0.2 §10.5.2: with several, each would start an instance of its own; use one, and a parallel gateway",
    severity: "warning",
    check(graph, report) {
      for (const scope of graph.scopes) {
        const none = scope.nodes.filter((node) => is(node, "bpmn:StartEvent") && kindsOf(graph, node).length === 0);
        if (none.length > 1)
          report(
            none[1] ?? null,
            `Expected ${describe(scope.element)} to have one start event without a trigger, but it has ${none.length}: all of them get a token`,
          );
      }
    },
  },
  {
    id: "condition-single",
    sentence: "An activity whose only outgoing flow is conditional could not go on when the condition is false.",
    source: "BPMN 2.0.2 §8.4.13",
    severity: "error",
    check(graph, report) {
      for (const node of graph.nodes) {
        const [only, second] = graph.outgoing(node);
        if (!is(node, "bpmn:Activity") || only === undefined || second !== undefined) continue;
        if (one(only, "conditionExpression") !== undefined) {
          report(
            node,
            `Expected ${describe(node)} to have another outgoing flow beside the conditional one, but it has none: the token would be lost`,
          );
        }
      }
    },
  },
  {
    id: "condition-source",
    sentence: "Conditions stand on flows that leave activities and exclusive, inclusive or complex gateways.",
    source: "BPMN 2.0.2 table 8.60: events and event-based gateways have none; parallel gateways ignore them",
    severity: "error",
    check(graph, report) {
      for (const node of graph.nodes) {
        const refuses = is(node, "bpmn:Event", "bpmn:EventBasedGateway");
        if (!refuses) continue;
        const conditional = graph.outgoing(node).find((flow) => one(flow, "conditionExpression") !== undefined);
        if (conditional !== undefined)
          report(
            conditional,
            `Expected no condition on a flow that leaves ${describe(node)}, but ${describe(conditional)} has one`,
          );
      }
    },
  },
  {
    id: "default-flow",
    sentence: "The default flow of a node is one of its outgoing flows.",
    source: "BPMN 2.0.2 tables 10.3, 10.100",
    severity: "error",
    check(graph, report) {
      for (const node of graph.nodes) {
        const flow = one(node, "default");
        if (flow !== undefined && !graph.outgoing(node).includes(flow)) {
          report(node, `Expected the default flow of ${describe(node)} to leave it, but ${describe(flow)} does not`);
        }
      }
    },
  },
];
