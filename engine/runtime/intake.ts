/**
 * Command intake. One slot per instance in memory: its state, the version it stands at, and the commands that wait.
 * While one unit of an instance is being written, the next commands collect and become the next unit together. A lost
 * race throws the copy away and steps again from what the database has; nothing is answered before its commit.
 */
import { type GroupCommit, LostRaceError } from "../../store/index.ts";
import type { Command } from "../core/command.ts";
import type { Effect } from "../core/effect.ts";
import type { Event } from "../core/event.ts";
import type { Rejection } from "../core/failure.ts";
import { createInstance, type Instance, step, toSnapshot } from "../core/index.ts";
import type { Key } from "../core/json.ts";
import { approvalWrites } from "./approval-writes.ts";
import { describeCommand } from "./command-record.ts";
import { EngineError } from "./contract/errors.ts";
import { effectWrites } from "./effect-writes.ts";
import type { InstanceLoader } from "./instance-loader.ts";
import { answerOf, RejectedError } from "./intake-errors.ts";
import { placesOf, type RowContext, UnitRows } from "./rows/unit-rows.ts";
import { type CommandOptions, isFinal, type Outcome, type Slot, takeUnit, type Waiting } from "./slot.ts";
import { fetchMissing, type NodeEnvironment, stepEnvironment } from "./step-environment.ts";
import { commandSpan } from "./tracing.ts";

const racesMax = 50;
const snapshotEvery = 200;
/** Rounds of fetching what a step asked for: a chain of call activities asks for one definition after another. */
const fetchesMax = 70;

export interface IntakeOptions {
  readonly node: NodeEnvironment;
  readonly groupCommit: GroupCommit;
  readonly loader: InstanceLoader;
  readonly rows: RowContext;
  readonly instancesCachedMax: number;
  readonly commandsInFlightMax: number;
  /** Other nodes are there and may write as well. */
  readonly hasPeers: () => boolean;
  /** After each commit, in the order of the instance's commands, before the caller is answered. */
  readonly committed: (outcome: Outcome) => void;
}

export class Intake {
  /** In order of use: the first is the one that has not been used for the longest time. */
  readonly #slots = new Map<Key, Slot>();
  readonly #options: IntakeOptions;
  #inFlight = 0;
  #closed = false;
  #gaveUp = false;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** True once after commits whose outcome was not known when their callers were told so. */
  gaveUp(): boolean {
    const gaveUp = this.#gaveUp;
    this.#gaveUp = false;
    return gaveUp;
  }

  get inFlight(): number {
    return this.#inFlight;
  }
  get cached(): number {
    return this.#slots.size;
  }

  /** No new commands of callers; what is on its way ends. `drained` resolves when nothing is left. */
  close(): void {
    this.#closed = true;
  }

