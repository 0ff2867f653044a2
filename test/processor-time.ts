/**
 * What a piece of work costs this thread, however busy the machine is and whatever the compiler and the garbage
 * collector do beside it in threads of their own. Linux tells the processor time of each thread (proc(5), schedstat),
 * brought up to date at each tick: 1 to 4 ms exact. Elsewhere it is the time of the whole process, which is more.
 */
import { existsSync, readFileSync } from "node:fs";
import { cpuUsage } from "node:process";

const schedstat = "/proc/thread-self/schedstat";
const isToldByThread = existsSync(schedstat);

/** Milliseconds of processor time of this thread so far. */
export function threadMs(): number {
  if (isToldByThread) return Number.parseInt(readFileSync(schedstat, "latin1"), 10) / 1e6;
  const { user, system } = cpuUsage();
  return (user + system) / 1_000;
}

/** Milliseconds of the cheapest round: the first ones also pay for compiling, which is paid once a process. */
export function cheapestMs(work: () => void, { goalMs = 0, roundsMax = 3 } = {}): number {
  let cheapest = Number.POSITIVE_INFINITY;
  for (let round = 0; round < roundsMax && cheapest >= goalMs; round++) {
    const before = threadMs();
    work();
    cheapest = Math.min(cheapest, threadMs() - before);
  }
  return cheapest;
}
