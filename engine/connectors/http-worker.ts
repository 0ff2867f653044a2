/** The workers of HTTP jobs, by their two job types. */
import type { WorkerAnswer, WorkerHandler } from "../runtime/contract/jobs.ts";
import { EgressDenied } from "./egress.ts";
import { type HttpConnectorOptions, runHttpJob } from "./http.ts";
import { durationMs } from "./result.ts";

/** Job type → whether the configuration comes by input mappings (Camunda's way) instead of task headers. */
export const httpJobTypes: Readonly<Record<string, boolean>> = {
  "interlock:http": false,
  "io.camunda:http-json:1": true,
};

export function httpWorker(byVariables: boolean, options: HttpConnectorOptions): WorkerHandler {
  return async (job): Promise<WorkerAnswer> => {
    const retryBackOffMs = durationMs(job.customHeaders.retryBackoff) ?? 0;
    const httpJob = {
      headers: job.customHeaders,
      variables: job.variables,
      idempotencyKey: job.guard?.idempotencyKey ?? job.jobKey,
      tenantId: job.tenantId,
    };
    try {
      const outcome = await runHttpJob(httpJob, byVariables, options, job.signal);
      if (outcome.type === "complete") return { type: "complete", variables: outcome.variables };
      if (outcome.type === "bpmnError")
        return { type: "error", errorCode: outcome.code, errorMessage: outcome.message, variables: outcome.variables };
      return {
        type: "fail",
        errorMessage: outcome.message,
        retryBackOffMs: outcome.retryBackOffMs ?? retryBackOffMs,
        ...(outcome.retries === null ? {} : { retries: outcome.retries }),
      };
    } catch (error) {
      const errorMessage = error instanceof Error ? error.message : String(error);
      // What the door refused, it will refuse again: no retries, an incident that says what to allow.
      return error instanceof EgressDenied
        ? { type: "fail", retries: 0, errorMessage }
        : { type: "fail", errorMessage, retryBackOffMs };
    }
  };
}
