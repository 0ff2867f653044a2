/**
 * The whole way over HTTP/1.1 keep-alive on one node: start, two jobs taken by long polls and completed, end; 64 workers,
 * on PostgreSQL when one can be started here, else on PGlite. Server, load and database share this machine's cores.
 * Beside it, in the same run, the ceiling: a bare Node server that reads the same body and answers; so the figure says
 * which part of the cost is HTTP itself. Then 2,000 idle workers in long polls: what waiting costs.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { Agent, createServer, request } from "node:http";
import { type AddressInfo, createServer as createSocketServer } from "node:net";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { twoSteps } from "../contract/models.ts";
import { findPostgres, startPostgres } from "../postgres.ts";

const root = fileURLToPath(new URL("../../../../../", import.meta.url));
export const agent = new Agent({ keepAlive: true, maxSockets: 4_096 });
const say = (line: string): void => void process.stdout.write(`${line}\n`);

export interface Reply {
  readonly status: number;
  readonly text: string;
}

export function send(port: number, method: string, path: string, body?: string): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const headers =
      body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const sent = request({ host: "127.0.0.1", port, method, path, agent, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on("error", reject).end(body);
  });
}

export async function inParallel(lanes: number, total: number, one: (index: number) => Promise<void>): Promise<number> {
  let next = 0;
  const from = performance.now();
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      while (next < total) await one(next++);
    }),
  );
  return total / ((performance.now() - from) / 1000);
}

export function percentile(values: number[], share: number): number {
  values.sort((a, b) => a - b);
  return values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;
}

async function freePort(): Promise<number> {
  const server = createSocketServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export async function startServer(environment: Record<string, string>): Promise<{ port: number; child: ChildProcess }> {
  const port = await freePort();
  // As `npm start` does.
  const flags = (process.env.BENCH_NODE_FLAGS ?? "--max-semi-space-size=32").split(" ").filter((flag) => flag !== "");
  const child = spawn(process.execPath, [...flags, `${root}dist/api/main.js`], {
    env: { ...process.env, PORT: String(port), LOG_LEVEL: "error", REQUESTS_IN_FLIGHT_MAX: "5000", ...environment },
    stdio: ["ignore", "ignore", "inherit"],
  });
  for (let tries = 0; tries < 300; tries++) {
    if (child.exitCode !== null) throw new Error("Expected the server to start, but it ended");
    const reply = await send(port, "GET", "/health/ready").catch(() => undefined);
    if (reply?.status === 200) return { port, child };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("Expected the server to be ready within 30 s, but it is not");
}

async function deploy(port: number): Promise<void> {
  const form = new FormData();
  form.append("resources", new Blob([twoSteps]), "two-steps.bpmn");
  const response = await fetch(`http://127.0.0.1:${port}/v2/deployments`, { method: "POST", body: form });
  if (!response.ok) throw new Error(`Expected a deployment, but ${await response.text()}`);
}

interface WholeWay {
  readonly perSecond: number;
  readonly starts: number[];
  readonly pollsPerInstance: number;
}

/** Starts `total` instances while workers carry out their two jobs; instances per second, latencies of the starts. */
async function wholeWay(port: number, total: number, lanes: number): Promise<WholeWay> {
  const starts: number[] = [];
  let completed = 0;
  let polls = 0;
  const from = performance.now();
  const starting = inParallel(lanes / 2, total, async (index) => {
    const begun = performance.now();
    const reply = await send(
      port,
      "POST",
      "/v2/process-instances",
      `{"processDefinitionId":"two-steps","variables":{"orderId":"o-${index}","amount":12.5}}`,
    );
    if (reply.status !== 200) throw new Error(reply.text);
    starts.push(performance.now() - begun);
  });
  const worker = async (type: string): Promise<void> => {
    while (completed < total * 2) {
      const { text } = await send(
        port,
        "POST",
        "/v2/jobs/activation",
        `{"type":"${type}","timeout":60000,"maxJobsToActivate":32,"requestTimeout":500,"fetchVariable":[]}`,
      );
      polls++;
      const { jobs } = JSON.parse(text) as { jobs: { jobKey: string }[] };
      await Promise.all(
        jobs.map(async ({ jobKey }) => {
          const reply = await send(port, "POST", `/v2/jobs/${jobKey}/completion`, '{"variables":{"done":true}}');
          if (reply.status !== 204) throw new Error(reply.text);
          completed++;
        }),
      );
    }
  };
  await Promise.all([
    starting,
    ...["ship", "bill"].flatMap((type) => Array.from({ length: lanes / 4 }, () => worker(type))),
  ]);
  return { perSecond: total / ((performance.now() - from) / 1000), starts, pollsPerInstance: polls / total };
}

