/**
 * What the tests of all frameworks share: a server with the shipped policies, a refund tool that counts what it pays, and
 * a reviewer. Only the decision plane is used, over HTTP; the framework orchestrates, and no engine takes part.
 */
import { type ConnectionOptions, InterlockClient, type ToolGuardOptions } from "../../api/client/index.ts";
import { startTestServer, type TestServer } from "../api/server.ts";

export type Json = Readonly<Record<string, unknown>>;

export interface Refunds {
  readonly server: TestServer;
  readonly connection: ConnectionOptions;
  /** What was paid: the arguments of each execution of the tool. */
  readonly paid: Json[];
  /** The unguarded tool body. */
  refund(args: Json): Promise<string>;
  /** Options of a guard around it. Each call stands for an agent of its own. */
  guarded(more?: Partial<ToolGuardOptions>): ToolGuardOptions;
  /** Waits until the guard has asked, then votes. */
  review(verdict: "approve" | "reject" | "edit", more?: Json): Promise<void>;
  close(): Promise<void>;
}

/** A customer who gets up to 500 at once, and with a change of mind only credit. */
export const customer = {
  "subject.accountTenureDays": 812,
  "subject.refundsLast12Months": 0,
  "subject.standing": "good",
};

export const refundArgs = (amount: number, more: Json = {}) => ({
  orderId: "ORD-1",
  customerId: "C-17",
  amount,
  method: "cash",
  reason: "damaged",
  ...more,
});

export async function openRefunds(): Promise<Refunds> {
  const server = await startTestServer({ withShipped: true });
  const connection = { url: server.url };
  const reviewer = new InterlockClient({ ...connection, actor: "bob; groups=refund-approvers" });
  const paid: Json[] = [];
  const waiting = async (): Promise<string> => {
    for (;;) {
      const { items } = await reviewer.request<{ items: { approvalId: string }[] }>("GET", "/governance/v1/approvals", {
        query: { state: "pending" },
      });
      if (items[0] !== undefined) return items[0].approvalId;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  return {
    server,
    connection,
    paid,
    async refund(args) {
      paid.push(args);
      return `refunded ${String(args.amount)} as ${String(args.method)}`;
    },
    guarded: (more = {}) => ({
      actionType: "issue_refund",
      target: "payments",
      operation: "pay",
      connection,
      agent: { id: "helper", version: "1" },
      facts: customer,
      approvalPollMs: 10,
      ...more,
    }),
    async review(verdict, more = {}) {
      const approvalId = await waiting();
      await reviewer.request("POST", `/governance/v1/approvals/${approvalId}/votes`, {
        body: { verdict, comment: "reviewed", ...more },
      });
    },
    close: () => server.close(),
  };
}
