/**
 * Data of BPMN (2.0.2 §10.4) as variables: data objects and properties become variables of their scope, ioSpecification
 * and data associations become input and output mappings. A data object reference means its data object; a data store
 * is a variable of the process. Variable names: the name where it is a plain identifier, otherwise the id.
 */
import type { Mapping, ProcessElement } from "../../core/process.ts";
import { variableExpression } from "../feel.ts";
import { describe, idOf, is, type ModdleElement, many, one, text, words } from "../moddle.ts";
import type { Scope } from "../model-graph.ts";
import { bodyExpression, type Compilation } from "./context.ts";

const plainName = /^[\p{L}_][\p{L}\p{N}_]{0,99}$/u;

/** The variable behind an item-aware element. */
export function variableOfItem(item: ModdleElement): string {
  const target = one(item, "dataObjectRef") ?? one(item, "dataStoreRef") ?? item;
  const name = words(target, "name");
  return name !== undefined && plainName.test(name) ? name : idOf(target);
}

/** Variables that exist from the activation of a scope or activity on. */
export function initialVariables(element: ModdleElement, scope: Scope | undefined): ProcessElement["initialVariables"] {
  const objects = (scope?.data ?? []).filter((each) => is(each, "bpmn:DataObject"));
  const names = new Set([...objects, ...many(element, "properties")].map(variableOfItem).filter((name) => name !== ""));
  return [...names].map((name) => ({ name, value: null }));
}

/** For loopDataInputRef/OutputRef: the variable that is connected to a data input or output of the activity itself. */
export function collectionItemName(activity: ModdleElement, item: ModdleElement): string {
  if (is(item, "bpmn:DataInput")) {
    const feeding = many(activity, "dataInputAssociations").find((each) => one(each, "targetRef") === item);
    const source = many(feeding, "sourceRef")[0];
    if (source !== undefined) return variableOfItem(source);
  }
  if (is(item, "bpmn:DataOutput")) {
    const leaving = many(activity, "dataOutputAssociations").find((each) => many(each, "sourceRef").includes(item));
    const target = one(leaving, "targetRef");
    if (target !== undefined) return variableOfItem(target);
  }
  return variableOfItem(item);
}

/** Data input associations → input mappings, data output associations → output mappings. */
export function compileDataAssociations(
  compilation: Compilation,
  element: ModdleElement,
  side: "input" | "output",
): readonly Mapping[] {
  const associations = many(element, side === "input" ? "dataInputAssociations" : "dataOutputAssociations");
  const collections = loopCollections(element);
  return associations.flatMap((association) => {
    const target = one(association, "targetRef");
    const [source] = many(association, "sourceRef");
    // The collection of a multi-instance activity belongs to the body, not to the mappings of an instance.
    if ((target !== undefined && collections.has(target)) || (source !== undefined && collections.has(source)))
      return [];
    const assigned = many(association, "assignment").flatMap((assignment) =>
      compileAssignment(compilation, element, assignment),
    );
    if (assigned.length > 0) return assigned;
    if (target === undefined) return [];
    const transformation = bodyExpression(compilation, element, one(association, "transformation"), "transformation");
    if (transformation === undefined && source === undefined) return [];
    const expression = transformation ?? variableExpression(variableOfItem(source as ModdleElement));
    return [{ source: expression, target: [variableOfItem(target)] }];
  });
}

function loopCollections(element: ModdleElement): ReadonlySet<ModdleElement> {
  const loop = one(element, "loopCharacteristics");
  return new Set([one(loop, "loopDataInputRef"), one(loop, "loopDataOutputRef")].flatMap((each) => each ?? []));
}

function compileAssignment(
  compilation: Compilation,
  element: ModdleElement,
  assignment: ModdleElement,
): readonly Mapping[] {
  const from = bodyExpression(compilation, element, one(assignment, "from"), "the assignment's from");
  const path = (text(one(assignment, "to"), "body") ?? "").trim().replace(/^=\s*/, "").split(".");
  if (from === undefined || !path.every((part) => plainName.test(part))) {
    const message = `Expected each assignment of ${describe(element)} to have a FEEL expression as from and a variable name as to, but one has not`;
    compilation.problems.add("error", "data-assignment", element, message);
    return [];
  }
  return [{ source: from, target: path }];
}
