/** Terms on arguments: the same meaning as the decision plane's. */
import { describe, expect, it } from "vitest";
import { constrain } from "../../../engine/core/constrain.ts";
import type { Constraint } from "../../../engine/core/environment.ts";

const apply = (path: string, op: Constraint["op"], value: Constraint["value"] = null) =>
  constrain({ amount: 100, to: { name: "bob", card: "4242" } }, [{ path, op, value }]);

describe("constrain", () => {
  it("sets, bounds, drops and redacts, deep inside too, and leaves the given arguments alone", () => {
    expect(apply("args.method", "set", "voucher")).toMatchObject({ method: "voucher" });
    expect(apply("args.amount", "max", 50)).toMatchObject({ amount: 50 });
    expect(apply("args.amount", "min", 500)).toMatchObject({ amount: 500 });
    expect(apply("args.to.card", "redact")).toEqual({ amount: 100, to: { name: "bob", card: "[redacted]" } });
    expect(apply("args.to.card", "drop")).toEqual({ amount: 100, to: { name: "bob" } });
    expect(apply("args.nothing", "drop")).toEqual({ amount: 100, to: { name: "bob", card: "4242" } });
  });

  it("gives nothing when a term cannot be met or is none", () => {
    expect(apply("args.to.name", "oneOf", ["alice"])).toBeNull();
    expect(apply("args.to.name", "oneOf", ["bob"])).not.toBeNull();
    expect(apply("args.to.name", "max", 5)).toBeNull();
    expect(apply("facts.x", "set", 1)).toBeNull();
    expect(apply("args.__proto__.x", "set", 1)).toBeNull();
  });
});
