/** A server with two tenants, north and south, and in each of them one of everything that an API path can name. */
import { expect } from "vitest";
import { type Answered, call, startTestServer, type TestServer } from "../api/server.ts";
import { everything } from "../contract/models.ts";

export type Headers = Readonly<Record<string, string>>;
export type Tenant = "north" | "south";

export interface TwoTenants {
  readonly server: TestServer;
  readonly admin: Headers;
  /** A caller with these roles in this tenant alone, made at the first asking. */
  as(tenant: Tenant, ...roles: readonly string[]): Promise<Headers>;
}

export async function startTwoTenants(environment: Readonly<Record<string, string>> = {}): Promise<TwoTenants> {
  const said: string[] = [];
  const server = await startTestServer({
    environment: { AUTHENTICATION: "basic,token", TENANT_WALL: "on", ...environment },
    withShipped: true,
    say: (line) => void said.push(line),
  });
  const password = /password (\S+)/.exec(said.join("\n"))![1]!;
  const admin = { authorization: `Basic ${Buffer.from(`admin:${password}`).toString("base64")}` };
  const made = new Map<string, Promise<Headers>>();
  const make = async (accountId: string, tenant: Tenant, roles: readonly string[]): Promise<Headers> => {
    const body = { accountId, kind: "human", roles, tenants: [tenant], groups: ["refund-approvers"] };
    const created = await call(server, "POST", "/auth/accounts", body, admin);
    expect(created.status, created.text).toBe(201);
    const { json } = await call(server, "POST", `/auth/accounts/${accountId}/tokens`, { name: "test" }, admin);
    return { authorization: `Bearer ${json.secret}` };
  };
  return {
    server,
    admin,
    as(tenant, ...roles) {
      const accountId = `${roles.join("+")}@${tenant}`;
      const known = made.get(accountId) ?? make(accountId, tenant, roles);
      made.set(accountId, known);
      return known;
    },
  };
}

/** What a document of a tenant says; no other tenant may ever read it. */
export const taintOf = (tenant: Tenant): string => `taint-of-${tenant}`;

/** Path parameter → key of a thing of this tenant; every text in them carries the tenant's taint. */
export async function fillTenant(world: TwoTenants, tenant: Tenant): Promise<ReadonlyMap<string, string>> {
  const who = await world.as(tenant, "administrator");
  const taint = taintOf(tenant);
  const does = async (method: string, path: string, body?: unknown): Promise<Answered["json"]> => {
    const answer = await call(world.server, method, path, body, who);
    expect(answer.status, `${method} ${path}: ${answer.text}`).toBeLessThan(300);
    return answer.json;
  };
  const form = new FormData();
  for (const [name, content] of Object.entries(everything)) form.append("resources", new Blob([content]), name);
  form.append("tenantId", tenant);
  const deployed = await does("POST", "/v2/deployments", form);
  const start = async (processDefinitionId: string, variables: object = {}): Promise<string> =>
    (
      await does("POST", "/v2/process-instances", {
        processDefinitionId,
        tenantId: tenant,
        variables: { taint, ...variables },
      })
    ).processInstanceKey;
  const found = async (what: string, filter: object): Promise<Record<string, string>> => {
    const { items } = await does("POST", `/v2/${what}/search`, { filter });
    expect(items.length, what).toBeGreaterThan(0);
    return items[0];
  };
  const processInstanceKey = await start("order");
  const review = await start("review");
  const waiting = await start("waiter");
  const toolbox = await start("toolbox");
  const ruled = await start("rules", { amount: 120 });
  await start("waiter", { orderId: taint });
  await does("POST", "/v2/messages/publication", {
    name: "paid",
    correlationKey: `later-${taint}`,
    timeToLive: 3_600_000,
    tenantId: tenant,
  });
  const { batchOperationKey } = await does("POST", "/v2/process-instances/cancellation", {
    filter: { processDefinitionId: "sleeper" },
  });
  const document = new FormData();
  document.append("file", new Blob([taint]), `${taint}.txt`);
  const { documentId } = await does("POST", "/v2/documents", document);
  const files = new FormData();
  files.append("title", taint);
  files.append("tenantId", tenant);
  files.append("resources", new Blob([taint]), `${taint}.txt`);
  const change = await does("POST", "/governance/v1/changes", files);
  const question = {
    action: { type: "issue_refund", target: "payments", operation: "pay", reversible: true, riskClass: "high" },
    args: { amount: 1000, method: "cash", reason: "damaged", customerId: taint },
    facts: { "subject.accountTenureDays": 812, "subject.refundsLast12Months": 0, "subject.standing": "good" },
    agent: { id: "refund-agent", version: "1" },
    policies: [{ policyId: "refund" }],
  };
  const { decisionId, approval } = await does("POST", "/governance/v1/decisions", question);
  const decision = (await found("decision-instances", { processInstanceKey: ruled })) as Record<string, string>;
  const items = deployed.deployments as Record<string, Record<string, string> | null>[];
  const requirements = items.find((item) => item.decisionRequirements)!.decisionRequirements!;
  const resource = items.find((item) => item.resource)!.resource!;
  const jobs = await found("jobs", { processInstanceKey });
  return new Map<string, string>([
    ["processInstanceKey", processInstanceKey],
    // Of its first command.
    ["sequence", "1"],
    ["processDefinitionKey", (await found("process-instances", { processInstanceKey })).processDefinitionKey!],
    ["elementInstanceKey", jobs.elementInstanceKey!],
    [
      "adHocSubProcessInstanceKey",
      (await found("element-instances", { processInstanceKey: toolbox, type: "AD_HOC_SUB_PROCESS" }))
        .elementInstanceKey!,
    ],
    ["jobKey", jobs.jobKey!],
    ["userTaskKey", (await found("user-tasks", { processInstanceKey: review })).userTaskKey!],
    ["incidentKey", (await found("incidents", { processInstanceKey: waiting })).incidentKey!],
    ["variableKey", (await found("variables", { processInstanceKey })).variableKey!],
    ["decisionDefinitionKey", (await found("decision-definitions", {})).decisionDefinitionKey!],
    ["decisionRequirementsKey", requirements.decisionRequirementsKey!],
    ["decisionEvaluationInstanceKey", decision.decisionEvaluationInstanceKey!],
    ["decisionEvaluationKey", decision.decisionEvaluationKey!],
    ["resourceKey", resource.resourceKey!],
    ["formKey", items.find((item) => item.form)!.form!.formKey!],
    ["auditLogKey", (await found("audit-logs", { processInstanceKey })).auditLogKey!],
    ["batchOperationKey", batchOperationKey],
    ["documentId", documentId],
    ["changeId", change.changeId],
    ["sha256", change.resources[0].sha256],
    ["decisionId", decisionId],
    ["approvalId", approval.approvalId],
  ]);
}
