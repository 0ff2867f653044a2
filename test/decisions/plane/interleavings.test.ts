/**
 * S18 and S19: random interleavings of voting, editing, changing policy, facts and tool, crashing and executing. What
 * runs was permitted by the policy of that moment or released by a person who saw exactly this, and each release is
 * used once. The judge, the disclosure and the permit are the real ones; the world around them is a small model.
 */
import { describe, expect, it } from "vitest";
import { type ApprovalState, judge } from "../../../decisions/plane/approvals/judge.ts";
import { canonicalJson } from "../../../decisions/plane/audit/canonical.ts";
import { generateSigner, keyRing } from "../../../decisions/plane/audit/signer.ts";
import { createDecider } from "../../../decisions/plane/decide/decide.ts";
import { checkPermit } from "../../../decisions/plane/decide/permit.ts";
import { readManifest } from "../../../decisions/plane/policies/manifest.ts";
import type { PolicyPicture, PolicyState, PolicyVersion } from "../../../decisions/plane/policies/policy-version.ts";
import type {
  ActionDecision,
  ActionRequest,
  ActorReference,
  ApprovalTerms,
  JsonRecord,
} from "../../../decisions/plane/types.ts";

const rounds = Number(process.env.INTERLEAVINGS ?? 100_000);
const manifest = readManifest({ id: "p", domain: "d", owner: "o", actions: ["pay"], riskClass: "high" });

/** Allows below the limit, asks up to twice of it, denies above; a blocked subject is denied. */
function version(number: number, limit: number, quorum: number): PolicyVersion {
  return {
    policyId: "p",
    version: number,
    contentHash: `hash-${number}`,
    manifest,
    facts: new Map(),
    model: {
      evaluate(context) {
        const { amount } = context.args as { amount: number };
        const blocked = (context.subject as JsonRecord).blocked === true;
        const determination = blocked || amount > limit * 3 ? "DENY" : amount >= limit ? "REQUIRE_APPROVAL" : "ALLOW";
        return {
          outputs: {
            Determination: { determination, reasonCode: "R", approvalGroup: "g", quorum, riskScore: amount / 10 },
          },
          matchedRules: [],
          error: null,
        };
      },
    },
  };
}

const versions = [version(1, 100, 1), version(2, 150, 1), version(3, 100, 2)];
const signer = generateSigner();
const ring = keyRing([signer.key]);
const people: ActorReference[] = ["agent", "ann", "bea", "cem"].map((id) => ({
  id,
  type: "human",
  groups: id === "cem" ? ["other"] : ["g"],
}));

class World {
  now = 1_700_000_000_000;
  active: PolicyVersion = versions[0] as PolicyVersion;
  blocked = false;
  tool = "pay@1";
  memory = new Map<string, { readonly riskScore: number; readonly approval: ApprovalTerms | null }>();
  /** Durable state of the one guarded action. */
  args: JsonRecord = { amount: 120, to: "A" };
  approval: {
    state: ApprovalState;
    args: JsonRecord;
    seen: string;
    edited: JsonRecord | null;
    resolution: "pending" | "approved" | "rejected" | "edited";
    used: boolean;
  } | null = null;
  decided: ActionDecision | null = null;
  readonly executed: { readonly args: string; readonly why: string }[] = [];
  readonly usedPermits = new Set<string>();

  readonly decide = createDecider({
    picture: () => this.picture(),
    signer,
    permitTtlMs: 60_000,
    shownBefore: (decisionId) => this.memory.get(decisionId),
  });

  picture(): PolicyPicture {
    const state: PolicyState = {
      policyId: "p",
      active: this.active,
      canary: null,
      shadows: [],
      versions: new Map(),
      pinnable: new Set(),
      epoch: this.active.version,
    };
    return { epoch: 1, policies: new Map([["p", state]]) };
  }

  request(args: JsonRecord, approval?: ActionRequest["approval"]): ActionRequest {
    return {
      action: {
        type: "pay",
        target: "bank",
        operation: "pay",
        reversible: false,
        riskClass: "high",
        toolRef: this.tool,
      },
      args,
      facts: { "subject.blocked": { value: this.blocked, provenance: "trusted", source: "t" } },
      policies: [{ policyId: "p", version: null }],
      agent: null,
      actor: { id: "agent", type: "human" },
      process: null,
      toolCallId: "t",
      history: null,
      budget: null,
      idempotencyKey: "k",
      now: this.now,
      ...(approval !== undefined && { approval }),
    };
  }

  /** Everything an approver is shown and what judges it. */
  shown(args: JsonRecord): string {
    return canonicalJson([args, this.blocked, this.tool, this.active.version]);
  }

  ask(): void {
    if (this.approval !== null || this.decided !== null) return;
    this.take(this.decide(this.request(this.args)), this.args);
  }

