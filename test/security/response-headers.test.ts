/** What every answer says and what it keeps to itself: a list after OWASP ASVS level 2 (V3, V6, V7, V14, V16). */
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fill, type OpenApi, operationsOf, type SampledOperation, sampleText, seeded } from "../api/sample-request.ts";
import { type Answered, call, startTestServer, type TestServer } from "../api/server.ts";

type Headers = Readonly<Record<string, string>>;
const waits = new Set(["streamEvents", "activateJobs"]);

let server: TestServer;
let operations: SampledOperation[];
let admin: Headers;

const basic = (name: string, password: string): Headers => ({
  authorization: `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`,
});

/** An account with a token; its rights in one tenant only. */
async function account(accountId: string, tenant: string): Promise<Headers> {
  const body = {
    accountId,
    kind: "human",
    roles: ["administrator"],
    tenants: [tenant],
    password: "a long enough password",
  };
  expect((await call(server, "POST", "/auth/accounts", body, admin)).status).toBe(201);
  const { json } = await call(server, "POST", `/auth/accounts/${accountId}/tokens`, { name: "test" }, admin);
  return { authorization: `Bearer ${json.secret}` };
}

beforeAll(async () => {
  const said: string[] = [];
  server = await startTestServer({
    environment: { AUTHENTICATION: "basic,token" },
    say: (line) => void said.push(line),
  });
  admin = basic("admin", /password (\S+)/.exec(said.join("\n"))![1]!);
  operations = operationsOf((await call(server, "GET", "/openapi.json")).json as OpenApi).filter(
    ({ id }) => !waits.has(id),
  );
});
afterAll(() => server?.close());

function expectHeaders({ headers, status }: Answered, what: string): void {
  const policy = headers.get("content-security-policy") ?? "";
  expect(policy, what).toContain("default-src 'none'");
  expect(policy, what).toContain("frame-ancestors 'none'");
  expect(policy, what).not.toMatch(/unsafe-|\*|https?:|data:/);
  expect(headers.get("x-content-type-options"), what).toBe("nosniff");
  expect(headers.get("referrer-policy"), what).toBe("no-referrer");
  expect(headers.get("strict-transport-security"), what).toMatch(/max-age=31536000; includeSubDomains/);
  expect(headers.get("cross-origin-opener-policy"), what).toBe("same-origin");
  expect(headers.get("cross-origin-resource-policy"), what).toBe("same-origin");
  for (const name of ["x-powered-by", "server", "access-control-allow-origin", "access-control-allow-credentials"])
    expect(headers.get(name), `${what}: ${name}`).toBeNull();
  if (status !== 204 && status !== 302)
    expect(headers.get("content-type"), what).toMatch(/charset=utf-8|octet-stream|text\/plain/i);
}

