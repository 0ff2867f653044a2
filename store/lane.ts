/**
 * One lane of the writer: a connection on which batches run strictly one after another. Knows how to find out what
 * became of a batch whose answer was lost, how to take a poisoned unit out of a batch, and when to give up.
 */
import { batchStatements, fencedCode, type NamedWrite, StatementTexts, type WriteRows } from "./batch-statement.ts";
import { ConnectionLostError, type Database, SqlError, type WriterConnection } from "./database.ts";
import { LostRaceError, PoisonedUnitError, type RowObject, StoreUnavailableError } from "./writes.ts";

export interface PreparedWrite {
  readonly write: NamedWrite;
  /** JSON of the rows without the brackets, or the rows themselves when the write is sealed. */
  readonly json: string;
  readonly rows: readonly RowObject[] | null;
}

export interface PreparedUnit {
  readonly instanceKey: string | null;
  readonly writes: readonly PreparedWrite[];
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Deadlock, serialization failure, lock and statement time-outs: the same batch may work the next time. */
const transientCodes = new Set(["40001", "40P01", "55P03", "57014"]);
/** Out of disk, memory, connections; read-only; I/O error: not the data's fault, splitting the batch does not help. */
const unavailable = (code: string): boolean => code.startsWith("53") || code.startsWith("58") || code === "25006";
const transientRetriesMax = 3;
const reopenTriesMax = 40;

export class Lane {
  readonly name: string;
  readonly #database: Database;
  readonly #texts = new StatementTexts();
  #connection: WriterConnection | null = null;
  #batch = 0;

  constructor(database: Database, name: string) {
    this.#database = database;
    this.name = name;
  }

  async open(): Promise<void> {
    this.#connection = await this.#database.openWriter();
    await this.#connection.query(
      "insert into commit_lane (lane, batch) values ($1, 0) on conflict (lane) do update set batch = 0",
      [this.name],
    );
  }

  async close(): Promise<void> {
    const connection = this.#connection;
    await connection?.query("delete from commit_lane where lane = $1", [this.name]).catch(() => {});
    await connection?.close();
  }

  /** Writes the units and settles each of them. Never throws. */
  async write(units: readonly PreparedUnit[]): Promise<void> {
    let transient = 0;
    for (;;) {
      try {
        await this.#commit(units);
        for (const unit of units) unit.resolve();
        return;
      } catch (error) {
        if (error instanceof SqlError && transientCodes.has(error.code) && transient < transientRetriesMax) {
          transient++;
          await pause(5 * 2 ** transient);
          continue;
        }
        if (error instanceof ConnectionLostError || (error instanceof SqlError && unavailable(error.code))) {
          for (const unit of units) unit.reject(new StoreUnavailableError(error.message));
          return;
        }
        await this.#separate(units, error instanceof Error ? error : new Error(String(error)));
        return;
      }
    }
  }

