/** Terminate event definition (BPMN 10.5.5, rules 26 and 27): everything in its own scope ends, and only there; the scope completes. */
import { complete } from "../core/lifecycle.ts";
import type { Trigger } from "../core/machine.ts";
import { interruptChildren } from "../core/termination.ts";

export const terminate: Trigger = {
  throw(step, self) {
    const scope = self.parent!;
    complete(step, self);
    if (scope.state === "active") interruptChildren(step, scope, { do: "complete" });
    return { ok: true, value: false };
  },
};