describe("every answer", () => {
  it("carries the security headers, whoever asks for whatever (S28)", async () => {
    for (const operation of operations) {
      const path = fill(operation, (_, schema) => sampleText(schema, seeded(1)));
      for (const headers of [{}, admin]) {
        const answer = await call(
          server,
          operation.method,
          path,
          operation.body === undefined ? undefined : "{}",
          headers,
        );
        expectHeaders(answer, `${operation.id}: ${answer.status}`);
        expect(answer.headers.get("cache-control"), operation.id).toBe("no-store");
      }
    }
    for (const path of [
      "/",
      "/nothing",
      "/docs",
      "/docs/docs.js",
      "/docs/docs.css",
      "/openapi.json",
      "/health/live",
      "/health/ready",
      "/v2/%ff",
      "/v2/%",
    ])
      expectHeaders(await call(server, "GET", path), path);
  }, 60_000);

  it("to a method that nobody offers is a refusal, and none is told to foreign pages (S28)", async () => {
    for (const method of ["OPTIONS", "PROPFIND", "DELETE", "PUT", "HEAD"]) {
      const headers = { ...admin, origin: "https://evil.example" };
      const answer = await fetch(`${server.url}/v2/topology`, { method, headers });
      await answer.arrayBuffer();
      expect([200, 401, 403, 404, 405], method).toContain(answer.status);
      expect(answer.headers.get("access-control-allow-origin"), method).toBeNull();
      expect(answer.headers.get("access-control-allow-methods"), method).toBeNull();
    }
    expect(await raw("TRACE /v2/topology HTTP/1.1\r\nhost: localhost\r\nx-secret: canary\r\n\r\n")).not.toContain(
      "canary",
    );
  });

  it("to what is no HTTP is short and tells nothing of the inside (S28)", async () => {
    const requests = [
      "GARBAGE\r\n\r\n",
      "GET / HTTP/9.9\r\nhost: x\r\n\r\n",
      `GET /v2/topology HTTP/1.1\r\nhost: x\r\nx: ${"a".repeat(20_000)}\r\n\r\n`,
      "GET /v2/topology HTTP/1.1\r\n\r\n",
      "POST /v2/topology HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST /v2/topology HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n",
      "POST /v2/topology HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
      "GET /v2/topology HTTP/1.1\r\nhost: x\r\na : b\r\n\r\n",
      "GET /v2/\u0000topology HTTP/1.1\r\nhost: x\r\n\r\n",
    ];
    for (const request of requests) {
      const answer = await raw(request);
      expect(answer, request.slice(0, 60)).toMatch(/^HTTP\/1\.1 (400|401|403|404|413|431|505) /);
      expect(answer, request.slice(0, 60)).not.toMatch(/node_modules|\.[tj]s:\d|\bat [A-Za-z.]+ \(/);
    }
  });
});

/** The answer to exactly these bytes, up to the end of the connection or half a second. */
function raw(bytes: string): Promise<string> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(Number(port), hostname, () => socket.write(bytes, "latin1"));
    const end = (): void => {
      socket.destroy();
      resolve(text);
    };
    socket.setTimeout(500, end);
    socket.on("data", (part) => {
      text += part.toString("latin1");
    });
    socket.on("close", end);
    socket.on("error", (error) => (text === "" ? reject(error) : end()));
  });
}

describe("a sign-in", () => {
  beforeAll(async () => {
    await account("somebody", "<default>");
    await account("gone", "<default>");
    expect((await call(server, "PATCH", "/auth/accounts/gone", { disabled: true }, admin)).status).toBe(200);
    const robot = { accountId: "robot", kind: "service", roles: ["operator"] };
    expect((await call(server, "POST", "/auth/accounts", robot, admin)).status).toBe(201);
  });

  const tries: readonly (readonly [string, string])[] = [
    ["somebody", "a wrong password here"],
    ["nobody", "a long enough password"],
    ["gone", "a long enough password"],
    ["robot", "a long enough password"],
    ["constructor", "a long enough password"],
  ];

  it("that fails answers the same for unknown, disabled and passwordless names as for a wrong password (S28)", async () => {
    const answers = new Set<string>();
    for (const [username, password] of tries) {
      const { status, json, headers } = await call(server, "POST", "/auth/login", { username, password });
      answers.add(JSON.stringify([status, json, headers.get("set-cookie")]));
    }
    expect([...answers]).toHaveLength(1);
    expect([...answers][0]).toMatch(/^\[401,/);
  });

  it("that fails takes as long for a name that nobody has as for one that somebody has (S28)", async () => {
    const accounts = server.application.accounts;
    const median = async (name: string): Promise<number> => {
      const times: number[] = [];
      for (let round = 0; round < 5; round++) {
        const before = process.cpuUsage();
        await accounts.checkPassword(name, `wrong ${round}`);
        const { user, system } = process.cpuUsage(before);
        times.push((user + system) / 1000);
      }
      return times.sort((a, b) => a - b)[2]!;
    };
    const [known, unknown] = [await median("somebody"), await median("nobody")];
    expect(unknown / known).toBeGreaterThan(0.5);
    expect(unknown / known).toBeLessThan(2);
    expect(known).toBeGreaterThan(10);
  });

  it("is refused for a while after ten wrong passwords, also with the right one, whatever headers claim (S28)", async () => {
    const own = await startTestServer({ environment: { AUTHENTICATION: "basic,token" } });
    try {
      const attempt = (at: number) =>
        call(own, "GET", "/v2/topology", undefined, {
          ...basic("admin", `guess ${at}`),
          "x-forwarded-for": `10.0.0.${at}`,
          forwarded: `for=10.0.0.${at}`,
        });
      const statuses: number[] = [];
      for (let at = 0; at < 12; at++) statuses.push((await attempt(at)).status);
      expect(statuses.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 401));
      expect(statuses.slice(10)).toEqual([429, 429]);
      const answer = await attempt(99);
      expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
      const bearer = await call(own, "GET", "/v2/topology", undefined, { authorization: "Bearer ilk_guess" });
      expect(bearer.status).toBe(429);
    } finally {
      await own.close();
    }
  });
});

