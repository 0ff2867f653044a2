/** What nobody asks for and somebody must do: taking up what a crash left, expired rows, jobs of dead nodes. */
import type { BatchOperations } from "./batch-operations.ts";
import type { Deps } from "./deps.ts";
import type { Workers } from "./jobs/workers.ts";
import type { Node } from "./node.ts";

const claimEveryMs = 1_000;
const sweepEveryMs = 5_000;
const reconcileEveryMs = 30_000;
const maintainEveryMs = 600_000;

export interface HousekeepingOptions {
  readonly deps: Deps;
  readonly node: Node;
  readonly workers: Workers;
  readonly batches: BatchOperations;
}

export class Housekeeping {
  readonly #options: HousekeepingOptions;
  readonly #timers = new Set<NodeJS.Timeout>();
  #stopped = false;

  constructor(options: HousekeepingOptions) {
    this.#options = options;
  }

  /** Before the first job is taken: what died with its node is free again. */
  async recover(): Promise<void> {
    await this.#options.node.releaseDead();
  }

  start(): void {
    const { workers, deps, node, batches } = this.#options;
    this.#every(claimEveryMs, () => workers.claim());
    this.#every(sweepEveryMs, async () => {
      if (await node.releaseDead()) await workers.claim();
      await deps.correlator.sweep();
      await deps.signals.sweep();
      await batches.resume();
    });
    this.#every(reconcileEveryMs, async () => {
      if (deps.intake.gaveUp()) await workers.reconcile();
      await deps.database.query(
        "delete from delivery d using start_subscription s where s.key = d.source_key and s.kind = 'timer' and (s.due_at is null or d.target < s.due_at)",
      );
    });
    this.#every(maintainEveryMs, () => deps.database.maintain());
    void this.#quietly(() =>
      deps.correlator
        .sweep()
        .then(() => deps.signals.sweep())
        .then(() => batches.resume()),
    );
  }

  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  /** One after another: a slow round delays the next instead of meeting it. */
  #every(ms: number, work: () => Promise<unknown>): void {
    if (this.#stopped) return;
    const timer = setTimeout(async () => {
      this.#timers.delete(timer);
      await this.#quietly(work);
      this.#every(ms, work);
    }, ms);
    this.#timers.add(timer);
  }

  async #quietly(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!this.#stopped)
        this.#options.deps.logger.warn({ error: String(error) }, "housekeeping failed; the next round tries again");
    }
  }
}
