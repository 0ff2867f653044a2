/**
 * `npm run demo`: plays every scenario of every package and prints the story. Against the server at INTERLOCK_URL
 * (default http://127.0.0.1:8080) when one runs there, else against a private one in memory that it starts and stops.
 */
import { startCreditFileService } from "../credit-advice/demo/credit-file-service.ts";
import { adviceScenarios, playAdvice } from "../credit-advice/demo/play.ts";
import { startHelpService } from "../help-desk/demo/help-service.ts";
import { helpScenarios, playQuestion } from "../help-desk/demo/play.ts";
import { startOrderService } from "../refund/demo/order-service.ts";
import { type PaymentService, startPaymentService } from "../refund/demo/payment-service.ts";
import { faults, play } from "../refund/demo/play.ts";
import { scenarios } from "../refund/demo/scenarios.ts";
import { serverClient } from "./server-client.ts";
import { freePort, type ServerProcess, startServerProcess } from "./server-process.ts";

// The ports that the packages' settings name: a running server looks for the services there.
const ports = { orders: 8091, payments: 8092, creditFile: 8093, help: 8094 };

const print = (line: string) => process.stdout.write(`${line}\n`);

interface Outcome {
  readonly lines: readonly string[];
  readonly faults: readonly string[];
}

/** Plays the scenarios of one package; how many did not end as they must. */
async function playAll<Scenario extends { readonly name: string; readonly story: string }>(
  title: string,
  all: readonly Scenario[],
  playOne: (scenario: Scenario, requestId: string) => Promise<Outcome>,
): Promise<number> {
  print(`\n${title}`);
  let failed = 0;
  for (const [index, scenario] of all.entries()) {
    print(`\n${index + 1}. ${scenario.name}: ${scenario.story}`);
    const played = await playOne(scenario, `REQ-${Date.now()}-${index}`);
    for (const line of played.lines) print(`   ${line}`);
    for (const fault of played.faults) print(`   FAULT     ${fault}`);
    failed += played.faults.length > 0 ? 1 : 0;
  }
  return failed;
}

/** A refund with the entries that it left in the payment service's ledger. */
async function playRefund(
  baseUrl: string,
  scenario: (typeof scenarios)[number],
  requestId: string,
  payments: PaymentService,
): Promise<Outcome> {
  const played = await play(baseUrl, scenario, requestId, payments);
  const entries = played.ledger.map(
    ({ kind, details }) => `${kind}${typeof details.amount === "number" ? ` ${details.amount.toFixed(2)} EUR` : ""}`,
  );
  const lines = [...played.lines, `ledger    ${entries.join(", ") || "nothing"}`];
  return { lines, faults: faults(scenario, played) };
}

const share = (value: number | null) => (value === null ? "–" : `${Math.round(value * 100)} %`);

/** One row a use case: what the server has measured of it so far. */
async function printFigures(baseUrl: string): Promise<void> {
  const { K12_useCases: rows } = await serverClient(baseUrl)<{
    K12_useCases: {
      processId: string | null;
      decisions: number;
      automationRate: number | null;
      decisionAccuracy: number | null;
      retrievalPrecision: number | null;
    }[];
  }>("GET", "/governance/v1/kpis");
  print("\nKey figures of this server");
  for (const row of rows)
    if (row.processId !== null)
      print(
        `   ${row.processId.padEnd(14)} ${String(row.decisions).padStart(4)} decisions   ran by itself ${share(row.automationRate)}   decided right ${share(row.decisionAccuracy)}   retrieved to the point ${share(row.retrievalPrecision)}`,
      );
}

async function isRunning(url: string): Promise<boolean> {
  return fetch(`${url}/health/ready`).then(
    (response) => response.ok,
    () => false,
  );
}

async function main(): Promise<number> {
  const wanted = (process.env.INTERLOCK_URL ?? "http://127.0.0.1:8080").replace(/\/$/, "");
  const running = await isRunning(wanted);
  if (!running && process.env.INTERLOCK_URL) throw new Error(`Expected a server at ${wanted}, but none answers there.`);
  const at = (port: number) => (running ? port : 0);
  const orders = await startOrderService(at(ports.orders));
  const payments = await startPaymentService(at(ports.payments));
  const creditFile = await startCreditFileService(at(ports.creditFile));
  const help = await startHelpService(at(ports.help));
  const services = [orders, payments, creditFile, help];
  let own: ServerProcess | undefined;
  try {
    if (!running) {
      print("No server runs at the default address: starting a private one in memory.");
      own = await startServerProcess({
        PORT: String(await freePort()),
        DATA_DIR: "memory://",
        INTERLOCK_SECRET_ORDER_SERVICE: orders.url,
        INTERLOCK_SECRET_PAYMENT_SERVICE: payments.url,
        INTERLOCK_SECRET_CREDIT_FILE_SERVICE: creditFile.url,
        INTERLOCK_SECRET_HELP_SERVICE: help.url,
        INTERLOCK_EGRESS: services.map(({ url }) => `private:${new URL(url).host}`).join(","),
      });
    }
    const baseUrl = own?.url ?? wanted;
    const count = scenarios.length + adviceScenarios.length + helpScenarios.length;
    print(`Playing ${count} scenarios against ${baseUrl}`);
    const failed =
      (await playAll("Refunds: automation under a policy", scenarios, (scenario, id) =>
        playRefund(baseUrl, scenario, id, payments),
      )) +
      (await playAll("Credit lines: advice to a person who decides", adviceScenarios, (scenario, id) =>
        playAdvice(baseUrl, scenario, id, creditFile),
      )) +
      (await playAll("Help desk: retrieval, then a plan of actions", helpScenarios, (scenario, id) =>
        playQuestion(baseUrl, scenario, id, help),
      ));
    await printFigures(baseUrl);
    print(`\n${count - failed} of ${count} scenarios ended as they must; every payment stands in the ledger once.`);
    return failed;
  } finally {
    await own?.stop();
    await Promise.all(services.map((service) => service.close()));
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
