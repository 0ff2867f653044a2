/** One worker's call for jobs while it waits on the server. */
import type { Key } from "../../core/json.ts";
import type { ActivatedJob, ActivateJobsInput } from "../contract/jobs.ts";

export interface Poll {
  readonly input: ActivateJobsInput;
  /** Whose jobs are asked for, of those that the caller may see. Null: all. */
  readonly tenantIds: readonly string[] | null;
  /** Null: all. */
  readonly processIds: readonly string[] | null;
  /** The two together as a name: polls of one reach see the same jobs. "" sees all. */
  readonly reach: string;
  /** Whose rows the database gives to this caller, whatever is asked for. Undefined: all. */
  readonly seen: readonly string[] | undefined;
  readonly timer: NodeJS.Timeout;
  /** Its time is over: it is answered as soon as it is not busy. */
  expired: boolean;
  /** Is asking the table, or gets jobs that are being written. */
  busy: boolean;
  done: boolean;
  readonly finish: (jobs: readonly ActivatedJob[]) => void;
  readonly fail: (error: Error) => void;
}

export const jobsPerPollMax = 1_000;

/** Nobody hears the answer any more: jobs that were locked for it must be given back. */
export function isGone({ done, input }: Poll): boolean {
  return done || input.signal?.aborted === true;
}

export function workerOf({ input }: Poll): string {
  return (input.worker ?? "").slice(0, 512);
}

export function reachOf(tenantIds: readonly string[] | null, processIds: readonly string[] | null): string {
  return tenantIds === null && processIds === null ? "" : JSON.stringify([tenantIds, processIds]);
}

export function sees({ tenantIds, processIds }: Poll, tenantId: string, processId: string): boolean {
  return (
    (tenantIds === null || tenantIds.includes(tenantId)) && (processIds === null || processIds.includes(processId))
  );
}

export interface GivenBack {
  readonly key: Key;
  readonly type: string;
}
