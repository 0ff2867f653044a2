/** The enforcement point: what is asked, what each determination does, approvals and their deadlines, late answers. */
import { describe, expect, it } from "vitest";
import type { ActionDecision, ActionRequest, Environment } from "../../../engine/core/environment.ts";
import type { GuardDefinition } from "../../../engine/core/process.ts";
import { type Driver, drive } from "../instance-driver.ts";
import { buildProcess, type ElementSpec, error, service, start, timer, value, variable } from "../process-builder.ts";

const guard = (more: Partial<GuardDefinition> = {}): GuardDefinition => ({
  action: {
    type: "issue_refund",
    target: "payments",
    operation: "pay",
    reversible: true,
    riskClass: "high",
    toolRef: null,
  },
  policies: [
    {
      policyId: "refund",
      binding: { type: "active" },
      pattern: "sync",
      defaultDetermination: "DENY",
      maxStalenessMs: null,
    },
  ],
  facts: [{ name: "subject.tenure", expression: variable("tenure"), provenance: "trusted" }],
  onDeny: "result",
  ...more,
});

const decision = (more: Partial<ActionDecision>): ActionDecision => ({
  decisionId: "d1",
  determination: "ALLOW",
  constraints: [],
  approval: null,
  riskScore: 10,
  reasonCodes: ["R"],
  policies: [],
  permit: "permit",
  expiresAt: null,
  trace: { d: 1 },
  ...more,
});
const approvalTerms = {
  approvalId: "ap1",
  group: "leads",
  quorum: 1,
  slaMs: 60_000,
  onTimeout: "reject" as const,
  escalateTo: null,
};

function guarded(
  answers: ActionDecision | ActionDecision[],
  more: Partial<GuardDefinition> = {},
  extra: readonly ElementSpec[] = [],
  flows: string[] = [],
  environment: Partial<Environment> = {},
) {
  const asked: ActionRequest[] = [];
  const list = Array.isArray(answers) ? [...answers] : null;
  const run = drive(
    buildProcess(
      "p",
      [
        start(),
        service("pay", { guard: guard(more), in: { amount: variable("amount"), to: value("bob") } }),
        service("next"),
        ...extra,
      ],
      ["start -> pay", "pay -> next", ...flows],
    ),
    {
      variables: { amount: 100, tenure: 400 },
      environment: {
        decideAction: (request) => {
          asked.push(request);
          return list ? list.shift()! : (answers as ActionDecision);
        },
        judgeVote: (_approval, vote) => ({
          resolution: vote.verdict === "approve" ? "approved" : vote.verdict === "edit" ? "edited" : "rejected",
          trace: { v: 1 },
        }),
        ...environment,
      },
    },
  );
  return { run, asked };
}
const jobOf = (run: Driver) =>
  run.events.filter((event) => event.type === "jobCreated" && event.elementId === "pay").at(-1) as Extract<
    (typeof run.events)[number],
    { type: "jobCreated" }
  >;
const types = (run: Driver) => run.events.map((event) => event.type);
const vote = (run: Driver, verdict: "approve" | "reject" | "edit", args?: { amount: number; to: string }) =>
  run.send({
    type: "voteOnApproval",
    userTaskKey: run.wait("userTask", "pay").key,
    verdict,
    comment: null,
    ...(args && { args }),
  });

