/** The enforcement point as an engine sees it: synchronous, fail-closed, everything recorded. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { constrainArgs } from "../../../decisions/index.ts";
import { canonicalJson } from "../../../decisions/plane/audit/canonical.ts";
import { keyRing, verifySignature } from "../../../decisions/plane/audit/signer.ts";
import { readQuestion } from "../../../decisions/plane/decide/question.ts";
import type { DecisionTrace } from "../../../decisions/plane/decide/trace.ts";
import type { ActionRequest, Fact } from "../../../decisions/plane/types.ts";
import { constrain } from "../../../engine/core/constrain.ts";
import type { ActionRequest as EngineRequest, Environment } from "../../../engine/core/environment.ts";
import type { TableWrite } from "../../../store/index.ts";
import { bob, openTestPlane, readPackage, refundQuestion, service, type TestPlane } from "./open-plane.ts";

const manifest = {
  id: "odd",
  domain: "test",
  owner: "QA",
  facts: {
    "subject.score": { type: "number" },
    "subject.hint": { type: "string", required: false },
    "subject.later": { type: "string", onMissing: "defer" },
  },
  actions: ["odd_action"],
};

/** A policy with one table of three rules over a score and a hint. */
const oddDmn = `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="odd" name="odd" namespace="urn:test:odd">
  <decision id="Determination" name="Determination"><variable id="v" name="Determination" />
    <decisionTable id="t" hitPolicy="FIRST">
      <input id="i1"><inputExpression id="e1" typeRef="number"><text>subject.score</text></inputExpression></input>
      <input id="i2"><inputExpression id="e2" typeRef="string"><text>subject.hint</text></inputExpression></input>
      <output id="o1" name="determination" typeRef="string" /><output id="o2" name="reasonCode" typeRef="string" />
      <rule id="r1"><inputEntry id="c1"><text>&lt; 10</text></inputEntry><inputEntry id="c2"><text>-</text></inputEntry><outputEntry id="x1"><text>"ALLOW"</text></outputEntry><outputEntry id="x2"><text>"LOW"</text></outputEntry></rule>
      <rule id="r2"><inputEntry id="c3"><text>[10..20)</text></inputEntry><inputEntry id="c4"><text>"please"</text></inputEntry><outputEntry id="x3"><text>"ALLOW"</text></outputEntry><outputEntry id="x4"><text>"ASKED"</text></outputEntry></rule>
      <rule id="r3"><inputEntry id="c5"><text>[20..30)</text></inputEntry><inputEntry id="c6"><text>-</text></inputEntry><outputEntry id="x5"><text>"PERHAPS"</text></outputEntry><outputEntry id="x6"><text>"UNKNOWN"</text></outputEntry></rule>
    </decisionTable>
  </decision>
</definitions>`;

const oddTests = {
  defaults: { facts: { "subject.score": 1, "subject.later": "x" } },
  cases: [
    { name: "low", expect: { determination: "ALLOW" } },
    { name: "asked", facts: { "subject.score": 15, "subject.hint": "please" }, expect: { determination: "ALLOW" } },
    { name: "perhaps", facts: { "subject.score": 25 }, expect: { determination: "DENY", reasonCode: "RUNTIME_ERROR" } },
  ],
};

