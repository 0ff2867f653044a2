/** Which sequence flows an element leaves by (BPMN 13.3.1 and 13.4; rules 3, 4, 11). */
import type { Result } from "./failure.ts";
import type { ElementInstance } from "./instance.ts";
import type { Step } from "./machine.ts";
import type { SequenceFlow } from "./process.ts";
import { evaluate } from "./variables.ts";

/**
 * Activities and events: every flow without condition, every conditional flow that holds, and the default flow when
 * no conditional one does.
 */
export function conditionalFlows(step: Step, self: ElementInstance): Result<readonly number[]> {
  const { outgoing, defaultFlow } = self.element;
  const { flows } = self.definition;
  if (defaultFlow === null && outgoing.every((index) => flows[index]!.condition === null))
    return { ok: true, value: outgoing };
  const taken: number[] = [];
  let conditional = 0;
  let held = 0;
  for (const index of outgoing) {
    const flow = flows[index]!;
    if (index === defaultFlow) continue;
    if (flow.condition === null) {
      taken.push(index);
      continue;
    }
    conditional++;
    const holds = conditionHolds(step, self, flow);
    if (!holds.ok) return holds;
    if (!holds.value) continue;
    held++;
    taken.push(index);
  }
  // The default flow is judged against the conditional ones only (BPMN 13.2.1).
  if (defaultFlow !== null && held === 0) taken.push(defaultFlow);
  if (taken.length === 0 && conditional > 0) return noFlow(self);
  return { ok: true, value: taken };
}

/** True, false or a failure: anything that is not a boolean is not an answer. */
export function conditionHolds(step: Step, self: ElementInstance, flow: SequenceFlow): Result<boolean> {
  if (!flow.condition) return { ok: true, value: true };
  const result = evaluate(step, self, flow.condition);
  if (!result.ok) return { ok: false, failure: { ...result.failure, kind: "CONDITION_ERROR" } };
  if (typeof result.value === "boolean") return { ok: true, value: result.value };
  return {
    ok: false,
    failure: {
      kind: "CONDITION_ERROR",
      message: `Expected the condition '${flow.condition.source}' of flow '${flow.id}' to be true or false, but it is ${describe(result.value)}`,
    },
  };
}

function describe(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value)
    ? "a list"
    : typeof value === "object"
      ? "an object"
      : `the ${typeof value} ${JSON.stringify(value).slice(0, 100)}`;
}

export function noFlow(self: ElementInstance): Result<readonly number[]> {
  return {
    ok: false,
    failure: {
      kind: "CONDITION_ERROR",
      message: `Expected at least one condition to hold, or a default flow, at '${self.element.id}', but there is none`,
    },
  };
}
