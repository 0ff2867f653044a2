/**
 * The watch over new versions: a canary that errs, is slow, or answers significantly differently is taken back without
 * a person; a version that errs in its first hour of being active gives way to the one before. D02, study §5.4.
 *
 * Every node counts for itself and writes its sums to the store, so that each judges what all have seen, and a
 * restarted node forgets nothing. Looks are many, so each spends only its share of the significance level: look k may
 * use alpha / (k (k + 1)), which sums to alpha however long the canary runs and however many nodes look.
 */
import type { Database } from "../../../store/index.ts";
import type { DecisionTrace } from "../decide/trace.ts";
import { ConflictError } from "../errors.ts";
import type { Clock } from "../ports.ts";
import { forgetTallies, type NodeTally, readTallies, type Tally, takeLook, writeTallies } from "../sql/tallies.ts";
import type { Caller, JsonRecord } from "../types.ts";
import type { PolicyState, PolicyVersion } from "./policy-version.ts";
import type { Registry } from "./registry.ts";
import { previousActive } from "./stages.ts";
import { twoProportionTest } from "./statistics.ts";

export const watcher: Caller = { id: "interlock:watch", type: "service", authenticated: true };

export interface WatchOptions {
  readonly database: Database;
  /** This node's name among those that count. */
  readonly nodeId: string;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly rollback: (
    policyId: string,
    request: { readonly reason: string; readonly epoch: number },
    by: Caller,
  ) => Promise<unknown>;
  readonly raise: (rule: string, message: string, body: JsonRecord, policyId: string, version: number) => void;
}

/** What speaks against a version. */
interface Finding {
  readonly rule: string;
  readonly message: string;
  readonly body: JsonRecord;
}

interface Counted {
  total: number;
  errors: number;
  denied: number;
  approvals: number;
  slow: number;
  /** Since the sums were written to the store. */
  changed: boolean;
}

interface CountedPolicy {
  readonly epoch: number;
  readonly byVersion: Map<number, Counted>;
  /** The sums of earlier epochs are out of the store. */
  swept: boolean;
}

const slowSampleMin = 100;
const slowShareMax = 0.01;
const probationMs = 3_600_000;
const none: Tally = { total: 0, errors: 0, denied: 0, approvals: 0, slow: 0 };

