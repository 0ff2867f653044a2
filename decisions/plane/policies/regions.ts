/**
 * The cells of a table's columns cut each fact into regions: between two neighbouring constants, and at each of them,
 * no unary test changes its answer. One representative per region stands for all its values.
 */
import { appliesTo, type FactDeclaration } from "../decide/facts.ts";
import type { Json } from "../types.ts";
import type { CompiledVersion } from "./registry.ts";

export interface Dimension {
  readonly fact: string;
  readonly values: readonly Json[];
}

export type Point = { readonly [fact: string]: Json };

/** Constants in a cell: numbers, texts, true and false. */
export function literalsOf(test: string): Json[] {
  const values: Json[] = [];
  for (const match of test.matchAll(/"((?:[^"\\]|\\.)*)"|(?<![\w.])(-?\d+(?:\.\d+)?)|\b(true|false)\b/g)) {
    const [, text, number, truth] = match;
    if (text !== undefined) values.push(JSON.parse(`"${text}"`) as string);
    else if (number !== undefined) values.push(Number(number));
    else if (truth !== undefined) values.push(truth === "true");
  }
  return values;
}

/** Decisions that never change a determination: their cells need no regions of their own. */
const beside: ReadonlySet<string> = new Set(["RiskScore", "Reasons"]);

/** Representatives of every fact that the policies read or ask for. */
export function dimensionsOf(
  policies: readonly CompiledVersion[],
  action: string,
  incomplete: Set<string>,
): Dimension[] {
  const literals = new Map<string, Json[]>();
  const declared = new Map<string, FactDeclaration>();
  for (const { policyId, facts, model } of policies) {
    for (const [fact, declaration] of facts) if (appliesTo(declaration, action)) declared.set(fact, declaration);
    for (const table of model.tables.filter(({ decisionName }) => !beside.has(decisionName)))
      for (const [column, input] of table.inputs.entries()) {
        if (!/^[\w-]+(\.[\w-]+)*$/.test(input)) {
          incomplete.add(
            `${policyId}: the column "${input}" is an expression; its facts are tried only where other columns name them`,
          );
          continue;
        }
        const known = literals.get(input) ?? [];
        for (const rule of table.rules) known.push(...literalsOf(rule.tests[column] ?? ""));
        literals.set(input, known);
      }
  }
  return [...new Set([...literals.keys(), ...declared.keys()])].map((fact) => ({
    fact,
    values: representatives(literals.get(fact) ?? [], declared.get(fact)),
  }));
}

/** The product of all dimensions, without ever holding it. */
export function* pointsOf(dimensions: readonly Dimension[]): Generator<Point> {
  const digits = dimensions.map(() => 0);
  for (;;) {
    const point: Record<string, Json> = {};
    for (const [index, { fact, values }] of dimensions.entries()) point[fact] = values[digits[index] as number] ?? null;
    yield point;
    let position = 0;
    while (
      position < digits.length &&
      (digits[position] as number) + 1 >= (dimensions[position] as Dimension).values.length
    )
      digits[position++] = 0;
    if (position >= digits.length) return;
    digits[position] = (digits[position] as number) + 1;
  }
}

function representatives(literals: readonly Json[], declaration: FactDeclaration | undefined): Json[] {
  if (declaration?.allowed !== undefined) return [...declaration.allowed];
  const numbers = [...new Set(literals.filter((value): value is number => typeof value === "number"))].sort(
    (one, other) => one - other,
  );
  const type =
    declaration?.type ??
    (numbers.length > 0 ? "number" : literals.some((value) => typeof value === "boolean") ? "boolean" : "string");
  switch (type) {
    case "number":
    case "integer":
      return numberRegions(numbers, type === "integer");
    case "boolean":
      return [true, false];
    case "date":
    case "dateTime":
    case "string": {
      const texts = [...new Set(literals.filter((value): value is string => typeof value === "string"))];
      if (type === "string") return [...texts, "\u2205 none of them"];
      return texts.length > 0 ? texts : [type === "date" ? "2026-01-01" : "2026-01-01T00:00:00Z"];
    }
    case "duration":
      return ["PT1H"];
    case "list":
      return [[], ...literals.map((value) => [value])];
    case "context":
      return [{}];
  }
}

/** Below, at, between and above the constants. */
function numberRegions(constants: readonly number[], integers: boolean): number[] {
  if (constants.length === 0) return [1];
  const values: number[] = [(constants[0] as number) - 1];
  for (const [index, constant] of constants.entries()) {
    values.push(constant);
    const next = constants[index + 1];
    const middle = next === undefined ? constant + 1 : (constant + next) / 2;
    values.push(integers ? Math.floor(middle) : middle);
  }
  return [...new Set(values)];
}
