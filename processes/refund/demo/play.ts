/** Plays the refund scenarios against a running server, through its HTTP API only, and says what is wrong with an outcome. */
import { serverClient } from "../../demo/server-client.ts";
import { storyOf, untilEnded, voteWhenAsked } from "../../demo/story.ts";
import type { LedgerEntry, PaymentService } from "./payment-service.ts";
import type { Scenario } from "./scenarios.ts";

export interface Played {
  readonly processInstanceKey: string;
  readonly endedAt: string | null;
  readonly lines: readonly string[];
  readonly ledger: readonly LedgerEntry[];
}

const comments = { approve: "The order was indeed lost.", reject: "The parcel was signed for." };

/** Plays one scenario to its end (or to an incident); rejects after `timeoutMs`. */
export async function play(
  baseUrl: string,
  scenario: Scenario,
  requestId: string,
  payments: Pick<PaymentService, "ledger">,
  timeoutMs = 60_000,
): Promise<Played> {
  const call = serverClient(baseUrl);
  const reviewer = serverClient(baseUrl, "rita; groups=refund-approvers");
  const before = payments.ledger().length;
  const { processInstanceKey } = await call<{ processInstanceKey: string }>("POST", "/v2/messages/correlation", {
    name: "refund-requested",
    correlationKey: requestId,
    variables: {
      request: { requestId, ...scenario.request },
      ...(scenario.agentTimeout ? { agentTimeout: scenario.agentTimeout } : {}),
    },
  });
  await untilEnded(call, processInstanceKey, timeoutMs, async () => {
    if (scenario.vote === "approve" || scenario.vote === "reject")
      await voteWhenAsked(reviewer, processInstanceKey, scenario.vote, comments[scenario.vote]);
  });
  const { lines, completed } = await storyOf(call, processInstanceKey);
  return {
    processInstanceKey,
    endedAt: completed.filter((id) => id === "refund_handled" || id === "refund_undone").at(-1) ?? null,
    lines,
    ledger: payments.ledger().slice(before),
  };
}

/** What is wrong with a played scenario; empty when all is as it must be. */
export function faults(scenario: Scenario, played: Played): string[] {
  const found: string[] = [];
  if (played.endedAt !== scenario.endsAt)
    found.push(`expected the end ${scenario.endsAt}, but it ended at ${played.endedAt}`);
  for (const kind of ["refund", "credit", "reversal", "email"] as const) {
    const count = played.ledger.filter((entry) => entry.kind === kind).length;
    if (count !== scenario.ledger[kind])
      found.push(`expected ${scenario.ledger[kind]} ${kind} in the ledger, but found ${count}`);
  }
  return found;
}
