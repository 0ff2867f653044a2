/** S13: two tenants on one plane; nothing of one is seen, found, counted, voted on or forgotten by the other. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Answer, DecisionPlane, Question } from "../../../decisions/index.ts";
import { verifyBundle } from "../../../decisions/index.ts";
import type { Bundle } from "../../../decisions/plane/audit/verify.ts";
import type { Caller } from "../../../decisions/plane/types.ts";
import { openTestPlane, readPackage, refundQuestion, type TestPlane } from "./open-plane.ts";

let opened: TestPlane;
let plane: DecisionPlane;
const north: Caller = { id: "nora", type: "human", groups: ["refund-approvers"], tenantIds: ["north"] };
const south: Caller = { id: "sven", type: "human", groups: ["refund-approvers"], tenantIds: ["south"] };
const both: Caller = { id: "auditor", type: "human", tenantIds: ["north", "south"] };
const ask = (amount: number, by: Caller, more: Record<string, unknown> = {}): Promise<Answer> =>
  plane.evaluate(refundQuestion(amount, more) as unknown as Question, by);
const made: { north: Answer[]; south: Answer[]; approval: string } = { north: [], south: [], approval: "" };

beforeAll(async () => {
  opened = await openTestPlane();
  plane = opened.plane;
  await plane.installPolicy(await readPackage("refund"));
  for (const amount of [10, 20]) made.north.push(await ask(amount, north));
  made.south.push(await ask(30, south));
  const large = await ask(1000, north);
  made.north.push(large);
  made.approval = large.approval?.approvalId as string;
  for (const { decisionId } of [...made.north.slice(0, 1)])
    await plane.recordOutcome(decisionId, { status: "succeeded", executedArgs: refundQuestion(10).args }, north);
});
afterAll(() => opened.close());

const ids = (answers: readonly { readonly decisionId: string }[]) => answers.map(({ decisionId }) => decisionId).sort();

describe("decisions of a tenant (S13)", () => {
  it("are found by its readers alone, by readers of both, and by an application that knows no tenants", async () => {
    const found = async (by?: Caller) => ids((await plane.searchDecisions({}, by)).items);
    expect(await found(north)).toEqual(ids(made.north));
    expect(await found(south)).toEqual(ids(made.south));
    expect(await found(both)).toEqual(ids([...made.north, ...made.south]));
    expect(await found()).toEqual(ids([...made.north, ...made.south]));
    expect((await plane.searchDecisions({ tenantId: "north" }, south)).items).toEqual([]);
  });

  it("do not exist for others: not to read, not to report on", async () => {
    const [first] = made.north;
    const decisionId = first?.decisionId as string;
    await expect(plane.getDecision(decisionId, south)).rejects.toMatchObject({ status: 404 });
    expect((await plane.getDecision(decisionId, north)).record).toMatchObject({ tenantId: "north" });
    await expect(plane.recordOutcome(decisionId, { status: "failed" }, south)).rejects.toMatchObject({ status: 404 });
    expect((await plane.getDecision(decisionId, north)).outcome).toMatchObject({ status: "succeeded" });
  });

  it("are not given to another tenant that asks under the same idempotency key or run", async () => {
    const key = { idempotencyKey: "order-1" };
    const one = await ask(40, north, key);
    const other = await ask(50, south, key);
    expect(other.decisionId).not.toBe(one.decisionId);
    expect((await ask(40, north, key)).decisionId).toBe(one.decisionId);
    const run = { run: { runId: "r1", toolCallId: "t1" } };
    expect((await ask(41, north, run)).decisionId).not.toBe((await ask(41, south, run)).decisionId);
    made.north.push(one, await ask(41, north, run));
    made.south.push(other, await ask(41, south, run));
  });

  it("cannot be asked for in the name of another tenant", async () => {
    await expect(ask(10, south, { tenantId: "north" })).rejects.toMatchObject({
      status: 400,
      problems: [{ code: "TENANT_UNKNOWN" }],
    });
  });
});

describe("approvals of a tenant (S13)", () => {
  it("are listed, read and voted on by its people alone", async () => {
    const { approval } = made;
    expect((await plane.searchApprovals({}, south)).items).toEqual([]);
    expect((await plane.searchApprovals({}, north)).items).toMatchObject([{ approvalId: approval }]);
    await expect(plane.getApproval(approval, south)).rejects.toMatchObject({ status: 404 });
    await expect(plane.guardApproval(approval, south)).rejects.toMatchObject({ status: 404 });
    await expect(plane.vote(approval, { verdict: "approve" }, south)).rejects.toMatchObject({ status: 404 });
    await expect(ask(1000, south, { approvalId: approval })).rejects.toMatchObject({ status: 404 });
    // Nora has sent the question: another of her tenant votes.
    const nils: Caller = { ...north, id: "nils" };
    expect(await plane.vote(approval, { verdict: "approve" }, nils)).toMatchObject({ state: "approved" });
  });
});

describe("what is made of a tenant's records (S13)", () => {
  it("an export holds its own records, and of the others only their places in the chain", async () => {
    const bundle = (await plane.exportRecords({}, south)) as unknown as Bundle;
    const text = JSON.stringify(bundle);
    for (const { decisionId } of made.north) expect(text).not.toContain(decisionId);
    for (const { decisionId } of made.south) expect(text).toContain(decisionId);
    expect(text).not.toContain("nora");
    const withheld = bundle.records.filter(({ record }) => record === null).length;
    expect(verifyBundle(bundle)).toMatchObject({ valid: true, withheld, records: bundle.records.length });
    expect(withheld).toBeGreaterThanOrEqual(made.north.length);
    expect(bundle.records.some(({ record }) => record?.schema === "promotion/1")).toBe(true);
  });

  it("no content can be taken out of an export afterwards", async () => {
    const bundle = structuredClone(await plane.exportRecords({}, south)) as unknown as {
      records: { record: unknown }[];
    };
    const own = bundle.records.find(({ record }) => record !== null);
    if (own) own.record = null;
    expect(verifyBundle(bundle)).toMatchObject({
      valid: false,
      firstBad: { reason: expect.stringContaining("without content") },
    });
  });

  it("key figures count its own", async () => {
    const [ours, theirs, all] = await Promise.all([plane.kpis({}, north), plane.kpis({}, south), plane.kpis({})]);
    expect(ours.decisions).toBe(made.north.length);
    expect(theirs.decisions).toBe(made.south.length);
    expect(all.decisions).toBe(made.north.length + made.south.length);
    expect(theirs.K09_slaAdherence).toBeNull();
    expect(ours.K09_slaAdherence).toBe(1);
  });

  it("a counterfactual asks its own records", async () => {
    const report = await plane.replayPolicy("refund", 1, {}, south);
    expect(report.evaluated + report.skipped).toBe(made.south.length);
  });

  it("live changes carry whose they are", async () => {
    const seen: (string | null)[] = [];
    const stop = plane.onChange(({ tenantId }) => seen.push(tenantId));
    made.south.push(await ask(60, south));
    stop();
    expect(seen).toEqual(["south"]);
  });
});
