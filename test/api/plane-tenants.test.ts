/** S13 over HTTP: decisions, approvals, export, key figures and live notices of another tenant do not exist. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call, startTestServer, type TestServer } from "./server.ts";

type Headers = Record<string, string>;
let server: TestServer;
let north: Headers;
let south: Headers;
let decisionId: string;
let approvalId: string;

const question = {
  action: { type: "issue_refund", target: "payments", operation: "pay", reversible: true, riskClass: "high" },
  args: { amount: 1000, method: "cash", reason: "damaged" },
  facts: {
    "subject.accountTenureDays": 812,
    "subject.refundsLast12Months": 0,
    "subject.standing": "good",
  },
  agent: { id: "refund-agent", version: "1" },
  policies: [{ policyId: "refund" }],
};

beforeAll(async () => {
  const said: string[] = [];
  server = await startTestServer({
    environment: { AUTHENTICATION: "basic,token" },
    withShipped: true,
    say: (line) => void said.push(line),
  });
  const password = /password (\S+)/.exec(said.join("\n"))![1]!;
  const admin = { authorization: `Basic ${Buffer.from(`admin:${password}`).toString("base64")}` };
  const account = async (accountId: string, tenant: string): Promise<Headers> => {
    const body = {
      accountId,
      kind: "human",
      roles: ["administrator"],
      tenants: [tenant],
      groups: ["refund-approvers"],
    };
    expect((await call(server, "POST", "/auth/accounts", body, admin)).status).toBe(201);
    const { json } = await call(server, "POST", `/auth/accounts/${accountId}/tokens`, { name: "test" }, admin);
    return { authorization: `Bearer ${json.secret}` };
  };
  north = await account("nora", "north");
  south = await account("sven", "south");
  const { json } = await call(server, "POST", "/governance/v1/decisions", question, north);
  decisionId = json.decisionId;
  approvalId = json.approval.approvalId;
});
afterAll(() => server?.close());

describe("a tenant's decisions over HTTP (S13)", () => {
  it("answer 404 to another tenant, on every path that names one", async () => {
    for (const [method, path, body] of [
      ["GET", `/governance/v1/decisions/${decisionId}`],
      ["POST", `/governance/v1/decisions/${decisionId}/outcome`, { status: "failed" }],
      ["GET", `/governance/v1/approvals/${approvalId}`],
      ["POST", `/governance/v1/approvals/${approvalId}/votes`, { verdict: "approve", comment: "mine now" }],
      ["GET", `/api/v1/approvals/${approvalId}`],
    ] as const)
      expect((await call(server, method, path, body, south)).status, path).toBe(404);
    expect((await call(server, "GET", `/governance/v1/approvals/${approvalId}`, undefined, north)).json.state).toBe(
      "pending",
    );
  });

  it("are in none of its lists, exports and figures", async () => {
    const seen = async (who: Headers) => {
      const [decisions, approvals, bundle, kpis] = await Promise.all([
        call(server, "POST", "/governance/v1/decisions/search", {}, who),
        call(server, "GET", "/governance/v1/approvals", undefined, who),
        call(server, "GET", "/governance/v1/export", undefined, who),
        call(server, "GET", "/governance/v1/kpis", undefined, who),
      ]);
      return {
        decisions: decisions.json.items.length,
        approvals: approvals.json.items.length,
        exported: bundle.text.includes(decisionId),
        counted: kpis.json.decisions,
      };
    };
    expect(await seen(north)).toEqual({ decisions: 1, approvals: 1, exported: true, counted: 1 });
    expect(await seen(south)).toEqual({ decisions: 0, approvals: 0, exported: false, counted: 0 });
  });

  it("are asked for by name only by their own", async () => {
    const named = { ...question, tenantId: "north" };
    expect((await call(server, "POST", "/governance/v1/decisions", named, south)).status).toBe(400);
    expect((await call(server, "POST", "/governance/v1/decisions", named, north)).status).toBe(200);
  });
});
