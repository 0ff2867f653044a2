/** Boundary events that interrupt their activity; BPMN 2.0.2 §10.5.4, §13.5.3. */
import { expect, it } from "vitest";
import type { Driver } from "../instance-driver.ts";
import {
  boundary,
  compensationEvent,
  conditionalEvent,
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
  story,
  timerEvent,
} from "./run-model.ts";

const guarded = (definitions: string, attributes = ""): string =>
  start +
  service("work") +
  boundary("caught", "work", definitions, attributes) +
  end() +
  path("start", "work", "end") +
  handledBy("caught");

/** The activity is gone before the boundary event is there; only the handler's path goes on. */
function expectInterrupted(run: Driver, host = "work"): void {
  const log = story(run);
  expect(log.indexOf(`x${host}`)).toBeGreaterThan(-1);
  expect(log.indexOf(`x${host}`)).toBeLessThan(log.indexOf("+caught"));
  expect(run.waits("job")).toEqual(["handle"]);
  expect([...run.waits("message"), ...run.waits("signal"), ...run.waits("timer")]).toEqual([]);
  run.complete("handle");
  expect(run.state()).toBe("completed");
  expect(run.log("elementActivated")).not.toContain("end");
}

it("matrix | Boundary, interrupting | message", async () => {
  const run = await runProcess(guarded(messageEvent()));
  run.correlate("caught");
  expectInterrupted(run);
});

it("matrix | Boundary, interrupting | timer", async () => {
  const run = await runProcess(guarded(timerEvent("timeDuration", "PT5M")));
  run.fire("caught");
  expectInterrupted(run);

  const early = await runProcess(guarded(timerEvent("timeDuration", "PT5M")));
  early.complete("work");
  expect(early.waits("timer")).toEqual([]);
  expect(early.state()).toBe("completed");
});

it("matrix | Boundary, interrupting | error", async () => {
  const run = await runProcess(guarded(errorEvent()));
  run.throwError("work", "E", { why: "broken" });
  expect(run.variables()).toEqual({ why: "broken" });
  expectInterrupted(run);

  const other = await runProcess(guarded(errorEvent()));
  other.throwError("work", "E2");
  expect(other.incidents().map((incident) => incident.type)).toEqual(["UNHANDLED_ERROR_EVENT"]);
});

it("matrix | Boundary, interrupting | escalation", async () => {
  const run = await runProcess(
    `${start}<subProcess id="scope">${event("startEvent", "in")}${event("intermediateThrowEvent", "throw", escalationEvent())}${service("work")}${end("out")}${path("in", "throw", "work", "out")}</subProcess>` +
      boundary("caught", "scope", escalationEvent()) +
      end() +
      path("start", "scope", "end") +
      handledBy("caught"),
  );
  expect(run.log("elementActivated")).not.toContain("work");
  expectInterrupted(run, "scope");
});

it("matrix | Boundary, interrupting | signal", async () => {
  const run = await runProcess(guarded(signalEvent()));
  run.signal("caught");
  expectInterrupted(run);
});

it("matrix | Boundary, interrupting | conditional", async () => {
  const run = await runProcess(guarded(conditionalEvent("level &gt; 3")));
  run.set({ level: 1 });
  expect(run.waits("job")).toEqual(["work"]);
  run.set({ level: 7 });
  expectInterrupted(run);
});

it("matrix | Boundary, interrupting | compensation", async () => {
  const run = await runProcess(
    start +
      service("work") +
      boundary("done", "work", compensationEvent()) +
      service("undo", "", 'isForCompensation="true"') +
      '<association id="a" associationDirection="One" sourceRef="done" targetRef="undo"/>' +
      event("intermediateThrowEvent", "throw", compensationEvent()) +
      end() +
      path("start", "work", "throw", "end"),
  );
  expect(run.waits("job")).toEqual(["work"]);
  run.complete("work");
  expect(run.waits("job")).toEqual(["undo"]);
  expect(run.log("elementTerminated")).toEqual([]);
  run.complete("undo");
  expect(run.state()).toBe("completed");
});

it("matrix | Boundary, interrupting | cancel (transaction)", async () => {
  const run = await runProcess(
    `${start}<transaction id="scope">${event("startEvent", "in")}<parallelGateway id="fork"/>${service("work")}${service("refuse")}${end("out")}${event("endEvent", "cancel", "<cancelEventDefinition/>")}${path("in", "fork", "work", "out")}${path("fork", "refuse", "cancel")}</transaction>` +
      boundary("caught", "scope", "<cancelEventDefinition/>") +
      end() +
      path("start", "scope", "end") +
      handledBy("caught"),
  );
  run.complete("refuse");
  expect(run.log("elementTerminated")).toContain("work");
  expectInterrupted(run, "scope");
});

it("matrix | Boundary, interrupting | multiple / parallel multiple", async () => {
  const any = await runProcess(guarded(messageEvent() + signalEvent()));
  any.correlate("caught");
  expectInterrupted(any);

  const all = await runProcess(guarded(messageEvent() + signalEvent(), 'parallelMultiple="true"'));
  all.correlate("caught");
  expect(all.waits("job")).toEqual(["work"]);
  all.signal("caught");
  expectInterrupted(all);
});
