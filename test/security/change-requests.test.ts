/**
 * L01, three people for one artefact: SEPARATION_OF_DUTIES=three-person. On PostgreSQL where there is one, because
 * there two requests really run at once.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call, startTestServer } from "../api/server.ts";
import { postgresMissing, startPostgres, type TestPostgres } from "../postgres.ts";
import type { Headers } from "./approvals.ts";
import { everyRole, openThreePeople, processFile, type ThreePeople, writePolicy } from "./three-people.ts";

/** Rounds of each race; RACES=60 was run once. */
const rounds = Number(process.env.RACES ?? 4);

let postgres: TestPostgres | undefined;
let people: ThreePeople;
let author: Headers;
let approver: Headers;
let deployer: Headers;
/** Two who have every role that is not the administrator's. */
let omni: Headers;
let omar: Headers;

beforeAll(async () => {
  postgres = postgresMissing() === null ? await startPostgres({ fsync: false }) : undefined;
  const database: Record<string, string> = postgres ? { DATABASE_URL: await postgres.createDatabase() } : {};
  people = await openThreePeople({ SEPARATION_OF_DUTIES: "three-person", ...database });
  author = await people.person("ada", ["modeler"]);
  approver = await people.person("rita", ["reviewer"]);
  deployer = await people.person("dora", ["deployer"]);
  omni = await people.person("omni", everyRole);
  omar = await people.person("omar", everyRole);
}, 240_000);
afterAll(async () => {
  await people?.shop.server.close();
  await postgres?.stop();
});

/** Handed in and approved; its id. */
async function approved(files: Readonly<Record<string, string>>, who = author, by = approver): Promise<string> {
  const { status, text, json } = await people.submit(who, files);
  expect(status, text).toBe(201);
  expect((await people.does(by, "approval", json.changeId)).json).toMatchObject({ state: "approved" });
  return json.changeId;
}

const codes = ({ json }: { readonly json: { readonly problems?: readonly { readonly code: string }[] } }) =>
  json.problems?.map(({ code }) => code);

