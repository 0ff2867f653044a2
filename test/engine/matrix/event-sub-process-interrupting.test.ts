/** Event sub-processes that interrupt their scope; BPMN 2.0.2 §10.5.6, §13.5.4. */
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
  messageEvent,
  path,
  runProcess,
  service,
  signalEvent,
  start,
  timerEvent,
} from "./run-model.ts";

const handler = (definitions: string, attributes = ""): string =>
  `<subProcess id="handler" triggeredByEvent="true">${event("startEvent", "caught", definitions, attributes)}${service("handle")}${end("handled")}${path("caught", "handle", "handled")}</subProcess>`;
const scope = (definitions: string, attributes = ""): string =>
  start + service("work") + end() + path("start", "work", "end") + handler(definitions, attributes);

/** The work has been taken away before the handler's job was there, and the instance ends with the handler. */
function expectInterrupted(run: Driver): void {
  expect(run.log("elementTerminated")).toContain("work");
  expect(run.log("elementActivated").indexOf("handler")).toBeGreaterThan(-1);
  expect(run.waits("job")).toEqual(["handle"]);
  run.complete("handle");
  expect(run.state()).toBe("completed");
  expect(run.log("elementCompleted")).not.toContain("work");
}

it("matrix | Event sub-process start, interrupting | message", async () => {
  const run = await runProcess(scope(messageEvent()));
  run.correlate("caught", { text: "hi" });
  expect(run.waits("message")).toEqual([]);
  expectInterrupted(run);
});

it("matrix | Event sub-process start, interrupting | timer", async () => {
  const run = await runProcess(scope(timerEvent("timeDuration", "PT1H")));
  expect(run.wait("timer", "caught").dueAt - run.environment.now).toBe(3_600_000);
  run.fire("caught");
  expectInterrupted(run);
});

it("matrix | Event sub-process start, interrupting | signal", async () => {
  const run = await runProcess(scope(signalEvent()));
  run.signal("caught");
  expectInterrupted(run);
});

it("matrix | Event sub-process start, interrupting | error", async () => {
  const run = await runProcess(scope(errorEvent()));
  run.throwError("work", "E");
  expect(run.incidents()).toEqual([]);
  expectInterrupted(run);
});

it("matrix | Event sub-process start, interrupting | escalation", async () => {
  const thrown =
    start +
    '<parallelGateway id="fork"/>' +
    service("work") +
    service("raise") +
    event("intermediateThrowEvent", "throw", escalationEvent()) +
    service("never") +
    end() +
    path("start", "fork", "work", "end") +
    path("fork", "raise", "throw", "never", "end") +
    handler(escalationEvent());
  const run = await runProcess(thrown);
  run.complete("raise");
  expect(run.log("elementActivated")).not.toContain("never");
  expectInterrupted(run);
});

it("matrix | Event sub-process start, interrupting | conditional", async () => {
  const run = await runProcess(scope(conditionalEvent("level &gt; 3")), { variables: { level: 1 } });
  run.set({ level: 2 });
  expect(run.waits("job")).toEqual(["work"]);
  run.set({ level: 4 });
  expectInterrupted(run);
});

it("matrix | Event sub-process start, interrupting | compensation", async () => {
  const inner = `<subProcess id="scope">${event("startEvent", "in")}${service("work")}${boundary("done", "work", compensationEvent())}${service("undo", "", 'isForCompensation="true"')}<association id="a" associationDirection="One" sourceRef="done" targetRef="undo"/>${end("out")}${path("in", "work", "out")}${handler(compensationEvent())}</subProcess>`;
  const run = await runProcess(
    start +
      inner +
      event("intermediateThrowEvent", "throw", compensationEvent("scope")) +
      end() +
      path("start", "scope", "throw", "end"),
  );
  run.complete("work");
  // The scope's own handler runs instead of the handlers of what it holds.
  expect(run.waits("job")).toEqual(["handle"]);
  expect(run.active()).toContain("throw");
  run.complete("handle");
  expect(run.state()).toBe("completed");
  expect(run.log("elementActivated")).not.toContain("undo");
});

it("matrix | Event sub-process start, interrupting | multiple / parallel multiple", async () => {
  const any = await runProcess(scope(messageEvent() + signalEvent()));
  any.signal("caught");
  expect(any.waits("message")).toEqual([]);
  expectInterrupted(any);

  const all = await runProcess(scope(messageEvent() + signalEvent(), 'parallelMultiple="true"'));
  all.signal("caught");
  expect(all.waits("job")).toEqual(["work"]);
  expect(all.waits("signal")).toEqual([]);
  all.correlate("caught");
  expectInterrupted(all);
});

it("interrupts with the attribute isInterrupting just as without it", async () => {
  const run = await runProcess(scope(signalEvent(), 'isInterrupting="true"'));
  run.signal("caught");
  expectInterrupted(run);
});
