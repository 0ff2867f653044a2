// The language as authors meet it: null semantics with warnings, strict mode, scopes, names, types.
import { describe, expect, it } from "vitest";
import {
  compileExpression,
  compileUnaryTests,
  type Evaluation,
  EvaluationSession,
  evaluate,
  FeelSyntaxError,
  type FeelType,
  type FeelValue,
  feelFunction,
  feelVocabulary,
  formatFeel,
  fromJson,
  readLimits,
  scopeFromJson,
  toJson,
  toJsonText,
  unaryTest,
} from "../../../decisions/feel/index.ts";

const text = (source: string, context: Record<string, unknown> = {}) =>
  formatFeel(evaluate(source, context).value as FeelValue);
const warnings = (source: string, context: Record<string, unknown> = {}) =>
  evaluate(source, context).warnings.map((warning) => warning.type);

describe("null semantics", () => {
  it("makes an unknown name null, with a warning that says where", () => {
    const { value, warnings } = evaluate("if typo > 5 then 1 else 2");
    expect(value).toBe(2);
    expect(warnings).toEqual([
      {
        type: "NO_VARIABLE_FOUND",
        message: 'Expected a variable "typo", but nothing defines it.',
        position: { from: 3, to: 7 },
      },
      {
        type: "NOT_COMPARABLE",
        message: "Expected values with an order, but found null > number.",
        position: { from: 3, to: 11 },
      },
      {
        type: "INVALID_TYPE",
        message: "Expected a boolean as the condition, but found null.",
        position: { from: 3, to: 11 },
      },
    ]);
  });

  it("compares null with anything, and nothing across kinds", () => {
    expect(text("null = null")).toBe("true");
    expect(text("1 = null")).toBe("false");
    expect(text('1 = "1"')).toBe("null");
    expect(text("null < 1")).toBe("null");
  });

  it("has three-valued logic", () => {
    expect(text("false and null")).toBe("false");
    expect(text("true or null")).toBe("true");
    expect(text("true and null")).toBe("null");
    expect(text('true and "x"')).toBe("null");
  });

  it("leaves no warning where null is what was asked for", () => {
    expect(warnings("x = null", { x: null })).toEqual([]);
    expect(warnings("get or else(a.b.c, 5)")).toEqual([]);
    expect(warnings("is defined(a.b)")).toEqual([]);
  });

  it("bounds the warnings", () => {
    expect(evaluate("for i in 1..1000 return nothing").warnings).toHaveLength(50);
  });
});

describe("strict mode", () => {
  const strict = (source: string, context: Record<string, unknown> = {}) =>
    evaluate(source, context, { strict: true }) as Evaluation;

  const faults: readonly [name: string, source: string, kind: string][] = [
    ["an unknown name", "if typo > 5 then true else false", "NO_VARIABLE_FOUND"],
    ["a null where a value is needed", "n > 5", "NOT_COMPARABLE"],
    ["a type error", 'a + "x" > 1', "INVALID_TYPE"],
    ["a condition that is no boolean", "if s then true else false", "INVALID_TYPE"],
    ["a missing entry", "o.typo = 1", "NO_CONTEXT_ENTRY_FOUND"],
    ["an unknown function", "typo(1)", "NO_VARIABLE_FOUND"],
    ["arguments that do not fit", "abs(1, 2)", "PARAMETER_MISMATCH"],
    ["a comparison across kinds", 'a = "1"', "NOT_COMPARABLE"],
    ["an unreadable date", 'date("2026-02-30") = null', "FUNCTION_INVOCATION_FAILURE"],
  ];
  for (const [name, source, kind] of faults) {
    it(`ends on ${name}, never on the else branch`, () => {
      const { value, error } = strict(source, { a: 1, n: null, s: "x", o: { a: 1 } });
      expect(value).toBeNull();
      expect(error).toMatchObject({ kind });
      expect(error?.position).toBeDefined();
    });
  }

  it("does not end on what is never evaluated", () => {
    expect(strict("false and typo").value).toBe(false);
    expect(strict("if true then 1 else typo").value).toBe(1);
  });

  it("lets authors ask whether something is there", () => {
    expect(strict("is defined(typo)").value).toBe(false);
    expect(strict("get or else(o.typo, 3)", { o: {} }).value).toBe(3);
  });

  it("ends a unary test on a null input instead of not matching", () => {
    const { value, error } = compileUnaryTests("> 5").evaluate(null, new Map(), { strict: true });
    expect(value).toBeNull();
    expect(error).toMatchObject({ kind: "NOT_COMPARABLE" });
  });
});

