/** Link events: goto inside one scope (BPMN 2.0.2 §10.5.5, link event). */
import { linkName } from "../compile/event-definition.ts";
import { describe, is, type ModdleElement } from "../moddle.ts";
import { kindOfDefinition, type ModelGraph, type Scope } from "../model-graph.ts";
import type { Rule } from "./rule.ts";

interface Link {
  readonly event: ModdleElement;
  readonly name: string;
}

function linksOf(graph: ModelGraph, scope: Scope, type: string): readonly Link[] {
  return scope.nodes.flatMap((event) =>
    is(event, type)
      ? graph
          .eventDefinitions(event)
          .flatMap((each) => (kindOfDefinition(each) === "link" ? [{ event, name: linkName(each) }] : []))
      : [],
  );
}

export const linkRules: readonly Rule[] = [
  {
    id: "link-pair",
    sentence:
      "Every link throw event has exactly one catch event of its name in the same scope, every link catch event at least one throw event.",
    source: "BPMN 2.0.2 §10.5.5: there may be several sources, but one target, in one process level",
    severity: "error",
    check(graph, report) {
      for (const scope of graph.scopes) {
        const throwing = linksOf(graph, scope, "bpmn:IntermediateThrowEvent");
        const catching = linksOf(graph, scope, "bpmn:IntermediateCatchEvent");
        const targets = new Map<string, number>();
        for (const link of catching) targets.set(link.name, (targets.get(link.name) ?? 0) + 1);
        const sources = new Set(throwing.map((link) => link.name));
        for (const { event, name } of throwing) {
          const count = targets.get(name) ?? 0;
          if (name === "" || count !== 1)
            report(
              event,
              `Expected the link "${name}" of ${describe(event)} to have exactly one catch event in its scope, but it has ${name === "" ? "no name" : count}`,
            );
        }
        for (const { event, name } of catching) {
          if (!sources.has(name))
            report(
              event,
              `Expected the link "${name}" of ${describe(event)} to have a throw event in its scope, but it has none`,
            );
        }
      }
    },
  },
  {
    id: "link-flow",
    sentence: "A link throw event has no outgoing flow, a link catch event no incoming flow.",
    source: "BPMN 2.0.2 §10.5.5",
    severity: "error",
    check(graph, report) {
      for (const scope of graph.scopes) {
        for (const { event } of linksOf(graph, scope, "bpmn:IntermediateThrowEvent")) {
          if (graph.outgoing(event).length > 0)
            report(event, `Expected the link ${describe(event)} to have no outgoing flow, but it has one`);
        }
        for (const { event } of linksOf(graph, scope, "bpmn:IntermediateCatchEvent")) {
          if (graph.incoming(event).length > 0)
            report(event, `Expected the link ${describe(event)} to have no incoming flow, but it has one`);
        }
      }
    },
  },
];
