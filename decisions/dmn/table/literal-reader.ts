/** Literals of cells to values, without the FEEL parser where the text is plain: most cells of most tables are. */

import type { FeelValue } from "../../feel/index.ts";
import { compileExpression, typeOf } from "../../feel/index.ts";
import type { LiteralReader, ScalarType } from "./cell.ts";

const scalarTypes = new Set<string>([
  "number",
  "string",
  "boolean",
  "date",
  "days and time duration",
  "years and months duration",
] satisfies ScalarType[]);

/** A reader with a memory: tables repeat their literals. */
export function newLiteralReader(): LiteralReader {
  const known = new Map<string, ReturnType<LiteralReader>>();
  return (text) => {
    if (!known.has(text)) known.set(text, readLiteral(text));
    return known.get(text);
  };
}

function readLiteral(text: string): ReturnType<LiteralReader> {
  if (text === "true" || text === "false") return { value: text === "true", type: "boolean" };
  if (/^-?\d{1,15}$/.test(text)) return { value: Number(text) + 0, type: "number" };
  if (/^"[^"\\]*"$/.test(text)) return { value: text.slice(1, -1), type: "string" };
  const value: FeelValue = compileExpression(text).evaluate(new Map()).value;
  const type = typeOf(value);
  return scalarTypes.has(type) ? { value, type: type as ScalarType } : undefined;
}
