/**
 * Start event (BPMN 10.5.2): passes. A parallel multiple one waits here for the triggers that have not come yet (rule 66):
 * the instance is there from the first trigger on, where BPMN has it begin with the last, so that messages correlate to
 * it by their key and what has come survives a crash like any other state. Nothing behind the start event runs before.
 */
import { note, raise } from "../core/emit.ts";
import { complete } from "../core/lifecycle.ts";
import type { ElementBehavior } from "../core/machine.ts";
import { openWaits } from "../core/waits.ts";

export const startEvent: ElementBehavior = {
  enter(step, self) {
    const { element, parent } = self;
    if (!element.parallelMultiple || parent?.type !== "process" || element.eventDefinitions.length < 2)
      return complete(step, self);
    const came = parent.detail?.start?.definition ?? 0;
    note(step, self, { kind: "triggered", event: element.index, definition: came });
    const failed = openWaits(step, self, [element]);
    if (failed) raise(step, self, failed, "enter");
  },
  triggered: (step, self, _wait, variables) => complete(step, self, variables),
};
