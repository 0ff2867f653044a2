/** Questions from outside the engine: one decision however often it is asked, approvals, permits, outcomes. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bob, carol, openTestPlane, readPackage, refundQuestion, service, type TestPlane } from "./open-plane.ts";

let opened: TestPlane;
beforeAll(async () => {
  opened = await openTestPlane();
  for (const name of ["refund", "baseline", "customer-communication"])
    await opened.plane.installPolicy(await readPackage(name));
});
afterAll(() => opened.close());

let calls = 0;
const ask = (amount: number, more: Record<string, unknown> = {}) =>
  opened.plane.evaluate(refundQuestion(amount, more) as never, service);
const newRun = () => ({ run: { runId: "run-1", toolCallId: `call-${calls++}` } });
const count = async (sql: string): Promise<number> =>
  Number((await opened.database.query<{ count: string }>(sql))[0]?.count);

describe("a question", () => {
  it("A15 C14 is answered with terms, reasons, a permit and the hash of its record", async () => {
    const answer = await ask(120.5);
    expect(answer).toMatchObject({
      determination: "ALLOW",
      pending: false,
      reasons: expect.arrayContaining(["A known customer and an amount below the limit."]),
    });
    expect(answer.recordHash).toBe((await opened.plane.getDecision(answer.decisionId)).place.recordHash);
  });

  it("C14 H01 asked five times by a framework that replays its step gets one decision", async () => {
    const run = newRun();
    const before = await count("select count(*) from plane_record where kind = 'decision'");
    const answers = [];
    for (let index = 0; index < 5; index++) answers.push(await ask(120.5, run));
    expect(new Set(answers.map(({ decisionId }) => decisionId)).size).toBe(1);
    expect(new Set(answers.map(({ permit }) => permit)).size).toBe(1);
    expect(await count("select count(*) from plane_record where kind = 'decision'")).toBe(before + 1);
  });

  it("asked at the same moment by two workers gets one decision", async () => {
    const run = newRun();
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask(120.5, run)));
    expect(new Set(answers.map(({ decisionId }) => decisionId)).size).toBe(1);
  });

  it("C15 asked at the same moment on two nodes gets one decision, one approval, and one record of it", async () => {
    const nodes = [opened.plane, await opened.another()];
    const runs = Array.from({ length: 10 }, newRun);
    const before = await count("select count(*) from plane_record where kind = 'decision'");
    const approvals = await count("select count(*) from approval");
    const answers = await Promise.all(
      runs.flatMap((run) => nodes.map((node) => node.evaluate(refundQuestion(640, run) as never, service))),
    );
    for (const [index] of runs.entries())
      expect(answers[2 * index + 1]).toMatchObject({
        decisionId: answers[2 * index]?.decisionId,
        approval: answers[2 * index]?.approval,
      });
    expect(await count("select count(*) from plane_record where kind = 'decision'")).toBe(before + runs.length);
    expect(await count("select count(*) from approval")).toBe(approvals + runs.length);
  });

  it("with other arguments is another question, and under the caller's own key an error", async () => {
    const run = newRun();
    expect((await ask(100, run)).decisionId).not.toBe((await ask(101, run)).decisionId);
    await ask(100, { idempotencyKey: "mine" });
    await expect(ask(101, { idempotencyKey: "mine" })).rejects.toMatchObject({
      status: 409,
      problems: [{ code: "IDEMPOTENCY_KEY_REUSED" }],
    });
  });

  it.each([
    ["no action", { action: undefined }],
    ["an unknown member", { surprise: 1 }],
    ["an action that is a text", { action: "issue_refund" }],
    ["a NUL", { args: { note: "a\u0000b" } }],
    ["__proto__", { args: JSON.parse('{"__proto__":{"x":1}}') as object }],
    ["NaN", { args: { amount: Number.NaN } }],
    ["an unknown provenance", { facts: { x: { value: 1, provenance: "rumour" } } }],
  ])("with %s is refused and names the place", async (_name, change) => {
    await expect(ask(1, change)).rejects.toMatchObject({ status: 400, name: "InvalidInputError" });
  });

  it("takes facts nested or dotted", async () => {
    const nested = {
      subject: {
        accountTenureDays: 812,
        refundsLast12Months: 0,
        standing: { value: "good", provenance: "trusted", source: "crm", observedAt: "2026-11-21T11:00:00Z" },
      },
    };
    expect((await ask(120.5, { facts: nested })).determination).toBe("ALLOW");
  });

  it("C04 about a mailing to fifty thousand waits for a person, about one fewer does not", async () => {
    const mail = (recipients: number) =>
      opened.plane.evaluate(
        {
          action: { type: "send_campaign", operation: "send" },
          args: { recipients },
          facts: { "subject.consent": "given" },
        },
        service,
      );
    expect((await mail(50_000)).determination).toBe("REQUIRE_APPROVAL");
    expect((await mail(49_999)).determination).toBe("ALLOW");
  });
});

describe("an approval of an action from outside", () => {
  it("F05 S19 releases exactly what was asked, once, after a person has approved", async () => {
    const run = newRun();
    const asked = await ask(640, run);
    expect(asked).toMatchObject({ determination: "REQUIRE_APPROVAL", permit: null, args: null });
    expect((await ask(640, run)).decisionId).toBe(asked.decisionId);
    const approvalId = asked.approval?.approvalId as string;
    expect(await opened.plane.vote(approvalId, { verdict: "approve", comment: "Looks right" }, bob)).toMatchObject({
      state: "approved",
      votes: [{ approver: { id: "bob" }, comment: "Looks right" }],
    });
    const resumed = await Promise.all([ask(640, run), ask(640, run), ask(640, run)]);
    expect(new Set(resumed.map(({ decisionId }) => decisionId)).size).toBe(1);
    expect(resumed[0]).toMatchObject({ determination: "ALLOW", args: { amount: 640 } });
    expect((await opened.plane.getApproval(approvalId)).usedBy).toBe(resumed[0]?.decisionId);
    expect(await ask(640, run)).toMatchObject({ decisionId: resumed[0]?.decisionId, permit: resumed[0]?.permit });
  });

  it("can be taken up by its id, without a run", async () => {
    const asked = await ask(640);
    const approvalId = asked.approval?.approvalId as string;
    expect((await ask(640, { approvalId })).determination).toBe("REQUIRE_APPROVAL");
    await opened.plane.vote(approvalId, { verdict: "approve" }, bob);
    expect((await ask(640, { approvalId })).determination).toBe("ALLOW");
  });

  it("S18 does not release other arguments than those that were approved", async () => {
    const asked = await ask(640);
    const approvalId = asked.approval?.approvalId as string;
    await opened.plane.vote(approvalId, { verdict: "approve" }, bob);
    expect(await ask(4000, { approvalId })).toMatchObject({
      determination: "REQUIRE_APPROVAL",
      reasonCodes: expect.arrayContaining(["APPROVAL_STALE"]),
      permit: null,
    });
  });

  it("that is refused denies", async () => {
    const run = newRun();
    const asked = await ask(640, run);
    await opened.plane.vote(asked.approval?.approvalId as string, { verdict: "reject", comment: "No" }, bob);
    expect(await ask(640, run)).toMatchObject({
      determination: "DENY",
      reasonCodes: ["APPROVAL_REJECTED"],
      permit: null,
    });
  });

  it("that is edited runs the edited arguments", async () => {
    const run = newRun();
    const asked = await ask(640, run);
    const args = { ...refundQuestion(640).args, amount: 300 };
    await opened.plane.vote(asked.approval?.approvalId as string, { verdict: "edit", args }, bob);
    expect(await ask(640, run)).toMatchObject({ determination: "ALLOW", args: { amount: 300 } });
  });

  it("S19 is not given by the requester, by an agent, twice by one person, or by a stranger to the group", async () => {
    const asked = await ask(640);
    const approvalId = asked.approval?.approvalId as string;
    const vote = (by: object) => opened.plane.vote(approvalId, { verdict: "approve" }, by as never);
    await expect(vote({ id: "refund-agent", type: "human", groups: ["refund-approvers"] })).rejects.toMatchObject({
      status: 403,
    });
    await expect(vote({ id: "helper", type: "agent", groups: ["refund-approvers"] })).rejects.toMatchObject({
      status: 403,
    });
    await expect(vote({ id: "eve", type: "human", groups: ["sales"] })).rejects.toMatchObject({ status: 403 });
    await vote(bob);
    await expect(vote(carol)).rejects.toMatchObject({ status: 409 });
  });

  it("F01 can be given by an automated approver that is in the group", async () => {
    const asked = await ask(640);
    const robot = { id: "approval-rules", type: "service" as const, groups: ["refund-approvers"] };
    expect(
      (
        await opened.plane.vote(
          asked.approval?.approvalId as string,
          { verdict: "approve", comment: "rule 7: returning customer" },
          robot,
        )
      ).state,
    ).toBe("approved");
  });

  it("F04 escalates at its deadline to the second group and expires at the second one, never approving by silence", async () => {
    const run = newRun();
    const asked = await ask(640, run);
    const approvalId = asked.approval?.approvalId as string;
    opened.plane.start();
    opened.clock.advance(4 * 3_600_000 + 1);
    await expect
      .poll(() => opened.plane.getApproval(approvalId), { timeout: 5000 })
      .toMatchObject({ state: "pending", escalated: true, group: "refund-supervisors" });
    await expect(opened.plane.vote(approvalId, { verdict: "approve" }, bob)).rejects.toMatchObject({ status: 403 });
    opened.clock.advance(4 * 3_600_000 + 1);
    await expect
      .poll(() => opened.plane.getApproval(approvalId), { timeout: 5000 })
      .toMatchObject({ state: "expired" });
    expect(await ask(640, run)).toMatchObject({ determination: "DENY", reasonCodes: ["APPROVAL_EXPIRED"] });
  });
});

describe("a permit", () => {
  const use = (permit: string | null, change: object = {}) =>
    opened.plane.redeemPermit(permit as string, {
      actionType: "issue_refund",
      audience: "payments.refund@1",
      args: refundQuestion(120.5).args as never,
      holder: "payments-1",
      ...change,
    });
  const code = (name: string) => ({ status: 409, problems: [{ code: name }] });

  it("S19 is used once; the same effect may be tried again under its key", async () => {
    const { permit, decisionId } = await ask(120.5);
    await expect(use(permit)).resolves.toEqual({ decisionId });
    await expect(use(permit)).resolves.toEqual({ decisionId });
    await expect(use(permit, { holder: "payments-2" })).rejects.toMatchObject(code("PERMIT_REPLAYED"));
  });

  it("S18 is not for other arguments, another action, another tool, another time or another signer", async () => {
    const { permit } = await ask(120.5);
    await expect(use(permit, { args: { ...refundQuestion(120.5).args, amount: 1205 } })).rejects.toMatchObject(
      code("PERMIT_ARGS_CHANGED"),
    );
    await expect(use(permit, { actionType: "issue_store_credit" })).rejects.toMatchObject(code("PERMIT_OTHER_ACTION"));
    await expect(use(permit, { audience: "mail.send@1" })).rejects.toMatchObject(code("PERMIT_OTHER_AUDIENCE"));
    await expect(use(`${permit?.slice(0, -4)}AAAA`)).rejects.toMatchObject(code("PERMIT_INVALID"));
    opened.clock.advance(16 * 60_000);
    await expect(use(permit)).rejects.toMatchObject(code("PERMIT_EXPIRED"));
  });
});

describe("the outcome of an action", () => {
  const report = (
    decisionId: string,
    executedArgs: object | null,
    status: "succeeded" | "not_executed" = "succeeded",
  ) => opened.plane.recordOutcome(decisionId, { status, executedArgs: executedArgs as never }, service);

  it("H06 is within terms when exactly the permitted arguments ran", async () => {
    const answer = await ask(120.5);
    expect(await report(answer.decisionId, answer.args)).toMatchObject({ withinTerms: true, violations: [] });
    expect((await opened.plane.getDecision(answer.decisionId)).outcome).toMatchObject({
      status: "succeeded",
      withinTerms: true,
    });
  });

  it("A18 H06 is outside terms when a constraint was not kept, when others ran, or when nothing was permitted, and raises an alert", async () => {
    const credit = await ask(80, { facts: { ...refundQuestion(1).facts, "subject.accountTenureDays": 10 } });
    expect(await report(credit.decisionId, refundQuestion(80).args)).toMatchObject({
      withinTerms: false,
      violations: [{ code: "TERMS_BROKEN", path: "args.method" }],
    });
    const plain = await ask(120.5);
    expect(await report(plain.decisionId, { ...refundQuestion(120.5).args, amount: 121 })).toMatchObject({
      withinTerms: false,
      violations: [{ code: "ARGS_CHANGED" }],
    });
    const denied = await ask(9000);
    expect(await report(denied.decisionId, refundQuestion(9000).args)).toMatchObject({
      withinTerms: false,
      violations: [{ code: "NOT_PERMITTED" }],
    });
    await expect
      .poll(async () => (await opened.plane.alerts()).items.filter(({ rule }) => rule === "OUTSIDE_TERMS").length)
      .toBe(3);
  });

  it("of a denied action that did not run is nothing to complain of", async () => {
    const denied = await ask(9000);
    expect(await report(denied.decisionId, null, "not_executed")).toMatchObject({ withinTerms: null, violations: [] });
  });

  it("of a decision that nobody made is refused", async () => {
    await expect(report("018f0000-0000-7000-8000-000000000000", {})).rejects.toMatchObject({ status: 404 });
  });
});

describe("a batch at the start of a workflow", () => {
  it("C15 C16 says what is permitted, until when, and under which epoch; a permit can be refused once the policy has changed", async () => {
    const batch = await opened.plane.evaluateBatch(
      { decisions: [refundQuestion(120.5), refundQuestion(640), refundQuestion(9000)] as never },
      service,
    );
    expect(batch.decisions.map(({ determination }) => determination)).toEqual(["ALLOW", "REQUIRE_APPROVAL", "DENY"]);
    expect(batch.maxStaleness).toBe("PT300S");
    expect(batch.epoch).toBeGreaterThan(0);
    const [first] = batch.decisions;
    const expected = {
      actionType: "issue_refund",
      args: refundQuestion(120.5).args as never,
      holder: "w",
      fresh: true,
    };
    await expect(opened.plane.redeemPermit(first?.permit as string, expected)).resolves.toBeDefined();
    const changed = await opened.plane.createPolicy(
      await readPackage("refund", (dmn) => dmn.replace("&gt;= 500", "&gt;= 400")),
      { id: "alice", type: "human" },
    );
    await opened.plane.promotePolicy(
      "refund",
      changed.version,
      { stage: "active", reason: "lower the limit", expedited: true },
      bob,
    );
    await expect(opened.plane.redeemPermit(first?.permit as string, expected)).rejects.toMatchObject({
      problems: [{ code: "DECISION_STALE" }],
    });
    await expect(
      opened.plane.redeemPermit(first?.permit as string, { ...expected, fresh: false }),
    ).resolves.toBeDefined();
  });
});
