/**
 * What Memrail's public documentation offers an agent, row by row, over our own wire. Its SDK is not to be had from the
 * public registry, so this is a parity list, not an interoperability test.
 */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommandLine } from "../../api/cli/main.ts";
import { approver, author, type PolicyServer, refund, startPolicyServer } from "./policy-server.ts";

let policies: PolicyServer;
let ask: ReturnType<PolicyServer["as"]>;
const decide = async (question: object) => (await ask("POST", "/governance/v1/decisions", question)).json;
beforeAll(async () => {
  policies = await startPolicyServer();
  ask = policies.as("shop");
});
afterAll(() => policies.close());

describe("parity with Memrail", () => {
  it("A15 decision point: one call at the point of decision gives the answer, its terms and its reasons", async () => {
    expect(await decide(refund(120))).toMatchObject({
      decisionId: expect.any(String),
      determination: "ALLOW",
      constraints: [],
      reasonCodes: ["WITHIN_LIMIT", "BASELINE"],
      reasons: expect.arrayContaining([expect.any(String)]),
      permit: expect.any(String),
    });
  });

  it("C10 typed facts: a wrong type or an unknown word is denied, and the record names each fact's source and provenance", async () => {
    expect(await decide(refund(120, { facts: { ...refund(1).facts, "subject.standing": "excellent" } }))).toMatchObject(
      {
        determination: "DENY",
        reasonCodes: ["FACT_INVALID"],
      },
    );
    const { decisionId } = await decide(
      refund(120, {
        facts: {
          ...refund(1).facts,
          "subject.accountTenureDays": { value: 812, provenance: "trusted", source: "crm", observedAt: "2026-11-20" },
        },
      }),
    );
    const { json } = await ask("GET", `/governance/v1/decisions/${decisionId}`);
    expect(json.record.facts["subject.accountTenureDays"]).toEqual({
      value: 812,
      provenance: "trusted",
      source: "crm",
      observedAt: "2026-11-20",
    });
  });

  it("C10 provenance: what a model has written never makes the answer milder", async () => {
    const tenure = (provenance: string) =>
      refund(120, {
        facts: { ...refund(1).facts, "subject.standing": { value: "good", provenance, source: "chat" } },
      });
    expect((await decide(tenure("trusted"))).determination).toBe("ALLOW");
    expect((await decide(tenure("model"))).determination).toBe("DENY");
  });

  it("D01 lifecycle: draft, shadow, canary and active are ours; inactive is rolled back, archived is retired", async () => {
    const version = await policies.draft(510);
    const stageOf = async () => {
      const { json } = await ask("GET", "/governance/v1/policies/refund");
      return (json.versions as { version: number; stage: string }[]).find((one) => one.version === version)!.stage;
    };
    expect(await stageOf()).toBe("draft");
    for (const [stage, more] of [
      ["shadow", {}],
      ["canary", { shareBasisPoints: 5_000 }],
      ["active", {}],
    ] as const) {
      expect((await policies.promote(version, stage, more)).status).toBe(200);
      expect(await stageOf()).toBe(stage);
    }
    expect((await decide(refund(505))).determination).toBe("ALLOW");
    await policies.as(approver)("POST", "/governance/v1/policies/refund/rollback", { reason: "set inactive" });
    expect(await stageOf()).toBe("retired");
    expect((await decide(refund(505))).determination).toBe("REQUIRE_APPROVAL");
    // Inactive is not the end: it may be tried again from shadow on, but not skip the stages.
    expect((await policies.promote(version, "active")).status).toBe(409);
    expect((await policies.promote(version, "shadow")).status).toBe(200);
    expect((await policies.promote(version, "retired")).status).toBe(200);
    expect(await stageOf()).toBe("retired");
  });

  it("auto, require_human and advisory: allowed with a permit, held for a person, or answered in shadow and not enforced", async () => {
    expect(await decide(refund(130))).toMatchObject({ determination: "ALLOW", permit: expect.any(String) });
    expect(await decide(refund(640))).toMatchObject({
      determination: "REQUIRE_APPROVAL",
      permit: null,
      approval: { group: "refund-approvers" },
    });
    const stricter = await policies.draft(400);
    expect((await policies.promote(stricter, "shadow")).status).toBe(200);
    const { decisionId, determination } = await decide(refund(450));
    expect(determination).toBe("ALLOW");
    await expect
      .poll(async () => (await ask("GET", `/governance/v1/decisions/${decisionId}`)).json.shadows)
      .toMatchObject([{ version: stricter, determination: "REQUIRE_APPROVAL", enforced: false, widens: false }]);
    expect((await policies.promote(stricter, "retired")).status).toBe(200);
  });

  it("dry run: the same answer, but no record, no approval, no permit", async () => {
    const count = async (question: object) =>
      (await ask("POST", "/governance/v1/decisions/search", { agentId: "rehearsing", ...question })).json.items.length;
    const question = (amount: number) => refund(amount, { agent: { id: "rehearsing" } });
    const approvals = (await ask("GET", "/governance/v1/approvals?state=pending")).json.items.length;
    const { status, json } = await ask("POST", "/governance/v1/decisions/dry-run", question(640));
    expect(status).toBe(200);
    expect(json).toMatchObject({
      dryRun: true,
      determination: "REQUIRE_APPROVAL",
      approval: { group: "refund-approvers", quorum: 1 },
      args: null,
    });
    expect(json.approval).not.toHaveProperty("approvalId");
    const allowed = (await ask("POST", "/governance/v1/decisions/dry-run", question(120))).json;
    expect(allowed).toMatchObject({ determination: "ALLOW", args: { amount: 120 } });
    for (const name of ["permit", "decisionId", "recordHash"]) expect(allowed).not.toHaveProperty(name);
    expect(await count({})).toBe(0);
    expect((await ask("GET", "/governance/v1/approvals?state=pending")).json.items).toHaveLength(approvals);
    const printed: string[] = [];
    const exit = await runCommandLine(
      ["decide", JSON.stringify(question(640)), "--dry-run", "--json", "--url", policies.server.url],
      (text) => printed.push(text),
      (text) => printed.push(text),
    );
    expect([exit, JSON.parse(printed.join(""))]).toMatchObject([
      2,
      { dryRun: true, determination: "REQUIRE_APPROVAL" },
    ]);
    expect(await count({})).toBe(0);
    // The same question for real is a decision, and recorded.
    expect((await decide(question(120))).determination).toBe("ALLOW");
    expect(await count({})).toBe(1);
  });

  it("trace candidates: every version that had a say stands in the answer and in the record with its own", async () => {
    const generous = await policies.draft(900);
    expect((await policies.promote(generous, "shadow")).status).toBe(200);
    const expected = [
      { policyId: "refund", stage: "active", enforced: true, determination: "REQUIRE_APPROVAL" },
      { policyId: "refund", version: generous, stage: "shadow", enforced: false, determination: "ALLOW" },
      { policyId: "baseline", stage: "active", enforced: true, determination: "ALLOW" },
    ];
    const tried = (await ask("POST", "/governance/v1/decisions/dry-run", refund(640))).json;
    expect(tried.candidates).toHaveLength(expected.length);
    for (const one of expected) expect(tried.candidates).toContainEqual(expect.objectContaining(one));
    expect(tried.candidates[0].matchedRules).toContain("over_limit");
    const { decisionId } = await decide(refund(641));
    await expect
      .poll(async () => (await ask("GET", `/governance/v1/decisions/${decisionId}`)).json.candidates)
      .toHaveLength(expected.length);
    const { candidates } = (await ask("GET", `/governance/v1/decisions/${decisionId}`)).json;
    for (const one of expected) expect(candidates).toContainEqual(expect.objectContaining(one));
    expect((await policies.promote(generous, "retired")).status).toBe(200);
  });

  it("pin policy version: a question may name the version that judges it; never one that nobody has activated, or that was rolled back", async () => {
    const before = (await ask("GET", "/governance/v1/policies/refund")).json.activeVersion as number;
    const tight = await policies.draft(410);
    const pinned = (version: number) => decide(refund(450, { policies: [{ policyId: "refund", version }] }));
    expect(await pinned(tight)).toMatchObject({ determination: "DENY", reasonCodes: ["POLICY_NOT_ACTIVE"] });
    expect((await policies.promote(tight, "shadow")).status).toBe(200);
    expect(await pinned(tight)).toMatchObject({ determination: "DENY", reasonCodes: ["POLICY_NOT_ACTIVE"] });
    expect((await policies.promote(tight, "active", { expedited: true })).status).toBe(200);
    expect((await decide(refund(450))).determination).toBe("REQUIRE_APPROVAL");
    expect(await pinned(before)).toMatchObject({
      determination: "ALLOW",
      policies: expect.arrayContaining([expect.objectContaining({ policyId: "refund", version: before })]),
    });
    await policies.as(approver)("POST", "/governance/v1/policies/refund/rollback", { reason: "too tight" });
    expect((await pinned(before)).determination).toBe("ALLOW");
    expect(await pinned(tight)).toMatchObject({ determination: "DENY", reasonCodes: ["POLICY_NOT_ACTIVE"] });
  });

  it("C14 idempotency key: the same question again is the same decision, another under its key is refused", async () => {
    const question = refund(150, { idempotencyKey: "turn-7" });
    const [one, two] = [await decide(question), await decide(question)];
    expect(two.decisionId).toBe(one.decisionId);
    const other = await ask("POST", "/governance/v1/decisions", refund(151, { idempotencyKey: "turn-7" }));
    expect(other).toMatchObject({ status: 409, json: { problems: [{ code: "IDEMPOTENCY_KEY_REUSED" }] } });
  });

  it("D20 rules are uploaded as content: the same content again is the same version, and belongs to somebody", async () => {
    expect(await policies.draft(510)).toBe(await policies.draft(510));
    const { json } = await policies.as(author)("GET", "/governance/v1/policies/refund");
    expect(json).toMatchObject({ policyId: "refund", owner: expect.stringContaining("Customer Success") });
  });
});
