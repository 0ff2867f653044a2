/**
 * The stages of a policy version: draft → shadow → canary → active → retired, in this order. The state of a policy is
 * the fold of its promotions, at any instant. Requirements D01, D02, D04, D11; study §5.4.
 */
import type { PromotionRow } from "../sql/promotions.ts";
import type { Stage } from "../types.ts";

export interface StageState {
  readonly active: number | null;
  readonly canary: { readonly version: number; readonly shareBasisPoints: number } | null;
  readonly shadows: ReadonlySet<number>;
  /** Stage of every version that has left draft. */
  readonly stages: ReadonlyMap<number, Stage>;
  /** Versions in the order in which they were active, the present one last. */
  readonly activeHistory: readonly number[];
  /** Every version that was ever active: what a rollback may name. */
  readonly everActive: ReadonlySet<number>;
  readonly epoch: number;
  /** Instant of the last promotion; 0 before the first. */
  readonly changedAt: number;
}

const emptyState: StageState = {
  active: null,
  canary: null,
  shadows: new Set(),
  stages: new Map(),
  activeHistory: [],
  everActive: new Set(),
  epoch: 0,
  changedAt: 0,
};

/** Folds the promotions of one policy, in order of their epochs; those after the instant are left out. */
export function foldPromotions(rows: readonly PromotionRow[], atMs = Number.POSITIVE_INFINITY): StageState {
  return rows.reduce((state, row) => (row.atMs <= atMs ? applyPromotion(state, row) : state), emptyState);
}

export function applyPromotion(state: StageState, row: PromotionRow): StageState {
  const stages = new Map(state.stages);
  const shadows = new Set(state.shadows);
  let { active, canary, activeHistory } = state;
  if (row.supersedes !== null) {
    stages.set(row.supersedes, "retired");
    if (canary?.version === row.supersedes) canary = null;
    if (active === row.supersedes) active = null;
  }
  shadows.delete(row.version);
  if (canary?.version === row.version) canary = null;
  if (active === row.version && row.to !== "active") active = null;
  if (row.to === "shadow") shadows.add(row.version);
  if (row.to === "canary") {
    if (canary !== null) stages.set(canary.version, "retired");
    canary = { version: row.version, shareBasisPoints: row.shareBasisPoints ?? 0 };
  }
  if (row.to === "active") {
    if (active !== null && active !== row.version) stages.set(active, "retired");
    active = row.version;
    // A rollback goes back in the history instead of growing it: rolling back twice goes back two steps.
    const known = activeHistory.lastIndexOf(row.version);
    activeHistory = row.rollback && known >= 0 ? activeHistory.slice(0, known + 1) : [...activeHistory, row.version];
  }
  stages.set(row.version, row.to);
  const everActive = row.to === "active" ? new Set([...state.everActive, row.version]) : state.everActive;
  return { active, canary, shadows, stages, activeHistory, everActive, epoch: row.epoch, changedAt: row.atMs };
}

const next: Readonly<Record<Stage, readonly Stage[]>> = {
  draft: ["shadow"],
  // Back to shadow is never forbidden to a canary that shall be looked at longer.
  shadow: ["canary", "retired"],
  canary: ["active", "shadow", "canary", "retired"],
  active: ["retired"],
  retired: ["shadow"],
};

/** Why this step is not one of the stages' order; undefined when it is. */
export function illegalStep(from: Stage, to: Stage): string | undefined {
  return next[from].includes(to) ? undefined : `Expected one of ${next[from].join(", ")} after ${from}, but got ${to}`;
}

/** The stages that an expedited promotion walks through. */
export function pathTo(
  from: Stage,
  to: "shadow" | "canary" | "active" | "retired",
): readonly ("shadow" | "canary" | "active" | "retired")[] {
  if (to === "retired") return ["retired"];
  const order = ["shadow", "canary", "active"] as const;
  const start = from === "draft" || from === "retired" ? 0 : order.indexOf(from as (typeof order)[number]) + 1;
  return order.slice(start, order.indexOf(to) + 1);
}

/** The version that a rollback without a target returns to; undefined when there is none. */
export function previousActive(state: StageState): number | undefined {
  return state.activeHistory[state.activeHistory.length - 2];
}

const rank: readonly Stage[] = ["draft", "retired", "shadow", "canary", "active"];
/** The most advanced stage of the versions. */
export function highestStage(stages: Iterable<Stage>): Stage {
  let highest: Stage = "draft";
  for (const stage of stages) if (rank.indexOf(stage) > rank.indexOf(highest)) highest = stage;
  return highest;
}
