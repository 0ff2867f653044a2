/** E13: violations and failed plans reach a web hook at once, and so does their end. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../engine/runtime/harness.ts";
import { model } from "../engine/runtime/models.ts";
import { call, deploy, startTestServer, type TestServer } from "./server.ts";

interface Told {
  readonly type: string;
  readonly at: number;
  readonly key: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: what a web hook gets is looked at freely
  readonly alert: any;
}

const told: Told[] = [];
/** The next so many calls are refused. */
let refused = 0;
let sink: Server;
let server: TestServer;

beforeAll(async () => {
  sink = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => {
      text += chunk;
    });
    request.on("end", () => {
      if (refused > 0) {
        refused--;
        response.writeHead(503).end();
        return;
      }
      const key = request.headers["idempotency-key"] as string | undefined;
      told.push({ ...JSON.parse(text), key, at: Date.now() });
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => sink.listen(0, "127.0.0.1", resolve));
  const { port } = sink.address() as AddressInfo;
  server = await startTestServer({
    withShipped: true,
    environment: { INTERLOCK_ALERT_WEBHOOKS: `http://127.0.0.1:${port}/hook?token=s3cret` },
  });
});
afterAll(async () => {
  await server?.close();
  await new Promise((resolve) => sink.close(resolve));
});

const post = (path: string, body: object) => call(server, "POST", path, body);

/** A decision whose action then runs with other arguments than were permitted. */
async function violate(): Promise<{ readonly decisionId: string; readonly at: number }> {
  const { json } = await post("/governance/v1/decisions", {
    action: { type: "issue_refund", target: "payments", operation: "pay", reversible: true, riskClass: "high" },
    args: { amount: 10, method: "cash", reason: "damaged" },
    facts: { "subject.accountTenureDays": 812, "subject.refundsLast12Months": 0, "subject.standing": "good" },
    policies: [{ policyId: "refund" }],
  });
  const at = Date.now();
  const executedArgs = { amount: 9999, method: "cash", reason: "damaged" };
  const path = `/governance/v1/decisions/${json.decisionId}/outcome`;
  expect((await post(path, { status: "succeeded", executedArgs })).json.withinTerms).toBe(false);
  return { decisionId: json.decisionId, at };
}

const toldOf = (type: string, decisionId: string) =>
  eventually(`${type} of ${decisionId}`, async () =>
    told.find((one) => one.type === type && one.alert.body.decisionId === decisionId),
  );

describe("an alert", () => {
  it("E13 of a violated policy is at the web hook within five seconds", async () => {
    const { decisionId, at } = await violate();
    const call = await toldOf("alert.raised", decisionId);
    expect(call.at - at).toBeLessThan(5_000);
    expect(call.alert).toMatchObject({ rule: "OUTSIDE_TERMS", resolvedAt: null });
    expect(call.key).toBe(`${call.alert.alertId}:alert.raised`);
  });

  it("E13 K11 is closed by a person, tells its end, and counts as time to resolve", async () => {
    const { decisionId } = await violate();
    const { alert } = await toldOf("alert.raised", decisionId);
    const path = `/governance/v1/alerts/${alert.alertId}/resolution`;
    expect((await post(path, { reason: "refunded by hand" })).status).toBe(200);
    expect((await toldOf("alert.resolved", decisionId)).alert).toMatchObject({
      body: { resolution: { reason: "refunded by hand" } },
    });
    expect((await post(path, { reason: "again" })).status).toBe(404);
    const { json } = await call(server, "GET", "/governance/v1/kpis");
    expect(json.K11_meanTimeToResolveMs).toBeGreaterThanOrEqual(0);
    const { json: open } = await call(server, "GET", "/governance/v1/alerts?open=true");
    expect(open.items.map((one: { alertId: string }) => one.alertId)).not.toContain(alert.alertId);
  });

  it("that the web hook did not take is told again, under the same key", async () => {
    refused = 1;
    const { decisionId } = await violate();
    const { key, alert } = await toldOf("alert.raised", decisionId);
    expect(refused).toBe(0);
    expect(key).toBe(`${alert.alertId}:alert.raised`);
    expect(server.logged.join("")).not.toContain("s3cret");
  });

  it("E13 of a plan that failed is raised with its incident and closed with it", async () => {
    const denied = model(
      "denied",
      `<bpmn:startEvent id="start" /><bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="pay" />
       <bpmn:serviceTask id="pay"><bpmn:extensionElements><zeebe:taskDefinition type="pay" />
         <zeebe:ioMapping><zeebe:input source="=9999" target="amount" /><zeebe:input source="=&quot;damaged&quot;" target="reason" /></zeebe:ioMapping>
         <interlock:action type="issue_refund" target="payments" operation="pay" reversible="true" riskClass="high" onDeny="error" />
         <interlock:guardrail policyRef="refund" binding="active" pattern="sync" />
         <interlock:fact name="subject.accountTenureDays" expression="=812" provenance="trusted" />
         <interlock:fact name="subject.refundsLast12Months" expression="=0" provenance="trusted" />
         <interlock:fact name="subject.standing" expression="=&quot;good&quot;" provenance="trusted" />
       </bpmn:extensionElements></bpmn:serviceTask>
       <bpmn:sequenceFlow id="f2" sourceRef="pay" targetRef="end" /><bpmn:endEvent id="end" />`,
    );
    expect((await deploy(server, { "denied.bpmn": denied })).status).toBe(200);
    const { json } = await post("/v2/process-instances", { processDefinitionId: "denied" });
    const of = (type: string) =>
      eventually(type, async () =>
        told.find((one) => one.type === type && one.alert.body.processInstanceKey === json.processInstanceKey),
      );
    expect((await of("alert.raised")).alert).toMatchObject({
      rule: "PLAN_FAILED",
      body: { errorType: "POLICY_DENIED", elementId: "pay" },
    });
    expect((await post(`/v2/process-instances/${json.processInstanceKey}/cancellation`, {})).status).toBe(204);
    expect((await of("alert.resolved")).alert.resolvedAt).not.toBeNull();
  });
});
