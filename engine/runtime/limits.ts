/** Limits of one engine, and the limits of texts that become keys and names. */
import type { EngineLimits } from "./contract/options.ts";

export const defaultLimits: EngineLimits = {
  activationsPerCommandMax: 10_000,
  elementInstancesMax: 100_000,
  callDepthMax: 64,
  multiInstanceMax: 50_000,
  variablesBytesMax: 4 * 1024 * 1024,
  instancesCachedMax: 10_000,
  commandsInFlightMax: 10_000,
  resourceBytesMax: 8 * 1024 * 1024,
  longPollMsDefault: 10_000,
  longPollMsMax: 600_000,
};

/** Names of messages, signals, job types, tags and the like: they stand in indexes. */
export const nameLengthMax = 512;
