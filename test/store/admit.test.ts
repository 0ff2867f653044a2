import { describe, expect, it } from "vitest";
import { admit } from "../../store/index.ts";

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = { a: value };
  return value;
}

describe("admit", () => {
  it("lets ordinary JSON in", () => {
    expect(admit({ order: { id: "o-1", items: [{ sku: "ä😀", price: 9.5 }], paid: false, note: null } })).toBeNull();
  });
  it.each([
    ["NUL in a text", { a: ["x\u0000"] }, "$.a[0]"],
    ["NUL in a name", { "a\u0000": 1 }, "$.a\u0000"],
    ["a lone surrogate", { a: "\ud800" }, "$.a"],
    ["a lone surrogate at the end", ["\udc00"], "$[0]"],
    ["__proto__ as a member", JSON.parse('{"a":{"__proto__":{"isAdmin":true}}}'), "$.a.__proto__"],
    ["Infinity", { a: JSON.parse("1e400") }, "$.a"],
    ["NaN", [Number.NaN], "$[0]"],
    ["undefined", { a: undefined }, "$.a"],
    ["a function", { a: () => 1 }, "$.a"],
    ["a class instance", { a: new Date(0) }, "$.a"],
    ["a bigint", { a: 1n }, "$.a"],
  ])("refuses %s and says where", (_name, value, place) => {
    expect(admit(value)).toMatchObject({ kind: "invalid", path: place });
  });
  it("lets 64 levels in and refuses 65", () => {
    expect(admit(nested(64))).toBeNull();
    expect(admit(nested(65))).toMatchObject({ kind: "invalid" });
    expect(admit(nested(100_000))).toMatchObject({ kind: "invalid" });
  });
  it("refuses what is too large", () => {
    expect(admit({ a: "x".repeat(5_000_000) })).toMatchObject({ kind: "tooLarge" });
    expect(admit(Array.from({ length: 200_001 }, () => 1))).toMatchObject({ kind: "tooLarge" });
  });
  it("refuses a cycle by its depth", () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    expect(admit(cycle)).toMatchObject({ kind: "invalid" });
  });
  it("is linear: a megabyte of every kind in under 50 ms", () => {
    const text = {
      a: "x".repeat(1_000_000),
      b: Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`k${index}`, index])),
    };
    // The best of several: other work on the machine is not what is measured.
    const times = Array.from({ length: 8 }, () => {
      const start = performance.now();
      expect(admit(text)).toBeNull();
      return performance.now() - start;
    });
    expect(Math.min(...times)).toBeLessThan(50);
  });
});
