/**
 * Jobs that go to a waiting poll without ever lying in the table for anybody to find: the row is written with the lock of
 * the worker that waits, and the job is handed over from memory after that commit. Asking the table instead cost one
 * transaction more per answer and half of the database's processor time (dead entries at the head of the polling index).
 * A lock whose commit is not known to have failed ends with its deadline, as every lock.
 */
import type { Instance } from "../../core/index.ts";
import type { EpochMs, Key } from "../../core/json.ts";
import type { ActivatedJob } from "../contract/jobs.ts";
import type { JobFacts } from "./job-view.ts";
import { type GivenBack, isGone, jobsPerPollMax, type Poll, sees, workerOf } from "./poll.ts";

/** What the row of the new job says. */
export interface JobLock {
  readonly worker: string;
  readonly deadline: EpochMs;
}

/** A poll, and the jobs on their way to it. It takes further ones until the first of them is written. */
interface Collection {
  readonly poll: Poll;
  readonly lock: JobLock;
  readonly jobsMax: number;
  readonly jobs: ActivatedJob[];
  pending: number;
}

export interface HandOverOptions {
  readonly now: () => EpochMs;
  readonly waiting: (type: string) => Iterable<Poll>;
  /** Null: the job is gone. */
  readonly view: (facts: JobFacts, instance: Instance, poll: Poll, deadline: EpochMs) => ActivatedJob | null;
  readonly giveBack: (jobs: readonly GivenBack[], deadline: EpochMs) => void;
  /** The poll got nothing and waits on. */
  readonly rests: (poll: Poll) => void;
}

export class HandOver {
  readonly #options: HandOverOptions;
  readonly #byJob = new Map<Key, Collection>();
  /** Those that take further jobs, by type. */
  readonly #open = new Map<string, Set<Collection>>();

  constructor(options: HandOverOptions) {
    this.#options = options;
  }

  /** Before the job is written. Null: nobody waits for it here. */
  lock(jobKey: Key, type: string, tenantId: string, processId: string): JobLock | null {
    const collection = this.#collecting(type, tenantId, processId) ?? this.#begin(type, tenantId, processId);
    if (!collection) return null;
    collection.pending++;
    this.#byJob.set(jobKey, collection);
    if (collection.pending + collection.jobs.length >= collection.jobsMax) this.#close(collection);
    return collection.lock;
  }

  /** After its commit. False: it was not locked for anybody. */
  committed(facts: JobFacts, instance: Instance): boolean {
    const collection = this.#byJob.get(facts.key);
    if (!collection) return false;
    const { poll, lock, jobs } = collection;
    this.#byJob.delete(facts.key);
    this.#close(collection);
    collection.pending--;
    if (instance.suspended || isGone(poll)) this.#options.giveBack([facts], lock.deadline);
    else {
      const view = this.#options.view(facts, instance, poll, lock.deadline);
      if (view) jobs.push(view);
    }
    this.#settle(collection);
    return true;
  }

  /** Their commit did not happen, or they ended in it. */
  dropped(jobKeys: Iterable<Key>): void {
    for (const key of jobKeys) {
      const collection = this.#byJob.get(key);
      if (!collection) continue;
      this.#byJob.delete(key);
      collection.pending--;
      this.#settle(collection);
    }
  }

  #collecting(type: string, tenantId: string, processId: string): Collection | undefined {
    for (const collection of this.#open.get(type) ?? [])
      if (!isGone(collection.poll) && sees(collection.poll, tenantId, processId)) return collection;
    return undefined;
  }

  #begin(type: string, tenantId: string, processId: string): Collection | undefined {
    for (const poll of this.#options.waiting(type)) {
      if (poll.busy || poll.expired || isGone(poll) || !sees(poll, tenantId, processId)) continue;
      poll.busy = true;
      const { timeoutMs, maxJobsToActivate } = poll.input;
      const collection: Collection = {
        poll,
        lock: { worker: workerOf(poll), deadline: this.#options.now() + timeoutMs },
        jobsMax: Math.min(maxJobsToActivate, jobsPerPollMax),
        jobs: [],
        pending: 0,
      };
      const open = this.#open.get(type);
      if (open) open.add(collection);
      else this.#open.set(type, new Set([collection]));
      return collection;
    }
    return undefined;
  }

  #close(collection: Collection): void {
    const { type } = collection.poll.input;
    const open = this.#open.get(type);
    if (open?.delete(collection) && open.size === 0) this.#open.delete(type);
  }

  #settle(collection: Collection): void {
    const { poll, jobs, lock } = collection;
    if (collection.pending > 0) return;
    this.#close(collection);
    poll.busy = false;
    if (jobs.length === 0) this.#options.rests(poll);
    else if (isGone(poll)) {
      this.#options.giveBack(
        jobs.map(({ jobKey, type }) => ({ key: jobKey, type })),
        lock.deadline,
      );
    } else poll.finish(jobs);
  }
}
