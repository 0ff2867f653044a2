/** The official client against a test server, strict both ways, and what several contract tests do with it. */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { type CamundaClient, createCamundaClient } from "@camunda8/orchestration-cluster-api";
import { expect, inject } from "vitest";
import { operations } from "./client-schemas.ts";

/** Looks once: our reads are consistent, nothing has to be waited for. */
export const now = { consistency: { waitUpToMs: 0 } };

/** What differs from the ordinary client: validation, way of authentication and the like. */
export type ClientSettings = NonNullable<NonNullable<Parameters<typeof createCamundaClient>[0]>["config"]>;

/**
 * `checksRequests` false: for what the client's own request check spoils. It wants a string where its types (and the
 * server) want a File, and takes every page for one by limit, dropping `from`, `after` and `before`.
 */
export function officialClient(
  server: { readonly url: string },
  checksRequests = true,
  settings: ClientSettings = {},
): CamundaClient {
  const client = createCamundaClient({
    config: {
      CAMUNDA_REST_ADDRESS: server.url,
      CAMUNDA_AUTH_STRATEGY: "NONE",
      CAMUNDA_SDK_VALIDATION: `req:${checksRequests ? "strict" : "none"},res:strict`,
      CAMUNDA_SDK_LOG_LEVEL: "error",
      ...settings,
    },
  });
  return new Proxy(client, { get: (target, name) => noting(target, name) });
}

const notes = inject("answeredOperations");
const noted = new Set<string>();
const isOperation: ReadonlySet<string | symbol> = new Set(operations);

/** The client's member; an operation also notes, once, that it was answered. A refusal is none of its business. */
function noting(client: CamundaClient, name: string | symbol): unknown {
  const member: unknown = Reflect.get(client, name, client);
  if (typeof member !== "function") return member;
  return (...given: unknown[]): unknown => {
    const answer: unknown = member.apply(client, given);
    if (isOperation.has(name) && answer instanceof Promise)
      answer.then(
        () => note(String(name)),
        () => undefined,
      );
    return answer;
  };
}

function note(name: string): void {
  if (noted.has(name)) return;
  noted.add(name);
  appendFileSync(join(notes, String(process.pid)), `${name}\n`);
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
