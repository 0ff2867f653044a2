/** The store's public face. */
export type { Database, Queryable, SqlValue, Statement, WriterConnection } from "./database.ts";
export type { CommitUnit, GroupCommit, RegisteredWrite, RowObject, TableWrite } from "./writes.ts";
export { LostRaceError, PoisonedUnitError, StoreUnavailableError } from "./writes.ts";
