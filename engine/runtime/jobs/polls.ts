/**
 * Remote workers: long polls that wake when a job appears, in this node or another. One query asks for all types that
 * are waited for, once a second and whenever one was announced: 2,000 idle polls cost what one costs. A poll whose
 * caller has gone locks nothing.
 */
import type { Database, Queryable } from "../../../store/index.ts";
import type { Instance } from "../../core/index.ts";
import type { CallContext } from "../contract/context.ts";
import { EngineError } from "../contract/errors.ts";
import type { ActivatedJob, ActivateJobsInput, JobUserTask } from "../contract/jobs.ts";
import type { Clock } from "../contract/options.ts";
import type { Definitions } from "../definitions.ts";
import type { Intake } from "../intake.ts";
import { assertUnlimited, processIdsOf } from "../scope.ts";
import { HandOver } from "./hand-over.ts";
import { HandedOut } from "./handed-out.ts";
import { factsOfRow, type JobRow } from "./job-row.ts";
import { availableSql, takeFree } from "./job-sql.ts";
import { type JobFacts, viewJob } from "./job-view.ts";
import { KnownEmpty } from "./known-empty.ts";
import { type GivenBack, isGone, jobsPerPollMax, type Poll, reachOf } from "./poll.ts";
import type { RedeemPermit } from "./redeem-permit.ts";
import { userTasksOf } from "./user-task-of-job.ts";

const pollEveryMs = 1_000;

export interface PollsOptions {
  readonly database: Database;
  readonly intake: Intake;
  readonly definitions: Definitions;
  readonly clock: Clock;
  readonly longPollMsDefault: number;
  readonly longPollMsMax: number;
  /** Null: the plane issues no permits. */
  readonly redeemPermit: RedeemPermit | null;
  /** Carries out what a permit that does not hold any more leads to. */
  readonly refused: (job: JobFacts, answer: NonNullable<Awaited<ReturnType<RedeemPermit>>>) => Promise<void>;
}

export class Polls {
  readonly #options: PollsOptions;
  /** Jobs that are with workers of this node's polls. */
  readonly handedOut = new HandedOut();
  readonly handOver: HandOver;
  readonly #waiting = new Map<string, Set<Poll>>();
  /** Announced while a poll of the type was asking the database: it must ask again. */
  readonly #announced = new Set<string>();
  readonly #knownEmpty: KnownEmpty;
  #timer: NodeJS.Timeout | null = null;
  #stopped = false;

