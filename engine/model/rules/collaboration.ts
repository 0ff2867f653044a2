/** Pools and message flows: BPMN 2.0.2 §9. */
import { describe, integer, is, type ModdleElement, many, one } from "../moddle.ts";
import { kindsOf, type ModelGraph } from "../model-graph.ts";
import type { Rule } from "./rule.ts";

/** The process at an end of a message flow; undefined for a pool without a process (a black box) and for anything else. */
function processOf(graph: ModelGraph, end: ModdleElement): ModdleElement | undefined {
  if (is(end, "bpmn:Participant")) return one(end, "processRef");
  let scope = graph.scopeOf.get(end) ?? null;
  while (scope !== null && scope.parent !== null) scope = scope.parent;
  return scope?.element;
}

export const collaborationRules: readonly Rule[] = [
  {
    id: "message-flow-pools",
    sentence: "A message flow connects two different pools.",
    source: "BPMN 2.0.2 §9.4",
    severity: "error",
    check(graph, report) {
      for (const flow of graph.messageFlows) {
        const [source, target] = [one(flow, "sourceRef"), one(flow, "targetRef")];
        if (source === undefined || target === undefined) {
          report(flow, `Expected ${describe(flow)} to have a source and a target, but one is missing`);
          continue;
        }
        const from = processOf(graph, source);
        if (source === target || (from !== undefined && from === processOf(graph, target))) {
          report(
            flow,
            `Expected ${describe(flow)} to connect different pools, but both ends lie in ${describe(from ?? source)}`,
          );
        }
      }
    },
  },
  {
    id: "message-flow-ends",
    sentence:
      "A message flow leaves what sends and reaches what receives: no start event or catch event as source, no end event or throw event as target.",
    source: "BPMN 2.0.2 §10.5.2, §10.5.3, §10.5.4",
    severity: "error",
    check(graph, report) {
      for (const flow of graph.messageFlows) {
        const [source, target] = [one(flow, "sourceRef"), one(flow, "targetRef")];
        if (is(source, "bpmn:CatchEvent"))
          report(
            flow,
            `Expected ${describe(flow)} to leave something that sends, but ${describe(source as ModdleElement)} receives`,
          );
        if (is(target, "bpmn:ThrowEvent"))
          report(
            flow,
            `Expected ${describe(flow)} to reach something that receives, but ${describe(target as ModdleElement)} sends`,
          );
        for (const end of [source, target]) {
          if (end === undefined || !is(end, "bpmn:Event") || !graph.scopeOf.has(end)) continue;
          if (!kindsOf(graph, end).includes("message"))
            report(
              flow,
              `Expected ${describe(end)} at the end of ${describe(flow)} to have a message definition, but it has none`,
            );
        }
        for (const end of [source, target]) {
          if (is(end, "bpmn:Gateway"))
            report(
              flow,
              `Expected ${describe(flow)} to connect pools, activities or events, but ${describe(end as ModdleElement)} is a gateway`,
            );
        }
      }
    },
  },
  {
    id: "participant-multiplicity",
    sentence: "A participant multiplicity has 0 ≤ minimum ≤ maximum and maximum ≥ 1.",
    source: "BPMN 2.0.2 table 9.4",
    severity: "error",
    check(graph, report) {
      for (const participant of graph.collaborations.flatMap((each) => many(each, "participants"))) {
        const multiplicity = one(participant, "participantMultiplicity");
        if (multiplicity === undefined) continue;
        const minimum = integer(multiplicity, "minimum") ?? 0;
        const maximum = integer(multiplicity, "maximum") ?? 1;
        if (minimum < 0 || maximum < 1 || maximum < minimum) {
          report(
            participant,
            `Expected the multiplicity of ${describe(participant)} to have 0 ≤ minimum ≤ maximum and maximum ≥ 1, but it is ${minimum} to ${maximum}`,
          );
        }
      }
    },
  },
  {
    id: "choreography-closed",
    sentence: "A collaboration and the choreography it refers to agree in isClosed.",
    source: "BPMN 2.0.2 table 9.1",
    severity: "error",
    check(graph, report) {
      for (const collaboration of graph.collaborations) {
        for (const choreography of many(collaboration, "choreographyRef")) {
          if (is(collaboration, "bpmn:Choreography", "bpmn:GlobalConversation")) {
            report(collaboration, `Expected ${describe(collaboration)} not to refer to a choreography, but it does`);
          } else if (collaboration.get?.("isClosed") !== choreography.get?.("isClosed")) {
            report(
              collaboration,
              `Expected ${describe(collaboration)} and ${describe(choreography)} to agree in isClosed, but they do not`,
            );
          }
        }
      }
    },
  },
];
