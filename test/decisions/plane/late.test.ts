/** Pattern 3: a default holds, the queue judges, a difference is corrected. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LateAnswer, Question } from "../../../decisions/index.ts";
import { readQuestion } from "../../../decisions/plane/decide/question.ts";
import { bob, openTestPlane, readPackage, refundFacts, service, type TestPlane } from "./open-plane.ts";

let opened: TestPlane;
beforeAll(async () => {
  opened = await openTestPlane();
  await opened.plane.installPolicy(await readPackage("refund"));
  opened.plane.start();
});
afterAll(() => opened.close());

const credit = (amount: number, more: object = {}): Question =>
  ({
    action: { type: "issue_store_credit", reversible: true, riskClass: "low" },
    args: { amount, reason: "other" },
    facts: { ...refundFacts },
    mode: "async",
    ...more,
  }) as never;
const corrections = async (decisionId: string) => (await opened.plane.getDecision(decisionId)).corrections;

describe("an asynchronous question", () => {
  it("C17 is answered at once with the default of its risk class: allow when low, deny from medium on", async () => {
    expect(await opened.plane.evaluate(credit(10), service)).toMatchObject({
      determination: "ALLOW",
      pending: true,
      reasonCodes: ["PENDING_EVALUATION"],
    });
    const medium = credit(10, { action: { type: "issue_store_credit", reversible: true, riskClass: "medium" } });
    expect(await opened.plane.evaluate(medium, service)).toMatchObject({
      determination: "DENY",
      pending: true,
      permit: null,
    });
  });

  it("C19 is refused for what cannot be undone, and as allowed by default for high risk", async () => {
    await expect(
      opened.plane.evaluate(credit(10, { action: { type: "issue_store_credit", reversible: false } }), service),
    ).rejects.toMatchObject({ status: 400, problems: [{ code: "ASYNC_IRREVERSIBLE" }] });
    const high = credit(10, {
      action: { type: "issue_store_credit", reversible: true, riskClass: "high" },
      default: "ALLOW",
    });
    await expect(opened.plane.evaluate(high, service)).rejects.toMatchObject({
      status: 400,
      problems: [{ code: "ASYNC_DEFAULT" }],
    });
  });

  it("C18 allowed by default and denied by the policy is to be compensated", async () => {
    const answer = await opened.plane.evaluate(credit(9000), service);
    await expect
      .poll(() => corrections(answer.decisionId), { timeout: 5000 })
      .toMatchObject([{ correction: "compensate", determination: "DENY", reasonCodes: ["AMOUNT_OVER_MAXIMUM"] }]);
  });

  it("C18 denied by default and allowed by the policy is released", async () => {
    const answer = await opened.plane.evaluate(credit(10, { default: "DENY" }), service);
    await expect
      .poll(() => corrections(answer.decisionId), { timeout: 5000 })
      .toMatchObject([{ correction: "release", determination: "ALLOW" }]);
  });

  it("C18 F05 denied by default, and for a person to release by the policy, opens the approval", async () => {
    const question = credit(1200, { default: "DENY" });
    const answer = await opened.plane.evaluate(question, service);
    expect(answer).toMatchObject({ determination: "DENY", pending: true });
    await expect
      .poll(() => corrections(answer.decisionId), { timeout: 5000 })
      .toMatchObject([{ correction: "approval", determination: "REQUIRE_APPROVAL", approvalId: expect.any(String) }]);
    const approvalId = (await corrections(answer.decisionId))[0]?.approvalId as string;
    const { default: _default, ...now } = { ...question, mode: "sync" as const, approvalId };
    expect((await opened.plane.evaluate(now, service)).determination).toBe("REQUIRE_APPROVAL");
    await opened.plane.vote(approvalId, { verdict: "approve" }, bob);
    expect(await opened.plane.evaluate(now, service)).toMatchObject({ determination: "ALLOW", args: { amount: 1200 } });
  });

  it("that was answered rightly by default is not corrected", async () => {
    const answer = await opened.plane.evaluate(credit(10), service);
    await expect
      .poll(
        async () =>
          Number(
            (
              await opened.database.query<{ count: string }>(
                "select count(*) from decision_queue where done_at_ms is null",
              )
            )[0]?.count,
          ),
        { timeout: 5000 },
      )
      .toBe(0);
    expect(await corrections(answer.decisionId)).toEqual([]);
  });

  it("of a process is told to the engine, again until it has taken it", async () => {
    const told: LateAnswer[] = [];
    opened.plane.onLateDecision(async (answer) => {
      told.push(answer);
      if (told.length === 1) throw new Error("the instance is busy");
      return "done";
    });
    const { request } = readQuestion(credit(9000), service, opened.clock.now());
    await opened.groupCommit.submit({
      writes: [
        ...opened.plane.laterWrites({
          request,
          defaultDetermination: "ALLOW",
          elementInstanceKey: "42",
          decisionId: "d1",
        }),
      ],
    });
    await expect.poll(() => told.length, { timeout: 5000 }).toBe(1);
    opened.clock.advance(6000);
    await expect.poll(() => told.length, { timeout: 5000 }).toBe(2);
    expect(told[1]).toMatchObject({ elementInstanceKey: "42", determination: "DENY", correction: "compensate" });
    expect(told[1]?.decisionId).toBe(told[0]?.decisionId);
  });
});
