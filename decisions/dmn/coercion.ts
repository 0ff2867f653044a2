/** Values to declared types at run time: DMN 1.5 §10.3.2.9.4. What does not conform is null, with a warning that says so. */

import type { EvaluationSession, FeelType, FeelValue } from "../feel/index.ts";
import { coerceTo, formatFeel, formatType } from "../feel/index.ts";

/** Applies the implicit conversions; null with a warning (in strict mode: a stop) when the value does not conform. */
export function coerceValue(value: FeelValue, type: FeelType, session: EvaluationSession): FeelValue {
  const coerced = coerceTo(value, type);
  if (coerced !== undefined) return coerced;
  return session.warn(
    "INVALID_TYPE",
    `Expected ${formatType(type)}, but the value is ${abbreviate(formatFeel(value))}.`,
  );
}

const abbreviate = (text: string): string => (text.length > 80 ? `${text.slice(0, 79)}…` : text);
