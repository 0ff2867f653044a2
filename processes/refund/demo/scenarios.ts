/** What the demo sends, what people do, and what the ledger of the payment service must show afterwards. */

export interface RefundRequest {
  readonly requestId: string;
  readonly customerId: string;
  readonly orderId: string;
  readonly amount: number;
  readonly reason: string;
  readonly text: string;
}

export interface Scenario {
  readonly name: string;
  readonly story: string;
  readonly request: Omit<RefundRequest, "requestId">;
  /** ISO 8601 duration of the boundary timer of the agent; absent: the model's default. */
  readonly agentTimeout?: string;
  /** What the reviewer does with the approval, if one is asked for. "nobody": nobody votes. */
  readonly vote?: "approve" | "reject" | "nobody";
  /** Entries that this request must leave in the ledger. */
  readonly ledger: {
    readonly refund: number;
    readonly credit: number;
    readonly reversal: number;
    readonly email: number;
  };
  /** The end event that must be reached. */
  readonly endsAt: "refund_handled" | "refund_undone";
}

export const scenarios: readonly Scenario[] = [
  {
    name: "allowed",
    story: "A customer of two years asks for 120.50 EUR: below the limit, the policy allows it.",
    request: {
      customerId: "C-17",
      orderId: "ORD-1001",
      amount: 120.5,
      reason: "damaged",
      text: "The lamp came broken.",
    },
    ledger: { refund: 1, credit: 0, reversal: 0, email: 1 },
    endsAt: "refund_handled",
  },
  {
    name: "credit",
    story: "A customer of two months: the policy allows store credit only, and the proposal for cash is changed.",
    request: { customerId: "C-23", orderId: "ORD-1002", amount: 80, reason: "changed_mind", text: "I do not need it." },
    ledger: { refund: 0, credit: 1, reversal: 0, email: 1 },
    endsAt: "refund_handled",
  },
  {
    name: "approved",
    story: "640 EUR is above the limit: the policy asks for approval, a reviewer approves, exactly that refund runs.",
    request: { customerId: "C-31", orderId: "ORD-1003", amount: 640, reason: "not_delivered", text: "It never came." },
    vote: "approve",
    ledger: { refund: 1, credit: 0, reversal: 0, email: 1 },
    endsAt: "refund_handled",
  },
  {
    name: "rejected",
    story: "Another 640 EUR, and the reviewer says no: nothing is paid, the customer is told.",
    request: { customerId: "C-31", orderId: "ORD-1004", amount: 640, reason: "other", text: "I want it back." },
    vote: "reject",
    ledger: { refund: 0, credit: 0, reversal: 0, email: 1 },
    endsAt: "refund_handled",
  },
  {
    name: "denied",
    story: "A blocked account: the policy denies, the tool never runs, the agent is told why.",
    request: { customerId: "C-44", orderId: "ORD-1005", amount: 20, reason: "other", text: "Again, please." },
    ledger: { refund: 0, credit: 0, reversal: 0, email: 1 },
    endsAt: "refund_handled",
  },
  {
    name: "timed out",
    story: "Nobody answers the approval in time: the boundary timer ends the agent, nothing was paid.",
    request: { customerId: "C-31", orderId: "ORD-1006", amount: 900, reason: "damaged", text: "Where is my money?" },
    agentTimeout: "PT3S",
    vote: "nobody",
    ledger: { refund: 0, credit: 0, reversal: 0, email: 0 },
    endsAt: "refund_undone",
  },
  {
    name: "failed and compensated",
    story: "The refund is paid, then the case cannot be closed: the refund is reversed.",
    request: { customerId: "C-17", orderId: "ORD-1009", amount: 99.99, reason: "damaged", text: "Broken." },
    ledger: { refund: 1, credit: 0, reversal: 1, email: 1 },
    endsAt: "refund_undone",
  },
];
