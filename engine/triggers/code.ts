/** The code of a thrown error or escalation: a text; a model may leave it out. */
import type { Result } from "../core/failure.ts";
import type { ElementInstance } from "../core/instance.ts";
import type { Step } from "../core/machine.ts";
import type { Expression } from "../core/process.ts";
import { evaluate } from "../core/variables.ts";

export function codeOf(step: Step, self: ElementInstance, expression: Expression | null): Result<string> {
  if (!expression) return { ok: true, value: "" };
  const result = evaluate(step, self, expression);
  if (!result.ok) return { ok: false, failure: { ...result.failure, kind: "EXTRACT_VALUE_ERROR" } };
  if (typeof result.value === "string") return { ok: true, value: result.value };
  return {
    ok: false,
    failure: {
      kind: "EXTRACT_VALUE_ERROR",
      message: `Expected the code '${expression.source}' to be a text, but it is ${JSON.stringify(result.value).slice(0, 100)}`,
    },
  };
}
