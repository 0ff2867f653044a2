/** Plane and engine on one store: late answers reach the process, permits are used where the side effect is. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DecisionPlane } from "../../../decisions/index.ts";
import { createEngine, type Engine } from "../../../engine/index.ts";
import { deploy, eventually, operator } from "../../engine/runtime/harness.ts";
import { model } from "../../engine/runtime/models.ts";
import { bob, openTestPlane, readPackage, type TestPlane } from "./open-plane.ts";

let opened: TestPlane;
let plane: DecisionPlane;
let engine: Engine;
beforeAll(async () => {
  opened = await openTestPlane({ permitTtlMs: 600_000 });
  plane = opened.plane;
  await plane.installPolicy(await readPackage("refund"));
  const { database, groupCommit, clock } = opened;
  engine = await createEngine({ database, groupCommit, plane, clock });
  await engine.start();
  plane.start();
});
afterAll(async () => {
  await engine.stop();
  await opened.close();
});

interface Credit {
  readonly id: string;
  readonly guardrail: string;
  /** Without a handler there is nothing to undo with. */
  readonly undo?: boolean;
}

/** start → credit → wait (user task) → end; `undo` compensates the credit. */
function creditProcess({ id, guardrail, undo = true }: Credit): string {
  const fact = (name: string, value: string) =>
    `<interlock:fact name="${name}" expression="=${value}" provenance="trusted" />`;
  return model(
    id,
    `<bpmn:startEvent id="start" /><bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="credit" />
     <bpmn:serviceTask id="credit"><bpmn:extensionElements>
       <zeebe:taskDefinition type="${id}_credit" retries="3" />
       <zeebe:ioMapping><zeebe:input source="=amount" target="amount" /><zeebe:input source="=&quot;other&quot;" target="reason" /></zeebe:ioMapping>
       <interlock:action type="issue_store_credit" target="payments" operation="pay" reversible="true" riskClass="low" />
       <interlock:guardrail policyRef="refund" binding="active" ${guardrail} />
       ${fact("subject.accountTenureDays", "812")}${fact("subject.refundsLast12Months", "0")}${fact("subject.standing", "&quot;good&quot;")}
     </bpmn:extensionElements></bpmn:serviceTask>
     ${
       undo
         ? `<bpmn:boundaryEvent id="undone" attachedToRef="credit"><bpmn:compensateEventDefinition id="undone_definition" /></bpmn:boundaryEvent>
            <bpmn:serviceTask id="undo" isForCompensation="true"><bpmn:extensionElements><zeebe:taskDefinition type="${id}_undo" /></bpmn:extensionElements></bpmn:serviceTask>
            <bpmn:association id="a1" sourceRef="undone" targetRef="undo" associationDirection="One" />`
         : ""
     }
     <bpmn:sequenceFlow id="f2" sourceRef="credit" targetRef="wait" />
     <bpmn:userTask id="wait"><bpmn:extensionElements><zeebe:userTask /></bpmn:extensionElements></bpmn:userTask>
     <bpmn:sequenceFlow id="f3" sourceRef="wait" targetRef="end" /><bpmn:endEvent id="end" />`,
  );
}

/** Deploys it, counts what its workers do, starts one instance. */
async function run(process: Credit, amount: number) {
  const done: string[] = [];
  await deploy(engine, [`${process.id}.bpmn`, creditProcess(process)]);
  for (const what of ["credit", "undo"])
    engine.registerWorker(`${process.id}_${what}`, (job) => {
      done.push(what === "credit" ? `credit ${job.variables.amount}` : what);
      return { type: "complete" };
    });
  const { processInstanceKey } = await engine.createInstance(
    { processDefinitionId: process.id, variables: { amount } },
    operator,
  );
  return { done, processInstanceKey };
}

