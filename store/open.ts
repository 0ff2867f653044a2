/** Opens the store that the installation is configured for. */
import type { Database } from "./database.ts";
import { openPglite } from "./pglite.ts";
import { openPostgres } from "./postgres.ts";

export interface OpenOptions {
  /** `postgres://…`; wins over dataDir. */
  readonly databaseUrl?: string;
  /** Folder of the embedded store, `memory://`, or `memory://FILE` to begin as the dump of a data folder. */
  readonly dataDir?: string;
  /** Connections of the pool for reads; default 10. */
  readonly poolMax?: number;
  /** Row-level security for reads on behalf of callers; default false: one tenant needs no wall. */
  readonly tenantWall?: boolean;
}

export async function openDatabase(options: OpenOptions): Promise<Database> {
  if (options.databaseUrl)
    return openPostgres(options.databaseUrl, {
      ...(options.poolMax === undefined ? {} : { poolMax: options.poolMax }),
      tenantWall: options.tenantWall ?? false,
    });
  if (options.dataDir) return openPglite(options.dataDir, { tenantWall: options.tenantWall ?? false });
  throw new Error("Expected a databaseUrl or a dataDir, but got neither");
}