describe("the enforcement point", () => {
  let opened: TestPlane;
  beforeAll(async () => {
    opened = await openTestPlane();
    for (const name of ["refund", "baseline"]) await opened.plane.installPolicy(await readPackage(name));
    await opened.plane.installPolicy({ manifest, dmn: oddDmn, tests: oddTests as never });
  });
  afterAll(() => opened.close());

  const request = (question: object): ActionRequest =>
    readQuestion(question as never, service, opened.clock.now()).request;
  const decide = (question: object) => opened.plane.decide(request(question));
  const odd = (facts: object) => decide({ action: { type: "odd_action" }, facts });

  it("A01 fits the engine's environment without a conversion", () => {
    const environment: Pick<Environment, "decideAction"> = {
      decideAction: (engineRequest: EngineRequest) => opened.plane.decide(engineRequest),
    };
    expect(environment.decideAction(request(refundQuestion(120.5)) as EngineRequest).determination).toBe("ALLOW");
  });

  it("A15 C07 allows a refund below the limit, with a permit, the rule and the policies that spoke", () => {
    const decision = decide(refundQuestion(120.5));
    expect(decision).toMatchObject({
      determination: "ALLOW",
      constraints: [],
      approval: null,
      riskScore: 30,
      reasonCodes: ["WITHIN_LIMIT", "BASELINE"],
    });
    expect(decision.policies).toMatchObject([
      { policyId: "refund", version: 1, stage: "active" },
      { policyId: "baseline", version: 1 },
    ]);
    expect(decision.policies[0]?.matchedRules).toContain("within_limit");
    expect(
      opened.plane.checkPermit(decision.permit as string, {
        actionType: "issue_refund",
        audience: "payments.refund@1",
        args: refundQuestion(120.5).args,
      }),
    ).toMatchObject({ ok: true });
  });

  it("C07 C11 allows as credit only: the constraint changes what will run, and the permit is for the changed arguments", () => {
    const question = refundQuestion(80, {
      facts: { "subject.accountTenureDays": 64, "subject.refundsLast12Months": 1, "subject.standing": "good" },
    });
    const decision = decide(question);
    expect(decision).toMatchObject({
      determination: "ALLOW_WITH_CONSTRAINTS",
      constraints: [{ path: "args.method", op: "set", value: "credit" }],
    });
    const check = (args: object) =>
      opened.plane.checkPermit(decision.permit as string, { actionType: "issue_refund", args: args as never });
    expect(check({ ...question.args, method: "credit" }).ok).toBe(true);
    expect(check(question.args)).toMatchObject({ ok: false, reasonCode: "PERMIT_ARGS_CHANGED" });
  });

  it("F05 asks for approval at the limit, with group, SLA and escalation", () => {
    expect(decide(refundQuestion(500)).approval).toMatchObject({
      group: "refund-approvers",
      quorum: 1,
      slaMs: 14_400_000,
      onTimeout: "escalate",
      escalateTo: "refund-supervisors",
    });
    expect(decide(refundQuestion(499.99)).determination).toBe("ALLOW");
  });

  it.each([
    ["a policy that does not exist", { policies: [{ policyId: "nothing" }] }, "POLICY_UNKNOWN"],
    ["a version that was never released", { policies: [{ policyId: "refund", version: 99 }] }, "POLICY_NOT_ACTIVE"],
    [
      "an action that no policy governs",
      { action: { type: "launch_rocket", riskClass: "low" }, policies: [] },
      "UNGOVERNED_ACTION",
    ],
    ["an action that the named policy does not know", { action: { type: "launch_rocket" } }, "ACTION_UNKNOWN"],
    ["a missing fact", { facts: { "subject.standing": "good" } }, "FACT_MISSING"],
    [
      "a fact of the wrong type",
      { facts: { ...refundQuestion(1).facts, "subject.accountTenureDays": "812" } },
      "FACT_INVALID",
    ],
    [
      "a value outside of the list",
      { facts: { ...refundQuestion(1).facts, "subject.standing": "excellent" } },
      "FACT_INVALID",
    ],
    [
      "a fact that contradicts the arguments",
      { facts: { ...refundQuestion(1).facts, "args.amount": 1 } },
      "FACT_CONFLICT",
    ],
    [
      "a fact that contradicts the action",
      { facts: { ...refundQuestion(1).facts, "action.riskClass": "low" } },
      "FACT_CONFLICT",
    ],
  ])("C10 D15 denies %s", (_name, change, code) => {
    const decision = decide({ ...refundQuestion(120.5), ...change });
    expect(decision).toMatchObject({ determination: "DENY", permit: null });
    expect(decision.reasonCodes).toContain(code);
  });

  it("F06 denies when no rule matches and when a table answers with a word that it does not know", () => {
    expect(odd({ "subject.score": 99, "subject.later": "x" })).toMatchObject({
      determination: "DENY",
      reasonCodes: ["RUNTIME_ERROR"],
    });
    expect(odd({ "subject.score": 25, "subject.later": "x" })).toMatchObject({
      determination: "DENY",
      reasonCodes: ["RUNTIME_ERROR"],
    });
  });

  it("defers when a fact is missing that somebody can still supply", () => {
    expect(odd({ "subject.score": 1 })).toMatchObject({
      determination: "DEFER",
      reasonCodes: ["FACT_MISSING"],
      permit: null,
    });
  });

  it("C10 never lets a fact that a model wrote make the answer milder, and lets it make it stricter", () => {
    const score = (value: number, provenance: Fact["provenance"]) =>
      odd({ "subject.later": "x", "subject.score": { value, provenance, source: "t" } });
    expect(score(1, "trusted").determination).toBe("ALLOW");
    expect(score(1, "model")).toMatchObject({ determination: "DENY", reasonCodes: ["FACT_UNTRUSTED"] });
    const hinted = (provenance: Fact["provenance"]) =>
      odd({ "subject.later": "x", "subject.score": 15, "subject.hint": { value: "please", provenance, source: "t" } });
    expect(hinted("trusted").determination).toBe("ALLOW");
    expect(hinted("model").determination).toBe("DENY");
    expect(
      odd({
        "subject.later": "x",
        "subject.score": 1,
        "subject.hint": { value: "anything", provenance: "model", source: "t" },
      }).determination,
    ).toBe("ALLOW");
  });

  it("C23 lets the organisation's baseline stop what the domain would permit", () => {
    const looped = {
      ...refundQuestion(120.5),
      history: { callsByAction: { issue_refund: 5 }, lastActions: [], sameArgsRepeat: 5 },
    };
    expect(decide(looped)).toMatchObject({ determination: "DENY", reasonCodes: ["REPEATED_ACTION"] });
    const target = refundQuestion(120.5);
    expect(decide({ ...target, action: { ...target.action, target: "restricted" } })).toMatchObject({
      determination: "DENY",
      reasonCodes: ["RESTRICTED_TARGET"],
    });
  });

  it("C02 scores the risk from the facts alone, the same every time", () => {
    const scores = Array.from({ length: 5 }, () => decide(refundQuestion(640)).riskScore);
    expect(new Set(scores)).toEqual(new Set([50]));
  });

  it("S18 goes on after an approval of exactly this, and asks anew when anything that was shown has changed", () => {
    const asked = decide(refundQuestion(640));
    const approval = {
      approvalId: asked.approval?.approvalId as string,
      originalDecisionId: asked.decisionId,
      edited: false,
    };
    const resume = (change: object) =>
      opened.plane.decide({ ...request({ ...refundQuestion(640), ...change }), approval });
    expect(resume({})).toMatchObject({ determination: "ALLOW", reasonCodes: ["AMOUNT_OVER_LIMIT", "APPROVED"] });
    const base = refundQuestion(640);
    for (const change of [
      { args: { ...base.args, amount: 641 } },
      { args: { ...base.args, orderId: "ORD-2" } },
      { facts: { ...base.facts, "subject.refundsLast12Months": 1 } },
      { action: { ...base.action, toolRef: "payments.refund@2" } },
      { action: { ...base.action, target: "elsewhere" } },
    ])
      expect(resume(change), JSON.stringify(change)).toMatchObject({
        determination: "REQUIRE_APPROVAL",
        reasonCodes: expect.arrayContaining(["APPROVAL_STALE"]),
      });
    expect(resume({ facts: { ...base.facts, "subject.standing": "blocked" } }).determination).toBe("DENY");
    const forged = { ...approval, approvalId: approval.approvalId.replace(/[0-9a-f]{32}$/, "0".repeat(32)) };
    expect(opened.plane.decide({ ...request(base), approval: forged }).determination).toBe("REQUIRE_APPROVAL");
  });

  it("S18 takes an approver's edit as approval when it makes nothing riskier, and asks anew when it does", () => {
    const asked = decide(refundQuestion(640));
    opened.plane.traceWrites(asked.trace);
    const edited = (amount: number) =>
      opened.plane.decide({
        ...request(refundQuestion(amount)),
        approval: {
          approvalId: asked.approval?.approvalId as string,
          originalDecisionId: asked.decisionId,
          edited: true,
        },
      });
    expect(edited(100)).toMatchObject({ determination: "ALLOW" });
    expect(edited(600)).toMatchObject({ determination: "ALLOW", reasonCodes: expect.arrayContaining(["APPROVED"]) });
    expect(edited(4000)).toMatchObject({
      determination: "REQUIRE_APPROVAL",
      reasonCodes: expect.arrayContaining(["APPROVAL_STALE"]),
    });
    expect(edited(9000)).toMatchObject({ determination: "DENY" });
  });

  it("D06 H02 H03 H05 records in the caller's transaction what it decided, with which facts, rules, owner and version", async () => {
    const decision = decide(refundQuestion(640));
    await opened.groupCommit.submit({ writes: [...opened.plane.traceWrites(decision.trace)] });
    const detail = await opened.plane.getDecision(decision.decisionId);
    expect(detail.record).toMatchObject({
      schema: "decision/1",
      args: { amount: 640 },
      facts: { "subject.standing": { value: "good", provenance: "derived", source: "caller" } },
      policies: [
        {
          policyId: "refund",
          version: 1,
          owner: "Customer Success / VP Customer Success",
          matchedRules: expect.arrayContaining([expect.objectContaining({ ruleId: "over_limit", ruleIndex: 5 })]),
        },
        { policyId: "baseline" },
      ],
      evaluation: { determination: "REQUIRE_APPROVAL", error: null },
    });
    expect(detail.approval).toMatchObject({
      state: "pending",
      group: "refund-approvers",
      action: { type: "issue_refund" },
      args: { amount: 640 },
    });
    expect(detail.reasons).toEqual(["The amount is above the limit that may be refunded without a person."]);
  });

  it("H01 records errors and denials too, with what went wrong", async () => {
    const decision = odd({ "subject.score": 25, "subject.later": "x" });
    await opened.groupCommit.submit({ writes: [...opened.plane.traceWrites(decision.trace)] });
    const { record } = await opened.plane.getDecision(decision.decisionId);
    expect(record.evaluation).toMatchObject({ determination: "DENY", error: expect.stringContaining("PERHAPS") });
  });

  it("C05 keeps its time: a warm decision of the refund policy with the baseline takes well under a millisecond", () => {
    for (let index = 0; index < 300; index++) decide(refundQuestion(100 + index / 100));
    const durations = Array.from(
      { length: 300 },
      (_, index) => (decide(refundQuestion(100 + index / 100)).trace as DecisionTrace).durationUs,
    );
    expect(durations.sort((one, other) => one - other)[150]).toBeLessThan(2000);
  });
});