const decisionsOf = async (processInstanceKey: string) =>
  (await plane.searchDecisions({ processInstanceKey })).items.map(({ decisionId, determination, reasonCodes }) => ({
    decisionId,
    determination,
    reasonCodes,
  }));
const pendingOf = async (processInstanceKey: string) =>
  (await decisionsOf(processInstanceKey)).find(({ reasonCodes }) => reasonCodes.includes("PENDING_EVALUATION"));
const correctionsOf = async (processInstanceKey: string) => {
  const pending = await pendingOf(processInstanceKey);
  return (await plane.getDecision(pending?.decisionId ?? "")).corrections;
};
const isOpen = async (processInstanceKey: string, elementId: string) =>
  (
    await engine.queries.searchElementInstances(
      { filter: { processInstanceKey, elementId, state: "ACTIVE" } },
      operator,
    )
  ).items.length > 0;

describe("a guard that is asked later", () => {
  const allow = 'pattern="async" default="ALLOW"';

  it("C17 lets a low risk run at once by its default, and leaves it alone when the policy agrees", async () => {
    const { done, processInstanceKey } = await run({ id: "agreed", guardrail: allow }, 50);
    await eventually("both decisions", async () => (await decisionsOf(processInstanceKey)).length === 2);
    expect(done).toEqual(["credit 50"]);
    expect(await pendingOf(processInstanceKey)).toMatchObject({ determination: "ALLOW" });
    expect(await correctionsOf(processInstanceKey)).toEqual([]);
  });

  it("C18 undoes what its default has let run and the policy denies", async () => {
    const { done, processInstanceKey } = await run({ id: "denied_since", guardrail: allow }, 9000);
    await eventually("the compensation", async () => done.includes("undo"));
    expect(done).toEqual(["credit 9000", "undo"]);
    expect(await correctionsOf(processInstanceKey)).toMatchObject([
      { correction: "compensate", determination: "DENY", reasonCodes: ["AMOUNT_OVER_MAXIMUM"] },
    ]);
    expect(await isOpen(processInstanceKey, "wait")).toBe(true);
    const pending = await pendingOf(processInstanceKey);
    await eventually("the outcome", async () => {
      const { outcome } = await plane.getDecision(pending?.decisionId ?? "");
      return outcome?.status === "compensated";
    });
  });

  it("C18 tells people when a process has nothing to undo it with", async () => {
    const { done, processInstanceKey } = await run({ id: "hopeless", guardrail: allow, undo: false }, 9000);
    const pending = await eventually("the first decision", () => pendingOf(processInstanceKey));
    const alert = await eventually("the alert", async () => {
      const { items } = await plane.alerts({ open: true });
      return items.find(({ rule, body }) => rule === "NOT_CORRECTED" && body.decisionId === pending.decisionId);
    });
    expect(alert.body).toMatchObject({ reasonCodes: ["AMOUNT_OVER_MAXIMUM"] });
    expect(done).toEqual(["credit 9000"]);
  });

  it("C18 releases what its default has held back and the policy allows", async () => {
    const { done, processInstanceKey } = await run({ id: "held", guardrail: 'pattern="async" default="DENY"' }, 50);
    expect(done).toEqual([]);
    await eventually("the release", async () => done.length > 0);
    expect(done).toEqual(["credit 50"]);
    expect(await correctionsOf(processInstanceKey)).toMatchObject([{ correction: "release", determination: "ALLOW" }]);
  });

  it("C18 F05 puts what its default has held back before people when the policy asks for an approval", async () => {
    const { done, processInstanceKey } = await run({ id: "asked", guardrail: 'pattern="async" default="DENY"' }, 1200);
    const [task] = await eventually("the approval", async () => {
      const { items } = await engine.queries.searchUserTasks({ filter: { processInstanceKey } }, operator);
      return items.length > 0 ? items : undefined;
    });
    expect(done).toEqual([]);
    expect((await plane.searchApprovals({ processInstanceKey })).items).toMatchObject([
      { state: "pending", managedBy: "engine", args: { amount: 1200 }, reasonCodes: ["AMOUNT_OVER_LIMIT"] },
    ]);
    expect(await correctionsOf(processInstanceKey)).toMatchObject([
      { correction: "approval", determination: "REQUIRE_APPROVAL" },
    ]);
    await engine.voteOnApproval(
      task?.userTaskKey ?? "",
      { verdict: "approve", comment: "fine" },
      { actor: { id: "bob", type: "human", groups: ["refund-approvers"] } },
    );
    await eventually("the credit", async () => done.length > 0);
    expect(done).toEqual(["credit 1200"]);
    expect((await plane.searchApprovals({ processInstanceKey })).items).toMatchObject([{ state: "approved" }]);
  });

  it("C17 blocks what its default has held back and the policy denies", async () => {
    const { done, processInstanceKey } = await run({ id: "kept", guardrail: 'pattern="async" default="DENY"' }, 9000);
    await eventually("the way on", () => isOpen(processInstanceKey, "wait"));
    expect(done).toEqual([]);
  });
});

