/** Intermediate catch events; BPMN 2.0.2 §10.5.4, §13.5.2. */
import { expect, it } from "vitest";
import { definitions } from "../model/bpmn-text.ts";
import {
  conditionalEvent,
  end,
  event,
  linkEvent,
  messageEvent,
  path,
  roots,
  run,
  runProcess,
  service,
  signalEvent,
  start,
  timerEvent,
} from "./run-model.ts";

const waitsFor = (caught: string, attributes = ""): string =>
  start +
  event("intermediateCatchEvent", "wait", caught, attributes) +
  service("after") +
  end() +
  path("start", "wait", "after", "end");

it("matrix | Intermediate catch | message", async () => {
  const waiting = await runProcess(waitsFor(messageEvent()));
  expect(waiting.wait("message", "wait").correlationKey).toBe("k");
  expect(waiting.waits("job")).toEqual([]);
  waiting.correlate("wait", { text: "hi" });
  expect(waiting.waits("job")).toEqual(["after"]);
  expect(waiting.variables()).toEqual({ text: "hi" });
  expect(waiting.waits("message")).toEqual([]);
});

it("matrix | Intermediate catch | timer duration / date", async () => {
  const duration = await runProcess(waitsFor(timerEvent("timeDuration", "PT90S")));
  expect(duration.wait("timer", "wait").dueAt).toBe(duration.environment.now + 90_000);
  duration.fire("wait");
  expect(duration.waits("job")).toEqual(["after"]);

  const date = await runProcess(waitsFor(timerEvent("timeDate", "2030-05-01T12:00:00+02:00")));
  expect(date.wait("timer", "wait").dueAt).toBe(Date.UTC(2030, 4, 1, 10));
  date.fire("wait");
  expect(date.waits("job")).toEqual(["after"]);
});

it("matrix | Intermediate catch | timer cycle on intermediate catch (n tokens)", async () => {
  const cycle = await runProcess(waitsFor(timerEvent("timeCycle", "R3/PT1M")));
  cycle.fire("wait");
  expect(cycle.waits("job")).toEqual(["after"]);
  cycle.fire("wait");
  cycle.fire("wait");
  expect(cycle.waits("timer")).toEqual([]);
  expect(cycle.waits("job")).toEqual(["after", "after", "after"]);
  for (let at = 0; at < 3; at++) cycle.complete("after");
  expect(cycle.state()).toBe("completed");
});

it("matrix | Intermediate catch | signal", async () => {
  const waiting = await runProcess(waitsFor(signalEvent()));
  expect(waiting.wait("signal", "wait").signalName).toBe("alarm");
  waiting.signal("wait", { level: 2 });
  expect(waiting.waits("job")).toEqual(["after"]);
  expect(waiting.variables()).toEqual({ level: 2 });
});

it("matrix | Intermediate catch | conditional", async () => {
  const waiting = await runProcess(waitsFor(conditionalEvent("level &gt; 3")), { variables: { level: 1 } });
  waiting.set({ level: 3 });
  expect(waiting.active()).toContain("wait");
  waiting.set({ level: 4 });
  expect(waiting.waits("job")).toEqual(["after"]);

  const already = await runProcess(waitsFor(conditionalEvent("level &gt; 3")), { variables: { level: 9 } });
  expect(already.waits("job")).toEqual(["after"]);
});

it("matrix | Intermediate catch | link", async () => {
  const linked = await runProcess(
    start +
      event("intermediateThrowEvent", "leave", linkEvent("over")) +
      event("intermediateCatchEvent", "arrive", linkEvent("over")) +
      service("after") +
      end() +
      path("start", "leave") +
      path("arrive", "after", "end"),
  );
  expect(linked.log("elementActivated")).toEqual([expect.any(String), "start", "leave", "arrive", "after"]);
  linked.complete("after");
  expect(linked.state()).toBe("completed");
});

it("matrix | Intermediate catch | multiple", async () => {
  const any = await runProcess(waitsFor(messageEvent() + signalEvent() + timerEvent("timeDuration", "PT1H")));
  expect(any.waits("timer")).toEqual(["wait"]);
  any.signal("wait");
  expect([...any.waits("message"), ...any.waits("signal"), ...any.waits("timer")]).toEqual([]);
  expect(any.waits("job")).toEqual(["after"]);
});

it("matrix | Intermediate catch | parallel multiple", async () => {
  const all = await runProcess(
    waitsFor(messageEvent() + signalEvent() + timerEvent("timeDuration", "PT1H"), 'parallelMultiple="true"'),
  );
  all.signal("wait");
  all.fire("wait");
  expect(all.waits("job")).toEqual([]);
  expect(all.waits("signal")).toEqual([]);
  all.correlate("wait");
  expect(all.waits("job")).toEqual(["after"]);
});

it("matrix | Intermediate catch | eventDefinitionRef (shared definitions)", async () => {
  const shared = definitions(
    roots,
    `<signalEventDefinition id="shared" signalRef="s"/>`,
    `<process id="p" isExecutable="true">${start}<parallelGateway id="fork"/>${["one", "two"]
      .map(
        (id) =>
          event("intermediateCatchEvent", id, "<eventDefinitionRef>shared</eventDefinitionRef>") +
          end(`end-${id}`) +
          path("fork", id, `end-${id}`),
      )
      .join("")}${path("start", "fork")}</process>`,
  );
  const waiting = await run(shared);
  expect(waiting.waits("signal").toSorted()).toEqual(["one", "two"]);
  expect(waiting.wait("signal", "two").signalName).toBe("alarm");
  waiting.signal("one");
  expect(waiting.log("elementCompleted")).toContain("end-one");
  waiting.signal("two");
  expect(waiting.state()).toBe("completed");
});
