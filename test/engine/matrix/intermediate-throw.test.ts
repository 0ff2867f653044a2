/** Intermediate throw events; BPMN 2.0.2 §10.5.4. */
import { expect, it } from "vitest";
import { extensions } from "../model/bpmn-text.ts";
import {
  boundary,
  compensationEvent,
  end,
  escalationEvent,
  event,
  handledBy,
  linkEvent,
  messageEvent,
  path,
  runProcess,
  service,
  signalEvent,
  start,
} from "./run-model.ts";

const throws = (definitions: string): string =>
  start +
  event("intermediateThrowEvent", "throw", definitions) +
  service("after") +
  end() +
  path("start", "throw", "after", "end");

it("matrix | Intermediate throw | none", async () => {
  const run = await runProcess(throws(""));
  expect(run.log("elementCompleted")).toEqual(["start", "throw"]);
  expect(run.waits("job")).toEqual(["after"]);
});

it("matrix | Intermediate throw | message", async () => {
  const run = await runProcess(
    throws(
      `${extensions('<interlock:publication correlationKey="=order" timeToLive="PT1H" messageId="=order + &quot;-1&quot;"/><zeebe:ioMapping><zeebe:input source="=order" target="number"/></zeebe:ioMapping>')}${messageEvent()}`,
    ),
    { variables: { order: "o-1" } },
  );
  expect(run.effects).toContainEqual(
    expect.objectContaining({
      type: "publishMessage",
      name: "news",
      correlationKey: "o-1",
      timeToLiveMs: 3_600_000,
      messageId: "o-1-1",
      variables: expect.objectContaining({ number: "o-1" }),
    }),
  );
  expect(run.waits("job")).toEqual(["after"]);

  const asJob = await runProcess(throws(extensions('<zeebe:taskDefinition type="post"/>') + messageEvent()));
  expect(asJob.waits("job")).toEqual(["throw"]);
  expect(asJob.effects).toEqual([]);
  asJob.complete("throw");
  expect(asJob.waits("job")).toEqual(["after"]);
});

it("matrix | Intermediate throw | signal", async () => {
  const run = await runProcess(throws(signalEvent()));
  expect(run.effects).toContainEqual(expect.objectContaining({ type: "broadcastSignal", name: "alarm" }));
  expect(run.waits("job")).toEqual(["after"]);

  const inside = await runProcess(
    `${start}<parallelGateway id="fork"/>${event("intermediateCatchEvent", "wait", signalEvent())}${service("first")}${event("intermediateThrowEvent", "throw", signalEvent())}${end("waited")}${end()}` +
      path("start", "fork", "wait", "waited") +
      path("fork", "first", "throw", "end"),
  );
  inside.complete("first");
  expect(inside.log("elementCompleted")).toContain("waited");
  expect(inside.state()).toBe("completed");
});

it("matrix | Intermediate throw | escalation", async () => {
  const scope = (attributes: string) =>
    `${start}<subProcess id="scope">${event("startEvent", "in")}${event("intermediateThrowEvent", "throw", escalationEvent())}${service("after")}${end("out")}${path("in", "throw", "after", "out")}</subProcess>${boundary("caught", "scope", escalationEvent(), attributes)}${end()}${path("start", "scope", "end")}${handledBy("caught")}`;
  const beside = await runProcess(scope('cancelActivity="false"'));
  expect(beside.waits("job").toSorted()).toEqual(["after", "handle"]);
  const instead = await runProcess(scope(""));
  expect(instead.waits("job")).toEqual(["handle"]);
  const uncaught = await runProcess(throws(escalationEvent()));
  expect(uncaught.waits("job")).toEqual(["after"]);
  expect(uncaught.incidents()).toEqual([]);
});

it("matrix | Intermediate throw | compensation", async () => {
  const run = await runProcess(
    start +
      service("work") +
      boundary("done", "work", compensationEvent()) +
      service("undo", "", 'isForCompensation="true"') +
      '<association id="a" associationDirection="One" sourceRef="done" targetRef="undo"/>' +
      event("intermediateThrowEvent", "throw", compensationEvent()) +
      service("after") +
      end() +
      path("start", "work", "throw", "after", "end"),
  );
  run.complete("work");
  expect(run.waits("job")).toEqual(["undo"]);
  expect(run.active()).toContain("throw");
  run.complete("undo");
  expect(run.waits("job")).toEqual(["after"]);
});

it("matrix | Intermediate throw | link", async () => {
  const run = await runProcess(
    `${start}<exclusiveGateway id="which" default="which-low"/>` +
      '<sequenceFlow id="which-high" sourceRef="which" targetRef="high"><conditionExpression xsi:type="tFormalExpression">=n &gt; 5</conditionExpression></sequenceFlow>' +
      event("intermediateThrowEvent", "high", linkEvent("over")) +
      event("intermediateThrowEvent", "low", linkEvent("over")) +
      event("intermediateCatchEvent", "arrive", linkEvent("over")) +
      service("after") +
      end() +
      path("start", "which", "low") +
      path("arrive", "after", "end"),
    { variables: { n: 9 } },
  );
  expect(run.log("elementCompleted")).toEqual(["start", "which", "high", "arrive"]);
  expect(run.waits("job")).toEqual(["after"]);
});

it("matrix | Intermediate throw | multiple", async () => {
  const run = await runProcess(throws(messageEvent() + signalEvent()));
  expect(run.effects.map((effect) => effect.type)).toEqual(["publishMessage", "broadcastSignal"]);
  expect(run.waits("job")).toEqual(["after"]);
});
