/**
 * Acceptance by the official client, strict both ways, of the calls with which an installation is run: cluster
 * variables, statistics, usage, the audit log, deletion of evaluations. Every answer is looked at once.
 */
import { type CamundaClient, createCamundaClient } from "@camunda8/orchestration-cluster-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call, startTestServer, type TestServer } from "../api/server.ts";
import { everything } from "./models.ts";

const now = { consistency: { waitUpToMs: 0 } };

let server: TestServer;
let camunda: CamundaClient;

beforeAll(async () => {
  server = await startTestServer();
  camunda = createCamundaClient({
    config: {
      CAMUNDA_REST_ADDRESS: server.url,
      CAMUNDA_AUTH_STRATEGY: "NONE",
      CAMUNDA_SDK_VALIDATION: "req:strict,res:strict",
      CAMUNDA_SDK_LOG_LEVEL: "error",
    },
  });
  await camunda.createDeployment({
    resources: Object.entries(everything).map(([name, content]) => new File([content], name)),
  });
});
afterAll(() => server?.close());

describe("cluster variables", () => {
  it("are created, read, replaced, found and deleted", async () => {
    const value = { dark: true };
    expect(await camunda.createGlobalClusterVariable({ name: "flags", value })).toMatchObject({
      name: "flags",
      scope: "GLOBAL",
      value: '{"dark":true}',
    });
    await expect(camunda.createGlobalClusterVariable({ name: "flags", value })).rejects.toMatchObject({ status: 409 });
    await camunda.updateGlobalClusterVariable({ name: "flags", value: { dark: false } });
    expect((await camunda.getGlobalClusterVariable({ name: "flags" }, now)).value).toBe('{"dark":false}');
    const found = await camunda.searchClusterVariables(
      { filter: { scope: "GLOBAL", name: { $like: "fl*" } }, sort: [{ field: "name", order: "DESC" }] },
      now,
    );
    expect(found.items.map(({ name, isTruncated }) => ({ name, isTruncated }))).toEqual([
      { name: "flags", isTruncated: false },
    ]);
    await camunda.deleteGlobalClusterVariable({ name: "flags" });
    await expect(camunda.getGlobalClusterVariable({ name: "flags" }, now)).rejects.toMatchObject({ status: 404 });
    await expect(camunda.deleteGlobalClusterVariable({ name: "flags" })).rejects.toMatchObject({ status: 404 });
  });

  it("of a tenant hide those of the installation in camunda.vars.env, and only there", async () => {
    const tenantId = "<default>" as never;
    await camunda.createGlobalClusterVariable({ name: "limits", value: { max: 1 } });
    await camunda.createTenantClusterVariable({ tenantId, name: "limits", value: { max: 2 } });
    expect((await camunda.getTenantClusterVariable({ tenantId, name: "limits" }, now)).tenantId).toBe(tenantId);
    const asked = async (expression: string) => (await camunda.evaluateExpression({ expression })).result;
    expect(await asked("=camunda.vars.env.limits.max")).toBe(2);
    expect(await asked("=camunda.vars.tenant.limits.max")).toBe(2);
    expect(await asked("=camunda.vars.cluster.limits.max")).toBe(1);
    await camunda.deleteTenantClusterVariable({ tenantId, name: "limits" });
    expect(await asked("=camunda.vars.env.limits.max")).toBe(1);
    await camunda.deleteGlobalClusterVariable({ name: "limits" });
  });

  it("are seen by running instances, from the moment they are set", async () => {
    const created = await call(server, "POST", "/v2/cluster-variables/global", { name: "greeting", value: "hello" });
    expect(created.json.value).toBe('"hello"');
    const answer = await camunda.createProcessInstance({
      processDefinitionId: "greets" as never,
      awaitCompletion: true,
    });
    expect(answer.variables).toMatchObject({ said: "hello world" });
    await call(server, "PUT", "/v2/cluster-variables/global/greeting", { value: "good day" });
    const again = await camunda.createProcessInstance({
      processDefinitionId: "greets" as never,
      awaitCompletion: true,
    });
    expect(again.variables).toMatchObject({ said: "good day world" });
  });

  it("need a value", async () => {
    expect((await call(server, "POST", "/v2/cluster-variables/global", { name: "empty" })).status).toBe(400);
  });
});
