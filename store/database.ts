/**
 * The database port. Two drivers speak it: `pg` for PostgreSQL, PGlite in a worker thread for the embedded default.
 * Same SQL, same tests. Rows come back with keys (int8) as decimal texts, json as values, int4 as numbers.
 */

export type SqlValue = string | number | boolean | null | Uint8Array | readonly string[] | readonly number[];

export interface Queryable {
  query<Row>(sql: string, parameters?: readonly SqlValue[]): Promise<Row[]>;
}

export interface Statement {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
  /** Prepared once per connection under this name. */
  readonly name?: string;
}

/** One of the writer's connections: strictly sequential, planner fixed to the primary keys. */
export interface WriterConnection {
  /** All statements in one transaction, in order; one round trip where the driver can. */
  run(statements: readonly Statement[]): Promise<readonly (readonly Record<string, unknown>[])[]>;
  close(): Promise<void>;
}

export interface Database extends Queryable {
  readonly kind: "postgres" | "pglite";
  transaction<Result>(work: (tx: Queryable) => Promise<Result>): Promise<Result>;
  /** `handler` gets the payloads of NOTIFY on the channel; delivery is a hint, callers poll as well. */
  listen(channel: string, handler: (payload: string) => void): Promise<() => Promise<void>>;
  notify(channel: string, payload: string): Promise<void>;
  /** How many writers run at once: 2 on PostgreSQL, 1 on PGlite, which has one connection. */
  readonly writerLanes: number;
  openWriter(): Promise<WriterConnection>;
  /** Session lock for as long as this process lives; false when another process has it. Backs "is that node alive?". */
  holdLock(classId: number, id: number): Promise<boolean>;
  /** True when nobody holds the lock. */
  isLockFree(classId: number, id: number): Promise<boolean>;
  close(): Promise<void>;
}
