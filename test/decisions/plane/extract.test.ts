import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { extractPolicy } from "../../../decisions/index.ts";
import { alice, bob, openTestPlane, service, type TestPlane } from "./open-plane.ts";

let opened: TestPlane;
beforeAll(async () => {
  opened = await openTestPlane();
});
afterAll(() => opened.close());

const draft = () =>
  extractPolicy({
    policyId: "extracted-refund",
    domain: "finance",
    actionType: "issue_refund",
    flows: [
      { id: "flow_else", name: null, condition: null },
      { id: "flow_auto", name: "Pay at once", condition: "account.tenure > 90 and refund.amount < 500" },
      { id: "flow_vip", name: null, condition: 'account.tier = "vip" and refund.amount < 5000' },
      { id: "flow_odd", name: "Odd", condition: "count(account.flags) > 2 or account.tenure < 1" },
    ],
  });

describe("rules hidden in a process", () => {
  it("C20 D21 become a policy draft with one rule per branch, the default last, that permits nothing yet", async () => {
    const content = draft();
    const created = await opened.plane.createPolicy(
      {
        ...content,
        manifest: {
          ...(content.manifest as object),
          facts: { ...(content.manifest as { facts: object }).facts, "account.flags": { type: "list" } },
        } as never,
      },
      alice,
    );
    const { text } = await opened.plane.getPolicyVersion(created.policyId, created.version);
    for (const part of ["account.tenure", "refund.amount", "account.tier", "> 90", "< 500", "PAY_AT_ONCE", "FLOW_ELSE"])
      expect(text).toContain(part);
    const rows = content.dmn.split("<rule ").slice(1);
    expect(rows).toHaveLength(4);
    expect(rows[3]).toContain("FLOW_ELSE");
    await expect(
      opened.plane.promotePolicy(created.policyId, 1, { stage: "shadow", reason: "t" }, bob),
    ).rejects.toMatchObject({
      status: 409,
      problems: expect.arrayContaining([
        expect.objectContaining({ code: "OWNER_MISSING" }),
        expect.objectContaining({ code: "TESTS_MISSING" }),
      ]),
    });
    expect((await opened.plane.evaluate({ action: { type: "issue_refund" } }, service)).determination).toBe("DENY");
  });

  it("are refused when there are none, and quoted when they are hostile", () => {
    expect(() => extractPolicy({ policyId: "p", domain: "d", actionType: "a", flows: [] })).toThrow(/1 to 500/);
    const hostile = extractPolicy({
      policyId: "p",
      domain: "d",
      actionType: "a",
      flows: [{ id: "f", name: '</description><script>"', condition: 'x = "</text>&"' }],
    });
    expect(hostile.dmn).not.toContain("<script>");
    expect(hostile.dmn).toContain("&lt;/text&gt;&amp;");
  });
});
