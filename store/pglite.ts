/**
 * The embedded driver: PGlite in a worker thread behind the same port as PostgreSQL. Survives a crash of the process;
 * it never fsyncs, so it does not survive loss of power. One connection: while an interactive transaction is open,
 * everything else waits for it.
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { type DataLock, lockDataFolder } from "./data-lock.ts";
import {
  ConnectionLostError,
  type Database,
  type Queryable,
  SqlError,
  type SqlValue,
  type Statement,
  type WriterConnection,
} from "./database.ts";
import { joinTenants, readerRole, tenantsSetting } from "./tenant-wall.ts";

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}
type Message =
  | { readonly type: "ready" }
  | { readonly type: "answer"; readonly id: number; readonly value: unknown }
  | {
      readonly type: "failure";
      readonly id: number;
      readonly message: string;
      readonly code: string | null;
      readonly constraint: string | null;
    }
  | { readonly type: "notification"; readonly channel: string; readonly payload: string };

class Channel {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  readonly #handlers = new Map<string, Set<(payload: string) => void>>();
  #nextId = 1;
  #gone: Error | null = null;

  private constructor(worker: Worker) {
    this.#worker = worker;
  }

  static async open(options: { readonly dataDir?: string; readonly dump?: string }): Promise<Channel> {
    const worker = new Worker(new URL("./pglite-worker.mjs", import.meta.url), {
      workerData: { options },
      // Flags of the main thread are not meant for it (`--input-type`, inspectors, loaders of tests).
      execArgv: [],
    });
    const channel = new Channel(worker);
    await new Promise<void>((resolve, reject) => {
      worker.on("message", (message: Message) => (message.type === "ready" ? resolve() : channel.#receive(message)));
      worker.on("error", (error: Error) => {
        channel.#fail(new ConnectionLostError(`Expected PGlite to run, but it failed: ${error.message}`));
        reject(error);
      });
      worker.on("exit", () => channel.#fail(new ConnectionLostError("Expected PGlite to run, but it has ended")));
    });
    return channel;
  }

  #receive(message: Message): void {
    if (message.type === "notification") {
      for (const handler of this.#handlers.get(message.channel) ?? []) handler(message.payload);
      return;
    }
    if (message.type === "ready") return;
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (message.type === "answer") pending?.resolve(message.value);
    else pending?.reject(new SqlError(message.message, message.code ?? "XX000", message.constraint));
  }

  #fail(error: Error): void {
    this.#gone ??= error;
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
  }

  send(request: Readonly<Record<string, unknown>>): Promise<unknown> {
    if (this.#gone) return Promise.reject(this.#gone);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#worker.postMessage({ ...request, id });
    });
  }

  async listen(channel: string, handler: (payload: string) => void): Promise<() => Promise<void>> {
    let handlers = this.#handlers.get(channel);
    if (!handlers) {
      handlers = new Set();
      this.#handlers.set(channel, handlers);
      await this.send({ type: "listen", channel });
    }
    handlers.add(handler);
    return async () => {
      this.#handlers.get(channel)?.delete(handler);
    };
  }

  async end(): Promise<void> {
    await this.send({ type: "close" }).catch(() => {});
    await this.#worker.terminate();
  }
}

/** The gate in front of the one connection: an interactive transaction holds it, single requests only pass through. */
class Gate {
  #last: Promise<void> = Promise.resolve();
  #open = true;

  get isOpen(): boolean {
    return this.#open;
  }

