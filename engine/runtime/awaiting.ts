/**
 * Callers that wait for something an instance will do: its end, the end of a user task transition that listeners hold.
 * Told from memory after a commit of this node; looked up in the table twice a second for what other nodes do, when there are any.
 */
import type { Key } from "../core/json.ts";

export type Look<Result> = () => Promise<Result | undefined>;

interface Waiter {
  readonly told: (result: unknown) => void;
}

const lookEveryMs = 500;
/** Alone, this node does everything itself: looking only makes up for commits that were given up on and happened. */
const lookAloneEveryMs = 5_000;

export class Awaiting {
  readonly #waiters = new Map<string, Set<Waiter>>();
  readonly #hasPeers: () => boolean;

  constructor(hasPeers: () => boolean) {
    this.#hasPeers = hasPeers;
  }

  /** A result for everybody who waits for `topic` of `key`. */
  tell(topic: string, key: Key, result: unknown): void {
    const waiters = this.#waiters.get(`${topic} ${key}`);
    if (waiters) for (const waiter of [...waiters]) waiter.told(result);
  }

  /** Undefined when `timeoutMs` has passed. Register before the command is sent: its commit may be the answer. */
  register<Result>(
    topic: string,
    key: Key,
  ): { wait(timeoutMs: number, look: Look<Result>): Promise<Result | undefined>; cancel(): void } {
    const id = `${topic} ${key}`;
    const told: Result[] = [];
    let wake: (() => void) | null = null;
    const waiter: Waiter = {
      told: (result) => {
        told.push(result as Result);
        wake?.();
      },
    };
    const waiters = this.#waiters.get(id) ?? new Set();
    waiters.add(waiter);
    this.#waiters.set(id, waiters);
    const cancel = (): void => {
      waiters.delete(waiter);
      if (waiters.size === 0 && this.#waiters.get(id) === waiters) this.#waiters.delete(id);
    };
    const until = (timeoutMs: number): Promise<void> =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    return {
      cancel,
      wait: async (timeoutMs, look) => {
        const end = Date.now() + timeoutMs;
        try {
          for (;;) {
            if (told.length > 0) return told[0];
            const left = end - Date.now();
            if (left <= 0) return undefined;
            await until(Math.min(left, this.#hasPeers() ? lookEveryMs : lookAloneEveryMs));
            if (told.length > 0) return told[0];
            const seen = await look();
            if (seen !== undefined) return seen;
          }
        } finally {
          cancel();
        }
      },
    };
  }
}
