/**
 * Numbered migrations: store/migrations/NNNN-name.sql, each applied once, in the order of their names, under a lock, so
 * that nodes may start together. Engine 0001–0099, decision plane 0100–0199, api 0200 and up.
 * A migration that has run must not change: its checksum is kept.
 */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import type { Database } from "./database.ts";
import { raiseTenantWall } from "./tenant-wall.ts";

const migrationLock = 7_310_001;

interface Migration {
  readonly id: string;
  readonly sql: string;
  readonly checksum: string;
}

async function readMigrations(folder: URL): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{4}-[a-z0-9-]+\.sql$/.test(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(new URL(name, folder), "utf8");
      return { id: name.slice(0, -4), sql, checksum: createHash("sha256").update(sql).digest("hex") };
    }),
  );
}

/** Brings the schema up to this build. Returns the ids that were applied. */
export async function migrate(
  database: Database,
  folder = new URL("./migrations/", import.meta.url),
): Promise<readonly string[]> {
  const migrations = await readMigrations(folder);
  return database.transaction(async (tx) => {
    await tx.query("select pg_advisory_xact_lock($1)", [migrationLock]);
    await tx.execute(
      "create table if not exists schema_migration (id text primary key, checksum text not null, applied_at timestamptz not null default now())",
    );
    const applied = new Map(
      (await tx.query<{ id: string; checksum: string }>("select id, checksum from schema_migration")).map((row) => [
        row.id,
        row.checksum,
      ]),
    );
    const fresh: string[] = [];
    for (const migration of migrations) {
      const checksum = applied.get(migration.id);
      if (checksum === migration.checksum) continue;
      if (checksum !== undefined)
        throw new Error(
          `Expected migration ${migration.id} to be as it was applied, but its text has changed: add a new one instead`,
        );
      await tx.execute(migration.sql);
      await tx.query("insert into schema_migration (id, checksum) values ($1, $2)", [migration.id, migration.checksum]);
      fresh.push(migration.id);
    }
    await raiseTenantWall(tx);
    return fresh;
  });
}
