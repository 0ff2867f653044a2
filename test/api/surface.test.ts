/** Every operation of the OpenAPI document, called with what fits its schemas. What is meant to harm: test/security. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { everything } from "../contract/models.ts";
import { expectProblem } from "../security/problem-answers.ts";
import {
  fill,
  type OpenApi,
  operationsOf,
  type SampledOperation,
  sample,
  sampleText,
  seeded,
} from "./sample-request.ts";
import { call, deploy, startTestServer, type TestServer } from "./server.ts";

let server: TestServer;
let document: OpenApi;
let operations: SampledOperation[];

beforeAll(async () => {
  server = await startTestServer({ environment: { BODY_BYTES_MAX: "100000" } });
  document = (await call(server, "GET", "/openapi.json")).json as OpenApi;
  operations = operationsOf(document);
  expect((await deploy(server, everything)).status).toBe(200);
});
afterAll(() => server?.close());

/** Streams never end and long polls wait: they have tests of their own. */
const waits = new Set(["streamEvents", "activateJobs"]);

describe("the surface", () => {
  it("documents the calls of both sides", () => {
    expect(operations.length).toBeGreaterThan(120);
    expect(operations.map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        "/v2/process-instances",
        "/governance/v1/decisions",
        "/governance/v1/approvals/{approvalId}/votes",
      ]),
    );
    expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length);
  });

  it("answers every operation, called with what fits its schemas, without an internal error", async () => {
    const broken: string[] = [];
    for (const operation of operations.filter(({ id }) => !waits.has(id))) {
      for (let seed = 1; seed <= 6; seed++) {
        const random = seeded(seed * 7919 + operation.id.length);
        const path = fill(operation, (_, schema) => sampleText(schema, random));
        const query = new URLSearchParams();
        for (const parameter of operation.parameters)
          if (parameter.in === "query" && random() < 0.5)
            query.set(parameter.name, String(sample(parameter.schema, document, random)));
        const body =
          operation.body?.type === "application/json"
            ? sample(operation.body.schema, document, random)
            : operation.body === undefined
              ? undefined
              : new FormData();
        const answer = await call(server, operation.method, `${path}${query.size === 0 ? "" : `?${query}`}`, body);
        if (answer.status >= 500 && answer.status !== 504)
          broken.push(
            `${operation.id} seed ${seed}: ${answer.status} ${answer.text} ${JSON.stringify(body)?.slice(0, 400)}`,
          );
        if (answer.status >= 400) expectProblem(answer, operation.id);
        else expect(operation.statuses, operation.id).toContain(String(answer.status));
      }
    }
    const why = server.logged.filter((line) => line.includes("internal error")).slice(0, 3);
    expect(broken, why.join("\n")).toEqual([]);
  }, 120_000);

  it("takes files only as a form, and only whole ones", async () => {
    for (const operation of operations.filter(({ body }) => body?.type === "multipart/form-data")) {
      const path = fill(operation, (_, schema) => sampleText(schema, seeded(1)));
      const json = await call(server, operation.method, path, "{}");
      expect(json.status, operation.id).toBe(415);
      const withoutEnd = await call(
        server,
        operation.method,
        path,
        "--b\r\nContent-Disposition: form-data; name=x; filename=a\r\n\r\nhalf",
        { "content-type": "multipart/form-data; boundary=b" },
      );
      expect(withoutEnd.status, operation.id).toBe(400);
      const withoutBoundary = await call(server, operation.method, path, "x", {
        "content-type": "multipart/form-data",
      });
      expect(withoutBoundary.status, operation.id).toBe(400);
      const empty = await call(server, operation.method, path, new FormData());
      expect(empty.status, operation.id).toBe(400);
      for (const answer of [json, withoutEnd, withoutBoundary, empty]) expectProblem(answer, operation.id);
    }
  });

  it("answers 404 to paths that it does not know", async () => {
    for (const path of ["/v2/nothing", "/v2/process-instances/1/nothing", "/governance/v1/nothing", "/nothing"]) {
      const answer = await call(server, "POST", path, {});
      expect(answer.status, path).toBe(404);
      expectProblem(answer, path);
    }
  });

  it("has a page for people that needs nothing from elsewhere", async () => {
    const page = await call(server, "GET", "/docs");
    expect(page.type).toMatch(/text\/html/);
    expect(page.text).toContain("/v2/process-instances/{processInstanceKey}/cancellation");
    expect(page.text).not.toMatch(/(src|href)="(https?:)?\/\//);
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    for (const asset of ["/docs/docs.css", "/docs/docs.js"])
      expect((await call(server, "GET", asset)).status).toBe(200);
  });

  it("tells whether it lives and can work, and how it is doing", async () => {
    expect((await call(server, "GET", "/health/live")).status).toBe(200);
    expect((await call(server, "GET", "/health/ready")).json).toEqual({ status: "up" });
    const metrics = await call(server, "GET", "/metrics");
    expect(metrics.text).toMatch(
      /interlock_http_requests_total\{operation="createProcessInstance",status="[24]xx"\} \d+/,
    );
  });

  it("sends security headers with every answer (S28)", async () => {
    for (const path of ["/v2/topology", "/nothing", "/health/live"]) {
      const { headers } = await call(server, "GET", path);
      expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("referrer-policy")).toBe("no-referrer");
      expect(headers.get("x-powered-by")).toBeNull();
    }
  });

  it("refuses changes that foreign pages ask for, and hosts that are not this machine (S15)", async () => {
    const foreign = await call(
      server,
      "POST",
      "/v2/signals/broadcast",
      { signalName: "x" },
      { origin: "https://evil.example" },
    );
    expect(foreign.status).toBe(403);
    const site = await call(server, "POST", "/v2/deployments", new FormData(), { "sec-fetch-site": "cross-site" });
    expect(site.status).toBe(403);
    const { request } = await import("node:http");
    const rebound = await new Promise<number>((resolve, reject) => {
      const sent = request(`${server.url}/v2/topology`, { headers: { host: "evil.example" } }, (response) => {
        response.resume();
        resolve(response.statusCode!);
      });
      sent.on("error", reject).end();
    });
    expect(rebound).toBe(403);
  });

  it("writes no body, no query and no credentials into its log (S16)", async () => {
    await call(
      server,
      "POST",
      "/v2/process-instances?canary=query-secret",
      { processDefinitionId: "canary-body-secret" },
      { authorization: "Bearer canary-token-secret" },
    );
    expect(server.logged.join("\n")).not.toMatch(/canary/);
  });
});