describe("the permit of a guarded job", () => {
  const sync = 'pattern="sync"';

  it("S18 is used once for all attempts at one action", async () => {
    let attempts = 0;
    await deploy(engine, ["again.bpmn", creditProcess({ id: "again", guardrail: sync })]);
    engine.registerWorker("again_credit", (job) => {
      attempts++;
      return attempts === 1
        ? { type: "fail", errorMessage: "the network is away", retries: job.retries - 1 }
        : { type: "complete" };
    });
    const { processInstanceKey } = await engine.createInstance(
      { processDefinitionId: "again", variables: { amount: 50 } },
      operator,
    );
    await eventually("the way on", () => isOpen(processInstanceKey, "wait"));
    expect(attempts).toBe(2);
    const [decision, ...others] = await decisionsOf(processInstanceKey);
    expect(others).toEqual([]);
    const uses = await opened.database.query<{ holder: string }>(
      "select holder from permit_use where decision_id = $1",
      [decision?.decisionId ?? ""],
    );
    expect(uses).toHaveLength(1);
  });

  it("S19 that has run out is not used: the action is judged again before anything runs", async () => {
    await deploy(engine, ["late.bpmn", creditProcess({ id: "late", guardrail: sync })]);
    const { processInstanceKey } = await engine.createInstance(
      { processDefinitionId: "late", variables: { amount: 50 } },
      operator,
    );
    opened.clock.advance(700_000);
    const seen: (string | undefined)[] = [];
    engine.registerWorker("late_credit", (job) => {
      seen.push(job.guard?.decisionId);
      return { type: "complete" };
    });
    await eventually("the way on", () => isOpen(processInstanceKey, "wait"));
    const decisions = (await decisionsOf(processInstanceKey)).map(({ decisionId }) => decisionId).sort();
    expect(decisions).toHaveLength(2);
    expect(seen).toEqual([decisions[1]]);
  });

  it("C13 S19 of a policy that was changed since is not used: what it denies now does not run", async () => {
    await deploy(engine, ["changed.bpmn", creditProcess({ id: "changed", guardrail: sync })]);
    const { processInstanceKey } = await engine.createInstance(
      { processDefinitionId: "changed", variables: { amount: 450 } },
      operator,
    );
    await plane.promotePolicy("refund", 1, { stage: "retired", reason: "nothing may be paid tonight" }, bob);
    const seen: unknown[] = [];
    engine.registerWorker("changed_credit", (job) => {
      seen.push(job.variables);
      return { type: "complete" };
    });
    await eventually("the way on", () => isOpen(processInstanceKey, "wait"));
    expect(seen).toEqual([]);
    expect((await decisionsOf(processInstanceKey)).map(({ determination }) => determination).sort()).toEqual([
      "ALLOW",
      "DENY",
    ]);
  });
});
