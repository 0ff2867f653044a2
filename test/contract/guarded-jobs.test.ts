/** An unmodified Camunda worker on guarded and unguarded jobs: its permit is used when it is handed the job. */
import type { CamundaClient } from "@camunda8/orchestration-cluster-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call, startTestServer, type TestServer } from "../api/server.ts";
import { bob, readPackage } from "../decisions/plane/open-plane.ts";
import { now, officialClient, take } from "./client.ts";
import { credit } from "./models.ts";

let server: TestServer;
let camunda: CamundaClient;

beforeAll(async () => {
  server = await startTestServer({ environment: { INTERLOCK_CLOCK: "controllable" } });
  camunda = officialClient(server);
  await server.application.plane.installPolicy(await readPackage("refund"));
  await camunda.createDeployment({ resources: ["credit", "worked"].map((id) => new File([credit(id)], `${id}.bpmn`)) });
});
afterAll(() => server?.close());

async function start(amount: number, id = "credit") {
  const { processInstanceKey } = await camunda.createProcessInstance({
    processDefinitionId: id as never,
    variables: { amount },
  });
  return processInstanceKey;
}

const stateOf = async (processInstanceKey: string) =>
  (await camunda.getProcessInstance({ processInstanceKey: processInstanceKey as never }, now)).state;

const decisionsOf = async (processInstanceKey: string): Promise<{ decisionId: string; determination: string }[]> =>
  (await call(server, "POST", "/governance/v1/decisions/search", { processInstanceKey })).json.items;

describe("a guarded job of a remote worker", () => {
  it("H06 is not completed by who was never handed it", async () => {
    const processInstanceKey = await start(50);
    const { items } = await camunda.searchJobs({ filter: { processInstanceKey } }, now);
    const refused = await call(server, "POST", `/v2/jobs/${items[0]!.jobKey}/completion`, {});
    expect(refused.status).toBe(409);
    expect(refused.json).toMatchObject({
      title: "INVALID_STATE",
      detail: expect.stringContaining("activate it first"),
    });
    const [job] = await take(camunda, "credit", processInstanceKey);
    await camunda.completeJob({ jobKey: job!.jobKey });
    expect(await stateOf(processInstanceKey)).toBe("COMPLETED");
  });

  it("S19 with a permit that has run out is judged again, and handed over with the new one", async () => {
    const processInstanceKey = await start(50);
    const { items } = await camunda.searchJobs({ filter: { processInstanceKey } }, now);
    await call(server, "PUT", "/v2/clock", { timestamp: Date.now() + 3_600_000 });
    const [job] = await take(camunda, "credit", processInstanceKey);
    expect(job!.jobKey).not.toBe(items[0]!.jobKey);
    await camunda.completeJob({ jobKey: job!.jobKey });
    await call(server, "POST", "/v2/clock/reset");
    expect(await decisionsOf(processInstanceKey)).toHaveLength(2);
    expect(await stateOf(processInstanceKey)).toBe("COMPLETED");
  });

  it("H06 S18 uses its permit when it is handed over, and runs in the client's own worker", async () => {
    const seen: { decisionId: string; permit: string; idempotencyKey: string }[] = [];
    const processInstanceKey = await start(50, "worked");
    const [job] = (
      await call(server, "POST", "/v2/jobs/activation", { type: "worked", timeout: 300, maxJobsToActivate: 1 })
    ).json.jobs;
    seen.push(job.guard);
    const use = (holder: string) =>
      call(server, "POST", "/governance/v1/permits/use", {
        permit: job.guard.permit,
        actionType: "issue_store_credit",
        args: job.variables,
        holder,
      });
    expect((await use("somebody else")).status).toBe(409);
    expect((await use(job.guard.idempotencyKey)).status).toBe(200);
    await call(server, "PUT", "/v2/clock", { timestamp: Date.now() + 1_000 });
    const worker = camunda.createJobWorker({
      jobType: "worked",
      jobTimeoutMs: 10_000,
      maxParallelJobs: 1,
      workerName: "unmodified",
      jobHandler: async (again) => again.complete({ credited: again.variables.amount }),
    });
    try {
      await expect.poll(() => stateOf(processInstanceKey), { timeout: 10_000 }).toBe("COMPLETED");
    } finally {
      await worker.stopGracefully({ waitUpToMs: 2_000 });
      await call(server, "POST", "/v2/clock/reset");
    }
    expect(await decisionsOf(processInstanceKey)).toHaveLength(1);
  });

  it("C13 S19 of a policy that denies by now is handed to nobody", async () => {
    const processInstanceKey = await start(50);
    await server.application.plane.promotePolicy("refund", 1, { stage: "retired", reason: "not tonight" }, bob);
    const { json } = await call(server, "POST", "/v2/jobs/activation", {
      type: "credit",
      timeout: 10_000,
      maxJobsToActivate: 10,
      requestTimeout: 1_000,
    });
    expect(json.jobs).toEqual([]);
    expect((await decisionsOf(processInstanceKey)).map(({ determination }) => determination).sort()).toEqual([
      "ALLOW",
      "DENY",
    ]);
    expect((await camunda.searchJobs({ filter: { processInstanceKey, state: "CREATED" } }, now)).items).toEqual([]);
  });
});