export function createWatch({ database, nodeId, registry, clock, rollback, raise }: WatchOptions) {
  const counted = new Map<string, CountedPolicy>();

  /** Undefined: of a decision that was made before the last promotion and is only told now. */
  const countedOf = (state: PolicyState, version: number): Counted | undefined => {
    let seen = counted.get(state.policyId);
    if (seen !== undefined && state.epoch < seen.epoch) return undefined;
    // Counting starts anew with every promotion of the policy.
    if (seen === undefined || seen.epoch < state.epoch) {
      seen = { epoch: state.epoch, byVersion: new Map(), swept: false };
      counted.set(state.policyId, seen);
    }
    let tally = seen.byVersion.get(version);
    if (tally === undefined) {
      tally = { ...none, changed: true };
      seen.byVersion.set(version, tally);
    }
    return tally;
  };

  /** Writes what has changed here since the last look. */
  const publish = async (): Promise<void> => {
    const tallies: NodeTally[] = [];
    const written: Counted[] = [];
    for (const [policyId, seen] of counted) {
      const { epoch, byVersion } = seen;
      if (registry.picture().policies.get(policyId)?.epoch !== epoch) {
        counted.delete(policyId);
        continue;
      }
      if (!seen.swept) await forgetTallies(database, policyId, epoch);
      seen.swept = true;
      for (const [version, tally] of byVersion) {
        if (!tally.changed) continue;
        const { changed: _changed, ...sums } = tally;
        tallies.push({ policyId, epoch, version, ...sums });
        tally.changed = false;
        written.push(tally);
      }
    }
    if (tallies.length === 0) return;
    await writeTallies(database, nodeId, tallies).catch((error: unknown) => {
      for (const tally of written) tally.changed = true;
      throw error;
    });
  };

  const takeBack = async (state: PolicyState, version: number, finding: Finding): Promise<void> => {
    const { rule, message, body } = finding;
    try {
      const reason = `Automatic rollback: ${message}`;
      await rollback(state.policyId, { reason, epoch: state.epoch }, watcher);
    } catch (error) {
      // Another node, or a person, was first: what was judged here is not in force any more.
      if (error instanceof ConflictError) return;
      throw error;
    }
    raise(rule, message, body, state.policyId, version);
  };

  const judgeCanary = async (state: PolicyState, canaryVersion: PolicyVersion): Promise<void> => {
    const tallies = await readTallies(database, state.policyId, state.epoch);
    const canary = tallies.get(canaryVersion.version) ?? none;
    const active = state.active === null ? none : (tallies.get(state.active.version) ?? none);
    const finding = cannotBeEvaluated("CANARY_ERROR", canaryVersion.version, canary) ?? tooSlow(canaryVersion, canary);
    if (finding !== undefined) return takeBack(state, canaryVersion.version, finding);
    const { shiftSampleMin, shiftAlpha, shift } = canaryVersion.manifest.release;
    if (active.total < shiftSampleMin || canary.total < shiftSampleMin) return;
    const looks = await takeLook(database, state.policyId, state.epoch, canary.total);
    if (looks === undefined) return;
    const shifted = shiftedShare(canary, active, shiftAlpha / (looks * (looks + 1)) / 2);
    if (shifted === undefined) return;
    if (shift === "rollback") return takeBack(state, canaryVersion.version, shifted);
    raise(shifted.rule, shifted.message, shifted.body, state.policyId, canaryVersion.version);
  };

  const judgeActive = async (state: PolicyState, active: PolicyVersion): Promise<void> => {
    const stages = registry.stageState(state.policyId);
    if (stages === undefined || clock.now() - stages.changedAt >= probationMs) return;
    if (previousActive(stages) === undefined) return;
    const tally = (await readTallies(database, state.policyId, state.epoch)).get(active.version) ?? none;
    const finding = cannotBeEvaluated("ACTIVE_ERROR", active.version, tally);
    if (finding !== undefined) await takeBack(state, active.version, finding);
  };

  return {
    /** Counts one decision; on the hot path, so it only adds. */
    count(trace: DecisionTrace): void {
      for (const { applicable, evaluation } of trace.evaluations) {
        const { policy, state, binding } = applicable;
        if (binding === "pinned") continue;
        const tally = countedOf(state, policy.version);
        if (tally === undefined) continue;
        const { determination, reasonCodes } = evaluation.verdict;
        tally.changed = true;
        tally.total++;
        if (reasonCodes.includes("RUNTIME_ERROR")) tally.errors++;
        if (determination === "DENY") tally.denied++;
        if (determination === "REQUIRE_APPROVAL") tally.approvals++;
        if (trace.durationUs > policy.manifest.release.latencyMsMax * 1000) tally.slow++;
      }
    },
    async look(): Promise<void> {
      await publish();
      for (const state of registry.picture().policies.values()) {
        if (state.canary !== null) await judgeCanary(state, state.canary.version);
        else if (state.active !== null) await judgeActive(state, state.active);
      }
    },
  };
}

function cannotBeEvaluated(rule: string, version: number, { errors }: Tally): Finding | undefined {
  if (errors === 0) return undefined;
  return { rule, message: `version ${version} could not be evaluated ${errors} times`, body: { errors } };
}

/** The 99th percentile is over the limit exactly when more than one in a hundred took longer: sums of nodes add up. */
function tooSlow({ version, manifest }: PolicyVersion, { total, slow }: Tally): Finding | undefined {
  if (total < slowSampleMin || slow / total <= slowShareMax) return undefined;
  const share = Math.round((1000 * slow) / total) / 10;
  const message = `${share} % of the evaluations of version ${version} took longer than ${manifest.release.latencyMsMax} ms`;
  return { rule: "CANARY_SLOW", message, body: { slow, total } };
}

function shiftedShare(canary: Tally, active: Tally, alpha: number): Finding | undefined {
  for (const name of ["denied", "approvals"] as const) {
    const { z, p } = twoProportionTest(canary[name], canary.total, active[name], active.total);
    if (p >= alpha) continue;
    const rate = (tally: Tally): number => Math.round((1000 * tally[name]) / tally.total) / 10;
    const what = name === "denied" ? "denials" : "approvals";
    const message = `the share of ${what} went from ${rate(active)} % to ${rate(canary)} % (z ${z.toFixed(1)})`;
    return { rule: "CANARY_SHIFT", message, body: { z, p } };
  }
  return undefined;
}
