/**
 * Faults on purpose: a database whose writer connections fail as a plan says. For tests of what must hold when the
 * store does not; works over any driver, PGlite in memory included.
 */
import { ConnectionLostError, type Database, SqlError, type Statement, type WriterConnection } from "./database.ts";

export type Fault =
  /** The connection is gone before the batch reached the database. */
  | { readonly kind: "lostBefore" }
  /** The batch was committed, the answer never came. */
  | { readonly kind: "lostAfter" }
  /** The database refuses the statement with this SQLSTATE. */
  | { readonly kind: "refused"; readonly code: string }
  | { readonly kind: "slow"; readonly ms: number };

/** Asked once for every batch; null: all goes well. */
export type FaultPlan = (batch: number) => Fault | null;

/** The same database, with writer connections that follow the plan. */
export function withFaults(database: Database, plan: FaultPlan): Database {
  let batch = 0;
  const faulty: Database = {
    ...database,
    kind: database.kind,
    writerLanes: database.writerLanes,
    async openWriter(): Promise<WriterConnection> {
      const writer = await database.openWriter();
      return {
        query: (sql, parameters) => writer.query(sql, parameters),
        execute: (script) => writer.execute(script),
        close: () => writer.close(),
        async run(statements: readonly Statement[]): Promise<void> {
          const fault = plan(++batch);
          if (fault?.kind === "slow") await new Promise((resolve) => setTimeout(resolve, fault.ms));
          if (fault?.kind === "lostBefore")
            throw new ConnectionLostError(
              "Expected an answer, but the connection was cut before the batch (on purpose)",
            );
          if (fault?.kind === "refused") throw new SqlError("refused on purpose", fault.code, null);
          await writer.run(statements);
          if (fault?.kind === "lostAfter")
            throw new ConnectionLostError(
              "Expected an answer, but the connection was cut after the commit (on purpose)",
            );
        },
      };
    },
  };
  return faulty;
}
