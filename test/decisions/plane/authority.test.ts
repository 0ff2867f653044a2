/** Authority from the tables, equal to trying everything. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readQuestion } from "../../../decisions/plane/decide/question.ts";
import { openTestPlane, readPackage, service, type TestPlane } from "./open-plane.ts";

let opened: TestPlane;
beforeAll(async () => {
  opened = await openTestPlane();
  for (const name of ["refund", "baseline", "billing-authority", "customer-communication"])
    await opened.plane.installPolicy(await readPackage(name));
});
afterAll(() => opened.close());

const roles = ["billing_admin", "billing_clerk", "billing_director", "stranger"];
const actions = ["view_invoice", "issue_invoice_credit", "change_plan", "close_account"];

/** Every action under a grid of amounts and tiers, decided for real. */
function tryEverything(subject: object, from: number): { allowed: Set<string>; approval: Set<string> } {
  const allowed = new Set<string>();
  const approval = new Set<string>();
  for (const type of actions)
    for (const tier of ["standard", "enterprise"])
      for (const amount of [0.01, 49.99, 50, 50.01, 999.99, 1000, 1000.01, 50_000].filter((one) => one >= from)) {
        const { request } = readQuestion(
          {
            action: { type, reversible: true, riskClass: "low" },
            args: { amount },
            facts: { "subject.accountTier": tier },
            ...subject,
          } as never,
          service,
          opened.clock.now(),
        );
        const { determination } = opened.plane.decide(request);
        if (determination === "ALLOW" || determination === "ALLOW_WITH_CONSTRAINTS") allowed.add(type);
        if (determination === "REQUIRE_APPROVAL") approval.add(type);
      }
  return { allowed, approval };
}

const sorted = (values: Iterable<string>) => [...values].sort();

describe("authority", () => {
  it("D10 which actions is the billing_admin role authorized to perform?", async () => {
    const answer = await opened.plane.authority({ role: "billing_admin" });
    const inBilling = answer.actions.filter((action) => actions.includes(action));
    expect(inBilling).toEqual(["change_plan", "issue_invoice_credit", "view_invoice"]);
    const credit = answer.grants.find(({ action }) => action === "issue_invoice_credit");
    expect(credit).toMatchObject({
      policyId: "billing-authority",
      owner: "Finance / Head of Billing",
      determination: "ALLOW",
      rules: expect.arrayContaining([
        expect.objectContaining({
          ruleId: "admin_credits",
          conditions: expect.arrayContaining([{ fact: "args.amount", test: "<= 1000" }]),
        }),
      ]),
    });
  });

  it.each(roles)("D10 of the role %s equals trying everything", async (role) => {
    const answer = await opened.plane.authority({ role });
    const found = tryEverything({ actor: { id: "x", type: "human", roles: [role] } }, 0);
    expect(answer.actions.filter((action) => actions.includes(action))).toEqual(sorted(found.allowed));
    expect(answer.actionsWithApproval.filter((action) => actions.includes(action))).toEqual(sorted(found.approval));
    expect(answer.incomplete).toEqual([]);
  });

  it("D14 of an agent equals trying everything", async () => {
    const answer = await opened.plane.authority({ agent: "billing-agent" });
    const found = tryEverything({ agent: { id: "billing-agent" }, actor: { id: "billing-agent", type: "agent" } }, 0);
    expect(answer.actions.filter((action) => actions.includes(action))).toEqual(sorted(found.allowed));
  });

  it("D14 who may credit invoices over 1,000?", async () => {
    const who = async (facts: Record<string, number>) =>
      sorted(
        (await opened.plane.authority({ action: "issue_invoice_credit", facts })).grants
          .filter(({ determination }) => determination === "ALLOW")
          .map(({ subject }) => subject.id),
      );
    expect(await who({ "args.amount": 1500 })).toEqual(["billing_director"]);
    expect(new Set(await who({ "args.amount": 40 }))).toEqual(
      new Set(["billing_admin", "billing_director", "billing-agent"]),
    );
  });

  it("says that anybody may, where no table asks who it is", async () => {
    const answer = await opened.plane.authority({ action: "send_email" });
    expect(answer.subjects).toContainEqual({ type: "any", id: "*" });
  });

  it("gives a witness that really is permitted", async () => {
    const { grants } = await opened.plane.authority({ role: "billing_director", action: "close_account" });
    const [grant] = grants.filter(({ determination }) => determination === "ALLOW");
    expect(grant?.witness).toMatchObject({ "subject.accountTier": expect.any(String) });
  });

  it("asked about nobody and nothing is an error", async () => {
    await expect(opened.plane.authority({})).rejects.toMatchObject({ status: 400 });
  });
});
