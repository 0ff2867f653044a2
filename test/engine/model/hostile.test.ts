/**
 * Documents that hurt parsers and walkers. Each is answered within a second: refused with a problem, or compiled.
 * Bounds are those of the requirement; on an idle machine all of them take well under 500 ms.
 */
import { cpuUsage } from "node:process";
import { describe, expect, it } from "vitest";
import { lintBpmn } from "../../../engine/model/index.ts";
import { definitions, flow, process } from "./bpmn-text.ts";

const repeat = (count: number, make: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => make(at)).join("");

const nested = (depth: number): string =>
  `${repeat(depth, (at) => `<subProcess id="s${at}">`)}<task id="t"/>${"</subProcess>".repeat(depth)}`;

const hostile: Readonly<Record<string, string>> = {
  "a document type": `<!DOCTYPE x [<!ENTITY a "a">]>${definitions()}`,
  "entities that expand":
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><definitions>&b;</definitions>',
  "attributes given twice": definitions(`<process id="p" ${'x="1" '.repeat(20_000)}/>`),
  "attributes without quotes": definitions(`<process id="p" ${"a=b ".repeat(100_000)}/>`),
  "attributes without a value": definitions(`<process id="p" ${"a ".repeat(60_000)}/>`),
  "attributes with an unknown prefix": definitions(`<process id="p" ${repeat(20_000, (at) => `q:a${at}="1" `)}/>`),
  "unknown elements": definitions("<nonsense/>\n".repeat(60_000)),
  "nested namespace declarations": definitions(repeat(5_000, (at) => `<n${at}:x xmlns:n${at}="urn:${at}">`)),
  "sub-processes nested 150 deep": process(nested(150)),
  "sub-processes nested 20,000 deep": process(nested(20_000)),
  "50,000 tasks": process(repeat(50_000, (at) => `<task id="t${at}"/>`)),
  "20,000 references to nothing": process(
    repeat(20_000, (at) => `<sequenceFlow id="f${at}" sourceRef="x${at}" targetRef="y${at}"/>`),
  ),
  "one node with 9,000 flows to itself": process(
    `<task id="t"/>${repeat(9_000, (at) => `<sequenceFlow id="f${at}" sourceRef="t" targetRef="t"/>`)}`,
  ),
  "a loop of 4,500 gateways": process(
    repeat(4_500, (at) => `<exclusiveGateway id="g${at}"/>`) +
      repeat(4_500, (at) => flow(`g${at}`, `g${(at + 1) % 4_500}`)),
  ),
  "5,000 mappings on one task": process(
    `<serviceTask id="t"><extensionElements><zeebe:taskDefinition type="a"/><zeebe:ioMapping>${repeat(5_000, (at) => `<zeebe:input source="x" target="v${at}"/>`)}</zeebe:ioMapping></extensionElements></serviceTask>`,
  ),
  "a name of a megabyte": process(`<task id="t" name="${"x".repeat(1_000_000)}"/>`),
  "an id of a megabyte": process(`<task id="${"x".repeat(1_000_000)}"/>`),
  "a control character": process('<task id="t" name="&#0;"/>'),
  "ids of the object prototype": process(
    '<startEvent id="__proto__"/><endEvent id="constructor"/><sequenceFlow id="toString" sourceRef="__proto__" targetRef="constructor"/>',
  ),
  "an id given twice": process('<task id="t"/><task id="t"/>'),
  "a condition that is a process": process(
    '<sequenceFlow id="f"><conditionExpression xsi:type="process"/></sequenceFlow>',
  ),
  "5 MB of text": process(`<documentation>${"x".repeat(5_000_000)}</documentation><task id="t"/>`),
  "100,000 brackets in an expression": process(
    `<exclusiveGateway id="g"/><task id="t"/>${flow("g", "t", "(".repeat(100_000))}`,
  ),
  "no XML at all": "hello",
  nothing: "",
  "another root": '<process xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="p"/>',
};

/** Processor time: what the document costs, however busy the machine is. */
function spentSince(before: NodeJS.CpuUsage): number {
  const { user, system } = cpuUsage(before);
  return (user + system) / 1000;
}

/** Fine documents with odd looks. */
const harmless = new Set(["ids of the object prototype", "a name of a megabyte", "5,000 mappings on one task"]);

describe("hostile documents", () => {
  it.each(Object.entries(hostile))("answers %s within a second", async (name, xml) => {
    const before = cpuUsage();
    const problems = await lintBpmn(xml);
    const milliseconds = spentSince(before);
    const errors = problems.filter((problem) => problem.severity === "error");
    if (harmless.has(name)) expect(errors).toEqual([]);
    else expect(errors.length).toBeGreaterThan(0);
    for (const problem of errors) expect(problem.message).toMatch(/^Expected [\s\S]+, but /);
    expect(problems.length).toBeLessThanOrEqual(200);
    expect(milliseconds).toBeLessThan(1000);
  });

  it("keeps messages short, whatever the document says", async () => {
    for (const xml of Object.values(hostile)) {
      for (const problem of await lintBpmn(xml)) expect(problem.message.length).toBeLessThan(2_000);
    }
  });
});

describe("large models", () => {
  it("compiles 1,000 tasks in less than 2 seconds", async () => {
    const tasks = repeat(
      1_000,
      (at) =>
        `<serviceTask id="t${at}" name="Task ${at}"><extensionElements><zeebe:taskDefinition type="work"/><zeebe:ioMapping><zeebe:input source="=order.total + ${at}" target="amount"/></zeebe:ioMapping></extensionElements></serviceTask>`,
    );
    const xml = process(
      `<startEvent id="s"/><endEvent id="e"/>${tasks}${flow("s", "t0")}${repeat(999, (at) => flow(`t${at}`, `t${at + 1}`))}${flow("t999", "e")}`,
    );
    const before = cpuUsage();
    expect(await lintBpmn(xml)).toEqual([]);
    expect(spentSince(before)).toBeLessThan(2_000);
  });
});
