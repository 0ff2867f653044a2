/** Tables that read more than the manifest says. */
import { describedRoots } from "../decide/facts.ts";
import { InvalidInputError } from "../errors.ts";
import type { CompiledVersion } from "./registry.ts";

/** A table that reads a fact which the manifest does not declare would be judged on unchecked input. */
export function refuseUndeclared(compiled: CompiledVersion): void {
  const unknown = [...compiled.model.reads].filter((name) => {
    if (describedRoots.has(name.split(".")[0] as string)) return false;
    return ![...compiled.facts.keys()].some(
      (declared) => declared === name || declared.startsWith(`${name}.`) || name.startsWith(`${declared}.`),
    );
  });
  if (unknown.length > 0)
    throw new InvalidInputError(
      `Expected every fact that the tables read to be declared in the manifest, but ${unknown.join(", ")} ${unknown.length === 1 ? "is" : "are"} not`,
      unknown.map((name) => ({
        code: "FACT_UNDECLARED",
        message: `${name} is read by the model`,
        place: `manifest.facts.${name}`,
      })),
    );
}
