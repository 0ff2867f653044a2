/** Correlation, timers, errors and incidents; BPMN 2.0.2 §8.4.2, §10.5.5, §10.5.7. What needs a store is in test/engine/runtime. */
import { expect, it } from "vitest";
import { compileBpmn } from "../../../engine/model/index.ts";
import { definitions, extensions } from "../model/bpmn-text.ts";
import {
  boundary,
  end,
  errorEvent,
  escalationEvent,
  event,
  handledBy,
  messageEvent,
  path,
  run,
  runProcess,
  service,
  start,
  timerEvent,
} from "./run-model.ts";

it("matrix | Messages, collaboration, timers, errors | message correlation key", async () => {
  const xml = definitions(
    `<message id="m" name="=&quot;paid-&quot; + region">${extensions('<zeebe:subscription correlationKey="=order.id"/>')}</message>`,
    `<process id="p" isExecutable="true">${start}${event("intermediateCatchEvent", "wait", messageEvent())}${end()}${path("start", "wait", "end")}</process>`,
  );
  const waiting = await run(xml, { variables: { order: { id: 17 }, region: "eu" } });
  expect(waiting.events).toContainEqual(
    expect.objectContaining({ type: "messageSubscriptionOpened", messageName: "paid-eu", correlationKey: "17" }),
  );
  waiting.set({ order: { id: 18 } });
  expect(waiting.wait("message", "wait").correlationKey).toBe("17");

  const none = await run(xml, { variables: { region: "eu" } });
  expect(none.incidents().map((incident) => incident.elementId)).toEqual(["wait"]);
});

it("matrix | Messages, collaboration, timers, errors | BPMN correlationKey / property / subscription", async () => {
  const correlation =
    '<message id="m" name="news"/>' +
    '<collaboration id="c"><participant id="ours" processRef="p"/><correlationKey id="key"><correlationPropertyRef>order</correlationPropertyRef></correlationKey></collaboration>' +
    '<correlationProperty id="order"><correlationPropertyRetrievalExpression messageRef="m"><messagePath xsi:type="tFormalExpression">=orderId</messagePath></correlationPropertyRetrievalExpression></correlationProperty>';
  const subscription =
    '<correlationSubscription id="cs" correlationKeyRef="key"><correlationPropertyBinding correlationPropertyRef="order"><dataPath xsi:type="tFormalExpression">=expected.id</dataPath></correlationPropertyBinding></correlationSubscription>';
  const xml = definitions(
    correlation,
    `<process id="p" isExecutable="true">${start}${event("intermediateThrowEvent", "tell", messageEvent())}${event("intermediateCatchEvent", "wait", messageEvent())}${end()}${path("start", "tell", "wait", "end")}${subscription}</process>`,
  );
  const driver = await run(xml, { variables: { orderId: "o-1", expected: { id: "o-2" } } });
  expect(driver.effects).toContainEqual(expect.objectContaining({ type: "publishMessage", correlationKey: "o-1" }));
  expect(driver.wait("message", "wait").correlationKey).toBe("o-2");
});

it("matrix | Messages, collaboration, timers, errors | several executable pools per file", async () => {
  const pool = (id: string): string =>
    `<process id="${id}" isExecutable="true">${event("startEvent", `${id}-start`)}${service(`${id}-work`)}${end(`${id}-end`)}${path(`${id}-start`, `${id}-work`, `${id}-end`)}</process>`;
  const xml = definitions(
    '<collaboration id="c"><participant id="one" processRef="buyer"/><participant id="two" processRef="seller"/><participant id="box" name="Bank"/></collaboration>',
    pool("buyer"),
    pool("seller"),
  );
  const { processes } = await compileBpmn(xml, { resourceName: "row.bpmn" });
  expect(processes.map((each) => each.processId)).toEqual(["buyer", "seller"]);
  expect((await run(xml)).waits("job")).toEqual(["buyer-work"]);
});

it("matrix | Messages, collaboration, timers, errors | error code + variables to catcher", async () => {
  const driver = await runProcess(
    `${start}${service("work")}<boundaryEvent id="caught" attachedToRef="work">${extensions('<zeebe:ioMapping><zeebe:output source="=reason" target="why"/></zeebe:ioMapping>')}<errorEventDefinition errorRef="e" interlock:errorCodeVariable="code"/></boundaryEvent>${end()}${path("start", "work", "end")}${handledBy("caught")}`,
  );
  driver.throwError("work", "E", { reason: "no funds", noise: 1 });
  expect(driver.waits("job")).toEqual(["handle"]);
  expect(driver.variables()).toEqual({ why: "no funds" });
  expect(driver.events).toContainEqual(
    expect.objectContaining({ type: "variablesSet", values: expect.objectContaining({ code: "E" }) }),
  );
});

