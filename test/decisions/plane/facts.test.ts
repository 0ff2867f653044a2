import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { requestContext } from "../../../decisions/plane/decide/facts.ts";
import type { ActionRequest, Fact, Json } from "../../../decisions/plane/types.ts";

function asked(facts: readonly (readonly [string, Json])[], args = {}): ActionRequest {
  return {
    action: { type: "pay", target: null, operation: "pay", reversible: true, riskClass: "low", toolRef: null },
    args,
    facts: Object.fromEntries(
      facts.map(([name, value]) => [name, { value, provenance: "trusted", source: "t" } as Fact]),
    ),
    policies: [],
    agent: null,
    actor: { id: "a", type: "service" },
    process: null,
    toolCallId: null,
    history: null,
    budget: null,
    idempotencyKey: "",
    now: 0,
  };
}

const contextOf = (request: ActionRequest): Json | string => {
  const prepared = requestContext(request);
  return prepared.ok ? (prepared.context as Json) : (prepared.verdict.reasonCodes[0] as string);
};

describe("the input data of a request", () => {
  it("nests facts by their dotted names, one after another, as a plain walk would", () => {
    const part = fc.constantFrom("a", "b", "c");
    const name = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => ["subject", ...parts].join("."));
    const value = fc.oneof(fc.integer(), fc.constant(null), fc.constant([1]), fc.constant({ a: 1, b: { c: 2 } }));
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(name, value), { maxLength: 8, selector: ([name]) => name }), (facts) => {
        const context = contextOf(asked(facts));
        const plain = walk(facts);
        if (plain === "FACT_CONFLICT") expect(context).toBe(plain);
        else expect((context as { subject: Json }).subject).toEqual(plain);
      }),
      { numRuns: 500 },
    );
  });

  it("never writes into what the caller handed over", () => {
    const args = { order: { id: 1 } };
    const shared = { deep: { kept: true } };
    const facts = [
      ["subject.x", shared],
      ["subject.x.deep.added", 1],
      ["args.order.extra", 2],
    ] as const;
    expect(contextOf(asked(facts, args))).toMatchObject({
      subject: { x: { deep: { kept: true, added: 1 } } },
      args: { order: { id: 1, extra: 2 } },
    });
    expect({ args, shared }).toEqual({ args: { order: { id: 1 } }, shared: { deep: { kept: true } } });
  });

  it.each(["", "a..b", ".a", "a.", "__proto__.x", "a.__proto__", "a.b.c.d.e.f.g.h.i"])(
    "refuses the name %j",
    (name) => {
      expect(contextOf(asked([[name, 1]]))).toBe("FACT_INVALID");
    },
  );
});

function walk(facts: readonly (readonly [string, Json])[]): Json | "FACT_CONFLICT" {
  const root = { subject: {} as Record<string, Json> };
  for (const [name, value] of facts) {
    const parts = name.split(".");
    let branch: Record<string, Json> = root;
    for (const part of parts.slice(0, -1)) {
      const inner = branch[part] ?? {};
      if (typeof inner !== "object" || Array.isArray(inner)) return "FACT_CONFLICT";
      branch = branch[part] = inner as Record<string, Json>;
    }
    branch[parts.at(-1) as string] = structuredClone(value) as Json;
  }
  return root.subject;
}
