// XPath regular expressions: what DMN 1.5 table 74 refers to, on a linear engine where that is possible.
import { describe, expect, it } from "vitest";
import { evaluate } from "../../../decisions/feel/index.ts";

const value = (source: string, context: Record<string, unknown> = {}) => evaluate(source, context).value;
const matches = (text: string, pattern: string, flags = "") =>
  value("matches(t, p, f)", { t: text, p: pattern, f: flags });

describe("patterns", () => {
  it("are searched for, not anchored", () => {
    expect(matches("foobar", "oba")).toBe(true);
    expect(matches("foobar", "^oba")).toBe(false);
  });

  it("let a dot stop at line ends unless flag s is set", () => {
    expect(matches("a\nb", "a.b")).toBe(false);
    expect(matches("a\rb", "a.b")).toBe(false);
    expect(matches("a\nb", "a.b", "s")).toBe(true);
  });

  it("match a dollar at the very end only, or at line ends with flag m", () => {
    expect(matches("a\n", "a$")).toBe(false);
    expect(matches("a\nb", "a$", "m")).toBe(true);
  });

  it("fold case in characters and ranges, not in categories", () => {
    expect(matches("K", "k", "i")).toBe(true);
    expect(matches("\u212a", "k", "i")).toBe(true);
    expect(matches("q", "[^Q]", "i")).toBe(false);
    expect(matches("m", "\\p{Lu}", "i")).toBe(false);
  });

  it("subtract classes", () => {
    expect(matches("e", "^[a-z-[aeiou]]$")).toBe(false);
    expect(matches("f", "^[a-z-[aeiou]]$")).toBe(true);
    expect(matches("O", "[A-Z-[OI]]", "i")).toBe(false);
  });

  it("ignore blanks with flag x, but not inside classes", () => {
    expect(matches("hello world", "hello[ ] world", "x")).toBe(true);
    expect(matches("hello world", "\\p{ I s B a s i c L a t i n }+", "x")).toBe(true);
  });

  it("take a text literally with flag q", () => {
    expect(matches("1+1", "1+1", "q")).toBe(true);
    expect(value('replace("a.b", ".", "$1", "q")')).toBe("a$1b");
  });

  it("know the name characters of XML", () => {
    expect(matches("_x-1", "^\\i\\c*$")).toBe(true);
    expect(matches("1x", "^\\i\\c*$")).toBe(false);
  });

  it("match back-references, also without case", () => {
    expect(matches("abab", "^(ab)\\1$")).toBe(true);
    expect(matches("abac", "^(ab)\\1$")).toBe(false);
    expect(matches("aA", "(a)\\1", "i")).toBe(true);
    expect(matches("aabb", "^(a)(\\1)(b|c){1,3}$")).toBe(true);
    expect(value('replace("2021-2021 x", "(\\d+)-\\1", "<$1>")')).toBe("<2021> x");
    expect(value('split("a--b++c", "([+-])\\1")')).toEqual(["a", "b", "c"]);
  });

  for (const pattern of [
    "(",
    ")",
    "[",
    "a**",
    "*a",
    "a{2",
    "\\0",
    "\\h",
    "(?=a)",
    "(?i)a",
    "[b-a]",
    "\\1",
    "(.)\\2",
    "[\\1]",
    "\\p{Foo}",
  ]) {
    it(`are refused with the reason when they are none: ${pattern}`, () => {
      const { value, warnings } = evaluate("matches(t, p)", { t: "abc", p: pattern });
      expect(value).toBeNull();
      expect(warnings[0]).toMatchObject({ type: "FUNCTION_INVOCATION_FAILURE" });
      expect(warnings[0]!.message).toMatch(/^Expected .+ \(pattern "/);
    });
  }

  it("replace by group, and refuse a malformed replacement", () => {
    expect(value('replace("darted", "^(.*?)d(.*)$", "$1c$2")')).toBe("carted");
    expect(value('replace("abc", "b", "\\\\$")')).toBe("a$c");
    expect(value('replace("abc", "b", "$")')).toBeNull();
    expect(value('replace("abcd", "(ab)|(a)", "[1=$1][2=$2]")')).toBe("[1=ab][2=]cd");
  });

  it("extract every match", () => {
    expect(value('extract("references are 1234, 1256, 1378", "12[0-9]*")')).toEqual(["1234", "1256"]);
  });
});