describe("the register of a process's approvals", () => {
  let opened: TestPlane;
  beforeAll(async () => {
    opened = await openTestPlane();
    await opened.plane.installPolicy(await readPackage("refund"));
  });
  afterAll(() => opened.close());

  let elements = 0;
  /** An approval that a process instance waits for. */
  const waiting = async () => {
    const element = `e-${elements++}`;
    const process = {
      processId: "refund",
      definitionKey: "1",
      definitionVersion: 1,
      definitionHash: "h",
      processInstanceKey: "7",
      rootProcessInstanceKey: "7",
      elementId: "issue_refund",
      elementInstanceKey: element,
      tenantId: "<default>",
    };
    const decision = opened.plane.decide({
      ...readQuestion(refundQuestion(640) as never, service, opened.clock.now()).request,
      process,
    });
    await submit(opened.plane.traceWrites(decision.trace));
    return {
      approvalId: decision.approval?.approvalId as string,
      decision,
      element,
      terms: decision.approval as never,
    };
  };
  const submit = (writes: readonly TableWrite[]) => opened.groupCommit.submit({ writes: [...writes] });
  const at = () => opened.clock.now();

  it("shows what is asked, and leaves the vote to the process", async () => {
    const { approvalId } = await waiting();
    expect(await opened.plane.getApproval(approvalId)).toMatchObject({
      state: "pending",
      managedBy: "engine",
      processInstanceKey: "7",
      group: "refund-approvers",
      requester: { id: "refund-agent", type: "agent" },
    });
    await expect(opened.plane.vote(approvalId, { verdict: "approve" }, bob)).rejects.toMatchObject({
      problems: [{ code: "MANAGED_BY_ENGINE" }],
    });
  });

  it("F03 follows the engine's votes, signed, and takes a repeated one as the same", async () => {
    const { approvalId, decision, terms } = await waiting();
    const state = {
      approvalId,
      decisionId: decision.decisionId,
      requester: { id: "refund-agent", type: "agent" as const },
      terms,
      votes: [],
    };
    const judged = opened.plane.judgeVote(state, { actor: bob, verdict: "approve", comment: "fine", at: at() });
    expect(judged.resolution).toBe("approved");
    await submit(opened.plane.traceWrites(judged.trace));
    await submit(opened.plane.traceWrites(judged.trace));
    const detail = await opened.plane.getApproval(approvalId);
    expect(detail).toMatchObject({ state: "approved", votes: [{ approver: { id: "bob" }, comment: "fine" }] });
    expect(
      verifySignature(
        detail.votes[0]?.signature as string,
        "interlock-approval+jwt",
        keyRing([...(await opened.plane.keys()).keys]),
      ).ok,
    ).toBe(true);
  });

  it("F04 follows escalation, expiry, staleness and a terminated activity", async () => {
    const one = await waiting();
    await submit(
      opened.plane.approvalWrites({
        approvalId: one.approvalId,
        type: "escalated",
        at: at(),
        group: "refund-supervisors",
        dueAt: at() + 1000,
      }),
    );
    expect(await opened.plane.getApproval(one.approvalId)).toMatchObject({
      state: "pending",
      escalated: true,
      group: "refund-supervisors",
    });
    await submit(opened.plane.approvalWrites({ approvalId: one.approvalId, type: "expired", at: at() }));
    expect((await opened.plane.getApproval(one.approvalId)).state).toBe("expired");
    const two = await waiting();
    await submit(opened.plane.approvalWrites({ approvalId: two.approvalId, type: "stale", at: at() }));
    expect((await opened.plane.getApproval(two.approvalId)).state).toBe("stale");
    const three = await waiting();
    await submit(
      opened.plane.approvalWrites({ approvalId: null, elementInstanceKey: three.element, type: "cancelled", at: at() }),
    );
    expect((await opened.plane.getApproval(three.approvalId)).state).toBe("cancelled");
    expect(
      (await opened.plane.searchApprovals({ state: "pending" })).items.map(({ approvalId }) => approvalId),
    ).not.toContain(three.approvalId);
  });
});

describe("terms", () => {
  it("mean the same to the engine and to the plane, which signs the permit over the result (C07)", () => {
    const value = fc.oneof(
      fc.integer({ min: -5, max: 5 }),
      fc.constantFrom("cash", "credit", null, true),
      fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 2 }),
    );
    const args = fc.dictionary(
      fc.constantFrom("a", "b", "c"),
      fc.oneof(value, fc.dictionary(fc.constantFrom("a", "b"), value)),
    );
    const term = fc.record({
      path: fc.constantFrom("args.a", "args.b", "args.a.b", "args.c.a"),
      op: fc.constantFrom("set", "max", "min", "oneOf", "drop", "redact"),
      value: fc.oneof(value, fc.array(value, { maxLength: 3 })),
    });
    fc.assert(
      fc.property(args, fc.array(term, { maxLength: 3 }), (given, terms) => {
        const mine = constrainArgs(given as never, terms as never);
        const engines = constrain(given as never, terms as never);
        expect(mine.ok ? canonicalJson(mine.args) : null).toBe(engines === null ? null : canonicalJson(engines));
      }),
      { numRuns: 3000 },
    );
  });
});
