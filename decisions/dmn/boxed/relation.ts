/** Boxed relation: DMN 1.5 §10.2.1.7. A list of contexts with the same entries. */
import type { FeelValue } from "../../feel/index.ts";
import { coerceValue } from "../coercion.ts";
import type { Program, Surroundings } from "../compilation.ts";
import { placeIn, typedProgram, typeFor } from "../compilation.ts";
import type { RelationSource } from "../model-source.ts";
import { compileBoxed } from "./expression.ts";

export function compileRelation(surroundings: Surroundings, source: RelationSource): Program {
  const names = source.columns.map((column) => column.name);
  if (new Set(names).size < names.length) {
    const message = "Expected columns of the relation with different names, but two have the same";
    surroundings.compilation.log.error("model-duplicate-name", message, placeIn(surroundings, source.id));
  }
  const types = source.columns.map((column) => typeFor(surroundings, column.typeRef, column.id));
  const rows = source.rows.map((row) =>
    row.map((cell, index) => {
      const program = compileBoxed(surroundings, cell, `the column ${names[index] ?? index + 1}`);
      return typedProgram(program, types[index], coerceValue);
    }),
  );
  return (scope, session) => {
    session.chargeList(rows.length * names.length);
    return rows.map((row) => {
      const context = new Map<string, FeelValue>();
      row.forEach((cell, index) => {
        context.set(names[index] ?? "", cell(scope, session));
      });
      return context;
    });
  };
}