  /** One bad unit never fails its neighbours: halves, until the bad one stands alone. */
  async #separate(units: readonly PreparedUnit[], error: Error): Promise<void> {
    const [only] = units;
    if (only && units.length === 1) {
      only.reject(verdict(error));
      return;
    }
    const middle = units.length >> 1;
    await this.write(units.slice(0, middle));
    await this.write(units.slice(middle));
  }

  async #commit(units: readonly PreparedUnit[]): Promise<void> {
    const connection = this.#connection ?? (await this.#resume());
    const rows = this.#assemble(units);
    const sealed = rows.filter((row) => row.write.seal).map((row) => row.write);
    try {
      await this.#run(connection, rows, sealed);
    } catch (error) {
      if (!this.#unsettled) this.#settle(sealed, "failed");
      throw error;
    }
    this.#settle(sealed, "committed");
  }

  #settle(writes: readonly NamedWrite[], outcome: "committed" | "failed"): void {
    for (const write of writes) write.settled?.(this.name, outcome);
  }

  #assemble(units: readonly PreparedUnit[]): WriteRows[] {
    const texts = new Map<NamedWrite, string[]>();
    const toSeal = new Map<NamedWrite, RowObject[]>();
    for (const unit of units) {
      for (const { write, json, rows } of unit.writes) {
        if (rows) {
          const sealed = toSeal.get(write);
          if (sealed) sealed.push(...rows);
          else toSeal.set(write, [...rows]);
        } else {
          const list = texts.get(write);
          if (list) list.push(json);
          else texts.set(write, [json]);
        }
      }
    }
    const result: WriteRows[] = [];
    for (const [write, list] of texts) result.push({ write, json: `[${list.join(",")}]` });
    for (const [write, rows] of toSeal)
      result.push({ write, json: write.seal ? write.seal(rows, this.name) : JSON.stringify(rows) });
    return result;
  }

  async #run(connection: WriterConnection, rows: readonly WriteRows[], sealed: readonly NamedWrite[]): Promise<void> {
    const batch = this.#batch + 1;
    try {
      await connection.run(batchStatements(this.#texts, rows, { name: this.name, batch }));
      this.#batch = batch;
    } catch (error) {
      const fenced = error instanceof SqlError && error.code === fencedCode;
      if (!fenced && !(error instanceof ConnectionLostError)) throw error;
      await connection.close();
      this.#connection = null;
      this.#unsettled = sealed;
      const fresh = await this.#reopen();
      this.#unsettled = null;
      // Not written, and it never will be: the counter has been moved past it. Safe to send again.
      if (this.#recovered === "burnt") await this.#run(fresh, rows, sealed);
    }
  }

  /** Writes whose batch was cut off and whose fate is not known yet. */
  #unsettled: readonly NamedWrite[] | null = null;
  #recovered: "committed" | "burnt" = "burnt";

  /** After the store was away for so long that a batch had to be given up: first hear what became of that batch. */
  async #resume(): Promise<WriterConnection> {
    const connection = await this.#reopen();
    this.#settle(this.#unsettled ?? [], this.#recovered === "committed" ? "committed" : "failed");
    this.#unsettled = null;
    return connection;
  }

  async #reopen(): Promise<WriterConnection> {
    let failure: unknown;
    for (let attempt = 0; attempt < reopenTriesMax; attempt++) {
      try {
        const connection = await this.#database.openWriter();
        this.#recovered = await this.#recover(connection, this.#batch + 1);
        this.#batch += 1;
        this.#connection = connection;
        return connection;
      } catch (error) {
        failure = error;
        await pause(Math.min(50 * 2 ** attempt, 500));
      }
    }
    throw new ConnectionLostError(
      `Expected the store to come back, but it did not: ${failure instanceof Error ? failure.message : String(failure)}`,
    );
  }

  /**
   * What became of batch `batch` whose answer was lost: its transaction may still be running, and it holds the lane's
   * row; so waiting for the row is waiting for its end. When it did not commit, the counter takes its number, and a
   * late arrival of it must fail.
   */
  async #recover(connection: WriterConnection, batch: number): Promise<"committed" | "burnt"> {
    await connection.query("begin");
    const rows = await connection.query<{ batch: string }>("select batch from commit_lane where lane = $1 for update", [
      this.name,
    ]);
    const committed = rows[0]?.batch === String(batch);
    if (!committed) {
      await connection.query(
        "insert into commit_lane (lane, batch) values ($1, $2::bigint) on conflict (lane) do update set batch = excluded.batch",
        [this.name, batch],
      );
    }
    await connection.query("commit");
    return committed ? "committed" : "burnt";
  }
}

function verdict(error: Error): Error {
  if (!(error instanceof SqlError)) return error;
  if (error.code === "23505" && error.constraint === "history_pkey") return new LostRaceError(error.message);
  return new PoisonedUnitError(error.message, error.code, error.constraint);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
