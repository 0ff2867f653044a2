/**
 * Timers: rows with a due time. This node keeps only the next due time it knows of and one clock of at most a minute;
 * due timers are claimed in batches with SKIP LOCKED, fired as commands, and claimed again when a node died on the way.
 * Timers of other nodes are theirs; looking once in a while makes up for nodes that are gone.
 */
import type { Database } from "../../store/index.ts";
import type { EpochMs, Key } from "../core/json.ts";
import type { Clock } from "./contract/options.ts";

const lookAtLeastEveryMs = 5_000;
const claimMs = 30_000;
const batchMax = 500;

export interface DueTimer {
  readonly key: Key;
  readonly rootKey: Key;
}

export interface TimersOptions {
  readonly database: Database;
  readonly clock: Clock;
  /** Fires one timer of an instance; never rejects. */
  readonly fire: (timer: DueTimer) => Promise<void>;
  /** Fires due timer start events; returns when the next one is due, or null. */
  readonly fireStarts: (now: EpochMs) => Promise<EpochMs | null>;
}

export class Timers {
  readonly #options: TimersOptions;
  #next = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | null = null;
  #running = false;
  #again = false;
  #stopped = true;

  constructor(options: TimersOptions) {
    this.#options = options;
  }

  start(): void {
    this.#stopped = false;
    this.#wake(0);
  }

  stop(): void {
    this.#stopped = true;
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** A timer that this node has just written. */
  scheduled(dueAt: EpochMs): void {
    if (dueAt >= this.#next || this.#stopped) return;
    this.#next = dueAt;
    this.#wake(dueAt - this.#options.clock.now());
  }

  /** Looks now: the clock was moved, or somebody deployed a timer start event. */
  look(): void {
    this.#wake(0);
  }

  #wake(inMs: number): void {
    if (this.#stopped) return;
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#run(), Math.min(Math.max(inMs, 0), lookAtLeastEveryMs));
  }

  async #run(): Promise<void> {
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#running = true;
    this.#timer = null;
    try {
      this.#next = Number.POSITIVE_INFINITY;
      const next = await this.#fireDue();
      if (next !== null && next < this.#next) this.#next = next;
    } catch {
      // The store is away: the next look makes up for it.
    } finally {
      this.#running = false;
      const wait = this.#again ? 0 : this.#next - this.#options.clock.now();
      this.#again = false;
      this.#wake(wait);
    }
  }

  /** Fires everything due; returns when the next timer is due within the window that matters, or null. */
  async #fireDue(): Promise<EpochMs | null> {
    const { database, clock, fire, fireStarts } = this.#options;
    // One reading of the clock for the claim and for the look ahead: a timer that falls due between two readings would
    // be in neither, and wait for the next look.
    let now = clock.now();
    for (;;) {
      const due = await database.query<{ root_key: Key; key: Key }>(
        `update timer set claimed_until = $1
          where (root_key, key) in (select root_key, key from timer where due_at <= $2 and claimed_until <= $2 order by due_at limit $3 for update skip locked)
         returning root_key, key`,
        [now + claimMs, now, batchMax],
      );
      await Promise.all(due.map((row) => fire({ key: row.key, rootKey: row.root_key })));
      if (due.length < batchMax || this.#stopped) break;
      now = clock.now();
    }
    const nextStart = await fireStarts(now);
    const rows = await database.query<{ due: string | null }>(
      "select min(due_at) as due from timer where due_at > $1",
      [now],
    );
    const due = rows[0]?.due;
    const nextTimer = due === null || due === undefined ? null : Number(due);
    if (nextStart === null) return nextTimer;
    return nextTimer === null ? nextStart : Math.min(nextStart, nextTimer);
  }
}
