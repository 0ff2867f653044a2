/**
 * The database port. Two drivers speak it: `pg` for PostgreSQL, PGlite in a worker thread for the embedded default.
 * Same SQL, same tests. Rows come back with int8 as decimal texts, json as values, int4 as numbers.
 */

export type SqlValue = string | number | boolean | null | Uint8Array | readonly string[] | readonly number[];

export interface Queryable {
  query<Row>(sql: string, parameters?: readonly SqlValue[]): Promise<Row[]>;
  /** Several statements without parameters: migrations. */
  execute(script: string): Promise<void>;
}

export interface Statement {
  readonly sql: string;
  readonly parameters: readonly (string | number)[];
  /** Prepared once per connection under this name: letters, digits and underscores. */
  readonly name: string;
}

/** One of the writer's connections: strictly sequential, planner fixed to the primary keys. */
export interface WriterConnection extends Queryable {
  /** All statements in one transaction, in order; one round trip where the driver can. */
  run(statements: readonly Statement[]): Promise<void>;
  close(): Promise<void>;
}

export interface Database extends Queryable {
  readonly kind: "postgres" | "pglite";
  transaction<Result>(work: (tx: Queryable) => Promise<Result>): Promise<Result>;
  /**
   * Reads on behalf of a caller: the database itself refuses rows of other tenants (store/tenant-wall.ts). Undefined or
   * null: a caller who sees all. Where the wall is not up (`OpenOptions.tenantWall`), the database as it is.
   */
  forTenants(tenantIds: readonly string[] | null | undefined): Queryable;
  /** `handler` gets the payloads of NOTIFY on the channel; delivery is a hint, callers poll as well. */
  listen(channel: string, handler: (payload: string) => void): Promise<() => Promise<void>>;
  notify(channel: string, payload: string): Promise<void>;
  /** How many writers run at once: 2 on PostgreSQL (measured: more gain nothing on 2 cores), 1 on PGlite, which has one connection. */
  readonly writerLanes: number;
  openWriter(): Promise<WriterConnection>;
  /** Session lock for as long as this process lives; false when another process has it. Backs "is that node alive?". */
  holdLock(classId: number, id: number): Promise<boolean>;
  /** True when no living process holds the lock. */
  isLockFree(classId: number, id: number): Promise<boolean>;
  /** What autovacuum does on a server: PGlite has none, and updated rows would pile up. Nothing to do on PostgreSQL. */
  maintain(): Promise<void>;
  close(): Promise<void>;
}

/** A statement was refused by the database; the connection is intact and its transaction rolled back. */
export class SqlError extends Error {
  override readonly name = "SqlError";
  /** SQLSTATE */
  readonly code: string;
  readonly constraint: string | null;
  constructor(message: string, code: string, constraint: string | null) {
    super(message);
    this.code = code;
    this.constraint = constraint;
  }
}

/** The connection went away. Whether the transaction committed is not known. */
export class ConnectionLostError extends Error {
  override readonly name = "ConnectionLostError";
}

/** SQLSTATEs after which the session is gone: class 08, 57P01 to 57P05. */
export function isConnectionCode(code: string): boolean {
  return code.startsWith("08") || code.startsWith("57P");
}
