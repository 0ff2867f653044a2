/** Gateways and sequence flows; BPMN 2.0.2 §10.6, §13.2.1, §13.4. */
import { expect, it } from "vitest";
import { compileBpmn, deployed } from "../../../engine/model/index.ts";
import { type Driver, drive } from "../instance-driver.ts";
import { flow, process } from "../model/bpmn-text.ts";
import {
  end,
  event,
  messageEvent,
  path,
  roots,
  runProcess,
  service,
  signalEvent,
  start,
  timerEvent,
} from "./run-model.ts";

const jobs = (driver: Driver): readonly string[] => driver.waits("job").toSorted();
/** A node `id` with one service task behind each of these conditions; "" is no condition, "default" the default flow. */
const split = (id: string, branches: Readonly<Record<string, string>>): string =>
  Object.entries(branches)
    .map(
      ([to, condition]) =>
        service(to) +
        (condition === "" || condition === "default" ? flow(id, to) : flow(id, to, `=${condition}`)) +
        end(`end-${to}`) +
        flow(to, `end-${to}`),
    )
    .join("");
const defaultOf = (id: string, to: string): string => `default="${id}-${to}"`;

it("matrix | Gateways and flows | exclusive + default", async () => {
  const model = `${start}<exclusiveGateway id="g" ${defaultOf("g", "c")}/>${path("start", "g")}${split("g", { a: "n &gt; 10", b: "n &gt; 5", c: "default" })}`;
  expect(jobs(await runProcess(model, { variables: { n: 20 } }))).toEqual(["a"]);
  expect(jobs(await runProcess(model, { variables: { n: 7 } }))).toEqual(["b"]);
  expect(jobs(await runProcess(model, { variables: { n: 1 } }))).toEqual(["c"]);
});

it("matrix | Gateways and flows | parallel fork/join", async () => {
  const driver = await runProcess(
    `${start}<parallelGateway id="fork"/><parallelGateway id="join"/>${service("a")}${service("b")}${service("after")}${end()}` +
      path("start", "fork", "a", "join", "after", "end") +
      path("fork", "b", "join"),
  );
  expect(jobs(driver)).toEqual(["a", "b"]);
  driver.complete("a");
  expect(jobs(driver)).toEqual(["b"]);
  driver.complete("b");
  expect(jobs(driver)).toEqual(["after"]);
  expect(driver.log("elementActivated").filter((id) => id === "join")).toHaveLength(1);
});

it("matrix | Gateways and flows | inclusive split", async () => {
  const model = `${start}<inclusiveGateway id="g" ${defaultOf("g", "c")}/>${path("start", "g")}${split("g", { a: "n &gt; 5", b: "n &gt; 10", c: "default" })}`;
  expect(jobs(await runProcess(model, { variables: { n: 20 } }))).toEqual(["a", "b"]);
  expect(jobs(await runProcess(model, { variables: { n: 7 } }))).toEqual(["a"]);
  expect(jobs(await runProcess(model, { variables: { n: 1 } }))).toEqual(["c"]);
});

it("matrix | Gateways and flows | inclusive join (reachability)", async () => {
  const model = `${start}<inclusiveGateway id="split"/><inclusiveGateway id="join"/>${service("a")}${service("b")}${service("c")}<exclusiveGateway id="turn" default="turn-join"/>${service("after")}${end()}${end("away")}${path("start", "split")}${flow("split", "a", "=true")}${flow("split", "b", "=both")}${flow("split", "c", "=false")}${path("a", "join", "after", "end")}${path("b", "turn", "join")}${flow("turn", "away", "=leave")}${flow("c", "join")}`;
  const one = await runProcess(model, { variables: { both: false, leave: false } });
  one.complete("a");
  expect(jobs(one)).toEqual(["after"]);

  const both = await runProcess(model, { variables: { both: true, leave: false } });
  both.complete("a");
  expect(jobs(both)).toEqual(["b"]);
  both.complete("b");
  expect(jobs(both)).toEqual(["after"]);

  // The other token takes another way: the join must not wait for it any longer.
  const left = await runProcess(model, { variables: { both: true, leave: true } });
  left.complete("a");
  left.complete("b");
  expect(jobs(left)).toEqual(["after"]);
});

it("matrix | Gateways and flows | complex gateway (activationCondition)", async () => {
  const driver = await runProcess(
    `${start}<parallelGateway id="fork"/>${["a", "b", "c"].map((id) => service(id) + path("fork", id, "join")).join("")}<complexGateway id="join"><activationCondition xsi:type="tFormalExpression">=activationCount &gt;= 2</activationCondition></complexGateway>${service("after")}${end()}${path("start", "fork")}${path("join", "after", "end")}`,
  );
  driver.complete("b");
  expect(jobs(driver)).toEqual(["a", "c"]);
  driver.complete("c");
  expect(jobs(driver)).toEqual(["a", "after"]);
  driver.complete("after");
  driver.complete("a");
  expect(driver.log("elementActivated").filter((id) => id === "after")).toHaveLength(1);
  expect(driver.state()).toBe("completed");
});

