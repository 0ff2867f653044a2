/**
 * What Camunda's desktop modeler and older workers do with the older SDK, over REST: probe, deploy, start, look, work.
 * Its updateUserTask and createDocumentLink call paths that no version of the contract has; they are left out.
 */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Camunda8 } from "@camunda8/sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "../api/server.ts";
import { everything, order } from "./models.ts";

let server: TestServer;
let client: ReturnType<Camunda8["getCamundaRestClient"]>;
beforeAll(async () => {
  server = await startTestServer();
  client = new Camunda8({
    ZEEBE_REST_ADDRESS: server.url,
    CAMUNDA_OAUTH_DISABLED: true,
    CAMUNDA_AUTH_STRATEGY: "NONE",
    CAMUNDA_LOG_LEVEL: "error",
  }).getCamundaRestClient();
});
afterAll(() => server?.close());

describe("the SDK of the desktop modeler", () => {
  it("probes, deploys, starts and lists over REST", async () => {
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

  it("works: user tasks, incidents, messages, signals, decisions, documents, a worker", async () => {
    const names = ["review.bpmn", "review.form", "waiter.bpmn", "discount.dmn"];
    await client.deployResources(
      Object.entries(everything)
        .filter(([name]) => names.includes(name))
        .map(([name, content]) => ({ name, content })),
    );
    const reviewed = await client.createProcessInstance({ processDefinitionId: "review", variables: { amount: 7 } });
    // Its own default order, in small letters.
    const { items } = await client.searchUserTasks({ filter: { processInstanceKey: reviewed.processInstanceKey } });
    const { userTaskKey } = items[0]!;
    await client.assignUserTask({ userTaskKey, assignee: "ann" });
    await client.unassignUserTask({ userTaskKey });
    expect((await client.getUserTask(userTaskKey)).assignee).toBeNull();
    await client.updateElementInstanceVariables({
      elementInstanceKey: reviewed.processInstanceKey,
      variables: { more: 1 },
    });
    const seen = await client.searchUserTaskVariables({ userTaskKey, sort: [{ field: "name", order: "DESC" }] });
    expect(seen.items.map(({ name }) => name)).toEqual(["more", "amount"]);
    await client.completeUserTask({ userTaskKey });

    const failing = await client.createProcessInstance({ processDefinitionId: "order", variables: {} });
    const terms = { worker: "sdk", timeout: 10_000, requestTimeout: 2_000, maxJobsToActivate: 5 };
    const [job] = await client.activateJobs({ type: "charge", ...terms });
    await job!.fail({ errorMessage: "no", retries: 0 });
    const incidents = await client.searchIncidents({ filter: { processInstanceKey: failing.processInstanceKey } });
    await client.updateJob({ jobKey: job!.jobKey, retries: 1 });
    await client.resolveIncident(incidents.items[0]!.incidentKey);
    const worker = client.createJobWorker({
      type: "charge",
      ...terms,
      jobHandler: (taken) => taken.error({ errorCode: "DECLINED", errorMessage: "no", variables: {} }),
    });
    await expect
      .poll(async () => {
        const found = await client.searchProcessInstances({
          filter: { processInstanceKey: failing.processInstanceKey },
        });
        return found.items[0]!.state;
      })
      .toBe("COMPLETED");
    worker.stop();

    const waiting = await client.createProcessInstance({ processDefinitionId: "waiter", variables: { orderId: "7" } });
    const correlated = await client.correlateMessage({ name: "paid", correlationKey: "7", variables: {} });
    expect(correlated.processInstanceKey).toBe(waiting.processInstanceKey);
    await client.publishMessage({ name: "paid", correlationKey: "8", variables: {}, timeToLive: 1_000 });
    await client.broadcastSignal({ signalName: "nobody", variables: {} });
    const decided = await client.evaluateDecision({ decisionDefinitionId: "discount", variables: { amount: 250 } });
    expect(decided.output).toMatch(/\d/);
    const document = await client.uploadDocument({
      file: Buffer.from("hello") as never,
      metadata: { fileName: "a.txt" },
    });
    const { documentId, contentHash } = document;
    expect(String(await client.downloadDocument({ documentId, contentHash }))).toBe("hello");
    await client.deleteDocument({ documentId });
    const left = await client.createProcessInstance({ processDefinitionId: "review", variables: {} });
    await client.cancelProcessInstance({ processInstanceKey: left.processInstanceKey });
  });
});