describe("author, approver and deployer of one file", () => {
  it("L01 are three people: one hands in, another approves, a third deploys, and every deed is kept", async () => {
    const file = processFile("chain");
    const { json: change } = await people.submit(author, file, { title: "The chain", description: "why" });
    expect(change).toMatchObject({ state: "submitted", revision: 1, author: { id: "ada" }, approval: null });
    const { sha256 } = change.resources[0];
    const content = `/governance/v1/changes/${change.changeId}/content/${sha256}`;
    expect((await call(people.shop.server, "GET", content, undefined, approver)).text).toBe(file["chain.bpmn"]);
    await people.does(approver, "approval", change.changeId);
    const deployed = await people.deploy(deployer, file);
    expect(deployed.status, deployed.text).toBe(200);
    const { json: kept } = await people.read(author, change.changeId);
    expect(kept).toMatchObject({
      state: "deployed",
      separationOfDuties: "kept",
      approval: { approver: { id: "rita" } },
      resources: [{ name: "chain.bpmn", replaces: null, deploymentKey: deployed.json.deploymentKey }],
    });
    expect(kept.events).toMatchObject([
      { deed: "submitted", actor: { id: "ada" } },
      { deed: "approved", actor: { id: "rita" } },
      { deed: "deployed", actor: { id: "dora" }, comment: "chain.bpmn" },
    ]);
    const filter = { entityKey: change.changeId };
    const body = { filter, sort: [{ field: "timestamp", order: "ASC" }] };
    const { items } = (await call(people.shop.server, "POST", "/v2/audit-logs/search", body, people.shop.admin)).json;
    expect(items.map(({ actorId, interlockCommand }: Record<string, string>) => [actorId, interlockCommand])).toEqual([
      ["ada", "submitChange"],
      ["rita", "approveChange"],
      ["dora", "deployChange"],
    ]);
  });

  it("L01 do not judge what cannot be deployed: its author is told when handing it in", async () => {
    const { json, status } = await people.submit(author, { "broken.bpmn": "<definitions>" });
    expect(status).toBe(400);
    expect(json.detail).toContain("broken.bpmn");
    const misnamed =
      processFile("unknown-element")["unknown-element.bpmn"]?.replaceAll("startEvent", "beginEvent") ?? "";
    expect((await people.submit(author, { "unknown-element.bpmn": misnamed })).status).toBe(400);
  });

  it("L01 have roles of their own: none of the three can do what another is for", async () => {
    const file = processFile("alone");
    const { changeId } = (await people.submit(author, file)).json;
    for (const who of [approver, deployer]) {
      expect((await people.submit(who, file)).status).toBe(403);
      expect((await people.does(who, "withdrawal", changeId)).status).toBe(403);
    }
    for (const who of [author, deployer]) {
      expect((await people.does(who, "approval", changeId)).status).toBe(403);
      expect((await people.does(who, "rejection", changeId)).status).toBe(403);
    }
    for (const who of [author, approver]) {
      expect((await people.deploy(who, file)).status).toBe(403);
      expect((await people.does(who, "deployment", changeId)).status).toBe(403);
    }
    // The deployer alone: nobody has approved yet.
    expect((await people.does(deployer, "deployment", changeId)).status).toBe(409);
    const refused = await people.deploy(deployer, file);
    expect(refused).toMatchObject({
      status: 409,
      json: { problems: [{ code: "NOT_APPROVED", resourceName: "alone.bpmn" }] },
    });
    expect(refused.json.detail).toContain("alone.bpmn: no approved change request of this tenant holds these bytes");
  });

  it("L01 are told apart as people: who has every role does one of the three, and pairs are not enough", async () => {
    const file = processFile("pairs");
    const { changeId } = (await people.submit(omni, file)).json;
    const own = await people.does(omni, "approval", changeId);
    expect(own).toMatchObject({ status: 403, json: { problems: [{ code: "SEPARATION_OF_DUTIES" }] } });
    expect((await people.does(omni, "rejection", changeId)).status).toBe(403);
    expect((await people.does(omar, "withdrawal", changeId)).status).toBe(403);
    expect((await people.replace(omar, changeId, processFile("pairs", "mine"))).status).toBe(403);
    expect((await people.does(omar, "approval", changeId)).status).toBe(200);
    for (const [who, word] of [
      [omni, "is the author"],
      [omar, "has approved it"],
    ] as const) {
      for (const refused of [await people.deploy(who, file), await people.does(who, "deployment", changeId)]) {
        expect(refused).toMatchObject({ status: 403, json: { problems: [{ code: "SEPARATION_OF_DUTIES" }] } });
        expect(refused.json.detail).toContain(word);
      }
    }
    const { changeId: others } = (await people.submit(author, processFile("pairs", "other"))).json;
    // The administrator is a person as well.
    expect((await people.does(people.shop.admin, "approval", others)).status).toBe(200);
    expect((await people.does(people.shop.admin, "deployment", others)).status).toBe(403);
    expect((await people.does(deployer, "deployment", changeId)).status).toBe(200);
  });

  it("L01 are not asked of the packages that the product brings along", async () => {
    const body = { filter: { processDefinitionId: "refund" } };
    const { json } = await call(people.shop.server, "POST", "/v2/process-definitions/search", body, author);
    expect(json.items).toHaveLength(1);
  });

  it("L01 and agents approve nothing", async () => {
    const { server, admin } = people.shop;
    const account = { accountId: "robot", kind: "agent", roles: ["reviewer"] };
    await call(server, "POST", "/auth/accounts", account, admin);
    const { json } = await call(server, "POST", "/auth/accounts/robot/tokens", { name: "t" }, admin);
    const { changeId } = (await people.submit(author, processFile("robots"))).json;
    const refused = await people.does({ authorization: `Bearer ${json.secret}` }, "approval", changeId);
    expect(refused).toMatchObject({ status: 403 });
    expect(refused.json.detail).toContain("is an agent");
  });
});

