/**
 * The exclusive lock of an embedded data folder. PGlite has none of its own: two processes on one folder both "work"
 * and silently lose acknowledged rows (1,184 of 3,863 in the study's probe). The file names process id, the process's
 * start time (process ids are reused) and host; a lock whose process is dead is taken over.
 */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { link, mkdir, readFile, rename, rm, stat, unlink, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";

const lockName = "interlock.lock";
const heartbeatMs = 5_000;
/** On another host the process cannot be looked at: only a lock that nobody refreshes counts as dead. */
const foreignStaleMs = 30_000;

interface LockContent {
  readonly token: string;
  readonly pid: number;
  readonly startedAt: string | null;
  readonly host: string;
}

/** Field 22 of /proc/<pid>/stat: start time in clock ticks since boot. Null where there is no /proc. */
function processStart(pid: number): string | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function parse(text: string): LockContent | null {
  try {
    const value = JSON.parse(text) as Partial<LockContent>;
    if (typeof value.token !== "string" || typeof value.pid !== "number" || typeof value.host !== "string") return null;
    return { token: value.token, pid: value.pid, startedAt: value.startedAt ?? null, host: value.host };
  } catch {
    return null;
  }
}

async function isStale(path: string, content: LockContent | null): Promise<boolean> {
  const age = Date.now() - (await stat(path)).mtimeMs;
  if (!content || content.host !== hostname()) return age > foreignStaleMs;
  if (!isAlive(content.pid)) return true;
  const start = processStart(content.pid);
  return start !== null && content.startedAt !== null && start !== content.startedAt;
}

export class DataFolderInUseError extends Error {
  override readonly name = "DataFolderInUseError";
}

export interface DataLock {
  release(): Promise<void>;
}

async function tryCreate(path: string, folder: string, content: LockContent): Promise<boolean> {
  // link() is atomic and fails when the name exists; the file is complete before it gets the name.
  const draft = join(folder, `.${lockName}.${content.token}`);
  await writeFile(draft, JSON.stringify(content));
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/** Moves a stale lock away. When it turns out to be somebody's fresh one (two processes took over at once) it goes back. */
async function clearStale(path: string, folder: string, stale: string): Promise<void> {
  const aside = join(folder, `.${lockName}.${randomUUID()}`);
  try {
    await rename(path, aside);
    if ((await readFile(aside, "utf8")) !== stale) await link(aside, path).catch(() => {});
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  await rm(aside, { force: true });
}

/** Takes the folder for this process, or throws DataFolderInUseError that says who has it. */
export async function lockDataFolder(folder: string): Promise<DataLock> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, lockName);
  const mine: LockContent = {
    token: randomUUID(),
    pid: process.pid,
    startedAt: processStart(process.pid),
    host: hostname(),
  };
  for (let attempt = 0; attempt < 5; attempt++) {
    if (await tryCreate(path, folder, mine)) {
      if (attempt > 0) await new Promise((resolve) => setTimeout(resolve, 30));
      if (parse(await readFile(path, "utf8").catch(() => ""))?.token === mine.token) return held(path, mine);
      continue;
    }
    const text = await readFile(path, "utf8").catch(() => null);
    if (text === null) continue;
    const content = parse(text);
    if (!(await isStale(path, content).catch(() => true))) {
      const owner = content ? `process ${content.pid} on ${content.host}` : "another process";
      throw new DataFolderInUseError(
        `Expected the data folder ${folder} to be free, but ${owner} uses it: stop that process, or choose another DATA_DIR`,
      );
    }
    await clearStale(path, folder, text);
  }
  throw new DataFolderInUseError(`Expected the data folder ${folder} to be free, but other processes are taking it`);
}

function held(path: string, mine: LockContent): DataLock {
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => {});
  }, heartbeatMs);
  heartbeat.unref();
  return {
    async release() {
      clearInterval(heartbeat);
      if (parse(await readFile(path, "utf8").catch(() => ""))?.token === mine.token) await unlink(path).catch(() => {});
    },
  };
}
