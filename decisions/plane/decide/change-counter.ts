/** Counts answers by what they were and would be: the report that whoever puts a version live has to accept (D18). */
import type { ChangeReport } from "../answers.ts";
import type { Determination } from "../types.ts";

export const samplesMax = 10;

/** One kind of change: both determinations, and how the terms moved. */
export interface Change {
  readonly from: Determination;
  readonly to: Determination;
  readonly widens: boolean;
  readonly termsChanged: boolean;
}

export class ChangeCounter {
  skipped = 0;
  readonly #kinds = new Map<string, Change & { count: number; readonly samples: string[] }>();

  add(change: Change, samples: readonly string[], count: number): void {
    const { from, to, widens, termsChanged } = change;
    const id = `${from}>${to}|${widens}|${termsChanged}`;
    const kind = this.#kinds.get(id) ?? { from, to, widens, termsChanged, count: 0, samples: [] };
    kind.count += count;
    for (const sample of samples) if (kind.samples.length < samplesMax) kind.samples.push(sample);
    this.#kinds.set(id, kind);
  }

  report(policyId: string, version: number, fromMs: number, toMs: number): ChangeReport {
    const kinds = [...this.#kinds.values()];
    const total = (some: typeof kinds): number => some.reduce((sum, { count }) => sum + count, 0);
    const changes = kinds.filter(({ from, to, termsChanged }) => from !== to || termsChanged);
    return {
      policyId,
      version,
      from: new Date(fromMs).toISOString(),
      to: new Date(Math.min(toMs, 8.64e15)).toISOString(),
      evaluated: total(kinds),
      same: total(kinds) - total(changes),
      changed: total(changes),
      widened: total(changes.filter(({ widens }) => widens)),
      changes: changes.sort((one, other) => Number(other.widens) - Number(one.widens) || other.count - one.count),
      skipped: this.skipped,
    };
  }
}
