/** Tells readers of this process, and through NOTIFY those of other nodes, that something has changed: ids only. */
import type { Database } from "../../store/index.ts";
import type { Event } from "../core/event.ts";
import type { Key } from "../core/json.ts";
import type { EngineNotice, EngineTopic } from "./contract/record.ts";
import type { Definitions } from "./definitions.ts";
import type { Node } from "./node.ts";
import type { Outcome } from "./slot.ts";

const channel = "interlock_notice";
const sendEveryMs = 50;
/** A NOTIFY carries at most 8,000 bytes. */
const payloadMax = 7_500;
const pendingMax = 1_000;

type Draft = Omit<EngineNotice, "sequence">;

const topics = new Map<Event["type"], EngineTopic>([
  ["processInstanceCreated", "instances"],
  ["processInstanceCompleted", "instances"],
  ["processInstanceTerminated", "instances"],
  ["processInstanceMigrated", "instances"],
  ["processInstanceSuspended", "instances"],
  ["processInstanceResumed", "instances"],
  ["userTaskCreated", "tasks"],
  ["userTaskAssigned", "tasks"],
  ["userTaskUpdated", "tasks"],
  ["userTaskCompleted", "tasks"],
  ["userTaskCanceled", "tasks"],
  ["userTaskDenied", "tasks"],
  ["incidentCreated", "incidents"],
  ["incidentResolved", "incidents"],
]);

export class Notices {
  readonly #database: Database;
  readonly #definitions: Definitions;
  readonly #node: Node;
  readonly #readers = new Set<(notice: EngineNotice) => void>();
  #sequence = 0;
  #pending: Draft[] = [];
  #timer: NodeJS.Timeout | null = null;
  #unlisten: (() => Promise<void>) | null = null;

  constructor(database: Database, definitions: Definitions, node: Node) {
    this.#database = database;
    this.#definitions = definitions;
    this.#node = node;
  }

  async start(): Promise<void> {
    if (this.#database.kind === "pglite") return;
    this.#unlisten = await this.#database.listen(channel, (payload) => {
      const { node, notices } = JSON.parse(payload) as { node: number; notices: Draft[] };
      if (node !== this.#node.id) for (const notice of notices) this.#tell(notice);
    });
  }

  async stop(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    await this.#unlisten?.();
  }

  subscribe(reader: (notice: EngineNotice) => void): () => void {
    this.#readers.add(reader);
    return () => this.#readers.delete(reader);
  }

  /** What a commit has changed. */
  committed(outcome: Outcome): void {
    if (this.#readers.size === 0 && !this.#node.hasPeers) return;
    const definition = this.#definitions.entry(outcome.definitionKey);
    const common = {
      rootProcessInstanceKey: outcome.rootKey,
      processDefinitionId: definition?.processId ?? null,
      tenantId: outcome.tenantId,
    };
    let announced = false;
    for (const event of outcome.events) {
      const topic = topics.get(event.type);
      if (!topic || !("key" in event)) continue;
      const processInstanceKey = topic === "instances" ? event.key : "instance" in event ? event.instance : null;
      this.publish({ ...common, topic, key: event.key, processInstanceKey, what: event.type });
      announced ||= topic === "instances";
    }
    // The live view follows every step of an instance, not only its beginning and end.
    if (!announced)
      this.publish({
        ...common,
        topic: "instances",
        key: outcome.rootKey,
        processInstanceKey: outcome.rootKey,
        what: "processInstanceChanged",
      });
  }

  publish(notice: Draft): void {
    this.#tell(notice);
    if (!this.#node.hasPeers || this.#pending.length >= pendingMax) return;
    this.#pending.push(notice);
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      void this.#send();
    }, sendEveryMs);
  }

  #tell(draft: Draft): void {
    const notice: EngineNotice = { sequence: ++this.#sequence, ...draft };
    for (const reader of this.#readers) reader(notice);
  }

  async #send(): Promise<void> {
    const notices = this.#pending;
    this.#pending = [];
    // Changes of one instance within the pause are one notice to other nodes.
    const unique = [
      ...new Map(notices.map((notice) => [`${notice.topic} ${notice.key} ${notice.what}`, notice])).values(),
    ];
    let batch: Draft[] = [];
    let size = 0;
    const flush = async (): Promise<void> => {
      if (batch.length > 0)
        await this.#database.notify(channel, JSON.stringify({ node: this.#node.id, notices: batch })).catch(() => {});
      batch = [];
      size = 0;
    };
    for (const notice of unique) {
      const length = Buffer.byteLength(JSON.stringify(notice)) + 2;
      if (length > payloadMax) continue;
      if (size + length > payloadMax) await flush();
      batch.push(notice);
      size += length;
    }
    await flush();
  }
}

export function noticeOf(topic: EngineTopic, key: Key, what: string, tenantId: string): Omit<EngineNotice, "sequence"> {
  return {
    topic,
    key,
    what,
    tenantId,
    processInstanceKey: null,
    rootProcessInstanceKey: null,
    processDefinitionId: null,
  };
}
