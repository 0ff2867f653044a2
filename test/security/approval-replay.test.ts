/** S19: an approval is one decision of the right people, used once: over HTTP, with every way to get a second one out of it. */
import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call } from "../api/server.ts";
import { newDataFolder } from "../empty-store.ts";
import { eventually } from "../engine/runtime/harness.ts";
import { deployPayment, type Headers, openShop, type Shop } from "./approvals.ts";

let shop: Shop;
let agent: Headers;
let ann: Headers;
let bea: Headers;

beforeAll(async () => {
  shop = await openShop({ INTERLOCK_CLOCK: "controllable" });
  agent = await shop.person("shop-agent", ["agent"], []);
  ann = await shop.person("ann", ["reviewer"]);
  bea = await shop.person("bea", ["reviewer"]);
  await deployPayment(shop);
}, 240_000);
afterAll(() => shop?.server.close());

const asked = async (who: Headers = agent, more: object = {}): Promise<string> => {
  const { json, text } = await shop.ask(who, 640, more);
  expect(json.determination, text).toBe("REQUIRE_APPROVAL");
  return json.approval.approvalId;
};

describe("requester and approver of an action", () => {
  it("S19 L01 are different people, whatever the request says of who asked", async () => {
    const both = await shop.person("greta", ["agent", "reviewer"]);
    const claims = [{}, { agent: { id: "somebody-else", version: "1" } }, { actor: { id: "bea", type: "human" } }];
    for (const claim of claims) {
      const approvalId = await asked(both, claim);
      expect((await shop.vote(both, approvalId)).status, JSON.stringify(claim)).toBe(403);
      expect((await shop.vote(ann, approvalId)).json.state).toBe("approved");
    }
  });

  it("S19 are told apart by group, role, scope of the token, and kind of account", async () => {
    const approvalId = await asked();
    const stranger = await shop.person("eve", ["reviewer"], ["sales"]);
    const viewer = await shop.person("vic", ["viewer"]);
    const narrowed = await shop.person("nell", ["reviewer"], ["refund-approvers"], { permissions: ["approval:read"] });
    const ended = await shop.person("olaf", ["reviewer"], ["refund-approvers"], { expiresAt: "2020-01-01T00:00:00Z" });
    for (const [who, status] of [
      [stranger, 403],
      [viewer, 403],
      [narrowed, 403],
      [ended, 401],
      [agent, 403],
    ] as const)
      expect((await shop.vote(who, approvalId)).status).toBe(status);
    expect(
      (await call(shop.server, "GET", `/governance/v1/approvals/${approvalId}`, undefined, ann)).json,
    ).toMatchObject({
      state: "pending",
      votes: [],
    });
  });
});

/** An approval with the key under which its question can be asked again. */
const askedUnder = async (idempotencyKey: string) => ({
  approvalId: await asked(agent, { idempotencyKey }),
  idempotencyKey,
});

