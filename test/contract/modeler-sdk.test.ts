/** What Camunda's desktop modeler does with the older SDK, over REST: probe, deploy, start, look. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Camunda8 } from "@camunda8/sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "../api/server.ts";
import { order } from "./models.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server?.close());

describe("the SDK of the desktop modeler", () => {
  it("probes, deploys, starts and lists over REST", async () => {
    const client = new Camunda8({
      ZEEBE_REST_ADDRESS: server.url,
      CAMUNDA_OAUTH_DISABLED: true,
      CAMUNDA_AUTH_STRATEGY: "NONE",
      CAMUNDA_LOG_LEVEL: "error",
    }).getCamundaRestClient();
    const topology = await client.getTopology();
    expect(topology.gatewayVersion).toMatch(/^8\.9\./);
    const file = join(mkdtempSync(join(tmpdir(), "interlock-")), "order.bpmn");
    writeFileSync(file, order);
    const deployed = await client.deployResourcesFromFiles([file]);
    expect(deployed.processes[0]).toMatchObject({ processDefinitionId: "order", processDefinitionVersion: 1 });
    const started = await client.createProcessInstance({ processDefinitionId: "order", variables: { amount: 5 } });
    expect(started.processInstanceKey).toMatch(/^\d+$/);
    const instances = await client.searchProcessInstances({
      filter: { processInstanceKey: started.processInstanceKey },
    });
    expect(instances.items[0]).toMatchObject({ state: "ACTIVE", processDefinitionId: "order" });
    const variables = await client.searchVariables({ filter: { processInstanceKey: started.processInstanceKey } });
    expect(variables.items[0]).toMatchObject({ name: "amount" });
    const jobs = await client.activateJobs({
      type: "charge",
      worker: "modeler",
      timeout: 10_000,
      maxJobsToActivate: 1,
      requestTimeout: 2_000,
    });
    await jobs[0]!.complete({ charged: true });
    const ended = await client.searchProcessInstances({ filter: { processInstanceKey: started.processInstanceKey } });
    expect(ended.items[0]!.state).toBe("COMPLETED");
  });
});
