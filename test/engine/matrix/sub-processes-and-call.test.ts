/** Sub-processes and call activities; BPMN 2.0.2 §10.3.5, §10.3.6, §13.3.4, §13.3.5. */
import { expect, it } from "vitest";
import { definitions, extensions } from "../model/bpmn-text.ts";
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
  roots,
  run,
  runProcess,
  service,
  start,
} from "./run-model.ts";

const around = (scope: string): string => `${start}${scope}${end()}${path("start", "scope", "end")}`;
const adHoc = (inside: string, attributes = ""): string =>
  around(`<adHocSubProcess id="scope" ${attributes}>${inside}</adHocSubProcess>`);
const chosen = extensions('<zeebe:adHoc activeElementsCollection="=chosen"/>');

it("matrix | Sub-processes and call | embedded", async () => {
  const driver = await runProcess(
    around(
      `<subProcess id="scope">${event("startEvent", "in")}<parallelGateway id="fork"/>${service("a")}${service("b")}${path("in", "fork", "a", "out")}${path("fork", "b", "out")}${end("out")}</subProcess>`,
    ),
  );
  driver.complete("a");
  expect(driver.log("elementCompleted")).not.toContain("scope");
  driver.complete("b");
  expect(driver.log("elementCompleted")).toContain("scope");
  expect(driver.state()).toBe("completed");
});

it("matrix | Sub-processes and call | event sub-process", async () => {
  const driver = await runProcess(
    around(
      `<subProcess id="scope">${event("startEvent", "in")}${service("a")}${end("out")}${path("in", "a", "out")}<subProcess id="handler" triggeredByEvent="true">${event("startEvent", "caught", messageEvent(), 'isInterrupting="false"')}${service("handle")}${end("handled")}${path("caught", "handle", "handled")}</subProcess></subProcess>`,
    ),
  );
  driver.correlate("caught", { text: "hi" });
  expect(driver.waits("job").toSorted()).toEqual(["a", "handle"]);
  driver.complete("a");
  expect(driver.log("elementCompleted")).not.toContain("scope");
  driver.complete("handle");
  expect(driver.log("elementCompleted")).toContain("scope");
  expect(driver.waits("message")).toEqual([]);
  expect(driver.state()).toBe("completed");
});

it("matrix | Sub-processes and call | transaction + cancel + auto compensation", async () => {
  const book =
    service("book") +
    boundary("done", "book", compensationEvent()) +
    service("undo", "", 'isForCompensation="true"') +
    '<association id="a" associationDirection="One" sourceRef="done" targetRef="undo"/>';
  const driver = await runProcess(
    around(
      `<transaction id="scope">${event("startEvent", "in")}${book}<exclusiveGateway id="which" default="which-out"/>${end("out")}${event("endEvent", "cancel", "<cancelEventDefinition/>")}${path("in", "book", "which", "out")}<sequenceFlow id="which-cancel" sourceRef="which" targetRef="cancel"><conditionExpression xsi:type="tFormalExpression">=failed</conditionExpression></sequenceFlow></transaction>`,
    ) +
      boundary("caught", "scope", "<cancelEventDefinition/>") +
      handledBy("caught"),
  );
  driver.complete("book", { failed: true });
  expect(driver.waits("job")).toEqual(["undo"]);
  driver.complete("undo");
  expect(driver.log("elementTerminated")).toContain("scope");
  expect(driver.waits("job")).toEqual(["handle"]);
});

it("matrix | Sub-processes and call | ad-hoc parallel", async () => {
  const driver = await runProcess(
    adHoc(chosen + service("a") + service("b") + service("c") + path("b", "c"), 'ordering="Parallel"'),
    { variables: { chosen: ["a", "b"] } },
  );
  expect(driver.waits("job").toSorted()).toEqual(["a", "b"]);
  driver.complete("b");
  expect(driver.waits("job").toSorted()).toEqual(["a", "c"]);
  driver.complete("a");
  expect(driver.state()).toBe("active");
  driver.complete("c");
  expect(driver.state()).toBe("completed");
});

it("matrix | Sub-processes and call | ad-hoc ordering=Sequential", async () => {
  const driver = await runProcess(adHoc(service("a") + service("b"), 'ordering="Sequential"'));
  const order: string[] = [];
  while (driver.state() === "active") {
    const [only, ...others] = driver.waits("job");
    expect(others).toEqual([]);
    order.push(only!);
    driver.complete(only!);
  }
  expect(order).toEqual(["a", "b"]);
});

const doneWhen = (condition: string): string =>
  `<completionCondition xsi:type="tFormalExpression">=${condition}</completionCondition>`;

it("matrix | Sub-processes and call | ad-hoc completionCondition", async () => {
  const driver = await runProcess(adHoc(chosen + service("a") + service("b") + doneWhen("enough = true")), {
    variables: { chosen: ["a", "b"], enough: false },
  });
  driver.complete("a", { enough: true });
  expect(driver.log("elementTerminated")).toContain("b");
  expect(driver.state()).toBe("completed");
});

