/**
 * What demos do with any instance: wait for its end, vote where it asks, and tell what happened in the order in which it
 * was recorded: what the agent proposed, what the policy answered, who approved, what ran, what was undone.
 */
import type { serverClient } from "./server-client.ts";

type Call = ReturnType<typeof serverClient>;

interface Recorded {
  readonly sequence: number;
  readonly events: readonly { readonly type: string; readonly [field: string]: unknown }[];
}

export interface Story {
  readonly lines: readonly string[];
  /** Ids of the elements that were completed, in that order. */
  readonly completed: readonly string[];
}

const pollMs = 100;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

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

/** The approver's vote, if this instance waits for one. */
export async function voteWhenAsked(
  call: Call,
  processInstanceKey: string,
  vote: "approve" | "reject",
  comment: string,
): Promise<void> {
  const { items } = await call<{ items: { approvalId: string; processInstanceKey: string }[] }>(
    "GET",
    "/governance/v1/approvals?state=pending",
  );
  const asked = items.find((approval) => approval.processInstanceKey === processInstanceKey);
  if (asked)
    await call("POST", `/governance/v1/approvals/${encodeURIComponent(asked.approvalId)}/votes`, {
      verdict: vote,
      comment,
    });
}

/** Until it has ended or has an incident; `meanwhile` is called again and again. Rejects after `timeoutMs`. */
export async function untilEnded(
  call: Call,
  processInstanceKey: string,
  timeoutMs: number,
  meanwhile: () => Promise<void>,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const { state, hasIncident } = await call<{ state: string; hasIncident: boolean }>(
      "GET",
      `/v2/process-instances/${processInstanceKey}`,
    );
    if (state !== "ACTIVE" || hasIncident) return;
    await meanwhile();
    if (Date.now() > deadline)
      throw new Error(`Expected instance ${processInstanceKey} to end within ${timeoutMs} ms, but it is still active.`);
    await pause(pollMs);
  }
}

/** What happened in an instance, from its history. */
export async function storyOf(call: Call, processInstanceKey: string): Promise<Story> {
  const { items } = await call<{ items: Recorded[] }>(
    "GET",
    `/governance/v1/process-instances/${processInstanceKey}/history?limit=1000`,
  );
  const elements = new Map<string, string>();
  const lines = items.flatMap(({ events }) => tell(events, elements));
  const completed = items
    .flatMap(({ events }) => events)
    .filter((event) => event.type === "elementCompleted")
    .map((event) => elements.get(event.key as string) ?? "");
  return { lines, completed };
}
