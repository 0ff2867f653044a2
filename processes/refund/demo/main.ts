/**
 * `npm run demo`: plays every scenario and prints the story. Against the server at INTERLOCK_URL (default
 * http://127.0.0.1:8080) when one runs there, else against a private one in memory that it starts and stops.
 */

import { freePort, type ServerProcess, startServerProcess } from "../../demo/server-process.ts";
import { startOrderService } from "./order-service.ts";
import { startPaymentService } from "./payment-service.ts";
import { faults, play } from "./play.ts";
import { scenarios } from "./scenarios.ts";

// The ports that the package's settings name: a running server looks for the services there.
const orderServicePort = 8091;
const paymentServicePort = 8092;

const print = (line: string) => process.stdout.write(`${line}\n`);

async function isRunning(url: string): Promise<boolean> {
  return fetch(`${url}/health/ready`).then(
    (response) => response.ok,
    () => false,
  );
}

async function playAll(baseUrl: string, payments: Awaited<ReturnType<typeof startPaymentService>>): Promise<number> {
  let failed = 0;
  for (const [index, scenario] of scenarios.entries()) {
    print(`\n${index + 1}. ${scenario.name}: ${scenario.story}`);
    const played = await play(baseUrl, scenario, `REQ-${Date.now()}-${index}`, payments);
    for (const line of played.lines) print(`   ${line}`);
    const entries = played.ledger.map(
      ({ kind, details }) => `${kind}${typeof details.amount === "number" ? ` ${details.amount.toFixed(2)} EUR` : ""}`,
    );
    print(`   ledger    ${entries.join(", ") || "nothing"}`);
    const wrong = faults(scenario, played);
    for (const fault of wrong) print(`   FAULT     ${fault}`);
    failed += wrong.length > 0 ? 1 : 0;
  }
  print(
    `\n${scenarios.length - failed} of ${scenarios.length} scenarios ended as they must; every payment stands in the ledger once.`,
  );
  return failed;
}

async function main(): Promise<number> {
  const wanted = (process.env.INTERLOCK_URL ?? "http://127.0.0.1:8080").replace(/\/$/, "");
  const running = await isRunning(wanted);
  if (!running && process.env.INTERLOCK_URL) throw new Error(`Expected a server at ${wanted}, but none answers there.`);
  const orders = await startOrderService(running ? orderServicePort : 0);
  const payments = await startPaymentService(running ? paymentServicePort : 0);
  let own: ServerProcess | undefined;
  try {
    if (!running) {
      print("No server runs at the default address: starting a private one in memory.");
      own = await startServerProcess({
        PORT: String(await freePort()),
        DATA_DIR: "memory://",
        INTERLOCK_SECRET_ORDER_SERVICE: orders.url,
        INTERLOCK_SECRET_PAYMENT_SERVICE: payments.url,
        INTERLOCK_EGRESS: `private:${new URL(orders.url).host},private:${new URL(payments.url).host}`,
      });
    }
    const baseUrl = own?.url ?? wanted;
    print(`Playing ${scenarios.length} scenarios against ${baseUrl}`);
    return await playAll(baseUrl, payments);
  } finally {
    await own?.stop();
    await Promise.all([orders.close(), payments.close()]);
  }
}

main().then(
  (failed) => {
    process.exitCode = failed === 0 ? 0 : 1;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
