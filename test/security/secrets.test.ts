/**
 * S16: a canary in every slot that holds a secret, used with success and with failure, against services that echo all
 * that they are sent. Afterwards the whole database, every reply, prompt, metric and line of the log is searched.
 */

import { rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDatabase } from "../../store/index.ts";
import { call, startTestServer, type TestServer } from "../api/server.ts";
import { newDataFolder } from "../empty-store.ts";
import { type ModelServer, startModelServer } from "../engine/agents/model-server.ts";
import { eventually } from "../engine/runtime/harness.ts";
import { end, model, sequence, start } from "../engine/runtime/models.ts";

/** Slot → secret. Quotes and percent signs, so that escaped forms are looked for as well. */
const canaries = {
  bearer: "canary-bearer-4711",
  user: "canary-user-4712",
  password: 'canary-"pass"%word-4713',
  apiKey: "canary-apikey-4714",
  header: "canary-header-4715",
  query: "canary-query-4716",
  body: "canary-body-4717",
  modelKey: "canary-modelkey-4718",
  account: "canary-account-4719",
};
const forms = (secret: string): string[] => [
  secret,
  JSON.stringify(secret).slice(1, -1),
  encodeURIComponent(secret),
  Buffer.from(secret).toString("base64").replace(/=+$/, ""),
];
const all = Object.values(canaries).flatMap(forms);
const basicPair = Buffer.from(`${canaries.user}:${canaries.password}`).toString("base64");

function found(text: string, besides: readonly string[] = []): string[] {
  return [...all, basicPair, ...besides].filter((secret) => text.includes(secret));
}

/** Sends back what it was sent: path, headers, body. Paths with "bad" fail. */
let echo: Server;
let received: string[];
let address: string;
let models: ModelServer;
let folder: string;
let server: TestServer;
let admin: Record<string, string>;
const replies: string[] = [];

const header = (name: string, value: string): string => `<zeebe:header key="${name}" value="${value}" />`;
function http(id: string, ...headers: readonly string[]): readonly [string, string] {
  return [
    id,
    `<bpmn:serviceTask id="${id}"><bpmn:extensionElements><zeebe:taskDefinition type="interlock:http" retries="1" /><zeebe:taskHeaders>${headers.join("")}${header("resultExpression", "={answer: response}")}</zeebe:taskHeaders></bpmn:extensionElements></bpmn:serviceTask>`,
  ];
}
const feel = (text: string): string => `=${text.replaceAll('"', "&quot;")}`;

const calls = (path: string): (readonly [string, string])[] => [
  http(
    "bearer",
    header("url", `${address}/${path}`),
    header("authentication", feel('{type: "bearer", token: "{{secrets.BEARER}}"}')),
  ),
  http(
    "basic",
    header("url", `${address}/${path}`),
    header("authentication", feel('{type: "basic", username: "{{secrets.USER}}", password: "{{secrets.PASSWORD}}"}')),
  ),
  http(
    "key",
    header("url", `${address}/${path}`),
    header("authentication", feel('{type: "apiKey", name: "x-key", value: "{{secrets.API_KEY}}"}')),
  ),
  http("header", header("url", `${address}/${path}`), header("headers", feel('{"x-own": "{{secrets.HEADER}}"}'))),
  http("query", header("url", `${address}/${path}?key={{secrets.QUERY}}`)),
  http("body", header("method", "POST"), header("url", `${address}/${path}`), header("body", "key: {{secrets.BODY}}")),
];

