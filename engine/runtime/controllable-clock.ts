/** The system's time, or a time that stands still where somebody has pinned it. For tests of processes: never the default. */
import type { EpochMs } from "../core/json.ts";
import type { Clock } from "./contract/options.ts";

export function controllableClock(): Clock {
  let pinned: EpochMs | null = null;
  return {
    now: () => pinned ?? Date.now(),
    pin(at) {
      pinned = at;
    },
  };
}
