/**
 * The four responsibilities of a decision plane, one suite each, over HTTP and without any process: evaluation,
 * authority, audit, rollback on its own. Whatever orchestrates asks the same questions.
 */
import { readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canonicalHash } from "../../decisions/plane/audit/canonical.ts";
import { call, deploy, startTestServer, type TestServer } from "./server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ withShipped: true });
});
afterAll(() => server?.close());

const get = async (path: string) => (await call(server, "GET", path)).json;
const post = (path: string, body: unknown, actor = "shop; type=service") =>
  call(server, "POST", path, body, { "interlock-actor": actor });
const facts = { "subject.accountTenureDays": 812, "subject.refundsLast12Months": 0, "subject.standing": "good" };
const refund = (amount: unknown, more: object = {}) => ({
  action: { type: "issue_refund", target: "payments", operation: "pay", reversible: true, riskClass: "high" },
  args: { amount, reason: "damaged", method: "cash", customerId: "C-1" },
  agent: { id: "refund-agent", version: "1" },
  facts,
  ...more,
});
const ask = async (question: object) => (await post("/governance/v1/decisions", question)).json;
const version = (policyId: string, number: number) => get(`/governance/v1/policies/${policyId}/versions/${number}`);
/** Another limit of the refund policy, in force. */
async function limit(amount: number): Promise<void> {
  const { manifest, tests, dmn } = await version("refund", 1);
  const changed = dmn.replace("&gt;= 500<", `&gt;= ${amount}<`);
  const { json } = await post("/governance/v1/policies", { manifest, tests, dmn: changed }, "vera");
  const request = { stage: "active", reason: "t", expedited: true, acknowledgeWidenings: true };
  const path = `/governance/v1/policies/refund/versions/${json.version}/promotion`;
  expect((await post(path, request, "otto")).status).toBe(200);
}

describe("responsibility 1, policy evaluation", () => {
  it("C09 answers with every determination that the rules have: allow, allow with constraints, ask a person, deny", async () => {
    const young = { facts: { ...facts, "subject.accountTenureDays": 30 } };
    const answers = [
      await ask(refund(100)),
      await ask(refund(100, young)),
      await ask(refund(640)),
      await ask(refund(9000)),
    ];
    expect(answers.map(({ determination }) => determination)).toEqual([
      "ALLOW",
      "ALLOW_WITH_CONSTRAINTS",
      "REQUIRE_APPROVAL",
      "DENY",
    ]);
    expect(answers[1]).toMatchObject({
      constraints: [{ path: "args.method", op: "set", value: "credit" }],
      args: { method: "credit" },
    });
    for (const { policies } of answers)
      expect(policies[0]).toMatchObject({
        policyId: "refund",
        version: 1,
        contentHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      });
  });

  it("C09 gives the same answer to the same facts, and none but a denial to wrong ones", async () => {
    const [one, other] = [await ask(refund(333)), await ask(refund(333))];
    expect(other.decisionId).not.toBe(one.decisionId);
    for (const name of ["determination", "reasonCodes", "riskScore", "policies"])
      expect(other[name]).toEqual(one[name]);
    const wrong = [
      refund("100"),
      refund(100, { facts: {} }),
      { action: { type: "never_heard_of" } },
      refund(100, { policies: [{ policyId: "no-such-policy" }] }),
    ];
    for (const question of wrong) expect(await ask(question)).toMatchObject({ determination: "DENY", permit: null });
  });
});

describe("responsibility 2, authority", () => {
  const credit = (amount: number, more: object) => ({
    action: { type: "issue_invoice_credit" },
    args: { amount },
    facts: { "subject.accountTier": "standard" },
    ...more,
  });
  const roles = (...names: string[]) => ({ actor: { id: "p", type: "human", roles: names } });

  it("C09 says for people, agents and accounts who may do what, and decides accordingly", async () => {
    const admin = await get("/governance/v1/authority?role=billing_admin");
    expect(admin.actions).toContain("issue_invoice_credit");
    expect((await get("/governance/v1/authority?role=intern")).actions).not.toContain("issue_invoice_credit");
    expect((await ask(credit(100, roles("billing_admin")))).determination).toBe("ALLOW");
    expect((await ask(credit(100, roles("intern")))).determination).toBe("DENY");
    expect((await ask(credit(100, { agent: { id: "nobody", version: "1" } }))).determination).toBe("DENY");
    const reverse = await get("/governance/v1/authority?action=issue_invoice_credit");
    expect(JSON.stringify(reverse)).toContain("billing_admin");
    expect(JSON.stringify(reverse)).not.toContain("intern");
  });

  it("C09 is not the caller's to claim: a fact that contradicts who asks is refused", async () => {
    const claimed = {
      ...roles("intern"),
      facts: { "subject.accountTier": "standard", "actor.roles": ["billing_admin"] },
    };
    expect(await ask(credit(100, claimed))).toMatchObject({ determination: "DENY", reasonCodes: ["FACT_CONFLICT"] });
  });
});

