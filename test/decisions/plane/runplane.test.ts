/**
 * Runplane's wire contract, through a client of our own that does what its public SDK does: guard, poll the approval,
 * run or refuse. (HTTP is the API room's; here the same calls are made directly.)
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bob, openTestPlane, readPackage, service, type TestPlane } from "./open-plane.ts";

let opened: TestPlane;
beforeAll(async () => {
  opened = await openTestPlane();
  await opened.plane.installPolicy(await readPackage("customer-communication"));
});
afterAll(() => opened.close());

const guard = (recipients: number, requestId?: string) =>
  opened.plane.guard(
    {
      action: {
        type: "send_campaign",
        target: "email",
        context: { recipients, facts: { "subject.consent": "given" } },
      },
      ...(requestId !== undefined && { requestId }),
    },
    service,
  );

async function run(recipients: number, act: () => string): Promise<string> {
  const answer = await guard(recipients);
  if (answer.decision === "BLOCK") throw new Error(`BLOCKED: ${answer.reason}`);
  if (answer.decision === "ALLOW") return act();
  const approval = await opened.plane.guardApproval(answer.approvalId as string);
  if (approval.status === "approved") return act();
  throw new Error(approval.status === "denied" ? `DENIED: ${approval.comment} (${approval.resolvedBy})` : "TIMEOUT");
}

describe("the Runplane-compatible surface", () => {
  it("A07 C03 gives the three decisions with reason, matched rule, risk score and severity", async () => {
    expect(await guard(10, "r-1")).toMatchObject({
      decision: "ALLOW",
      requestId: "r-1",
      approvalId: null,
      matchedRule: "customer-communication@1#small_mailing",
      riskScore: 40,
      severity: "medium",
    });
    expect(await guard(50_000)).toMatchObject({
      decision: "REQUIRE_APPROVAL",
      reason: "Fifty thousand recipients or more.",
      approvalId: expect.any(String),
    });
    expect(await opened.plane.guard({ action: { type: "unknown_action" } }, service)).toMatchObject({
      decision: "BLOCK",
      reason: "No policy governs this action.",
    });
  });

  it("asks once per request id", async () => {
    const [one, two] = [await guard(50_000, "r-2"), await guard(50_000, "r-2")];
    expect(two.approvalId).toBe(one.approvalId);
  });

  it("A07 runs what is allowed and refuses what is not", async () => {
    expect(await run(10, () => "sent")).toBe("sent");
    await expect(run(50_000, () => "sent")).rejects.toThrow("TIMEOUT");
  });

  it("tells of the approval: pending, then approved or denied, by whom and why", async () => {
    const asked = await guard(60_000);
    expect(await opened.plane.guardApproval(asked.approvalId as string)).toMatchObject({
      status: "pending",
      resolvedAt: null,
      resolvedBy: null,
    });
    await opened.plane.vote(
      asked.approvalId as string,
      { verdict: "reject", comment: "not on a Sunday" },
      { ...bob, groups: ["communication-approvers"] },
    );
    expect(await opened.plane.guardApproval(asked.approvalId as string)).toMatchObject({
      status: "denied",
      resolvedBy: "bob",
      comment: "not on a Sunday",
      resolvedAt: expect.any(String),
    });
  });

  it("verifies the chain", async () => {
    expect(await opened.plane.auditStatus()).toMatchObject({
      valid: true,
      brokenAt: null,
      chainLength: expect.any(Number),
    });
  });

  it("without an action is a bad request", async () => {
    await expect(opened.plane.guard({} as never, service)).rejects.toMatchObject({ status: 400 });
  });
});
