/** Items of data fit each other: event and datum, message and task, collection and element, caller and called (BPMN 2.0.2 §10.4). */
import { calledElementId } from "../compile/activity.ts";
import { describe, extension, idOf, is, type ModdleElement, many, one, text } from "../moddle.ts";
import type { Report } from "../problem.ts";
import { isCollection } from "./data.ts";
import type { Rule } from "./rule.ts";

/** Same item definition, or two that describe the same structure. */
function sameItem(one_: ModdleElement | undefined, other: ModdleElement | undefined): boolean {
  if (one_ === other) return true;
  const structure = text(one_, "structureRef");
  return (
    structure !== undefined && structure === text(other, "structureRef") && isCollection(one_) === isCollection(other)
  );
}

/** The item that an event definition carries: of its message, signal, error or escalation. */
function itemOfDefinition(definition: ModdleElement): ModdleElement | undefined {
  const payload =
    one(definition, "messageRef") ??
    one(definition, "signalRef") ??
    one(definition, "errorRef") ??
    one(definition, "escalationRef");
  return one(payload, "itemRef") ?? one(payload, "structureRef");
}

function checkMessageItem(
  node: ModdleElement,
  datum: ModdleElement | undefined,
  message: ModdleElement | undefined,
  side: string,
  report: Report,
): void {
  const item = one(message, "itemRef");
  if (datum === undefined || item === undefined || sameItem(one(datum, "itemSubjectRef"), item)) return;
  report(
    node,
    `Expected the ${side} of ${describe(node)} to have the item of the message "${idOf(message as ModdleElement)}", but it has another`,
  );
}

export const dataItemRules: readonly Rule[] = [
  {
    id: "data-event-items",
    sentence: "An event with data has one datum per event definition, of the item that the definition carries.",
    source: "BPMN 2.0.2 §10.5.1, tables 10.83, 10.84",
    severity: "error",
    check(graph, report) {
      for (const event of graph.nodes) {
        if (!is(event, "bpmn:Event")) continue;
        const data = many(event, is(event, "bpmn:CatchEvent") ? "dataOutputs" : "dataInputs");
        const items = graph.eventDefinitions(event).map(itemOfDefinition);
        if (data.length === 0) continue;
        if (items.length > 1 && data.length !== items.length) {
          report(
            event,
            `Expected ${describe(event)} to have one datum for each of its ${items.length} event definitions, but it has ${data.length}`,
          );
        }
        data.slice(0, items.length).forEach((datum, at) => {
          const subject = one(datum, "itemSubjectRef");
          if (subject !== undefined && items[at] !== undefined && !sameItem(subject, items[at])) {
            report(
              event,
              `Expected the datum "${idOf(datum)}" of ${describe(event)} to have the item of its event definition, but it has another`,
            );
          }
        });
      }
    },
  },
  {
    id: "data-operation-items",
    sentence:
      "The data of a service, send or receive task have the items of the messages of its operation; with an operation or message there is one set and one datum of each kind.",
    source: "BPMN 2.0.2 §10.3.3, table 10.9",
    severity: "error",
    check(graph, report) {
      for (const node of graph.nodes) {
        const specification = one(node, "ioSpecification");
        if (specification === undefined || !is(node, "bpmn:ServiceTask", "bpmn:SendTask", "bpmn:ReceiveTask")) continue;
        const operation = one(node, "operationRef");
        const message = one(node, "messageRef");
        if (operation === undefined && message === undefined) continue;
        const [inputs, outputs] = [many(specification, "dataInputs"), many(specification, "dataOutputs")];
        const surplus = (["inputSets", "outputSets"] as const).find((sets) => many(specification, sets).length > 1);
        if (surplus !== undefined)
          report(
            node,
            `Expected ${describe(node)} with an operation or message to have at most one of ${surplus}, but it has several`,
          );
        if ((is(node, "bpmn:ReceiveTask") && outputs.length > 1) || (is(node, "bpmn:SendTask") && inputs.length > 1)) {
          report(node, `Expected ${describe(node)} to have one datum for its message, but it has several`);
        }
        if (is(node, "bpmn:ReceiveTask"))
          checkMessageItem(node, outputs[0], message ?? one(operation, "inMessageRef"), "data output", report);
        else {
          checkMessageItem(node, inputs[0], message ?? one(operation, "inMessageRef"), "data input", report);
          checkMessageItem(node, outputs[0], one(operation, "outMessageRef"), "data output", report);
        }
      }
    },
  },
  {
    id: "data-multi-instance-items",
    sentence: "The item of a multi-instance activity is one element of the collection it loops over.",
    source: "BPMN 2.0.2 table 10.29",
    severity: "error",
    check(graph, report) {
      for (const node of graph.nodes) {
        const loop = one(node, "loopCharacteristics");
        for (const [collection, item] of [
          ["loopDataInputRef", "inputDataItem"],
          ["loopDataOutputRef", "outputDataItem"],
        ] as const) {
          const whole = one(one(loop, collection), "itemSubjectRef");
          const part = one(one(loop, item), "itemSubjectRef");
          if (whole === undefined || part === undefined) continue;
          const structures = [text(whole, "structureRef"), text(part, "structureRef")];
          if (
            isCollection(part) ||
            (structures[0] !== undefined && structures[1] !== undefined && structures[0] !== structures[1])
          ) {
            report(
              node,
              `Expected ${item} of ${describe(node)} to be one element of ${collection}, but their item definitions do not fit`,
            );
          }
        }
      }
    },
  },
  {
    id: "data-call",
    sentence:
      "Inputs and outputs of a call activity match those of the process or global task of the same file that it calls.",
    source: "BPMN 2.0.2 §10.3.6",
    severity: "error",
    check(graph, report) {
      const callable = new Map([...graph.processes, ...graph.globalTasks].map((each) => [idOf(each), each]));
      for (const node of graph.nodes) {
        if (!is(node, "bpmn:CallActivity") || extension(node, "zeebe:CalledElement") !== undefined) continue;
        const called = callable.get(calledElementId(node) ?? "");
        if (called === undefined) continue;
        for (const side of ["dataInputs", "dataOutputs"] as const) {
          const [given, wanted] = [
            many(one(node, "ioSpecification"), side),
            many(one(called, "ioSpecification"), side),
          ];
          const fits =
            given.length === wanted.length &&
            given.every((datum, at) => sameItem(one(datum, "itemSubjectRef"), one(wanted[at], "itemSubjectRef")));
          if (!fits)
            report(
              node,
              `Expected ${side} of ${describe(node)} to match those of ${describe(called)}, but they do not (${given.length} against ${wanted.length})`,
            );
        }
      }
    },
  },
];
