/** Compensation: BPMN 2.0.2 §10.7. */
import { describe, is, one } from "../moddle.ts";
import { isCompensationHandler, isEventSubProcess, kindOfDefinition, kindsOf } from "../model-graph.ts";
import type { Rule } from "./rule.ts";

export const compensationRules: readonly Rule[] = [
  {
    id: "compensation-boundary",
    sentence:
      'A compensation boundary event is joined by an association to one activity with isForCompensation="true", and has no outgoing flow.',
    source: "BPMN 2.0.2 §10.7.1",
    severity: "error",
    check(graph, report) {
      for (const event of graph.nodes) {
        if (!is(event, "bpmn:BoundaryEvent") || !kindsOf(graph, event).includes("compensation")) continue;
        const handlers = graph.associated(event).filter(isCompensationHandler);
        if (handlers.length !== 1) {
          report(
            event,
            `Expected ${describe(event)} to be associated with one activity marked isForCompensation, but it is with ${handlers.length}`,
          );
        } else if (graph.scopeOf.get(handlers[0]!) !== graph.scopeOf.get(event)) {
          report(event, `Expected ${describe(event)} and its handler to lie in one scope, but they do not`);
        }
        if (graph.outgoing(event).length > 0)
          report(
            event,
            `Expected ${describe(event)} to lead to its handler by an association, but it has an outgoing flow`,
          );
      }
    },
  },
  {
    id: "compensation-handler",
    sentence: "A compensation handler has no sequence flows and no boundary events.",
    source: "BPMN 2.0.2 §10.7.1, table 10.3",
    severity: "error",
    check(graph, report) {
      for (const node of graph.nodes) {
        if (!isCompensationHandler(node)) continue;
        if (graph.incoming(node).length + graph.outgoing(node).length > 0)
          report(node, `Expected the compensation handler ${describe(node)} to have no sequence flows, but it has`);
        if (graph.boundaryEvents(node).some((event) => kindsOf(graph, event).includes("compensation"))) {
          report(
            node,
            `Expected the compensation handler ${describe(node)} to have no compensation of its own, but it has`,
          );
        }
      }
    },
  },
  {
    id: "compensation-target",
    sentence:
      "A compensation throw event with activityRef names an activity of its scope (or of the scope that its event sub-process serves) that can be compensated.",
    source: "BPMN 2.0.2 §10.7.2, table 10.88",
    severity: "error",
    check(graph, report) {
      for (const event of graph.nodes) {
        if (!is(event, "bpmn:ThrowEvent")) continue;
        for (const definition of graph.eventDefinitions(event)) {
          const activity = kindOfDefinition(definition) === "compensation" ? one(definition, "activityRef") : undefined;
          if (activity === undefined) continue;
          let scope = graph.scopeOf.get(event) ?? null;
          while (scope !== null && isEventSubProcess(scope.element)) scope = scope.parent;
          if (scope === null || graph.scopeOf.get(activity) !== scope) {
            report(
              event,
              `Expected ${describe(event)} to compensate an activity of its scope, but ${describe(activity)} lies elsewhere`,
            );
          }
        }
      }
    },
  },
];
