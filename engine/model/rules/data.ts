/** Data: BPMN 2.0.2 §10.4. Most of it decides which value flows where; contradictions would be resolved by guessing. */
import { describe, flag, idOf, is, type ModdleElement, many, one, words } from "../moddle.ts";
import type { ModelGraph } from "../model-graph.ts";
import type { Rule } from "./rule.ts";

function specifications(graph: ModelGraph): readonly { owner: ModdleElement; specification: ModdleElement }[] {
  return [...graph.processes, ...graph.globalTasks, ...graph.nodes].flatMap((owner) => {
    const specification = one(owner, "ioSpecification");
    return specification === undefined ? [] : [{ owner, specification }];
  });
}

export function isCollection(item: ModdleElement | undefined): boolean {
  return item !== undefined && flag(item, "isCollection", false);
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
