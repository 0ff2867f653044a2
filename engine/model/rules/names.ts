/**
 * Names that nothing defines. Variables also come from outside (start, jobs, messages), so an unknown name proves
 * nothing; but one that nothing defines and that differs from a defined one by a letter or two is a slip of the pen.
 * Works on compiled processes, because only they know what an expression refers to.
 */
import type { Expression, ProcessElement } from "../../core/process.ts";
import type { CompiledProcess } from "../compile/process.ts";
import type { ProblemList } from "../problem.ts";

/** Pairs to compare are bounded: the rule is a courtesy. */
const comparisonsMax = 200_000;

export function checkNames(process: CompiledProcess, problems: ProblemList): void {
  const defined = new Set(process.elements.flatMap(definedNames));
  if (defined.size === 0) return;
  const uses = new Map<string, number>();
  const places = process.elements.map((element) => ({ element, names: referencedNames(element) }));
  for (const flow of process.flows) {
    const element = process.elements[flow.source];
    if (element !== undefined && flow.condition !== null)
      places.push({ element, names: new Set(flow.condition.references) });
  }
  for (const { names } of places) for (const name of names) uses.set(name, (uses.get(name) ?? 0) + 1);
  let comparisons = 0;
  for (const { element, names } of places) {
    for (const name of names) {
      // Used in several places it is rather a variable from outside than a slip.
      if (defined.has(name) || name.length < 5 || (uses.get(name) ?? 0) > 1) continue;
      comparisons += defined.size;
      if (comparisons > comparisonsMax) return;
      const similar = [...defined].find((other) => Math.abs(other.length - name.length) <= 1 && isSlip(name, other));
      if (similar === undefined) continue;
      const message = `Expected "${name}" in an expression of "${element.id}" to be defined somewhere, but only "${similar}" is: is that what is meant?`;
      problems.addAt({ severity: "warning", ruleId: "name-undefined", elementId: element.id, message });
    }
  }
}

function definedNames(element: ProcessElement): readonly string[] {
  const loop = element.loop?.kind === "multiInstance" ? element.loop : undefined;
  const events = element.eventDefinitions.flatMap((each) =>
    each.type === "error" ? [each.codeVariable, each.messageVariable] : [],
  );
  const names = [
    ...[...element.inputs, ...element.outputs].map((mapping) => mapping.target[0]),
    ...element.initialVariables.map((variable) => variable.name),
    element.script?.resultVariable,
    element.calledDecision?.resultVariable,
    loop?.inputElement,
    loop?.outputCollection,
    element.adHoc?.outputCollection,
    ...events,
  ];
  return names.filter((name): name is string => name !== undefined);
}

function isExpression(value: object): value is Expression {
  return "references" in value && "evaluate" in value;
}

/** All names in the expressions of an element; the element is a tree of plain objects. */
function referencedNames(element: ProcessElement): Set<string> {
  const names = new Set<string>();
  const pending: unknown[] = [element];
  for (let at = 0; at < pending.length; at += 1) {
    const value = pending[at];
    if (typeof value !== "object" || value === null) continue;
    if (isExpression(value)) for (const name of value.references) names.add(name);
    else for (const inner of Object.values(value)) pending.push(inner);
  }
  return names;
}

/** One letter changed, added or dropped, or two neighbours swapped; but a collection and its item are two names. */
function isSlip(one: string, other: string): boolean {
  if (`${one}s` === other || `${other}s` === one) return false;
  let start = 0;
  while (start < one.length && one[start] === other[start]) start += 1;
  let end = 0;
  while (end < Math.min(one.length, other.length) - start && one.at(-1 - end) === other.at(-1 - end)) end += 1;
  const [rest, otherRest] = [one.slice(start, one.length - end), other.slice(start, other.length - end)];
  if (rest.length <= 1 && otherRest.length <= 1) return true;
  return rest.length === 2 && otherRest.length === 2 && rest[0] === otherRest[1] && rest[1] === otherRest[0];
}
