/**
 * S18, time of check and time of use: whatever changes between an approval and the run, the bytes that were approved
 * run, or nothing does until somebody has approved anew. Random interleavings of the same are in
 * test/decisions/plane/interleavings.test.ts (100,000 of them).
 */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call } from "../api/server.ts";
import { eventually } from "../engine/runtime/harness.ts";
import { deployPayment, type Headers, openShop, question, type Shop } from "./approvals.ts";

let shop: Shop;
let agent: Headers;
let ann: Headers;

beforeAll(async () => {
  shop = await openShop();
  agent = await shop.person("shop-agent", ["agent"], []);
  ann = await shop.person("ann", ["reviewer"]);
  await deployPayment(shop);
}, 240_000);
afterAll(() => shop?.server.close());

let questions = 0;
/** An approval that somebody has given, and the key under which the question can be asked again. */
const approved = async (amount: number): Promise<string> => {
  const idempotencyKey = `order-${questions++}`;
  const asked = await shop.ask(agent, amount, { idempotencyKey });
  expect(asked.json.determination, asked.text).toBe("REQUIRE_APPROVAL");
  expect((await shop.vote(ann, asked.json.approval.approvalId)).json.state).toBe("approved");
  return idempotencyKey;
};
const usual = question(640);

describe("an approval of a question from outside", () => {
  it.each<readonly [string, object]>([
    ["the arguments", { args: { ...usual.args, amount: 641 } }],
    ["one argument more", { args: { ...usual.args, iban: "DE00" } }],
    ["one argument less", { args: { amount: 640, method: "cash", reason: "damaged" } }],
    ["a number as a text", { args: { ...usual.args, amount: "640" } }],
    ["the target", { action: { ...usual.action, target: "other-bank" } }],
    ["the tool or its schema", { action: { ...usual.action, toolRef: "payments.refund@2" } }],
    ["the operation", { action: { ...usual.action, operation: "write" } }],
    ["what can be undone", { action: { ...usual.action, reversible: false } }],
    ["a fact", { facts: { ...usual.facts, "subject.refundsLast12Months": 1 } }],
  ])("S18 releases nothing when %s changed since", async (_, change) => {
    const idempotencyKey = await approved(640);
    const { json, text, status } = await shop.ask(agent, 640, { ...change, idempotencyKey });
    expect(json.permit ?? null, text).toBeNull();
    // The same key with another question is a conflict; with other facts it is judged anew.
    if (status === 200) expect(["REQUIRE_APPROVAL", "DENY"], text).toContain(json.determination);
    else expect(json, text).toMatchObject({ status: 409, problems: [{ code: "IDEMPOTENCY_KEY_REUSED" }] });
  });

  it("S18 releases what was approved when nothing changed, and the permit is for these bytes alone", async () => {
    const idempotencyKey = await approved(640);
    const { json } = await shop.ask(agent, 640, { idempotencyKey });
    expect(json).toMatchObject({ determination: "ALLOW", args: { amount: 640 } });
    const use = (args: object) =>
      call(
        shop.server,
        "POST",
        "/governance/v1/permits/use",
        { permit: json.permit, actionType: "issue_refund", args, holder: "bank" },
        agent,
      );
    expect((await use({ ...json.args, amount: 6400 })).status).toBe(409);
    expect((await use({ ...json.args, to: "me" })).status).toBe(409);
    expect((await use(json.args)).status).toBe(200);
  });
});

describe("an approval in a process", () => {
  const setVariables = (key: string, variables: object) =>
    call(shop.server, "PUT", `/v2/element-instances/${key}/variables`, { variables }, shop.admin);

  it("S18 runs the approved bytes though the variables they came from were changed meanwhile", async () => {
    const { key, approvalId } = await shop.startPayment(1200);
    expect((await setVariables(key, { amount: 9999 })).status).toBe(204);
    expect((await shop.vote(ann, approvalId)).status).toBe(200);
    const jobs = await eventually("the job", async () => {
      const taken = await shop.takeJobs(key);
      return taken.length > 0 && taken;
    });
    expect(jobs.map(({ variables }) => variables)).toEqual([{ amount: 1200, reason: "other" }]);
  });

  it("S18 asks anew when the process was migrated to another version of itself", async () => {
    const { key, approvalId } = await shop.startPayment(1210);
    const targetProcessDefinitionKey = await deployPayment(shop, "elsewhere");
    const plan = {
      targetProcessDefinitionKey,
      mappingInstructions: [{ sourceElementId: "credit", targetElementId: "credit" }],
    };
    const migrated = await call(shop.server, "POST", `/v2/process-instances/${key}/migration`, plan, shop.admin);
    await shop.vote(ann, approvalId);
    if (migrated.status === 204) {
      const again = await shop.openApproval(key, approvalId);
      expect(again).not.toBe(approvalId);
      expect(await shop.takeJobs(key)).toEqual([]);
    } else {
      // Refused while somebody is looking at it: then exactly what was shown runs.
      expect(migrated.status, migrated.text).toBe(409);
      const jobs = await shop.takeJobs(key);
      expect(jobs.map(({ variables }) => variables)).toEqual([{ amount: 1210, reason: "other" }]);
    }
    await deployPayment(shop);
  });

  it("S18 judges by the policy of the moment of the run: what a new version denies does not run, though it was approved", async () => {
    const { key, approvalId } = await shop.startPayment(1220);
    const read = (name: string) =>
      readFileSync(new URL(`../../decisions/policies/refund/${name}`, import.meta.url), "utf8");
    const manifest = JSON.parse(read("policy.json"));
    const [dmn, tests] = [read("policy.dmn"), JSON.parse(read("tests.json"))];
    const changed = { ...manifest, description: "changed meanwhile" };
    const created = await call(
      shop.server,
      "POST",
      "/governance/v1/policies",
      { manifest: changed, dmn, tests },
      shop.admin,
    );
    expect(created.status, created.text).toBeLessThan(300);
    const approver = await shop.person(
      "petra",
      ["policy-approver"],
      [...(manifest.approvers ?? []), "policy-approvers"],
    );
    const promotion = { stage: "active", reason: "another version", expedited: true, acknowledgeWidenings: true };
    const path = `/governance/v1/policies/refund/versions/${created.json.version}/promotion`;
    const promoted = await call(shop.server, "POST", path, promotion, approver);
    expect(promoted.status, promoted.text).toBe(200);
    expect((await shop.vote(ann, approvalId)).status).toBeLessThan(500);
    const again = await shop.openApproval(key, approvalId);
    expect(again).not.toBe(approvalId);
    expect(await shop.takeJobs(key)).toEqual([]);
    expect((await shop.vote(ann, again)).status).toBe(200);
    const jobs = await eventually("the job", async () => {
      const taken = await shop.takeJobs(key);
      return taken.length > 0 && taken;
    });
    expect(jobs.map(({ variables }) => variables)).toEqual([{ amount: 1220, reason: "other" }]);
  });
});
