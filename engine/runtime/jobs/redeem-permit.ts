/**
 * The last door before a side effect: the permit of a guarded job is used by its idempotency key, so that a retry is the
 * same use and nobody else's is. One that does not hold any more is asked for anew, never used.
 *
 * Workers of this process pass it when their handler starts. Remote workers pass it when they are handed the job: an
 * unmodified worker knows nothing of permits, and after the hand-over the server controls nothing any more, so this is
 * the moment just before the side effect. What is lost is the time that the worker lets pass, at most its lock: when
 * that is over, the next hand-over comes to this door again. A worker that waits long may use the permit itself, with
 * the idempotency key as holder. To complete a guarded job that was never handed over is refused: no permit was used.
 */
import type { Instance } from "../../core/index.ts";
import type { WorkerAnswer } from "../contract/jobs.ts";
import type { PlanePort } from "../contract/options.ts";
import type { JobFacts } from "./job-view.ts";

/** Null: the handler may run. Else the answer that stands for it. */
export type RedeemPermit = (
  job: JobFacts,
  instance: Instance,
) => Promise<WorkerAnswer | { readonly type: "judgeAgain" } | null>;

const askedAnew: ReadonlySet<string> = new Set(["PERMIT_EXPIRED", "DECISION_STALE"]);

/** For a plane that issues permits; another one has no door here. */
export function permitRedeemer(plane: PlanePort): RedeemPermit | null {
  if (plane.redeemPermit === undefined) return null;
  const redeem = plane.redeemPermit;
  return async ({ guard, elementKey }, instance) => {
    if (!guard || !instance.elements.has(elementKey)) return null;
    const actionType = instance.elements.get(elementKey)?.detail?.guard?.action;
    if (guard.permit === null || actionType === undefined)
      return { type: "fail", retries: 0, errorMessage: "Expected a permit for the guarded action, but there is none" };
    try {
      await redeem(guard.permit, { actionType, args: guard.args, holder: guard.idempotencyKey, fresh: "first" });
      return null;
    } catch (error) {
      const code = refusalOf(error);
      if (code === undefined) throw error;
      if (askedAnew.has(code)) return { type: "judgeAgain" };
      return { type: "fail", retries: 0, errorMessage: `${code}: ${(error as Error).message}` };
    }
  };
}

function refusalOf(error: unknown): string | undefined {
  const problems = (error as { readonly problems?: readonly { readonly code?: unknown }[] } | null)?.problems;
  const code = Array.isArray(problems) ? problems[0]?.code : undefined;
  return typeof code === "string" ? code : undefined;
}
