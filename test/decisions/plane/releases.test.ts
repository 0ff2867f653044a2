/**
 * Policies as releases: stages in order, gates that hold, rollback that every node obeys within two seconds. The
 * questions of the brief are named tests.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { DecisionPlane } from "../../../decisions/index.ts";
import { canonicalHash } from "../../../decisions/plane/audit/canonical.ts";
import { keyRing, verifySignature } from "../../../decisions/plane/audit/signer.ts";
import { alice, bob, openTestPlane, readPackage, refundQuestion, service, type TestPlane } from "./open-plane.ts";

let opened: TestPlane;
let plane: DecisionPlane;
beforeAll(async () => {
  opened = await openTestPlane();
  plane = opened.plane;
  await plane.installPolicy(await readPackage("refund"));
});
afterAll(() => opened.close());
beforeEach(() => opened.clock.advance(1000));

const raised = (limit: number) => readPackage("refund", (dmn) => dmn.replace("&gt;= 500", `&gt;= ${limit}`));
const code = (...codes: string[]) => ({
  status: 409,
  problems: expect.arrayContaining(codes.map((one) => expect.objectContaining({ code: one }))),
});
const ask = (amount: number, on: DecisionPlane = plane) => on.evaluate(refundQuestion(amount) as never, service);
let drafts = 1000;
/** A new policy of its own, so that tests do not disturb each other. */
const draft = async (change: Record<string, unknown> = {}, tests?: unknown) => {
  const content = await readPackage("customer-communication");
  const id = `mail-${drafts++}`;
  const created = await plane.createPolicy(
    {
      ...content,
      manifest: { ...content.manifest, id, ...change } as never,
      ...(tests !== undefined && { tests: tests as never }),
    },
    alice,
  );
  return { id, version: created.version, created };
};
const promote = (id: string, version: number, stage: string, more: Record<string, unknown> = {}, by = bob) =>
  plane.promotePolicy(id, version, { stage, reason: "test", ...more } as never, by);

describe("the questions of governance", () => {
  it("A19 C13 D08 can you change a policy without changing the workflow? One call raises the limit from 500 to 750", async () => {
    expect((await ask(640)).determination).toBe("REQUIRE_APPROVAL");
    const { version } = await plane.createPolicy(await raised(750), alice);
    await plane.promotePolicy("refund", version, { stage: "active", reason: "Q4 policy", expedited: true }, bob);
    expect((await ask(640)).determination).toBe("ALLOW");
    expect((await ask(750)).determination).toBe("REQUIRE_APPROVAL");
  });

  it("A19 D16 can you test a policy without running the workflow?", async () => {
    const report = await plane.testPolicy("refund", 2);
    expect(report).toMatchObject({ passed: true, coverage: { share: 1 } });
    expect(report.cases.length).toBeGreaterThan(10);
    expect(report.invariants.every(({ passed }) => passed)).toBe(true);
  });

  it("A19 H05 can you audit a policy without reading the workflow code? The version, its rules and its approver stand beside the decision", async () => {
    const detail = await plane.getDecision((await ask(640)).decisionId);
    expect(detail.policies[0]).toMatchObject({
      policyId: "refund",
      version: 2,
      stillActive: true,
      approvedBy: { id: "bob" },
    });
    expect(detail.policies[0]?.dmn).toContain("&gt;= 750");
    expect(detail.policies[0]?.text).toContain("750");
  });

  it("A19 D03 D12 can you roll back a policy without redeploying the workflow?", async () => {
    const record = await plane.rollbackPolicy("refund", { reason: "too generous" }, bob);
    expect(record).toMatchObject({ to: "active", version: 1, supersedes: 2, rollback: true });
    expect((await ask(640)).determination).toBe("REQUIRE_APPROVAL");
    await expect(plane.rollbackPolicy("refund", { reason: "again" }, bob)).rejects.toMatchObject(
      code("NOTHING_TO_ROLL_BACK"),
    );
  });

  it("D11 which policy was active when this agent denied the refund?", async () => {
    const denied = await ask(9000);
    const { record, policies } = await plane.getDecision(denied.decisionId);
    expect(policies[0]).toMatchObject({ policyId: "refund", version: 1 });
    expect((await plane.getPolicy("refund", { at: record.decidedAt as string })).activeVersion).toBe(1);
  });

  it("D13 who approved the rule that allows agents to escalate directly to billing?", async () => {
    const answer = await plane.evaluate(
      {
        ...(refundQuestion(1) as object),
        action: { type: "escalate", reversible: true, riskClass: "low" },
        args: {},
      } as never,
      service,
    );
    const detail = await plane.getDecision(answer.decisionId);
    const [policy] = detail.policies;
    expect(policy?.promotion).toMatchObject({
      promotedBy: { id: "bob" },
      author: { id: "interlock" },
      reason: "too generous",
      rollback: true,
    });
  });

  it("D09 which active policies govern financial decisions?", async () => {
    const { items } = await plane.searchPolicies({ stage: "active", domain: "finance" });
    expect(items.map(({ policyId }) => policyId)).toEqual(["refund"]);
    expect(items[0]).toMatchObject({
      owner: "Customer Success / VP Customer Success",
      riskClass: "high",
      activeVersion: 1,
    });
  });

  it("which version was in force at an instant, before, between and after", async () => {
    const { promotions } = await plane.getPolicy("refund");
    const instants = promotions.filter(({ to }) => to === "active").map(({ at }) => at);
    const activeAt = async (at: string) => (await plane.getPolicy("refund", { at })).activeVersion;
    expect(await Promise.all(instants.map(activeAt))).toEqual([1, 2, 1]);
    await expect(plane.getPolicy("refund", { at: "2020-01-01T00:00:00Z" })).rejects.toMatchObject({ status: 404 });
  });
});

