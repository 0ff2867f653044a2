/** When people are asked, what silence means by risk, and what happens when nobody is there: group F as tables. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Question } from "../../../decisions/index.ts";
import type { Caller } from "../../../decisions/plane/types.ts";
import { openTestPlane, service, type TestPlane } from "./open-plane.ts";
import { smallPolicy } from "./small-policy.ts";

let opened: TestPlane;
beforeAll(async () => {
  opened = await openTestPlane();
  opened.plane.start();
});
afterAll(() => opened.close());

let runs = 0;
const ask = (question: object) => opened.plane.evaluate(question as Question, service);
const approvalOf = async (question: object) => {
  const run = { run: { runId: `run-${runs++}`, toolCallId: "c" } };
  const asked = { ...question, ...run };
  const answer = await ask(asked);
  return { answer, asked, approvalId: answer.approval?.approvalId as string };
};

describe("actions of high stakes", () => {
  beforeAll(async () => {
    await opened.plane.installPolicy(
      smallPolicy({
        id: "high-stakes",
        actions: ["act"],
        inputs: [
          ["action.operation", "string"],
          ['starts with(action.target, "https://")', "boolean"],
          ["action.reversible", "boolean"],
        ],
        rows: [
          {
            when: ['"write","delete"', "-", "-"],
            give: "REQUIRE_APPROVAL",
            code: "WRITES",
            terms: { approvalGroup: '"approvers"' },
            example: { action: { type: "act", operation: "write", target: "crm" } },
          },
          {
            when: ["-", "true", "-"],
            give: "REQUIRE_APPROVAL",
            code: "EXTERNAL_CALL",
            terms: { approvalGroup: '"approvers"' },
            example: { action: { type: "act", operation: "execute", target: "https://api.example", reversible: true } },
          },
          {
            when: ["-", "-", "false"],
            give: "REQUIRE_APPROVAL",
            code: "IRREVERSIBLE",
            terms: { approvalGroup: '"approvers"' },
            example: { action: { type: "act", operation: "execute", target: "mail", reversible: false } },
          },
          {
            when: ["-", "-", "-"],
            give: "ALLOW",
            code: "HARMLESS",
            example: { action: { type: "act", operation: "read", target: "crm", reversible: true } },
          },
        ],
      }),
    );
  });
  const act = (operation: string, target: string, reversible: boolean) => ({
    action: { type: "act", operation, target, reversible, riskClass: "low" },
  });

  it("F01 are put before somebody: writes, external API calls, irreversible operations; the rest is not", async () => {
    const classes = [
      act("write", "crm", true),
      act("execute", "https://api.example", true),
      act("execute", "mail", false),
    ];
    for (const [index, code] of ["WRITES", "EXTERNAL_CALL", "IRREVERSIBLE"].entries())
      expect((await approvalOf(classes[index] as object)).answer).toMatchObject({
        determination: "REQUIRE_APPROVAL",
        reasonCodes: [code],
        permit: null,
      });
    expect((await ask(act("read", "crm", true))).determination).toBe("ALLOW");
  });

  it("F01 are released by an automated approver that reads what is asked and votes by its own rule", async () => {
    const robot: Caller = { id: "approval-rules", type: "service", groups: ["approvers"], authenticated: true };
    const round = async (): Promise<void> => {
      const { items } = await opened.plane.searchApprovals({ state: "pending", group: "approvers" });
      for (const { approvalId, action } of items) {
        const verdict = action.operation === "write" ? "approve" : "reject";
        await opened.plane.vote(approvalId, { verdict, comment: "rule 7: writes to our own systems are fine" }, robot);
      }
    };
    const [write, call] = [
      await approvalOf(act("write", "crm", true)),
      await approvalOf(act("execute", "https://x", true)),
    ];
    await round();
    expect(await ask(write.asked)).toMatchObject({ determination: "ALLOW", reasonCodes: ["WRITES", "APPROVED"] });
    expect(await ask(call.asked)).toMatchObject({ determination: "DENY", reasonCodes: ["APPROVAL_REJECTED"] });
    expect((await opened.plane.getApproval(write.approvalId)).votes).toMatchObject([
      { approver: { id: "approval-rules", type: "service" }, comment: "rule 7: writes to our own systems are fine" },
    ]);
  });
});

describe("silence", () => {
  const seconds: Readonly<Record<string, number>> = { low: 10, medium: 20, high: 30 };

  beforeAll(async () => {
    const row = (risk: string, onTimeout: string) => ({
      when: [`"${risk}"`],
      give: "REQUIRE_APPROVAL" as const,
      code: risk.toUpperCase(),
      terms: { approvalGroup: '"nobody-is-in-it"', approvalSla: `"PT${seconds[risk]}S"`, onTimeout: `"${onTimeout}"` },
      example: { action: { type: "wait", riskClass: risk, reversible: true } },
    });
    await opened.plane.installPolicy(
      smallPolicy({
        id: "by-risk",
        actions: ["wait"],
        inputs: [["action.riskClass", "string"]],
        rows: [row("low", "approve"), row("medium", "reject"), row("high", "approve")],
      }),
    );
  });
  const wait = (riskClass: string, reversible = true) => ({ action: { type: "wait", riskClass, reversible } });
  const states = (...approvals: { readonly approvalId: string }[]) =>
    Promise.all(approvals.map(async ({ approvalId }) => (await opened.plane.getApproval(approvalId)).state));

  it("F04 approves or rejects after so many seconds by risk, and never approves what is of high risk or cannot be undone", async () => {
    const [low, medium, high, final] = [
      await approvalOf(wait("low")),
      await approvalOf(wait("medium")),
      await approvalOf(wait("high")),
      await approvalOf(wait("low", false)),
    ] as const;
    expect([low, medium, high, final].map(({ answer }) => answer.approval?.onTimeout)).toEqual([
      "approve",
      "reject",
      "reject",
      "reject",
    ]);
    opened.clock.advance(9_000);
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(await states(low, medium, high, final)).toEqual(["pending", "pending", "pending", "pending"]);
    opened.clock.advance(1_001);
    await expect
      .poll(() => states(low, medium, high, final), { timeout: 5000 })
      .toEqual(["approved", "pending", "pending", "expired"]);
    opened.clock.advance(20_000);
    await expect.poll(() => states(medium, high), { timeout: 5000 }).toEqual(["expired", "expired"]);
    expect(await ask(low.asked)).toMatchObject({ determination: "ALLOW" });
    for (const { asked } of [medium, high, final])
      expect(await ask(asked)).toMatchObject({
        determination: "DENY",
        reasonCodes: ["APPROVAL_EXPIRED"],
        permit: null,
      });
  });

  it("F06 of a group in which nobody is falls back to a denial, and no stranger may step in", async () => {
    const high = await approvalOf(wait("high"));
    const stranger: Caller = { id: "sam", type: "human", groups: ["sales"], authenticated: true };
    await expect(opened.plane.vote(high.approvalId, { verdict: "approve" }, stranger)).rejects.toMatchObject({
      status: 403,
    });
    opened.clock.advance(30_001);
    await expect.poll(() => states(high), { timeout: 5000 }).toEqual(["expired"]);
    expect(await ask(high.asked)).toMatchObject({ determination: "DENY", permit: null });
  });
});

describe("authority of tools", () => {
  it("D14 is granted to a catalogued version of a tool, and to no other", async () => {
    await opened.plane.installPolicy(
      smallPolicy({
        id: "tool-catalogue",
        actions: ["charge"],
        inputs: [["action.toolRef", "string"]],
        rows: [
          {
            when: ['"payments.charge@3"'],
            give: "ALLOW",
            code: "CATALOGUED",
            example: { action: { type: "charge", toolRef: "payments.charge@3" } },
          },
          { when: ["-"], give: "DENY", code: "NOT_CATALOGUED", example: {} },
        ],
      }),
    );
    const charge = async (toolRef: string | null) => (await ask({ action: { type: "charge", toolRef } })).determination;
    expect([
      await charge("payments.charge@3"),
      await charge("payments.charge@2"),
      await charge("shadow.charge@3"),
      await charge(null),
    ]).toEqual(["ALLOW", "DENY", "DENY", "DENY"]);
    const { grants } = await opened.plane.authority({ action: "charge" });
    expect(JSON.stringify(grants)).toContain("payments.charge@3");
  });
});
