/** What happens without a person: a bad canary is taken back, drift is seen, figures are kept. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defaultCompiler } from "../../../decisions/plane/policies/shared-facts.ts";
import { alice, bob, openTestPlane, readPackage, refundQuestion, service, type TestPlane } from "./open-plane.ts";

let opened: TestPlane;
beforeAll(async () => {
  opened = await openTestPlane({ evaluationEveryMs: 1000 });
  await opened.plane.installPolicy(await readPackage("refund"));
  opened.plane.start();
});
afterAll(() => opened.close());

const ask = (amount: number, customer: string) => {
  const question = refundQuestion(amount) as { readonly args: object };
  return opened.plane.evaluate({ ...question, args: { ...question.args, customerId: customer } } as never, service);
};
const canary = async (change: (dmn: string) => string, release: object, tests?: object) => {
  const content = await readPackage("refund", change);
  const { version } = await opened.plane.createPolicy(
    {
      ...content,
      manifest: { ...content.manifest, release } as never,
      ...(tests !== undefined && { tests: tests as never }),
    },
    alice,
  );
  for (const stage of ["shadow", "canary"] as const)
    await opened.plane.promotePolicy(
      "refund",
      version,
      { stage, shareBasisPoints: 5000, reason: "t", acknowledgeWidenings: true },
      bob,
    );
  return version;
};

describe("the watch", () => {
  it("D02 K08 takes back a canary whose answers shifted significantly, and says why", async () => {
    // Denies what the active version pays as credit; its own tests are changed with it.
    const content = await readPackage("refund");
    const cases = (content.tests as unknown as { cases: { name: string; expect: object }[] }).cases.map((one) =>
      one.name === "pays a change of mind as credit" ? { ...one, expect: { determination: "DENY" } } : one,
    );
    const version = await canary(
      (dmn) =>
        dmn.replace(
          /(<rule id="change_of_mind">[\s\S]*?<outputEntry id="change_of_mind_o1"><text>)"ALLOW_WITH_CONSTRAINTS"/,
          '$1"DENY"',
        ),
      { shiftSampleMin: 40 },
      { ...(content.tests as object), cases, invariants: [] },
    );
    const minded = (customer: string) => {
      const question = refundQuestion(80) as { readonly args: object };
      return opened.plane.evaluate(
        { ...question, args: { ...question.args, customerId: customer, reason: "changed_mind" } } as never,
        service,
      );
    };
    await Promise.all(Array.from({ length: 200 }, (_, index) => minded(`C-${index}`)));
    await expect.poll(async () => (await opened.plane.getPolicy("refund")).canary, { timeout: 15_000 }).toBeNull();
    const detail = await opened.plane.getPolicy("refund");
    expect(detail.promotions.at(-1)).toMatchObject({
      version,
      to: "retired",
      rollback: true,
      promotedBy: { id: "interlock:watch" },
      reason: expect.stringMatching(/Automatic rollback: the share of denials went from/),
    });
    expect((await opened.plane.alerts()).items).toContainEqual(
      expect.objectContaining({ rule: "CANARY_SHIFT", policyVersion: version }),
    );
    const open = async () =>
      (await opened.plane.alerts({ open: true })).items.filter(({ rule }) => rule === "CANARY_SHIFT");
    // The version is out of force: nothing is left to do, and the time it took counts as time to resolve.
    await expect.poll(open, { timeout: 15_000 }).toEqual([]);
    expect((await opened.plane.kpis({})).K11_meanTimeToResolveMs).not.toBeNull();
  });

  it("takes back a canary that cannot be evaluated", async () => {
    const content = await readPackage("refund");
    const cases = (content.tests as unknown as { cases: { name: string }[] }).cases;
    const broken = (content.tests as unknown as { cases: { name: string; expect: object }[] }).cases.map((one) =>
      one.name === "allows three hundred" ? { ...one, args: { amount: 4.5 } } : one,
    );
    expect(cases.length).toBe(broken.length);
    // Divides by what is left of 333: no test of the package asks about that amount.
    const version = await canary(
      (dmn) =>
        dmn.replace(
          '<outputEntry id="within_limit_o2"><text>"WITHIN_LIMIT"',
          '<outputEntry id="within_limit_o2"><text>if args.amount = 333 then substring("a", args.amount / 0) else "WITHIN_LIMIT"',
        ),
      {},
      { ...(content.tests as object), cases: broken },
    );
    for (let index = 0; index < 12; index++) await ask(333, `E-${index}`);
    await expect.poll(async () => (await opened.plane.getPolicy("refund")).canary, { timeout: 15_000 }).toBeNull();
    expect((await opened.plane.alerts()).items).toContainEqual(
      expect.objectContaining({ rule: "CANARY_ERROR", policyVersion: version }),
    );
  });

  it("leaves a canary alone that behaves as the active version does", async () => {
    await canary((dmn) => dmn.replace("A known customer below the limit.", "A known customer, below the limit."), {
      shiftSampleMin: 40,
    });
    await Promise.all(Array.from({ length: 200 }, (_, index) => ask(100, `D-${index}`)));
    await new Promise((resolve) => setTimeout(resolve, 6000));
    expect((await opened.plane.getPolicy("refund")).canary).not.toBeNull();
    await opened.plane.rollbackPolicy("refund", { reason: "enough seen" }, bob);
  });
});

describe("measurement", () => {
  it("K02 K03 K06 K07 K09 keeps the figures of the decisions", async () => {
    const answer = await ask(640, "K-1");
    await opened.plane.vote(answer.approval?.approvalId as string, { verdict: "reject" }, bob);
    const figures = await opened.plane.kpis({});
    expect(figures).toMatchObject({
      K03_auditCoverage: 1,
      K05_retrievalPrecision: null,
      K08_rollbackIncidents: 3,
      K09_slaAdherence: 1,
      overrideRate: 1,
      ungovernedActions: 0,
    });
    expect(figures.K07_automationRate).toBeGreaterThan(0.9);
    expect(figures.K06_latencyUs).toMatchObject({ p50: expect.any(Number), p99: expect.any(Number) });
  });

  it("J06 sees that amounts have drifted, and that nothing else has", async () => {
    const before = await opened.plane.createPolicy(
      await readPackage("refund", (dmn) => dmn.replace("Every consequential action.", "Every action of consequence.")),
      alice,
    );
    opened.clock.advance(60_000);
    await opened.plane.promotePolicy(
      "refund",
      before.version,
      { stage: "active", reason: "a new baseline", expedited: true },
      bob,
    );
    for (let index = 0; index < 60; index++) await ask(100 + (index % 20), `F-${index}`);
    opened.clock.advance(3_600_000);
    const from = new Date(opened.clock.now()).toISOString();
    for (let index = 0; index < 60; index++) await ask(300 + (index % 20), `F-${index}`);
    const drift = (await opened.plane.drift("refund", { from })) as {
      enough: boolean;
      facts: { name: string; drifted: boolean }[];
      determinations: { drifted: boolean };
    };
    expect(drift.enough).toBe(true);
    expect(drift.facts.filter(({ drifted }) => drifted).map(({ name }) => name)).toEqual(["args.amount"]);
    expect(drift.determinations.drifted).toBe(false);
    // Without a range the newest decisions are compared with the first after the promotion: nobody is told of noise.
    const rules = (await opened.plane.alerts()).items.map(({ rule }) => rule);
    expect(rules).not.toContain("EVALUATION_FAILED");
  });

  it("J06 tells when the tests of an active version no longer pass, once", async () => {
    const { version } = await opened.plane.createPolicy(await readPackage("baseline"), alice);
    await opened.plane.promotePolicy("baseline", version, { stage: "active", reason: "t", expedited: true }, bob);
    const healthy = await opened.another({ compile: defaultCompiler(), evaluationEveryMs: 200 });
    const rotten = await opened.another({
      evaluationEveryMs: 200,
      // A build that answers differently than the one the tests were passed with.
      compile: async (dmn) => {
        const model = await defaultCompiler()(dmn);
        return {
          ...model,
          evaluate: (context, now) => ({ ...model.evaluate(context, now), outputs: { Determination: "ALLOW" } }),
        };
      },
    });
    healthy.start();
    rotten.start();
    const failed = async () =>
      (await opened.plane.alerts()).items.filter(
        ({ rule, policyId }) => rule === "EVALUATION_FAILED" && policyId === "baseline",
      );
    await expect.poll(async () => (await failed()).length, { timeout: 10_000 }).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(await failed()).toHaveLength(1);
  });
});
