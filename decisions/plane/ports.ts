/**
 * What the plane needs of the store, as structures: the store's own Database and GroupCommit fit, and a test can
 * pass its own. Statements use $1 parameters; rows come back as plain objects.
 */
import type { EpochMs, JsonRecord } from "./types.ts";

export interface Queryable {
  query<Row>(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;
}

export interface Database extends Queryable {
  transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T>;
  listen(channel: string, handler: (payload: string) => void): Promise<() => Promise<void>>;
}

export interface TableWrite {
  readonly statement: string;
  readonly rows: readonly JsonRecord[];
}

export interface Clock {
  now(): EpochMs;
}