describe("a key", () => {
  it("of another tenant's thing answers exactly as one that does not exist (S28)", async () => {
    const [north, south] = [await account("nora", "north"), await account("sven", "south")];
    const form = new FormData();
    const bpmn = `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="t"><process id="secret" isExecutable="true"><startEvent id="s"/><userTask id="u"><extensionElements><userTask xmlns="http://camunda.org/schema/zeebe/1.0"/></extensionElements></userTask><endEvent id="e"/><sequenceFlow id="a" sourceRef="s" targetRef="u"/><sequenceFlow id="b" sourceRef="u" targetRef="e"/></process></definitions>`;
    form.append("resources", new Blob([bpmn]), "secret.bpmn");
    form.append("tenantId", "north");
    const deployed = await call(server, "POST", "/v2/deployments", form, north);
    expect(deployed.status, deployed.text).toBe(200);
    const started = await call(
      server,
      "POST",
      "/v2/process-instances",
      { processDefinitionId: "secret", tenantId: "north" },
      north,
    );
    const instance = String(started.json.processInstanceKey);
    const definition = String(started.json.processDefinitionKey);
    const [task] = (await call(server, "POST", "/v2/user-tasks/search", {}, north)).json.items;
    const missing = (key: string): string => String(BigInt(key) + 100_000n);
    const paths: readonly (readonly [string, (key: string) => string, string])[] = [
      ["GET", (key) => `/v2/process-instances/${key}`, instance],
      ["POST", (key) => `/v2/process-instances/${key}/cancellation`, instance],
      ["GET", (key) => `/v2/process-definitions/${key}`, definition],
      ["GET", (key) => `/v2/process-definitions/${key}/xml`, definition],
      ["GET", (key) => `/v2/user-tasks/${key}`, task.userTaskKey],
      ["POST", (key) => `/v2/user-tasks/${key}/completion`, task.userTaskKey],
      ["GET", (key) => `/governance/v1/process-instances/${key}/history`, instance],
    ];
    for (const [method, path, key] of paths) {
      const body = method === "POST" ? {} : undefined;
      const foreign = await call(server, method, path(key), body, south);
      const absent = await call(server, method, path(missing(key)), body, south);
      const shape = ({ status, json }: Answered, of: string) => [
        status,
        json.title,
        String(json.detail).replaceAll(of, "KEY"),
      ];
      expect(shape(foreign, key), path("KEY")).toEqual(shape(absent, missing(key)));
      expect(foreign.status, path("KEY")).toBe(404);
    }
  });
});

describe("content that somebody uploaded", () => {
  it("is no script, style or page of ours, whatever type it was given (S11, S28)", async () => {
    for (const type of [
      "text/javascript",
      "application/ecmascript",
      "text/html",
      "image/svg+xml",
      "text/css",
      "application/xhtml+xml",
      "application/wasm",
      "text/jscript",
    ]) {
      const form = new FormData();
      form.append("file", new Blob(["fetch('/v2/topology')"], { type }), "x.js");
      const uploaded = await call(server, "POST", "/v2/documents", form, admin);
      expect(uploaded.status, uploaded.text).toBe(201);
      const { documentId, contentHash } = uploaded.json;
      const answer = await call(
        server,
        "GET",
        `/v2/documents/${documentId}?contentHash=${contentHash}`,
        undefined,
        admin,
      );
      expect(answer.status, answer.text).toBe(200);
      expect(answer.type, type).toBe("application/octet-stream");
      expect(answer.headers.get("content-disposition"), type).toMatch(/^attachment;/);
      expect(answer.headers.get("content-security-policy"), type).toContain("sandbox");
      expect(answer.headers.get("x-content-type-options"), type).toBe("nosniff");
    }
  });
});
