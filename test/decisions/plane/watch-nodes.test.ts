/** The watch over several nodes: what one has seen too little of, all together may have seen enough. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readQuestion } from "../../../decisions/plane/decide/question.ts";
import type { DecisionTrace } from "../../../decisions/plane/decide/trace.ts";
import { createRegistry, type Registry } from "../../../decisions/plane/policies/registry.ts";
import { defaultCompiler } from "../../../decisions/plane/policies/shared-facts.ts";
import { createWatch } from "../../../decisions/plane/policies/watch.ts";
import { alice, bob, openTestPlane, readPackage, refundQuestion, service, type TestPlane } from "./open-plane.ts";

let opened: TestPlane;
let registry: Registry;
beforeAll(async () => {
  opened = await openTestPlane();
  await opened.plane.installPolicy(await readPackage("refund"));
  registry = createRegistry(opened.database, defaultCompiler());
});
afterAll(() => opened.close());

/** Denies what the active version pays as credit. */
const canary = async (): Promise<number> => {
  const content = await readPackage("refund", (dmn) =>
    dmn.replace(
      /(<rule id="change_of_mind">[\s\S]*?<outputEntry id="change_of_mind_o1"><text>)"ALLOW_WITH_CONSTRAINTS"/,
      '$1"DENY"',
    ),
  );
  const cases = (content.tests.cases as unknown as { name: string; expect: object }[]).map((one) =>
    one.name === "pays a change of mind as credit" ? { ...one, expect: { determination: "DENY" } } : one,
  );
  const { version } = await opened.plane.createPolicy(
    {
      ...content,
      manifest: { ...content.manifest, release: { shiftSampleMin: 40 } },
      tests: { ...content.tests, cases, invariants: [] } as never,
    },
    alice,
  );
  for (const stage of ["shadow", "canary"] as const)
    await opened.plane.promotePolicy("refund", version, { stage, shareBasisPoints: 5000, reason: "t" }, bob);
  await registry.refresh();
  return version;
};
const node = (nodeId: string) => {
  const raised: string[] = [];
  const watch = createWatch({
    database: opened.database,
    nodeId,
    registry,
    clock: opened.clock,
    rollback: async (policyId, request, by) => {
      await opened.plane.rollbackPolicy(policyId, request, by);
      await registry.refresh();
    },
    raise: (rule) => void raised.push(rule),
  });
  let customers = 0;
  return {
    ...watch,
    raised,
    see(count: number) {
      for (let index = 0; index < count; index++) {
        const question = refundQuestion(80) as { readonly args: object };
        const args = { ...question.args, customerId: `${nodeId}-${customers++}`, reason: "changed_mind" };
        const { request } = readQuestion({ ...question, args } as never, service, opened.clock.now());
        watch.count(opened.plane.decide(request).trace as DecisionTrace);
      }
    },
  };
};

describe("several nodes", () => {
  it("D02 take a bad canary back by what all of them have counted, and one of them does it", async () => {
    const version = await canary();
    const [one, other] = [node("n1"), node("n2")];
    one.see(60);
    await one.look();
    expect((await opened.plane.getPolicy("refund")).canary).toMatchObject({ version });
    other.see(60);
    await Promise.all([other.look(), one.look()]);
    expect((await opened.plane.getPolicy("refund")).canary).toBeNull();
    expect([...one.raised, ...other.raised]).toEqual(["CANARY_SHIFT"]);
    expect((await opened.plane.getPolicy("refund")).activeVersion).toBe(1);
  });

  it("D02 forget nothing when one of them is started anew", async () => {
    const version = await canary();
    const before = node("n3");
    before.see(60);
    await before.look();
    const after = node("n4");
    after.see(60);
    await after.look();
    expect(after.raised).toEqual(["CANARY_SHIFT"]);
    const { promotions } = await opened.plane.getPolicy("refund");
    expect(promotions.at(-1)).toMatchObject({ version, rollback: true, promotedBy: { id: "interlock:watch" } });
    expect(
      await opened.database.query("select 1 from policy_tally where version = $1 and node = 'n1'", [version]),
    ).toEqual([]);
  });

  it("tell once of a version that they cannot read, however often the policies change", async () => {
    const unreadable = defaultCompiler();
    const broken = async () => {
      const plane = await opened.another({
        compile: async (dmn, roots) => {
          if (dmn.includes("Recipients")) throw new Error("Expected a table that this build can read, but it is not.");
          return unreadable(dmn, roots);
        },
      });
      return plane;
    };
    await opened.plane.installPolicy(await readPackage("customer-communication"));
    const nodes = [await broken(), await broken()];
    await opened.plane.installPolicy(await readPackage("baseline"));
    for (const each of nodes) await each.refresh();
    const alerts = async () =>
      (await opened.plane.alerts()).items.filter(({ rule }) => rule === "POLICY_UNREADABLE").length;
    await expect.poll(alerts).toBe(1);
    await opened.plane.installPolicy(await readPackage("billing-authority"));
    for (const each of nodes) await each.refresh();
    expect(await alerts()).toBe(1);
  });
});
