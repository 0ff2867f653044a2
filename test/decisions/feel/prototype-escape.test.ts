/**
 * Security case S6: words of JavaScript's prototypes in every form of access that the language has, with the prototypes
 * frozen (vitest gives each file a process of its own, so nobody else feels it): what is not null or data, and whatever
 * tries to write, shows. An evaluator that keeps contexts in plain objects is found by the same corpus.
 *
 * Expressions are compiled before: the grammar's own table of names assigns to fresh plain objects, which harms nobody
 * (the prototypes are compared afterwards) but cannot be done under a frozen prototype.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  compileExpression,
  compileUnaryTests,
  type Evaluation,
  evaluate,
  type FeelScope,
  FeelSyntaxError,
  scopeFromJson,
  toJson,
} from "../../../decisions/feel/index.ts";

const words = [
  ...["constructor", "__proto__", "prototype", "toString", "hasOwnProperty", "valueOf", "__defineGetter__"],
  ...["__lookupGetter__", "isPrototypeOf", "toLocaleString", "propertyIsEnumerable", "caller", "callee", "arguments"],
  ...["name", "length", "apply", "bind", "call", "toJSON", "globalThis", "process", "require"],
];

/** One way to a property: in FEEL, and as an evaluator would do it that keeps contexts in plain objects. */
interface Access {
  readonly feel: (word: string) => string;
  readonly naive: (word: string, a: Record<string, unknown>) => unknown;
}

type Anything = Record<string, unknown>;
const read = (value: unknown, word: string): unknown => (value as Anything | undefined)?.[word];

/** Nobody has put anything there: null, or lists of nulls. */
const reads: readonly Access[] = [
  { feel: (word) => word, naive: (word, a) => read(a, word) },
  { feel: (word) => `a.${word}`, naive: (word, a) => read(a, word) },
  { feel: (word) => `a.${word}.${word}`, naive: (word, a) => read(a, word) },
  { feel: (word) => `a.${word}.${word}("return 1")()`, naive: (word, a) => read(a, word) },
  { feel: (word) => `a.b.${word}`, naive: (word) => read(1, word) },
  { feel: (word) => `get value(a, "${word}")`, naive: (word, a) => read(a, word) },
  { feel: (word) => `get value(a, ["${word}", "${word}"])`, naive: (word, a) => read(a, word) },
  { feel: (word) => `[a].${word}`, naive: (word, a) => [a].map((item) => read(item, word)) },
  { feel: (word) => `"text".${word}`, naive: (word) => read("text", word) },
  { feel: (word) => `(function(x) x).${word}`, naive: (word) => read((x: unknown) => x, word) },
  { feel: (word) => `[1, 2].${word}`, naive: (word) => read([1, 2], word) },
  { feel: (word) => `[1..2].${word}`, naive: (word) => read({}, word) },
  { feel: (word) => `date("2026-01-31").${word}`, naive: (word) => read(new Date(0), word) },
  { feel: (word) => `duration("P1D").${word}`, naive: (word) => read({}, word) },
  { feel: (word) => `{f: a.${word}}.f`, naive: (word, a) => read(a, word) },
  { feel: (word) => `for x in [a] return x.${word}`, naive: (word, a) => [read(a, word)] },
  { feel: (word) => `[a][item.${word} != null]`, naive: (word, a) => [a].filter((x) => read(x, word) != null) },
  { feel: (word) => `(function(x) x.${word})(a)`, naive: (word, a) => read(a, word) },
  { feel: (word) => `{f: function(x) x.${word}, r: f(a)}.r`, naive: (word, a) => read(a, word) },
  { feel: (word) => `if true then a.${word} else 1`, naive: (word, a) => read(a, word) },
  { feel: (word) => `get or else(a.${word}, null)`, naive: (word, a) => read(a, word) },
  { feel: (word) => `${word}(a)`, naive: (word) => read(globalThis, word) ?? read({}, word) },
  { feel: (word) => `count(${word}: [a])`, naive: (word) => read({}, word) },
  {
    feel: (word) => `(function(x) external {java: {class: "${word}", method signature: "${word}(x)"}})(a)`,
    naive: (word) => read(globalThis, word) ?? read({}, word),
  },
];

/** They put the word there themselves: it is data afterwards, and nothing besides has it. */
const writes: readonly Access[] = [
  { feel: (word) => `{"${word}": {isAdmin: true}}`, naive: (word) => assign({}, word) },
  { feel: (word) => `context put({}, "${word}", {isAdmin: true})`, naive: (word) => assign({}, word) },
  {
    feel: (word) => `context put({"${word}": {}}, ["${word}", "isAdmin"], true)`,
    naive: (word) => assign(read({}, word) as Anything, "isAdmin", true),
  },
  {
    feel: (word) => `context merge([{b: 1}, {"${word}": {isAdmin: true}}])`,
    naive: (word) => merge({}, JSON.parse(`{"${word}":{"isAdmin":true}}`) as Anything),
  },
  {
    feel: (word) => `context([{key: "${word}", value: {isAdmin: true}}])`,
    naive: (word) => assign({}, word),
  },
];

function assign(target: Anything, word: string, value: unknown = { isAdmin: true }): Anything {
  target[word] = value;
  return target;
}

function merge(target: Anything, source: Anything): Anything {
  for (const [key, value] of Object.entries(source))
    target[key] = typeof value === "object" && value !== null ? merge(childOf(target, key), value as Anything) : value;
  return target;
}

function childOf(target: Anything, key: string): Anything {
  return (target[key] as Anything | undefined) ?? {};
}

