/**
 * Workers of this process. Their jobs never enter the polling index: they are marked with the node when they are
 * created and handed over from memory right after the commit (polling tops out at 1,000 to 10,000 jobs a second). What
 * memory does not have (a retry, a job of a dead node or of before the start) is claimed from the table once a second.
 */
import type { Database } from "../../../store/index.ts";
import type { Instance } from "../../core/index.ts";
import type { Key } from "../../core/json.ts";
import type { ActivatedJob, WorkerAnswer, WorkerHandler, WorkerOptions } from "../contract/jobs.ts";
import type { Clock, Logger } from "../contract/options.ts";
import type { Definitions } from "../definitions.ts";
import type { Intake } from "../intake.ts";
import { carryContext, inCarriedContext } from "../tracing.ts";
import { factsOfRow, type JobRow, jobColumns } from "./job-row.ts";
import { availableSql, releaseSql } from "./job-sql.ts";
import { type JobFacts, viewJob } from "./job-view.ts";
import type { RedeemPermit } from "./redeem-permit.ts";
import { userTasksOf } from "./user-task-of-job.ts";

/** Node locks have no time limit: they end with the node. Workers see a far deadline. */
const deadlineMs = 24 * 3_600_000;
const claimMax = 500;

interface Worker {
  readonly type: string;
  readonly handler: WorkerHandler;
  readonly options: WorkerOptions;
  readonly name: string;
  readonly concurrency: number;
  running: number;
  queue: JobFacts[];
  /** First entry of the queue that has not been taken; the array is cut now and then. */
  head: number;
}

/** A job with its handler. The signal is made when the handler asks for it: most never do. */
class Running {
  #controller: AbortController | null = null;
  #reason: Error | null = null;

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#reason) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  abort(reason: Error): void {
    this.#reason = reason;
    this.#controller?.abort(reason);
  }
}

export interface WorkersOptions {
  readonly database: Database;
  readonly intake: Intake;
  readonly definitions: Definitions;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly nodeId: number;
  /** Sends the worker's answer as a command. */
  readonly answer: (
    job: JobFacts,
    answer: WorkerAnswer | { readonly type: "judgeAgain" },
    worker: { readonly name: string; readonly type: "service" | "agent" },
  ) => Promise<void>;
  /** Null: the plane issues no permits. */
  readonly redeemPermit: RedeemPermit | null;
}

export class Workers {
  readonly #options: WorkersOptions;
  readonly #workers = new Map<string, Worker>();
  readonly #running = new Map<Key, Running>();
  /** Jobs in a queue or with a handler. */
  readonly #known = new Set<Key>();
  #started = false;
  #stopping = false;

  constructor(options: WorkersOptions) {
    this.#options = options;
  }

  register(type: string, handler: WorkerHandler, options: WorkerOptions = {}): () => void {
    if (this.#workers.has(type))
      throw new Error(`Expected one worker for the job type ${type}, but there is one already`);
    const worker: Worker = {
      type,
      handler,
      options,
      name: options.name ?? "interlock",
      concurrency: options.concurrency ?? 32,
      running: 0,
      queue: [],
      head: 0,
    };
    this.#workers.set(type, worker);
    if (this.#started) void this.claim();
    return () => {
      if (this.#workers.get(type) !== worker) return;
      this.#workers.delete(type);
      void this.#giveBack(worker);
    };
  }

  async #giveBack(worker: Worker): Promise<void> {
    const keys = worker.queue.slice(worker.head).map((job) => job.key);
    for (const key of keys) this.#known.delete(key);
    worker.queue = [];
    worker.head = 0;
    if (keys.length > 0)
      await this.#options.database
        .query(`${releaseSql} where key = any($1::bigint[]) and ended_at is null`, [keys])
        .catch(() => {});
  }

  /** The node that takes jobs of this type from memory, or null. */
  nodeFor(type: string): number | null {
    return this.#workers.has(type) && this.#started && !this.#stopping ? this.#options.nodeId : null;
  }

  start(): void {
    this.#started = true;
    void this.claim();
  }

  /** Lets handlers that run finish, tells them to hurry at the deadline. */
  async stop(deadlineMsLeft: number): Promise<void> {
    this.#stopping = true;
    const until = Date.now() + deadlineMsLeft;
    while (this.#running.size > 0 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 5));
    for (const controller of this.#running.values())
      controller.abort(new Error("Expected more time, but the engine stops"));
    for (const worker of this.#workers.values()) await this.#giveBack(worker);
  }

  /** A job of this node, fresh from its commit. */
  dispatch(job: JobFacts, instance: Instance): void {
    const worker = this.#workers.get(job.type);
    if (!worker) return;
    carryContext(job);
    if (worker.running < worker.concurrency && worker.head === worker.queue.length && job.userTaskKey === null)
      this.#run(worker, job, instance);
    else this.#queue(worker, job);
  }

  #queue(worker: Worker, job: JobFacts): void {
    this.#known.add(job.key);
    worker.queue.push(job);
  }

  /** The job is gone (cancelled, interrupted): its handler is told. */
  canceled(jobKey: Key): void {
    this.#running.get(jobKey)?.abort(new Error("Expected the job to be wanted, but it was canceled"));
  }

  #run(worker: Worker, job: JobFacts, instance: Instance | null, userTask: ActivatedJob["userTask"] = null): void {
    const view =
      instance &&
      viewJob(job, instance, this.#options.definitions, {
        worker: worker.name,
        deadline: this.#options.clock.now() + deadlineMs,
        fetchVariables: worker.options.fetchVariables,
        userTask,
      });
    if (!view || this.#running.has(job.key)) {
      if (!view) this.#known.delete(job.key);
      return;
    }
    worker.running++;
    this.#known.add(job.key);
    const running = new Running();
    this.#running.set(job.key, running);
    const permitted = job.guard ? (this.#options.redeemPermit?.(job, instance) ?? null) : null;
    inCarriedContext(job, () => this.#handle(worker, job, view, running, permitted)).finally(() => {
      worker.running--;
      this.#running.delete(job.key);
      this.#known.delete(job.key);
      void this.#next(worker);
    });
  }

  async #handle(
    worker: Worker,
    job: JobFacts,
    view: ActivatedJob,
    running: Running,
    permitted: ReturnType<RedeemPermit> | null,
  ): Promise<void> {
    let answer: Awaited<ReturnType<RedeemPermit>> = null;
    try {
      if (permitted) answer = await permitted;
      answer ??= await worker.handler({
        ...view,
        get signal() {
          return running.signal;
        },
      });
    } catch (error) {
      answer = {
        type: "fail",
        errorMessage: error instanceof Error ? error.message : String(error),
        retries: Math.max(0, job.retries - 1),
      };
    }
    try {
      await this.#options.answer(job, answer, { name: worker.name, type: worker.options.actorType ?? "service" });
    } catch (error) {
      this.#options.logger.debug(
        { jobKey: job.key, type: job.type, error: error instanceof Error ? error.message : String(error) },
        "answer of a worker was not taken",
      );
      await this.#afterRefusal(job, error);
    }
  }