  constructor(options: PollsOptions) {
    this.#options = options;
    this.#knownEmpty = new KnownEmpty(() => options.clock.now(), pollEveryMs);
    this.handOver = new HandOver({
      now: () => options.clock.now(),
      waiting: (type) => (this.#stopped ? [] : (this.#waiting.get(type) ?? [])),
      view: (facts, instance, poll, deadline) => this.#view(facts, instance, poll.input, deadline, null),
      giveBack: (jobs, deadline) => void this.#giveBack(jobs, deadline).catch(() => {}),
      rests: (poll) => this.#rests(poll),
    });
  }

  get waitingTypes(): readonly string[] {
    return [...this.#waiting.keys()];
  }

  activate(input: ActivateJobsInput, context: CallContext): Promise<readonly ActivatedJob[]> {
    check(input);
    const tenantIds = visibleTenants(input.tenantIds, context);
    const processIds = processIdsOf(context);
    if (processIds?.length === 0) assertUnlimited(context);
    const requested = input.requestTimeoutMs ?? 0;
    const waitMs =
      requested < 0
        ? 0
        : Math.min(requested === 0 ? this.#options.longPollMsDefault : requested, this.#options.longPollMsMax);
    return new Promise((resolve, reject) => {
      const gone = (): void => poll.finish([]);
      const poll: Poll = {
        input,
        tenantIds,
        processIds,
        reach: reachOf(tenantIds, processIds),
        seen: context.tenantIds,
        expired: waitMs === 0,
        timer: setTimeout(() => {
          poll.expired = true;
          if (!poll.busy) poll.finish([]);
        }, waitMs),
        busy: false,
        done: false,
        finish: (jobs) => {
          if (poll.done) return;
          poll.done = true;
          input.signal?.removeEventListener("abort", gone);
          this.#remove(poll);
          resolve(jobs);
        },
        fail: (error) => {
          poll.done = true;
          input.signal?.removeEventListener("abort", gone);
          this.#remove(poll);
          reject(error);
        },
      };
      if (input.signal?.aborted) return poll.finish([]);
      input.signal?.addEventListener("abort", gone);
      this.#add(poll);
      // Who does not wait is told what the table says; others wait for an announcement or the next sweep.
      if (waitMs === 0 || !this.#knownEmpty.has(input.type, poll.reach)) void this.#try(poll);
    });
  }

  #add(poll: Poll): void {
    const polls = this.#waiting.get(poll.input.type);
    if (polls) polls.add(poll);
    else this.#waiting.set(poll.input.type, new Set([poll]));
    this.#timer ??= this.#schedule();
  }

  #remove(poll: Poll): void {
    clearTimeout(poll.timer);
    const polls = this.#waiting.get(poll.input.type);
    polls?.delete(poll);
    if (polls?.size === 0) this.#waiting.delete(poll.input.type);
  }

  /** A job of this type may be there now. */
  announce(type: string): void {
    this.#knownEmpty.forget(type);
    const polls = this.#waiting.get(type);
    if (!polls) return;
    this.#announced.add(type);
    for (const poll of polls) {
      if (poll.busy) continue;
      void this.#try(poll, []);
      return;
    }
  }

  /** What was announced was not for this poll: the next one that sees other jobs is asked. */
  #passOn(type: string, asked: readonly string[]): void {
    for (const poll of this.#waiting.get(type) ?? []) {
      if (poll.busy || asked.includes(poll.reach)) continue;
      void this.#try(poll, asked);
      return;
    }
  }

  stop(): void {
    this.#stopped = true;
    if (this.#timer) clearTimeout(this.#timer);
    for (const polls of [...this.#waiting.values()]) for (const poll of [...polls]) poll.finish([]);
  }

  #schedule(): NodeJS.Timeout {
    return setTimeout(() => {
      this.#timer = null;
      void this.#sweep();
    }, pollEveryMs);
  }

  /** Asks once for all types that are waited for. */
  async #sweep(): Promise<void> {
    const types = [...this.#waiting.keys()];
    if (types.length > 0 && !this.#stopped) {
      try {
        const rows = await this.#options.database.query<{ type: string }>(
          `select t.type from unnest($1::text[]) as t(type) where exists (select 1 from job where job.type = t.type and ${availableSql("$2")})`,
          [types, this.#options.clock.now()],
        );
        for (const row of rows) this.announce(row.type);
      } catch {
        // The store is away: the next sweep asks again, callers wait until their time is up.
      }
    }
    if (!this.#stopped && this.#waiting.size > 0) this.#timer ??= this.#schedule();
  }

  /** `asked`: reaches that have been asked for what was announced, and found nothing. Absent: nothing was announced. */
  async #try(poll: Poll, asked?: readonly string[]): Promise<void> {
    poll.busy = true;
    try {
      do {
        this.#announced.delete(poll.input.type);
        const jobs = await this.#take(poll);
        if (jobs.length > 0) {
          poll.finish(jobs);
          // There may be more for those who wait behind.
          this.announce(poll.input.type);
          return;
        }
      } while (this.#announced.has(poll.input.type) && !poll.done);
      if (poll.expired || this.#stopped) poll.finish([]);
      // A poll that sees everything found nothing for anybody.
      if (asked && poll.reach !== "") this.#passOn(poll.input.type, [...asked, poll.reach]);
    } catch (error) {
      poll.fail(error instanceof Error ? error : new Error(String(error)));
    } finally {
      poll.busy = false;
    }
  }

  /** What was on its way to the poll did not come. */
  #rests(poll: Poll): void {
    if (poll.expired || this.#stopped) poll.finish([]);
    else if (this.#announced.has(poll.input.type) && !poll.done) void this.#try(poll);
  }

  /** Locks jobs, then builds what the worker sees. Jobs whose caller went meanwhile are free again at once. */
  async #take(poll: Poll): Promise<readonly ActivatedJob[]> {
    const { database, clock } = this.#options;
    const { input } = poll;
    const own = database.forTenants(poll.seen);
    const now = clock.now();
    const deadline = now + input.timeoutMs;
    const jobsMax = Math.min(input.maxJobsToActivate, jobsPerPollMax);
    const asked = this.#knownEmpty.ask(input.type, poll.reach);
    const rows = await takeFree(own, poll, { now, deadline, jobsMax });
    if (rows.length < jobsMax) asked.foundNoMore();
    if (rows.length === 0) return [];
    if (isGone(poll)) {
      await this.#giveBack(rows, deadline);
      return [];
    }
    try {
      return await this.#views(rows, input, deadline, own);
    } catch (error) {
      await this.#giveBack(rows, deadline);
      throw error;
    }
  }

  async #giveBack(rows: readonly GivenBack[], deadline: number): Promise<void> {
    await this.#options.database.query(
      "update job set deadline = null where key = any($1::bigint[]) and deadline = $2 and ended_at is null",
      [rows.map((row) => row.key), deadline],
    );
    for (const type of new Set(rows.map((row) => row.type))) this.announce(type);
  }

  async #views(
    rows: readonly JobRow[],
    input: ActivateJobsInput,
    deadline: number,
    own: Queryable,
  ): Promise<readonly ActivatedJob[]> {
    const { intake } = this.#options;
    const userTasks = await userTasksOf(
      own,
      rows.flatMap((row) => row.user_task_key ?? []),
    );
    const instances = new Map<string, Awaited<ReturnType<Intake["read"]>>>();
    const views: ActivatedJob[] = [];
    for (const row of rows) {
      let instance = instances.get(row.root_key);
      if (instance === undefined) {
        instance = await intake.read(row.root_key);
        instances.set(row.root_key, instance);
      }
      if (instance && row.guard && (await this.#isRefused(factsOfRow(row), instance))) continue;
      const view =
        instance &&
        this.#view(factsOfRow(row), instance, input, deadline, userTasks.get(row.user_task_key ?? "") ?? null);
      if (view) views.push(view);
    }
    return views;
  }

  #view(
    facts: JobFacts,
    instance: Instance,
    input: ActivateJobsInput,
    deadline: number,
    userTask: JobUserTask | null,
  ): ActivatedJob | null {
    const { worker = "", fetchVariables } = input;
    const view = viewJob(facts, instance, this.#options.definitions, { worker, deadline, fetchVariables, userTask });
    if (view) this.handedOut.remember(facts.key, facts);
    return view;
  }

  /** A guarded job whose permit does not hold any more goes to nobody; that it was locked leaves no trace. */
  async #isRefused(job: JobFacts, instance: Instance): Promise<boolean> {
    const answer = (await this.#options.redeemPermit?.(job, instance)) ?? null;
    if (answer === null) return false;
    await this.#options.database.query("update job set deadline = null where root_key = $1 and key = $2", [
      job.rootKey,
      job.key,
    ]);
    await this.#options.refused(job, answer);
    return true;
  }
}

function check(input: ActivateJobsInput): void {
  if (input.type === "") throw new EngineError("invalid", "Expected a job type, but it is empty");
  if (!(input.timeoutMs > 0))
    throw new EngineError("invalid", `Expected a timeout of at least 1 ms, but got ${input.timeoutMs}`);
  if (!(input.maxJobsToActivate > 0))
    throw new EngineError("invalid", `Expected at least one job to activate, but got ${input.maxJobsToActivate}`);
}

function visibleTenants(asked: readonly string[] | undefined, context: CallContext): readonly string[] | null {
  const allowed = context.tenantIds;
  if (!asked || asked.length === 0) return allowed ?? null;
  const hidden = allowed && asked.find((tenant) => !allowed.includes(tenant));
  if (hidden !== undefined)
    throw new EngineError("forbidden", `Expected tenants that the caller may see, but ${hidden} is not one of them`);
  return asked;
}