describe("one approval", () => {
  it("S19 takes a double click and two approvers at once as one vote each, and one resolution", async () => {
    const approvalId = await asked();
    const votes = await Promise.all([ann, ann, bea, ann, bea].map((who) => shop.vote(who, approvalId)));
    expect(votes.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(votes.every(({ status }) => status === 200 || status === 403 || status === 409)).toBe(true);
    const { json } = await call(shop.server, "GET", `/governance/v1/approvals/${approvalId}`, undefined, ann);
    expect(json).toMatchObject({ state: "approved" });
    expect(json.votes).toHaveLength(1);
  });

  it("S19 is used once, by the first of many who come with it at once", async () => {
    const { approvalId, idempotencyKey } = await askedUnder("used-once");
    await shop.vote(ann, approvalId);
    const answers = await Promise.all(Array.from({ length: 8 }, () => shop.ask(agent, 640, { idempotencyKey })));
    const released = answers.filter(({ json }) => json.determination === "ALLOW");
    expect(new Set(released.map(({ json }) => json.decisionId)).size).toBe(1);
    const use = (holder: string) =>
      call(
        shop.server,
        "POST",
        "/governance/v1/permits/use",
        { permit: released[0]!.json.permit, actionType: "issue_refund", args: released[0]!.json.args, holder },
        agent,
      );
    const uses = await Promise.all(["a", "b", "c"].map(use));
    expect(uses.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
  });

  it("S19 that is rejected stays so, however often it is asked and voted on again", async () => {
    const { approvalId, idempotencyKey } = await askedUnder("rejected");
    expect((await shop.vote(ann, approvalId, "reject")).json.state).toBe("rejected");
    expect((await shop.vote(bea, approvalId)).status).toBe(409);
    expect((await shop.ask(agent, 640, { idempotencyKey })).json).toMatchObject({
      determination: "DENY",
      permit: null,
    });
  });

  it("S19 that nobody gave in time is gone: a late vote changes nothing", async () => {
    const { approvalId, idempotencyKey } = await askedUnder("too-late");
    const pin = (ms: number) => call(shop.server, "PUT", "/v2/clock", { timestamp: Date.now() + ms }, shop.admin);
    expect((await pin(30 * 24 * 3_600_000)).status).toBe(204);
    try {
      expect((await shop.vote(ann, approvalId)).status).toBe(409);
      expect((await shop.ask(agent, 640, { idempotencyKey })).json.determination).not.toMatch(/^ALLOW/);
    } finally {
      await call(shop.server, "POST", "/v2/clock/reset", undefined, shop.admin);
    }
  });
});

describe("who asked for what is judged again", () => {
  it("S19 L01 stays who asked, when an approval has become stale and another approver takes it up", async () => {
    const greta = await shop.person("gustav", ["operator", "reviewer"]);
    const body = { processDefinitionId: "payment", variables: { amount: 1500, tenure: 812 } };
    const started = await call(shop.server, "POST", "/v2/process-instances", body, greta);
    expect(started.status, started.text).toBe(200);
    const key = started.json.processInstanceKey;
    const first = await shop.openApproval(key);
    expect((await shop.vote(greta, first)).status).toBe(403);
    // What was shown has changed: ann's vote makes it stale, and somebody must look again.
    await call(
      shop.server,
      "PUT",
      `/v2/element-instances/${key}/variables`,
      { variables: { tenure: 900 } },
      shop.admin,
    );
    expect((await shop.vote(ann, first)).status).toBe(200);
    const second = await shop.openApproval(key, first);
    expect((await shop.vote(greta, second)).status).toBe(403);
    expect((await shop.vote(bea, second)).status).toBe(200);
    const jobs = await eventually("the job", async () => {
      const taken = await shop.takeJobs(key);
      return taken.length > 0 && taken;
    });
    expect(jobs).toHaveLength(1);
  });
});

describe("a crash between approval and run", () => {
  it("S19 loses neither the approval nor runs it twice: after the restart the same bytes are there once", async () => {
    const folder = newDataFolder("interlock-approval-");
    try {
      const before = await openShop({ DATA_DIR: folder });
      const password = /password (\S+)/.exec(before.said.join("\n"))![1]!;
      await deployPayment(before);
      const reviewer = await before.person("rita", ["reviewer"]);
      const { key, approvalId } = await before.startPayment(1300);
      const { key: other, approvalId: open } = await before.startPayment(1400);
      expect((await before.vote(reviewer, approvalId)).status).toBe(200);
      await before.server.close();

      const after = await openShop({ DATA_DIR: folder }, password);
      try {
        expect(after.said).toEqual([]);
        expect([404, 409]).toContain((await after.vote(reviewer, approvalId)).status);
        expect((await after.vote(reviewer, open)).status).toBe(200);
        const jobs = await eventually("the jobs", async () => {
          const taken = [...(await after.takeJobs(key)), ...(await after.takeJobs(other))];
          return taken.length > 0 && taken;
        });
        const more = [...(await after.takeJobs(key)), ...(await after.takeJobs(other))];
        expect([...jobs, ...more].map(({ variables }) => variables.amount).sort()).toEqual([1300, 1400]);
      } finally {
        await after.server.close();
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }, 240_000);
});
