/** Where readers of BPMN files usually stumble (rule 74): what is written in an unusual way still means what it says. */
import { describe, expect, it } from "vitest";
import { between, compiled, definitions, element, flow, job, process } from "./bpmn-text.ts";

const names = { get: (name: string) => ({ n: 9 })[name] };

describe("rule 74: parser traps", () => {
  it("rule 74: a condition without xsi:type is a condition all the same", async () => {
    const [first] = await compiled(
      process(
        `<startEvent id="start"/><exclusiveGateway id="g" default="g-b"/>${job("a")}${job("b")}<endEvent id="end"/>${flow("start", "g")}<sequenceFlow id="g-a" sourceRef="g" targetRef="a"><conditionExpression>=n &gt; 5</conditionExpression></sequenceFlow>${flow("g", "b")}${flow("a", "end")}${flow("b", "end")}`,
      ),
    );
    const condition = first?.flows.find((each) => each.id === "g-a")?.condition;
    expect(condition?.evaluate(names, 0)).toMatchObject({ ok: true, value: true });
  });

  it("rule 74: an event may refer to a definition of the file instead of having its own", async () => {
    const event = await element(
      process(
        between(
          '<intermediateCatchEvent id="wait"><eventDefinitionRef>later</eventDefinitionRef></intermediateCatchEvent>',
          "wait",
        ),
        '<timerEventDefinition id="later"><timeDuration xsi:type="tFormalExpression">PT5M</timeDuration></timerEventDefinition>',
      ),
      "wait",
    );
    expect(event.eventDefinitions).toMatchObject([
      { type: "timer", kind: "duration", expression: { constant: "PT5M" } },
    ]);
  });

  it("rule 74: a process without a start event starts at what nothing leads to", async () => {
    const [first] = await compiled(process(job("a") + job("b") + job("c") + flow("a", "c")));
    expect(first?.hasNoneStart).toBe(true);
    expect(first?.elements[0]?.entryElements.map((index) => first.elements[index]?.id)).toEqual(["a", "b"]);
  });

  it("rule 74: processes of one file share messages and signals", async () => {
    const waiting = (id: string): string =>
      `<process id="${id}" isExecutable="true"><startEvent id="${id}-start"/><intermediateCatchEvent id="${id}-wait"><signalEventDefinition signalRef="s"/></intermediateCatchEvent><receiveTask id="${id}-receive" messageRef="m"/><endEvent id="${id}-end"/>${flow(`${id}-start`, `${id}-wait`)}${flow(`${id}-wait`, `${id}-receive`)}${flow(`${id}-receive`, `${id}-end`)}</process>`;
    const processes = await compiled(
      definitions(
        '<signal id="s" name="alarm"/><message id="m" name="news"><extensionElements><zeebe:subscription correlationKey="=n"/></extensionElements></message>',
        waiting("one"),
        waiting("two"),
      ),
    );
    for (const each of processes) {
      const [signal, message] = ["wait", "receive"].map(
        (id) => each.elements.find((found) => found.id === `${each.processId}-${id}`)?.eventDefinitions[0],
      );
      expect(signal).toMatchObject({ type: "signal", name: { constant: "alarm" } });
      expect(message).toMatchObject({ type: "message", name: { constant: "news" }, correlationKey: { source: "=n" } });
    }
    expect(processes).toHaveLength(2);
  });
});