describe("responsibility 3, the audit record", () => {
  it("C09 is made where the policy is evaluated: for every question, also when nothing runs afterwards", async () => {
    for (const amount of [101, 641, 9001]) {
      const { decisionId, recordHash } = await ask(refund(amount));
      const { record, place, outcome } = await get(`/governance/v1/decisions/${decisionId}`);
      expect(place.recordHash).toBe(recordHash);
      expect(outcome).toBeNull();
      expect(record).toMatchObject({
        schema: "decision/1",
        args: { amount },
        facts: { "subject.standing": { value: "good" } },
        policies: expect.arrayContaining([expect.objectContaining({ policyId: "refund", version: 1 })]),
      });
    }
  });

  it("C09 cannot be changed unnoticed: an export verifies, and the first entry that was touched is named", async () => {
    const bundle = await get("/governance/v1/export");
    const verify = async (content: unknown) => (await post("/governance/v1/verify", content)).json;
    expect(await verify(bundle)).toMatchObject({ valid: true });
    const touched = structuredClone(bundle);
    const entry = touched.records.find(
      ({ record }: { record: { schema: string } | null }) => record?.schema === "decision/1",
    );
    entry.record.evaluation.determination = "ALLOW";
    entry.record.args.amount = 1;
    expect(await verify(touched)).toMatchObject({ valid: false, firstBad: { stream: entry.stream, seq: entry.seq } });
  });
});

describe("responsibility 4, rollback on its own", () => {
  it("C09 is one call: the rule before is in force at once, no other policy moves, nothing is deployed", async () => {
    await limit(750);
    expect((await ask(refund(640))).determination).toBe("ALLOW");
    const others = async () =>
      (await get("/governance/v1/policies")).items
        .filter(({ policyId }: { policyId: string }) => policyId !== "refund")
        .map(({ policyId, epoch }: { policyId: string; epoch: number }) => [policyId, epoch]);
    const definitions = async () => (await post("/v2/process-definitions/search", {})).json.items;
    const before = [await others(), await definitions()];
    const started = performance.now();
    const { json } = await post("/governance/v1/policies/refund/rollback", { reason: "too generous" }, "otto");
    expect((await ask(refund(640))).determination).toBe("REQUIRE_APPROVAL");
    expect(performance.now() - started).toBeLessThan(2000);
    expect(json).toMatchObject({ rollback: true, version: 1, reason: "too generous", promotedBy: { id: "otto" } });
    expect([await others(), await definitions()]).toEqual(before);
  });
});

describe("the rules' repository", () => {
  it("D22 holds packages that no process is part of: files of their own, and a way in of their own", async () => {
    const folder = new URL("../../decisions/policies/", import.meta.url);
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect([...new Set(files.map(({ name }) => name))].sort()).toEqual([
      "README.md",
      "facts.dmn",
      "policy.dmn",
      "policy.json",
      "tests.json",
    ]);
    // The same DMN as a resource of a deployment is a decision of processes; the policy in force does not hear of it.
    const { dmn, contentHash } = await version("customer-communication", 1);
    const before = await get("/governance/v1/policies/customer-communication");
    const standalone = dmn.replace(/<import [^>]*\/>/, "");
    expect((await deploy(server, { "policy.dmn": standalone.replaceAll("50000", "5") })).status).toBe(200);
    expect(await get("/governance/v1/policies/customer-communication")).toEqual(before);
    expect((await version("customer-communication", 1)).contentHash).toBe(contentHash);
  });

  it("D22 A22 gives packages back as they came: manifest, rules and tests alone make the version", async () => {
    const { items } = await get("/governance/v1/policies");
    expect(items.length).toBeGreaterThan(3);
    for (const { policyId } of items) {
      const { manifest, dmn, tests, contentHash } = await version(policyId, 1);
      expect(canonicalHash({ manifest, dmn, tests })).toBe(contentHash);
      const { json } = await post("/governance/v1/policies", { manifest, dmn, tests }, "importer");
      expect(json).toMatchObject({ policyId, version: 1, contentHash });
    }
  });
});
