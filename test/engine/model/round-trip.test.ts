/** Guardrails in BPMN survive other people's tools: read and written again they mean the same. */
import { readFileSync } from "node:fs";
import { BpmnModdle } from "bpmn-moddle";
import { describe, expect, it } from "vitest";
import zeebe from "zeebe-bpmn-moddle/resources/zeebe.json" with { type: "json" };
import { compileBpmn } from "../../../engine/model/index.ts";
import interlock from "../../../engine/model/interlock-descriptor.json" with { type: "json" };

interface Moddle {
  fromXML(xml: string): Promise<{ readonly rootElement: unknown; readonly warnings: readonly unknown[] }>;
  toXML(root: unknown, options: object): Promise<{ readonly xml: string }>;
}

const shipped = readFileSync(new URL("../../../processes/refund/refund.bpmn", import.meta.url), "utf8");

const compiled = async (xml: string) => {
  const { processes } = await compileBpmn(xml, { resourceName: "refund.bpmn" });
  return processes.map(({ resourceHash: _hash, ...process }) => process);
};

describe("guardrails as extension elements", () => {
  it.each([
    ["that knows the schema", { zeebe, interlock }],
    ["that knows Camunda's schema only", { zeebe }],
    ["that knows plain BPMN", {}],
  ])("G02 are kept by a modeler %s", async (_name, packages) => {
    const moddle = new BpmnModdle(packages) as unknown as Moddle;
    const { rootElement, warnings } = await moddle.fromXML(shipped);
    expect(warnings).toEqual([]);
    const { xml } = await moddle.toXML(rootElement, { format: true });
    for (const part of [
      "interlock:guardrail",
      "interlock:action",
      "interlock:fact",
      "interlock:agent",
      "interlock:budget",
    ])
      expect(xml.split(`<${part}`).length).toBe(shipped.split(`<${part}`).length);
    expect(JSON.stringify(await compiled(xml))).toBe(JSON.stringify(await compiled(shipped)));
  });
});
