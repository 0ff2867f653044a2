/**
 * The one writer path: what commands of many instances have to say is written in one transaction. Latency at low load
 * stays one commit; throughput grows with the batch. Two batches in flight, at most 500 units each, never one
 * instance in both; units of one instance keep their order.
 */
import type { NamedWrite } from "./batch-statement.ts";
import type { Database } from "./database.ts";
import { Lane, type PreparedUnit, type PreparedWrite } from "./lane.ts";
import { type CommitUnit, type GroupCommit, type RegisteredWrite, StoreUnavailableError } from "./writes.ts";

export interface GroupCommitOptions {
  readonly unitsPerBatchMax?: number;
  /** Soft: a batch takes no further unit beyond it. */
  readonly bytesPerBatchMax?: number;
}

/** Fewer units than this go out in one batch even when several lanes are idle. */
const sharedUnitsMin = 4;

class Writer implements GroupCommit {
  readonly #writes = new Map<string, NamedWrite>();
  readonly #idle: Lane[];
  readonly #lanes: readonly Lane[];
  readonly #busyInstances = new Set<string>();
  #queue: PreparedUnit[] = [];
  #scheduled = false;
  #closing = false;
  #inFlight = 0;
  #drained: (() => void) | null = null;
  readonly #unitsMax: number;
  readonly #bytesMax: number;

  constructor(lanes: readonly Lane[], options: GroupCommitOptions) {
    this.#lanes = lanes;
    this.#idle = [...lanes];
    this.#unitsMax = options.unitsPerBatchMax ?? 500;
    this.#bytesMax = options.bytesPerBatchMax ?? 16 * 1024 * 1024;
  }

  registerWrite(name: string, write: RegisteredWrite): void {
    const known = this.#writes.get(name);
    if (known && known.sql !== write.sql)
      throw new Error(`Expected one write named ${name}, but another one is registered`);
    this.#writes.set(name, { ...write, name, index: known?.index ?? this.#writes.size });
  }

  submit(unit: CommitUnit): Promise<void> {
    if (this.#closing) return Promise.reject(new StoreUnavailableError("Expected an open writer, but it is closing"));
    return new Promise((resolve, reject) => {
      try {
        this.#queue.push(this.#prepare(unit, resolve, reject));
      } catch (error) {
        reject(error);
        return;
      }
      this.#schedule();
    });
  }

  #prepare(unit: CommitUnit, resolve: () => void, reject: (error: Error) => void): PreparedUnit {
    let bytes = 0;
    const writes: PreparedWrite[] = [];
    for (const { statement, rows } of unit.writes) {
      if (rows.length === 0) continue;
      const write = this.#writes.get(statement);
      if (!write) throw new Error(`Expected a registered write, but nobody registered ${statement}`);
      if (write.seal) {
        writes.push({ write, json: "", rows });
        continue;
      }
      const json = JSON.stringify(rows).slice(1, -1);
      bytes += json.length;
      writes.push({ write, json, rows: null });
    }
    return { instanceKey: unit.instance?.key ?? null, writes, bytes, resolve, reject };
  }

  /** A turn of the event loop later, so that commands that arrive together are written together. */
  #schedule(): void {
    if (this.#scheduled || this.#idle.length === 0 || this.#queue.length === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#pump();
    });
  }

  #pump(): void {
    while (this.#idle.length > 0 && this.#queue.length > 0) {
      const units = this.#take();
      if (units.length === 0) return;
      const lane = this.#idle.pop();
      if (!lane) return;
      this.#inFlight++;
      lane.write(units).finally(() => {
        this.#inFlight--;
        for (const unit of units) if (unit.instanceKey !== null) this.#busyInstances.delete(unit.instanceKey);
        this.#idle.push(lane);
        this.#schedule();
        if (this.#inFlight === 0 && this.#queue.length === 0) this.#drained?.();
      });
    }
  }

  #take(): PreparedUnit[] {
    const taken: PreparedUnit[] = [];
    const left: PreparedUnit[] = [];
    let bytes = 0;
    const queue = this.#queue;
    // Shared between the idle lanes: one batch of everything would leave the other lane idle and make this process and
    // the database take turns (32 in flight: 1.3 times the instances per second). A handful is not worth two commits.
    const share = queue.length < sharedUnitsMin ? queue.length : Math.ceil(queue.length / this.#idle.length);
    const unitsMax = Math.min(this.#unitsMax, share);
    let position = 0;
    for (; position < queue.length && taken.length < unitsMax && bytes < this.#bytesMax; position++) {
      const unit = queue[position] as PreparedUnit;
      if (unit.instanceKey !== null && this.#busyInstances.has(unit.instanceKey)) {
        left.push(unit);
        continue;
      }
      if (unit.instanceKey !== null) this.#busyInstances.add(unit.instanceKey);
      bytes += unit.bytes;
      taken.push(unit);
    }
    this.#queue = position === queue.length ? left : left.concat(queue.slice(position));
    // Rows are locked in key order, so that the batches of two nodes wait for each other instead of deadlocking.
    return taken.sort((left, right) => compareKeys(left.instanceKey, right.instanceKey));
  }

  async close(): Promise<void> {
    this.#closing = true;
    if (this.#inFlight > 0 || this.#queue.length > 0) {
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
        this.#schedule();
      });
    }
    await Promise.all(this.#lanes.map((lane) => lane.close()));
  }
}

/** Decimal texts in numeric order; units without an instance last. */
function compareKeys(left: string | null, right: string | null): number {
  if (left === right) return 0;
  if (left === null) return 1;
  if (right === null) return -1;
  return left.length - right.length || (left < right ? -1 : 1);
}

/** Opens the writer's connections. The schema must be migrated. */
export async function createGroupCommit(database: Database, options: GroupCommitOptions = {}): Promise<GroupCommit> {
  const rows = await database.query<{ id: string }>("select nextval('commit_writer_id') as id");
  const writer = rows[0]?.id ?? "0";
  const lanes = Array.from({ length: database.writerLanes }, (_, index) => new Lane(database, `${writer}.${index}`));
  for (const lane of lanes) await lane.open();
  return new Writer(lanes, options);
}
