/** A server with the shipped policies, spoken to over HTTP by people with different parts in a release. */
import { readFile } from "node:fs/promises";
import { type Answered, call, startTestServer, type TestServer } from "../api/server.ts";

type Json = Readonly<Record<string, unknown>>;

export interface PolicyServer {
  readonly server: TestServer;
  /** One request as somebody ("alice; groups=policy-owners"). */
  as(actor: string): (method: string, path: string, body?: unknown) => Promise<Answered>;
  /** Uploads the refund policy with another limit, as alice; gives the version. */
  draft(limit: number): Promise<number>;
  /** Brings a version of the refund policy to a stage, as bob. */
  promote(version: number, stage: string, more?: Json): Promise<Answered>;
  close(): Promise<void>;
}

export const author = "alice; groups=policy-owners";
export const approver = "bob; groups=policy-approvers,refund-approvers";

export async function startPolicyServer(): Promise<PolicyServer> {
  const server = await startTestServer({ withShipped: true });
  const as: PolicyServer["as"] = (actor) => (method, path, body) =>
    call(server, method, path, body, { "interlock-actor": actor });
  const read = (file: string) => readFile(new URL(`../../decisions/policies/refund/${file}`, import.meta.url), "utf8");
  const [manifest, dmn, tests] = await Promise.all(["policy.json", "policy.dmn", "tests.json"].map(read));
  return {
    server,
    as,
    async draft(limit) {
      const { json } = await as(author)("POST", "/governance/v1/policies", {
        manifest: JSON.parse(manifest as string) as unknown,
        dmn: (dmn as string).replace("&gt;= 500<", `&gt;= ${limit}<`),
        tests: JSON.parse(tests as string) as unknown,
      });
      return json.version as number;
    },
    promote: (version, stage, more = {}) =>
      as(approver)("POST", `/governance/v1/policies/refund/versions/${version}/promotion`, {
        stage,
        reason: "contract test",
        ...more,
      }),
    close: () => server.close(),
  };
}

/** A question about a refund for a customer in good standing. */
export const refund = (amount: number, more: Json = {}) => ({
  action: { type: "issue_refund", target: "payments", operation: "pay", reversible: true, riskClass: "high" },
  args: { orderId: "ORD-1", customerId: "C-17", amount, method: "cash", reason: "damaged" },
  facts: {
    "subject.accountTenureDays": 812,
    "subject.refundsLast12Months": 0,
    "subject.standing": "good",
  },
  agent: { id: "refund-agent", version: "1" },
  ...more,
});
