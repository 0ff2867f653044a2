/**
 * Patterns that hang backtracking engines: written by a rule author they cost linear time or are refused by name, and
 * none of our own is one of them. SECURITY_CASES=all runs every pattern through every function, on 100 kB.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createContext, Script } from "node:vm";
import { describe, expect, it } from "vitest";
import { evaluate } from "../../decisions/index.ts";
import { lintBpmn } from "../../engine/model/index.ts";
import { flow, job, process as model } from "../engine/model/bpmn-text.ts";
import { cheapestMs } from "../processor-time.ts";

const everything = process.env.SECURITY_CASES === "all";
/** The goal is 100 ms for 100 kB: a millisecond for a thousand characters. */
const length = everything ? 100_000 : 20_000;
const goalMs = length / 1_000;

interface Outcome {
  readonly value: unknown;
  readonly error?: { readonly kind: string };
  readonly warnings: readonly { readonly message: string }[];
}

/** Nested quantifiers, overlapping alternatives, adjacent repetitions: what the published ones reduce to. */
const shapes: readonly ((part: string) => string)[] = [
  (x) => `^(${x}+)+$`,
  (x) => `(${x}+)+!`,
  (x) => `^(${x}*)*$`,
  (x) => `(${x}*)*!`,
  (x) => `^((${x}+)+)+$`,
  (x) => `^(${x}|${x})+$`,
  (x) => `^(${x}|${x}${x})+$`,
  (x) => `^(${x}?){25}${x}{25}$`,
  (x) => `(${x}|${x}?)+!`,
  (x) => `^(${x}+)*!$`,
  (x) => `${x}+${x}+${x}+!`,
  (x) => `${x}*${x}*${x}*${x}*!`,
  (x) => `^(.*${x}){10}$`,
  (x) => `(.*)(${x}+)(.*)!`,
  (x) => `^(([${"a-z"}])+.)+${x}$`,
  (x) => `(${x}+)+\\s(${x}+)+!`,
  (x) => `^${x}+(-${x}+)*(-)?!$`,
  (x) => `(${x}{1,30}){1,30}!`,
  (x) => `^(?:${x}+,?)+$`,
  (x) => `${x}+$`,
];
const parts = ["a", "\\w", "[a-z]", "[^!]", ".", "(a|b)", "\\p{L}", "[a-zA-Z0-9]", "(ab?)", "(a{1,3})"];
const patterns = shapes.flatMap((shape) => parts.map(shape));
const calls = ["matches(text, pattern)", 'replace(text, pattern, "-")', "count(split(text, pattern))"];

describe("patterns of rule authors", () => {
  const text = `${"a".repeat(length)}!?`;

  it("cost a millisecond for a thousand characters or end in a named error, whichever of 200 it is (S5)", () => {
    expect(patterns).toHaveLength(200);
    const slow: string[] = [];
    const unnamed: string[] = [];
    let slowest = 0;
    for (const [at, pattern] of patterns.entries()) {
      for (const call of everything ? calls : [calls[at % calls.length]!]) {
        const judge = (): void => {
          const { value, error, warnings } = evaluate(call, { text, pattern }) as Outcome;
          const isNamed = error?.kind === "LIMIT_EXCEEDED" || /at most \d+ states/.test(warnings[0]?.message ?? "");
          if (value === null && !isNamed) unnamed.push(`${call} with ${pattern}`);
        };
        const spent = cheapestMs(judge, { goalMs, roundsMax: 10 });
        slowest = Math.max(slowest, spent);
        if (spent >= goalMs) slow.push(`${spent.toFixed(0)} ms: ${call} with ${pattern}`);
      }
    }
    process.stdout.write(
      `Slowest of ${patterns.length} patterns: ${slowest.toFixed(0)} ms for ${length} characters.\n`,
    );
    expect(slow).toEqual([]);
    expect(unnamed).toEqual([]);
  }, 300_000);

  it("that only a backtracking engine can match are bounded by the budget, or refused (S5)", () => {
    const groups = "()".repeat(990);
    for (const pattern of ["^(a*)*\\1$", "(a+)(a+)\\2\\1!", "((a|aa)+)\\1!", `${groups}(a*)*\\1!`, "(a*)(b|\\1)*#"]) {
      let error: { kind: string } | undefined;
      const spent = cheapestMs(() => {
        error = (evaluate('matches(text, pattern, "i")', { text, pattern }) as { error?: { kind: string } }).error;
      });
      expect(error, pattern).toMatchObject({ kind: "LIMIT_EXCEEDED" });
      expect(spent, pattern).toBeLessThan(100);
    }
    for (const pattern of ["(?=a)a", "(?!a)b", "(?<=a)b", "(?<!a)b", "(?>a+)", "a++", "\\K", "(?R)", "(?{1})"]) {
      const { value, warnings } = evaluate("matches(text, pattern)", { text: "ab", pattern }) as Outcome;
      expect(value, pattern).toBeNull();
      expect(warnings[0]?.message, pattern).toMatch(/^Expected /);
    }
  });

  it("that cannot be matched are found when the model is deployed, not when it runs (S5)", async () => {
    const condition = 'matches(name, "(?=a)a")';
    const xml = model(
      `<startEvent id="s"/><exclusiveGateway id="g" default="g-u"/>${job("t")}${job("u")}<endEvent id="e"/>${flow("s", "g")}${flow("g", "t", `=${condition}`)}${flow("g", "u")}${flow("t", "e")}${flow("u", "e")}`,
    );
    const problems = await lintBpmn(xml);
    expect(problems.map(({ message }) => message).join("\n")).toMatch(/pattern "\(\?=a\)a"/);
  });
});

