/** Runs the same tests on PGlite in memory and on PostgreSQL. */
import { afterAll, beforeAll, describe } from "vitest";
import { type Database, migrate, openDatabase } from "../store/index.ts";
import { emptyStore } from "./empty-store.ts";
import { postgresMissing, startPostgres, type TestPostgres } from "./postgres.ts";

export interface TestStore {
  readonly kind: "pglite" | "postgres";
  /** A migrated, empty database of its own; closed after the file's tests. */
  open(options?: { readonly tenantWall?: boolean }): Promise<Database>;
  /** Another handle on the database that was opened last; null on PGlite, which has one user. */
  openAgain(): Promise<Database | null>;
}

/** `body` declares its tests once; they run on both stores. */
export function onBothStores(title: string, body: (store: TestStore) => void): void {
  describe(`${title} (PGlite)`, () => {
    const opened: Database[] = [];
    afterAll(async () => {
      for (const database of opened) await database.close();
    });
    body({
      kind: "pglite",
      async open(options = {}) {
        const database = await openDatabase({ dataDir: emptyStore(), ...options });
        opened.push(database);
        await migrate(database);
        return database;
      },
      async openAgain() {
        return null;
      },
    });
  });

  const missing = postgresMissing();
  describe.skipIf(missing !== null)(`${title} (PostgreSQL${missing ? `: skipped, ${missing}` : ""})`, () => {
    let server: TestPostgres;
    const opened: Database[] = [];
    let url = "";
    beforeAll(async () => {
      server = await startPostgres({ fsync: false });
    });
    afterAll(async () => {
      for (const database of opened) await database.close().catch(() => {});
      await server?.stop();
    });
    const open = async (options: { readonly tenantWall?: boolean } = {}): Promise<Database> => {
      const database = await openDatabase({ databaseUrl: url, poolMax: 5, ...options });
      opened.push(database);
      return database;
    };
    body({
      kind: "postgres",
      async open(options = {}) {
        url = await server.createDatabase();
        const database = await open(options);
        await migrate(database);
        return database;
      },
      openAgain: () => open(),
    });
  });
}
