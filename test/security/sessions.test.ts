/** S15: browser sessions and changes that foreign pages ask for; and the first start, whose password is shown once. */
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDatabase } from "../../store/index.ts";
import { call, startTestServer, type TestServer } from "../api/server.ts";

type Headers = Record<string, string>;
let server: TestServer;
let admin: Headers;
const password = "a long enough password";
const said: string[] = [];

const basic = (name: string, secret: string): Headers => ({
  authorization: `Basic ${Buffer.from(`${name}:${secret}`).toString("base64")}`,
});

beforeAll(async () => {
  server = await startTestServer({
    environment: { AUTHENTICATION: "basic,token" },
    say: (line) => void said.push(line),
  });
  admin = basic("admin", /password (\S+)/.exec(said.join("\n"))![1]!);
  const ann = { accountId: "ann", kind: "human", roles: ["operator"], password };
  expect((await call(server, "POST", "/auth/accounts", ann, admin)).status).toBe(201);
}, 240_000);
afterAll(() => server?.close());

const signIn = async (cookie?: string): Promise<{ header: string; headers: Headers }> => {
  const answer = await call(
    server,
    "POST",
    "/auth/login",
    { username: "ann", password },
    cookie === undefined ? {} : { cookie, ...ownPage() },
  );
  expect(answer.status, answer.text).toBe(200);
  const header = answer.headers.get("set-cookie")!;
  return { header, headers: { cookie: header.split(";", 1)[0]! } };
};
const ownPage = (): Headers => ({ origin: server.url, "sec-fetch-site": "same-origin" });
const me = (headers: Headers) => call(server, "GET", "/v2/authentication/me", undefined, headers);

describe("a session", () => {
  it("S15 lives in a cookie that no script, no other host and no plain connection gets", async () => {
    const { header, headers } = await signIn();
    expect(header).toMatch(
      /^__Host-interlock=[A-Za-z0-9_-]{43}; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=43200$/,
    );
    expect(header).not.toMatch(/domain=/i);
    expect((await me(headers)).json).toMatchObject({ username: "ann", roles: ["operator"] });
  });

  it("S15 gets a new secret at every signing in: one that was planted before is worth nothing", async () => {
    const planted = `__Host-interlock=${"A".repeat(43)}`;
    const { headers } = await signIn(planted);
    expect(headers.cookie).not.toBe(planted);
    expect((await me({ cookie: planted })).status).toBe(401);
    const again = await signIn(headers.cookie);
    expect(again.headers.cookie).not.toBe(headers.cookie);
  });

  it.each([
    ["of another name", (secret: string) => `interlock=${secret}`],
    ["cut short", (secret: string) => `__Host-interlock=${secret.slice(0, -1)}`],
    ["made longer", (secret: string) => `__Host-interlock=${secret}A`],
    ["in quotes", (secret: string) => `__Host-interlock="${secret}"`],
    ["of nobody", () => `__Host-interlock=${"B".repeat(43)}`],
    ["with SQL in it", () => "__Host-interlock=' or '1'='1"],
  ])("S15 is not opened by a cookie %s", async (_, make) => {
    const { headers } = await signIn();
    expect((await me({ cookie: make(headers.cookie!.split("=")[1]!) })).status).toBe(401);
  });

  it("S15 ends with signing out, on the server too, and only its own", async () => {
    const [one, other] = [await signIn(), await signIn()];
    const out = await call(server, "POST", "/auth/logout", undefined, { ...one.headers, ...ownPage() });
    expect(out.headers.get("set-cookie")).toMatch(/^__Host-interlock=; .*Max-Age=0$/);
    expect((await me(one.headers)).status).toBe(401);
    expect((await me(other.headers)).status).toBe(200);
  });

  it("S15 has the rights of its account as they are now, and ends with its password and with the account", async () => {
    const { headers } = await signIn();
    await call(server, "PATCH", "/auth/accounts/ann", { roles: ["viewer"] }, admin);
    const start = () =>
      call(server, "POST", "/v2/process-instances", { processDefinitionId: "x" }, { ...headers, ...ownPage() });
    expect((await start()).status).toBe(403);
    await call(server, "PATCH", "/auth/accounts/ann", { roles: ["operator"] }, admin);
    expect((await start()).status).toBe(404);
    await call(server, "PATCH", "/auth/accounts/ann", { password }, admin);
    expect((await me(headers)).status).toBe(401);
    const after = await signIn();
    await call(server, "PATCH", "/auth/accounts/ann", { disabled: true }, admin);
    expect((await me(after.headers)).status).toBe(401);
    // A password that was right a moment ago counts no longer either.
    expect((await me(basic("ann", password))).status).toBe(401);
    await call(server, "PATCH", "/auth/accounts/ann", { disabled: false }, admin);
    expect((await me(basic("ann", password))).status).toBe(200);
  });
});

