/** S25: personal values are forgotten on request; what proves the decisions stays and verifies, before and after. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { verifyBundle } from "../../decisions/index.ts";
import { call } from "../api/server.ts";
import { type Headers, openShop, type Shop } from "./approvals.ts";

let shop: Shop;
let agent: Headers;
const read = (name: string) =>
  readFileSync(new URL(`../../decisions/policies/customer-communication/${name}`, import.meta.url), "utf8");

beforeAll(async () => {
  shop = await openShop();
  agent = await shop.person("mailer", ["agent"]);
  const manifest = JSON.parse(read("policy.json"));
  const tests = JSON.parse(read("tests.json"));
  const personal = {
    ...manifest,
    id: "personal",
    subjectKey: "subject.email",
    facts: {
      ...manifest.facts,
      "subject.email": { type: "string", personal: true },
      "args.text": { type: "string", personal: true },
    },
  };
  const defaults = {
    ...tests.defaults,
    facts: { "subject.consent": "given", "subject.email": "a@b.c" },
    args: { recipients: 100, text: "x" },
  };
  const author = await shop.person("paul", ["policy-owner"]);
  const body = { manifest: personal, dmn: read("policy.dmn"), tests: { ...tests, defaults } };
  const created = await call(shop.server, "POST", "/governance/v1/policies", body, author);
  expect(created.status, created.text).toBeLessThan(300);
  const approver = await shop.person("petra", ["policy-approver"], ["policy-approvers", ...(manifest.approvers ?? [])]);
  const promotion = { stage: "active", reason: "t", expedited: true, acknowledgeWidenings: true };
  const path = `/governance/v1/policies/personal/versions/${created.json.version}/promotion`;
  const promoted = await call(shop.server, "POST", path, promotion, approver);
  expect(promoted.status, promoted.text).toBe(200);
}, 240_000);
afterAll(() => shop?.server.close());

const decide = async (email: string, text: string): Promise<string> => {
  const question = {
    action: { type: "send_campaign" },
    policies: [{ policyId: "personal" }],
    args: { recipients: 1, text },
    facts: { "subject.consent": "given", "subject.email": email },
  };
  const { json, text: said } = await call(shop.server, "POST", "/governance/v1/decisions", question, agent);
  expect(json.determination, said).toBe("ALLOW");
  return json.decisionId;
};
const exported = async () => (await call(shop.server, "GET", "/governance/v1/export", undefined, shop.admin)).json;

describe("a person who asks to be forgotten", () => {
  it("S25 is: the values are gone, the chain verifies, other people's stay, and who erased stands in the record", async () => {
    const ada = await decide("ada@example.org", "Dear Ada Lovelace");
    const ben = await decide("ben@example.org", "Dear Ben");
    const before = await exported();
    expect(verifyBundle(before)).toMatchObject({ valid: true });
    expect(JSON.stringify(before)).not.toMatch(/ada@example|Lovelace|ben@example/);

    const erase = (who: Headers) =>
      call(
        shop.server,
        "POST",
        "/governance/v1/subjects/ada@example.org/erasure",
        { reason: "asked to be forgotten" },
        who,
      );
    expect((await erase(agent)).status).toBe(403);
    expect((await erase(shop.admin)).json).toEqual({ erased: 2 });
    expect((await erase(shop.admin)).json).toEqual({ erased: 0 });

    const after = await exported();
    expect(verifyBundle(after)).toMatchObject({ valid: true });
    // What was exported before holds still, and nothing in it has changed.
    expect(verifyBundle(before)).toMatchObject({ valid: true });
    const hashes = (bundle: { records: { recordHash: string }[] }) =>
      bundle.records.map(({ recordHash }) => recordHash);
    expect(hashes(after).slice(0, hashes(before).length)).toEqual(hashes(before));
    expect(JSON.stringify(after)).not.toContain("ada@example.org");
    expect(after.records.at(-1).record).toMatchObject({ schema: "erasure/1", by: "admin", erased: 0 });

    const replay = (
      await call(shop.server, "POST", "/governance/v1/policies/personal/versions/1/replay", {}, shop.admin)
    ).json;
    expect(replay).toMatchObject({ evaluated: 1, skipped: 1 });
    for (const decisionId of [ada, ben]) {
      const { status, json } = await call(
        shop.server,
        "GET",
        `/governance/v1/decisions/${decisionId}`,
        undefined,
        shop.admin,
      );
      expect(status).toBe(200);
      expect(json.record.determination ?? json.record.evaluation?.determination).toBe("ALLOW");
    }
  });
});