describe("an approval", () => {
  it("L01 is of exact bytes under one name in one tenant: anything else is refused, and says which file lacks what", async () => {
    const file = processFile("exact");
    await approved(file);
    const changed = await people.deploy(deployer, processFile("exact", "other bytes"));
    expect(changed).toMatchObject({ status: 409, json: { problems: [{ code: "NOT_APPROVED" }] } });
    expect(changed.json.detail).toContain("are not those that were approved");
    const renamed = await people.deploy(deployer, { "renamed.bpmn": file["exact.bpmn"]! });
    expect(renamed.json.detail).toContain("are approved under the name exact.bpmn only");
    const both = await people.deploy(deployer, { ...file, ...processFile("stowaway") });
    expect(both.json.problems).toMatchObject([{ code: "NOT_APPROVED", resourceName: "stowaway.bpmn" }]);
    const south = await people.person("sue", ["deployer"], ["<default>", "south"]);
    expect(codes(await people.deploy(south, file, "south"))).toEqual(["NOT_APPROVED"]);
    // Nothing of all that has come in.
    const found = { filter: { processDefinitionId: { $in: ["exact", "stowaway"] } } };
    const search = async () =>
      (await call(people.shop.server, "POST", "/v2/process-definitions/search", found, people.shop.admin)).json.items;
    expect(await search()).toEqual([]);
    expect((await people.deploy(deployer, file)).status).toBe(200);
    expect(await search()).toHaveLength(1);
  });

  it("L01 counts once: what is deployed passes unchanged, and older bytes need an approval again", async () => {
    const [first, second] = [processFile("once"), processFile("once", "second")];
    await approved(first);
    expect((await people.deploy(deployer, first)).status).toBe(200);
    const again = await people.deploy(deployer, first);
    expect(again.json.deployments[0].processDefinition.processDefinitionVersion).toBe(1);
    await approved(second);
    expect((await people.deploy(deployer, second)).status).toBe(200);
    expect(codes(await people.deploy(deployer, first))).toEqual(["NOT_APPROVED"]);
  });

  it("L01 is of a revision: a replacement makes it void, and who looked at the older one cannot approve the newer", async () => {
    const file = processFile("revised");
    const changeId = await approved(file);
    const { json } = await people.replace(author, changeId, processFile("revised", "sneaked in"));
    expect(json).toMatchObject({ state: "submitted", revision: 2, approval: null });
    expect(codes(await people.deploy(deployer, file))).toEqual(["NOT_APPROVED"]);
    expect((await people.does(deployer, "deployment", changeId)).status).toBe(409);
    expect((await people.does(approver, "approval", changeId, 1)).status).toBe(409);
    expect((await people.does(approver, "approval", changeId, 2)).status).toBe(200);
    expect((await people.does(deployer, "deployment", changeId, 1)).status).toBe(409);
    expect((await people.does(deployer, "deployment", changeId, 2)).status).toBe(200);
    for (const deed of ["rejection", "withdrawal", "approval"])
      expect((await people.does(deed === "withdrawal" ? author : approver, deed, changeId, 2)).status, deed).toBe(409);
  });

  it("L01 can be taken back by its author and by approvers until it is used", async () => {
    const file = processFile("back");
    const rejected = await approved(file);
    expect((await people.does(omar, "rejection", rejected)).json).toMatchObject({ state: "rejected", approval: null });
    const withdrawn = await approved(file);
    expect((await people.does(author, "withdrawal", withdrawn)).json).toMatchObject({ state: "withdrawn" });
    expect(codes(await people.deploy(deployer, file))).toEqual(["NOT_APPROVED"]);
    expect((await people.does(approver, "approval", withdrawn)).status).toBe(409);
  });

  it("L01 is of a difference: where another version has been deployed since, it does not count", async () => {
    const [late, early] = [processFile("base", "late"), processFile("base", "early")];
    const waiting = await approved(late);
    await approved(early);
    expect((await people.deploy(deployer, early)).status).toBe(200);
    expect(codes(await people.deploy(deployer, late))).toEqual(["OUTDATED"]);
    expect(codes(await people.does(deployer, "deployment", waiting))).toEqual(["OUTDATED"]);
    await people.replace(author, waiting, late);
    await people.does(approver, "approval", waiting, 2);
    expect((await people.does(deployer, "deployment", waiting, 2)).status).toBe(200);
  });

  it("L01 is used by one of two who deploy at once", async () => {
    const dirk = await people.person("dirk", ["deployer"]);
    for (let round = 0; round < rounds; round++) {
      const changeId = await approved(processFile(`race-${round}`));
      const answers = await Promise.all([deployer, dirk].map((who) => people.does(who, "deployment", changeId)));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
      expect((await people.read(author, changeId)).json.events.map(({ deed }: { deed: string }) => deed)).toEqual([
        "submitted",
        "approved",
        "deployed",
      ]);
    }
  });

  it("L01 that is withdrawn while somebody deploys is either used or withdrawn, never both", async () => {
    for (let round = 0; round < rounds; round++) {
      const file = processFile(`withdrawn-${round}`);
      const changeId = await approved(file);
      const deeds = [() => people.deploy(deployer, file), () => people.does(author, "withdrawal", changeId)];
      if (round % 2 === 1) deeds.reverse();
      const answers = await Promise.all(deeds.map((deed) => deed()));
      if (round % 2 === 1) answers.reverse();
      const [deployed, withdrawn] = answers.map(({ status }) => status);
      const { state } = (await people.read(author, changeId)).json;
      expect([deployed, withdrawn, state]).toEqual(state === "deployed" ? [200, 409, state] : [409, 200, "withdrawn"]);
    }
  });

  it("L01 S13 of another tenant does not exist for others", async () => {
    const south = await people.person("sara", everyRole, ["south"]);
    const file = processFile("southern");
    const { json } = await people.submit(south, file, { tenantId: "south" });
    expect(json.tenantId).toBe("south");
    expect((await people.read(omni, json.changeId)).status).toBe(404);
    const content = `/governance/v1/changes/${json.changeId}/content/${json.resources[0].sha256}`;
    expect((await call(people.shop.server, "GET", content, undefined, omni)).status).toBe(404);
    for (const deed of ["approval", "rejection", "withdrawal", "deployment"])
      expect((await people.does(omni, deed, json.changeId)).status, deed).toBe(404);
    const listed = await call(people.shop.server, "GET", "/governance/v1/changes?limit=500", undefined, omni);
    expect(listed.text).not.toContain("southern");
    expect((await people.submit(author, file, { tenantId: "south" })).status).toBe(400);
  });
});