describe("scopes", () => {
  it("let later context entries and iterators see earlier ones", () => {
    expect(text("{a: 1, b: a + 1, c: {d: a + b}}.c.d")).toBe("3");
    expect(text("for x in [[1, 2], [3]], y in x return y")).toBe("[1, 2, 3]");
    expect(text("for i in 0..4 return if i = 0 then 1 else i * partial[-1]")).toBe("[1, 1, 2, 6, 24]");
  });

  it("let functions recur under the name of their entry and keep what they captured", () => {
    expect(text("{fact: function(n) if n = 0 then 1 else n * fact(n - 1), r: fact(20)}.r")).toBe("2432902008176640000");
    expect(text("{l: for i in 1..3 return function(x) x * i, r: for f in l return f(10)}.r")).toBe("[10, 20, 30]");
    expect(text("(function(a) function(b) a - b)(5)(3)")).toBe("2");
  });

  it("resolve names in a filter to entries of the element first", () => {
    expect(
      text("l[a > limit].b", {
        l: [
          { a: 1, b: "x" },
          { a: 9, b: "y" },
        ],
        limit: 5,
      }),
    ).toBe('["y"]');
    expect(text("[{item: 1}, {item: 2}][item >= 2]")).toBe("[{item: 2}]");
    expect(
      text("l[o[id = k].n[1] > 3]", {
        l: [{ k: 1 }, { k: 2 }],
        o: [
          { id: 1, n: 5 },
          { id: 2, n: 1 },
        ],
      }),
    ).toBe("[{k: 1}]");
  });

  it("index from one and from the end", () => {
    expect(text("[1, 2, 3][1]")).toBe("1");
    expect(text("[1, 2, 3][-1]")).toBe("3");
    expect(text("[1, 2, 3][0]")).toBe("null");
  });

  it("report which names come from outside, and which of them may not", () => {
    const { references, uncertainReferences, paths } = compileExpression(
      "sum(orders[total > limit].total) + rate * customer.address.factor + {x: 1, y: x}.y",
    );
    expect([...references].sort()).toEqual(["customer", "limit", "orders", "rate", "total"]);
    expect([...uncertainReferences].sort()).toEqual(["limit", "total"]);
    expect(paths).toContain("customer.address.factor");
  });
});

describe("names", () => {
  it("may have several words", () => {
    expect(text("Full Name + monthly   income", { "Full Name": "a", "monthly income": "b" })).toBe('"ab"');
  });

  it("may hold operators and keywords when the model declares them", () => {
    const compiled = compileExpression("net-price * 2 + rate of return", { names: ["net-price", "rate of return"] });
    expect(compiled.evaluate(scopeFromJson({ "net-price": 5, "rate of return": 1, net: 100, price: 1 })).value).toBe(
      11,
    );
  });

  it("may be quoted with backticks", () => {
    expect(text("`first-name` + `a b`.c", { "first-name": "x", "a b": { c: "y" } })).toBe('"xy"');
  });

  it("of the model's own functions win over built-ins when declared", () => {
    const scope = new Map<string, FeelValue>([["max", feelFunction("max", ["a"], ([a]) => [a ?? null, "own"])]]);
    expect(formatFeel(compileExpression("max(1)", { names: ["max"] }).evaluate(scope).value)).toBe('[1, "own"]');
    expect(compileExpression("max(1)").evaluate(scope).value).toBe(1);
  });
});

