/** Which event definitions may stand where (BPMN 2.0.2 tables 10.86, 10.89, 10.90, 10.93) and what they must say. */
import { describe, extension, flag, is, type ModdleElement, one, words } from "../moddle.ts";
import { isEventSubProcess, kindOfDefinition, kindsOf, type ModelGraph } from "../model-graph.ts";
import type { Rule } from "./rule.ts";

interface Position {
  readonly name: string;
  readonly allowed: readonly string[];
  /** A none event is not possible here. */
  readonly needsDefinition: boolean;
}

/** Event position in the model → what may trigger it. */
function positionOf(graph: ModelGraph, event: ModdleElement): Position {
  if (is(event, "bpmn:StartEvent")) return startPosition(graph, event);
  if (is(event, "bpmn:EndEvent")) {
    return position(
      "an end event",
      ["message", "error", "escalation", "cancel", "compensation", "signal", "terminate"],
      false,
    );
  }
  if (is(event, "bpmn:IntermediateThrowEvent")) {
    return position("an intermediate throw event", ["message", "escalation", "compensation", "link", "signal"], false);
  }
  if (is(event, "bpmn:IntermediateCatchEvent")) {
    return position("an intermediate catch event", ["message", "timer", "conditional", "link", "signal"], true);
  }
  const both = ["message", "timer", "escalation", "conditional", "signal"];
  return flag(event, "cancelActivity", true)
    ? position("an interrupting boundary event", [...both, "error", "cancel", "compensation"], true)
    : position("a non-interrupting boundary event", both, true);
}

function startPosition(graph: ModelGraph, event: ModdleElement): Position {
  const scope = graph.scopeOf.get(event);
  if (scope === undefined || scope.parent === null)
    return position("the start event of a process", ["message", "timer", "conditional", "signal"], false);
  if (!isEventSubProcess(scope.element)) return position("the start event of a sub-process", [], false);
  const both = ["message", "timer", "escalation", "conditional", "signal"];
  return flag(event, "isInterrupting", true)
    ? position("the interrupting start event of an event sub-process", [...both, "error", "compensation"], true)
    : position("the non-interrupting start event of an event sub-process", both, true);
}

function position(name: string, allowed: readonly string[], needsDefinition: boolean): Position {
  return { name, allowed, needsDefinition };
}

function isThrowing(event: ModdleElement): boolean {
  return is(event, "bpmn:ThrowEvent");
}

function events(graph: ModelGraph): readonly ModdleElement[] {
  return graph.nodes.filter((node) => is(node, "bpmn:Event"));
}

