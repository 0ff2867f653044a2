/** Counts failures per address in a window, bounded in memory: the brake on guessing. */
export class FailureCount {
  readonly #max: number;
  readonly #windowMs: number;
  readonly #counts = new Map<string, number>();
  #windowEnds = 0;

  constructor(max: number, windowMs: number) {
    this.#max = max;
    this.#windowMs = windowMs;
  }

  isOver(address: string): boolean {
    this.#turn();
    return (this.#counts.get(address) ?? 0) >= this.#max;
  }

  add(address: string): void {
    this.#turn();
    this.#counts.set(address, (this.#counts.get(address) ?? 0) + 1);
  }

  #turn(): void {
    if (Date.now() < this.#windowEnds && this.#counts.size < 100_000) return;
    this.#counts.clear();
    this.#windowEnds = Date.now() + this.#windowMs;
  }
}