  async pass(): Promise<void> {
    while (!this.#open) await this.#last;
  }

  async hold<Result>(work: () => Promise<Result>): Promise<Result> {
    const before = this.#last;
    let release = (): void => {};
    const mine = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.#last = before.then(() => mine);
    await before;
    this.#open = false;
    try {
      return await work();
    } finally {
      this.#open = true;
      release();
    }
  }
}

/**
 * A new data folder is made in a thread of its own: initdb takes 500 MB that this build never gives back, and they go
 * with the thread.
 */
async function initialize(folder: string): Promise<void> {
  if (existsSync(join(folder, "PG_VERSION"))) return;
  const channel = await Channel.open({ dataDir: folder });
  await channel.end();
}

const memory = "memory://";

/**
 * Opens PGlite in `dataDir`; `memory://` keeps nothing, `memory://FILE` begins as the dump of a data folder in that file
 * (PGlite's dumpDataDir) and keeps nothing either. Throws DataFolderInUseError when another process has the folder.
 */
export async function openPglite(dataDir: string, options: { readonly tenantWall?: boolean } = {}): Promise<Database> {
  const inMemory = dataDir.startsWith(memory);
  const lock: DataLock | null = inMemory ? null : await lockDataFolder(dataDir);
  let channel: Channel;
  try {
    if (!inMemory) await initialize(join(dataDir, "pglite"));
    const dump = dataDir.slice(memory.length);
    channel = await Channel.open(inMemory ? (dump === "" ? {} : { dump }) : { dataDir: join(dataDir, "pglite") });
  } catch (error) {
    await lock?.release();
    throw error;
  }
  const gate = new Gate();
  const direct: Queryable = {
    async query<Row>(sql: string, parameters: readonly SqlValue[] = []): Promise<Row[]> {
      return (await channel.send({ type: "query", sql, parameters })) as Row[];
    },
    async execute(script: string): Promise<void> {
      await channel.send({ type: "execute", sql: script });
    },
  };
  const gated: Queryable = {
    async query<Row>(sql: string, parameters?: readonly SqlValue[]): Promise<Row[]> {
      if (!gate.isOpen) await gate.pass();
      return direct.query<Row>(sql, parameters);
    },
    async execute(script: string): Promise<void> {
      if (!gate.isOpen) await gate.pass();
      await direct.execute(script);
    },
  };
  const writer: WriterConnection = {
    ...gated,
    async run(statements: readonly Statement[]): Promise<void> {
      if (!gate.isOpen) await gate.pass();
      await channel.send({ type: "batch", statements });
    },
    async close(): Promise<void> {},
  };
  /** The one connection is the reader for the length of one query. */
  const walled = (tenantIds: readonly string[]): Queryable => {
    const wall = { role: readerRole, setting: tenantsSetting, tenants: joinTenants(tenantIds) };
    return {
      async query<Row>(sql: string, parameters: readonly SqlValue[] = []): Promise<Row[]> {
        if (!gate.isOpen) await gate.pass();
        return (await channel.send({ type: "walled", wall, sql, parameters })) as Row[];
      },
      async execute(): Promise<void> {
        throw new Error("Expected one query behind the wall of tenants, but got a script");
      },
    };
  };
  const database: Database = {
    kind: "pglite",
    writerLanes: 1,
    ...gated,
    forTenants: (tenantIds) => (options.tenantWall !== true || !tenantIds ? database : walled(tenantIds)),
    transaction: <Result>(work: (tx: Queryable) => Promise<Result>) =>
      gate.hold(async () => {
        await direct.execute("begin");
        try {
          const result = await work(direct);
          await direct.execute("commit");
          return result;
        } catch (error) {
          await direct.execute("rollback").catch(() => {});
          throw error;
        }
      }),
    listen: (name, handler) => channel.listen(name, handler),
    async notify(name, payload) {
      await gated.query("select pg_notify($1, $2)", [name, payload]);
    },
    openWriter: async () => writer,
    // The folder's lock already says that no other process is here.
    holdLock: async () => true,
    isLockFree: async () => true,
    async maintain() {
      const tables = await gated.query<{ name: string }>(
        "select quote_ident(relname) as name from pg_stat_user_tables where n_dead_tup > 1000 or n_mod_since_analyze > 1000",
      );
      // One table at a time: everything else waits for the one connection meanwhile.
      for (const { name } of tables) {
        if (!gate.isOpen) await gate.pass();
        await channel.send({ type: "vacuum", table: name });
      }
    },
    async close() {
      await channel.end();
      await lock?.release();
    },
  };
  return database;
}
