/** Rows of the matrix (test/engine/matrix/rows.json) that need what is around the core: who starts an instance, and what goes from one instance to another. */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Engine } from "../../../engine/index.ts";
import { type Database, migrate, openDatabase } from "../../../store/index.ts";
import { emptyStore } from "../../empty-store.ts";
import { deploy, eventually, type MovableClock, movableClock, operator, startEngine } from "./harness.ts";
import { catchMessage, catchSignal, end, message, model, sequence, serviceTask, signal, start } from "./models.ts";

let engine: Engine;
let database: Database;
const clock: MovableClock = movableClock();
beforeAll(async () => {
  database = await openDatabase({ dataDir: emptyStore() });
  await migrate(database);
  engine = await startEngine(database, { clock });
});
afterAll(async () => {
  await engine.stop();
  await database.close();
});

const create = (processDefinitionId: string, variables: Readonly<Record<string, string | number>> = {}) =>
  engine.createInstance({ processDefinitionId, variables }, operator).then((created) => created.processInstanceKey);
const instances = async (processDefinitionId: string): Promise<readonly string[]> => {
  const filter = { processDefinitionId };
  const sort = [{ field: "processInstanceKey" as const }];
  const found = await engine.queries.searchProcessInstances({ filter, sort }, operator);
  return found.items.map((item) => item.processInstanceKey);
};
const activeElements = async (processInstanceKey: string): Promise<readonly string[]> => {
  const filter = { processInstanceKey, state: "ACTIVE" as const };
  const found = await engine.queries.searchElementInstances({ filter }, operator);
  return found.items.flatMap((item) => (item.type === "PROCESS" ? [] : [item.elementId])).sort();
};
const at = async (processInstanceKey: string, elementId: string): Promise<boolean> =>
  (await activeElements(processInstanceKey)).includes(elementId);
const variable = async (scopeKey: string, name: string): Promise<string | undefined> =>
  (await engine.queries.searchVariables({ filter: { scopeKey, name } }, operator)).items[0]?.value;
const timer = (kind: string, text: string): string =>
  `<bpmn:timerEventDefinition><bpmn:${kind} xsi:type="bpmn:tFormalExpression">${text}</bpmn:${kind}></bpmn:timerEventDefinition>`;
const onMessage = '<bpmn:messageEventDefinition messageRef="M" />';
const onSignal = '<bpmn:signalEventDefinition signalRef="S" />';
const onCondition = (condition: string): string =>
  `<bpmn:conditionalEventDefinition><bpmn:condition xsi:type="bpmn:tFormalExpression">=${condition}</bpmn:condition></bpmn:conditionalEventDefinition>`;
/** A process that this event starts; its instance waits at `work`. */
const startedBy = (processId: string, definitions: string, attributes = "", root = ""): string =>
  model(
    processId,
    sequence(
      ["begin", `<bpmn:startEvent id="begin" ${attributes}>${definitions}</bpmn:startEvent>`],
      serviceTask("work"),
      end(),
    ),
    { root: message("M", `${processId} news`, "=&quot;k&quot;") + signal("S", `${processId} alarm`) + root },
  );
const publish = (name: string, more: { correlationKey?: string; variables?: Record<string, number> } = {}) =>
  engine.publishMessage({ name, ...more }, operator);

it("matrix | Start events (process level) | none", async () => {
  await deploy(engine, ["none.bpmn", startedBy("none", "")]);
  expect(await activeElements(await create("none"))).toEqual(["work"]);
});

it("matrix | Start events (process level) | message", async () => {
  await deploy(engine, ["message.bpmn", startedBy("message", onMessage)]);
  await publish("message news", { variables: { n: 4 } });
  const [key] = await instances("message");
  expect(await activeElements(key!)).toEqual(["work"]);
  expect(await variable(key!, "n")).toBe("4");
  await expect(create("message")).rejects.toThrow(/none start event/);
});

it("matrix | Start events (process level) | timer date/duration/cycle", async () => {
  const soon = new Date(clock.now() + 60_000).toISOString();
  await deploy(
    engine,
    ["date.bpmn", startedBy("date", timer("timeDate", soon))],
    ["duration.bpmn", startedBy("duration", timer("timeDuration", "PT60S"))],
    ["cycle.bpmn", startedBy("cycle", timer("timeCycle", "R2/PT60S"))],
  );
  const counts = async (): Promise<readonly number[]> =>
    Promise.all(["date", "duration", "cycle"].map(async (id) => (await instances(id)).length));
  expect(await counts()).toEqual([0, 0, 0]);
  clock.advance(61_000);
  await eventually("one instance of each", async () => (await counts()).join() === "1,1,1", 12_000);
  clock.advance(61_000);
  await eventually("the second turn of the cycle", async () => (await counts()).join() === "1,1,2", 12_000);
  clock.advance(61_000);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(await counts()).toEqual([1, 1, 2]);
});

