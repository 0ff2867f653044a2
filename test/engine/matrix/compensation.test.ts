/** Compensation; BPMN 2.0.2 §10.7, §13.5.5. */
import { expect, it } from "vitest";
import type { Driver } from "../instance-driver.ts";
import { extensions } from "../model/bpmn-text.ts";
import { boundary, compensationEvent, end, event, path, runProcess, service, start } from "./run-model.ts";

/** A service task with its handler `undo-<id>`. */
const undoable = (id: string, inside = "", handlerInside = ""): string =>
  service(id, inside) +
  boundary(`done-${id}`, id, compensationEvent()) +
  service(`undo-${id}`, handlerInside, 'isForCompensation="true"') +
  `<association id="a-${id}" associationDirection="One" sourceRef="done-${id}" targetRef="undo-${id}"/>`;
const undoes = (activity?: string, wait = true): string =>
  event("intermediateThrowEvent", "throw", compensationEvent(activity, wait));
const completeAll = (run: Driver, ...ids: readonly string[]): void => {
  for (const id of ids) run.complete(id);
};

it("matrix | Compensation | handler via boundary + association", async () => {
  const run = await runProcess(
    start + undoable("book") + undoes() + service("after") + end() + path("start", "book", "throw", "after", "end"),
  );
  expect(run.waits("job")).toEqual(["book"]);
  run.complete("book");
  expect(run.waits("job")).toEqual(["undo-book"]);
  run.complete("undo-book");
  expect(run.waits("job")).toEqual(["after"]);
  run.complete("after");
  expect(run.state()).toBe("completed");
});

it("matrix | Compensation | throw with activityRef", async () => {
  const run = await runProcess(
    start +
      undoable("book") +
      undoable("pay") +
      undoes("book") +
      service("after") +
      end() +
      path("start", "book", "pay", "throw", "after", "end"),
  );
  completeAll(run, "book", "pay");
  expect(run.waits("job")).toEqual(["undo-book"]);
  run.complete("undo-book");
  expect(run.waits("job")).toEqual(["after"]);
});

it("matrix | Compensation | reverse order of completion", async () => {
  const run = await runProcess(
    start +
      '<parallelGateway id="fork"/><parallelGateway id="join"/>' +
      undoable("one") +
      undoable("two") +
      undoable("three") +
      undoes() +
      end() +
      path("start", "fork", "one", "join", "throw", "end") +
      path("fork", "two", "join") +
      path("fork", "three", "join"),
  );
  completeAll(run, "two", "three", "one");
  const order: string[] = [];
  while (run.state() === "active") {
    const [only, ...others] = run.waits("job");
    expect(others).toEqual([]);
    order.push(only!);
    run.complete(only!);
  }
  expect(order).toEqual(["undo-one", "undo-three", "undo-two"]);
});

it("matrix | Compensation | completed sub-process / nested", async () => {
  const run = await runProcess(
    `${start}<subProcess id="outer">${event("startEvent", "in")}<subProcess id="inner">${event("startEvent", "in2")}${undoable("deep")}${end("out2")}${path("in2", "deep", "out2")}</subProcess>${undoable("flat")}${end("out")}${path("in", "inner", "flat", "out")}</subProcess>${undoes("outer")}${end()}${path("start", "outer", "throw", "end")}`,
  );
  completeAll(run, "deep", "flat");
  expect(run.waits("job")).toEqual(["undo-flat"]);
  run.complete("undo-flat");
  expect(run.waits("job")).toEqual(["undo-deep"]);
  run.complete("undo-deep");
  expect(run.state()).toBe("completed");
});

it("matrix | Compensation | MI activity: handler once", async () => {
  const loop =
    '<multiInstanceLoopCharacteristics><loopCardinality xsi:type="tFormalExpression">3</loopCardinality></multiInstanceLoopCharacteristics>';
  const run = await runProcess(
    start + undoable("book", loop) + undoes() + end() + path("start", "book", "throw", "end"),
  );
  completeAll(run, "book", "book", "book");
  expect(run.waits("job")).toEqual(["undo-book"]);
  run.complete("undo-book");
  expect(run.state()).toBe("completed");
});

it("matrix | Compensation | data snapshot at completion", async () => {
  const local = extensions('<zeebe:ioMapping><zeebe:input source="=seat" target="booked"/></zeebe:ioMapping>');
  const scope = `<subProcess id="scope">${local}${event("startEvent", "in")}${undoable("book")}${end("out")}${path("in", "book", "out")}</subProcess>`;
  const run = await runProcess(
    start + scope + service("change") + undoes("scope") + end() + path("start", "scope", "change", "throw", "end"),
    { variables: { seat: "12A" } },
  );
  completeAll(run, "book");
  run.complete("change", { seat: "30F" });
  expect(run.waits("job")).toEqual(["undo-book"]);
  // The handler sees the scope as it was left, not what has changed outside since.
  expect(run.variables("scope")).toMatchObject({ booked: "12A" });
  expect(run.variables()).toMatchObject({ seat: "30F" });
});

it("matrix | Compensation | waitForCompletion=false", async () => {
  const run = await runProcess(
    start +
      undoable("book") +
      undoes(undefined, false) +
      service("after") +
      end() +
      path("start", "book", "throw", "after", "end"),
  );
  run.complete("book");
  expect(run.waits("job").toSorted()).toEqual(["after", "undo-book"]);
  run.complete("after");
  expect(run.state()).toBe("active");
  run.complete("undo-book");
  expect(run.state()).toBe("completed");
});

it("matrix | Compensation | compensation event sub-process", async () => {
  const handler = `<subProcess id="handler" triggeredByEvent="true">${event("startEvent", "caught", compensationEvent())}${service("first")}${event("endEvent", "rest", compensationEvent())}${path("caught", "first", "rest")}</subProcess>`;
  const run = await runProcess(
    `${start}<subProcess id="scope">${event("startEvent", "in")}${undoable("book")}${end("out")}${path("in", "book", "out")}${handler}</subProcess>${undoes("scope")}${end()}${path("start", "scope", "throw", "end")}`,
  );
  run.complete("book");
  expect(run.waits("job")).toEqual(["first"]);
  run.complete("first");
  // The handler itself asks for the rest of its scope.
  expect(run.waits("job")).toEqual(["undo-book"]);
  run.complete("undo-book");
  expect(run.state()).toBe("completed");
});
