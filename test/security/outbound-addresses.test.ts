/**
 * Where the server may be made to call: every spelling of an inner address, redirects, names that change their address,
 * its own API and its database. The door is engine/connectors/egress.ts.
 */
import type { LookupAddress } from "node:dns";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  callOutside,
  EgressDenied,
  isPrivateAddress,
  type NameLookup,
  parseEgressRules,
} from "../../engine/connectors/index.ts";
import { call, deploy, startTestServer, type TestServer } from "../api/server.ts";
import { between, process as model } from "../engine/model/bpmn-text.ts";

let server: Server;
let port: number;
let hits = 0;
let seenHeaders: NodeJS.Dict<string | string[]> = {};

beforeAll(async () => {
  server = createServer((request, response) => {
    hits += 1;
    seenHeaders = request.headers;
    if (request.url === "/to-inner") response.writeHead(307, { location: `http://127.0.0.1:${port}/inner` }).end();
    else if (request.url === "/redirect") response.writeHead(302, { location: "/elsewhere" }).end();
    else if (request.url === "/huge") response.end(Buffer.alloc(5 * 1024 * 1024, 65));
    else if (request.url === "/slow") setTimeout(() => response.end("late"), 2_000).unref();
    else response.end("hello");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const get = (url: string, rules: string, timeoutMs = 5_000) =>
  callOutside({ method: "GET", url, headers: {}, body: null, timeoutMs }, parseEgressRules(rules));

describe("the door to the outside (S10)", () => {
  it("lets a listed private address through", async () => {
    expect((await get(`http://127.0.0.1:${port}/`, `private:127.0.0.1:${port}`)).text).toBe("hello");
  });

  it("refuses a host that is not in the list and names it", async () => {
    await expect(get("http://example.org/", "other.example.org")).rejects.toThrow(
      /Expected example.org in the egress list/,
    );
  });

  it("refuses a listed host on another port", async () => {
    await expect(get(`http://127.0.0.1:${port}/`, "private:127.0.0.1:1")).rejects.toThrow(EgressDenied);
  });

  // The forms that a browser or libc would all read as loopback, link-local, private or metadata addresses.
  const forms = [
    "http://127.0.0.1/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.0.0.1/",
    "http://0177.0.0.1/",
    "http://017700000001/",
    "http://127.0.0.1./",
    "http://127.127.127.127/",
    "http://0.0.0.0/",
    "http://0/",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[0:0:0:0:0:ffff:127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[64:ff9b:1::7f00:1]/",
    "http://[fe80::1]/",
    "http://[fc00::1]/",
    "http://[fd12:3456::1]/",
    "http://[ff02::1]/",
    "http://10.0.0.1/",
    "http://10.255.255.255/",
    "http://172.16.0.1/",
    "http://172.31.255.255/",
    "http://192.168.0.1/",
    "http://192.168.255.255/",
    "http://169.254.169.254/latest/meta-data/",
    "http://169.254.0.1/",
    "http://100.64.0.1/",
    "http://100.100.100.200/",
    "http://198.18.0.1/",
    "http://224.0.0.1/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    "http://192.0.0.1/",
    "http://localhost/",
    "http://localhost./",
    "http://LOCALHOST/",
    "http://①②⑦.⓪.⓪.①/",
    "http://１２７.０.０.１/",
    "http://127。0。0。1/",
    "https://127.0.0.1/",
    "http://0x7F.1/",
    "http://127.0.0.1:22/",
    "http://127.0.0.1:5432/",
    "http://[::127.0.0.1]/",
    "http://[2002:7f00:1::]/",
    "http://[2001:0:7f00:1::]/",
    "http://[fec0::1]/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://[64:ff9b::169.254.169.254]/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://192.0.2.1/",
    "http://198.51.100.1/",
    "http://203.0.113.1/",
    "http://0x7f.0x0.0x0.0x1/",
    "http://127.000.000.001/",
    "http://%31%32%37.0.0.1/",
    "http://127.0.0.1%2e/",
    "http:127.0.0.1/",
    "http:\\\\127.0.0.1\\",
    "http://localhost.localdomain@127.0.0.1/",
    "http://127.0.0.1#@example.org/",
    "http://[::1%25lo]/",
    "http://0300.0250.0.1/",
  ];
  it("knows sixty spellings of an inner address", () => expect(new Set(forms).size).toBeGreaterThanOrEqual(60));

  it.each(forms)("refuses %s although every public host is listed", async (form) => {
    await expect(get(form, "*:*")).rejects.toThrow(EgressDenied);
  });

  it.each([
    "file:///etc/passwd",
    "data:text/plain,hi",
    "ftp://example.org/",
    "gopher://example.org/",
    "javascript:alert(1)",
    "not an address",
    "",
  ])("refuses %s: neither http nor https", async (url) => {
    await expect(get(url, "*:*")).rejects.toThrow(EgressDenied);
  });

  it("refuses credentials in the address", async () => {
    await expect(get("http://trusted.example.org@127.0.0.1/", "*:*")).rejects.toThrow(/credentials in a header/);
  });

  it("does not follow a redirect", async () => {
    const before = hits;
    const answer = await get(`http://127.0.0.1:${port}/redirect`, `private:127.0.0.1:${port}`);
    expect([answer.status, hits - before]).toEqual([302, 1]);
  });

  it("stops an answer that is too large and one that is too slow", async () => {
    const rules = `private:127.0.0.1:${port}`;
    await expect(get(`http://127.0.0.1:${port}/huge`, rules)).rejects.toThrow(/at most 4194304 bytes/);
    await expect(get(`http://127.0.0.1:${port}/slow`, rules, 100)).rejects.toThrow();
  });

  it("says what an entry of the list must look like", () => {
    expect(() => parseEgressRules("http://x/")).toThrow(/Expected host, host:port or \*\.host/);
    expect(parseEgressRules("*.example.org:8443, private:[::1]:*")).toEqual([
      { host: "*.example.org", port: 8443, allowPrivate: false, tenantId: null },
      { host: "::1", port: -1, allowPrivate: true, tenantId: null },
    ]);
  });

  it("knows public addresses from private ones", () => {
    expect(["93.184.216.34", "2606:2800:220:1::1", "8.8.8.8"].map(isPrivateAddress)).toEqual([false, false, false]);
    expect(isPrivateAddress("no address")).toBe(true);
  });

  it("follows no redirect to an inner address, whoever gives it, and so forwards no header", async () => {
    const before = hits;
    const answer = await get(`http://127.0.0.1:${port}/to-inner`, `private:127.0.0.1:${port}`);
    expect([answer.status, hits - before, answer.headers.location]).toEqual([307, 1, `http://127.0.0.1:${port}/inner`]);
  });

  it("belongs to one tenant where an entry says so", async () => {
    const rules = parseEgressRules(`north=private:127.0.0.1:${port}`);
    const call = (tenantId?: string) =>
      callOutside(
        {
          method: "GET",
          url: `http://127.0.0.1:${port}/`,
          headers: {},
          body: null,
          timeoutMs: 5_000,
          ...(tenantId ? { tenantId } : {}),
        },
        rules,
      );
    expect((await call("north")).text).toBe("hello");
    await expect(call("south")).rejects.toThrow(EgressDenied);
    await expect(call()).rejects.toThrow(EgressDenied);
  });

  it("sets the headers that frame a message itself, and lets none have two lines", async () => {
    const send = (headers: Record<string, string>) =>
      callOutside(
        { method: "POST", url: `http://127.0.0.1:${port}/`, headers, body: "x", timeoutMs: 5_000 },
        parseEgressRules(`private:127.0.0.1:${port}`),
      );
    const before = hits;
    for (const name of [
      "Host",
      "content-length",
      "Transfer-Encoding",
      "connection",
      "upgrade",
      "expect",
      "te",
      "Proxy-Authorization",
    ])
      await expect(send({ [name]: "1" }), name).rejects.toThrow(EgressDenied);
    for (const value of ["a\r\nhost: inner", "a\nb", "a\rb", "\u0000", "a\u0100b"])
      await expect(send({ "x-note": value }), JSON.stringify(value)).rejects.toThrow(EgressDenied);
    for (const name of ["x note", "x:y", "x\r\ny", "", "ä"])
      await expect(send({ [name]: "1" }), name).rejects.toThrow(EgressDenied);
    expect(hits).toBe(before);
    await send({ "x-note": "fine", authorization: "Bearer x" });
    expect(seenHeaders).toMatchObject({ host: `127.0.0.1:${port}`, "x-note": "fine" });
  });
});

describe("names that change their address (S10)", () => {
  /** A name server of the attacker: each question gets the next answer. */
  function nameServer(...answers: readonly (readonly string[])[]): { readonly lookup: NameLookup; asked(): number } {
    let asked = 0;
    const lookup = ((_name: string, _options: object, callback: (error: null, found: LookupAddress[]) => void) => {
      const answer = answers[Math.min(asked++, answers.length - 1)]!;
      callback(
        null,
        answer.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
      );
    }) as unknown as NameLookup;
    return { lookup, asked: () => asked };
  }
  const send = (rules: string, lookup: NameLookup) =>
    callOutside(
      { method: "GET", url: `http://rebind.example:${port}/`, headers: {}, body: null, timeoutMs: 300 },
      parseEgressRules(rules),
      lookup,
    );

  it("are judged by the address, not by the name", async () => {
    const before = hits;
    for (const address of [
      "127.0.0.1",
      "::1",
      "::ffff:127.0.0.1",
      "10.0.0.1",
      "169.254.169.254",
      "0.0.0.0",
      "64:ff9b::7f00:1",
    ]) {
      const names = nameServer([address]);
      await expect(send("rebind.example:*", names.lookup), address).rejects.toThrow(EgressDenied);
    }
    expect(hits).toBe(before);
  });

  it("are asked once: what was judged is what is connected to", async () => {
    const names = nameServer(["127.0.0.1"], ["10.0.0.1"]);
    expect((await send("private:rebind.example:*", names.lookup)).text).toBe("hello");
    expect(names.asked()).toBe(1);
  });

  it("reach none of their inner addresses when they have outer ones as well", async () => {
    const before = hits;
    // The outer address is one that nobody answers on: the call ends by its time, and 127.0.0.1 is not tried instead.
    const names = nameServer(["127.0.0.1", "240.0.0.1", "8.8.8.8"], ["127.0.0.1"]);
    await expect(send("rebind.example:*", names.lookup)).rejects.toThrow();
    expect([hits - before, names.asked()]).toEqual([0, 1]);
  });
});

describe("a process model that calls the server itself or its database (S10)", () => {
  let own: TestServer;
  beforeAll(async () => {
    own = await startTestServer({ environment: { INTERLOCK_EGRESS: "*:*" } });
  });
  afterAll(() => own?.close());

  const caller = (id: string, url: string): string =>
    model(
      between(
        `<serviceTask id="t"><extensionElements><zeebe:taskDefinition type="interlock:http" retries="3"/><zeebe:taskHeaders><zeebe:header key="url" value="${url}"/></zeebe:taskHeaders></extensionElements></serviceTask>`,
        "t",
      ),
    ).replace('<process id="p"', `<process id="${id}"`);

  it("gets an incident that names the refusal at once, with no retry and no request", async () => {
    const { port: ownPort } = new URL(own.url);
    const targets = [
      `${own.url}/v2/topology`,
      `http://localhost:${ownPort}/v2/topology`,
      `http://[::ffff:127.0.0.1]:${ownPort}/v2/topology`,
      "http://127.0.0.1:5432/",
      "http://169.254.169.254/latest/meta-data/iam/security-credentials/",
    ];
    for (const [at, url] of targets.entries()) {
      expect((await deploy(own, { "calls.bpmn": caller(`calls-${at}`, url) })).status).toBe(200);
      const started = await call(own, "POST", "/v2/process-instances", { processDefinitionId: `calls-${at}` });
      const filter = { processInstanceKey: started.json.processInstanceKey };
      const incidents = () => call(own, "POST", "/v2/incidents/search", { filter });
      await expect.poll(async () => (await incidents()).json.items.length, { timeout: 10_000 }).toBe(1);
      expect((await incidents()).json.items[0].errorMessage, url).toMatch(/Expected a public address/);
    }
    expect(own.logged.filter((line) => line.includes('"GET"') && line.includes("topology"))).toEqual([]);
  });
});