describe("a policy's version", () => {
  const policy = (rest: string): string => `/governance/v1/policies/refund${rest}`;
  const post = (who: Headers, path: string, body: object) => call(people.shop.server, "POST", path, body, who);
  const promote = (who: Headers, version: number, stage = "active", expedited = true) =>
    post(who, policy(`/versions/${version}/promotion`), { stage, reason: "r", expedited, acknowledgeWidenings: true });
  const request = async (who: Headers, version: number): Promise<string> => {
    const body = { title: `Refund ${version}`, policy: { policyId: "refund", version } };
    const { status, text, json } = await post(who, "/governance/v1/changes", body);
    expect(status, text).toBe(201);
    return json.changeId;
  };
  const write = async (who: Headers): Promise<number> => (await writePolicy(people.shop, who)).json.version;

  it("L01 D07 goes live when its author, its approver and its releaser are three people, expedited or not", async () => {
    const [owner, releaser] = [
      await people.person("anton", ["policy-owner"]),
      await people.person("petra", ["policy-approver"]),
    ];
    const version = await write(owner);
    expect((await promote(releaser, version, "shadow", false)).status).toBe(200);
    for (const stage of ["canary", "active"])
      expect(codes(await promote(releaser, version, stage)), stage).toEqual(["APPROVAL_MISSING"]);
    const changeId = await request(owner, version);
    expect(codes(await promote(releaser, version))).toEqual(["APPROVAL_MISSING"]);
    for (const who of [owner, releaser]) expect((await people.does(who, "approval", changeId)).status).toBe(403);
    expect((await people.does(approver, "approval", changeId)).status).toBe(200);
    const { json } = await promote(releaser, version, "canary");
    expect(json).toMatchObject({
      author: { id: "anton" },
      promotedBy: { id: "petra" },
      separationOfDuties: "kept",
      evidence: { approval: { changeId, approver: { id: "rita" }, requestedBy: "anton" } },
    });
    // What rests on an approval keeps it.
    expect((await people.does(owner, "withdrawal", changeId)).status).toBe(409);
    expect((await people.read(owner, changeId)).json.state).toBe("approved");
    expect((await promote(releaser, version)).status).toBe(200);
    expect((await people.read(owner, changeId)).json.state).toBe("deployed");
  });

  it("L01 D07 is kept from those who have every role, alone and in pairs", async () => {
    const version = await write(omni);
    const changeId = await request(omar, version);
    // Neither who wrote it nor who asks for it approves it.
    for (const who of [omni, omar]) expect((await people.does(who, "approval", changeId)).status).toBe(403);
    expect((await people.does(approver, "approval", changeId)).status).toBe(200);
    for (const who of [omni, omar]) expect(codes(await promote(who, version))).toContain("SEPARATION_OF_DUTIES");
    const both = await people.person("rita-too", [...everyRole]);
    const second = await request(omni, version);
    expect((await people.does(both, "approval", second)).status).toBe(200);
    // Their own approval does not serve them, but the one that rita has given does.
    expect((await promote(both, version)).json.evidence.approval).toMatchObject({ changeId, approver: { id: "rita" } });
  });

  it("L01 D13 is rolled back by one person at once, without an approval, and that is recorded", async () => {
    const releaser = await people.person("paul", ["policy-approver"]);
    const owner = await people.person("oda", ["policy-owner"]);
    const version = await write(owner);
    await people.does(approver, "approval", await request(owner, version));
    expect((await promote(releaser, version)).status).toBe(200);
    const startedAt = Date.now();
    const { status, json } = await post(releaser, policy("/rollback"), { reason: "an emergency" });
    expect(status).toBe(200);
    expect(Date.now() - startedAt).toBeLessThan(10_000);
    expect(json).toMatchObject({
      rollback: true,
      supersedes: version,
      promotedBy: { id: "paul" },
      reason: "an emergency",
    });
    const { activeVersion } = (await call(people.shop.server, "GET", policy(""), undefined, releaser)).json;
    expect(activeVersion).toBe(json.version);
  });

  it("L01 whose approval is taken back while somebody releases it is either released or not, never both", async () => {
    const [owner, releaser] = [
      await people.person("adam", ["policy-owner"]),
      await people.person("paula", ["policy-approver"]),
    ];
    for (let round = 0; round < rounds; round++) {
      const version = await write(owner);
      await promote(releaser, version, "shadow", false);
      const changeId = await request(owner, version);
      await people.does(approver, "approval", changeId);
      const [released, withdrawn] = await Promise.all([
        promote(releaser, version, "canary"),
        people.does(owner, "withdrawal", changeId),
      ]);
      expect([released.status, withdrawn.status].sort(), released.text + withdrawn.text).toEqual([200, 409]);
    }
  });
});

describe("without authentication", () => {
  it("L01 nothing is deployed where three people are asked for: nobody can be told apart", async () => {
    const database: Record<string, string> = postgres ? { DATABASE_URL: await postgres.createDatabase() } : {};
    const server = await startTestServer({ environment: { SEPARATION_OF_DUTIES: "three-person", ...database } });
    try {
      const as = (name: string): Headers => ({ "interlock-actor": name });
      const form = new FormData();
      form.append("title", "Alone");
      form.append("resources", new Blob([processFile("nobody")["nobody.bpmn"]!]), "nobody.bpmn");
      const { json } = await call(server, "POST", "/governance/v1/changes", form, as("ada"));
      expect(json.separationOfDuties).toBe("unchecked");
      const path = `/governance/v1/changes/${json.changeId}/approval`;
      const refused = await call(server, "POST", path, { revision: 1 }, as("rita"));
      expect(refused.status).toBe(403);
      expect(refused.json.detail).toContain("nobody is authenticated on this server");
      form.delete("title");
      expect((await call(server, "POST", "/v2/deployments", form, as("dora"))).status).toBe(409);
    } finally {
      await server.close();
    }
  }, 120_000);
});
