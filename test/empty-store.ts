/**
 * A migrated, empty PGlite, made once and kept: a test that opens its store begins as a copy of it. Making one anew takes
 * 2 to 4 seconds of processor time (initdb in WebAssembly, the migrations), a copy less than one; some two hundred stores
 * are opened in a run of all tests. Vitest makes it before the first file (`prepare-run.ts`).
 */
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PGlite } from "@electric-sql/pglite";
import { migrate, openDatabase } from "../store/index.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const cache = join(root, "node_modules", ".cache", "interlock-empty-store");

/** What an empty store is made of: another PGlite, another migration or another way of migrating makes another one. */
function fingerprint(): string {
  const migrations = join(root, "store", "migrations");
  const files = [
    join(root, "node_modules", "@electric-sql", "pglite", "package.json"),
    ...["migrate.ts", "tenant-wall.ts", "pglite-worker.mjs"].map((name) => join(root, "store", name)),
    ...readdirSync(migrations)
      .sort()
      .map((name) => join(migrations, name)),
  ];
  const hash = createHash("sha256");
  for (const file of files)
    hash
      .update(`${file.slice(root.length)}\0`)
      .update(readFileSync(file))
      .update("\0");
  return hash.digest("hex").slice(0, 16);
}

const place = join(cache, fingerprint());
const dump = join(place, "dump.tar");
const folder = join(place, "folder");

/** Where a store in memory begins: `openDatabase({ dataDir: emptyStore() })`. Outside of a test run it may be made anew. */
export function emptyStore(): string {
  return existsSync(dump) ? `memory://${dump}` : "memory://";
}

/** A new data folder with an empty store in it, for a test that opens it a second time or in another process. */
export function newDataFolder(prefix: string): string {
  const made = mkdtempSync(join(tmpdir(), prefix));
  if (existsSync(folder)) cpSync(folder, made, { recursive: true });
  return made;
}

/** Makes the empty store when it is missing or out of date; those of earlier days go. */
export async function makeEmptyStore(): Promise<void> {
  if (existsSync(dump)) return;
  mkdirSync(cache, { recursive: true });
  const growing = mkdtempSync(join(cache, "growing-"));
  const data = join(growing, "folder");
  const database = await openDatabase({ dataDir: data });
  await migrate(database);
  await database.close();
  const pglite = await PGlite.create({ dataDir: join(data, "pglite") });
  await writeFile(join(growing, "dump.tar"), Buffer.from(await (await pglite.dumpDataDir("none")).arrayBuffer()));
  await pglite.close();
  for (const name of readdirSync(cache))
    if (!name.startsWith("growing-")) rmSync(join(cache, name), { recursive: true, force: true });
  try {
    renameSync(growing, place);
  } catch (error) {
    // Another run was faster.
    if (!existsSync(dump)) throw error;
    rmSync(growing, { recursive: true, force: true });
  }
}
