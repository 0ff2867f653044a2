/** Loops and multi-instance; BPMN 2.0.2 §10.3.8, §13.3.6, §13.3.7. */
import { expect, it } from "vitest";
import { definitions, extensions, findings, process } from "../model/bpmn-text.ts";
import {
  boundary,
  end,
  event,
  handledBy,
  path,
  roots,
  run,
  runProcess,
  service,
  signalEvent,
  start,
} from "./run-model.ts";

const around = (task: string): string => start + task + end() + path("start", "task", "end");
const standard = (condition: string, attributes = ""): string =>
  `<standardLoopCharacteristics ${attributes}><loopCondition xsi:type="tFormalExpression">=${condition}</loopCondition></standardLoopCharacteristics>`;
const multiple = (inside: string, attributes = ""): string =>
  `<multiInstanceLoopCharacteristics ${attributes}>${inside}</multiInstanceLoopCharacteristics>`;
const cardinality = (count: string): string =>
  `<loopCardinality xsi:type="tFormalExpression">${count}</loopCardinality>`;
const over = (output = ""): string =>
  extensions(`<zeebe:loopCharacteristics inputCollection="=items" inputElement="item" ${output}/>`);
const times = (driver: { log(type: "elementCompleted"): string[] }, id: string): number =>
  driver.log("elementCompleted").filter((each) => each === id).length;

it("matrix | Loops | standard loop testBefore / testAfter", async () => {
  const before = await runProcess(around(service("task", standard("n &lt; 2", 'testBefore="true"'))), {
    variables: { n: 2 },
  });
  expect(before.log("elementActivated").filter((id) => id === "task")).toHaveLength(1);
  expect(before.waits("job")).toEqual([]);
  expect(before.state()).toBe("completed");

  const after = await runProcess(around(service("task", standard("n &lt; 2", 'testBefore="false"'))), {
    variables: { n: 0 },
  });
  after.complete("task", { n: 1 });
  expect(after.waits("job")).toEqual(["task"]);
  after.complete("task", { n: 2 });
  expect(after.state()).toBe("completed");
});

it("matrix | Loops | standard loop loopMaximum", async () => {
  const driver = await runProcess(around(service("task", standard("true", 'loopMaximum="3"'))));
  for (let at = 0; at < 3; at++) driver.complete("task");
  expect(driver.state()).toBe("completed");
  expect(driver.events.filter((each) => each.type === "jobCompleted")).toHaveLength(3);
});

it("matrix | Loops | standard loop on sub-process", async () => {
  const scope = `<subProcess id="task">${event("startEvent", "in")}${service("inner")}${end("out")}${path("in", "inner", "out")}${standard("n &lt; 2")}</subProcess>`;
  const driver = await runProcess(around(scope), { variables: { n: 0 } });
  driver.complete("inner", { n: 1 });
  expect(driver.waits("job")).toEqual(["inner"]);
  driver.complete("inner", { n: 2 });
  expect(driver.state()).toBe("completed");
  expect(times(driver, "out")).toBe(2);
});

it("matrix | Loops | MI parallel", async () => {
  const driver = await runProcess(around(service("task", multiple(over()))), { variables: { items: ["a", "b", "c"] } });
  expect(driver.waits("job")).toEqual(["task", "task", "task"]);
  const items = driver.events.flatMap((each) =>
    each.type === "variablesSet" && "item" in each.values ? [[each.values.item, each.values.loopCounter]] : [],
  );
  expect(items).toEqual([
    ["a", 1],
    ["b", 2],
    ["c", 3],
  ]);
  for (let at = 0; at < 3; at++) driver.complete("task");
  expect(driver.state()).toBe("completed");
});

it("matrix | Loops | MI sequential", async () => {
  const driver = await runProcess(around(service("task", multiple(over(), 'isSequential="true"'))), {
    variables: { items: ["a", "b"] },
  });
  expect(driver.waits("job")).toEqual(["task"]);
  driver.complete("task");
  expect(driver.waits("job")).toEqual(["task"]);
  driver.complete("task");
  expect(driver.state()).toBe("completed");
});

it("matrix | Loops | MI completionCondition", async () => {
  const condition =
    '<completionCondition xsi:type="tFormalExpression">=numberOfCompletedInstances &gt;= 2</completionCondition>';
  const driver = await runProcess(around(service("task", multiple(over() + condition))), {
    variables: { items: [1, 2, 3] },
  });
  driver.complete("task");
  expect(driver.state()).toBe("active");
  driver.complete("task");
  expect(driver.log("elementTerminated")).toEqual(["task"]);
  expect(driver.state()).toBe("completed");
});

