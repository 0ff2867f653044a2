/**
 * Runplane's wire: the shapes that its public SDK sends and reads, against a running server. Its package is not to be had
 * from the public registry; the client below does what the SDK does, with its failMode and its error codes.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { approver, type PolicyServer, startPolicyServer } from "./policy-server.ts";

let policies: PolicyServer;
beforeAll(async () => {
  policies = await startPolicyServer();
});
afterAll(() => policies.close());

type Json = Readonly<Record<string, unknown>>;
interface GuardAnswer {
  readonly decision: "ALLOW" | "BLOCK" | "REQUIRE_APPROVAL";
  readonly reason: string;
  readonly requestId: string;
  readonly approvalId: string | null;
}

class ShieldError extends Error {
  readonly code: "BLOCKED" | "DENIED" | "TIMEOUT" | "NETWORK_ERROR" | "UNKNOWN";
  constructor(code: ShieldError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/** guard → run, refuse, or poll the approval; what cannot be asked follows failMode. */
function client(options: {
  readonly url?: string;
  readonly failMode?: "open" | "closed";
  readonly approvalTimeoutMs?: number;
}) {
  const url = options.url ?? policies.server.url;
  const send = async <Answer>(method: string, path: string, body?: Json): Promise<Answer> => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { "content-type": "application/json", authorization: "Bearer rp_live_any", "x-sdk-version": "1.2.0" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new ShieldError("UNKNOWN", `HTTP ${response.status}`);
    return (await response.json()) as Answer;
  };
  return async (action: Json, run: () => string, requestId: string = globalThis.crypto.randomUUID()) => {
    let answer: GuardAnswer;
    try {
      answer = await send<GuardAnswer>("POST", "/api/v1/guard", { action, requestId, sdk: "js" });
    } catch (error) {
      if (options.failMode === "open") return run();
      throw error instanceof ShieldError ? error : new ShieldError("NETWORK_ERROR", String(error));
    }
    if (answer.decision === "ALLOW") return run();
    if (answer.decision === "BLOCK") throw new ShieldError("BLOCKED", answer.reason);
    const deadline = Date.now() + (options.approvalTimeoutMs ?? 5_000);
    while (Date.now() < deadline) {
      const approval = await send<{ status: string; comment: string | null }>(
        "GET",
        `/api/v1/approvals/${answer.approvalId}`,
      );
      if (approval.status === "approved") return run();
      if (approval.status !== "pending") throw new ShieldError("DENIED", approval.comment ?? approval.status);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new ShieldError("TIMEOUT", "No answer in time");
  };
}

const campaign = (recipients: number) => ({
  type: "send_campaign",
  target: "email",
  context: { recipients, facts: { "subject.consent": "given" } },
});
const raw = (method: string, path: string, body?: unknown) => policies.as("agent")(method, path, body);
async function vote(verdict: "approve" | "reject", comment: string): Promise<void> {
  const reviewer = policies.as(`${approver},communication-approvers`);
  await expect
    .poll(async () => (await reviewer("GET", "/governance/v1/approvals?state=pending")).json.items.length)
    .toBeGreaterThan(0);
  const { json } = await reviewer("GET", "/governance/v1/approvals?state=pending");
  for (const { approvalId } of json.items)
    expect((await reviewer("POST", `/governance/v1/approvals/${approvalId}/votes`, { verdict, comment })).status).toBe(
      200,
    );
}

describe("Runplane's wire", () => {
  it("A07 C03 answers with its seven members, and with nothing but its three decisions", async () => {
    const allowed = await raw("POST", "/api/v1/guard", { action: campaign(10), requestId: "r-1" });
    expect(allowed).toMatchObject({
      status: 200,
      json: {
        decision: "ALLOW",
        reason: expect.any(String),
        requestId: "r-1",
        approvalId: null,
        matchedRule: "customer-communication@1#small_mailing",
        riskScore: 40,
        severity: "medium",
      },
    });
    expect((await raw("POST", "/api/v1/guard", { action: { type: "drop_database" } })).json).toMatchObject({
      decision: "BLOCK",
      requestId: expect.any(String),
      matchedRule: null,
    });
    expect((await raw("POST", "/api/v1/guard", { action: campaign(50_000) })).json).toMatchObject({
      decision: "REQUIRE_APPROVAL",
      approvalId: expect.any(String),
    });
    await vote("reject", "clean up");
  });

  it("A07 runs, blocks, waits for the approval, and tells denial from time-out by its error codes", async () => {
    const guard = client({});
    expect(await guard(campaign(10), () => "sent")).toBe("sent");
    await expect(guard({ type: "drop_database" }, () => "dropped")).rejects.toMatchObject({ code: "BLOCKED" });
    const approved = guard(campaign(60_000), () => "sent to all");
    await vote("approve", "go");
    expect(await approved).toBe("sent to all");
    const denied = guard(campaign(70_000), () => "sent to all");
    const refused = expect(denied).rejects.toMatchObject({ code: "DENIED", message: "not on a Sunday" });
    await vote("reject", "not on a Sunday");
    await refused;
    await expect(client({ approvalTimeoutMs: 30 })(campaign(80_000), () => "sent")).rejects.toMatchObject({
      code: "TIMEOUT",
    });
  });

  it("fails closed or open as the client says when no server answers, and a bad request is never permission", async () => {
    const away = "http://127.0.0.1:9";
    await expect(client({ url: away })(campaign(1), () => "sent")).rejects.toMatchObject({ code: "NETWORK_ERROR" });
    expect(await client({ url: away, failMode: "open" })(campaign(1), () => "sent")).toBe("sent");
    await expect(client({})({ target: "no type" }, () => "sent")).rejects.toMatchObject({ code: "UNKNOWN" });
    expect((await raw("POST", "/api/v1/guard", {})).status).toBe(400);
  });

  it("asks once per request id, and tells of the approval: pending, then denied, by whom and why", async () => {
    const [one, two] = [
      await raw("POST", "/api/v1/guard", { action: campaign(90_000), requestId: "same" }),
      await raw("POST", "/api/v1/guard", { action: campaign(90_000), requestId: "same" }),
    ];
    expect(two.json.approvalId).toBe(one.json.approvalId);
    expect((await raw("GET", `/api/v1/approvals/${one.json.approvalId}`)).json).toMatchObject({
      approvalId: one.json.approvalId,
      status: "pending",
      resolvedAt: null,
      resolvedBy: null,
    });
    await vote("reject", "not today");
    expect((await raw("GET", `/api/v1/approvals/${one.json.approvalId}`)).json).toMatchObject({
      status: "denied",
      resolvedAt: expect.any(String),
      resolvedBy: "bob",
      comment: "not today",
    });
  });

  it("H02 verifies the chain of what was decided", async () => {
    expect(await raw("GET", "/api/audit/verify")).toMatchObject({
      status: 200,
      json: { valid: true, brokenAt: null, chainLength: expect.any(Number) },
    });
    expect((await raw("GET", "/api/v1/approvals/none")).status).toBe(404);
  });
});