describe("a package", () => {
  it("C08 keeps its version when the same content comes again", async () => {
    const content = await raised(600);
    const first = await plane.createPolicy(content, alice);
    expect(await plane.createPolicy(content, bob)).toEqual(first);
  });

  it.each([
    ["no id", { manifest: { domain: "x" } }, "manifest.id"],
    ["an unknown member", { manifest: { id: "a-b", domain: "x", colour: 1 } }, "manifest"],
    [
      "a fact of an unknown type",
      { manifest: { id: "a-b", domain: "x", facts: { "a.b": { type: "money" } } } },
      "manifest.facts.a.b.type",
    ],
    ["DMN that is not XML", { dmn: "no" }, "dmn"],
    ["DMN with a document type", { dmn: '<!DOCTYPE a [<!ENTITY x "y">]><definitions/>' }, "dmn"],
    [
      "a test with an unknown determination",
      { tests: { cases: [{ name: "a", expect: { determination: "MAYBE" } }] } },
      "tests.cases.0.expect.determination",
    ],
  ])("with %s is refused and names the place", async (_name, change, place) => {
    const content = await readPackage("customer-communication");
    const error = await plane.createPolicy({ ...content, ...change } as never, alice).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ status: 400 });
    expect(
      (error as { problems: { place?: string }[] }).problems.some((problem) => problem.place?.startsWith(place)),
    ).toBe(true);
  });

  it("whose table reads a fact that nobody declared is refused", async () => {
    const content = await readPackage("customer-communication", (dmn) =>
      dmn
        .replace("<text>subject.consent</text>", "<text>subject.mood</text>")
        .replace('typeRef="string"><text>subject.mood', "><text>subject.mood"),
    );
    await expect(plane.createPolicy(content, alice)).rejects.toMatchObject({
      status: 400,
      problems: [{ code: "FACT_UNDECLARED", place: "manifest.facts.subject.mood" }],
    });
  });

  it("without a determination is refused", async () => {
    const content = await readPackage("customer-communication", (dmn) =>
      dmn.replaceAll('"Determination"', '"Verdict"'),
    );
    await expect(plane.createPolicy(content, alice)).rejects.toMatchObject({
      status: 400,
      problems: [{ code: "DETERMINATION_MISSING" }],
    });
  });
});

