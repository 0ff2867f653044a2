/** Data objects and properties with initial values (BPMN 10.4): locals of their scope or activity, set after its input mappings. */
import type { Failure } from "./failure.ts";
import type { ElementInstance } from "./instance.ts";
import type { JsonValue } from "./json.ts";
import type { Step } from "./machine.ts";
import { evaluate, setLocal } from "./variables.ts";

/** Values that the creator or an input mapping has given stay as they are. */
export function initialVariables(step: Step, self: ElementInstance): Failure | null {
  const values: [string, JsonValue][] = [];
  for (const { name, value } of self.element.initialVariables) {
    if (self.variables?.has(name)) continue;
    if (value === null) {
      values.push([name, null]);
      continue;
    }
    const result = evaluate(step, self, value);
    if (!result.ok) return { ...result.failure, kind: "IO_MAPPING_ERROR" };
    values.push([name, result.value]);
  }
  setLocal(step, self, Object.fromEntries(values));
  return null;
}
