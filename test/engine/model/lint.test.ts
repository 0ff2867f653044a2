/** Lint as the modeler runs it. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { between, process as bpmnProcess, findings, flow, job } from "./bpmn-text.ts";

const room = "engine/model";

describe("the lint that the modeler uses", () => {
  it("reaches no Node module from lint.ts", () => {
    const seen = new Set<string>();
    const pending = [`${room}/lint.ts`];
    for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
      if (seen.has(file)) continue;
      seen.add(file);
      const source = readFileSync(file, "utf8");
      expect(source, file).not.toMatch(/from "node:/);
      for (const [, target] of source.matchAll(/from "(\.[^"]+\.ts)"/g)) {
        const path = new URL(target ?? "", `file:///${file}`).pathname.slice(1);
        if (path.startsWith(room)) pending.push(path);
      }
    }
    expect(seen.size).toBeGreaterThan(20);
  });

  it("keeps bpmn-moddle in one file", () => {
    const importing = readdirSync(room, { recursive: true, encoding: "utf8" }).filter(
      (file) =>
        file.endsWith(".ts") &&
        !file.endsWith(".d.ts") &&
        readFileSync(`${room}/${file}`, "utf8").includes('from "bpmn-moddle"'),
    );
    expect(importing).toEqual(["read-model.ts"]);
  });

  it("flags a business rule that a gateway hides before a consequential action, and leaves routing alone", async () => {
    const pay = job("pay", '<interlock:action type="pay"/><interlock:guardrail policyRef="refund"/>');
    const model = (condition: string): string =>
      bpmnProcess(
        `<startEvent id="s"/><exclusiveGateway id="g" default="g-no"/>${pay}<endEvent id="no"/><endEvent id="yes"/>${flow("s", "g")}${flow("g", "pay", condition)}${flow("g", "no")}${flow("pay", "yes")}`,
      );
    expect(await findings(model("=customer.tenureDays &gt; 90 and amount &lt; 500"), "warning")).toEqual([
      "policy-in-process g-pay",
    ]);
    expect(await findings(model("=toolCallResult.status = &quot;ok&quot;"), "warning")).toEqual([]);
    expect(await findings(model("=wantsRefund"), "warning")).toEqual([]);
  });

  it("says nothing about conditions where no branch is consequential", async () => {
    const model = bpmnProcess(
      `<startEvent id="s"/><exclusiveGateway id="g" default="g-no"/>${job("ask")}<endEvent id="no"/><endEvent id="yes"/>${flow("s", "g")}${flow("g", "ask", "=amount &gt; 5")}${flow("g", "no")}${flow("ask", "yes")}`,
    );
    expect(await findings(model, "warning")).toEqual([]);
  });

  it("accepts a fine model without a word", async () => {
    expect(await findings(bpmnProcess(between(job("a"), "a")))).toEqual([]);
    expect(await findings(bpmnProcess(between(job("a"), "a")), "warning")).toEqual([]);
  });
});