  take(decision: ActionDecision, args: JsonRecord): void {
    this.memory.set(decision.decisionId, decision);
    if (decision.determination === "REQUIRE_APPROVAL") {
      const terms = decision.approval as ApprovalTerms;
      this.approval = {
        state: {
          approvalId: terms.approvalId,
          decisionId: decision.decisionId,
          requester: { id: "agent", type: "human" },
          terms,
          votes: [],
        },
        args,
        seen: this.shown(args),
        edited: null,
        resolution: "pending",
        used: false,
      };
      this.decided = null;
      this.args = args;
    } else {
      this.decided = decision;
      this.args = args;
    }
  }

  vote(actor: ActorReference, verdict: "approve" | "reject" | "edit", edited: JsonRecord): void {
    const { approval } = this;
    if (approval === null || approval.resolution !== "pending") return;
    const { resolution, refused } = judge(approval.state, { actor, verdict, hasArgs: true });
    if (refused !== undefined) return;
    approval.state = { ...approval.state, votes: [...approval.state.votes, { actor, verdict, at: this.now }] };
    approval.resolution = resolution;
    if (resolution === "edited") approval.edited = edited;
  }

  /** The engine goes on after the approval: judged again, used once. */
  resume(): void {
    const { approval } = this;
    if (approval === null || approval.used || (approval.resolution !== "approved" && approval.resolution !== "edited"))
      return;
    approval.used = true;
    const args = approval.edited ?? approval.args;
    const decision = this.decide(
      this.request(args, {
        approvalId: approval.state.approvalId,
        originalDecisionId: approval.state.decisionId,
        edited: approval.edited !== null,
      }),
    );
    const released = decision.reasonCodes.includes("APPROVED");
    if (released) {
      const approvers = approval.state.votes.filter(({ actor }) => actor.id !== "agent" && actor.id !== "cem");
      const enough =
        approval.edited !== null
          ? approvers.length >= 1 && this.quorum() === 1
          : new Set(approvers.map(({ actor }) => actor.id)).size >= approval.state.terms.quorum;
      const same = approval.edited !== null || approval.seen === this.shown(args);
      if (!enough || !same)
        throw new Error(`released without the voices or on other terms: ${canonicalJson(approval.state.votes)}`);
    }
    this.approval = null;
    this.take(decision, args);
  }

  quorum(): number {
    return this.active === versions[2] ? 2 : 1;
  }

  /** Whoever holds the permit, once or twice, with the bytes or with others, soon or late. */
  execute(bytes: JsonRecord): void {
    const permit = this.decided?.permit;
    if (permit === null || permit === undefined) return;
    const checked = checkPermit(permit, { actionType: "pay", args: bytes }, ring, this.now);
    if (!checked.ok || this.usedPermits.has(checked.permit.decisionId)) return;
    this.usedPermits.add(checked.permit.decisionId);
    this.executed.push({ args: canonicalJson(bytes), why: canonicalJson(this.args) });
  }
}

const amounts = [50, 90, 120, 140, 160, 250, 290, 400];

function play(seed: number): World {
  let state = seed;
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) % below;
  };
  const some = <T>(list: readonly T[]): T => list[random(list.length)] as T;
  const world = new World();
  world.args = { amount: some(amounts), to: "A" };
  world.ask();
  for (let step = 0; step < 10; step++) {
    world.now += random(30_000);
    switch (random(10)) {
      case 0:
      case 1:
      case 2:
        world.vote(some(people), some(["approve", "approve", "reject", "edit"] as const), {
          amount: some(amounts),
          to: some(["A", "B"]),
        });
        break;
      case 3:
        world.active = some(versions);
        break;
      case 4:
        world.blocked = random(3) === 0;
        break;
      case 5:
        world.tool = some(["pay@1", "pay@2"]);
        break;
      case 6:
        world.memory = new Map();
        break;
      case 7:
        world.resume();
        break;
      case 8:
        world.execute({ amount: some(amounts), to: some(["A", "B"]) });
        break;
      default:
        world.resume();
        world.execute(world.args);
        world.execute(world.args);
    }
  }
  return world;
}

describe("approve, edit, change, crash and execute in any order", () => {
  it(`S18 S19 never run bytes that nobody permitted, and never twice, in ${rounds} interleavings`, {
    timeout: 300_000,
  }, () => {
    let executed = 0;
    let released = 0;
    for (let seed = 1; seed <= rounds; seed++) {
      const world = play(Math.imul(seed, 2654435761) >>> 0);
      for (const { args, why } of world.executed)
        if (args !== why) expect.fail(`seed ${seed}: ran ${args}, permitted was ${why}`);
      if (world.executed.length > 1 && new Set(world.usedPermits).size !== world.executed.length)
        expect.fail(`seed ${seed}: a permit was used twice`);
      executed += world.executed.length;
      if (world.decided?.reasonCodes.includes("APPROVED")) released++;
    }
    // The model would prove nothing if nothing ever ran.
    expect(executed).toBeGreaterThan(rounds / 10);
    expect(released).toBeGreaterThan(rounds / 100);
  });
});
