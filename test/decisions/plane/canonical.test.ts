import canonicalize from "canonicalize";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalHash, canonicalJson } from "../../../decisions/plane/audit/canonical.ts";
import { timeOrderedId } from "../../../decisions/plane/audit/identifier.ts";

describe("canonical JSON", () => {
  it("writes what the canonicalize package writes", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (text) => {
        const value: unknown = JSON.parse(text);
        expect(canonicalJson(value)).toBe(canonicalize(value));
      }),
      { numRuns: 2000 },
    );
  });

  it("sorts names by UTF-16 code units, numbers among names included", () => {
    expect(canonicalJson({ "\u20ac": 1, "\r": 2, "10": 3, "9": 4, a: 5, "\ud83d\ude00": 6, "\ufb33": 7 })).toBe(
      '{"\\r":2,"10":3,"9":4,"a":5,"€":1,"😀":6,"\ufb33":7}',
    );
  });

  it("gives the same hash whatever the order of the names", () => {
    expect(canonicalHash({ a: 1, b: { c: 2, d: [3] } })).toBe(canonicalHash({ b: { d: [3], c: 2 }, a: 1 }));
  });

  it.each([[Number.NaN], [Number.POSITIVE_INFINITY], ["\ud800"], [() => 1]])(
    "refuses %s, which is not JSON",
    (value) => {
      expect(() => canonicalJson(value)).toThrow(/Expected/);
    },
  );

  it("refuses JSON deeper than 128 instead of overflowing the stack", () => {
    const deep: unknown = JSON.parse("[".repeat(200_000) + "]".repeat(200_000));
    expect(() => canonicalJson(deep)).toThrow(/128 deep/);
  });
});

describe("identifiers", () => {
  it("are version 7 UUIDs, unique and in order, even when the clock goes back", () => {
    const ids = Array.from({ length: 20_000 }, (_, index) => timeOrderedId(1_700_000_000_000 - (index % 7) * 1000));
    expect(new Set(ids).size).toBe(ids.length);
    expect([...ids].sort()).toEqual(ids);
    for (const id of ids.slice(0, 100))
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