describe("the stages", () => {
  it("D01 go in order; jumps are refused and change nothing", async () => {
    const { id, version } = await draft();
    for (const stage of ["active", "canary", "retired"])
      await expect(promote(id, version, stage)).rejects.toMatchObject(code("STAGE_ORDER"));
    expect((await plane.getPolicy(id)).stage).toBe("draft");
    for (const stage of ["shadow", "canary", "active", "retired"])
      expect(await promote(id, version, stage)).toMatchObject({ to: stage });
    await expect(promote(id, version, "active")).rejects.toMatchObject(code("STAGE_ORDER"));
    expect((await plane.getPolicy(id)).promotions.map(({ from, to }) => `${from}>${to}`)).toEqual([
      "draft>shadow",
      "shadow>canary",
      "canary>active",
      "active>retired",
    ]);
  });

  it("D06 D17 keep a version in draft whose tests fail, whose rules are not covered, or that nobody owns", async () => {
    const content = await readPackage("customer-communication");
    const wrong = { ...(content.tests as object), cases: [{ name: "wrong", expect: { determination: "DENY" } }] };
    const failing = await draft({}, wrong);
    await expect(promote(failing.id, failing.version, "shadow")).rejects.toMatchObject(
      code("TEST_FAILED", "RULE_UNCOVERED"),
    );
    const untested = await draft({}, { cases: [] });
    await expect(promote(untested.id, untested.version, "shadow")).rejects.toMatchObject(code("TESTS_MISSING"));
    const unowned = await draft({ owner: undefined });
    await expect(promote(unowned.id, unowned.version, "shadow")).rejects.toMatchObject(code("OWNER_MISSING"));
    const loose = await draft(
      {},
      {
        ...(content.tests as object),
        invariants: [{ name: "backwards", fact: "args.recipients", values: [2, 50000], mayOnly: "loosen", given: {} }],
      },
    );
    await expect(promote(loose.id, loose.version, "shadow")).rejects.toMatchObject(code("INVARIANT_BROKEN"));
  });

  it("D07 do not let the author put a version live, nor somebody whom the owner has not named", async () => {
    const { id, version } = await draft({ approvers: ["policy-approvers"] });
    await promote(id, version, "shadow", {}, alice);
    await expect(promote(id, version, "canary", {}, alice)).rejects.toMatchObject(code("SEPARATION_OF_DUTIES"));
    await expect(
      promote(id, version, "canary", {}, { id: "mallory", type: "human", groups: ["sales"], authenticated: true }),
    ).rejects.toMatchObject(code("NOT_AN_APPROVER"));
    await expect(
      promote(id, version, "canary", {}, { id: "agent-7", type: "agent", authenticated: true }),
    ).rejects.toMatchObject({ status: 403 });
    await expect(promote(id, version, "canary")).resolves.toMatchObject({ separationOfDuties: "kept" });
  });

  it("do not let two people promote on the same state", async () => {
    const { id, version } = await draft();
    const results = await Promise.allSettled([
      promote(id, version, "shadow"),
      promote(id, version, "shadow"),
      promote(id, version, "shadow"),
    ]);
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect((await plane.getPolicy(id)).promotions).toHaveLength(1);
  });

  it("ask for the evaluations that the manifest wants, even when somebody is in a hurry only for what is live", async () => {
    const { id, version } = await draft({ release: { shadowEvaluationsMin: 3 } });
    await promote(id, version, "shadow");
    await expect(promote(id, version, "canary")).rejects.toMatchObject(code("EVALUATIONS_MISSING"));
  });

  it("ask for a reason, and are refused for versions that are not there", async () => {
    const { id, version } = await draft();
    await expect(promote(id, version, "shadow", { reason: " " })).rejects.toMatchObject({ status: 400 });
    await expect(promote(id, 99, "shadow")).rejects.toMatchObject({ status: 404 });
    await expect(promote("nothing", 1, "shadow")).rejects.toMatchObject({ status: 404 });
  });

  it("D13 F03 J03 leave a signed record with the difference, that holds outside of the database", async () => {
    const { version } = await plane.createPolicy(await raised(650), alice);
    const {
      epoch: _epoch,
      signature,
      ...unsigned
    } = await plane.promotePolicy("refund", version, { stage: "shadow", reason: "try 650" }, bob);
    const checked = verifySignature(signature, "interlock-promotion+jwt", keyRing([...(await plane.keys()).keys]));
    expect(checked).toMatchObject({ ok: true, payload: { recordHash: canonicalHash(unsigned) } });
    expect(unsigned.difference).toMatchObject({
      fromVersion: 1,
      tables: [
        {
          decisionId: "Determination",
          changed: [
            {
              ruleId: "over_limit",
              before: { when: ['action.type "issue_refund","issue_store_credit"', "args.amount >= 500"] },
              after: { when: [expect.anything(), "args.amount >= 650"] },
            },
          ],
        },
      ],
    });
    await plane.promotePolicy("refund", version, { stage: "retired", reason: "enough" }, bob);
  });
});

