/** The order service of the demo: accounts, orders, fraud scores; it refuses to close a disputed order with 409. */
import { type JsonReply, type JsonServer, startJsonServer } from "../../demo/json-server.ts";

interface Account {
  readonly customerId: string;
  readonly name: string;
  readonly tenureDays: number;
  readonly refundsLast12Months: number;
  readonly standing: "good" | "watch" | "blocked";
  readonly fraudScore: number;
}

const accounts: readonly Account[] = [
  { customerId: "C-17", name: "Ana Keller", tenureDays: 812, refundsLast12Months: 0, standing: "good", fraudScore: 4 },
  { customerId: "C-23", name: "Ben Ito", tenureDays: 64, refundsLast12Months: 1, standing: "good", fraudScore: 11 },
  {
    customerId: "C-31",
    name: "Chloé Adams",
    tenureDays: 1460,
    refundsLast12Months: 1,
    standing: "good",
    fraudScore: 7,
  },
  {
    customerId: "C-44",
    name: "Dan Ford",
    tenureDays: 380,
    refundsLast12Months: 6,
    standing: "blocked",
    fraudScore: 88,
  },
];
const accountById = new Map(accounts.map((account) => [account.customerId, account]));

const notFound = (what: string): JsonReply => ({ status: 404, body: { message: `Expected a known ${what}.` } });

/** An order whose number ends in 9 is disputed: its case cannot be closed. */
const isDisputed = (orderId: string) => orderId.endsWith("9");

function accountReply(customerId: string, part: string | undefined): JsonReply {
  const account = accountById.get(customerId);
  if (!account) return notFound("customer");
  const { fraudScore, ...visible } = account;
  return { status: 200, body: part === "fraud-score" ? { customerId, score: fraudScore } : visible };
}

/** Starts the service; port 0 takes a free one. */
export function startOrderService(port: number): Promise<JsonServer> {
  const closed = new Set<string>();
  return startJsonServer(port, ({ method, path }) => {
    const [collection, id, part] = path;
    if (collection === "accounts" && id && method === "GET") return accountReply(id, part);
    if (collection !== "orders" || !id || !/^ORD-[0-9]{1,9}$/.test(id)) return notFound("order");
    if (method === "GET" && !part) {
      return {
        status: 200,
        body: { orderId: id, items: ["Desk lamp"], deliveredOn: "2026-11-02", closed: closed.has(id) },
      };
    }
    if (method === "POST" && part === "closure") {
      if (isDisputed(id)) return { status: 409, body: { message: `Order ${id} is disputed with the carrier.` } };
      closed.add(id);
      return { status: 200, body: { orderId: id, closed: true } };
    }
    return notFound("operation");
  });
}
