/** Boxed context: DMN 1.5 §10.2.1.4. Entries see the entries above them; a cell without a name is the result. */
import type { FeelValue } from "../../feel/index.ts";
import { coerceValue } from "../coercion.ts";
import type { Program, Surroundings } from "../compilation.ts";
import { Frame, placeIn, typedProgram, typeFor, withNames } from "../compilation.ts";
import type { ContextSource } from "../model-source.ts";
import { compileBoxed } from "./expression.ts";

export function compileContext(surroundings: Surroundings, source: ContextSource): Program {
  const entries: { readonly name: string; readonly program: Program }[] = [];
  let result: Program | undefined;
  let scope = surroundings;
  const seen = new Set<string>();
  source.entries.forEach((entry, index) => {
    const name = entry.variable?.name;
    if (name === undefined || name === "") {
      if (index < source.entries.length - 1) reportEarlyResult(surroundings, entry.id ?? source.id);
      result = compileBoxed(scope, entry.value, "the result of the context");
      return;
    }
    if (seen.has(name)) reportDuplicate(surroundings, entry.id ?? source.id, name);
    seen.add(name);
    scope = withNames(scope, [name]);
    const program = compileBoxed(scope, entry.value, `the context entry ${name}`, name);
    const type = typeFor(surroundings, entry.variable?.typeRef, entry.variable?.id ?? entry.id);
    entries.push({ name, program: typedProgram(program, type, coerceValue) });
  });
  return (outer, session) => {
    const values = new Map<string, FeelValue>();
    const frame = new Frame(values, outer);
    session.charge(entries.length);
    for (const { name, program } of entries) values.set(name, program(frame, session));
    return result ? result(frame, session) : values;
  };
}

function reportEarlyResult(surroundings: Surroundings, id: string | undefined): void {
  const message = "Expected the result cell at the end of the context, but entries follow it";
  surroundings.compilation.log.error("expression-context", message, placeIn(surroundings, id));
}

function reportDuplicate(surroundings: Surroundings, id: string | undefined, name: string): void {
  const message = `Expected each context entry once, but ${name} is there again`;
  surroundings.compilation.log.error("model-duplicate-name", message, placeIn(surroundings, id));
}