describe("shadow and canary", () => {
  it("D18 a shadow version judges live questions, changes nothing, and lists every widening, which must be accepted", async () => {
    const { version } = await plane.createPolicy(await raised(700), alice);
    await plane.promotePolicy("refund", version, { stage: "shadow", reason: "look" }, bob);
    for (const amount of [100, 640, 640, 680, 9000]) await ask(amount);
    expect((await ask(640)).determination).toBe("REQUIRE_APPROVAL");
    const report = await plane.shadowReport("refund", version);
    expect(report).toMatchObject({
      evaluated: 6,
      same: 2,
      changed: 4,
      widened: 4,
      changes: [{ from: "REQUIRE_APPROVAL", to: "ALLOW", count: 4, widens: true }],
    });
    expect(report.changes[0]?.samples).toHaveLength(4);
    await expect(plane.promotePolicy("refund", version, { stage: "canary", reason: "go" }, bob)).rejects.toMatchObject(
      code("WIDENINGS_UNACKNOWLEDGED"),
    );
    await expect(
      plane.promotePolicy(
        "refund",
        version,
        { stage: "canary", reason: "go", shareBasisPoints: 2500, acknowledgeWidenings: true },
        bob,
      ),
    ).resolves.toMatchObject({ evidence: { disagreements: { widened: 4 } } });
  });

  it("D19 a canary judges its share of the customers, always the same ones", async () => {
    const versionFor = async (customer: string) => {
      const question = refundQuestion(640) as { args: object };
      const { policies } = await plane.evaluate(
        { ...question, args: { ...question.args, customerId: customer } } as never,
        service,
      );
      return policies[0]?.version;
    };
    const customers = Array.from({ length: 60 }, (_, index) => `C-${index}`);
    const first = await Promise.all(customers.map(versionFor));
    expect(await Promise.all(customers.map(versionFor))).toEqual(first);
    const inside = first.filter((version) => version !== 1).length;
    expect(inside).toBeGreaterThan(3);
    expect(inside).toBeLessThan(30);
  });

  it("a rollback takes the canary back and leaves the active version as it is", async () => {
    expect(await plane.rollbackPolicy("refund", { reason: "no" }, bob)).toMatchObject({
      from: "canary",
      to: "retired",
    });
    expect(await plane.getPolicy("refund")).toMatchObject({ activeVersion: 1, canary: null });
  });

  it("replays recorded questions with a version that was never live", async () => {
    const { version } = await plane.createPolicy(await raised(200), alice);
    const report = await plane.replayPolicy("refund", version, {});
    expect(report.evaluated).toBeGreaterThan(10);
    expect(report.changes.length).toBeGreaterThan(0);
    expect(report.changed + report.same).toBe(report.evaluated);
    const allowed = report.changes.find(({ from, to }) => from === "ALLOW" && to === "REQUIRE_APPROVAL");
    expect(allowed?.count).toBeGreaterThan(0);
    const sample = await plane.getDecision(allowed?.samples[0] as string);
    expect(sample.record.args).toMatchObject({ amount: 640 });
  });
});

describe("several nodes", () => {
  it("D02 D04 all obey a rollback within two seconds, and no other policy's epoch moves", async () => {
    const nodes = [plane, await opened.another(), await opened.another()];
    for (const node of nodes) node.start();
    const other = await draft();
    await promote(other.id, other.version, "shadow");
    const epochBefore = (await plane.getPolicy(other.id)).epoch;
    const { version } = await plane.createPolicy(await raised(900), alice);
    await plane.promotePolicy(
      "refund",
      version,
      { stage: "active", reason: "party", expedited: true, acknowledgeWidenings: true },
      bob,
    );
    for (const node of nodes)
      await expect.poll(async () => (await ask(800, node)).determination, { timeout: 2000 }).toBe("ALLOW");
    const started = performance.now();
    await nodes[1]?.rollbackPolicy("refund", { reason: "party is over" }, bob);
    for (const node of nodes)
      await expect
        .poll(async () => (await ask(800, node)).determination, { timeout: 2000, interval: 10 })
        .toBe("REQUIRE_APPROVAL");
    expect(performance.now() - started).toBeLessThan(2000);
    expect((await plane.getPolicy(other.id)).epoch).toBe(epochBefore);
  });

  it("D05 never mix versions within one decision during fifty promotions", async () => {
    const versions: number[] = [];
    for (const limit of [510, 520]) versions.push((await plane.createPolicy(await raised(limit), alice)).version);
    let done = false;
    const seen = new Set<string>();
    const asking = (async () => {
      while (!done) {
        const answer = await ask(515);
        seen.add(`${answer.policies[0]?.version}:${answer.determination}`);
      }
    })();
    await plane.promotePolicy(
      "refund",
      versions[0] as number,
      { stage: "active", reason: "a", expedited: true, acknowledgeWidenings: true },
      bob,
    );
    await plane.promotePolicy(
      "refund",
      versions[1] as number,
      { stage: "active", reason: "b", expedited: true, acknowledgeWidenings: true },
      bob,
    );
    for (let turn = 0; turn < 50; turn++)
      await plane.rollbackPolicy("refund", { reason: `turn ${turn}`, toVersion: versions[turn % 2] as number }, bob);
    done = true;
    await asking;
    const expected = new Set([`1:REQUIRE_APPROVAL`, `${versions[0]}:REQUIRE_APPROVAL`, `${versions[1]}:ALLOW`]);
    for (const one of seen) expect(expected).toContain(one);
    expect(seen.size).toBeGreaterThan(1);
  });
});