const prototypes = [Object, Array, Function, String, Number, Boolean, Map, Set, Date, RegExp, Promise].map(
  (made) => made.prototype as object,
);
const hostObjects = new Set<unknown>([
  ...[...prototypes, globalThis, process, Reflect, Proxy],
  ...[Object, Array, Function, String, Number, Boolean, Map, Set, Date, RegExp, Promise],
]);
const keysOf = (): string => prototypes.map((prototype) => Reflect.ownKeys(prototype).map(String).join()).join("\n");
const keysBefore = keysOf();

beforeAll(() => {
  for (const prototype of prototypes) Object.freeze(prototype);
  expect(() => assign(Object.prototype as unknown as Anything, "isAdmin")).toThrow(TypeError);
});
afterAll(() => {
  expect(Object.isFrozen(Object.prototype)).toBe(true);
  expect(keysOf()).toBe(keysBefore);
});

/** What of the host came out, in words; undefined when the value is data and nothing but. */
function escaped(work: () => unknown): string | undefined {
  let value: unknown;
  try {
    value = work();
  } catch (error) {
    return error instanceof FeelSyntaxError ? undefined : `threw ${String(error)}`;
  }
  const left: unknown[] = [value];
  while (left.length > 0) {
    const one = left.pop();
    if (typeof one === "function" || hostObjects.has(one)) return `gave ${String(one)}`;
    if (typeof one !== "object" || one === null) continue;
    const prototype: unknown = Object.getPrototypeOf(one);
    if (prototype !== Object.prototype && prototype !== Array.prototype) return "gave an object of another kind";
    if (read(one, "isAdmin") === true && !Object.hasOwn(one, "isAdmin")) return "made an administrator";
    left.push(...Object.values(one));
  }
  return read({}, "isAdmin") === undefined ? undefined : "made everybody an administrator";
}

interface Prepared {
  readonly source: string;
  readonly evaluate: () => unknown;
  readonly test: () => unknown;
}

const data = (): Record<string, unknown> => ({ a: { b: 1 }, l: [1], s: "text" });
const scope = (): FeelScope => scopeFromJson(data());

function prepare(source: string): Prepared {
  const refused = (error: unknown) => () => {
    throw error;
  };
  try {
    const expression = compileExpression(source);
    const test = compileUnaryTests(`${source} = ?`);
    return {
      source,
      evaluate: () => toJson(expression.evaluate(scope()).value),
      test: () => test.evaluate(1, scope()).value,
    };
  } catch (error) {
    return { source, evaluate: refused(error), test: refused(error) };
  }
}

const prepared = new Map(
  words.map((word) => {
    const all = (accesses: readonly Access[]) => accesses.map(({ feel }) => prepare(feel(word)));
    return [word, { reads: all(reads), writes: all(writes) }];
  }),
);

/** Reading what nobody has put there gives nothing: null, or lists of nulls; or it is no expression at all. */
function foundByReading(work: () => unknown): string | undefined {
  const host = escaped(work);
  if (host !== undefined) return host;
  let value: unknown = null;
  try {
    value = work();
  } catch {
    // Refused with a position, as `escaped` has seen.
  }
  return [value].flat(2).every((item) => item === null) ? undefined : `gave ${JSON.stringify(value)}`;
}

/** Writing makes an own entry, and nothing besides. */
function foundByWriting(word: string, work: () => unknown): string | undefined {
  const host = escaped(work);
  if (host !== undefined) return host;
  const own = Object.getOwnPropertyDescriptor(work() ?? {}, word)?.value as Anything | undefined;
  return own?.isAdmin === true ? undefined : "lost what was written";
}

describe("prototype words (S6)", () => {
  it.each(words)("are null or data, never a host object, with frozen prototypes (S6): %s", (word) => {
    const { reads, writes } = prepared.get(word)!;
    for (const { source, evaluate, test } of reads) {
      expect(foundByReading(evaluate), source).toBeUndefined();
      expect(escaped(test), source).toBeUndefined();
    }
    for (const { source, evaluate } of writes) expect(foundByWriting(word, evaluate), source).toBeUndefined();
  });

  it("are data in payloads, whatever they are called (S6)", () => {
    for (const word of words) {
      const payload = JSON.parse(`{"o": {"${word}": {"isAdmin": true}}}`) as Anything;
      expect(evaluate("o.isAdmin", payload).value).toBeNull();
      expect(
        foundByWriting(word, () => toJson((evaluate("o", payload) as Evaluation).value)),
        word,
      ).toBeUndefined();
      expect(evaluate(`get value(get value(o, "${word}"), "isAdmin")`, payload).value, word).toBe(true);
    }
  });

  it("would be found in an evaluator that keeps contexts in plain objects, by every form of access (S6)", () => {
    const unseen = (accesses: readonly Access[], found: (word: string, work: () => unknown) => string | undefined) =>
      accesses
        .filter(({ naive }) =>
          ["constructor", "__proto__"].every((word) => found(word, () => naive(word, { b: 1 })) === undefined),
        )
        .map(({ feel }) => feel("word"));
    expect(unseen(reads, (_, work) => foundByReading(work))).toEqual([]);
    expect(unseen(writes, foundByWriting)).toEqual([]);
  });

  it("cannot reach host functions, getters or class instances in the context (S6)", () => {
    let touched = false;
    const host = {
      call: () => {
        touched = true;
      },
      date: new Date(0),
      thing: new (class Host {
        get secret() {
          touched = true;
          return 42;
        }
      })(),
    };
    expect(evaluate("call()", host).value).toBeNull();
    expect(evaluate("thing.secret", host).value).toBeNull();
    expect(evaluate("date", host).value).toBeNull();
    expect(touched).toBe(false);
  });
});
