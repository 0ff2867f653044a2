/**
 * Documents that hurt parsers and walkers. Each is answered within a second: refused with a problem, or compiled.
 * Bounds are those of the requirement; on an idle machine all of them take well under 500 ms.
 */
import { cpuUsage } from "node:process";
import { describe, expect, it } from "vitest";
import { lintBpmn } from "../../../engine/model/index.ts";
import { flow, process } from "./bpmn-text.ts";
import { hostileModels as hostile, repeat } from "./hostile-models.ts";

/** Processor time: what the document costs, however busy the machine is. */
function spentSince(before: NodeJS.CpuUsage): number {
  const { user, system } = cpuUsage(before);
  return (user + system) / 1000;
}

/** Fine documents with odd looks. */
const harmless = new Set(["ids of the object prototype", "a name of a megabyte", "5,000 mappings on one task"]);

describe("hostile documents (S1)", () => {
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
