import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callOutside, EgressDenied, isPrivateAddress, parseEgressRules } from "../../../engine/connectors/index.ts";

let server: Server;
let port: number;
let hits = 0;

beforeAll(async () => {
  server = createServer((request, response) => {
    hits += 1;
    if (request.url === "/redirect") response.writeHead(302, { location: "/elsewhere" }).end();
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

describe("the door to the outside", () => {
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
    "http://0300.0250.0.1/",
  ];
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
      { host: "*.example.org", port: 8443, allowPrivate: false },
      { host: "::1", port: -1, allowPrivate: true },
    ]);
  });

  it("knows public addresses from private ones", () => {
    expect(["93.184.216.34", "2606:2800:220:1::1", "8.8.8.8"].map(isPrivateAddress)).toEqual([false, false, false]);
    expect(isPrivateAddress("no address")).toBe(true);
  });
});
