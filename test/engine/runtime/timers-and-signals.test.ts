import { afterAll, beforeAll, expect, it } from "vitest";
import type { Engine } from "../../../engine/index.ts";
import type { Database } from "../../../store/index.ts";
import { onBothStores } from "../../stores.ts";
import { deploy, eventually, type MovableClock, movableClock, operator, startEngine } from "./harness.ts";
import { catchSignal, catchTimer, end, model, sequence, serviceTask, signal, start } from "./models.ts";

const timerStart = (cycle: string): string =>
  model(
    "ticking",
    sequence(
      [
        "tick",
        `<bpmn:startEvent id="tick"><bpmn:timerEventDefinition id="t"><bpmn:timeCycle xsi:type="bpmn:tFormalExpression">${cycle}</bpmn:timeCycle></bpmn:timerEventDefinition></bpmn:startEvent>`,
      ],
      end(),
    ),
  );
const signalStart = model(
  "alarmed",
  sequence(
    [
      "alarm",
      '<bpmn:startEvent id="alarm"><bpmn:signalEventDefinition id="s" signalRef="Signal_alarm" /></bpmn:startEvent>',
    ],
    serviceTask("react"),
    end(),
  ),
  { root: signal("Signal_alarm", "alarm") },
);
const throwing = model(
  "throwing",
  sequence(
    start(),
    [
      "throw",
      '<bpmn:intermediateThrowEvent id="throw"><bpmn:signalEventDefinition id="s" signalRef="Signal_alarm" /></bpmn:intermediateThrowEvent>',
    ],
    end(),
  ),
  { root: signal("Signal_alarm", "alarm") },
);

onBothStores("timers and signals", (store) => {
  let engine: Engine;
  let database: Database;
  const clock: MovableClock = movableClock();
  beforeAll(async () => {
    database = await store.open();
    engine = await startEngine(database, { clock });
    await deploy(
      engine,
      ["sleeping.bpmn", model("sleeping", sequence(start(), catchTimer("nap", "PT0.2S"), end()))],
      ["long.bpmn", model("long", sequence(start(), catchTimer("sleep", "P30D"), end()))],
      [
        "waiting.bpmn",
        model("waiting", sequence(start(), catchSignal("wait", "Signal_alarm"), serviceTask("after"), end()), {
          root: signal("Signal_alarm", "alarm"),
        }),
      ],
      ["alarmed.bpmn", signalStart],
      ["throwing.bpmn", throwing],
    );
  });
  afterAll(async () => {
    await engine.stop();
  });
  const state = async (key: string): Promise<string> => (await engine.queries.getProcessInstance(key, operator)).state;
  const count = async (processDefinitionId: string): Promise<number> =>
    (await engine.queries.searchProcessInstances({ filter: { processDefinitionId } }, operator)).page.totalItems;
  const create = (processDefinitionId: string): Promise<string> =>
    engine.createInstance({ processDefinitionId }, operator).then((created) => created.processInstanceKey);

  it("fires a short timer near its time", async () => {
    const started = Date.now();
    await engine.createInstance({ processDefinitionId: "sleeping", awaitCompletion: true }, operator);
    expect(Date.now() - started).toBeGreaterThanOrEqual(195);
    expect(Date.now() - started).toBeLessThan(2_000);
  });

  it("does not fire a timer of thirty days early, and fires it when its day has come", async () => {
    const key = await create("long");
    clock.advance(29 * 24 * 3_600_000);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await state(key)).toBe("ACTIVE");
    clock.advance(24 * 3_600_000);
    await eventually("the timer", async () => (await state(key)) === "COMPLETED", 12_000);
    expect(await database.query("select 1 from timer")).toEqual([]);
  });

  it("starts an instance each time a cycle is due, as often as it says, and not for an old version", async () => {
    await deploy(engine, ["ticking.bpmn", timerStart("R/PT1H")]);
    await deploy(engine, ["ticking.bpmn", timerStart("R2/PT10S")]);
    expect(await count("ticking")).toBe(0);
    clock.advance(10_500);
    await eventually("the first tick", async () => (await count("ticking")) === 1, 12_000);
    clock.advance(10_500);
    await eventually("the second tick", async () => (await count("ticking")) === 2, 12_000);
    clock.advance(3_600_000);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await count("ticking")).toBe(2);
  });

  it("brings a signal to all who wait and to start events, once each, and never buffers it (rule 60)", async () => {
    const waiting = [await create("waiting"), await create("waiting")];
    await engine.broadcastSignal({ signalName: "alarm", variables: { level: 3 } }, operator);
    for (const processInstanceKey of waiting) {
      const active = await engine.queries.searchElementInstances(
        { filter: { processInstanceKey, state: "ACTIVE", type: "SERVICE_TASK" } },
        operator,
      );
      expect(active.items.map((item) => item.elementId)).toEqual(["after"]);
    }
    expect(await count("alarmed")).toBe(1);
    const late = await create("waiting");
    await new Promise((resolve) => setTimeout(resolve, 100));
    const still = await engine.queries.searchElementInstances(
      { filter: { processInstanceKey: late, elementId: "wait", state: "ACTIVE" } },
      operator,
    );
    expect(still.page.totalItems).toBe(1);
    expect(await database.query("select 1 from signal")).toEqual([]);
  });

  it("brings a signal that a process throws to the others", async () => {
    const before = await count("alarmed");
    await create("throwing");
    await eventually("the start by the thrown signal", async () => (await count("alarmed")) === before + 1);
  });
});
