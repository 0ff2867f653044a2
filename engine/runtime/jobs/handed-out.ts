/**
 * Where the jobs belong that polls of this node have handed out: a worker's answer comes back to the node that it polled
 * (keep-alive), and looking its job up in the table cost more processor time than carrying the answer out. Root and
 * tenant of a job never change, so an entry can be missing but not wrong; whether the job is still open the step says.
 */
import type { Key } from "../../core/json.ts";

export interface JobPlace {
  readonly rootKey: Key;
  readonly tenantId: string;
}

/** About 200 bytes each. Workers that hold more at once find the rest in the table. */
const placesMax = 50_000;

export class HandedOut {
  /** In order of handing out: the first is the oldest. */
  readonly #places = new Map<Key, JobPlace>();

  remember(jobKey: Key, { rootKey, tenantId }: JobPlace): void {
    this.#places.delete(jobKey);
    this.#places.set(jobKey, { rootKey, tenantId });
    if (this.#places.size <= placesMax) return;
    for (const oldest of this.#places.keys()) {
      this.#places.delete(oldest);
      return;
    }
  }

  /** Undefined as well when the caller may not see the job: the table then says so. */
  find(jobKey: Key, tenantIds: readonly string[] | undefined): JobPlace | undefined {
    const place = this.#places.get(jobKey);
    return place && (!tenantIds || tenantIds.includes(place.tenantId)) ? place : undefined;
  }

  forget(jobKey: Key): void {
    this.#places.delete(jobKey);
  }
}
