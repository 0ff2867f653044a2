/** What a report calls wider: a milder answer, or the same answer on looser terms (D18). */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answered, widens } from "../../../decisions/plane/decide/widening.ts";
import type { Constraint, Json } from "../../../decisions/plane/types.ts";
import { alice, bob, openTestPlane, readPackage, refundQuestion, service, type TestPlane } from "./open-plane.ts";
import { smallPolicy } from "./small-policy.ts";

const term = (op: Constraint["op"], value: Json = null, path = "args.amount"): Constraint => ({ path, op, value });
const allow = (...constraints: Constraint[]): Answered => ({
  determination: constraints.length > 0 ? "ALLOW_WITH_CONSTRAINTS" : "ALLOW",
  constraints,
  approval: null,
});
const ask = (quorum: number, onTimeout: "reject" | "escalate" | "approve", ...constraints: Constraint[]): Answered => ({
  determination: "REQUIRE_APPROVAL",
  constraints,
  approval: { quorum, onTimeout },
});

describe("terms", () => {
  it.each([
    ["a higher maximum", allow(term("max", 500)), allow(term("max", 1000))],
    ["a lower minimum", allow(term("min", 5)), allow(term("min", 1))],
    ["a longer list", allow(term("oneOf", ["a"])), allow(term("oneOf", ["a", "b"]))],
    ["another fixed value", allow(term("set", "credit")), allow(term("set", "cash"))],
    ["a list instead of a fixed value", allow(term("set", "a")), allow(term("oneOf", ["a", "b"]))],
    ["a bound at another place", allow(term("max", 5)), allow(term("max", 5, "args.count"))],
    ["masking instead of leaving out", allow(term("drop")), allow(term("redact"))],
    ["one term fewer", allow(term("max", 5), term("drop", null, "args.note")), allow(term("max", 5))],
    ["no terms at all", allow(term("max", 5)), allow()],
    ["fewer voices", ask(2, "reject"), ask(1, "reject")],
    ["silence that approves", ask(1, "escalate"), ask(1, "approve")],
    ["an approval on looser terms", ask(1, "reject", term("max", 5)), ask(1, "reject", term("max", 6))],
    ["a milder answer", ask(1, "reject"), allow(term("max", 5))],
  ])("D18 widen by %s", (_name, before, after) => {
    expect(widens(before, after)).toBe(true);
    expect(widens(before, before)).toBe(false);
  });

  it.each([
    ["a lower maximum", allow(term("max", 1000)), allow(term("max", 500))],
    ["a fixed value within the bound", allow(term("max", 5)), allow(term("set", 4))],
    ["a shorter list", allow(term("oneOf", ["a", "b"])), allow(term("oneOf", ["b"]))],
    ["leaving out instead of masking", allow(term("redact")), allow(term("drop"))],
    [
      "leaving out the whole",
      allow(term("redact", null, "args.person.name")),
      allow(term("drop", null, "args.person")),
    ],
    ["one term more", allow(), allow(term("max", 5))],
    ["a denial", allow(), { determination: "DENY", constraints: [], approval: null } as Answered],
    ["an approval without the terms", allow(term("max", 5)), ask(1, "reject")],
  ])("D18 do not widen by %s", (_name, before, after) => {
    expect(widens(before, after)).toBe(false);
  });
});

describe("a report", () => {
  let opened: TestPlane;
  beforeAll(async () => {
    opened = await openTestPlane();
  });
  afterAll(() => opened.close());

  const capped = (max: number) =>
    smallPolicy({
      id: "capped",
      actions: ["pay"],
      facts: { "args.amount": { type: "number" } },
      inputs: [["args.amount", "number"]],
      rows: [
        {
          when: ["-"],
          give: "ALLOW_WITH_CONSTRAINTS",
          code: "CAPPED",
          terms: { constraintPath: '"args.amount"', constraintOp: '"max"', constraintValue: String(max) },
          example: { args: { amount: 5 } },
        },
      ],
    });

  it("D18 lists looser constraints as widenings, from the shadow and from history, and asks for their acceptance", async () => {
    const { plane } = opened;
    await plane.installPolicy(capped(500));
    const { version } = await plane.createPolicy(capped(1000), alice);
    await plane.promotePolicy("capped", version, { stage: "shadow", reason: "t" }, bob);
    for (let amount = 1; amount <= 3; amount++)
      await plane.evaluate({ action: { type: "pay" }, args: { amount } }, service);
    const wider = [
      { from: "ALLOW_WITH_CONSTRAINTS", to: "ALLOW_WITH_CONSTRAINTS", count: 3, widens: true, termsChanged: true },
    ];
    expect(await plane.shadowReport("capped", version)).toMatchObject({
      evaluated: 3,
      same: 0,
      changed: 3,
      widened: 3,
      changes: wider,
    });
    expect(await plane.replayPolicy("capped", version, {})).toMatchObject({ widened: 3, changes: wider });
    await expect(plane.promotePolicy("capped", version, { stage: "canary", reason: "t" }, bob)).rejects.toMatchObject({
      problems: [{ code: "WIDENINGS_UNACKNOWLEDGED" }],
    });
    const tighter = await plane.createPolicy(capped(100), alice);
    expect(await plane.replayPolicy("capped", tighter.version, {})).toMatchObject({ changed: 3, widened: 0 });
  });

  it("S13 of a shadow version counts the decisions of the reader's tenants alone, and so does drift", async () => {
    const { plane } = opened;
    await plane.installPolicy(await readPackage("refund"));
    const raised = await readPackage("refund", (dmn) => dmn.replace("&gt;= 500", "&gt;= 750"));
    const { version } = await plane.createPolicy(raised, alice);
    await plane.promotePolicy("refund", version, { stage: "shadow", reason: "t" }, bob);
    const north = { ...service, tenantIds: ["north"] };
    const south = { ...service, tenantIds: ["south"] };
    for (const by of [north, north, south]) await plane.evaluate(refundQuestion(640) as never, by);
    const report = async (by?: typeof north) => (await plane.shadowReport("refund", version, by)).evaluated;
    expect([await report(north), await report(south), await report()]).toEqual([2, 1, 3]);
    const drift = async (by?: typeof north) => (await plane.drift("refund", {}, by)).recent;
    expect([await drift(north), await drift(south), await drift()]).toEqual([
      { decisions: 2 },
      { decisions: 1 },
      { decisions: 3 },
    ]);
  });
});
