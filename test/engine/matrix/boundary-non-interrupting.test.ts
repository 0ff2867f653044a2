/** Boundary events beside their activity; BPMN 2.0.2 §10.5.4, §13.5.3. */
import { expect, it } from "vitest";
import type { Driver } from "../instance-driver.ts";
import {
  boundary,
  conditionalEvent,
  end,
  escalationEvent,
  event,
  handledBy,
  messageEvent,
  path,
  runProcess,
  service,
  signalEvent,
  start,
  timerEvent,
} from "./run-model.ts";

const guarded = (definitions: string, attributes = ""): string =>
  start +
  service("work") +
  boundary("caught", "work", definitions, `cancelActivity="false" ${attributes}`) +
  end() +
  path("start", "work", "end") +
  handledBy("caught");

/** The activity goes on beside its handlers, and nothing is waited for once it has ended. */
function expectBeside(run: Driver, times: number): void {
  expect(run.log("elementTerminated")).toEqual([]);
  expect(run.waits("job").toSorted()).toEqual([...Array.from({ length: times }, () => "handle"), "work"]);
  run.complete("work");
  expect([...run.waits("message"), ...run.waits("signal"), ...run.waits("timer")]).toEqual([]);
  expect(run.state()).toBe("active");
  for (let at = 0; at < times; at++) run.complete("handle");
  expect(run.state()).toBe("completed");
}

it("matrix | Boundary, non-interrupting | message", async () => {
  const run = await runProcess(guarded(messageEvent()));
  run.correlate("caught");
  run.correlate("caught");
  expectBeside(run, 2);
});

it("matrix | Boundary, non-interrupting | timer (cycle repeats)", async () => {
  const run = await runProcess(guarded(timerEvent("timeCycle", "R/PT1M")));
  const begun = run.environment.now;
  run.fire("caught");
  run.fire("caught");
  expect(run.wait("timer", "caught").dueAt).toBe(begun + 180_000);
  expectBeside(run, 2);
});

it("matrix | Boundary, non-interrupting | escalation", async () => {
  const run = await runProcess(
    `${start}<subProcess id="scope">${event("startEvent", "in")}${event("intermediateThrowEvent", "throw", escalationEvent())}${service("work")}${end("out")}${path("in", "throw", "work", "out")}</subProcess>` +
      boundary("caught", "scope", escalationEvent(), 'cancelActivity="false"') +
      end() +
      path("start", "scope", "end") +
      handledBy("caught"),
  );
  expectBeside(run, 1);
});

it("matrix | Boundary, non-interrupting | signal", async () => {
  const run = await runProcess(guarded(signalEvent()));
  run.signal("caught");
  run.signal("caught");
  expectBeside(run, 2);
});

it("matrix | Boundary, non-interrupting | conditional", async () => {
  const run = await runProcess(guarded(conditionalEvent("level &gt; 3")));
  run.set({ level: 4 });
  expect(run.waits("job").toSorted()).toEqual(["handle", "work"]);
  run.set({ other: 1 });
  run.set({ level: 5 });
  expectBeside(run, 2);
});

it("matrix | Boundary, non-interrupting | multiple / parallel multiple", async () => {
  const any = await runProcess(guarded(messageEvent() + signalEvent()));
  any.correlate("caught");
  any.signal("caught");
  expectBeside(any, 2);

  const all = await runProcess(guarded(messageEvent() + signalEvent(), 'parallelMultiple="true"'));
  all.signal("caught");
  expect(all.waits("job")).toEqual(["work"]);
  all.correlate("caught");
  expectBeside(all, 1);
});
