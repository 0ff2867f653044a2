/**
 * The watch over new versions: a canary that errs, is slow, or answers significantly differently is taken back without
 * a person; a version that errs in its first hour of being active gives way to the one before. D02, study §5.4.
 *
 * Looks are many, so each spends only its share of the significance level: look k may use alpha / (k (k + 1)), which
 * sums to alpha however long the canary runs.
 */
import type { DecisionTrace } from "../decide/decide.ts";
import type { Clock } from "../ports.ts";
import type { Caller, JsonRecord } from "../types.ts";
import type { PolicyState } from "./policy-version.ts";
import type { Registry } from "./registry.ts";
import { previousActive } from "./stages.ts";
import { percentile, twoProportionTest } from "./statistics.ts";

export const watcher: Caller = { id: "interlock:watch", type: "service", authenticated: true };

interface Tally {
  total: number;
  errors: number;
  denied: number;
  approvals: number;
  readonly latenciesUs: number[];
}

interface Observation {
  readonly epoch: number;
  readonly byVersion: Map<number, Tally>;
  looks: number;
  lookedAt: number;
}

export interface WatchOptions {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly rollback: (policyId: string, request: { readonly reason: string }, by: Caller) => Promise<unknown>;
  readonly raise: (rule: string, message: string, body: JsonRecord, policyId: string, version: number) => void;
}

const latenciesMax = 2000;
const latencySampleMin = 100;
const probationMs = 3_600_000;

export function createWatch({ registry, clock, rollback, raise }: WatchOptions) {
  const observed = new Map<string, Observation>();
  const since = new Map<string, { readonly epoch: number; readonly at: number }>();

  const takeBack = async (
    state: PolicyState,
    version: number,
    rule: string,
    message: string,
    body: JsonRecord,
  ): Promise<void> => {
    raise(rule, message, body, state.policyId, version);
    observed.delete(state.policyId);
    await rollback(state.policyId, { reason: `Automatic rollback: ${message}` }, watcher);
  };

  const judgeCanary = async (state: PolicyState, seen: Observation): Promise<boolean> => {
    if (state.canary === null) return false;
    const { version } = state.canary;
    const { shiftSampleMin, shiftAlpha, shift, latencyMsMax } = version.manifest.release;
    const canary = seen.byVersion.get(version.version);
    if (canary === undefined) return false;
    if (canary.errors > 0) {
      await takeBack(
        state,
        version.version,
        "CANARY_ERROR",
        `version ${version.version} could not be evaluated ${canary.errors} times`,
        { errors: canary.errors },
      );
      return true;
    }
    const p99 = percentile(canary.latenciesUs, 0.99) / 1000;
    if (canary.latenciesUs.length >= latencySampleMin && p99 > latencyMsMax) {
      await takeBack(
        state,
        version.version,
        "CANARY_SLOW",
        `the 99th percentile of version ${version.version} is ${p99.toFixed(1)} ms, over ${latencyMsMax} ms`,
        { p99Ms: p99 },
      );
      return true;
    }
    const active = state.active === null ? undefined : seen.byVersion.get(state.active.version);
    if (
      active === undefined ||
      active.total < shiftSampleMin ||
      canary.total < shiftSampleMin ||
      canary.total === seen.lookedAt
    )
      return false;
    seen.looks++;
    seen.lookedAt = canary.total;
    const alpha = shiftAlpha / (seen.looks * (seen.looks + 1)) / 2;
    const shifted = (["denied", "approvals"] as const)
      .map((name) => ({ name, ...twoProportionTest(canary[name], canary.total, active[name], active.total) }))
      .find(({ p }) => p < alpha);
    if (shifted === undefined) return false;
    const rate = (tally: Tally): number => Math.round((1000 * tally[shifted.name]) / tally.total) / 10;
    const message = `the share of ${shifted.name === "denied" ? "denials" : "approvals"} went from ${rate(active)} % to ${rate(canary)} % (z ${shifted.z.toFixed(1)})`;
    if (shift === "alert") {
      raise("CANARY_SHIFT", message, { z: shifted.z, p: shifted.p }, state.policyId, version.version);
      return false;
    }
    await takeBack(state, version.version, "CANARY_SHIFT", message, { z: shifted.z, p: shifted.p });
    return true;
  };

  const judgeActive = async (state: PolicyState, seen: Observation): Promise<void> => {
    if (state.active === null || state.canary !== null) return;
    const known = since.get(state.policyId);
    if (known === undefined || known.epoch !== state.epoch)
      since.set(state.policyId, { epoch: state.epoch, at: clock.now() });
    const tally = seen.byVersion.get(state.active.version);
    const stages = registry.stageState(state.policyId);
    const young = clock.now() - (since.get(state.policyId)?.at ?? 0) < probationMs;
    if (
      tally === undefined ||
      tally.errors === 0 ||
      !young ||
      stages === undefined ||
      previousActive(stages) === undefined
    )
      return;
    await takeBack(
      state,
      state.active.version,
      "ACTIVE_ERROR",
      `version ${state.active.version} could not be evaluated ${tally.errors} times`,
      { errors: tally.errors },
    );
  };

  return {
    /** Counts one decision; on the hot path, so it only adds. */
    count(trace: DecisionTrace): void {
      for (const { applicable, evaluation } of trace.evaluations) {
        const { policy, state, binding } = applicable;
        if (binding === "pinned") continue;
        const tally = tallyOf(observed, state, policy.version);
        const { determination, reasonCodes } = evaluation.verdict;
        tally.total++;
        if (reasonCodes.includes("RUNTIME_ERROR")) tally.errors++;
        if (determination === "DENY") tally.denied++;
        if (determination === "REQUIRE_APPROVAL") tally.approvals++;
        if (tally.latenciesUs.length < latenciesMax) tally.latenciesUs.push(trace.durationUs);
        else tally.latenciesUs[tally.total % latenciesMax] = trace.durationUs;
      }
    },
    async look(): Promise<void> {
      for (const [policyId, seen] of [...observed]) {
        const state = registry.picture().policies.get(policyId);
        if (state === undefined || state.epoch !== seen.epoch) {
          observed.delete(policyId);
          continue;
        }
        if (!(await judgeCanary(state, seen))) await judgeActive(state, seen);
      }
    },
  };
}

/** Counting starts anew with every promotion of the policy. */
function tallyOf(observed: Map<string, Observation>, state: PolicyState, version: number): Tally {
  let seen = observed.get(state.policyId);
  if (seen === undefined || seen.epoch !== state.epoch) {
    seen = { epoch: state.epoch, byVersion: new Map(), looks: 0, lookedAt: 0 };
    observed.set(state.policyId, seen);
  }
  let tally = seen.byVersion.get(version);
  if (tally === undefined) {
    tally = { total: 0, errors: 0, denied: 0, approvals: 0, latenciesUs: [] };
    seen.byVersion.set(version, tally);
  }
  return tally;
}
