/** Bodies that are meant to harm, sent to every operation of the OpenAPI document that takes one. */
import { request as httpRequest } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fill, type OpenApi, operationsOf, type SampledOperation, sampleText, seeded } from "../api/sample-request.ts";
import { type Answered, call, startTestServer, type TestServer } from "../api/server.ts";
import { threadMs } from "../processor-time.ts";
import { expectProblem } from "./problem-answers.ts";

/** Of the study, for the server alone. */
const goalMs = 50;

let server: TestServer;
let operations: SampledOperation[];

beforeAll(async () => {
  server = await startTestServer();
  operations = operationsOf((await call(server, "GET", "/openapi.json")).json as OpenApi);
});
afterAll(() => server?.close());

interface HostileBody {
  readonly body: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  readonly statuses: readonly number[];
  readonly says: RegExp;
}

const names = (count: number): string => `{${Array.from({ length: count }, (_, at) => `"${at}":0`).join(",")}}`;

const hostile: Readonly<Record<string, HostileBody>> = {
  "no JSON": { body: "{oops", statuses: [400], says: /Expected JSON/ },
  "half of a body": { body: '{"a":', statuses: [400], says: /Expected JSON/ },
  "an array": { body: "[]", statuses: [400], says: /Expected object/ },
  "a text": { body: '"text"', statuses: [400], says: /Expected object/ },
  "a number": { body: "1e5", statuses: [400], says: /Expected object/ },
  "an unknown member": { body: '{"thisMemberIsUnknown":1}', statuses: [400], says: /./ },
  "a member called __proto__": { body: '{"__proto__":{"isAdmin":true}}', statuses: [400], says: /__proto__/ },
  "__proto__ in escapes": { body: '{"a":{"\\u005f_proto__":{"isAdmin":true}}}', statuses: [400], says: /__proto__/ },
  "an equal name twice": { body: '{"a":1,"a":2}', statuses: [400], says: /each name once/ },
  NUL: { body: '{"a":"\\u0000"}', statuses: [400], says: /NUL/ },
  "half of a surrogate pair": { body: '{"a":"\\ud800"}', statuses: [400], says: /surrogate/ },
  "a number that would be rounded": { body: '{"a":9007199254740993}', statuses: [400], says: /rounded/ },
  "a number beyond all doubles": { body: '{"a":1e400}', statuses: [400], says: /range of a double/ },
  "65 levels": { body: `{"a":${"[".repeat(64)}${"]".repeat(64)}}`, statuses: [400], says: /at most 64 levels/ },
  "5,000 levels": {
    body: `{"a":${"[".repeat(5_000)}${"]".repeat(5_000)}}`,
    statuses: [400],
    says: /at most 64 levels/,
  },
  "bytes that are not UTF-8": {
    body: new Uint8Array([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d]),
    statuses: [400],
    says: /UTF-8/,
  },
  "an overlong encoding": {
    body: new Uint8Array([0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d]),
    statuses: [400],
    says: /UTF-8/,
  },
  "half of a surrogate pair, encoded": {
    body: new Uint8Array([0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d]),
    statuses: [400],
    says: /UTF-8/,
  },
  "NUL as a byte": { body: '{"a":"\u0000"}', statuses: [400], says: /Expected JSON/ },
  "another charset": {
    body: "{}",
    headers: { "content-type": "application/json; charset=utf-16" },
    statuses: [415],
    says: /utf-8/i,
  },
  "UTF-16": { body: new Uint8Array(Buffer.from('{"a":1}', "utf16le")), statuses: [400], says: /Expected JSON/ },
  "another content type": {
    body: "{}",
    headers: { "content-type": "text/plain" },
    statuses: [415],
    says: /application\/json/,
  },
  "the content type of a form": {
    body: "a=1",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    statuses: [415],
    says: /application\/json/,
  },
  "a content encoding": {
    body: "{}",
    headers: { "content-encoding": "gzip" },
    statuses: [415],
    says: /content encoding/,
  },
};

/** A form is another way to send the same there. */
const takesForms = new Set(["createPolicy"]);
/** They take members of other programs' making. */
const lenient = new Set(["verifyExport", "runplaneGuard"]);

const withJson = (): SampledOperation[] => operations.filter(({ body }) => body?.type === "application/json");
const pathOf = (operation: SampledOperation): string => fill(operation, (_, schema) => sampleText(schema, seeded(1)));

/** The answer, and what server and client together took of this thread's time for it; more than the goal is tried again. */
async function timed<Result>(
  work: () => Promise<Result>,
): Promise<{ readonly answer: Result; readonly spent: number }> {
  let cheapest = Number.POSITIVE_INFINITY;
  for (let round = 1; ; round++) {
    const before = threadMs();
    const answer = await work();
    cheapest = Math.min(cheapest, threadMs() - before);
    if (cheapest < goalMs || round === 5) return { answer, spent: cheapest };
  }
}

