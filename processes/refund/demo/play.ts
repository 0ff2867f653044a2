/**
 * Plays scenarios against a running server, through its HTTP API only, and tells what happened in the order it was
 * recorded: what the agent proposed, what the policy answered, who approved, what ran, what was undone.
 */
import { serverClient } from "../../demo/server-client.ts";
import type { LedgerEntry, PaymentService } from "./payment-service.ts";
import type { Scenario } from "./scenarios.ts";

interface Recorded {
  readonly sequence: number;
  readonly events: readonly { readonly type: string; readonly [field: string]: unknown }[];
}

export interface Played {
  readonly processInstanceKey: string;
  readonly endedAt: string | null;
  readonly lines: readonly string[];
  readonly ledger: readonly LedgerEntry[];
}

const pollMs = 100;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

type Call = ReturnType<typeof serverClient>;

const short = (value: unknown) => {
  const text = JSON.stringify(value);
  return text.length > 160 ? `${text.slice(0, 157)}…` : text;
};
const list = (value: unknown) => (value as readonly unknown[]).join(", ");

interface Policy {
  readonly policyId: string;
  readonly version: number;
  readonly matchedRules: readonly string[];
}

/** One line for each event that a person would want to know of; element ids come from the activation events. */
function tell(events: Recorded["events"], elements: Map<string, string>): string[] {
  const lines: string[] = [];
  for (const event of events) {
    const at = elements.get(event.element as string) ?? "";
    if (event.type === "elementActivated") elements.set(event.key as string, event.elementId as string);
    else if (event.type === "toolProposed") lines.push(`agent     proposes ${event.tool} ${short(event.args)}`);
    else if (event.type === "decisionMade") {
      const rules = (event.policies as readonly Policy[]).map(
        (policy) => `${policy.policyId}@${policy.version} ${list(policy.matchedRules)}`,
      );
      lines.push(`policy    ${event.determination} ${at} (${rules.join("; ")}) ${list(event.reasonCodes)}`);
      const constraints = event.constraints as readonly { path: string; op: string; value: unknown }[];
      if (constraints.length > 0)
        lines.push(
          `          on terms: ${constraints.map(({ path, op, value }) => `${path} ${op} ${short(value)}`).join(", ")}`,
        );
    } else if (event.type === "approvalVoted")
      lines.push(`approval  ${event.verdict} by ${(event.actor as { id: string }).id}: ${event.comment ?? ""}`);
    else if (event.type === "actionStarted") lines.push(`engine    runs ${at}`);
    else if (event.type === "actionBlocked") lines.push(`engine    does not run ${at}: ${event.reason}`);
    else if (event.type === "timerFired") lines.push("engine    timer is due");
    else if (event.type === "jobErrorThrown") lines.push(`engine    error ${event.errorCode}: ${event.errorMessage}`);
    else if (event.type === "incidentCreated")
      lines.push(`incident  ${event.errorType} at ${event.elementId}: ${event.message}`);
    else if (event.type === "elementCompleted" && /^(reverse|revoke)_/.test(elements.get(event.key as string) ?? ""))
      lines.push(`undo      ${elements.get(event.key as string)} done`);
  }
  return lines;
}

async function voteWhenAsked(call: Call, processInstanceKey: string, vote: "approve" | "reject"): Promise<void> {
  const { items } = await call<{ items: { approvalId: string; processInstanceKey: string }[] }>(
    "GET",
    "/governance/v1/approvals?state=pending",
  );
  const asked = items.find((approval) => approval.processInstanceKey === processInstanceKey);
  if (asked)
    await call("POST", `/governance/v1/approvals/${encodeURIComponent(asked.approvalId)}/votes`, {
      verdict: vote,
      comment: vote === "approve" ? "The order was indeed lost." : "The parcel was signed for.",
    });
}

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
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const { state, hasIncident } = await call<{ state: string; hasIncident: boolean }>(
      "GET",
      `/v2/process-instances/${processInstanceKey}`,
    );
    if (state !== "ACTIVE" || hasIncident) break;
    if (scenario.vote === "approve" || scenario.vote === "reject")
      await voteWhenAsked(reviewer, processInstanceKey, scenario.vote);
    if (Date.now() > deadline)
      throw new Error(
        `Expected scenario "${scenario.name}" to end within ${timeoutMs} ms, but instance ${processInstanceKey} is still active.`,
      );
    await pause(pollMs);
  }
  const { items } = await call<{ items: Recorded[] }>(
    "GET",
    `/governance/v1/process-instances/${processInstanceKey}/history?limit=1000`,
  );
  const elements = new Map<string, string>();
  const lines = items.flatMap(({ events }) => tell(events, elements));
  const ends = items
    .flatMap(({ events }) => events)
    .filter((event) => event.type === "elementCompleted")
    .map((event) => elements.get(event.key as string) ?? "");
  return {
    processInstanceKey,
    endedAt: ends.filter((id) => id === "refund_handled" || id === "refund_undone").at(-1) ?? null,
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
