/** What the plane is told by its surroundings besides the store: the time. */
import type { EpochMs } from "./types.ts";

export interface Clock {
  now(): EpochMs;
}
