/** Event sub-process (BPMN 10.3.5): started by its start event's trigger (core/throwing.ts); each occurrence has its own locals (rule 21). */
import { startOfEventSubProcess } from "../core/definition.ts";
import type { ElementBehavior } from "../core/machine.ts";
import { enterScope } from "./sub-process.ts";

export const eventSubProcess: ElementBehavior = {
  enter(step, self) {
    const start = startOfEventSubProcess(self.definition.process, self.element.index);
    enterScope(step, self, start === undefined ? [] : [start]);
  },
};