export function usage(child: ChildProcess): { cpuSeconds: number; residentMb: number } {
  const stat = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(" ");
  const resident = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1] ?? "0";
  return { cpuSeconds: (Number(stat[13]) + Number(stat[14])) / 100, residentMb: Number(resident) / 1024 };
}

async function idlePolls(port: number, child: ChildProcess, polls: number): Promise<void> {
  const before = usage(child);
  const waiting = Array.from({ length: polls }, () =>
    send(
      port,
      "POST",
      "/v2/jobs/activation",
      '{"type":"nothing","timeout":1000,"maxJobsToActivate":1,"requestTimeout":9000}',
    ),
  );
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const from = usage(child);
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  const to = usage(child);
  await Promise.all(waiting);
  say(
    `${polls} idle long polls: ${(((to.cpuSeconds - from.cpuSeconds) / 5) * 100).toFixed(1)} % of a core, ${(to.residentMb - before.residentMb).toFixed(0)} MB`,
  );
}

async function ceiling(): Promise<number> {
  const server = createServer((incoming, response) => {
    let text = "";
    incoming.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    incoming.on("end", () =>
      response.setHeader("content-type", "application/json").end(JSON.stringify(JSON.parse(text))),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const body = '{"processDefinitionId":"two-steps","variables":{"orderId":"o-1","amount":12.5}}';
  await inParallel(64, 2_000, async () => void (await send(port, "POST", "/x", body)));
  const perSecond = await inParallel(64, 6_000, async () => void (await send(port, "POST", "/x", body)));
  server.close();
  return perSecond;
}

/** Processor seconds of a run. */
interface Cost {
  readonly server: number;
  readonly database: number;
  readonly load: number;
}

/** What an instance costs, and so what bounds the rate and what would double it. */
function sayCost(cost: Cost, instances: number, perSecond: number, pollsPerInstance: number): void {
  const micros = (seconds: number): number => (seconds / instances) * 1e6;
  const all = micros(cost.server + cost.database + cost.load);
  const busy = (perSecond * all) / 1e6;
  say(
    `processor time an instance: server ${micros(cost.server).toFixed(0)} µs, database ${micros(cost.database).toFixed(0)} µs, load ${micros(cost.load).toFixed(0)} µs; ${pollsPerInstance.toFixed(2)} polls an instance`,
  );
  say(
    `bound: processor time. ${busy.toFixed(1)} of ${availableParallelism()} cores were at it; all of them would make ${((availableParallelism() * 1e6) / all).toFixed(0)} instances/s, one server process with a core to itself ${(1e6 / micros(cost.server)).toFixed(0)}. To double it: load and database on other machines and a second server process, as any node may run any instance`,
  );
}

export async function run(): Promise<void> {
  const postgres = findPostgres() === null ? undefined : await startPostgres();
  const environment: Record<string, string> = { DATA_DIR: "memory://" };
  if (postgres !== undefined) environment.DATABASE_URL = await postgres.createDatabase();
  const { port, child } = await startServer(environment);
  try {
    await deploy(port);
    await wholeWay(port, 300, 64);
    const total = Number(process.env.BENCH_INSTANCES ?? 3_000);
    const before = { server: usage(child).cpuSeconds, database: postgres?.cpuSeconds() ?? 0, load: process.cpuUsage() };
    const { perSecond, starts, pollsPerInstance } = await wholeWay(port, total, 64);
    const load = process.cpuUsage(before.load);
    const cost: Cost = {
      server: usage(child).cpuSeconds - before.server,
      database: (postgres?.cpuSeconds() ?? 0) - before.database,
      load: (load.user + load.system) / 1e6,
    };
    const bare = await ceiling();
    say(`store: ${postgres === undefined ? "PGlite" : "PostgreSQL, fsync on"}; 64 lanes of load in one process`);
    say(
      `start, two jobs, end: ${perSecond.toFixed(0)} instances/s (three commands each, about ${(perSecond * 3.1).toFixed(0)} requests/s)`,
    );
    say(`start: p50 ${percentile(starts, 0.5).toFixed(1)} ms, p99 ${percentile(starts, 0.99).toFixed(1)} ms`);
    sayCost(cost, total, perSecond, pollsPerInstance);
    say(
      `bare Node server, same body, load in the same process: ${bare.toFixed(0)} requests/s; the whole way runs at ${((perSecond * 3.1) / bare).toFixed(2)} of it`,
    );
    await idlePolls(port, child, 2_000);
  } finally {
    child.kill("SIGTERM");
    await new Promise((resolve) => child.once("exit", resolve));
    await postgres?.stop();
    agent.destroy();
  }
}