const events =
  event("intermediateCatchEvent", "message", messageEvent()) +
  event("intermediateCatchEvent", "signal", signalEvent()) +
  event("intermediateCatchEvent", "timer", timerEvent("timeDuration", "PT1H")) +
  service("after") +
  end() +
  path("g", "message", "after", "end") +
  path("g", "signal", "after") +
  path("g", "timer", "after");

it("matrix | Gateways and flows | event-based", async () => {
  const driver = await runProcess(`${start}<eventBasedGateway id="g"/>${path("start", "g")}${events}`);
  expect([...driver.waits("message"), ...driver.waits("signal"), ...driver.waits("timer")]).toEqual([
    "message",
    "signal",
    "timer",
  ]);
  driver.signal("signal");
  expect([...driver.waits("message"), ...driver.waits("signal"), ...driver.waits("timer")]).toEqual([]);
  expect(driver.log("elementCompleted")).toEqual(["start", "g", "signal"]);
  expect(jobs(driver)).toEqual(["after"]);
});

/** Starts an instance by the message behind an instantiating gateway. */
async function startedByMessage(gateway: string, behind: string): Promise<Driver> {
  const { processes } = await compileBpmn(process(gateway + behind, roots), { resourceName: "row.bpmn" });
  const definition = deployed(processes[0]!, { key: "100", version: 1, deploymentKey: "99", tenantId: "<default>" });
  expect(definition.hasNoneStart).toBe(false);
  return drive(definition, {
    create: {
      startElementIndex: definition.elementIndexById.get("message")!,
      message: { key: "5", name: "news", correlationKey: "k" },
    },
  });
}

it("matrix | Gateways and flows | event-based instantiate (exclusive start)", async () => {
  const driver = await startedByMessage('<eventBasedGateway id="g" instantiate="true"/>', events);
  expect(driver.flows()).toEqual(["g-message", "message-after"]);
  expect([...driver.waits("message"), ...driver.waits("signal"), ...driver.waits("timer")]).toEqual([]);
  driver.complete("after");
  expect(driver.state()).toBe("completed");
});

it("matrix | Gateways and flows | event-based instantiate parallel", async () => {
  const two =
    event("intermediateCatchEvent", "message", messageEvent()) +
    event("intermediateCatchEvent", "other", messageEvent("m2")) +
    '<parallelGateway id="join"/>' +
    service("after") +
    end() +
    path("g", "message", "join", "after", "end") +
    path("g", "other", "join");
  const driver = await startedByMessage(
    '<eventBasedGateway id="g" instantiate="true" eventGatewayType="Parallel"/>',
    two,
  );
  expect(driver.waits("message")).toEqual(["other"]);
  expect(jobs(driver)).toEqual([]);
  driver.correlate("other");
  expect(jobs(driver)).toEqual(["after"]);
  driver.complete("after");
  expect(driver.state()).toBe("completed");
});

it("matrix | Gateways and flows | conditional flow from activity", async () => {
  const model = start + service("task") + path("start", "task") + split("task", { a: "n &gt; 5", b: "n &gt; 10" });
  const both = await runProcess(model);
  both.complete("task", { n: 11 });
  expect(jobs(both)).toEqual(["a", "b"]);
  const one = await runProcess(model);
  one.complete("task", { n: 6 });
  expect(jobs(one)).toEqual(["a"]);
});

it("matrix | Gateways and flows | default flow from activity", async () => {
  const model =
    start +
    service("task", "", defaultOf("task", "b")) +
    path("start", "task") +
    split("task", { a: "n &gt; 5", b: "default" });
  const conditional = await runProcess(model);
  conditional.complete("task", { n: 6 });
  expect(jobs(conditional)).toEqual(["a"]);
  const otherwise = await runProcess(model);
  otherwise.complete("task", { n: 5 });
  expect(jobs(otherwise)).toEqual(["b"]);
});

it("matrix | Gateways and flows | mixed conditional + default + unconditional", async () => {
  const model =
    start +
    service("task", "", defaultOf("task", "b")) +
    path("start", "task") +
    split("task", { a: "n &gt; 5", b: "default", c: "" });
  const conditional = await runProcess(model);
  conditional.complete("task", { n: 6 });
  expect(jobs(conditional)).toEqual(["a", "c"]);
  const otherwise = await runProcess(model);
  otherwise.complete("task", { n: 5 });
  expect(jobs(otherwise)).toEqual(["b", "c"]);
});

it("matrix | Gateways and flows | implicit fork / implicit merge / implicit end", async () => {
  const driver = await runProcess(
    service("first") +
      service("a") +
      service("b") +
      service("last") +
      path("first", "a", "last") +
      path("first", "b", "last"),
  );
  driver.complete("first");
  expect(jobs(driver)).toEqual(["a", "b"]);
  driver.complete("a");
  driver.complete("b");
  expect(jobs(driver)).toEqual(["last", "last"]);
  driver.complete("last");
  expect(driver.state()).toBe("active");
  driver.complete("last");
  expect(driver.state()).toBe("completed");
});
