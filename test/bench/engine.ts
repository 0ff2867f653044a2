/**
 * Process start → service task → gateway → service task → end with workers in this process: three durable commits an
 * instance, history and read model included. Beside it, in the same run on the same PostgreSQL, two steps of DBOS
 * Transact; rounds of both take turns. Asserted by issue 2: ≥ 10 times DBOS at 32 in flight, one instance p50 < 3 ms.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DBOS } from "@dbos-inc/dbos-sdk";
import { createEngine, type Engine } from "../../engine/index.ts";
import { type Database, migrate, openDatabase } from "../../store/index.ts";
import { twoTasks } from "../engine/runtime/models.ts";
import { postgresMissing, startPostgres } from "../postgres.ts";

const caller = { actor: { id: "bench", type: "service" } } as const;
const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const roundMs = Number(process.env.BENCH_ROUND_MS ?? 2_000);

interface Round {
  readonly perSecond: number;
  readonly cpuSeconds: number;
  readonly databaseSeconds: number;
  readonly p50: number;
  readonly p99: number;
}

/** Keeps `inFlight` calls of `once` going for the time of a round. */
async function measure(
  inFlight: number,
  once: () => Promise<unknown>,
  ms = roundMs,
  databaseCpu: () => number = () => 0,
): Promise<Round> {
  const latencies: number[] = [];
  const databaseBefore = databaseCpu();
  const cpu = process.cpuUsage();
  const begin = performance.now();
  const end = begin + ms;
  const client = async (): Promise<void> => {
    for (let start = performance.now(); start < end; start = performance.now()) {
      await once();
      latencies.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, client));
  const seconds = (performance.now() - begin) / 1000;
  const used = process.cpuUsage(cpu);
  latencies.sort((left, right) => left - right);
  const at = (share: number): number =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
  return {
    perSecond: latencies.length / seconds,
    cpuSeconds: (used.user + used.system) / 1e6,
    databaseSeconds: databaseCpu() - databaseBefore,
    p50: at(0.5),
    p99: at(0.99),
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[sorted.length >> 1] ?? 0;
}

/** Instances per second, and per second of processor time: the second says more where others use the machine as well. */
function print(
  name: string,
  results: readonly Round[],
  seconds = roundMs / 1000,
): { readonly perSecond: number; readonly perCpuSecond: number } {
  const of = (pick: (round: Round) => number): number => median(results.map(pick));
  const perSecond = of((round) => round.perSecond);
  const perCpuSecond = of((round) => (round.perSecond * seconds) / (round.cpuSeconds + round.databaseSeconds));
  const microseconds = (pick: (round: Round) => number): string =>
    of((round) => (pick(round) / (round.perSecond * seconds)) * 1e6).toFixed(0);
  process.stdout.write(
    `${name.padEnd(44)} ${perSecond.toFixed(0).padStart(6)} inst/s ${perCpuSecond.toFixed(0).padStart(6)} per cpu-s (node ${microseconds((round) => round.cpuSeconds)} + db ${microseconds((round) => round.databaseSeconds)} µs)  p50 ${of((round) => round.p50).toFixed(2)} ms  p99 ${of((round) => round.p99).toFixed(1)} ms
`,
  );
  return { perSecond, perCpuSecond };
}

async function startEngine(database: Database): Promise<Engine> {
  await migrate(database);
  const engine = await createEngine({ database });
  await engine.deploy([{ name: "two-tasks.bpmn", content: new TextEncoder().encode(twoTasks) }], {}, caller);
  for (const type of ["A", "B"]) engine.registerWorker(type, () => ({ type: "complete" }), { concurrency: 5_000 });
  await engine.start();
  return engine;
}

function instanceOf(engine: Engine): () => Promise<unknown> {
  return () =>
    engine.createInstance(
      {
        processDefinitionId: "two_tasks",
        variables: { amount: 20, customer: "c-1" },
        awaitCompletion: true,
        requestTimeoutMs: 60_000,
      },
      caller,
    );
}

/** pg's warning of a query too early in this run is DBOS's: it sends a SET on each new connection and does not wait. */
async function startDbos(url: string): Promise<() => Promise<unknown>> {
  DBOS.setConfig({
    name: "bench",
    systemDatabaseUrl: url,
    systemDatabasePoolSize: 20,
    logLevel: "error",
    runAdminServer: false,
  });
  const workflow = DBOS.registerWorkflow(
    async (amount: number) => {
      await DBOS.runStep(async () => 1, { name: "A" });
      if (amount > 10) await DBOS.runStep(async () => 2, { name: "B" });
    },
    { name: "two_steps" },
  );
  await DBOS.launch();
  return () => workflow(20);
}

async function onPostgres(): Promise<void> {
  const missing = postgresMissing();
  if (missing) {
    process.stdout.write(`PostgreSQL: skipped, ${missing}\n`);
    return;
  }
  const server = await startPostgres();
  try {
    const database = await openDatabase({ databaseUrl: await server.createDatabase() });
    const engine = await startEngine(database);
    const ours = instanceOf(engine);
    const withDbos = process.env.BENCH_DBOS !== "0";
    const theirs = withDbos ? await startDbos(await server.createDatabase()) : null;
    await measure(32, ours, 1_000);
    if (theirs) await measure(32, theirs, 1_000);
    const own: Round[] = [];
    const peer: Round[] = [];
    for (let round = 0; round < rounds; round++) {
      own.push(await measure(32, ours, roundMs, server.cpuSeconds));
      if (theirs) peer.push(await measure(32, theirs, roundMs, server.cpuSeconds));
    }
    const alone = await measure(1, ours, roundMs, server.cpuSeconds);
    const full = await measure(1_024, ours, roundMs, server.cpuSeconds);
    const ourRate = print("Interlock, PostgreSQL, 32 in flight", own);
    if (theirs) {
      const theirRate = print("DBOS, PostgreSQL, 32 in flight", peer);
      process.stdout.write(
        `ratio to DBOS: ${(ourRate.perSecond / theirRate.perSecond).toFixed(1)} times per second (goal 10), ${(ourRate.perCpuSecond / theirRate.perCpuSecond).toFixed(1)} times per cpu-second (goal 20)\n`,
      );
    }
    print("Interlock, PostgreSQL, 1 in flight (goal p50 < 3)", [alone]);
    print("Interlock, PostgreSQL, 1,024 in flight", [full]);
    await engine.stop();
    await database.close();
    if (theirs) await DBOS.shutdown();
  } finally {
    await server.stop();
  }
}

async function onPglite(): Promise<void> {
  const database = await openDatabase({ dataDir: "memory://" });
  const engine = await startEngine(database);
  const once = instanceOf(engine);
  await measure(32, once, 1_000);
  const many = await measure(32, once);
  const alone = await measure(1, once);
  const full = await measure(1_024, once);
  print("Interlock, PGlite in memory, 32 in flight", [many]);
  print("Interlock, PGlite in memory, 1 in flight", [alone]);
  print("Interlock, PGlite in memory, 1,024 in flight", [full]);
  await engine.stop();
  await database.close();
}

/** Resident memory of this process after the engine has come to rest on an empty PGlite in a folder. */
async function idleMemory(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "interlock-bench-"));
  const database = await openDatabase({ dataDir: folder });
  const engine = await startEngine(database);
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  process.stdout.write(
    `idle engine on PGlite: ${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MB resident (goal < 600)\n`,
  );
  await engine.stop();
  await database.close();
  rmSync(folder, { recursive: true, force: true });
}

export async function run(): Promise<void> {
  await idleMemory();
  await onPostgres();
  await onPglite();
}
