/** Transaction (BPMN 10.3.5): a sub-process that a cancel end event leaves by undoing what it has done (core/compensation.ts, rule 45). */
import type { ElementBehavior } from "../core/machine.ts";
import { subProcess } from "./sub-process.ts";

export const transaction: ElementBehavior = subProcess;
