/**
 * XML that reaches the server from outside: nothing expands, nothing is fetched, no doubt is let pass, and no document
 * takes the process down. The documents themselves: test/engine/model/hostile-models.ts.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compileDecisionModel, DmnModelError } from "../../decisions/index.ts";
import { lintBpmn } from "../../engine/model/index.ts";
import { call, deploy, startTestServer, type TestServer } from "../api/server.ts";
import { buildServer } from "../build-server.ts";
import { between, definitions, flow, job, process as model } from "../engine/model/bpmn-text.ts";
import { hostileModels, repeat } from "../engine/model/hostile-models.ts";

const dmnNamespace = "https://www.omg.org/spec/DMN/20191111/MODEL/";
const decisions = (content: string): string =>
  `<definitions xmlns="${dmnNamespace}" id="d" name="d" namespace="urn:test">${content}</definitions>`;

let server: TestServer;
let outside: Server;
let visits = 0;
let folder: string;
let outsideUrl: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hostile-xml-"));
  writeFileSync(join(folder, "secret.txt"), "canary-of-a-file");
  outside = createServer((_request, response) => {
    visits += 1;
    response.end('<!ENTITY fetched "canary-of-the-network">');
  });
  await new Promise<void>((resolve) => outside.listen(0, "127.0.0.1", resolve));
  outsideUrl = `http://127.0.0.1:${(outside.address() as AddressInfo).port}/evil.dtd`;
  server = await startTestServer();
});
afterAll(async () => {
  await server?.close();
  await new Promise((resolve) => outside.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

describe("documents with a DOCTYPE", () => {
  const prologues = (): Readonly<Record<string, string>> => ({
    "an empty one": "<!DOCTYPE definitions>",
    "an inner entity": '<!DOCTYPE d [<!ENTITY a "a">]>',
    "entities that expand": `<!DOCTYPE d [<!ENTITY a0 "lol">${repeat(9, (at) => `<!ENTITY a${at + 1} "&a${at};&a${at};">`)}]>`,
    "a file": `<!DOCTYPE d [<!ENTITY a SYSTEM "file://${folder}/secret.txt">]>`,
    "an address": `<!DOCTYPE d [<!ENTITY a SYSTEM "${outsideUrl}">]>`,
    "an outer subset": `<!DOCTYPE d SYSTEM "${outsideUrl}">`,
    "a public outer subset": `<!DOCTYPE d PUBLIC "-//X//Y" "${outsideUrl}">`,
    "a parameter entity": `<!DOCTYPE d [<!ENTITY % a SYSTEM "${outsideUrl}">%a;]>`,
    "blanks and lower case": "<!doctype   d>",
  });
  const named = (xml: string, prologue: string, name = "&a;"): string =>
    `${prologue}${xml.replace(/^<\?xml[^>]*\?>\s*/, "").replace("NAME", prologue.includes("ENTITY") ? name : "x")}`;
  const bpmn = model(between(job("t", "", 'name="NAME"'), "t"));
  const dmn = decisions(
    '<decision id="x" name="NAME"><literalExpression><text>1</text></literalExpression></decision>',
  );

  it("are refused at every door for models, with the place, and nothing is fetched or read (S2)", async () => {
    for (const [what, prologue] of Object.entries(prologues())) {
      for (const [file, xml] of [
        ["a.bpmn", bpmn],
        ["a.dmn", dmn],
      ] as const) {
        const { status, text } = await deploy(server, { [file]: named(xml, prologue) });
        expect(status, `${what} in ${file}: ${text}`).toBe(400);
        expect(text, what).toMatch(/without DOCTYPE.*line 1/);
        expect(text, what).not.toMatch(/canary/);
      }
      const policy = await call(server, "POST", "/governance/v1/policies", {
        manifest: { id: "p", domain: "d", owner: "o", approvers: ["a"], riskClass: "low" },
        dmn: named(dmn, prologue),
        tests: { cases: [] },
      });
      expect(policy.status, `${what}: ${policy.text}`).toBe(400);
    }
    expect(visits).toBe(0);
  });

  it("are not needed for an entity that nobody declared: it is refused as well (S2)", async () => {
    for (const entity of ["&a;", "&nbsp;", "&#0;", "&#x110000;", "&#xFFFE;", "&", "&amp"]) {
      const { status, text } = await deploy(server, { "a.bpmn": bpmn.replace("NAME", entity) });
      expect(status, entity).toBe(400);
      expect(text, entity).toMatch(/Expected &amp;amp; or a known entity|Expected &amp; or a known entity/);
    }
    const includes = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="URL"/>'.replace("URL", outsideUrl);
    expect((await deploy(server, { "a.bpmn": definitions(includes) })).status).toBe(400);
    const styled = `<?xml-stylesheet href="${outsideUrl}"?>${bpmn.replace(/^<\?xml[^>]*\?>\s*/, "").replace("NAME", "x")}`;
    expect((await deploy(server, { "a.bpmn": styled })).status).toBe(200);
    expect(visits).toBe(0);
  });
});

describe("documents with a doubt in them", () => {
  const gateway = `<startEvent id="s"/><exclusiveGateway id="g"/>${job("t")}${flow("s", "g")}`;
  const wrong: Readonly<Record<string, readonly [xml: string, rule: string, says: RegExp]>> = {
    "an id that is given twice": [
      model(`${job("t")}<endEvent id="t"/>`),
      "id-duplicate",
      /each id to be given once.*"t"/,
    ],
    "an unknown element": [model("<nonsense/>"), "xml-parse", /nonsense/i],
    "an unknown element of a known extension": [
      model('<task id="t"><extensionElements><zeebe:nonsense/></extensionElements></task>'),
      "xml-parse",
      /Nonsense/,
    ],
    "an unknown attribute": [model('<task id="t" nonsense="1"/>'), "reference-unresolved", /nonsense/],
    "a reference to nothing": [
      model(`${job("t")}<sequenceFlow id="f" sourceRef="t" targetRef="nowhere"/>`),
      "reference-unresolved",
      /targetRef.*"nowhere"/,
    ],
    "a flow that starts at the process": [
      model(`${job("t")}<sequenceFlow id="f" sourceRef="p" targetRef="t"/>`),
      "reference-type",
      /sourceRef.*FlowNode/,
    ],
    "a flow that starts at the file": [
      model(`${job("t")}<sequenceFlow id="f" sourceRef="file" targetRef="t"/>`),
      "reference-type",
      /sourceRef/,
    ],
    "a message that is an error": [
      model('<receiveTask id="t" messageRef="e"/>', '<error id="e" name="e" errorCode="1"/>'),
      "reference-type",
      /messageRef.*Message/,
    ],
    "a condition that is a process": [
      model(
        `${gateway}<sequenceFlow id="f" sourceRef="g" targetRef="t"><conditionExpression xsi:type="tProcess"/></sequenceFlow>`,
      ),
      "reference-type",
      /conditionExpression/,
    ],
    "a condition of an unknown type": [
      model(
        `${gateway}<sequenceFlow id="f" sourceRef="g" targetRef="t"><conditionExpression xsi:type="tNonsense"/></sequenceFlow>`,
      ),
      "xml-parse",
      /Nonsense/,
    ],
    "text where none can be": [model(`hello${job("t")}`), "xml-syntax", /elements only.*text/],
    "another root": [`<process xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="p"/>`, "xml-parse", /./],
    "another encoding": [model(job("t")).replace("UTF-8", "UTF-16"), "xml-encoding", /UTF-16/],
  };

  it.each(Object.entries(wrong))("are refused with place and reason (S3): %s", async (_name, [xml, rule, says]) => {
    const errors = (await lintBpmn(xml)).filter(({ severity }) => severity === "error");
    const found = errors.find(({ ruleId, message }) => ruleId === rule && says.test(message));
    expect(found, JSON.stringify(errors)).toBeDefined();
    expect(found!.message).toMatch(/^Expected .+, but /s);
    const { status, json } = await deploy(server, { "wrong.bpmn": xml });
    expect(status).toBe(400);
    expect(json.detail).toContain("wrong.bpmn");
  });

  const wrongDecisions: Readonly<Record<string, string>> = {
    "an id that is given twice": '<decision id="x" name="x"/><decision id="x" name="y"/>',
    "an unknown element": "<nonsense/>",
    "a second table":
      '<decision id="x" name="x"><literalExpression><text>1</text></literalExpression><nonsense/></decision>',
    "a reference to nothing":
      '<decision id="x" name="x"><informationRequirement><requiredInput href="#y"/></informationRequirement></decision>',
    "text where none can be": 'hello<decision id="x" name="x"/>',
    "a type that is no expression": '<decision id="x" name="x"><inputData id="i" name="i"/></decision>',
  };

  it.each(Object.entries(wrongDecisions))(
    "are refused with place and reason (S3): decisions with %s",
    async (_name, xml) => {
      const refusal = await compileDecisionModel(decisions(xml)).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(DmnModelError);
      const [first] = (refusal as DmnModelError).problems.filter(({ severity }) => severity === "error");
      expect(first?.message).toMatch(/^Expected .+, but /s);
    },
  );
});

describe("decision models that are large on purpose", () => {
  const table = (rules: number, cell: (at: number) => string): string =>
    decisions(
      `<decision id="x" name="x"><decisionTable><input><inputExpression><text>a</text></inputExpression></input><output name="r"/>${repeat(rules, (at) => `<rule><inputEntry><text>${cell(at)}</text></inputEntry><outputEntry><text>${at}</text></outputEntry></rule>`)}</decisionTable></decision>`,
    );
  const large: Readonly<Record<string, string>> = {
    "10,000 names with blanks at 200 expressions": decisions(
      repeat(
        10_000,
        (at) =>
          `<itemDefinition name="t${at}"><itemComponent name="a b ${at}"><typeRef>string</typeRef></itemComponent></itemDefinition>`,
      ) +
        repeat(
          200,
          (at) =>
            `<decision id="x${at}" name="x${at}"><literalExpression><text>1 + ${at}</text></literalExpression></decision>`,
        ),
    ),
    "a chain of item definitions": decisions(
      repeat(20_000, (at) => `<itemDefinition name="t${at}"><typeRef>t${at + 1}</typeRef></itemDefinition>`),
    ),
    "20,000 requirements of nothing": decisions(
      `<decision id="x" name="x">${repeat(20_000, (at) => `<informationRequirement><requiredInput href="#y${at}"/></informationRequirement>`)}</decision>`,
    ),
    "text between 20,000 decisions": decisions(repeat(20_000, (at) => `x<decision id="x${at}" name="x"/>`)),
    "four megabytes of an expression": decisions(
      `<decision id="x" name="x"><literalExpression><text>${"a + ".repeat(900_000)}1</text></literalExpression></decision>`,
    ),
    "a table of 5,000 broken cells": table(5_000, (at) => `((( ${at}`),
    "a table of 10,000 rules": table(10_000, (at) => `&gt; ${at}`),
  };

  it.each(Object.entries(large))("are compiled or refused within a second (S1): %s", async (_name, xml) => {
    let spent = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 2 && spent > 1_000; round++) {
      const before = process.cpuUsage();
      await compileDecisionModel(xml).catch((error: unknown) => expect(error).toBeInstanceOf(DmnModelError));
      const { user, system } = process.cpuUsage(before);
      spent = Math.min(spent, (user + system) / 1000);
    }
    expect(spent).toBeLessThan(1_000);
  });
});

describe("a process with 256 MB of heap", () => {
  it("survives every hostile document, one after another (S1)", () => {
    buildServer();
    const files = Object.entries(hostileModels).map(([, xml], at) => {
      const path = join(folder, `${at}.bpmn`);
      writeFileSync(path, xml);
      return path;
    });
    const lint = new URL("../../dist/engine/model/index.js", import.meta.url).href;
    const program = `import { readFileSync } from "node:fs"; import { lintBpmn } from ${JSON.stringify(lint)};
      for (const file of ${JSON.stringify(files)}) await lintBpmn(readFileSync(file, "utf8"));
      process.stdout.write("survived");`;
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      ["--max-old-space-size=256", "--input-type=module", "-e", program],
      { encoding: "utf8", cwd: fileURLToPath(new URL("../..", import.meta.url)) },
    );
    expect([status, stdout], stderr.slice(-2_000)).toEqual([0, "survived"]);
  });
});
