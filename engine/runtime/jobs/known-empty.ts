/**
 * Types of which the table had no more jobs when it was last asked, less than a sweep ago, and none has been announced
 * since. A poll of such a type need not ask again: under load most polls did, one transaction each, and got nothing.
 * What becomes free without an announcement (a lock that runs out, a back-off) the next sweep finds, at most that late.
 */
import type { EpochMs } from "../../core/json.ts";

/** Types come from callers. */
const typesMax = 10_000;

interface Look {
  readonly until: EpochMs;
  /** Monotonic: the engine's clock may stand still. */
  readonly untilReal: number;
}

export class KnownEmpty {
  /** By type, then by the reach of the poll that asked. */
  readonly #looks = new Map<string, Map<string, Look>>();
  readonly #now: () => EpochMs;
  readonly #validMs: number;

  constructor(now: () => EpochMs, validMs: number) {
    this.#now = now;
    this.#validMs = validMs;
  }

  has(type: string, reach: string): boolean {
    const look = this.#looks.get(type)?.get(reach);
    return look !== undefined && this.#now() < look.until && performance.now() < look.untilReal;
  }

  /** Before the table is asked. The answer counts only when nothing of the type is announced meanwhile. */
  ask(type: string, reach: string): { foundNoMore(): void } {
    const look = { until: this.#now() + this.#validMs, untilReal: performance.now() + this.#validMs };
    const looks = this.#looksOf(type);
    return {
      foundNoMore: () => {
        if (this.#looks.get(type) !== looks) return;
        if (looks.size >= typesMax) looks.clear();
        looks.set(reach, look);
      },
    };
  }

  /** A job of the type may be there. */
  forget(type: string): void {
    this.#looks.delete(type);
  }

  #looksOf(type: string): Map<string, Look> {
    const known = this.#looks.get(type);
    if (known) return known;
    if (this.#looks.size >= typesMax) this.#looks.clear();
    const looks = new Map<string, Look>();
    this.#looks.set(type, looks);
    return looks;
  }
}
