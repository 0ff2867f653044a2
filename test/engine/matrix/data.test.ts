/** Data; BPMN 2.0.2 §10.4. Items become variables of their scope, associations become mappings. */
import { expect, it } from "vitest";
import { definitions, extensions, process } from "../model/bpmn-text.ts";
import { end, path, run, runProcess, service, start } from "./run-model.ts";

/** A task whose data input `in` and data output `out` are connected to these items. */
const connected = (from: string, to: string): string =>
  service(
    "task",
    `<ioSpecification><dataInput id="in"/><dataOutput id="out"/><inputSet><dataInputRefs>in</dataInputRefs></inputSet><outputSet><dataOutputRefs>out</dataOutputRefs></outputSet></ioSpecification><dataInputAssociation><sourceRef>${from}</sourceRef><targetRef>in</targetRef></dataInputAssociation><dataOutputAssociation><sourceRef>out</sourceRef><targetRef>${to}</targetRef></dataOutputAssociation>`,
  );
const around = (task: string): string => start + task + end() + path("start", "task", "end");

it("matrix | Data | data object read/write", async () => {
  const data =
    '<dataObject id="order"/><dataObjectReference id="read" dataObjectRef="order"/><dataObjectReference id="written" dataObjectRef="order"/>';
  const driver = await runProcess(data + around(connected("read", "written")), { variables: { order: 5 } });
  expect(driver.variables("task")).toEqual({ in: 5 });
  driver.complete("task", { out: 6 });
  expect(driver.variables()).toEqual({ order: 6 });

  const fresh = await runProcess(data + around(connected("read", "written")));
  expect(fresh.variables()).toEqual({ order: null });
});

it("matrix | Data | data store", async () => {
  const xml = definitions(
    '<dataStore id="ledger"/>',
    `<process id="p" isExecutable="true"><dataStoreReference id="book" dataStoreRef="ledger"/>${around(connected("book", "book"))}</process>`,
  );
  const driver = await run(xml, { variables: { ledger: [1] } });
  expect(driver.variables("task")).toEqual({ in: [1] });
  driver.complete("task", { out: [1, 2] });
  expect(driver.variables()).toEqual({ ledger: [1, 2] });
});

it("matrix | Data | ioSpecification + data associations", async () => {
  const task = service(
    "task",
    '<ioSpecification><dataInput id="net"/><dataOutput id="gross"/><inputSet><dataInputRefs>net</dataInputRefs></inputSet><outputSet><dataOutputRefs>gross</dataOutputRefs></outputSet></ioSpecification>' +
      '<dataInputAssociation><sourceRef>price</sourceRef><targetRef>net</targetRef><transformation xsi:type="tFormalExpression">=price.amount</transformation></dataInputAssociation>' +
      '<dataOutputAssociation><sourceRef>gross</sourceRef><targetRef>price</targetRef><assignment><from xsi:type="tFormalExpression">=gross * 2</from><to xsi:type="tFormalExpression">total</to></assignment></dataOutputAssociation>',
  );
  const driver = await runProcess(`<dataObject id="price"/>${around(task)}`, { variables: { price: { amount: 10 } } });
  expect(driver.variables("task")).toEqual({ net: 10 });
  driver.complete("task", { gross: 12, noise: true });
  expect(driver.variables()).toEqual({ price: { amount: 10 }, total: 24 });
});

it("matrix | Data | property", async () => {
  const inner = service("task", '<property id="draft"/>');
  const driver = await run(process(`<property id="note"/>${around(inner)}`));
  expect(driver.variables()).toEqual({ note: null });
  expect(driver.variables("task")).toEqual({ draft: null });
  driver.complete("task", { note: "seen" });
  expect(driver.variables()).toMatchObject({ note: "seen" });
});

it("matrix | Data | engine io mapping (scoped)", async () => {
  const task = `<serviceTask id="task">${extensions('<zeebe:taskDefinition type="work"/><zeebe:ioMapping><zeebe:input source="=order.id" target="request.id"/><zeebe:output source="=answer.code" target="code"/></zeebe:ioMapping>')}</serviceTask>`;
  const driver = await runProcess(around(task), { variables: { order: { id: 9 } } });
  expect(driver.variables("task")).toEqual({ request: { id: 9 } });
  driver.complete("task", { answer: { code: 201 } });
  expect(driver.variables()).toEqual({ order: { id: 9 }, code: 201 });
});
