/** Starts the built server as a process of its own, the way users do: for the demo, and for tests that kill it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

/** The repository, from its sources as well as from dist/processes/demo. */
const root = fileURLToPath(new URL(import.meta.url.includes("/dist/") ? "../../../" : "../../", import.meta.url));
const startMsMax = 180_000;

export interface ServerProcess {
  readonly url: string;
  /** SIGKILL: no farewell, nothing is flushed. Resolves when the process has gone. */
  kill(): Promise<void>;
  /** SIGTERM: drains. */
  stop(): Promise<void>;
  output(): string;
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

async function untilReady(url: string, child: ChildProcess, output: () => string): Promise<void> {
  const deadline = Date.now() + startMsMax;
  while (Date.now() < deadline) {
    if (child.exitCode !== null)
      throw new Error(`Expected the server to start, but it ended with ${child.exitCode}: ${output()}`);
    try {
      if ((await fetch(`${url}/health/ready`)).ok) return;
    } catch {
      // not listening yet
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`Expected the server to be ready within ${startMsMax} ms, but: ${output()}`);
}

/** Environment as in the README: PORT, DATABASE_URL, DATA_DIR …; the rest comes from this process. */
export async function startServerProcess(environment: Readonly<Record<string, string>>): Promise<ServerProcess> {
  const child = spawn(process.execPath, ["dist/api/main.js"], {
    cwd: root,
    env: { ...process.env, LOG_LEVEL: "warn", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  const keep = (chunk: Buffer) => {
    text = (text + chunk.toString("utf8")).slice(-20_000);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const url = `http://127.0.0.1:${environment.PORT}`;
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill(signal);
    await gone;
  };
  try {
    await untilReady(url, child, () => text);
  } catch (error) {
    await end("SIGKILL");
    throw error;
  }
  return { url, kill: () => end("SIGKILL"), stop: () => end("SIGTERM"), output: () => text };
}
