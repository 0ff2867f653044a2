/** Cancel event definition (BPMN 10.5.5, rule 45): the nearest enclosing transaction is cancelled, and no other. */
import { cancelTransaction } from "../core/compensation.ts";
import type { ElementInstance } from "../core/instance.ts";
import { complete } from "../core/lifecycle.ts";
import type { Trigger } from "../core/machine.ts";

export const cancel: Trigger = {
  throw(step, self) {
    let scope: ElementInstance | null = self.parent;
    while (scope && scope.type !== "transaction") scope = scope.type === "process" ? null : scope.parent;
    if (!scope)
      return {
        ok: false,
        failure: { kind: "UNKNOWN", message: "Expected a transaction around the cancel event, but there is none" },
      };
    complete(step, self);
    cancelTransaction(step, scope);
    return { ok: true, value: false };
  },
};