describe("unary tests", () => {
  const cases: readonly [test: string, input: unknown, result: boolean | null][] = [
    ["-", null, true],
    ["5", 5, true],
    ["< 5", 5, false],
    ["[1..5)", 5, false],
    ["]1..5]", 5, true],
    ['"a", "b"', "b", true],
    ['not("a", "b")', "b", false],
    ["> 5", null, null],
    ["null", null, true],
    ["? > limit and ? < 10", 7, true],
    ["list contains([1, 2], ?)", 2, true],
    ["allowed", "x", true],
    ["limit", 5, true],
    ["true", null, false],
    ["limit > 3", "anything", true],
    ["!= 5", 5, false],
    ['>= date("2026-01-01")', "2026-01-02", null],
  ];
  for (const [test, input, result] of cases) {
    it(`answer ${result} for ${JSON.stringify(input)} and ${test}`, () => {
      expect(unaryTest(test, { "?": input, limit: 5, allowed: ["x", "y"] }).value).toBe(result);
    });
  }

  it("tell what they are when they are constant", () => {
    const shapes = (source: string) => compileUnaryTests(source).shapes.map((shape) => shape.kind);
    expect(shapes('"a", "b"')).toEqual(["equals", "equals"]);
    expect(shapes('< 0.5, [1..2], >= date("2026-01-01")')).toEqual(["range", "range", "range"]);
    expect(shapes("x, ? > 3")).toEqual(["computed", "computed"]);
    expect(shapes("not(-1 * 3)")).toEqual(["equals"]);
  });
});

describe("types", () => {
  const adult: FeelType = { kind: "restricted", base: { kind: "number" }, allows: (value) => Number(value) >= 18 };
  const types = { resolve: (name: string) => (name === "tAdult" ? adult : undefined) };

  it("answer instance of, for built-in and for declared types", () => {
    expect(text('[1, 2] instance of list<number> and not([1, "a"] instance of list<number>)')).toBe("true");
    expect(text("[1..3] instance of range<number>")).toBe("true");
    expect(text("{a: 1} instance of context<a: number>")).toBe("true");
    expect(text("null instance of Any")).toBe("false");
    expect(compileExpression("5 instance of tAdult", { types }).evaluate(new Map()).value).toBe(true);
    expect(warnings("5 instance of tTypo")).toEqual(["INVALID_TYPE"]);
  });

  it("coerce arguments of typed parameters, or refuse the call", () => {
    expect(text("(function(a: number) a)([5])")).toBe("5");
    expect(text("(function(a: list<number>) a)(5)")).toBe("[5]");
    expect(text('(function(a: number) a)("5")')).toBe("null");
    expect(compileExpression("(function(a: tAdult) a)(5)", { types }).evaluate(new Map()).value).toBeNull();
  });
});

describe("functions", () => {
  it("take named arguments, and refuse wrong names", () => {
    expect(text('substring(start position: 2, string: "abc")')).toBe('"bc"');
    expect(warnings('substring(start: 2, string: "abc")')).toEqual(["PARAMETER_MISMATCH"]);
  });

  it("come from the model through the scope, sharing the caller's budget", () => {
    const endless = feelFunction("endless", ["n"], ([n], session) => {
      const again = compileExpression("endless(n)");
      return again.run(
        new Map<string, FeelValue>([
          ["endless", endless],
          ["n", n ?? null],
        ]),
        session,
      );
    });
    const { error } = compileExpression("endless(1)").evaluate(new Map([["endless", endless]]));
    expect(error).toMatchObject({ kind: "LIMIT_EXCEEDED" });
  });

  it("of the Java platform are a short list, and everything else is unknown", () => {
    const java = (name: string) =>
      `function(a, b) external {java: {class: "java.lang.Math", method signature: "${name}"}}`;
    expect(text(`{f: ${java("max(double, double)")}, r: f(1, 2.5)}.r`)).toBe("2.5");
    expect(warnings(java("exit(int)"))).toEqual(["NO_FUNCTION_FOUND"]);
  });

  it("read the clock and draw numbers only from the session", () => {
    const options = { now: "2026-03-04T05:06:07Z", timeZone: "Asia/Tokyo", seed: "s" };
    expect(formatFeel(evaluate("now()", {}, options).value as FeelValue)).toBe('@"2026-03-04T14:06:07@Asia/Tokyo"');
    expect(formatFeel(evaluate("today()", {}, options).value as FeelValue)).toBe('@"2026-03-04"');
    const uuid = evaluate("uuid()", {}, options).value;
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(evaluate("uuid()", {}, options).value).toBe(uuid);
    expect(evaluate("uuid() = uuid()", {}, options).value).toBe(false);
    expect(warnings("[now(), uuid(), random number()]")).toHaveLength(3);
  });

  it("assert, and end the evaluation when the condition does not hold", () => {
    expect(evaluate("assert(x, x > 1)", { x: 5 }).value).toBe(5);
    expect((evaluate('assert(x, x > 9, "too small")', { x: 5 }) as Evaluation).error).toMatchObject({
      kind: "ASSERTION_FAILED",
      message: "Expected an assertion to hold, but too small.",
    });
  });

  it("are listed for editors, with their parameters", () => {
    expect(feelVocabulary.length).toBeGreaterThan(120);
    expect(feelVocabulary).toContainEqual({
      name: "substring",
      parameters: [
        { name: "string", type: "string", optional: false },
        { name: "start position", type: "number", optional: false },
        { name: "length", type: "number", optional: true },
      ],
      variadic: false,
    });
  });
});