it("matrix | Sub-processes and call | ad-hoc cancelRemainingInstances", async () => {
  const driver = await runProcess(
    adHoc(chosen + service("a") + service("b") + doneWhen("enough = true"), 'cancelRemainingInstances="false"'),
    { variables: { chosen: ["a", "b"], enough: false } },
  );
  driver.complete("a", { enough: true });
  expect(driver.waits("job")).toEqual(["b"]);
  driver.complete("b");
  expect(driver.log("elementTerminated")).toEqual([]);
  expect(driver.state()).toBe("completed");
});

it("matrix | Sub-processes and call | ad-hoc job-worker driven (agent)", async () => {
  const driver = await runProcess(
    adHoc(
      extensions(
        '<zeebe:taskDefinition type="decide"/><zeebe:adHoc outputCollection="results" outputElement="=found"/>',
      ) +
        service("look") +
        service("act"),
    ),
  );
  expect(driver.waits("job")).toEqual(["scope"]);
  const answer = (elementIds: readonly string[], isCompletionConditionFulfilled = false) =>
    driver.complete(
      "scope",
      {},
      {
        result: {
          type: "adHocSubProcess",
          activateElements: elementIds.map((elementId) => ({ elementId, variables: { for: elementId } })),
          isCompletionConditionFulfilled,
          isCancelRemainingInstances: false,
        },
      },
    );
  answer(["look"]);
  expect(driver.waits("job")).toEqual(["look"]);
  driver.complete("look", { found: 42 });
  expect(driver.waits("job")).toEqual(["scope"]);
  answer([], true);
  expect(driver.state()).toBe("completed");
  expect(driver.variables()).toEqual({ results: [42] });
});

/** Process `p` calls process `child`. */
const calling = (call: string, child: string, more = ""): string =>
  definitions(
    roots,
    `<process id="p" isExecutable="true">${around(call)}${more}</process>`,
    `<process id="child" isExecutable="true">${child}</process>`,
  );
const call = (attributes = ""): string =>
  `<callActivity id="scope">${extensions(`<zeebe:calledElement processId="child" ${attributes}/>`)}</callActivity>`;
const child = event("startEvent", "in") + service("inner") + end("out") + path("in", "inner", "out");

it("matrix | Sub-processes and call | call activity (process)", async () => {
  const driver = await run(calling(call('propagateAllChildVariables="true"'), child), { variables: { n: 1 } });
  expect(driver.events).toContainEqual(
    expect.objectContaining({
      type: "processInstanceCreated",
      processId: "child",
      parent: "1",
      parentElement: driver.keyOf("scope"),
    }),
  );
  driver.complete("inner", { result: 2 });
  expect(driver.state()).toBe("completed");
  expect(driver.variables()).toEqual({ n: 1, result: 2 });
});

it("matrix | Sub-processes and call | call activity version binding (latest/deployment/versionTag)", async () => {
  const asked: unknown[] = [];
  for (const attributes of ["", 'bindingType="deployment"', 'bindingType="versionTag" versionTag="v2"']) {
    const driver = await run(calling(call(attributes), child), {
      environment: {
        findProcess: ({ processId, binding, callerDeploymentKey }) => {
          asked.push({ processId, binding, callerDeploymentKey });
          return undefined;
        },
      },
    });
    expect(driver.incidents().map((incident) => incident.type)).toEqual(["CALLED_ELEMENT_ERROR"]);
  }
  const asks = { processId: "child", callerDeploymentKey: "99" };
  expect(asked).toEqual([
    { ...asks, binding: { type: "latest" } },
    { ...asks, binding: { type: "deployment" } },
    { ...asks, binding: { type: "versionTag", tag: "v2" } },
  ]);
});

it("matrix | Sub-processes and call | cancel / error / escalation across call activity", async () => {
  const caught = (definition: string, attributes = ""): string =>
    boundary("caught", "scope", definition, attributes) + handledBy("caught");

  const failing = await run(calling(call(), child, caught(errorEvent())));
  failing.throwError("inner", "E");
  expect(failing.log("elementTerminated")).toEqual(expect.arrayContaining(["inner", "child", "scope"]));
  expect(failing.events).toContainEqual(expect.objectContaining({ type: "processInstanceTerminated" }));
  expect(failing.waits("job")).toEqual(["handle"]);

  const raising =
    event("startEvent", "in") +
    event("intermediateThrowEvent", "throw", escalationEvent()) +
    service("inner") +
    end("out") +
    path("in", "throw", "inner", "out");
  const escalated = await run(calling(call(), raising, caught(escalationEvent(), 'cancelActivity="false"')));
  expect(escalated.waits("job").toSorted()).toEqual(["handle", "inner"]);

  const cancelled = await run(calling(call(), child));
  cancelled.send({ type: "cancelInstance", processInstanceKey: "1" });
  expect(cancelled.log("elementTerminated")).toEqual(["inner", "child", "scope", "p"]);
  expect(cancelled.state()).toBe("terminated");
});
