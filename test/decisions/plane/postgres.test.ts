/** The plane on both stores: the same SQL, several nodes on one PostgreSQL, chains that never fork under load. */
import { afterAll, expect, it } from "vitest";
import { createDecisionPlane, type DecisionPlane, verifyBundle } from "../../../decisions/index.ts";
import { createGroupCommit, type Database } from "../../../store/index.ts";
import { onBothStores } from "../../stores.ts";
import { alice, bob, readPackage, refundQuestion, service } from "./open-plane.ts";

onBothStores("the decision plane", (store) => {
  const closers: (() => Promise<void>)[] = [];
  afterAll(async () => {
    for (const close of closers.reverse()) await close();
  });
  const open = async (database: Database): Promise<DecisionPlane> => {
    const groupCommit = await createGroupCommit(database);
    const plane = await createDecisionPlane({ database, groupCommit });
    plane.start();
    closers.push(async () => {
      await plane.stop();
      await groupCommit.close();
    });
    return plane;
  };

  it("D02 H01 H02 records every decision of every node in chains that verify, and rolls back on all of them", async () => {
    const first = await open(await store.open());
    const other = await store.openAgain();
    const nodes = other === null ? [first] : [first, await open(other)];
    await first.installPolicy(await readPackage("refund"));
    const { version } = await first.createPolicy(
      await readPackage("refund", (dmn) => dmn.replace("&gt;= 500", "&gt;= 750")),
      alice,
    );
    await first.promotePolicy("refund", version, { stage: "active", reason: "raise", expedited: true }, bob);
    for (const node of nodes)
      await expect
        .poll(async () => (await node.evaluate(refundQuestion(640) as never, service)).determination, { timeout: 2000 })
        .toBe("ALLOW");
    const answers = await Promise.all(
      Array.from({ length: 300 }, (_, index) =>
        (nodes[index % nodes.length] as DecisionPlane).evaluate(refundQuestion(100 + index) as never, service),
      ),
    );
    await nodes[nodes.length - 1]?.rollbackPolicy("refund", { reason: "back" }, bob);
    for (const node of nodes)
      await expect
        .poll(async () => (await node.evaluate(refundQuestion(640) as never, service)).determination, { timeout: 2000 })
        .toBe("REQUIRE_APPROVAL");
    const bundle = await first.exportRecords({});
    expect(verifyBundle(bundle)).toMatchObject({ valid: true, firstBad: null });
    const recorded = new Set(
      (bundle.records as unknown as { record: { decisionId?: string } }[]).map(({ record }) => record.decisionId),
    );
    for (const { decisionId } of answers) expect(recorded).toContain(decisionId);
    expect(await first.auditStatus()).toMatchObject({ valid: true });
    expect(await first.kpis({})).toMatchObject({ K08_rollbackIncidents: 1 });
    expect(
      (await first.searchDecisions({ policyId: "refund", policyVersion: version, determination: "ALLOW", limit: 5 }))
        .items,
    ).toHaveLength(5);
  });

  it("F03 S19 lets one of many simultaneous votes of a kind count, and uses an approval once", async () => {
    const plane = await open(await store.open());
    await plane.installPolicy(await readPackage("refund"));
    const run = { run: { runId: "r", toolCallId: "t" } };
    const asked = await plane.evaluate(refundQuestion(640, run) as never, service);
    const voters = Array.from({ length: 6 }, (_, index) => ({
      id: `voter-${index}`,
      type: "human" as const,
      groups: ["refund-approvers"],
    }));
    const votes = await Promise.allSettled(
      voters.map((voter) => plane.vote(asked.approval?.approvalId as string, { verdict: "approve" }, voter)),
    );
    expect(votes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const resumed = await Promise.all(
      Array.from({ length: 6 }, () => plane.evaluate(refundQuestion(640, run) as never, service)),
    );
    expect(new Set(resumed.map(({ decisionId }) => decisionId)).size).toBe(1);
    const { permit } = resumed[0] as { permit: string };
    const uses = await Promise.allSettled(
      voters.map(({ id }) =>
        plane.redeemPermit(permit, { actionType: "issue_refund", args: refundQuestion(640).args as never, holder: id }),
      ),
    );
    expect(uses.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });
});
