/** Opens the store that the installation is configured for. */
import type { Database } from "./database.ts";
import { openPglite } from "./pglite.ts";
import { openPostgres } from "./postgres.ts";

export interface OpenOptions {
  /** `postgres://…`; wins over dataDir. */
  readonly databaseUrl?: string;
  /** Folder of the embedded store, or `memory://`. */
  readonly dataDir?: string;
  /** Connections of the pool for reads; default 10. */
  readonly poolMax?: number;
}

export async function openDatabase(options: OpenOptions): Promise<Database> {
  if (options.databaseUrl)
    return openPostgres(options.databaseUrl, options.poolMax === undefined ? {} : { poolMax: options.poolMax });
  if (options.dataDir) return openPglite(options.dataDir);
  throw new Error("Expected a databaseUrl or a dataDir, but got neither");
}
