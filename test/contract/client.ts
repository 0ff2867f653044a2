/** The official client against a test server, strict both ways, and what several contract tests do with it. */
import { type CamundaClient, createCamundaClient } from "@camunda8/orchestration-cluster-api";
import { expect } from "vitest";

/** Looks once: our reads are consistent, nothing has to be waited for. */
export const now = { consistency: { waitUpToMs: 0 } };

/**
 * `checksRequests` false: for what the client's own request check spoils. It wants a string where its types (and the
 * server) want a File, and takes every page for one by limit, dropping `from`, `after` and `before`.
 */
export function officialClient(server: { readonly url: string }, checksRequests = true): CamundaClient {
  return createCamundaClient({
    config: {
      CAMUNDA_REST_ADDRESS: server.url,
      CAMUNDA_AUTH_STRATEGY: "NONE",
      CAMUNDA_SDK_VALIDATION: `req:${checksRequests ? "strict" : "none"},res:strict`,
      CAMUNDA_SDK_LOG_LEVEL: "error",
    },
  });
}

/** The jobs of a type that one instance has, taken by a worker. */
export async function take(camunda: CamundaClient, type: string, processInstanceKey?: string) {
  const { jobs } = await camunda.activateJobs({
    type,
    worker: "test",
    timeout: 30_000,
    maxJobsToActivate: 200,
    requestTimeout: 2_000,
  });
  const own = jobs.filter((job) => processInstanceKey === undefined || job.processInstanceKey === processInstanceKey);
  expect(own.length, `jobs of type ${type}`).toBeGreaterThan(0);
  return own;
}
