/**
 * The payment service of the demo: pays refunds, gives store credits, reverses both, sends e-mails, and keeps a ledger.
 * A request that repeats an Idempotency-Key gets the first answer again and books nothing.
 */
import { type JsonReply, type JsonRequest, type JsonServer, startJsonServer } from "../../demo/json-server.ts";

export interface LedgerEntry {
  readonly number: number;
  readonly kind: "refund" | "credit" | "reversal" | "email";
  readonly id: string;
  readonly idempotencyKey: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface PaymentService extends JsonServer {
  /** A copy of the ledger, oldest first. */
  ledger(): LedgerEntry[];
  /** How many requests came, with repeats: more than entries means that a repeat was absorbed. */
  requests(): number;
}

export interface PaymentServiceOptions {
  /** Delay before an answer, milliseconds: leaves time to kill an engine while an effect is in flight. */
  readonly delayMs?: number;
}

/** Starts the service; port 0 takes a free one. */
export async function startPaymentService(port: number, options: PaymentServiceOptions = {}): Promise<PaymentService> {
  const ledger: LedgerEntry[] = [];
  const answers = new Map<string, JsonReply>();
  let requests = 0;

  const book = (kind: LedgerEntry["kind"], request: JsonRequest, details: Record<string, unknown>, idName: string) => {
    const number = ledger.length + 1;
    const id = `${kind}-${number}`;
    ledger.push({ number, kind, id, idempotencyKey: request.idempotencyKey, details });
    return { status: 201, body: { [idName]: id, status: "done", ...details } };
  };

  const reverse = (id: string, request: JsonRequest): JsonReply => {
    const original = ledger.find((entry) => entry.id === id);
    if (!original) return { status: 404, body: { message: `Expected a booked payment, but ${id} is unknown.` } };
    const earlier = ledger.find((entry) => entry.kind === "reversal" && entry.details.of === id);
    if (earlier) return { status: 200, body: { reversalId: earlier.id, of: id } };
    return book("reversal", request, { of: id, reason: request.body.reason ?? null }, "reversalId");
  };

  const carryOut = (request: JsonRequest): JsonReply => {
    const [collection, id, part] = request.path;
    if (part === "reversal" && id) return reverse(id, request);
    if (collection === "emails") return book("email", request, { ...request.body }, "emailId");
    if (collection !== "refunds" && collection !== "credits")
      return { status: 404, body: { message: "Expected refunds, credits or emails." } };
    const { amount } = request.body;
    if (typeof amount !== "number" || !(amount > 0))
      return { status: 400, body: { message: `Expected a positive amount, but ${JSON.stringify(amount)} came.` } };
    const asCredit = collection === "credits" || request.body.method === "credit";
    return book(
      asCredit ? "credit" : "refund",
      request,
      { ...request.body },
      collection === "credits" ? "creditId" : "refundId",
    );
  };

  const server = await startJsonServer(port, async (request) => {
    if (request.method === "GET" && request.path[0] === "ledger")
      return { status: 200, body: { items: ledger, requests } };
    if (request.method !== "POST") return { status: 405, body: { message: "Expected POST." } };
    requests += 1;
    const { idempotencyKey } = request;
    let reply = idempotencyKey === null ? undefined : answers.get(idempotencyKey);
    if (!reply) {
      // Booked before the delay: a caller that dies while waiting has paid, and must learn so when it asks again.
      reply = carryOut(request);
      if (idempotencyKey !== null && reply.status < 300) answers.set(idempotencyKey, reply);
    }
    if (options.delayMs) await new Promise((resolve) => setTimeout(resolve, options.delayMs));
    return reply;
  });
  return { ...server, ledger: () => [...ledger], requests: () => requests };
}