  async drained(deadlineMs: number): Promise<boolean> {
    const until = Date.now() + deadlineMs;
    while (this.#inFlight > 0 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 5));
    return this.#inFlight === 0;
  }

  /** Creates a root instance; its key is the command's. */
  create(
    command: Extract<Command, { type: "createInstance" }>,
    tenantId: string,
    options: CommandOptions,
  ): Promise<Outcome> {
    const slot: Slot = {
      rootKey: command.key,
      tenantId,
      definitionKey: command.definitionKey,
      instance: null,
      places: new Map(),
      root: null,
      version: 0,
      snapshotVersion: 0,
      leavesTraces: command.message !== undefined,
      queue: [],
      running: false,
    };
    this.#slots.set(command.key, slot);
    return this.#enqueue(slot, command, options);
  }

  /** One command on the aggregate with this root. */
  run(rootKey: Key, tenantId: string, command: Command, options: CommandOptions): Promise<Outcome> {
    let slot = this.#slots.get(rootKey);
    if (slot) {
      this.#slots.delete(rootKey);
    } else {
      slot = {
        rootKey,
        tenantId,
        definitionKey: "",
        instance: null,
        places: new Map(),
        root: null,
        version: -1,
        snapshotVersion: 0,
        leavesTraces: true,
        queue: [],
        running: false,
      };
    }
    this.#slots.set(rootKey, slot);
    return this.#enqueue(slot, command, options);
  }

  /** The instance as it was last committed, when it is in memory and no command is on its way. For reading only. */
  peek(rootKey: Key): Instance | undefined {
    const slot = this.#slots.get(rootKey);
    return slot && !slot.running ? (slot.instance ?? undefined) : undefined;
  }

  /**
   * The instance as it was last committed, by any node; from memory when it is there and nobody else can have written
   * it since, else from the record. Null: there is no such instance.
   */
  async read(rootKey: Key): Promise<Instance | null> {
    const cached = this.peek(rootKey);
    if (cached && !(await this.#isOvertaken(rootKey))) return cached;
    const loaded = await this.#options.loader.load(rootKey);
    if (!loaded) return null;
    const slot = this.#slots.get(rootKey);
    if (!slot && loaded.instance.state === "active") {
      this.#slots.set(rootKey, {
        rootKey,
        tenantId: loaded.tenantId,
        definitionKey: loaded.definitionKey,
        instance: loaded.instance,
        places: placesOf(loaded.instance),
        root: null,
        version: loaded.version,
        snapshotVersion: loaded.snapshotVersion,
        leavesTraces: true,
        queue: [],
        running: false,
      });
      this.#evict();
    }
    return loaded.instance;
  }

  /** True when another node has written to the instance since it came into memory; then it is forgotten. */
  async #isOvertaken(rootKey: Key): Promise<boolean> {
    if (!this.#options.hasPeers()) return false;
    const version = await this.#options.loader.versionOf(rootKey);
    const slot = this.#slots.get(rootKey);
    if (!slot || slot.version === version) return false;
    if (!slot.running) this.#slots.delete(rootKey);
    return true;
  }

  #enqueue(slot: Slot, command: Command, options: CommandOptions): Promise<Outcome> {
    if (this.#closed && !options.internal)
      return this.#refuse(
        slot,
        new EngineError(
          "unavailable",
          "Expected a running engine, but it is stopping: send the command to another node or again later",
        ),
      );
    if (this.#inFlight >= this.#options.commandsInFlightMax && !options.internal) {
      return this.#refuse(
        slot,
        new EngineError(
          "exhausted",
          `Expected fewer than ${this.#options.commandsInFlightMax} commands in flight, but there are more: send it again later`,
        ),
      );
    }
    this.#inFlight++;
    const span = commandSpan(command, slot.rootKey);
    return new Promise((resolve, reject) => {
      slot.queue.push({
        command,
        options,
        span,
        races: 0,
        alone: false,
        resolve: (outcome) => {
          this.#inFlight--;
          span.end();
          resolve(outcome);
        },
        reject: (error) => {
          this.#inFlight--;
          span.end(error);
          reject(error);
        },
      });
      if (!slot.running) {
        slot.running = true;
        this.#work(slot).finally(() => this.#evict());
      }
    });
  }

  #refuse(slot: Slot, error: Error): Promise<never> {
    if (!slot.running && slot.queue.length === 0 && slot.instance === null) this.#slots.delete(slot.rootKey);
    return Promise.reject(error);
  }

  /** Runs the slot's queue dry. Never throws. */
  async #work(slot: Slot): Promise<void> {
    while (slot.queue.length > 0) {
      const unit = takeUnit(slot.queue);
      try {
        const wait = this.#options.node.keys.ensure();
        if (wait) await wait;
        if (slot.version !== 0 && !slot.instance) await this.#load(slot);
        await this.#commitUnit(slot, unit);
      } catch (error) {
        this.#failed(slot, unit, error instanceof Error ? error : new Error(String(error)));
      }
    }
    // In the same turn in which the queue was seen empty: a command that comes now starts the work again.
    slot.running = false;
    const { instance } = slot;
    if (instance?.state !== "active" && this.#slots.get(slot.rootKey) === slot) this.#slots.delete(slot.rootKey);
  }

  async #load(slot: Slot): Promise<void> {
    const loaded = await this.#options.loader.load(slot.rootKey);
    if (!loaded)
      throw new EngineError("notFound", `Expected a process instance with the key ${slot.rootKey}, but there is none`);
    slot.instance = loaded.instance;
    slot.places = placesOf(loaded.instance);
    slot.version = loaded.version;
    slot.snapshotVersion = loaded.snapshotVersion;
    slot.tenantId = loaded.tenantId;
    slot.definitionKey = loaded.definitionKey;
  }

  async #commitUnit(slot: Slot, unit: readonly Waiting[], fetches = 0): Promise<void> {
    const rows = new UnitRows(slot.rootKey, slot.tenantId, slot.places, this.#options.rows);
    try {
      if (await this.#stepAndWrite(slot, unit, rows, fetches)) return;
    } catch (error) {
      rows.abandon();
      throw error;
    }
    rows.abandon();
    await this.#commitUnit(slot, unit, fetches + 1);
  }

  /** Steps the unit's commands one after another on the working copy, writes, answers. False: it has to be done again. */
  async #stepAndWrite(slot: Slot, unit: readonly Waiting[], rows: UnitRows, fetches: number): Promise<boolean> {
    const now = this.#options.node.clock.now();
    const done: { readonly waiting: Waiting; readonly outcome: Omit<Outcome, "instance" | "rootVariables"> }[] = [];
    const refused: { readonly waiting: Waiting; readonly error: Error }[] = [];
    let version = slot.version;
    for (const waiting of unit) {
      slot.root ??= slot.instance?.processes.get(slot.rootKey)?.root ?? null;
      const environment = stepEnvironment(this.#options.node, waiting.options.actor, now);
      const result = waiting.span.run(() => this.#step(slot, waiting.command, environment));
      if (environment.missing.length > 0 && fetches < fetchesMax) {
        // The copy has been changed on the way: throw it away, fetch, and do the whole unit again.
        this.#forget(slot);
        await fetchMissing(this.#options.node.catalog, environment.missing);
        if (slot.version !== 0) await this.#load(slot);
        return false;
      }
      if ("rejected" in result) {
        refused.push({ waiting, error: new RejectedError(result.rejected) });
        continue;
      }
      version++;
      const instance = slot.instance as Instance;
      const at = Math.max(now, instance.clock);
      const { command, options } = waiting;
      rows.add(
        version,
        at,
        describeCommand(command, options.actor, result.events, environment.inputs()),
        result.events,
        instance,
      );
      rows.addWrites(effectWrites(result.effects, { rootKey: slot.rootKey, at, plane: this.#options.node.plane }));
      rows.addWrites(approvalWrites(result.events, at, this.#options.node.plane));
      if (waiting.options.writes) rows.addWrites(waiting.options.writes);
      done.push({
        waiting,
        outcome: {
          rootKey: slot.rootKey,
          tenantId: slot.tenantId,
          definitionKey: slot.definitionKey,
          at,
          events: result.events,
          effects: result.effects,
        },
      });
    }
    if (refused.length > 0 && fetches === 0 && (await this.#reloadIfOvertaken(slot))) return false;
    if (done.length > 0) await this.#write(slot, version, rows);
    slot.version = version;
    const instance = slot.instance;
    for (const { waiting, outcome } of done) {
      const whole: Outcome = {
        ...outcome,
        rootVariables: slot.root?.variables ?? null,
        instance: instance as Instance,
      };
      waiting.span.run(() => this.#options.committed(whole));
      waiting.resolve(whole);
    }
    for (const { waiting, error } of refused) waiting.reject(error);
    return true;
  }

  /** What the copy here refuses, another node's later state of the instance may take. */
  async #reloadIfOvertaken(slot: Slot): Promise<boolean> {
    if (slot.version <= 0 || !this.#options.hasPeers()) return false;
    if ((await this.#options.loader.versionOf(slot.rootKey)) === slot.version) return false;
    this.#forget(slot);
    await this.#load(slot);
    return true;
  }

  #step(
    slot: Slot,
    command: Command,
    environment: ReturnType<typeof stepEnvironment>,
  ): { readonly events: readonly Event[]; readonly effects: readonly Effect[] } | { readonly rejected: Rejection } {
    if (slot.instance) return step(slot.instance, command, environment);
    if (command.type !== "createInstance")
      return {
        rejected: {
          kind: "notFound",
          message: `Expected a process instance with the key ${slot.rootKey}, but there is none`,
        },
      };
    const created = createInstance(command, environment);
    if ("rejected" in created) return created;
    slot.instance = created.instance;
    return created;
  }

  async #write(slot: Slot, version: number, rows: UnitRows): Promise<void> {
    const instance = slot.instance as Instance;
    if (instance.state !== "active") {
      if (slot.leavesTraces) rows.addRow("rootFinished", { root_key: slot.rootKey });
      if (slot.leavesTraces || slot.snapshotVersion > 0) rows.addRow("snapshotDelete", { root_key: slot.rootKey });
    } else if (version - slot.snapshotVersion >= snapshotEvery) {
      rows.addRow("snapshot", { root_key: slot.rootKey, sequence: version, state: toSnapshot(instance) });
      slot.snapshotVersion = version;
    }
    await this.#options.groupCommit.submit({
      instance: { key: slot.rootKey, baseVersion: slot.version },
      writes: rows.writes(),
    });
  }

  #forget(slot: Slot): void {
    slot.instance = null;
    slot.places = new Map();
    slot.root = null;
    if (slot.version !== 0) slot.version = -1;
  }

  /** The unit was not written. What can be tried again goes back to the front of the queue. */
  #failed(slot: Slot, unit: readonly Waiting[], error: Error): void {
    this.#forget(slot);
    if (error.name === "StoreUnavailableError") this.#gaveUp = true;
    const again: Waiting[] = [];
    for (const waiting of unit) {
      if (error instanceof LostRaceError && waiting.races < racesMax && waiting.command.type !== "createInstance") {
        waiting.races++;
        again.push(waiting);
      } else if (unit.length > 1 && !isFinal(error)) {
        waiting.alone = true;
        again.push(waiting);
      } else {
        waiting.reject(answerOf(error));
      }
    }
    slot.queue = again.concat(slot.queue);
  }

  /** Forgets instances that nobody works on, the least recently used first. */
  #evict(): void {
    let surplus = this.#slots.size - this.#options.instancesCachedMax;
    if (surplus <= 0) return;
    for (const [key, slot] of this.#slots) {
      if (surplus <= 0) return;
      if (slot.running || slot.queue.length > 0) continue;
      this.#slots.delete(key);
      surplus--;
    }
  }
}
