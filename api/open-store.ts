/** The store of this installation: opened, migrated, and behind the wall between tenants where its settings ask for one. */
import type { Logger } from "pino";
import { type Database, migrate, openDatabase } from "../store/index.ts";
import type { Settings } from "./config.ts";

/** @throws Error when the wall is asked for (`TENANT_WALL=on`) and the database does not let this user have it. */
export async function openStore(settings: Settings, log: Logger): Promise<Database> {
  const place =
    settings.databaseUrl === undefined ? { dataDir: settings.dataDir } : { databaseUrl: settings.databaseUrl };
  // Without authentication everybody is the administrator of the one tenant.
  const isWanted =
    settings.tenantWall === "on" || (settings.tenantWall === "auto" && !settings.authentication.includes("none"));
  const database = await openDatabase({ ...place, tenantWall: isWanted });
  let missing: string | undefined;
  try {
    await migrate(database);
    if (isWanted) missing = await whatTheWallLacks(database);
    if (missing === undefined) return database;
  } catch (error) {
    await database.close();
    throw error;
  }
  await database.close();
  if (settings.tenantWall === "on") throw new Error(missing);
  log.warn(`${missing} Until then tenants are kept apart by queries alone.`);
  return openDatabase(place);
}

/** Undefined: it stands. A reader of no tenant may read the table, and sees nothing in it. */
async function whatTheWallLacks(database: Database): Promise<string | undefined> {
  try {
    await database.forTenants([]).query("select 1 from process_instance limit 1");
    return undefined;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return `Expected the role interlock_reader for row-level security, but ${why}. Let an administrator of the database run: create role interlock_reader nologin; grant interlock_reader to the user of DATABASE_URL.`;
  }
}
