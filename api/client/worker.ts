/**
 * A job worker: long polls for as many jobs as it has room for, handles them side by side, answers each. When the server
 * is not there it waits, longer each time; a job whose answer is lost comes back after its timeout, so handlers that
 * change something outside should use `idempotencyKey`.
 */
import { InterlockError, pause, type Transport } from "./transport.ts";

export interface Job {
  readonly jobKey: string;
  readonly type: string;
  readonly processInstanceKey: string;
  readonly processDefinitionId: string;
  readonly elementId: string;
  readonly elementInstanceKey: string;
  readonly retries: number;
  /** Milliseconds since 1970. */
  readonly deadline: number;
  readonly customHeaders: Readonly<Record<string, string>>;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Guarded actions: the decision that let this through. */
  readonly guard: {
    readonly decisionId: string;
    readonly permit: string | null;
    readonly idempotencyKey: string;
  } | null;
}

export interface JobContext {
  /** The same for every attempt at this effect: hand it to the service that is called. */
  readonly idempotencyKey: string;
  /** Aborted when the worker stops, and when the job is canceled: its instance was ended, its agent interrupted. */
  readonly signal: AbortSignal;
}

/** Variables of the completion, or nothing. Throw a BpmnError for a business error, anything else for a failure with one retry less. */
export type JobHandler = (
  job: Job,
  context: JobContext,
) => Promise<Readonly<Record<string, unknown>> | undefined> | Promise<void>;

/** A business error: caught by an error event of the process. */
export class BpmnError extends Error {
  override readonly name = "BpmnError";
  readonly code: string;
  readonly variables: Readonly<Record<string, unknown>>;

  constructor(code: string, message = code, variables: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.code = code;
    this.variables = variables;
  }
}

export interface WorkerOptions {
  readonly type: string;
  readonly name?: string;
  /** Jobs at once. Default 10. */
  readonly concurrency?: number;
  /** How long a job is this worker's, in milliseconds. Default 60,000. */
  readonly timeoutMs?: number;
  /** How long a poll waits on the server. Default 30,000. */
  readonly pollMs?: number;
  readonly fetchVariables?: readonly string[];
  /** How often jobs under way are looked at for having been canceled. Default 1,000; shorter jobs are never looked at. */
  readonly watchMs?: number;
  /** Pause before a failed job is tried again. Default 1,000. */
  readonly retryBackOffMs?: number;
  /** Told of what the worker cannot answer for: the server away, an answer refused. */
  readonly onError?: (error: unknown) => void;
}

const backOffMsMax = 30_000;

export class JobWorker {
  readonly #transport: Transport;
  readonly #handler: JobHandler;
  readonly #options: WorkerOptions;
  readonly #stop = new AbortController();
  readonly #running = new Set<Promise<void>>();
  readonly #canceling = new Map<string, AbortController>();
  #loop: Promise<void> | undefined;
  #watching = false;

  constructor(transport: Transport, handler: JobHandler, options: WorkerOptions) {
    this.#transport = transport;
    this.#handler = handler;
    this.#options = options;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  /** Takes no more jobs and waits for those under way. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
    await Promise.all(this.#running);
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#stop.signal.aborted) {
      const room = (this.#options.concurrency ?? 10) - this.#running.size;
      if (room <= 0) {
        await Promise.race(this.#running);
        continue;
      }
      try {
        for (const job of await this.#poll(room)) this.#begin(job);
        failures = 0;
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        this.#options.onError?.(error);
        failures++;
        await pause(Math.min(backOffMsMax, 250 * 2 ** failures) * (0.5 + Math.random() / 2), this.#stop.signal);
      }
    }
  }

  async #poll(room: number): Promise<readonly Job[]> {
    const { type, name, timeoutMs, pollMs, fetchVariables } = this.#options;
    const body = {
      type,
      worker: name ?? "interlock-client",
      timeout: timeoutMs ?? 60_000,
      maxJobsToActivate: room,
      requestTimeout: pollMs ?? 30_000,
      ...(fetchVariables === undefined ? {} : { fetchVariable: fetchVariables }),
    };
    const { jobs } = await this.#transport.request<{ jobs: Job[] }>("POST", "/v2/jobs/activation", {
      body,
      signal: this.#stop.signal,
    });
    return jobs;
  }

  #begin(job: Job): void {
    const running = this.#handle(job).catch((error: unknown) => this.#options.onError?.(error));
    this.#running.add(running);
    void running.finally(() => this.#running.delete(running));
    if (!this.#watching) void this.#watch();
  }

  /** Tells handlers that their job is not wanted any more; ends when nothing runs. */
  async #watch(): Promise<void> {
    this.#watching = true;
    const { watchMs = 1_000, onError } = this.#options;
    for (;;) {
      await pause(watchMs, this.#stop.signal);
      if (this.#canceling.size === 0 || this.#stop.signal.aborted) break;
      try {
        const jobKeys = [...this.#canceling.keys()];
        const { items } = await this.#transport.request<{ items: { jobKey: string }[] }>("POST", "/v2/jobs/search", {
          body: {
            filter: { jobKey: { $in: jobKeys }, state: "CANCELED" },
            page: { limit: jobKeys.length },
          },
          signal: this.#stop.signal,
        });
        for (const { jobKey } of items)
          this.#canceling.get(jobKey)?.abort(new Error("Expected the job to be wanted, but it was canceled"));
      } catch (error) {
        if (!this.#stop.signal.aborted) onError?.(error);
      }
    }
    this.#watching = false;
  }

  async #handle(job: Job): Promise<void> {
    const path = `/v2/jobs/${job.jobKey}`;
    let answer: { readonly path: string; readonly body: object };
    const canceling = new AbortController();
    this.#canceling.set(job.jobKey, canceling);
    try {
      const variables = await this.#handler(job, {
        idempotencyKey: job.guard?.idempotencyKey ?? job.jobKey,
        signal: AbortSignal.any([this.#stop.signal, canceling.signal]),
      });
      answer = { path: `${path}/completion`, body: { variables: variables ?? {} } };
    } catch (error) {
      answer =
        error instanceof BpmnError
          ? {
              path: `${path}/error`,
              body: { errorCode: error.code, errorMessage: error.message, variables: error.variables },
            }
          : { path: `${path}/failure`, body: this.#failure(job, error) };
    } finally {
      this.#canceling.delete(job.jobKey);
    }
    if (canceling.signal.aborted) return;
    await this.#transport.request("POST", answer.path, { body: answer.body }).catch((error: unknown) => {
      // Gone: the instance was cancelled or another worker was faster. Nothing is left to answer.
      if (error instanceof InterlockError && error.status === 404) return;
      throw error;
    });
  }

  #failure(job: Job, error: unknown): object {
    return {
      retries: Math.max(0, job.retries - 1),
      errorMessage: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
      retryBackOff: this.#options.retryBackOffMs ?? 1_000,
    };
  }
}