const rooms = ["engine", "decisions", "store", "api", "processes", "modeler/src"];
const sources = rooms.flatMap((room) =>
  readdirSync(room, { recursive: true })
    .map(String)
    .filter((name) => /\.(ts|tsx|mjs)$/.test(name))
    .map((name) => join(room, name)),
);

/** Regular expressions as they stand in a source; a division that looks like one does not compile and is left out. */
function ownPatterns(): ReadonlyMap<string, string> {
  const literal =
    /(?<=[(=:,[!&|?{;]\s*|return\s+|=>\s*|^\s*)\/(?![*/])((?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+)\/([dgimsuvy]*)/gm;
  const found = new Map<string, string>();
  for (const file of sources) {
    for (const [whole, body = "", flags = ""] of readFileSync(file, "utf8").matchAll(literal)) {
      try {
        new RegExp(body, flags);
      } catch {
        continue;
      }
      found.set(whole, file);
    }
  }
  return found;
}

/** Texts of one character repeated, which the pattern may almost match. */
function* attacksOn(pattern: string): Iterable<string> {
  const plain = pattern.replace(/\\[nsdwbpPxu]/g, "");
  const characters = new Set([" ", "a", "0", "\n", ...plain].slice(0, 24));
  const [first = ""] = plain.replace(/^\/\^?/, "");
  for (const character of characters)
    for (const start of new Set(["", first])) yield `${start}${character.repeat(20_000)}\u0000`;
}

/** Milliseconds of the slowest attack; one that hangs counts as the time after which it was cut off. */
function slowestAttack(pattern: string): number {
  const context = createContext({ text: "" });
  const script = new Script(`${pattern}.global ? text.replace(${pattern}, "") : ${pattern}.test(text)`);
  let slowest = 0;
  for (const attack of attacksOn(pattern)) {
    context.text = attack;
    const start = performance.now();
    try {
      script.runInContext(context, { timeout: 1_000 });
    } catch {
      return 1_000;
    }
    slowest = Math.max(slowest, performance.now() - start);
  }
  return slowest;
}

describe("patterns of our own", () => {
  it("are linear, every single one (S5)", () => {
    const own = ownPatterns();
    expect(own.size).toBeGreaterThan(150);
    const slow = [...own].filter(
      ([pattern]) => slowestAttack(pattern) > 250 && slowestAttack(pattern) > 250 && slowestAttack(pattern) > 250,
    );
    expect(slow).toEqual([]);
  }, 120_000);

  it("would be found if one were not (S5)", () => {
    expect(slowestAttack("/\\s+$/")).toBeGreaterThan(250);
    expect(slowestAttack("/^(a+)+$/")).toBe(1_000);
    expect(slowestAttack("/^a+$/")).toBeLessThan(250);
  });

  it("are never made of what comes from outside (S5)", () => {
    const made = sources.flatMap((file) =>
      [...readFileSync(file, "utf8").matchAll(/\bRegExp\(([^\n]*)/g)].map(
        ([, argument = ""]) => `${file}: ${argument}`,
      ),
    );
    // What stands in them are constants of the same file.
    expect(made.map((line) => line.split(":")[0])).toEqual([
      "engine/runtime/queries/audit-resource.ts",
      "decisions/feel/regex/code-points.ts",
      "api/auth/oidc-login.ts",
    ]);
  });
});