export const eventRules: readonly Rule[] = [
  {
    id: "event-definition-position",
    sentence:
      "An event has only definitions that its position allows, and one at least where it must wait for something.",
    source: "BPMN 2.0.2 tables 10.86, 10.89, 10.90, 10.93",
    severity: "error",
    check(graph, report) {
      for (const event of events(graph)) {
        const { name, allowed, needsDefinition } = positionOf(graph, event);
        const kinds = kindsOf(graph, event);
        const wrong = kinds.find((kind) => !allowed.includes(kind));
        if (wrong !== undefined) {
          const possible = allowed.length === 0 ? "no event definition" : `only ${allowed.join(", ")}`;
          report(event, `Expected ${name} to have ${possible}, but ${describe(event)} has ${wrong}`);
        }
        if (needsDefinition && kinds.length === 0)
          report(event, `Expected ${name} to have an event definition, but ${describe(event)} has none`);
      }
    },
  },
  {
    id: "event-definition-combination",
    sentence: "Link, compensation and cancel definitions do not share an event with others.",
    source: "BPMN 2.0.2 §10.5.1: they are no triggers among others",
    severity: "error",
    check(graph, report) {
      for (const event of events(graph)) {
        const kinds = kindsOf(graph, event);
        if (kinds.length < 2 || is(event, "bpmn:EndEvent")) continue;
        const alone = kinds.find(
          (kind) => kind === "link" || kind === "cancel" || (kind === "compensation" && !isThrowing(event)),
        );
        if (alone !== undefined)
          report(event, `Expected a ${alone} definition to stand alone, but ${describe(event)} has others too`);
      }
    },
  },
  {
    id: "event-definition-owner",
    sentence: "Only event definitions at the top level of the file are shared by eventDefinitionRef.",
    source: "BPMN 2.0.2 §10.5.1, table 10.82",
    severity: "error",
    check(graph, report) {
      for (const event of events(graph)) {
        for (const definition of graph.eventDefinitions(event)) {
          if (definition.$parent !== event && !is(definition.$parent, "bpmn:Definitions")) {
            report(
              event,
              `Expected ${describe(event)} to refer to an event definition at the top level, but ${describe(definition)} belongs to another event`,
            );
          }
        }
      }
    },
  },
  {
    id: "event-name",
    sentence: "Messages and signals of events and tasks have names.",
    source: "BPMN 2.0.2 tables 8.48, 10.97: without a name nothing can be correlated",
    severity: "error",
    check(graph, report) {
      for (const event of events(graph)) {
        for (const definition of graph.eventDefinitions(event)) {
          const kind = kindOfDefinition(definition);
          if (kind !== "message" && kind !== "signal") continue;
          const named = one(definition, `${kind}Ref`);
          const sendsByJob = isThrowing(event) && extension(event, "zeebe:TaskDefinition") !== undefined;
          if (words(named, "name") === undefined && !(kind === "message" && sendsByJob)) {
            report(
              event,
              `Expected ${describe(event)} to refer to a ${kind} with a name, but ${named === undefined ? "it refers to none" : "the name is missing"}`,
            );
          }
        }
      }
    },
  },
  {
    id: "event-code",
    sentence: "An event that throws an error or escalation says which: its code is set.",
    source: "BPMN 2.0.2 tables 10.95, 10.94",
    severity: "error",
    check(graph, report) {
      for (const event of events(graph).filter(isThrowing)) {
        for (const definition of graph.eventDefinitions(event)) {
          const kind = kindOfDefinition(definition);
          if (kind !== "error" && kind !== "escalation") continue;
          if (words(one(definition, `${kind}Ref`), `${kind}Code`) === undefined) {
            report(event, `Expected ${describe(event)} to throw an ${kind} with a code, but it has none`);
          }
        }
      }
    },
  },
  {
    id: "boundary-attachment",
    sentence:
      "A boundary event is attached to an activity of its own scope, which is neither an event sub-process nor a compensation handler, and has no incoming flow.",
    source: "BPMN 2.0.2 §10.5.4, table 10.92",
    severity: "error",
    check(graph, report) {
      for (const event of events(graph)) {
        if (!is(event, "bpmn:BoundaryEvent")) continue;
        const activity = one(event, "attachedToRef");
        if (activity === undefined)
          report(event, `Expected ${describe(event)} to be attached to an activity, but it is attached to nothing`);
        else if (graph.scopeOf.get(activity) !== graph.scopeOf.get(event)) {
          report(
            event,
            `Expected ${describe(event)} to be attached to an activity of its own scope, but ${describe(activity)} lies elsewhere`,
          );
        } else if (isEventSubProcess(activity)) {
          report(
            event,
            `Expected ${describe(event)} to be attached to an activity in the normal flow, but ${describe(activity)} is an event sub-process`,
          );
        }
        if (graph.incoming(event).length > 0)
          report(event, `Expected ${describe(event)} to have no incoming flow, but it has one`);
      }
    },
  },
  {
    id: "boundary-cancel",
    sentence:
      "Cancel events stand on and in transactions only: the boundary event on one, the end event directly or deeper inside one.",
    source: "BPMN 2.0.2 §10.5.6, table 10.89",
    severity: "error",
    check(graph, report) {
      for (const event of events(graph)) {
        if (!kindsOf(graph, event).includes("cancel")) continue;
        if (is(event, "bpmn:BoundaryEvent") && !is(one(event, "attachedToRef"), "bpmn:Transaction")) {
          report(event, `Expected the cancel event ${describe(event)} to be attached to a transaction, but it is not`);
        }
        if (is(event, "bpmn:EndEvent")) {
          let scope = graph.scopeOf.get(event) ?? null;
          while (scope !== null && !is(scope.element, "bpmn:Transaction")) scope = scope.parent;
          if (scope === null)
            report(event, `Expected the cancel event ${describe(event)} to lie in a transaction, but it does not`);
        }
      }
    },
  },
];