it("matrix | Loops | MI loopCardinality", async () => {
  const driver = await runProcess(around(service("task", multiple(cardinality("=count + 1")))), {
    variables: { count: 2 },
  });
  expect(driver.waits("job")).toHaveLength(3);
  const none = await runProcess(around(service("task", multiple(cardinality("0")))));
  expect(none.state()).toBe("completed");
});

it("matrix | Loops | MI standard loopDataInput/Output, inputDataItem", async () => {
  const task = `<serviceTask id="task">${extensions('<zeebe:taskDefinition type="work"/>')}
    <ioSpecification><dataInput id="in" isCollection="true"/><dataOutput id="out" isCollection="true"/><inputSet><dataInputRefs>in</dataInputRefs></inputSet><outputSet><dataOutputRefs>out</dataOutputRefs></outputSet></ioSpecification>
    <dataInputAssociation><sourceRef>orders-ref</sourceRef><targetRef>in</targetRef></dataInputAssociation>
    <dataOutputAssociation><sourceRef>out</sourceRef><targetRef>bills-ref</targetRef></dataOutputAssociation>
    <multiInstanceLoopCharacteristics isSequential="true"><loopDataInputRef>in</loopDataInputRef><loopDataOutputRef>out</loopDataOutputRef><inputDataItem id="order"/><outputDataItem id="bill"/></multiInstanceLoopCharacteristics></serviceTask>`;
  const data = ["orders", "bills"]
    .map(
      (id) => `<dataObject id="${id}" isCollection="true"/><dataObjectReference id="${id}-ref" dataObjectRef="${id}"/>`,
    )
    .join("");
  const driver = await runProcess(data + around(task), { variables: { orders: [10, 20] } });
  expect(driver.events).toContainEqual(
    expect.objectContaining({ type: "variablesSet", values: expect.objectContaining({ order: 10 }) }),
  );
  driver.complete("task", { bill: "ten" });
  driver.complete("task", { bill: "twenty" });
  expect(driver.variables()).toMatchObject({ bills: ["ten", "twenty"] });
  expect(driver.state()).toBe("completed");
});

it("matrix | Loops | MI ordered output collection", async () => {
  const driver = await runProcess(
    around(service("task", multiple(over('outputCollection="results" outputElement="=result"')))),
    { variables: { items: ["a", "b", "c"] } },
  );
  const jobs = driver.events.flatMap((each) => (each.type === "jobCreated" ? [each.key] : []));
  for (const at of [2, 0, 1]) driver.send({ type: "completeJob", jobKey: jobs[at]!, variables: { result: `r${at}` } });
  expect(driver.variables()).toEqual({ items: ["a", "b", "c"], results: ["r0", "r1", "r2"] });
});

it("matrix | Loops | MI behavior None/One/Complex events", async () => {
  const looping = (behavior: string): string =>
    definitions(
      roots,
      '<signalEventDefinition id="told" signalRef="s"/>',
      `<process id="p" isExecutable="true">${around(service("task", behavior))}${boundary("caught", "task", signalEvent(), 'cancelActivity="false"')}${handledBy("caught")}</process>`,
    );
  const handled = async (behavior: string): Promise<readonly number[]> => {
    const driver = await run(looping(behavior), { variables: { odd: false } });
    return [1, 2, 3].map((n) => {
      driver.complete("task", { odd: n % 2 === 1 });
      return driver.waits("job").filter((id) => id === "handle").length;
    });
  };
  const complex = `<complexBehaviorDefinition><condition xsi:type="tFormalExpression">=numberOfCompletedInstances = 2</condition><event id="thrown" xsi:type="tImplicitThrowEvent">${signalEvent()}</event></complexBehaviorDefinition>`;
  expect(await handled(multiple(cardinality("3"), 'behavior="None" noneBehaviorEventRef="told"'))).toEqual([1, 2, 3]);
  expect(await handled(multiple(cardinality("3"), 'behavior="One" oneBehaviorEventRef="told"'))).toEqual([1, 1, 1]);
  expect(await handled(multiple(cardinality("3") + complex, 'behavior="Complex"'))).toEqual([0, 1, 1]);
  expect(await handled(multiple(cardinality("3")))).toEqual([0, 0, 0]);
});

it("matrix | Loops | negative cardinality / quantity rejected", async () => {
  const refused = (task: string) => findings(process(around(task)));
  expect(await refused(service("task", multiple(cardinality("-1"))))).toEqual(["loop-cardinality task"]);
  expect(await refused(service("task", "", 'startQuantity="-1"'))).toHaveLength(1);
  expect(await refused(service("task", "", 'completionQuantity="-2"'))).toHaveLength(1);
  expect(await refused(service("task", standard("true", 'loopMaximum="-1"')))).toHaveLength(1);
  const late = await runProcess(around(service("task", multiple(cardinality("=count")))), { variables: { count: -1 } });
  expect(late.incidents()).toHaveLength(1);
});
