// All built-in functions by name.
import type { FeelFunction } from "../value.ts";
import { contextFunctions } from "./contexts.ts";
import { conversionFunctions } from "./conversion.ts";
import { collect } from "./define.ts";
import { extensionFunctions } from "./extensions.ts";
import { intervalFunctions } from "./intervals.ts";
import { listFunctions } from "./lists.ts";
import { numberFunctions } from "./numbers.ts";
import { stringFunctions } from "./strings.ts";
import { temporalFunctions } from "./temporal.ts";

let functions: ReadonlyMap<string, FeelFunction> | undefined;

/** Built on first use, because conversions need the parser and the parser's room needs nothing of this one. */
export function builtInFunctions(): ReadonlyMap<string, FeelFunction> {
  functions ??= collect([
    ...conversionFunctions,
    ...stringFunctions,
    ...listFunctions,
    ...numberFunctions,
    ...contextFunctions,
    ...temporalFunctions,
    ...intervalFunctions,
    ...extensionFunctions,
  ]);
  return functions;
}

export function builtInFunction(name: string): FeelFunction | undefined {
  return builtInFunctions().get(name);
}

const IMPURE = new Set(["now", "today", "uuid", "random number", "assert"]);

/** Whether equal arguments always give the equal result. */
export function isPure(name: string): boolean {
  return !IMPURE.has(name);
}
