/** The store's public face. */

export { type AdmitLimits, type AdmitProblem, admit } from "./admit.ts";
export { DataFolderInUseError } from "./data-lock.ts";
export type { Database, Queryable, SqlValue, Statement, WriterConnection } from "./database.ts";
export { ConnectionLostError, SqlError } from "./database.ts";
export { type Fault, type FaultPlan, withFaults } from "./faults.ts";
export { createGroupCommit, type GroupCommitOptions } from "./group-commit.ts";
export { migrate } from "./migrate.ts";
export { type OpenOptions, openDatabase } from "./open.ts";
export type { CommitUnit, GroupCommit, RegisteredWrite, RowObject, TableWrite } from "./writes.ts";
export { LostRaceError, PoisonedUnitError, StoreUnavailableError } from "./writes.ts";