  /**
   * The answer was refused. When the job is still open, it must not stay with a node that has forgotten it: a retry
   * later, with the refusal as its reason, so that a worker whose answers can never be taken ends as an incident.
   */
  async #afterRefusal(job: JobFacts, error: unknown): Promise<void> {
    const rows = await this.#options.database
      .query("select 1 from job where key = $1 and ended_at is null and node_id = $2", [job.key, this.#options.nodeId])
      .catch(() => []);
    if (rows.length === 0) return;
    const reason = error instanceof Error ? error.message : String(error);
    const failed: WorkerAnswer = {
      type: "fail",
      errorMessage: `Expected the worker's answer to be taken, but: ${reason}`,
      retries: Math.max(0, job.retries - 1),
      retryBackOffMs: 1_000,
    };
    await this.#options.answer(job, failed, { name: "interlock", type: "service" }).catch(async () => {
      await this.#options.database
        .query(`${releaseSql} where key = $1 and ended_at is null`, [job.key])
        .catch(() => {});
    });
  }

  async #next(worker: Worker): Promise<void> {
    while (worker.running < worker.concurrency && worker.head < worker.queue.length && !this.#stopping) {
      const job = worker.queue[worker.head++] as JobFacts;
      if (worker.head > 1_000 && worker.head * 2 > worker.queue.length) {
        worker.queue = worker.queue.slice(worker.head);
        worker.head = 0;
      }
      worker.running++;
      try {
        const instance = await this.#options.intake.read(job.rootKey);
        const tasks = job.userTaskKey === null ? null : await userTasksOf(this.#options.database, [job.userTaskKey]);
        worker.running--;
        this.#run(worker, job, instance, tasks?.get(job.userTaskKey ?? "") ?? null);
      } catch {
        worker.running--;
        this.#known.delete(job.key);
        await this.#options.database
          .query(`${releaseSql} where key = $1 and ended_at is null`, [job.key])
          .catch(() => {});
      }
    }
  }

  /** Takes what lies in the table for the types of this node. */
  async claim(): Promise<void> {
    if (!this.#started || this.#stopping || this.#workers.size === 0) return;
    const now = this.#options.clock.now();
    const rows = await this.#options.database
      .query<JobRow>(
        `update job set node_id = $1, available = false, worker = '', updated_at = $2
          where (root_key, key) in (
            select root_key, key from job where type = any($3::text[]) and ${availableSql("$2")} order by priority desc, key limit $4 for update skip locked)
         returning ${jobColumns}`,
        [this.#options.nodeId, now, [...this.#workers.keys()], claimMax],
      )
      .catch(() => []);
    for (const row of rows) {
      const worker = this.#workers.get(row.type);
      if (!worker) continue;
      this.#queue(worker, factsOfRow(row));
      void this.#next(worker);
    }
    if (rows.length === claimMax) setImmediate(() => void this.claim());
  }

  /**
   * Jobs that bear this node's number and that it does not know: their commit was given up on and happened after all.
   */
  async reconcile(): Promise<void> {
    const before = this.#options.clock.now() - 30_000;
    const rows = await this.#options.database
      .query<JobRow>(`select ${jobColumns} from job where node_id = $1 and ended_at is null and updated_at < $2`, [
        this.#options.nodeId,
        before,
      ])
      .catch(() => []);
    for (const row of rows) {
      const worker = this.#workers.get(row.type);
      if (!worker || this.#known.has(row.key)) continue;
      this.#queue(worker, factsOfRow(row));
      void this.#next(worker);
    }
  }
}
