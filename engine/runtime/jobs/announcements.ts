/** Tells those who wait for jobs, here and on other nodes, that some may be there. A hint: polls look by themselves. */
import type { Database } from "../../../store/index.ts";
import type { Node } from "../node.ts";
import type { Polls } from "./polls.ts";
import type { Workers } from "./workers.ts";

const channel = "interlock_jobs";
/** Types of many commits travel together: a NOTIFY takes a lock of the whole database at commit. */
const sendEveryMs = 10;
const payloadMax = 7_500;

export class JobAnnouncements {
  readonly #database: Database;
  readonly #polls: Polls;
  readonly #workers: Workers;
  readonly #node: Node;
  readonly #types = new Set<string>();
  #timer: NodeJS.Timeout | null = null;
  #unlisten: (() => Promise<void>) | null = null;

  constructor(database: Database, polls: Polls, workers: Workers, node: Node) {
    this.#database = database;
    this.#polls = polls;
    this.#workers = workers;
    this.#node = node;
  }

  async start(): Promise<void> {
    if (this.#database.kind === "pglite") return;
    this.#unlisten = await this.#database.listen(channel, (payload) => {
      const { node, types } = JSON.parse(payload) as { node: number; types: string[] };
      if (node !== this.#node.id) for (const type of types) this.#here(type);
    });
  }

  async stop(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    await this.#unlisten?.();
  }

  announce(type: string): void {
    this.#here(type);
    if (!this.#node.hasPeers) return;
    this.#types.add(type);
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      void this.#send();
    }, sendEveryMs);
  }

  #here(type: string): void {
    this.#polls.announce(type);
    if (this.#workers.nodeFor(type) !== null) void this.#workers.claim();
  }

  async #send(): Promise<void> {
    const types: string[] = [];
    let size = 0;
    for (const type of this.#types) {
      size += Buffer.byteLength(type) + 8;
      if (size > payloadMax) break;
      types.push(type);
    }
    // What does not fit is found by the polls of the other nodes.
    this.#types.clear();
    await this.#database.notify(channel, JSON.stringify({ node: this.#node.id, types })).catch(() => {});
  }
}
