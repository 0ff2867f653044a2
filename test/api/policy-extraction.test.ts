/** Rules that a process hides become policy drafts: over HTTP, on the command line, on the sample of the guide. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommandLine } from "../../api/cli/main.ts";
import { call, deploy, startTestServer, type TestServer } from "./server.ts";

const sampleFile = fileURLToPath(new URL("../../docs/extracting-policies.bpmn", import.meta.url));
let sample: string;
let server: TestServer;
beforeAll(async () => {
  sample = await readFile(sampleFile, "utf8");
  server = await startTestServer();
});
afterAll(() => server.close());

const extract = (body: object) => call(server, "POST", "/governance/v1/policies/extraction", body);

describe("rules hidden in a process", () => {
  it("C20 D21 are found at gateways and in the inputs of actions, the consequential choice first", async () => {
    const { status, json } = await extract({ bpmn: sample });
    expect(status).toBe(200);
    expect(json.items).toMatchObject([
      {
        kind: "gateway",
        processId: "goodwill",
        elementId: "how_much",
        elementName: "Who decides?",
        consequential: true,
        actionType: "issue_refund",
        branches: [
          { id: "at_once", condition: "account.tenureDays > 90 and request.amount < 500" },
          { id: "loyal", condition: 'account.tier = "gold" or count(account.orders) > 20' },
          { id: "otherwise", condition: null },
        ],
      },
      {
        kind: "expression",
        elementId: "pay",
        branches: [
          { condition: "request.amount > 200", name: '"credit"' },
          { condition: 'account.tier = "gold"', name: '"cash"' },
          { condition: null, name: '"voucher"' },
        ],
      },
    ]);
    expect(json.items[0].policy.manifest.facts).toEqual({
      "account.tenureDays": { type: "number" },
      "request.amount": { type: "number" },
      "account.tier": { type: "string" },
      "account.orders": { type: "list" },
    });
  });

  it("C20 are warned of by lint at the branch from which the draft can be taken", async () => {
    const { json } = await deploy(server, { "goodwill.bpmn": sample });
    const warned = (json.warnings as { ruleId: string; elementId: string }[]).filter(
      ({ ruleId }) => ruleId === "policy-in-process",
    );
    expect(warned.map(({ elementId }) => elementId)).toEqual(["at_once", "loyal"]);
    const { json: found } = await extract({ bpmn: sample, elementId: "loyal" });
    expect(found.items.map(({ elementId }: { elementId: string }) => elementId)).toEqual(["how_much"]);
  });

  it("D21 become drafts that can be stored at once, ask a person in every case, and cannot be released until somebody owns them", async () => {
    const { json } = await extract({ bpmn: sample });
    for (const { policy } of json.items) {
      const created = await call(server, "POST", "/governance/v1/policies", policy);
      expect(created).toMatchObject({ status: 200, json: { stage: "draft", version: 1 } });
      const promoted = await call(
        server,
        "POST",
        `/governance/v1/policies/${created.json.policyId}/versions/1/promotion`,
        { stage: "shadow", reason: "as extracted" },
      );
      expect(promoted.status).toBe(409);
      expect(promoted.json.problems.map(({ code }: { code: string }) => code)).toEqual(
        expect.arrayContaining(["OWNER_MISSING", "TESTS_MISSING"]),
      );
    }
    const { text } = await call(server, "GET", "/governance/v1/policies/goodwill-how_much/versions/1/dmn");
    expect(text.match(/"REQUIRE_APPROVAL"/g)).toHaveLength(3);
    expect(text).not.toContain('"ALLOW"');
  });

  it("D21 are written as packages by the command line, without a server", async () => {
    const folder = await mkdtemp(join(tmpdir(), "interlock-extract-"));
    try {
      const lines: string[] = [];
      const code = await runCommandLine(
        ["policy", "extract", sampleFile, "--output", folder, "--url", "http://127.0.0.1:9"],
        (text) => lines.push(text),
        (text) => lines.push(text),
      );
      expect(code, lines.join("")).toBe(0);
      expect(lines.join("")).toContain("goodwill-how_much");
      const read = (name: string) => readFile(join(folder, "goodwill-how_much", name), "utf8");
      expect(JSON.parse(await read("policy.json"))).toMatchObject({
        id: "goodwill-how_much",
        actions: ["issue_refund"],
      });
      expect(await read("policy.dmn")).toContain("PAY_AT_ONCE");
      expect(JSON.parse(await read("tests.json"))).toEqual({ cases: [] });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("are not found where a decision is followed, and what is no model is refused", async () => {
    const following = sample
      .replace(/=account\.tenureDays[^<]*/, "=decision.payAtOnce = true")
      .replace(/=account\.tier = "gold" or[^<]*/, "=approved")
      .replace(/<zeebe:ioMapping>.*?<\/zeebe:ioMapping>/s, "");
    expect((await extract({ bpmn: following })).json.items).toEqual([]);
    expect((await extract({ bpmn: "<html/>" })).status).toBe(400);
    expect((await extract({ bpmn: `<!DOCTYPE x [<!ENTITY a "b">]>${sample}` })).status).toBe(400);
    const hostile = sample.replaceAll("account.tier", "__proto__.x").replaceAll("account.tenureDays", "constructor");
    const { status, json } = await extract({ bpmn: hostile });
    expect(status).toBe(200);
    expect(Object.keys(json.items[0].policy.manifest.facts)).toContain("constructor");
    for (const long of ['"\\"'.repeat(40_000), `x = ${" ".repeat(200_000)}1`, `${"a.".repeat(60_000)}b > 1`]) {
      const text = sample.replace(
        "account.tenureDays &gt; 90",
        () => `x &gt; 1 or y = ${long.replaceAll('"', "&quot;")}`,
      );
      const begun = performance.now();
      expect([200, 400]).toContain((await extract({ bpmn: text })).status);
      expect(performance.now() - begun).toBeLessThan(5_000);
    }
    const nested = sample.replace("=if request.amount", `=${"if ".repeat(2_000)}request.amount`);
    expect([200, 400]).toContain((await extract({ bpmn: nested })).status);
  });
});