it("matrix | Start events (process level) | signal", async () => {
  await deploy(engine, ["signal.bpmn", startedBy("signal", onSignal)]);
  await engine.broadcastSignal({ signalName: "signal alarm", variables: { level: 3 } }, operator);
  const [key] = await instances("signal");
  expect(await activeElements(key!)).toEqual(["work"]);
  expect(await variable(key!, "level")).toBe("3");
});

it("matrix | Start events (process level) | conditional", async () => {
  await deploy(engine, ["conditional.bpmn", startedBy("conditional", onCondition("stock &lt; 5"))]);
  const evaluate = (stock: number) => engine.evaluateConditionals({ variables: { stock } }, operator);
  expect((await evaluate(9)).processInstances).toEqual([]);
  expect((await evaluate(2)).processInstances).toHaveLength(1);
  const [key] = await instances("conditional");
  expect(await activeElements(key!)).toEqual(["work"]);
  expect(await variable(key!, "stock")).toBe("2");
});

it("matrix | Start events (process level) | multiple", async () => {
  await deploy(engine, ["multiple.bpmn", startedBy("multiple", onMessage + onSignal)]);
  await publish("multiple news");
  expect(await instances("multiple")).toHaveLength(1);
  await engine.broadcastSignal({ signalName: "multiple alarm", variables: {} }, operator);
  const keys = await instances("multiple");
  expect(keys).toHaveLength(2);
  for (const key of keys) expect(await activeElements(key)).toEqual(["work"]);
});

it("matrix | Start events (process level) | parallel multiple", async () => {
  // Three kinds, so that the one that came must be told from the others.
  const all = onMessage + timer("timeDuration", "PT60S") + onSignal;
  await deploy(engine, ["swapped.bpmn", startedBy("swapped", onSignal + onMessage, 'parallelMultiple="true"')]);
  await engine.broadcastSignal({ signalName: "swapped alarm", variables: {} }, operator);
  await publish("swapped news", { correlationKey: "k" });
  const [swapped, ...others] = await instances("swapped");
  expect(others).toEqual([]);
  expect(await activeElements(swapped!)).toEqual(["work"]);

  await deploy(engine, ["parallel.bpmn", startedBy("parallel", all, 'parallelMultiple="true"')]);
  const working = async (): Promise<number> => {
    const keys = await instances("parallel");
    return (await Promise.all(keys.map((key) => at(key, "work")))).filter(Boolean).length;
  };
  await publish("parallel news", { correlationKey: "k" });
  await engine.broadcastSignal({ signalName: "parallel alarm", variables: {} }, operator);
  expect(await instances("parallel")).toHaveLength(1);
  expect(await working()).toBe(0);
  clock.advance(61_000);
  await eventually("the timer as the last of the three", async () => (await working()) === 1, 12_000);
});

it("matrix | Start events (process level) | several start events of different types in one process", async () => {
  const begin = (id: string, definitions: string): string =>
    `<bpmn:startEvent id="${id}">${definitions}</bpmn:startEvent>${serviceTask(`after_${id}`)[1]}<bpmn:sequenceFlow id="f_${id}" sourceRef="${id}" targetRef="after_${id}" /><bpmn:endEvent id="end_${id}" /><bpmn:sequenceFlow id="g_${id}" sourceRef="after_${id}" targetRef="end_${id}" />`;
  await deploy(engine, [
    "several.bpmn",
    model("several", begin("plain", "") + begin("told", onMessage) + begin("alarmed", onSignal), {
      root: message("M", "several news") + signal("S", "several alarm"),
    }),
  ]);
  await create("several");
  await publish("several news");
  await engine.broadcastSignal({ signalName: "several alarm", variables: {} }, operator);
  const keys = await instances("several");
  expect(await Promise.all(keys.map(activeElements))).toEqual([["after_plain"], ["after_told"], ["after_alarmed"]]);
});

it("matrix | Start events (process level) | process without start event (implicit start)", async () => {
  await deploy(engine, ["implicit.bpmn", model("implicit", serviceTask("one")[1] + serviceTask("two")[1])]);
  expect(await activeElements(await create("implicit"))).toEqual(["one", "two"]);
});

