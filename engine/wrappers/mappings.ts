/** Input and output mappings (zeebe:ioMapping; rules 67, 68): inputs become locals, in order, later ones seeing earlier ones; outputs leave for the scope around the activity. */
import type { Failure } from "../core/failure.ts";
import type { ElementInstance } from "../core/instance.ts";
import type { JsonValue } from "../core/json.ts";
import type { Step } from "../core/machine.ts";
import type { Mapping, VariableLookup } from "../core/process.ts";
import { atPath, evaluate, mergeUp, setLocal, variablesOf } from "../core/variables.ts";

export const mappings = {
  input(step: Step, self: ElementInstance): Failure | null {
    const mapped = evaluateAll(step, self, self.element.inputs, (name) => self.variables?.get(name));
    if (!mapped.ok) return mapped.failure;
    setLocal(step, self, Object.fromEntries(mapped.values));
    return null;
  },

  output(step: Step, self: ElementInstance): Failure | null {
    const around = self.parent ? variablesOf(self.parent) : undefined;
    const mapped = evaluateAll(step, self, self.element.outputs, (name) => around?.get(name));
    if (!mapped.ok) return mapped.failure;
    if (self.parent && self.type !== "process") mergeUp(step, self.parent, Object.fromEntries(mapped.values));
    return null;
  },
};

type Mapped =
  | { readonly ok: true; readonly values: Map<string, JsonValue> }
  | { readonly ok: false; readonly failure: Failure };

/** `baseOf` gives what a dotted target is merged into when no earlier mapping has written it. */
function evaluateAll(
  step: Step,
  self: ElementInstance,
  list: readonly Mapping[],
  baseOf: (name: string) => JsonValue | undefined,
): Mapped {
  const values = new Map<string, JsonValue>();
  const own = variablesOf(self);
  const variables: VariableLookup = { get: (name) => (values.has(name) ? values.get(name) : own.get(name)) };
  for (const { source, target } of list) {
    const [name, ...path] = target as readonly [string, ...string[]];
    let value: JsonValue = null;
    if (source) {
      const result = evaluate(step, self, source, source.references.length > 0 ? variables : undefined);
      if (!result.ok)
        return {
          ok: false,
          failure: {
            ...result.failure,
            kind: result.failure.kind === "MESSAGE_SIZE_EXCEEDED" ? result.failure.kind : "IO_MAPPING_ERROR",
          },
        };
      value = result.value;
    }
    values.set(name, path.length === 0 ? value : atPath(values.get(name) ?? baseOf(name), path, value));
  }
  return { ok: true, values };
}
