/** Boxed list: DMN 1.5 §10.2.1.6. */
import type { Program, Surroundings } from "../compilation.ts";
import type { ListSource } from "../model-source.ts";
import { compileBoxed } from "./expression.ts";

export function compileList(surroundings: Surroundings, source: ListSource): Program {
  const items = source.items.map((item) => compileBoxed(surroundings, item, "an item of the list"));
  return (scope, session) => {
    session.chargeList(items.length);
    return items.map((item) => item(scope, session));
  };
}
