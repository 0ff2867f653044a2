/** Embedded sub-process (BPMN 10.3.5): a scope of its own, done when nothing in it is active any more. */

import type { ElementInstance } from "../core/instance.ts";
import { activate, complete } from "../core/lifecycle.ts";
import type { ElementBehavior, Step } from "../core/machine.ts";
import { placeTokens } from "../core/placing.ts";

export const subProcess: ElementBehavior = {
  enter: (step, self) => enterScope(step, self, self.element.entryElements),
};

/** Starts the elements that a token starts at. Shared by everything that is a flow scope. */
export function enterScope(step: Step, self: ElementInstance, entries: readonly number[]): void {
  const placed = self.detail?.start;
  if (placed) {
    placeTokens(step, self, placed.elements, placed.variables);
    return;
  }
  if (entries.length === 0) {
    complete(step, self);
    return;
  }
  for (const index of entries) activate(step, self, self.definition.elements[index]!);
}
