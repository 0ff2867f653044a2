// Security case S4: random expressions and random mutations of them end in a value, a named failure or a syntax error;
// nothing else is thrown, whatever the data. FEEL_FUZZ raises the number of cases (nightly: 100000).
import { describe, expect, it } from "vitest";
import {
  compileExpression,
  compileUnaryTests,
  FeelSyntaxError,
  scopeFromJson,
  toJson,
} from "../../../decisions/feel/index.ts";
import { expression, type Kind, seeded, variables } from "./expression-generator.ts";

const CASES = Number(process.env.FEEL_FUZZ ?? 1_000);
const KINDS: readonly Kind[] = ["number", "boolean", "string", "list", "date", "duration", "context"];
const PIECES = [
  "(",
  ")",
  "[",
  "]",
  "{",
  "}",
  ",",
  "..",
  " in ",
  " and ",
  "not(",
  "null",
  '"',
  "@",
  "**",
  "?",
  ".",
  " for x in ",
  " return ",
  "1e9",
];

/** What an expression ends in: anything but these throws out of here and fails the test. */
function outcome(source: string, strict: boolean): "value" | "failure" | "syntax error" {
  try {
    const { value, error, warnings } = compileExpression(source).evaluate(scopeFromJson(variables), { strict });
    if (error) return "failure";
    toJson(value);
    for (const warning of warnings) expect(warning.message).toMatch(/^Expected /);
    return "value";
  } catch (error) {
    if (error instanceof FeelSyntaxError) return "syntax error";
    throw new Error(`Expected ${source} to end in a value or a named error.`, { cause: error });
  }
}

describe("random expressions (S4)", () => {
  it("end in a value or a named failure, strict or not, and the strict value is the lenient one", () => {
    const random = seeded(42);
    for (let index = 0; index < CASES; index++) {
      const { text } = expression(random, KINDS[index % KINDS.length]!, 3);
      expect(outcome(text, false)).toBe("value");
      const compiled = compileExpression(text);
      const strict = compiled.evaluate(scopeFromJson(variables), { strict: true });
      if (strict.error) continue;
      expect(toJson(strict.value)).toEqual(toJson(compiled.evaluate(scopeFromJson(variables)).value));
    }
  });

  it("end in a value or a named error when they are mutilated", () => {
    const random = seeded(43);
    for (let index = 0; index < CASES; index++) {
      const { text } = expression(random, KINDS[index % KINDS.length]!, 2);
      const cut = Math.floor(random() * (text.length + 1));
      const piece = PIECES[Math.floor(random() * PIECES.length)]!;
      const source = text.slice(0, cut) + piece + text.slice(cut + Math.floor(random() * 3));
      expect(["value", "failure", "syntax error"]).toContain(outcome(source, false));
    }
  });

  it("are unary tests that answer true, false or null for any input", () => {
    const random = seeded(44);
    for (let index = 0; index < CASES / 4; index++) {
      const { text } = expression(random, KINDS[index % KINDS.length]!, 1);
      const tests = compileUnaryTests(random() < 0.3 ? `not(${text})` : text);
      for (const input of [null, 5, "abc", true]) {
        expect([true, false, null]).toContain(tests.evaluate(input, scopeFromJson(variables)).value);
      }
    }
  });
});
