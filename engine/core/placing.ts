/** Putting tokens anywhere in a process (start instructions, modification): enclosing scopes that do not exist yet are activated on the way, without starting their own entries. */
import type { ElementInstance } from "./instance.ts";
import type { JsonObject } from "./json.ts";
import { activate } from "./lifecycle.ts";
import type { Step } from "./machine.ts";

/**
 * Activates the elements `indices` below `scope`; those in the same missing sub-process share one. `locals` are variables
 * by element id, for the elements and for the scopes made on the way.
 */
export function placeTokens(
  step: Step,
  scope: ElementInstance,
  indices: readonly number[],
  locals: JsonObject = {},
): void {
  const { elements } = scope.definition;
  const nested = new Map<number, number[]>();
  for (const index of indices) {
    const direct = directChild(scope, index);
    if (direct === index) {
      activate(step, scope, elements[index]!, localsOf(locals, elements[index]!.id));
      continue;
    }
    const inside = nested.get(direct);
    if (inside) inside.push(index);
    else nested.set(direct, [index]);
  }
  for (const [index, inside] of nested) {
    activate(step, scope, elements[index]!, {
      ...localsOf(locals, elements[index]!.id),
      start: inside,
      startVariables: locals,
    });
  }
}

function localsOf(locals: JsonObject, id: string): { readonly variables?: JsonObject } {
  return Object.hasOwn(locals, id) ? { variables: locals[id] as JsonObject } : {};
}

/** The child of `scope` that is, or encloses, the element `index`. */
function directChild(scope: ElementInstance, index: number): number {
  const { elements } = scope.definition;
  let at = index;
  while (elements[at]!.scope !== scope.element.index && elements[at]!.scope >= 0) at = elements[at]!.scope;
  return at;
}
