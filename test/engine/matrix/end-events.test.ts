/** End events; BPMN 2.0.2 §10.5.3, §13.5.6. */
import { expect, it } from "vitest";
import {
  boundary,
  compensationEvent,
  end,
  errorEvent,
  escalationEvent,
  event,
  handledBy,
  messageEvent,
  path,
  runProcess,
  service,
  signalEvent,
  start,
} from "./run-model.ts";

const endsWith = (definitions: string): string => start + event("endEvent", "end", definitions) + path("start", "end");
/** A scope with two branches: `stay` waits, `leave` reaches the end event. */
const branches = (tag: string, definitions: string): string =>
  `${start}<${tag} id="scope">${event("startEvent", "in")}<parallelGateway id="fork"/>${service("stay")}${service("leave")}${end("out")}${event("endEvent", "last", definitions)}${path("in", "fork", "stay", "out")}${path("fork", "leave", "last")}</${tag}>${service("after")}${end()}${path("start", "scope", "after", "end")}`;

it("matrix | End events | none", async () => {
  const run = await runProcess(branches("subProcess", ""));
  run.complete("leave");
  expect(run.waits("job")).toEqual(["stay"]);
  run.complete("stay");
  run.complete("after");
  expect(run.state()).toBe("completed");
});

it("matrix | End events | message", async () => {
  const run = await runProcess(endsWith(messageEvent()));
  expect(run.effects).toContainEqual(
    expect.objectContaining({ type: "publishMessage", name: "news", correlationKey: "k" }),
  );
  expect(run.state()).toBe("completed");
});

it("matrix | End events | error", async () => {
  const run = await runProcess(
    branches("subProcess", errorEvent()) + boundary("caught", "scope", errorEvent()) + handledBy("caught"),
  );
  run.complete("leave");
  expect(run.log("elementTerminated")).toEqual(expect.arrayContaining(["stay", "scope"]));
  expect(run.waits("job")).toEqual(["handle"]);

  const uncaught = await runProcess(endsWith(errorEvent()));
  expect(uncaught.incidents().map((incident) => incident.type)).toEqual(["UNHANDLED_ERROR_EVENT"]);
  expect(uncaught.state()).toBe("active");
});

it("matrix | End events | escalation", async () => {
  const caught = (attributes: string) =>
    branches("subProcess", escalationEvent()) +
    boundary("caught", "scope", escalationEvent(), attributes) +
    handledBy("caught");
  const beside = await runProcess(caught('cancelActivity="false"'));
  beside.complete("leave");
  expect(beside.waits("job").toSorted()).toEqual(["handle", "stay"]);
  const instead = await runProcess(caught(""));
  instead.complete("leave");
  expect(instead.waits("job")).toEqual(["handle"]);
  expect((await runProcess(endsWith(escalationEvent()))).state()).toBe("completed");
});

it("matrix | End events | signal", async () => {
  const run = await runProcess(endsWith(signalEvent()));
  expect(run.effects).toContainEqual(expect.objectContaining({ type: "broadcastSignal", name: "alarm" }));
  expect(run.state()).toBe("completed");
});

it("matrix | End events | terminate (scope only)", async () => {
  const run = await runProcess(branches("subProcess", "<terminateEventDefinition/>"));
  run.complete("leave");
  expect(run.log("elementTerminated")).toEqual(["stay"]);
  expect(run.log("elementCompleted")).toContain("scope");
  expect(run.waits("job")).toEqual(["after"]);
});

it("matrix | End events | compensation", async () => {
  const run = await runProcess(
    start +
      service("work") +
      boundary("done", "work", compensationEvent()) +
      service("undo", "", 'isForCompensation="true"') +
      '<association id="a" associationDirection="One" sourceRef="done" targetRef="undo"/>' +
      event("endEvent", "end", compensationEvent()) +
      path("start", "work", "end"),
  );
  run.complete("work");
  expect(run.waits("job")).toEqual(["undo"]);
  expect(run.state()).toBe("active");
  run.complete("undo");
  expect(run.state()).toBe("completed");
});

it("matrix | End events | cancel", async () => {
  const run = await runProcess(
    branches("transaction", "<cancelEventDefinition/>") +
      boundary("caught", "scope", "<cancelEventDefinition/>") +
      handledBy("caught"),
  );
  run.complete("leave");
  expect(run.log("elementTerminated")).toEqual(expect.arrayContaining(["stay", "scope"]));
  expect(run.waits("job")).toEqual(["handle"]);
});

it("matrix | End events | multiple", async () => {
  const run = await runProcess(endsWith(messageEvent() + signalEvent()));
  expect(run.effects.map((effect) => effect.type)).toEqual(["publishMessage", "broadcastSignal"]);
  expect(run.state()).toBe("completed");
});
