/** L01, separation of duties: who writes a policy does not release it, who releases it does not deploy processes, and no role can do all. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { permissionsOf, roleNames } from "../../api/auth/permissions.ts";
import { call } from "../api/server.ts";
import { deployPayment, type Headers, openShop, payment, type Shop } from "./approvals.ts";

let shop: Shop;
const read = (name: string) =>
  readFileSync(new URL(`../../decisions/policies/refund/${name}`, import.meta.url), "utf8");
const manifest = JSON.parse(read("policy.json"));
const approverGroups = ["policy-approvers", ...(manifest.approvers ?? [])];
let drafts = 0;

beforeAll(async () => {
  shop = await openShop();
}, 240_000);
afterAll(() => shop?.server.close());

const write = (who: Headers) =>
  call(
    shop.server,
    "POST",
    "/governance/v1/policies",
    {
      manifest: { ...manifest, description: `draft ${drafts++}` },
      dmn: read("policy.dmn"),
      tests: JSON.parse(read("tests.json")),
    },
    who,
  );
const release = (who: Headers, version: number, stage = "active") =>
  call(
    shop.server,
    "POST",
    `/governance/v1/policies/refund/versions/${version}/promotion`,
    { stage, reason: "r", expedited: stage === "active", acknowledgeWidenings: true },
    who,
  );
const deployAs = (who: Headers) => {
  const form = new FormData();
  form.append("resources", new Blob([payment()]), "payment.bpmn");
  return call(shop.server, "POST", "/v2/deployments", form, who);
};

describe("author, approver and deployer", () => {
  it("L01 D07 of one policy are different people, even where one person has every role", async () => {
    const roles = ["policy-owner", "policy-approver", "deployer", "operator", "reviewer", "modeler"];
    const everything = await shop.person("omni", roles, approverGroups);
    const { json } = await write(everything);
    const refused = await release(everything, json.version);
    expect(refused.status).toBe(409);
    expect(refused.json.problems).toMatchObject([{ code: "SEPARATION_OF_DUTIES" }]);
    const other = await shop.person("otto", ["policy-approver"], approverGroups);
    expect((await release(other, json.version)).json).toMatchObject({
      author: { id: "omni" },
      promotedBy: { id: "otto" },
      separationOfDuties: "kept",
    });
    // The refusal stands in the audit log, with its reason.
    const filter = { result: "FAIL", actorId: "omni", interlockCommand: "promotePolicy" };
    const { items } = (await call(shop.server, "POST", "/v2/audit-logs/search", { filter }, shop.admin)).json;
    expect(items).toMatchObject([{ interlockReason: expect.stringContaining("somebody else must") }]);
  });

  it("L01 have roles of their own: none of them can do what another is for", async () => {
    const author = await shop.person("anton", ["policy-owner"], approverGroups);
    const approver = await shop.person("petra", ["policy-approver"], approverGroups);
    const deployer = await shop.person("dora", ["deployer"], approverGroups);
    const modeler = await shop.person("mona", ["modeler"], approverGroups);
    const { version } = (await write(author)).json;
    for (const who of [approver, deployer, modeler]) expect((await write(who)).status).toBe(403);
    for (const who of [author, deployer, modeler]) expect((await release(who, version)).status).toBe(403);
    for (const who of [author, approver, modeler]) expect((await deployAs(who)).status).toBe(403);
    expect((await deployAs(deployer)).status).toBe(200);
    expect((await release(approver, version)).status).toBe(200);
    const start = { processDefinitionId: "payment" };
    expect((await call(shop.server, "POST", "/v2/process-instances", start, deployer)).status).toBe(403);
  });

  it("L01 of a process are three people wherever it is handed in as a change, though nothing demands that here", async () => {
    const [author, reviewer, deployer] = [
      await shop.person("cora", ["modeler"]),
      await shop.person("cleo", ["reviewer", "deployer"]),
      await shop.person("cyra", ["deployer"]),
    ];
    const form = new FormData();
    form.append("title", "A payment");
    form.append("resources", new Blob([payment("damaged")]), "payment.bpmn");
    const changes = "/governance/v1/changes";
    const { changeId } = (await call(shop.server, "POST", changes, form, author)).json;
    const does = (who: Headers, deed: string) =>
      call(shop.server, "POST", `${changes}/${changeId}/${deed}`, { revision: 1 }, who);
    expect((await does(deployer, "deployment")).status).toBe(409);
    expect((await does(reviewer, "approval")).status).toBe(200);
    expect((await does(reviewer, "deployment")).json.problems).toMatchObject([{ code: "SEPARATION_OF_DUTIES" }]);
    expect((await does(deployer, "deployment")).json.change).toMatchObject({ state: "deployed" });
    const rules = await call(shop.server, "GET", `${changes}/rules`, undefined, author);
    expect(rules.json).toEqual({ separationOfDuties: "standard", isAuthenticated: true });
  });

  it("L01 are joined in no role but the administrator's", () => {
    for (const role of roleNames.filter((name) => name !== "administrator")) {
      const may = permissionsOf([role]);
      const duties = (
        [
          // Who writes, who judges, who puts in force: each is one duty under several words.
          ["policy:author", "change:propose"],
          ["change:approve", "approval:vote"],
          ["policy:release"],
          ["definition:deploy"],
          ["action:decide"],
          ["user:administer"],
        ] as const
      ).filter((words) => words.some((word) => may.has(word)));
      expect(duties.length, `${role}: ${duties}`).toBeLessThanOrEqual(1);
    }
  });

  it("L01 S19 of a process: who has started the payment does not approve it", async () => {
    await deployPayment(shop);
    const clerk = await shop.person("clara", ["operator", "reviewer"]);
    const body = { processDefinitionId: "payment", variables: { amount: 1100, tenure: 812 } };
    const started = await call(shop.server, "POST", "/v2/process-instances", body, clerk);
    expect(started.status, started.text).toBe(200);
    const approvalId = await shop.openApproval(started.json.processInstanceKey);
    expect((await shop.vote(clerk, approvalId)).status).toBe(403);
    const other = await shop.person("carl", ["reviewer"]);
    expect((await shop.vote(other, approvalId)).json.state).toBe("approved");
  });
});