it("matrix | Messages, collaboration, timers, errors | catch-all error / escalation", async () => {
  const specificFirst = await runProcess(
    start +
      service("work") +
      boundary("any", "work", "<errorEventDefinition/>") +
      boundary("caught", "work", errorEvent("e2")) +
      end() +
      path("start", "work", "end") +
      handledBy("caught") +
      service("rest") +
      end("rested") +
      path("any", "rest", "rested"),
  );
  specificFirst.throwError("work", "UNHEARD");
  expect(specificFirst.waits("job")).toEqual(["rest"]);

  const escalated = await runProcess(
    `${start}<subProcess id="scope">${event("startEvent", "in")}${event("endEvent", "throw", escalationEvent("x2"))}${path("in", "throw")}</subProcess>${boundary("caught", "scope", "<escalationEventDefinition/>")}${end()}${path("start", "scope", "end")}${handledBy("caught")}`,
  );
  expect(escalated.waits("job")).toEqual(["handle"]);
});

const cycling = (cycle: string): string =>
  start +
  service("work") +
  boundary("tick", "work", timerEvent("timeCycle", cycle), 'cancelActivity="false"') +
  end() +
  path("start", "work", "end") +
  end("ticked") +
  path("tick", "ticked");

it("matrix | Messages, collaboration, timers, errors | timer cycle Rn/..", async () => {
  const driver = await runProcess(cycling("R2/PT10S"));
  const begun = driver.environment.now;
  const dueAfter = () => driver.wait("timer", "tick").dueAt - begun;
  expect(dueAfter()).toBe(10_000);
  driver.fire("tick");
  expect(dueAfter()).toBe(20_000);
  driver.fire("tick");
  expect(driver.waits("timer")).toEqual([]);
  expect(driver.log("elementCompleted").filter((id) => id === "ticked")).toHaveLength(2);
});

it("matrix | Messages, collaboration, timers, errors | timer cron", async () => {
  const driver = await runProcess(cycling("0 30 9 ? * MON-FRI"), { environment: { now: Date.UTC(2026, 10, 20, 12) } });
  const due = () => new Date(driver.wait("timer", "tick").dueAt).toISOString();
  expect(due()).toBe("2026-11-23T09:30:00.000Z");
  driver.fire("tick");
  expect(due()).toBe("2026-11-24T09:30:00.000Z");

  const zoned = await runProcess(cycling("0 30 9 ? * MON-FRI [Europe/Berlin]"), {
    environment: { now: Date.UTC(2026, 10, 20, 12) },
  });
  expect(zoned.wait("timer", "tick").dueAt).toBe(Date.UTC(2026, 10, 23, 8, 30));
});

it("matrix | Messages, collaboration, timers, errors | incidents + resolve", async () => {
  const failing = await runProcess(start + service("work") + end() + path("start", "work", "end"));
  failing.fail("work", 0, "no answer");
  expect(failing.incidents()).toEqual([{ type: "JOB_NO_RETRIES", message: "no answer", elementId: "work" }]);
  failing.resolve(1);
  expect(failing.incidents()).toEqual([]);
  failing.complete("work");
  expect(failing.state()).toBe("completed");

  const stuck = await runProcess(
    `${start}<exclusiveGateway id="g"/>${service("a")}${end()}${path("start", "g")}<sequenceFlow id="g-a" sourceRef="g" targetRef="a"><conditionExpression xsi:type="tFormalExpression">=n &gt; 5</conditionExpression></sequenceFlow><sequenceFlow id="g-end" sourceRef="g" targetRef="end"><conditionExpression xsi:type="tFormalExpression">=n &lt; 3</conditionExpression></sequenceFlow>${path("a", "end")}`,
    { variables: { n: 4 } },
  );
  expect(stuck.incidents().map((incident) => incident.elementId)).toEqual(["g"]);
  stuck.set({ n: 6 });
  stuck.resolve();
  expect(stuck.waits("job")).toEqual(["a"]);
});
