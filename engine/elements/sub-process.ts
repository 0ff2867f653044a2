/** Embedded sub-process (BPMN 10.3.5): a scope of its own, done when nothing in it is active any more. */

import { initialVariables } from "../core/data.ts";
import { raise } from "../core/emit.ts";
import type { ElementInstance } from "../core/instance.ts";
import { activate, complete } from "../core/lifecycle.ts";
import type { ElementBehavior, Step } from "../core/machine.ts";
import { placeTokens } from "../core/placing.ts";

export const subProcess: ElementBehavior = {
  enter: (step, self) => enterScope(step, self, self.element.entryElements),
};

/** Static data first, then the elements a token starts at. Shared by everything that is a flow scope. */
export function enterScope(step: Step, self: ElementInstance, entries: readonly number[]): void {
  const failed = initialVariables(step, self);
  if (failed) return raise(step, self, failed, "enter");
  const placed = self.detail?.start;
  if (placed) return placeTokens(step, self, placed.elements);
  if (entries.length === 0) return complete(step, self);
  for (const index of entries) activate(step, self, self.definition.elements[index]!);
}