const waitsFor = (processId: string, wait: readonly [string, string], root: string): string =>
  model(processId, sequence(start(), wait, serviceTask("after"), end()), { root });

it("matrix | Messages, collaboration, timers, errors | message buffering TTL + messageId", async () => {
  const keyed = message("M", "parcel", "=parcel");
  await deploy(engine, ["parcel.bpmn", waitsFor("parcel", catchMessage("wait", "M"), keyed)]);
  const send = (correlationKey: string, timeToLiveMs: number) =>
    engine.publishMessage({ name: "parcel", correlationKey, timeToLiveMs, messageId: "once" }, operator);
  await send("early", 60_000);
  await expect(send("early", 60_000)).rejects.toMatchObject({ kind: "alreadyExists" });
  const early = await create("parcel", { parcel: "early" });
  await eventually("the buffered message", () => at(early, "after"));
  await send("late", 1_000);
  clock.advance(1_001);
  const late = await create("parcel", { parcel: "late" });
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect(await at(late, "wait")).toBe(true);
  await send("late", 0);
  expect(await at(late, "after")).toBe(true);
});

it("matrix | Messages, collaboration, timers, errors | pool to pool message flow executed by the engine", async () => {
  const correlation = '<zeebe:subscription correlationKey="=order" />';
  const messages = ["ask", "answer"]
    .map(
      (id) =>
        `<bpmn:message id="${id}" name="${id}"><bpmn:extensionElements>${correlation}</bpmn:extensionElements></bpmn:message>`,
    )
    .join("");
  const event = (tag: string, id: string, ref: string): readonly [string, string] => [
    id,
    `<bpmn:${tag} id="${id}"><bpmn:messageEventDefinition messageRef="${ref}" /></bpmn:${tag}>`,
  ];
  const seller = sequence(
    event("startEvent", "asked", "ask"),
    serviceTask("offer"),
    event("intermediateThrowEvent", "reply", "answer"),
    end("sold"),
  );
  const collaboration =
    '<bpmn:collaboration id="trade"><bpmn:participant id="pool_buyer" processRef="buyer" /><bpmn:participant id="pool_seller" processRef="seller" /><bpmn:messageFlow id="mf1" sourceRef="demand" targetRef="asked" /><bpmn:messageFlow id="mf2" sourceRef="reply" targetRef="hear" /></bpmn:collaboration>';
  const buyer = sequence(
    start(),
    event("intermediateThrowEvent", "demand", "ask"),
    event("intermediateCatchEvent", "hear", "answer"),
    serviceTask("pay"),
    end(),
  );
  const sellerProcess = `<bpmn:process id="seller" isExecutable="true">${seller}</bpmn:process>`;
  await deploy(engine, ["trade.bpmn", model("buyer", buyer, { root: messages + collaboration + sellerProcess })]);
  const bought = await create("buyer", { order: "o-7" });
  const [sold] = await eventually("the seller's instance", async () => {
    const keys = await instances("seller");
    return keys.length > 0 && keys;
  });
  expect(await activeElements(sold!)).toEqual(["offer"]);
  expect(await activeElements(bought)).toEqual(["hear"]);
  const [offer] = await engine.activateJobs(
    { type: "offer", worker: "seller", timeoutMs: 30_000, maxJobsToActivate: 1, requestTimeoutMs: 1_000 },
    operator,
  );
  await engine.completeJob(offer!.jobKey, { variables: {} }, operator);
  await eventually("the answer at the buyer's", () => at(bought, "pay"));
});

it("matrix | Messages, collaboration, timers, errors | signal broadcast across instances", async () => {
  const alarm = signal("S", "evacuate");
  const throwing = model(
    "shouter",
    sequence(start(), [
      "shout",
      '<bpmn:endEvent id="shout"><bpmn:signalEventDefinition signalRef="S" /></bpmn:endEvent>',
    ]),
    { root: alarm },
  );
  await deploy(
    engine,
    ["floor.bpmn", waitsFor("floor", catchSignal("wait", "S"), alarm)],
    ["roof.bpmn", waitsFor("roof", catchSignal("wait", "S"), alarm)],
    ["shouter.bpmn", throwing],
  );
  const waiting = [await create("floor"), await create("floor"), await create("roof")];
  await create("shouter");
  for (const key of waiting) await eventually("the signal", () => at(key, "after"));
});
