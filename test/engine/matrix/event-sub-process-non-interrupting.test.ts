/** Event sub-processes beside their scope; BPMN 2.0.2 §10.5.6, §13.5.4. */
import { expect, it } from "vitest";
import type { Driver } from "../instance-driver.ts";
import {
  conditionalEvent,
  end,
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
  `<subProcess id="handler" triggeredByEvent="true">${event("startEvent", "caught", definitions, `isInterrupting="false" ${attributes}`)}${service("handle")}${end("handled")}${path("caught", "handle", "handled")}</subProcess>`;
const scope = (definitions: string, attributes = ""): string =>
  start + service("work") + end() + path("start", "work", "end") + handler(definitions, attributes);

/** The work goes on; the instance is there until both the work and each handler have ended. */
function expectBeside(run: Driver, times: number): void {
  expect(run.log("elementTerminated")).toEqual([]);
  expect(run.waits("job").toSorted()).toEqual([...Array.from({ length: times }, () => "handle"), "work"]);
  run.complete("work");
  expect(run.state()).toBe("active");
  for (let at = 0; at < times; at++) run.complete("handle");
  expect(run.state()).toBe("completed");
}

it("matrix | Event sub-process start, non-interrupting | message", async () => {
  const run = await runProcess(scope(messageEvent()));
  run.correlate("caught", { n: 1 });
  run.correlate("caught", { n: 2 });
  expectBeside(run, 2);
});

it("matrix | Event sub-process start, non-interrupting | timer (incl. cycle)", async () => {
  const once = await runProcess(scope(timerEvent("timeDuration", "PT1M")));
  once.fire("caught");
  expect(once.waits("timer")).toEqual([]);
  expectBeside(once, 1);

  const cycle = await runProcess(scope(timerEvent("timeCycle", "R3/PT1M")));
  const begun = cycle.environment.now;
  cycle.fire("caught");
  expect(cycle.wait("timer", "caught").dueAt).toBe(begun + 120_000);
  cycle.fire("caught");
  cycle.fire("caught");
  expect(cycle.waits("timer")).toEqual([]);
  expectBeside(cycle, 3);
});

it("matrix | Event sub-process start, non-interrupting | signal", async () => {
  const run = await runProcess(scope(signalEvent()));
  run.signal("caught");
  run.signal("caught");
  expectBeside(run, 2);
});

it("matrix | Event sub-process start, non-interrupting | escalation", async () => {
  const run = await runProcess(
    start +
      event("intermediateThrowEvent", "throw", escalationEvent()) +
      service("work") +
      end() +
      path("start", "throw", "work", "end") +
      handler(escalationEvent()),
  );
  expect(run.log("elementCompleted")).toContain("throw");
  expectBeside(run, 1);
});

it("matrix | Event sub-process start, non-interrupting | conditional", async () => {
  const run = await runProcess(scope(conditionalEvent("level &gt; 3")), { variables: { level: 1 } });
  run.set({ level: 4 });
  expect(run.waits("job").toSorted()).toEqual(["handle", "work"]);
  run.set({ level: 5 });
  expectBeside(run, 2);
});

it("matrix | Event sub-process start, non-interrupting | multiple / parallel multiple", async () => {
  const any = await runProcess(scope(messageEvent() + signalEvent()));
  any.signal("caught");
  any.correlate("caught");
  expectBeside(any, 2);

  const all = await runProcess(scope(messageEvent() + signalEvent(), 'parallelMultiple="true"'));
  all.correlate("caught");
  expect(all.waits("job")).toEqual(["work"]);
  all.signal("caught");
  expectBeside(all, 1);
});