describe("a hostile body", () => {
  it.each(Object.entries(hostile))(
    "is refused by every operation in 50 ms, with the reason and without a stack (S9): %s",
    async (name, { body, headers, statuses, says }) => {
      for (const operation of withJson()) {
        if (lenient.has(operation.id) && name === "an unknown member") continue;
        const { answer, spent } = await timed(() => call(server, operation.method, pathOf(operation), body, headers));
        const what = `${operation.id}: ${answer.status} ${answer.text.slice(0, 300)}`;
        expect(statuses, what).toContain(answer.status);
        expect(spent, what).toBeLessThan(goalMs);
        expectProblem(answer, what);
        expect(answer.json.detail, what).toMatch(says);
      }
      expect((Object.prototype as Record<string, unknown>).isAdmin).toBeUndefined();
    },
  );

  it("of 100,001 names is refused in 50 ms by every operation (S9)", async () => {
    const body = Buffer.from(names(100_001));
    let slowest = 0;
    for (const operation of withJson()) {
      const sent = () => send(operation.method, pathOf(operation), body);
      const { answer, spent } = await timed(sent);
      expect(answer.status, operation.id).toBe(400);
      expect(answer.text, operation.id).toMatch(/at most 100000 names/);
      expect(spent, operation.id).toBeLessThan(goalMs);
      slowest = Math.max(slowest, spent);
    }
    process.stdout.write(`100,001 names: refused in ${slowest.toFixed(0)} ms at most.\n`);
  }, 60_000);

  it("of ten megabytes is refused by every operation before a byte of it is read (S9)", async () => {
    for (const operation of withJson()) {
      const announced = (lenient.has(operation.id) || takesForms.has(operation.id) ? 1_000 : 10) * 1024 * 1024;
      const answer = await announce(operation.method, pathOf(operation), announced, "application/json");
      expect(answer.status, `${operation.id}: ${answer.text}`).toBe(413);
      expect(answer.text, operation.id).toMatch(/PAYLOAD_TOO_LARGE/);
    }
    for (const operation of operations.filter(({ body }) => body?.type === "multipart/form-data")) {
      const type = "multipart/form-data; boundary=b";
      const answer = await announce(operation.method, pathOf(operation), 1_000 * 1024 * 1024, type);
      expect(answer.status, `${operation.id}: ${answer.text}`).toBe(413);
    }
  });

  it("that says less than it is, or nothing of its length, is cut off at the limit (S9)", async () => {
    const answer = await chunked("/v2/process-instances", 12 * 1024 * 1024);
    expect([413, "closed"]).toContain(answer);
  });

  it("does no harm where no body is expected (S9)", async () => {
    const without = operations.filter(
      ({ body, method, id }) => body === undefined && method !== "GET" && id !== "streamEvents",
    );
    expect(without.length).toBeGreaterThan(5);
    for (const operation of without) {
      const answer = await call(
        server,
        operation.method,
        pathOf(operation),
        '{"__proto__":{"isAdmin":true},"a":1,"a":2}',
      );
      expect(answer.status, `${operation.id}: ${answer.text}`).toBeLessThan(500);
    }
    expect(server.logged.filter((line) => line.includes("internal error"))).toEqual([]);
  });
});

type Short = Pick<Answered, "status" | "text">;

/** Sends the headers of a body that never comes. */
function announce(method: string, path: string, bytes: number, type: string): Promise<Short> {
  return ask(method, path, { "content-type": type, "content-length": String(bytes) });
}

/** Sends a large body at the least cost to this thread, which the server works in as well. */
function send(method: string, path: string, body: Buffer): Promise<Short> {
  return ask(method, path, { "content-type": "application/json", "content-length": String(body.length) }, body);
}

function ask(method: string, path: string, headers: Readonly<Record<string, string>>, body?: Buffer): Promise<Short> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(`${server.url}${path}`, { method, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, text });
        sent.destroy();
      });
    });
    sent.on("error", reject);
    if (body === undefined) sent.flushHeaders();
    else sent.end(body);
  });
}

function chunked(path: string, bytes: number): Promise<number | "closed"> {
  return new Promise((resolve) => {
    const headers = { "content-type": "application/json", "transfer-encoding": "chunked" };
    const sent = httpRequest(`${server.url}${path}`, { method: "POST", headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
      sent.destroy();
    });
    sent.on("error", () => resolve("closed"));
    sent.write('{"processDefinitionId":"');
    for (let written = 0; written < bytes; written += 1024 * 1024) sent.write("x".repeat(1024 * 1024));
    sent.end('"}');
  });
}
