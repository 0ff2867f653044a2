/** `npm run demo`: starts the two services, plays every scenario against the server at INTERLOCK_URL, prints the story. */
import { startOrderService } from "./order-service.ts";
import { startPaymentService } from "./payment-service.ts";
import { faults, play } from "./play.ts";
import { scenarios } from "./scenarios.ts";

const print = (line: string) => process.stdout.write(`${line}\n`);

async function main(): Promise<number> {
  const baseUrl = process.env.INTERLOCK_URL ?? "http://127.0.0.1:8080";
  const orders = await startOrderService(Number(process.env.ORDER_SERVICE_PORT ?? 8091));
  const payments = await startPaymentService(Number(process.env.PAYMENT_SERVICE_PORT ?? 8092));
  let failed = 0;
  try {
    for (const [index, scenario] of scenarios.entries()) {
      print(`\n${index + 1}. ${scenario.name}: ${scenario.story}`);
      const played = await play(baseUrl, scenario, `REQ-${Date.now()}-${index}`, payments);
      for (const line of played.lines) print(`   ${line}`);
      print(
        `   ledger    ${played.ledger.map(({ kind, details }) => `${kind}${details.amount ? ` ${details.amount} EUR` : ""}`).join(", ") || "nothing"}`,
      );
      print(`   see       ${baseUrl}/instances/${played.processInstanceKey}`);
      const wrong = faults(scenario, played);
      for (const fault of wrong) print(`   FAULT     ${fault}`);
      failed += wrong.length > 0 ? 1 : 0;
    }
  } finally {
    await Promise.all([orders.close(), payments.close()]);
  }
  print(
    `\n${scenarios.length - failed} of ${scenarios.length} scenarios as expected; each refund stands in the ledger exactly once.`,
  );
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main();