describe("texts that are no FEEL", () => {
  for (const source of ["", "1 +", "if a then b", "(1, 2", '"open', "[1..2", "{a: }", "for in x return 1", "a b c )"]) {
    it(`are refused with a position: ${JSON.stringify(source)}`, () => {
      expect(() => compileExpression(source)).toThrow(FeelSyntaxError);
    });
  }

  it("say line and column", () => {
    try {
      compileExpression("1 +\n  2 + )");
    } catch (error) {
      expect((error as FeelSyntaxError).position).toMatchObject({ line: 2 });
      return;
    }
    throw new Error("Expected a FeelSyntaxError.");
  });
});

describe("JSON", () => {
  it("comes in as it is and goes out in a documented form", () => {
    const payload = { a: [1, 0.5, "x", null, true], o: { p: { q: 1 } } };
    expect(toJson(fromJson(payload))).toEqual(payload);
    expect(toJson(evaluate('[@"2026-01-01", @"P1D", [1..3], function() 1, 1/3]').value as FeelValue)).toEqual([
      "2026-01-01",
      "P1D",
      "[1..3]",
      null,
      1 / 3,
    ]);
  });

  it("goes out as text with every digit, and its numbers as numbers", () => {
    const value = evaluate('[1/3, 12345678901234567890.12, 1e400, {"a\\"b": @"P1D"}, -0.5, null, "x"]')
      .value as FeelValue;
    const written = toJsonText(value);
    expect(written).toBe(
      '[0.3333333333333333333333333333333333,12345678901234567890.12,"1E+400",{"a\\"b":"P1D"},-0.5,null,"x"]',
    );
    expect(JSON.parse(written).slice(0, 2)).toEqual([1 / 3, 12345678901234567000]);
  });

  it("text is read without rounding, and refused when it is none", () => {
    expect(text('from json("{\\"a\\": [12345678901234567890.12, 1e2]}").a')).toBe("[12345678901234567890.12, 100]");
    for (const wrong of ["", "{a: 1}", "[1,]", "01", '{\\"a\\": 1, \\"a\\": 2}', "nul"]) {
      expect(text(`from json("${wrong}")`)).toBe("null");
    }
  });
});

describe("limits", () => {
  it("come from the environment, and wrong settings are refused", () => {
    expect(readLimits({ INTERLOCK_FEEL_STEPS_MAX: "42" }).stepsMax).toBe(42);
    expect(() => readLimits({ INTERLOCK_FEEL_STEPS_MAX: "-1" })).toThrow(/INTERLOCK_FEEL_STEPS_MAX.*positive integer/);
  });

  it("are shared by all evaluations of a session", () => {
    const session = new EvaluationSession({ limits: { stepsMax: 100 } });
    const compiled = compileExpression("count(for i in 1..20 return i)");
    for (let round = 0; round < 10; round++) compiled.run(new Map(), session);
    expect(session.failure).toMatchObject({ limit: "stepsMax" });
  });
});