describe("the guard", () => {
  it("asks with canonical arguments, typed facts and their sources before the job exists", () => {
    const { run, asked } = guarded(decision({}));
    expect(asked[0]).toMatchObject({
      args: { amount: 100, to: "bob" },
      facts: { "subject.tenure": { value: 400, provenance: "trusted", source: "variable:tenure" } },
      policies: [{ policyId: "refund", version: null }],
      history: { callsByAction: {}, sameArgsRepeat: 0 },
      agent: null,
      budget: null,
    });
    const order = types(run).filter((type) =>
      ["guardRequested", "decisionMade", "actionStarted", "jobCreated"].includes(type),
    );
    expect(order).toEqual(["guardRequested", "decisionMade", "actionStarted", "jobCreated"]);
    expect(run.effects).toEqual([{ type: "recordDecision", trace: { d: 1 } }]);
  });

  it("ALLOW gives the job its permit, its idempotency key and exactly the judged arguments", () => {
    const { run } = guarded(decision({}));
    const created = run.events.find((event) => event.type === "jobCreated");
    expect(created).toMatchObject({ guard: { decisionId: "d1", permit: "permit", args: { amount: 100, to: "bob" } } });
    run.complete("pay");
    expect(run.effects.at(-1)).toMatchObject({
      type: "recordOutcome",
      decisionId: "d1",
      status: "succeeded",
      executedArgs: { amount: 100, to: "bob" },
    });
    expect(run.waits("job")).toEqual(["next"]);
  });

  it("ALLOW_WITH_CONSTRAINTS changes the arguments before anything runs", () => {
    const { run } = guarded(
      decision({
        determination: "ALLOW_WITH_CONSTRAINTS",
        constraints: [
          { path: "args.amount", op: "max", value: 50 },
          { path: "args.to", op: "drop", value: null },
        ],
      }),
    );
    expect(run.events.find((event) => event.type === "jobCreated")).toMatchObject({ guard: { args: { amount: 50 } } });
    expect(run.variables("pay")).toEqual({ amount: 50, to: null });
  });

  it("a term that no change can meet denies", () => {
    const { run } = guarded(
      decision({
        determination: "ALLOW_WITH_CONSTRAINTS",
        constraints: [{ path: "args.to", op: "oneOf", value: ["alice"] }],
      }),
    );
    expect(run.variables().actionResult).toMatchObject({ status: "not_executed", reasonCodes: ["R", "TERMS_NOT_MET"] });
  });

  it("DENY gives a typed result and goes on without running", () => {
    const { run } = guarded(decision({ determination: "DENY", permit: null, reasonCodes: ["TOO_NEW"] }));
    expect(run.waits("job")).toEqual(["next"]);
    expect(run.variables().actionResult).toEqual({
      status: "not_executed",
      reason: "policy_denied",
      decisionId: "d1",
      message: "The policy does not permit this action",
      reasonCodes: ["TOO_NEW"],
    });
    expect(run.effects.at(-1)).toMatchObject({ type: "recordOutcome", status: "not_executed" });
    expect(types(run)).not.toContain("actionStarted");
  });

  it("DENY as an error is caught by a boundary event, or is an incident", () => {
    const boundary: ElementSpec = {
      id: "b",
      type: "boundaryEvent",
      on: "pay",
      eventDefinitions: [error("POLICY_DENIED")],
    };
    const { run } = guarded(
      decision({ determination: "DENY" }),
      { onDeny: "error" },
      [boundary, service("denied")],
      ["b -> denied"],
    );
    expect(run.waits("job")).toEqual(["denied"]);
    const uncaught = guarded([decision({ determination: "DENY" }), decision({})], { onDeny: "error" }).run;
    expect(uncaught.incidents()).toMatchObject([{ type: "POLICY_DENIED" }]);
    uncaught.resolve();
    expect(uncaught.waits("job")).toEqual(["pay"]);
  });

  it("REQUIRE_APPROVAL puts the action before people with its terms, while siblings and boundary timers go on", () => {
    const late: ElementSpec = {
      id: "late",
      type: "boundaryEvent",
      on: "pay",
      interrupting: false,
      eventDefinitions: [timer("duration", "PT5S")],
    };
    const { run } = guarded(
      decision({ determination: "REQUIRE_APPROVAL", approval: approvalTerms, permit: null }),
      {},
      [late, service("remind")],
      ["late -> remind"],
    );
    expect(run.events.find((event) => event.type === "userTaskCreated")).toMatchObject({
      approvalId: "ap1",
      candidateGroups: ["leads"],
      headers: { "interlock:approvalId": "ap1" },
      dueDate: "2023-11-14T22:14:20.000Z",
    });
    run.fire("late");
    expect(run.waits("job")).toEqual(["remind"]);
    expect(run.waits("userTask")).toEqual(["pay"]);
  });

  it("an approval is judged again and then exactly the stored arguments run", () => {
    const { run, asked } = guarded([
      decision({ determination: "REQUIRE_APPROVAL", approval: approvalTerms }),
      decision({ decisionId: "d2", permit: "second" }),
    ]);
    run.set({ amount: 9999 });
    vote(run, "approve");
    expect(asked[1]).toMatchObject({
      args: { amount: 100, to: "bob" },
      approval: { approvalId: "ap1", originalDecisionId: "d1", edited: false },
    });
    expect(run.events.findLast((event) => event.type === "jobCreated")).toMatchObject({
      guard: { decisionId: "d2", permit: "second", args: { amount: 100, to: "bob" } },
    });
    expect(run.waits("timer")).toEqual([]);
    expect(types(run).filter((type) => type === "actionStarted")).toHaveLength(1);
  });

  it("edited arguments get a decision of their own", () => {
    const { run, asked } = guarded([
      decision({ determination: "REQUIRE_APPROVAL", approval: approvalTerms }),
      decision({ decisionId: "d2" }),
    ]);
    vote(run, "edit", { amount: 10, to: "bob" });
    expect(asked[1]).toMatchObject({ args: { amount: 10 }, approval: { edited: true } });
    expect(run.variables("pay")).toEqual({ amount: 10, to: "bob" });
  });

  it("other facts than those shown make an approval stale: it is asked for afresh", () => {
    const { run, asked } = guarded([
      decision({ determination: "REQUIRE_APPROVAL", approval: approvalTerms }),
      decision({
        determination: "REQUIRE_APPROVAL",
        decisionId: "d2",
        approval: { ...approvalTerms, approvalId: "ap2" },
      }),
    ]);
    run.set({ tenure: 3 });
    vote(run, "approve");
    expect(run.events.findLast((event) => event.type === "approvalResolved")).toMatchObject({ resolution: "stale" });
    expect(asked[1]!.approval).toBeUndefined();
    expect(run.wait("userTask", "pay").approvalId).toBe("ap2");
    expect(run.waits("job")).toEqual([]);
  });

  it("a rejected approval gives its own reason; a refused vote changes nothing", () => {
    const { run } = guarded(decision({ determination: "REQUIRE_APPROVAL", approval: approvalTerms }));
    vote(run, "reject");
    expect(run.variables().actionResult).toMatchObject({ reason: "approval_denied" });
    const refusing = guarded(decision({ determination: "REQUIRE_APPROVAL", approval: approvalTerms }), {}, [], [], {
      judgeVote: () => ({ resolution: "pending", refused: "four eyes", trace: null }),
    }).run;
    expect(
      refusing.refused({
        type: "voteOnApproval",
        userTaskKey: refusing.wait("userTask", "pay").key,
        verdict: "approve",
        comment: null,
      }),
    ).toEqual({ kind: "forbidden", message: "four eyes" });
  });

  it("completing the approval task with a form is a vote", () => {
    const { run } = guarded([
      decision({ determination: "REQUIRE_APPROVAL", approval: approvalTerms }),
      decision({ decisionId: "d2" }),
    ]);
    const userTaskKey = run.wait("userTask", "pay").key;
    expect(run.refused({ type: "completeUserTask", userTaskKey, variables: {}, action: "complete" }).kind).toBe(
      "invalid",
    );
    run.send({ type: "completeUserTask", userTaskKey, variables: { approved: true }, action: "complete" });
    expect(run.waits("job")).toEqual(["pay"]);
  });

  it("votes below the quorum keep it waiting", () => {
    let votes = 0;
    const { run } = guarded(
      [
        decision({ determination: "REQUIRE_APPROVAL", approval: { ...approvalTerms, quorum: 2 } }),
        decision({ decisionId: "d2" }),
      ],
      {},
      [],
      [],
      {
        judgeVote: (approval) => {
          votes = approval.votes.length;
          return { resolution: votes === 1 ? "approved" : "pending", trace: null };
        },
      },
    );
    vote(run, "approve");
    expect(run.waits("userTask")).toEqual(["pay"]);
    vote(run, "approve");
    expect(run.waits("job")).toEqual(["pay"]);
  });

  it("an SLA that passes rejects, or first goes to the group it escalates to", () => {
    const { run } = guarded(decision({ determination: "REQUIRE_APPROVAL", approval: approvalTerms }));
    run.fire("pay");
    expect(run.variables().actionResult).toMatchObject({ reason: "approval_expired" });
    const escalating = guarded(
      decision({
        determination: "REQUIRE_APPROVAL",
        approval: { ...approvalTerms, onTimeout: "escalate", escalateTo: "managers" },
      }),
    ).run;
    escalating.fire("pay");
    expect(escalating.events.findLast((event) => event.type === "userTaskUpdated")).toMatchObject({
      changes: { candidateGroups: ["managers"] },
    });
    escalating.fire("pay");
    expect(escalating.variables().actionResult).toMatchObject({ reason: "approval_expired" });
  });

  it("DEFER waits for facts until its deadline, and is asked again when variables change", () => {
    const deferred = (answers: ActionDecision[]) => guarded(answers).run;
    const soon = 1_700_000_000_000 + 60_000;
    const asked = deferred([decision({ determination: "DEFER", expiresAt: soon }), decision({})]);
    asked.set({ tenure: 500 });
    expect(asked.waits("job")).toEqual(["pay"]);
    expect(asked.waits("timer")).toEqual([]);
    const late = deferred([decision({ determination: "DEFER", expiresAt: soon })]);
    late.fire("pay");
    expect(late.variables().actionResult).toMatchObject({ reasonCodes: ["DEFERRED_TOO_LONG"] });
    expect(deferred([decision({ determination: "DEFER" })]).variables().actionResult).toMatchObject({
      reason: "policy_denied",
    });
  });

  it("an asynchronous guard runs or holds by its default until the plane has answered", () => {
    const policies = (defaultDetermination: "ALLOW" | "DENY") => [
      {
        policyId: "refund",
        binding: { type: "active" as const },
        pattern: "async" as const,
        defaultDetermination,
        maxStalenessMs: null,
      },
    ];
    const standing = (determination: "ALLOW" | "DENY") => decision({ determination, decisionId: "d0" });
    const held = guarded(standing("DENY"), { policies: policies("DENY") });
    const holding = held.run;
    expect(held.asked).toMatchObject([{ later: "DENY" }]);
    expect(holding.effects).toMatchObject([
      { type: "recordDecision" },
      { type: "decideLater", decisionId: "d0", defaultDetermination: "DENY" },
    ]);
    expect(holding.waits("job")).toEqual([]);
    const answer = (run: Driver, determination: "ALLOW" | "DENY") =>
      run.send({
        type: "recordAsyncDecision",
        elementInstanceKey: run.keyOf("pay"),
        decisionId: "d9",
        determination,
        constraints: [],
        reasonCodes: ["LATE"],
        permit: "late permit",
      });
    answer(holding, "ALLOW");
    expect(holding.waits("job")).toEqual(["pay"]);
    expect(jobOf(holding).guard).toMatchObject({ decisionId: "d9", permit: "late permit" });
    const running = guarded(standing("ALLOW"), { policies: policies("ALLOW") }).run;
    expect(running.waits("job")).toEqual(["pay"]);
    expect(jobOf(running).guard).toMatchObject({ decisionId: "d0", permit: "permit" });
    answer(running, "DENY");
    expect(running.waits("job")).toEqual(["next"]);
    expect(running.variables().actionResult).toMatchObject({ reasonCodes: ["LATE"] });
    const stricter = guarded(standing("DENY"), { policies: policies("ALLOW") }).run;
    expect(stricter.waits("job")).toEqual([]);
    expect(stricter.effects.at(-1)).toMatchObject({ type: "decideLater", defaultDetermination: "DENY" });
  });

  it("an action that was denied after its default had let it run is undone, whether it still runs or is over", () => {
    const policies = [
      {
        policyId: "refund",
        binding: { type: "active" as const },
        pattern: "async" as const,
        defaultDetermination: "ALLOW" as const,
        maxStalenessMs: null,
      },
    ];
    const undoable = () =>
      drive(
        buildProcess(
          "p",
          [
            start(),
            service("pay", { guard: guard({ policies }), in: { amount: variable("amount") }, undoneBy: "undo" }),
            service("undo", { isForCompensation: true }),
            service("next"),
          ],
          ["start -> pay", "pay -> next"],
        ),
        {
          variables: { amount: 100, tenure: 400 },
          environment: { decideAction: () => decision({ decisionId: "d0" }) },
        },
      );
    const denial = (elementInstanceKey: string) => ({
      type: "recordAsyncDecision" as const,
      elementInstanceKey,
      decisionId: "d9",
      determination: "DENY" as const,
      constraints: [],
      reasonCodes: ["LATE"],
      permit: null,
    });
    const deny = (run: Driver, key: string) => run.send(denial(key));
    const over = undoable();
    const key = over.keyOf("pay");
    over.complete("pay");
    deny(over, key);
    expect(over.waits("job").sort()).toEqual(["next", "undo"]);
    over.complete("undo");
    expect(over.effects).toContainEqual(
      expect.objectContaining({ type: "recordOutcome", decisionId: "d0", status: "compensated" }),
    );
    expect(over.refused(denial(key))).toMatchObject({ kind: "notFound" });
    const running = undoable();
    deny(running, running.keyOf("pay"));
    expect(running.waits("job").sort()).toEqual(["next", "undo"]);
  });

  it("C18 F05 an action that was held back and that a person may release is put before people by the late answer", () => {
    const policies = [
      {
        policyId: "refund",
        binding: { type: "active" as const },
        pattern: "async" as const,
        defaultDetermination: "DENY" as const,
        maxStalenessMs: null,
      },
    ];
    const standing = decision({ determination: "DENY", decisionId: "d0" });
    const { run } = guarded([standing, decision({ decisionId: "d2", permit: "after approval" })], { policies });
    run.send({
      type: "recordAsyncDecision",
      elementInstanceKey: run.keyOf("pay"),
      decisionId: "d1",
      determination: "REQUIRE_APPROVAL",
      constraints: [],
      reasonCodes: ["LATE"],
      permit: null,
      approval: approvalTerms,
      requester: { id: "ann", type: "human" },
    });
    expect(run.wait("userTask", "pay")).toMatchObject({ approvalId: "ap1" });
    expect(run.instance.elements.get(run.keyOf("pay"))?.detail?.guard?.approval).toMatchObject({
      decisionId: "d1",
      requester: { id: "ann" },
    });
    expect(run.waits("job")).toEqual([]);
    vote(run, "approve");
    expect(jobOf(run).guard).toMatchObject({ decisionId: "d2", permit: "after approval" });
  });

  it("C18 one action inside a completed sub-process is undone alone; the others stay to be undone", () => {
    const policies = [
      {
        policyId: "refund",
        binding: { type: "active" as const },
        pattern: "async" as const,
        defaultDetermination: "ALLOW" as const,
        maxStalenessMs: null,
      },
    ];
    const tool = (id: string): ElementSpec[] => [
      service(id, { guard: guard({ policies }), in: { amount: variable("amount") }, undoneBy: `undo_${id}` }),
      service(`undo_${id}`, { isForCompensation: true }),
    ];
    let decisions = 0;
    const run = drive(
      buildProcess(
        "p",
        [
          start(),
          {
            id: "both",
            type: "subProcess",
            inside: [start("begin"), ...tool("pay"), ...tool("mail")],
            flows: ["begin -> pay", "pay -> mail"],
          },
          service("next"),
          {
            id: "undo_all",
            type: "intermediateThrowEvent",
            eventDefinitions: [{ type: "compensation", activity: null, waitForCompletion: true }],
          },
          service("after"),
        ],
        ["start -> both", "both -> next", "next -> undo_all", "undo_all -> after"],
      ),
      {
        variables: { amount: 100, tenure: 400 },
        environment: { decideAction: () => decision({ decisionId: `d${decisions++}` }) },
      },
    );
    const [pay] = [run.keyOf("pay")];
    run.complete("pay");
    run.complete("mail");
    run.send({
      type: "recordAsyncDecision",
      elementInstanceKey: pay,
      decisionId: "late",
      determination: "DENY",
      constraints: [],
      reasonCodes: ["LATE"],
      permit: null,
    });
    expect(run.waits("job").sort()).toEqual(["next", "undo_pay"]);
    run.complete("undo_pay");
    const compensated = () =>
      run.effects.flatMap((effect) =>
        effect.type === "recordOutcome" && effect.status === "compensated" ? [effect.decisionId] : [],
      );
    expect(compensated()).toEqual(["d0"]);
    run.complete("next");
    expect(run.waits("job")).toEqual(["undo_mail"]);
    run.complete("undo_mail");
    expect(compensated().at(-1)).toBe("d1");
    expect(run.waits("job")).toEqual(["after"]);
  });

  it("an action whose permit has run out is asked for again, with a new job", () => {
    const answers = [
      decision({}),
      decision({ decisionId: "d2", permit: "fresh" }),
      decision({ determination: "DENY" }),
    ];
    const { run, asked } = guarded(answers);
    const jobKey = run.wait("job", "pay").key;
    run.send({ type: "judgeActionAgain", jobKey });
    expect(run.waits("job")).toEqual(["pay"]);
    expect(run.wait("job", "pay").key).not.toBe(jobKey);
    expect(jobOf(run).guard).toMatchObject({ decisionId: "d2", permit: "fresh", args: { amount: 100, to: "bob" } });
    expect(asked[1]?.history.sameArgsRepeat).toBe(asked[0]?.history.sameArgsRepeat);
    run.send({ type: "judgeActionAgain", jobKey: run.wait("job", "pay").key });
    expect(run.waits("job")).toEqual(["next"]);
    expect(run.variables().actionResult).toMatchObject({ status: "not_executed", reason: "policy_denied" });
  });

  it("an interrupted action is recorded as failed, and a failing attempt keeps its decision", () => {
    const { run, asked } = guarded(decision({}));
    run.fail("pay", 1);
    expect(asked).toHaveLength(1);
    run.send({ type: "cancelInstance", processInstanceKey: "1" });
    expect(run.effects.at(-1)).toMatchObject({ type: "recordOutcome", status: "failed" });
  });

  it("history counts what ran and recognises repeated arguments", () => {
    const asked: ActionRequest[] = [];
    const run = drive(
      buildProcess(
        "p",
        [
          start(),
          service("pay", { guard: guard(), in: { amount: variable("amount") } }),
          { id: "x", type: "exclusiveGateway" },
        ],
        ["start -> pay", "pay -> x", "x -> pay"],
      ),
      {
        variables: { amount: 1 },
        environment: {
          decideAction: (request) => {
            asked.push(request);
            return decision({});
          },
        },
      },
    );
    run.complete("pay");
    run.complete("pay", { amount: 2 });
    expect(
      asked.map((request) => [request.history.callsByAction.issue_refund ?? 0, request.history.sameArgsRepeat]),
    ).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
    ]);
  });
});