describe("a change with a session", () => {
  const change = async (
    more: Headers,
    body: unknown = { signalName: "x" },
    method = "POST",
    path = "/v2/signals/broadcast",
  ) => {
    const { headers } = await signIn();
    return call(server, method, path, body, { ...headers, ...more });
  };

  it("S15 is made by this server's own pages alone", async () => {
    expect((await change(ownPage())).status).toBe(200);
    expect((await change({ origin: server.url })).status).toBe(200);
  });

  it.each<readonly [string, Headers]>([
    ["that do not say where they come from", {}],
    ["of a foreign page", { origin: "https://evil.example", "sec-fetch-site": "cross-site" }],
    ["of a page on a neighbouring host", { origin: "https://app.example.org", "sec-fetch-site": "same-site" }],
    ["of a page without origin", { origin: "null" }],
    ["of another port of this machine", { origin: "http://127.0.0.1:1" }],
    ["that claim another site in one header alone", { "sec-fetch-site": "cross-site" }],
    ["typed into the address bar", { "sec-fetch-site": "none" }],
  ])("S15 is refused to requests %s", async (_, headers) => {
    expect((await change(headers)).status).toBe(403);
  });

  it("S15 is refused as text, form or with another method in its headers, also from our own page", async () => {
    const { headers } = await signIn();
    const { json } = await call(
      server,
      "POST",
      "/v2/signals/broadcast",
      { signalName: "before" },
      { ...headers, ...ownPage() },
    );
    expect(json.signalKey).toBeDefined();
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"])
      expect((await change({ ...ownPage(), "content-type": type }, '{"signalName":"x"}')).status, type).toBe(415);
    for (const name of ["x-http-method-override", "x-method-override", "x-http-method"]) {
      const read = await call(server, "GET", "/v2/topology", undefined, { ...headers, [name]: "DELETE" });
      expect(read.status, name).toBe(200);
      expect((await change({ ...ownPage(), [name]: "GET" })).status, name).toBe(200);
      expect((await change({ [name]: "GET" })).status, name).toBe(403);
    }
    expect((await call(server, "GET", "/v2/signals/broadcast?_method=POST", undefined, headers)).status).toBe(404);
  });

  it("S15 is not asked of foreign pages beforehand either: no CORS header is ever sent", async () => {
    const preflight = await new Promise<{ status: number; headers: Record<string, unknown> }>((resolve, reject) => {
      const headers = { origin: "https://evil.example", "access-control-request-method": "POST" };
      request(`${server.url}/v2/signals/broadcast`, { method: "OPTIONS", headers }, (response) => {
        response.resume();
        resolve({ status: response.statusCode!, headers: response.headers });
      })
        .on("error", reject)
        .end();
    });
    expect(preflight.status).toBeGreaterThanOrEqual(400);
    expect(Object.keys(preflight.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
  });
});

describe("the first start with authentication", () => {
  it("S15 makes one administrator, whose password is shown once and kept as a hash", async () => {
    const folder = mkdtempSync(join(tmpdir(), "interlock-first-start-"));
    const lines: string[] = [];
    const open = () =>
      startTestServer({
        environment: { AUTHENTICATION: "basic,token", DATA_DIR: folder },
        say: (line) => void lines.push(line),
      });
    try {
      const first = await open();
      const shown = /^First start: sign in as admin with the password (\S{24}) \(shown once; change it\)\.$/.exec(
        lines.join("\n"),
      )![1]!;
      expect((await call(first, "GET", "/v2/authentication/me", undefined, basic("admin", shown))).json).toMatchObject({
        username: "admin",
        roles: ["administrator"],
      });
      expect((await call(first, "GET", "/v2/topology")).status).toBe(401);
      const signedIn = await call(first, "POST", "/auth/login", { username: "admin", password: shown });
      expect(signedIn.status).toBe(200);
      const change = { password: "another long password" };
      expect((await call(first, "PATCH", "/auth/accounts/admin", change, basic("admin", shown))).status).toBe(200);
      expect((await call(first, "GET", "/v2/topology", undefined, basic("admin", shown))).status).toBe(401);
      expect(first.logged.join("\n")).not.toContain(shown);
      await first.close();

      const second = await open();
      expect(lines).toHaveLength(1);
      expect((await call(second, "GET", "/v2/topology", undefined, basic("admin", change.password))).status).toBe(200);
      await second.close();
      const database = await openDatabase({ dataDir: folder });
      const [row] = await database.query<{ password_hash: string }>(
        "select password_hash from account where account_id = 'admin'",
      );
      await database.close();
      expect(row!.password_hash).toMatch(/^[A-Za-z0-9+/]{22}==:[A-Za-z0-9+/]{43}=$/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }, 240_000);
});
