/** Gateways: BPMN 2.0.2 §10.6. */
import { describe, flag, idOf, is, one, text } from "../moddle.ts";
import { kindsOf } from "../model-graph.ts";
import type { Rule } from "./rule.ts";

const eventGatewayTriggers = ["message", "signal", "timer", "conditional"];

export const gatewayRules: readonly Rule[] = [
  {
    id: "gateway-connection",
    sentence: "A gateway has several incoming or several outgoing flows.",
    source: "BPMN 2.0.2 §10.6.1",
    severity: "warning",
    check(graph, report) {
      for (const node of graph.nodes) {
        if (!is(node, "bpmn:Gateway")) continue;
        const [incoming, outgoing] = [graph.incoming(node).length, graph.outgoing(node).length];
        if (incoming + outgoing > 0 && incoming < 2 && outgoing < 2)
          report(
            node,
            `Expected ${describe(node)} to have several incoming or outgoing flows, but it has ${incoming} and ${outgoing}: it does nothing`,
          );
      }
    },
  },
  {
    id: "gateway-unconnected",
    sentence: "A gateway is connected.",
    source: "BPMN 2.0.2 §10.6.1",
    severity: "error",
    check(graph, report) {
      for (const node of graph.nodes) {
        if (is(node, "bpmn:Gateway") && graph.incoming(node).length + graph.outgoing(node).length === 0) {
          report(node, `Expected ${describe(node)} to have incoming or outgoing flows, but it has none`);
        }
      }
    },
  },
  {
    id: "gateway-direction",
    sentence: "A declared gatewayDirection agrees with the flows.",
    source: "BPMN 2.0.2 table 8.46",
    severity: "error",
    check(graph, report) {
      for (const node of graph.nodes) {
        if (!is(node, "bpmn:Gateway")) continue;
        const direction = text(node, "gatewayDirection") ?? "Unspecified";
        const [incoming, outgoing] = [graph.incoming(node).length, graph.outgoing(node).length];
        const wrong =
          (direction === "Mixed" && (incoming < 2 || outgoing < 2)) ||
          (direction === "Diverging" && incoming > 1) ||
          (direction === "Converging" && outgoing > 1);
        if (wrong)
          report(
            node,
            `Expected the flows of ${describe(node)} to agree with its gatewayDirection ${direction}, but it has ${incoming} incoming and ${outgoing} outgoing`,
          );
      }
    },
  },
  {
    id: "gateway-condition",
    sentence: "Where an exclusive or inclusive gateway splits, every outgoing flow has a condition or is the default.",
    source: "BPMN 2.0.2 §10.6.2, §10.6.3; Camunda 8 refuses it too",
    severity: "error",
    check(graph, report) {
      for (const node of graph.nodes) {
        const outgoing = graph.outgoing(node);
        if (!is(node, "bpmn:ExclusiveGateway", "bpmn:InclusiveGateway") || outgoing.length < 2) continue;
        const fallback = one(node, "default");
        for (const flow of outgoing) {
          if (flow !== fallback && one(flow, "conditionExpression") === undefined) {
            report(
              flow,
              `Expected each flow that leaves ${describe(node)} to have a condition or to be the default, but ${idOf(flow)} has neither`,
            );
          }
        }
      }
    },
  },
  {
    id: "complex-gateway-activation",
    sentence: "A complex gateway that joins has an activationCondition.",
    source: "BPMN 2.0.2 §10.6.5, §13.4.5",
    severity: "error",
    check(graph, report) {
      for (const node of graph.nodes) {
        if (!is(node, "bpmn:ComplexGateway") || graph.incoming(node).length < 2) continue;
        if (one(node, "activationCondition") === undefined)
          report(
            node,
            `Expected ${describe(node)} to have an activationCondition, because it joins several flows, but it has none`,
          );
      }
    },
  },
  {
    id: "event-gateway",
    sentence:
      "An event-based gateway leads to two or more catch events or receive tasks, which have no other incoming flow.",
    source: "BPMN 2.0.2 §10.6.6",
    severity: "error",
    check(graph, report) {
      for (const node of graph.nodes) {
        if (!is(node, "bpmn:EventBasedGateway")) continue;
        const outgoing = graph.outgoing(node);
        if (outgoing.length < (flag(node, "instantiate", false) ? 1 : 2))
          report(node, `Expected ${describe(node)} to have at least two outgoing flows, but it has ${outgoing.length}`);
        if (flag(node, "instantiate", false) && graph.incoming(node).length > 0) {
          report(node, `Expected ${describe(node)}, which starts instances, to have no incoming flow, but it has one`);
        }
        for (const flow of outgoing) {
          const target = one(flow, "targetRef");
          if (target === undefined) continue;
          const receives = is(target, "bpmn:ReceiveTask");
          const kinds = is(target, "bpmn:IntermediateCatchEvent") ? kindsOf(graph, target) : [];
          if (!receives && (kinds.length === 0 || !kinds.every((kind) => eventGatewayTriggers.includes(kind)))) {
            report(
              target,
              `Expected ${describe(node)} to lead to receive tasks and catch events (${eventGatewayTriggers.join(", ")}), but ${describe(target)} is none`,
            );
          }
          if (graph.incoming(target).length > 1)
            report(
              target,
              `Expected ${describe(target)} to be reached from the event-based gateway only, but it has other incoming flows`,
            );
          if (receives && graph.boundaryEvents(target).length > 0)
            report(
              target,
              `Expected ${describe(target)} behind an event-based gateway to have no boundary events, but it has`,
            );
        }
      }
    },
  },
  {
    id: "event-gateway-instantiate",
    sentence: "A gateway that starts instances stands at the top level of a process.",
    source: "BPMN 2.0.2 §10.6.6",
    severity: "error",
    check(graph, report) {
      for (const node of graph.nodes) {
        if (
          is(node, "bpmn:EventBasedGateway") &&
          flag(node, "instantiate", false) &&
          graph.scopeOf.get(node)?.parent !== null
        ) {
          report(
            node,
            `Expected ${describe(node)} with instantiate="true" to stand at the top level of a process, but it lies in a sub-process`,
          );
        }
      }
    },
  },
];
