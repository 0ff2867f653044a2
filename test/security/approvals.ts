/** What the tests of approvals share: a guarded payment on a server where people are told apart. */
import { expect } from "vitest";
import { type Answered, call, startTestServer, type TestServer } from "../api/server.ts";
import { eventually } from "../engine/runtime/harness.ts";
import { model } from "../engine/runtime/models.ts";

export type Headers = Readonly<Record<string, string>>;

/** start → credit (guarded; `amount` from 1,000 on needs an approval) → wait → end */
export function payment(reason = "other"): string {
  const fact = (name: string, value: string) =>
    `<interlock:fact name="${name}" expression="=${value}" provenance="trusted" />`;
  return model(
    "payment",
    `<bpmn:startEvent id="start" /><bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="credit" />
     <bpmn:serviceTask id="credit"><bpmn:extensionElements><zeebe:taskDefinition type="credit" retries="3" />
       <zeebe:ioMapping><zeebe:input source="=amount" target="amount" /><zeebe:input source="=&quot;${reason}&quot;" target="reason" /></zeebe:ioMapping>
       <interlock:action type="issue_store_credit" target="payments" operation="pay" reversible="true" riskClass="low" />
       <interlock:guardrail policyRef="refund" binding="active" pattern="sync" />
       ${fact("subject.accountTenureDays", "tenure")}${fact("subject.refundsLast12Months", "0")}${fact("subject.standing", "&quot;good&quot;")}
     </bpmn:extensionElements></bpmn:serviceTask>
     <bpmn:sequenceFlow id="f2" sourceRef="credit" targetRef="wait" />
     <bpmn:userTask id="wait"><bpmn:extensionElements><zeebe:userTask /></bpmn:extensionElements></bpmn:userTask>
     <bpmn:sequenceFlow id="f3" sourceRef="wait" targetRef="end" /><bpmn:endEvent id="end" />`,
  );
}

export const question = (amount: number, more: object = {}) => ({
  action: {
    type: "issue_refund",
    target: "payments",
    operation: "pay",
    reversible: true,
    riskClass: "high",
    toolRef: "payments.refund@1",
  },
  args: { amount, method: "cash", reason: "damaged", customerId: "C-1" },
  facts: { "subject.accountTenureDays": 812, "subject.refundsLast12Months": 0, "subject.standing": "good" },
  agent: { id: "refund-agent", version: "1" },
  policies: [{ policyId: "refund" }],
  ...more,
});

export interface Shop {
  readonly server: TestServer;
  /** What was said at the first start; empty at a later one. */
  readonly said: readonly string[];
  readonly admin: Headers;
  person(accountId: string, roles: readonly string[], groups?: readonly string[], more?: object): Promise<Headers>;
  ask(who: Headers, amount: number, more?: object): Promise<Answered>;
  vote(who: Headers, approvalId: string, verdict?: "approve" | "reject" | "edit", args?: object): Promise<Answered>;
  /** A payment that waits for its approval. */
  startPayment(amount: number): Promise<{ readonly key: string; readonly approvalId: string }>;
  /** The newest approval of a payment that is still open, once there is another than `but`. */
  openApproval(key: string, but?: string): Promise<string>;
  /** Jobs that may run now, taken once. */
  takeJobs(key: string): Promise<{ readonly jobKey: string; readonly variables: Record<string, unknown> }[]>;
}

export async function openShop(environment: Readonly<Record<string, string>> = {}, password?: string): Promise<Shop> {
  const said: string[] = [];
  const server = await startTestServer({
    environment: { AUTHENTICATION: "basic,token", ...environment },
    withShipped: true,
    say: (line) => void said.push(line),
  });
  const first = password ?? /password (\S+)/.exec(said.join("\n"))![1]!;
  const admin = { authorization: `Basic ${Buffer.from(`admin:${first}`).toString("base64")}` };
  const jobs = new Map<string, { jobKey: string; variables: Record<string, unknown> }[]>();
  const shop: Shop = {
    server,
    said,
    admin,
    async person(accountId, roles, groups = ["refund-approvers"], more = {}) {
      await call(server, "POST", "/auth/accounts", { accountId, kind: "human", roles, groups }, admin);
      const { json } = await call(
        server,
        "POST",
        `/auth/accounts/${accountId}/tokens`,
        { name: "test", ...more },
        admin,
      );
      return { authorization: `Bearer ${json.secret}` };
    },
    ask: (who, amount, more) => call(server, "POST", "/governance/v1/decisions", question(amount, more), who),
    vote: (who, approvalId, verdict = "approve", args) =>
      call(
        server,
        "POST",
        `/governance/v1/approvals/${approvalId}/votes`,
        { verdict, comment: "seen", ...(args && { args }) },
        who,
      ),
    async startPayment(amount) {
      const body = { processDefinitionId: "payment", variables: { amount, tenure: 812 } };
      const { json, text, status } = await call(server, "POST", "/v2/process-instances", body, admin);
      expect(status, text).toBe(200);
      return { key: json.processInstanceKey, approvalId: await shop.openApproval(json.processInstanceKey) };
    },
    openApproval: (key, but) =>
      eventually("an open approval", async () => {
        const { json } = await call(
          server,
          "GET",
          `/governance/v1/approvals?state=pending&processInstanceKey=${key}`,
          undefined,
          admin,
        );
        return (json.items as { approvalId: string }[]).map(({ approvalId }) => approvalId).find((id) => id !== but);
      }),
    async takeJobs(key) {
      const body = { type: "credit", timeout: 600_000, maxJobsToActivate: 100, requestTimeout: -1 };
      const { json } = await call(server, "POST", "/v2/jobs/activation", body, admin);
      for (const job of json.jobs) jobs.set(job.processInstanceKey, [...(jobs.get(job.processInstanceKey) ?? []), job]);
      const own = jobs.get(key) ?? [];
      jobs.delete(key);
      return own;
    },
  };
  return shop;
}

export async function deployPayment(shop: Shop, reason?: string): Promise<string> {
  const form = new FormData();
  form.append("resources", new Blob([payment(reason)]), "payment.bpmn");
  const { status, text, json } = await call(shop.server, "POST", "/v2/deployments", form, shop.admin);
  expect(status, text).toBe(200);
  return json.deployments[0].processDefinition.processDefinitionKey;
}
