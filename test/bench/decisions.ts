/**
 * `POST /governance/v1/decisions` from outside: a policy of 200 rules over 12 facts, each answer with its permit signed and
 * its trace on disk before it is given; on PostgreSQL when one can be started here, else on PGlite. Server, load and
 * database share this machine's cores. C05 asks for p99 under 50 ms, warm, on two cores.
 *
 * Beside it, in the same run: the same rules in cedar-wasm behind a bare Node server that keeps no record, in the
 * process of the load. OPA is not here: its WebAssembly runtime from npm runs only what the `opa` program has compiled.
 */
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { findPostgres, startPostgres } from "../postgres.ts";
import { agent, inParallel, percentile, send, startServer, usage } from "./http.ts";
import { type Cedar, cedarPolicies, policyDmn, requestAt } from "./plane.ts";

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** The request of the other benchmark, as somebody outside asks it. */
export function questionAt(index: number): object {
  const { action, args, facts, policies, agent: asking, actor, toolCallId, idempotencyKey } = requestAt(index);
  return {
    action,
    args,
    facts,
    policies: policies.map(({ policyId }) => ({ policyId })),
    agent: { id: asking?.id, version: asking?.version, model: asking?.model },
    actor,
    run: { processInstanceKey: String(index), elementId: "pay", toolCallId },
    idempotencyKey,
  };
}

/** Uploads the policy of 200 rules and puts it in force; the author may not be the one who promotes. */
export async function release(address: string): Promise<void> {
  const post = async (path: string, actor: string, body: object): Promise<{ version: number }> => {
    const response = await fetch(`${address}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", "interlock-actor": actor },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`Expected ${path} to be accepted, but ${await response.text()}`);
    return (await response.json()) as { version: number };
  };
  const { args, facts } = requestAt(0);
  const { version } = await post("/governance/v1/policies", "ann", {
    manifest: { id: "bench", domain: "bench", owner: "bench", actions: ["pay"], release: { ruleCoverageMin: 0 } },
    dmn: policyDmn(),
    tests: {
      cases: [
        {
          name: "any",
          args: { ...args, amount: 5000 },
          facts: Object.fromEntries(Object.entries(facts).map(([name, { value }]) => [name, value])),
          expect: { determination: "REQUIRE_APPROVAL" },
        },
      ],
    },
  });
  await post(`/governance/v1/policies/bench/versions/${version}/promotion`, "ben; groups=policy-approvers", {
    stage: "active",
    reason: "bench",
    expedited: true,
  });
}

interface Load {
  readonly perSecond: number;
  readonly latencies: number[];
}

let asked = 0;
async function ask(port: number, inFlight: number, total: number): Promise<Load> {
  const latencies: number[] = [];
  const perSecond = await inParallel(inFlight, total, async () => {
    const body = JSON.stringify(questionAt(asked++));
    const from = performance.now();
    const reply = await send(port, "POST", "/governance/v1/decisions", body);
    latencies.push(performance.now() - from);
    if (reply.status !== 200) throw new Error(reply.text);
  });
  return { perSecond, latencies };
}

const told = ({ perSecond, latencies }: Load): string =>
  `p50 ${percentile(latencies, 0.5).toFixed(1)} ms, p99 ${percentile(latencies, 0.99).toFixed(1)} ms, ${perSecond.toFixed(0)} per second`;

async function cedarServer(): Promise<{ port: number; close(): void }> {
  const cedar = createRequire(import.meta.url)("@cedar-policy/cedar-wasm/nodejs") as Cedar;
  cedar.preparsePolicySet("bench", { staticPolicies: cedarPolicies() });
  const server = createServer((incoming, response) => {
    let text = "";
    incoming.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    incoming.on("end", () => {
      const { args, facts } = JSON.parse(text) as Pick<ReturnType<typeof requestAt>, "args" | "facts">;
      const context = {
        amount: args.amount,
        ...Object.fromEntries(Object.entries(facts).map(([name, fact]) => [name.slice(8), fact.value])),
      };
      const answer = cedar.statefulIsAuthorized({
        principal: { type: "Agent", id: "a" },
        action: { type: "Action", id: "pay" },
        resource: { type: "Tool", id: "bank" },
        context,
        preparsedPolicySetId: "bench",
        entities: [],
      });
      response.setHeader("content-type", "application/json").end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as AddressInfo).port, close: () => void server.close() };
}

export async function run(): Promise<void> {
  const postgres = findPostgres() === null ? undefined : await startPostgres();
  const environment: Record<string, string> = { DATA_DIR: "memory://" };
  if (postgres !== undefined) environment.DATABASE_URL = await postgres.createDatabase();
  const { port, child } = await startServer(environment);
  const peer = await cedarServer();
  try {
    await release(`http://127.0.0.1:${port}`);
    await ask(port, 8, 2_000);
    say(
      `store: ${postgres === undefined ? "PGlite" : "PostgreSQL, fsync on"}; every answer recorded before it is given`,
    );
    for (const inFlight of [1, 8, 32]) {
      const before = usage(child).cpuSeconds;
      const load = await ask(port, inFlight, 3_000);
      const cpuUs = ((usage(child).cpuSeconds - before) / 3_000) * 1e6;
      say(
        `${inFlight} in flight: ${told(load)}; ${cpuUs.toFixed(0)} µs of the server's processor time each (C05: p99 < 50)`,
      );
    }
    await ask(peer.port, 8, 500);
    for (const inFlight of [1, 8])
      say(`cedar-wasm, nothing recorded, ${inFlight} in flight: ${told(await ask(peer.port, inFlight, 1_500))}`);
  } finally {
    peer.close();
    child.kill("SIGTERM");
    await new Promise((resolve) => child.once("exit", resolve));
    await postgres?.stop();
    agent.destroy();
  }
}
