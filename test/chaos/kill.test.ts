/**
 * The server is killed (SIGKILL) at random moments and started again on the same store, while refunds run. Afterwards
 * every acknowledged request has ended and stands in the ledger of the payment service exactly once.
 * KILLS scales the number of kills (default 15, to keep a run short; 50 is what a release is held to); a failing run prints its seed, SEED repeats the moments.
 */
import { rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serverClient } from "../../processes/demo/server-client.ts";
import { freePort, type ServerProcess, startServerProcess } from "../../processes/demo/server-process.ts";
import { startOrderService } from "../../processes/refund/demo/order-service.ts";
import { startPaymentService } from "../../processes/refund/demo/payment-service.ts";
import { buildServer } from "../build-server.ts";
import { newDataFolder } from "../empty-store.ts";

const kills = Number(process.env.KILLS ?? 15);
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);

/** mulberry32: small, seeded, good enough to pick moments. */
function randomNumbers(from: number): () => number {
  let state = from >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const orderIdOf = (index: number) => `ORD-${(1_000 + index) * 10 + 1}`;

/** Publishes until the server has answered: with a message id, a repeat of an accepted message is refused, not doubled. */
async function publish(url: string, index: number): Promise<boolean> {
  const response = await fetch(`${url}/v2/messages/publication`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      name: "refund-requested",
      correlationKey: `REQ-${index}`,
      messageId: `message-${index}`,
      timeToLive: 3_600_000,
      variables: {
        request: {
          requestId: `REQ-${index}`,
          customerId: "C-17",
          orderId: orderIdOf(index),
          amount: 20,
          reason: "damaged",
          text: "Broken.",
        },
      },
    }),
  }).catch(() => null);
  return response !== null && (response.ok || response.status === 409);
}

describe("a server that is killed again and again", () => {
  let folder: string;
  beforeAll(async () => {
    buildServer();
    folder = newDataFolder("interlock-chaos-");
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it(`B09 M05 R6 loses nothing and pays each refund once over ${kills} kills`, { timeout: 600_000 }, async () => {
    const random = randomNumbers(seed);
    const orders = await startOrderService(0);
    const payments = await startPaymentService(0, { delayMs: 15 });
    const environment = {
      PORT: String(await freePort()),
      DATA_DIR: folder,
      INTERLOCK_SECRET_ORDER_SERVICE: orders.url,
      INTERLOCK_SECRET_PAYMENT_SERVICE: payments.url,
      INTERLOCK_EGRESS: `private:${new URL(orders.url).host},private:${new URL(payments.url).host}`,
    };
    const acknowledged = new Set<number>();
    let next = 0;
    let server: ServerProcess = await startServerProcess(environment);
    try {
      for (let round = 0; round < kills; round += 1) {
        const doomed = server;
        const killAt = Date.now() + 50 + random() * 700;
        while (Date.now() < killAt) {
          const index = next;
          if (await publish(doomed.url, index)) {
            acknowledged.add(index);
            next += 1;
          }
          await pause(random() * 60);
        }
        await doomed.kill();
        server = await startServerProcess(environment);
      }
      const call = serverClient(server.url);
      const deadline = Date.now() + 120_000;
      let active = acknowledged.size;
      while (active > 0 && Date.now() < deadline) {
        await pause(250);
        active = (
          await call<{ page: { totalItems: number } }>("POST", "/v2/process-instances/search", {
            filter: { processDefinitionId: "refund", state: "ACTIVE" },
            page: { limit: 1 },
          })
        ).page.totalItems;
      }
      const { items } = await call<{ items: { state: string }[] }>("POST", "/v2/process-instances/search", {
        filter: { processDefinitionId: "refund" },
        page: { limit: 5_000 },
      });
      const paid = new Map<string, number>();
      for (const entry of payments.ledger())
        if (entry.kind === "refund")
          paid.set(String(entry.details.orderId), (paid.get(String(entry.details.orderId)) ?? 0) + 1);
      const wrong = [...acknowledged]
        .filter((index) => paid.get(orderIdOf(index)) !== 1)
        .map((index) => `${orderIdOf(index)}: ${paid.get(orderIdOf(index)) ?? 0}`);
      expect(wrong, `seed ${seed}`).toEqual([]);
      expect(
        [...paid.values()].filter((count) => count !== 1),
        `seed ${seed}`,
      ).toEqual([]);
      expect(items.filter(({ state }) => state !== "COMPLETED").length, `seed ${seed}`).toBe(0);
      expect(acknowledged.size).toBeGreaterThan(kills / 5);
    } finally {
      await server.kill();
      await Promise.all([orders.close(), payments.close()]);
    }
  });
});
