/** Data: BPMN 2.0.2 §10.4. Most of it decides which value flows where; contradictions would be resolved by guessing. */
import { calledElementId } from "../compile/activity.ts";
import { describe, extension, flag, idOf, is, type ModdleElement, many, one, text, words } from "../moddle.ts";
import type { ModelGraph } from "../model-graph.ts";
import type { Report } from "../problem.ts";
import type { Rule } from "./rule.ts";

function specifications(graph: ModelGraph): readonly { owner: ModdleElement; specification: ModdleElement }[] {
  return [...graph.processes, ...graph.globalTasks, ...graph.nodes].flatMap((owner) => {
    const specification = one(owner, "ioSpecification");
    return specification === undefined ? [] : [{ owner, specification }];
  });
}

/** Same item definition, or two that describe the same structure. */
function sameItem(one_: ModdleElement | undefined, other: ModdleElement | undefined): boolean {
  if (one_ === other) return true;
  const structure = text(one_, "structureRef");
  return (
    structure !== undefined && structure === text(other, "structureRef") && isCollection(one_) === isCollection(other)
  );
}

function isCollection(item: ModdleElement | undefined): boolean {
  return item !== undefined && flag(item, "isCollection", false);
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

export const dataRules: readonly Rule[] = [
  {
    id: "data-collection",
    sentence: "The isCollection of a data object, input or output agrees with its item definition.",
    source: "BPMN 2.0.2 tables 10.52, 10.60, 10.61",
    severity: "error",
    check(graph, report) {
      const data = graph.scopes.flatMap((scope) => scope.data.filter((each) => is(each, "bpmn:DataObject")));
      const inputsAndOutputs = specifications(graph).flatMap(({ specification }) => [
        ...many(specification, "dataInputs"),
        ...many(specification, "dataOutputs"),
      ]);
      for (const datum of [...data, ...inputsAndOutputs]) {
        const item = one(datum, "itemSubjectRef");
        if (
          item !== undefined &&
          flag(datum, "isCollection", false) !== isCollection(item) &&
          datum.get?.("isCollection") !== undefined
        ) {
          report(
            datum,
            `Expected isCollection of ${describe(datum)} to agree with its item definition "${idOf(item)}", but it does not`,
          );
        }
      }
    },
  },
  {
    id: "data-sets",
    sentence:
      "Every data output is in an output set, every data input in an input set; sets refer to each other in both directions.",
    source: "BPMN 2.0.2 §10.4.2, tables 10.60 to 10.63",
    severity: "error",
    check(graph, report) {
      for (const { owner, specification } of specifications(graph)) {
        const sides = [
          {
            data: "dataInputs",
            sets: "inputSets",
            references: "dataInputRefs",
            back: "outputSetRefs",
            forth: "inputSetRefs",
            word: "input",
          },
          {
            data: "dataOutputs",
            sets: "outputSets",
            references: "dataOutputRefs",
            back: "inputSetRefs",
            forth: "outputSetRefs",
            word: "output",
          },
        ] as const;
        for (const side of sides) {
          const sets = many(specification, side.sets);
          const covered = new Set(sets.flatMap((set) => many(set, side.references)));
          const orphan = many(specification, side.data).find((datum) => !covered.has(datum));
          if (orphan !== undefined && sets.length > 0)
            report(
              owner,
              `Expected the data ${side.word} "${idOf(orphan)}" of ${describe(owner)} to be in an ${side.word} set, but it is in none`,
            );
          const others = new Set(sets.flatMap((set) => many(set, side.back)));
          const answers = new Map([...others].map((other) => [other, new Set(many(other, side.forth))]));
          for (const set of sets) {
            const oneWay = many(set, side.back).find((other) => answers.get(other)?.has(set) !== true);
            if (oneWay !== undefined)
              report(
                owner,
                `Expected the ${side.word} set "${idOf(set)}" of ${describe(owner)} and "${idOf(oneWay)}" to refer to each other, but only one does`,
              );
          }
        }
      }
    },
  },
  {
    id: "data-specification-owner",
    sentence: "Sub-processes have no ioSpecification.",
    source: "BPMN 2.0.2 §10.4.2",
    severity: "error",
    check(graph, report) {
      for (const { owner } of specifications(graph)) {
        if (is(owner, "bpmn:SubProcess"))
          report(
            owner,
            `Expected ${describe(owner)} to have no ioSpecification, because it is a sub-process, but it has one`,
          );
      }
    },
  },
  {
    id: "data-association-direction",
    sentence:
      "Data flows into data inputs of the activity itself and out of its data outputs; never into a data input of the process or out of a data output of another.",
    source: "BPMN 2.0.2 §10.4.2, tables 10.64, 10.65",
    severity: "error",
    check(graph, report) {
      for (const node of graph.nodes) {
        for (const association of many(node, "dataOutputAssociations")) {
          const target = one(association, "targetRef");
          const misled = is(target, "bpmn:DataInput") && !is(target?.$parent?.$parent, "bpmn:Activity");
          if (misled || (is(node, "bpmn:CatchEvent") && is(target, "bpmn:DataOutput") && target?.$parent === node)) {
            report(
              node,
              `Expected the data output association of ${describe(node)} to write a data object, property or output, but it writes "${idOf(target as ModdleElement)}"`,
            );
          }
        }
        for (const association of many(node, "dataInputAssociations")) {
          const source = many(association, "sourceRef").find((each) => is(each, "bpmn:DataOutput"));
          if (source !== undefined)
            report(
              node,
              `Expected the data input association of ${describe(node)} to read a data object, property or input, but it reads the output "${idOf(source)}"`,
            );
        }
      }
    },
  },
  {
    id: "data-transformation",
    sentence: "A transformation has a body.",
    source: "BPMN 2.0.2 table 10.64, §8.4.7",
    severity: "error",
    check(graph, report) {
      for (const node of graph.nodes) {
        for (const association of [...many(node, "dataInputAssociations"), ...many(node, "dataOutputAssociations")]) {
          const transformation = one(association, "transformation");
          if (transformation !== undefined && words(transformation, "body") === undefined) {
            report(
              node,
              `Expected the transformation in a data association of ${describe(node)} to hold an expression, but it is empty`,
            );
          }
        }
      }
    },
  },
  {
    id: "data-state",
    sentence: "A data state has a name.",
    source: "BPMN 2.0.2 table 10.54",
    severity: "error",
    check(graph, report) {
      for (const datum of graph.scopes.flatMap((scope) => scope.data)) {
        const state = one(datum, "dataState");
        if (state !== undefined && words(state, "name") === undefined)
          report(datum, `Expected the data state of ${describe(datum)} to have a name, but it has none`);
      }
    },
  },
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
  {
    id: "data-service-binding",
    sentence: "A callable element that supports an interface binds its operations to input and output sets.",
    source: "BPMN 2.0.2 table 10.21",
    severity: "error",
    check(graph, report) {
      for (const callable of [...graph.processes, ...graph.globalTasks]) {
        if (many(callable, "supportedInterfaceRef").length > 0 && many(callable, "ioBinding").length === 0) {
          report(
            callable,
            `Expected ${describe(callable)}, which supports an interface, to have an ioBinding, but it has none`,
          );
        }
      }
    },
  },
];
