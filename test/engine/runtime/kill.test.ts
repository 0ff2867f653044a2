import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../../engine/index.ts";
import { type Database, openDatabase } from "../../../store/index.ts";
import { type Compiled, compile } from "../../compiled.ts";
import { newDataFolder } from "../../empty-store.ts";
import { postgresMissing, startPostgres, type TestPostgres } from "../../postgres.ts";
import { eventually, operator, startEngine } from "./harness.ts";

/** Rounds on each store; the nightly run sets more. */
const rounds = Number(process.env.KILL_ROUNDS ?? 3);

interface Acknowledged {
  readonly open: string[];
  readonly completed: string[];
}

/** Runs a node under load and kills it after a random time; what it had acknowledged by then. */
async function loadAndKill(script: string, where: string, afterMs: number): Promise<Acknowledged> {
  const child = spawn(process.execPath, [script, where, "load"], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  await new Promise<void>((resolve, reject) => {
    child.stdout.on("data", (data: Buffer) => {
      output += data.toString();
      if (output.startsWith("ready")) resolve();
    });
    child.once("exit", (code) => reject(new Error(`Expected a node under load, but it ended with ${code}`)));
  });
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  const ended = new Promise((resolve) => child.once("close", resolve));
  child.kill("SIGKILL");
  await ended;
  // The last line may have been cut by the kill.
  const lines = output.slice(0, output.lastIndexOf("\n")).split("\n");
  return {
    open: lines.flatMap((line) => (line.startsWith("open ") ? [line.slice(5)] : [])),
    completed: lines.flatMap((line) => (line.startsWith("ack ") ? [line.slice(4)] : [])),
  };
}

/** Nothing acknowledged is lost, nothing happened twice, and what was in the middle goes on to its end. */
async function verify(database: Database, acknowledged: readonly Acknowledged[]): Promise<void> {
  const engine: Engine = await startEngine(database);
  for (const type of ["A", "B"])
    engine.registerWorker(type, (job) => ({ type: "complete", variables: { [type]: job.jobKey } }));
  const completed = acknowledged.flatMap((round) => round.completed);
  const open = acknowledged.flatMap((round) => round.open);
  expect(completed.length).toBeGreaterThan(0);
  const states = await database.query<{ key: string; state: string }>("select key, state from process_instance");
  const byKey = new Map(states.map((row) => [row.key, row.state]));
  for (const key of completed) expect(byKey.get(key)).toBe("COMPLETED");
  for (const key of open) expect(byKey.has(key)).toBe(true);
  await eventually(
    "the end of everything that was in the middle",
    async () => (await database.query("select 1 from process_instance where state = 'ACTIVE' limit 1")).length === 0,
    60_000,
  );
  const doubled = await database.query(
    "select root_key, element_id from element_instance group by root_key, element_id having count(*) > 1",
  );
  expect(doubled).toEqual([]);
  const gaps = await database.query(
    "select root_key from history group by root_key having max(sequence) <> count(*) or min(sequence) <> 1",
  );
  expect(gaps).toEqual([]);
  const unfinished = await database.query("select 1 from job where state <> 'COMPLETED'");
  expect(unfinished).toEqual([]);
  for (const key of completed.slice(-5)) expect((await engine.replay(key, operator)).equal).toBe(true);
  await engine.stop();
}

let compiled: Compiled | undefined;
let script = "";
beforeAll(() => {
  compiled = compile("test/engine/runtime/child-node.ts");
  script = compiled.fileOf("test/engine/runtime/child-node.ts");
});
afterAll(() => {
  compiled?.remove();
});

describe("kill -9 of a node under load", () => {
  it("loses no acknowledged command and doubles none on PGlite", async () => {
    const folder = newDataFolder("interlock-kill-");
    try {
      const acknowledged: Acknowledged[] = [];
      for (let round = 0; round < rounds; round++)
        acknowledged.push(await loadAndKill(script, folder, 200 + Math.random() * 1_500));
      const database = await openDatabase({ dataDir: folder });
      await verify(database, acknowledged);
      await database.close();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }, 180_000);
});

const missing = postgresMissing();
describe.skipIf(missing !== null)(`kill -9 on PostgreSQL${missing ? ` (skipped: ${missing})` : ""}`, () => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(async () => {
    await server?.stop();
  });

  it("loses no acknowledged command and doubles none", async () => {
    const url = await server.createDatabase();
    const acknowledged: Acknowledged[] = [];
    for (let round = 0; round < rounds; round++)
      acknowledged.push(await loadAndKill(script, url, 200 + Math.random() * 1_500));
    const database = await openDatabase({ databaseUrl: url });
    await verify(database, acknowledged);
    await database.close();
  }, 180_000);

  it("goes on when PostgreSQL itself is killed under load and comes back", async () => {
    const url = await server.createDatabase();
    const child = spawn(process.execPath, [script, url, "load"], { stdio: ["ignore", "pipe", "ignore"] });
    let output = "";
    child.stdout.on("data", (data: Buffer) => {
      output += data.toString();
    });
    await eventually("load", async () => output.split("\n").length > 50, 30_000);
    await server.kill();
    await new Promise((resolve) => setTimeout(resolve, 300));
    await server.restart();
    const ended = new Promise((resolve) => child.once("close", resolve));
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    child.kill("SIGKILL");
    await ended;
    const lines = output.slice(0, output.lastIndexOf("\n")).split("\n");
    const database = await openDatabase({ databaseUrl: url });
    await verify(database, [
      {
        open: lines.flatMap((line) => (line.startsWith("open ") ? [line.slice(5)] : [])),
        completed: lines.flatMap((line) => (line.startsWith("ack ") ? [line.slice(4)] : [])),
      },
    ]);
    await database.close();
  }, 120_000);
});