beforeAll(async () => {
  received = [];
  echo = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const seen = JSON.stringify({ url: request.url, headers: request.headers, body });
    received.push(seen);
    response.statusCode = request.url!.includes("bad") ? 500 : 200;
    response.setHeader("content-type", "application/json");
    response.setHeader("x-echo", String(request.headers.authorization ?? request.headers["x-key"] ?? "none"));
    response.end(seen);
  });
  await new Promise<void>((resolve) => echo.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(echo.address() as AddressInfo).port}`;
  models = await startModelServer([{ text: "done" }, { status: 500 }]);
  folder = newDataFolder("interlock-secrets-");
  const said: string[] = [];
  server = await startTestServer({
    environment: {
      AUTHENTICATION: "basic,token",
      DATA_DIR: folder,
      INTERLOCK_EGRESS: `private:${new URL(address).host}`,
      INTERLOCK_SECRET_BEARER: canaries.bearer,
      INTERLOCK_SECRET_USER: canaries.user,
      INTERLOCK_SECRET_PASSWORD: canaries.password,
      INTERLOCK_SECRET_API_KEY: canaries.apiKey,
      INTERLOCK_SECRET_HEADER: canaries.header,
      INTERLOCK_SECRET_QUERY: canaries.query,
      INTERLOCK_SECRET_BODY: canaries.body,
      INTERLOCK_MODEL_PROVIDER: "openai-compatible",
      INTERLOCK_MODEL_BASE_URL: models.baseUrl,
      INTERLOCK_MODEL_NAME: "test-model",
      INTERLOCK_MODEL_API_KEY: canaries.modelKey,
    },
    say: (line) => void said.push(line),
  });
  admin = {
    authorization: `Basic ${Buffer.from(`admin:${/password (\S+)/.exec(said.join("\n"))![1]!}`).toString("base64")}`,
  };
}, 240_000);
afterAll(async () => {
  await server?.close();
  await models?.close();
  echo?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function ask(
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; json: Record<string, string & { readonly state: string }[]>; text: string }> {
  const answer = await call(server, method, path, body, admin);
  replies.push(answer.text);
  return answer;
}

describe("secrets", () => {
  it("S16 are resolved in the connector and nowhere else: no record, reply, log, metric, prompt or export has one", async () => {
    const agent = `<bpmn:adHocSubProcess id="agent"><bpmn:extensionElements><zeebe:adHoc outputCollection="r"/><interlock:agent id="a" version="1" model="default"><interlock:systemPrompt>Say {{secrets.BEARER}}.</interlock:systemPrompt><interlock:userPrompt>=string(answer)</interlock:userPrompt></interlock:agent><interlock:budget modelCalls="3" onExceed="pause"/></bpmn:extensionElements><bpmn:serviceTask id="look"><bpmn:extensionElements><zeebe:taskDefinition type="look"/><interlock:action type="look" operation="read" consequential="false"/></bpmn:extensionElements></bpmn:serviceTask></bpmn:adHocSubProcess>`;
    const form = new FormData();
    form.append(
      "resources",
      new Blob([model("good", sequence(start(), ...calls("good"), ["agent", agent], end()))]),
      "good.bpmn",
    );
    for (const [id, xml] of calls("bad"))
      form.append("resources", new Blob([model(`bad-${id}`, sequence(start(), [id, xml], end()))]), `bad-${id}.bpmn`);
    const deployed = await ask("POST", "/v2/deployments", form);
    expect(deployed.status, deployed.text).toBe(200);

    const begin = async (processDefinitionId: string): Promise<string> =>
      (await ask("POST", "/v2/process-instances", { processDefinitionId, variables: { answer: null } })).json
        .processInstanceKey!;
    const good = await begin("good");
    const bad = await Promise.all(calls("bad").map(([id]) => begin(`bad-${id}`)));
    const states = async () =>
      (await ask("POST", "/v2/process-instances/search", { filter: { processInstanceKey: good } })).json.items as {
        state: string;
      }[];
    await eventually("the end of all calls", async () => (await states())[0]?.state === "COMPLETED", 60_000);
    for (const key of bad)
      await eventually(
        "an incident",
        async () => {
          const { json } = await ask("POST", "/v2/incidents/search", { filter: { processInstanceKey: key } });
          return json.items!.length > 0;
        },
        60_000,
      );

    // The calls did carry them, or nothing would be proved.
    const sent = received.join("\n");
    for (const slot of ["bearer", "apiKey", "header", "query", "body"] as const)
      expect(sent, slot).toContain(canaries[slot]);
    expect(sent).toContain(basicPair);
    expect(JSON.stringify(models.requests.map(({ body }) => body))).not.toContain("canary");

    await ask("POST", "/auth/accounts", {
      accountId: "nora",
      kind: "human",
      roles: ["viewer"],
      password: canaries.account,
    });
    const { json: token } = await ask("POST", "/auth/accounts/nora/tokens", { name: "t" });
    const signedIn = await call(server, "POST", "/auth/login", { username: "nora", password: canaries.account });
    const session = /__Host-interlock=([^;]+)/.exec(signedIn.headers.get("set-cookie") ?? "")![1]!;
    await call(
      server,
      "POST",
      `/v2/process-instances?password=${canaries.account}`,
      `{"x":"${canaries.account}`,
      admin,
    );
    replies.pop();
    for (const key of [good, ...bad]) {
      await ask("GET", `/governance/v1/process-instances/${key}/history`);
      await ask("GET", `/governance/v1/process-instances/${key}/agents`);
    }
    for (const search of ["variables", "jobs", "audit-logs", "element-instances"])
      await ask("POST", `/v2/${search}/search`, {});
    for (const path of [
      "/governance/v1/export",
      "/governance/v1/alerts",
      "/auth/accounts",
      "/auth/accounts/nora/tokens",
      "/metrics",
      "/v2/system/configuration",
    ])
      await ask("GET", path);
    expect(found(replies.join("\n"))).toEqual([]);
    expect(found(server.logged.join("\n"), [session, token.secret!])).toEqual([]);

    await server.close();
    const database = await openDatabase({ dataDir: folder });
    try {
      const tables = await database.query<{ name: string }>(
        "select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1",
      );
      expect(tables.length).toBeGreaterThan(40);
      let rows = 0;
      for (const { name } of tables) {
        const texts = await database.query<{ text: string }>(`select t::text as text from ${name} t`);
        rows += texts.length;
        for (const { text } of texts) {
          expect(found(text, [session, token.secret!]), `${name}: ${text.slice(0, 300)}`).toEqual([]);
          // Binary columns show as hexadecimal digits.
          for (const secret of all) expect(text.includes(Buffer.from(secret).toString("hex")), name).toBe(false);
        }
      }
      expect(rows).toBeGreaterThan(100);
    } finally {
      await database.close();
    }
  }, 240_000);
});
