/**
 * A job worker: takes jobs of type "charge-card", charges once per effect however often it is tried, throws a business
 * error for the process to catch. Run: `node dist/api/client/examples/worker.js`, ends with Ctrl+C.
 */
import { pathToFileURL } from "node:url";
import { BpmnError, InterlockClient, type JobWorker } from "../index.ts";

/** Stands for a payment service that honours idempotency keys. */
const charged = new Map<string, string>();
function charge(idempotencyKey: string, amount: number): string {
  if (amount > 1_000) throw new BpmnError("CARD_DECLINED", "The card does not cover this amount");
  const receipt = charged.get(idempotencyKey) ?? `receipt-${charged.size + 1}`;
  charged.set(idempotencyKey, receipt);
  return receipt;
}

export function workOnCharges(client: InterlockClient): JobWorker {
  return client.work(
    "charge-card",
    async (job, { idempotencyKey }) => ({ receipt: charge(idempotencyKey, Number(job.variables.amount)) }),
    { concurrency: 5, onError: (error) => process.stderr.write(`${String(error)}\n`) },
  );
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const worker = workOnCharges(new InterlockClient());
  process.once("SIGINT", () => void worker.stop());
}
