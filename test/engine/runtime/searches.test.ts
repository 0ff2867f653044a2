import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CallContext, Engine } from "../../../engine/index.ts";
import { onBothStores } from "../../stores.ts";
import { deploy, eventually, operator, startEngine } from "./harness.ts";
import { end, model, sequence, serviceTask, start } from "./models.ts";

const child = model("child", sequence(start(), serviceTask("inner", "inner_job"), end()), { name: "Child" });
const parent = model(
  "parent",
  sequence(
    start(),
    [
      "call",
      '<bpmn:callActivity id="call"><bpmn:extensionElements><zeebe:calledElement processId="child" propagateAllChildVariables="false" /></bpmn:extensionElements></bpmn:callActivity>',
    ],
    end(),
  ),
  { name: "Parent" },
);

onBothStores("searches", (store) => {
  let engine: Engine;
  const keys: string[] = [];
  beforeAll(async () => {
    engine = await startEngine(await store.open());
    await deploy(
      engine,
      ["simple.bpmn", model("simple", sequence(start(), serviceTask("work"), end()), { name: "Simple" })],
      ["child.bpmn", child],
      ["parent.bpmn", parent],
    );
    for (let index = 0; index < 12; index++) {
      const created = await engine.createInstance(
        {
          processDefinitionId: "simple",
          variables: { index, name: `n_${index}%`, big: "x".repeat(9_000) },
          tags: index % 2 ? ["odd"] : ["even"],
          ...(index === 3 ? { businessId: "b-3" } : {}),
        },
        operator,
      );
      keys.push(created.processInstanceKey);
    }
    await engine.cancelInstance(keys[0] ?? "", operator);
  });
  afterAll(async () => {
    await engine.stop();
  });
  const find = async (
    filter: Parameters<Engine["queries"]["searchProcessInstances"]>[0]["filter"],
    context: CallContext = operator,
  ): Promise<number[]> =>
    (await engine.queries.searchProcessInstances({ ...(filter ? { filter } : {}) }, context)).items.map((item) =>
      keys.indexOf(item.processInstanceKey),
    );

  describe("operators", () => {
    it.each([
      ["a bare value", { state: "TERMINATED" }, [0]],
      ["$neq", { processDefinitionId: "simple", state: { $neq: "ACTIVE" } }, [0]],
      ["null", { processDefinitionId: "simple", endDate: null }, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]],
      ["$exists", { businessId: { $exists: true } }, [3]],
      ["$like with ? and *", { businessId: { $like: "b?*" } }, [3]],
      ["$like with an escaped *", { businessId: { $like: "b\\*" } }, []],
      ["tags", { tags: ["odd"], state: "ACTIVE" }, [1, 3, 5, 7, 9, 11]],
      ["a variable's value", { variables: [{ name: "index", value: "4" }] }, [4]],
      ["a variable's value, written with blanks", { variables: [{ name: "index", value: " 4 " }] }, [4]],
      [
        "two variables",
        {
          variables: [
            { name: "index", value: { $in: ["4", "5"] } },
            { name: "name", value: { $like: '"n_5%"' } },
          ],
        },
        [5],
      ],
      ["$or", { $or: [{ businessId: "b-3" }, { variables: [{ name: "index", value: "7" }] }] }, [3, 7]],
      ["an element where a token is", { elementId: "work", elementInstanceState: "TERMINATED" }, [0]],
    ])("finds by %s", async (_name, filter, expected) => {
      expect(await find(filter as never)).toEqual(expected);
    });
    it("finds by keys and dates", async () => {
      expect(await find({ processInstanceKey: { $in: [keys[2] ?? "", keys[5] ?? ""] } })).toEqual([2, 5]);
      expect(await find({ processInstanceKey: { $gt: keys[9] ?? "" }, processDefinitionId: "simple" })).toEqual([
        10, 11,
      ]);
      expect(await find({ startDate: { $gt: new Date(Date.now() + 60_000).toISOString() } })).toEqual([]);
    });
    it.each([
      ["an unknown field", { nonsense: 1 }],
      ["an unknown operator", { state: { $regex: "x" } }],
      ["a key that is none", { processInstanceKey: "abc" }],
      ["a date that is none", { startDate: "yesterday" }],
      ["$like on a number", { processDefinitionVersion: { $like: "1" } }],
      ["SQL in a field name", { "state) or (1=1": "x" }],
      ["nested $or", { $or: [{ $or: [] }] }],
    ])("refuses %s", async (_name, filter) => {
      await expect(find(filter as never)).rejects.toMatchObject({ kind: "invalid" });
    });
  });

  describe("pages", () => {
    it("counts exactly and walks forwards and backwards by cursor", async () => {
      const request = {
        filter: { processDefinitionId: "simple" },
        sort: [{ field: "state", order: "DESC" }, { field: "processInstanceKey" }],
      } as const;
      const first = await engine.queries.searchProcessInstances({ ...request, page: { limit: 5 } }, operator);
      expect(first.page.totalItems).toBe(12);
      expect(first.items.map((item) => keys.indexOf(item.processInstanceKey))).toEqual([0, 1, 2, 3, 4]);
      const second = await engine.queries.searchProcessInstances(
        { ...request, page: { limit: 5, after: first.page.endCursor ?? "" } },
        operator,
      );
      expect(second.items.map((item) => keys.indexOf(item.processInstanceKey))).toEqual([5, 6, 7, 8, 9]);
      const back = await engine.queries.searchProcessInstances(
        { ...request, page: { limit: 5, before: second.page.startCursor ?? "" } },
        operator,
      );
      expect(back.items).toEqual(first.items);
      const offset = await engine.queries.searchProcessInstances(
        { ...request, page: { limit: 5, from: 10 } },
        operator,
      );
      expect(offset.items.map((item) => keys.indexOf(item.processInstanceKey))).toEqual([10, 11]);
    });
    it("walks over values that are null", async () => {
      for (const order of ["ASC", "DESC"] as const) {
        const seen: string[] = [];
        let after: string | null = null;
        do {
          const page: Awaited<ReturnType<Engine["queries"]["searchProcessInstances"]>> =
            await engine.queries.searchProcessInstances(
              {
                filter: { processDefinitionId: "simple" },
                sort: [{ field: "businessId", order }],
                page: { limit: 4, ...(after === null ? {} : { after }) },
              },
              operator,
            );
          seen.push(...page.items.map((item) => item.processInstanceKey));
          after = page.items.length < 4 ? null : page.page.endCursor;
        } while (after !== null);
        expect([...seen].sort()).toEqual([...keys].sort());
      }
    });
    it("refuses sort fields, cursors and pages that cannot be", async () => {
      const search = (request: object): Promise<unknown> => engine.queries.searchProcessInstances(request, operator);
      await expect(search({ sort: [{ field: "tags" }] })).rejects.toMatchObject({ kind: "invalid" });
      await expect(search({ page: { after: "bm9uc2Vuc2U" } })).rejects.toMatchObject({ kind: "invalid" });
      await expect(search({ page: { limit: -1 } })).rejects.toMatchObject({ kind: "invalid" });
      await expect(search({ page: { from: 0, after: "W10" } })).rejects.toMatchObject({ kind: "invalid" });
    });
  });

  it("shows only what the caller may see", async () => {
    expect(await find({}, { ...operator, tenantIds: ["other"] })).toEqual([]);
    expect(
      await find({}, { ...operator, scope: { permission: "READ_PROCESS_INSTANCE", processIds: ["parent"] } }),
    ).toEqual([]);
    await expect(
      engine.queries.getProcessInstance(keys[1] ?? "", { ...operator, tenantIds: ["other"] }),
    ).rejects.toMatchObject({ kind: "notFound" });
    await expect(engine.cancelInstance(keys[1] ?? "", { ...operator, tenantIds: ["other"] })).rejects.toMatchObject({
      kind: "notFound",
    });
  });

  it("cuts long values in searches and gives them whole by key", async () => {
    const found = await engine.queries.searchVariables(
      { filter: { processInstanceKey: keys[1] ?? "", name: "big" } },
      operator,
    );
    expect(found.items[0]?.isTruncated).toBe(true);
    expect(found.items[0]?.value.length).toBe(8_191);
    const whole = await engine.queries.getVariable(found.items[0]?.variableKey ?? "", operator);
    expect(whole.value.length).toBe(9_002);
  });

  it("shows called instances, where they hang and that they have incidents", async () => {
    const { processInstanceKey } = await engine.createInstance({ processDefinitionId: "parent" }, operator);
    const [called] = (
      await engine.queries.searchProcessInstances(
        { filter: { parentProcessInstanceKey: processInstanceKey } },
        operator,
      )
    ).items;
    expect(called).toMatchObject({ processDefinitionId: "child", rootProcessInstanceKey: processInstanceKey });
    expect(await engine.queries.getCallHierarchy(called?.processInstanceKey ?? "", operator)).toMatchObject([
      { processDefinitionName: "Parent" },
      { processDefinitionName: "Child" },
    ]);
    const [job] = await engine.activateJobs({ type: "inner_job", timeoutMs: 10_000, maxJobsToActivate: 1 }, operator);
    await engine.failJob(job?.jobKey ?? "", { retries: 0, errorMessage: "broken" }, operator);
    expect((await engine.queries.getProcessInstance(processInstanceKey, operator)).hasIncident).toBe(true);
    const elements = await engine.queries.searchElementInstances(
      { filter: { processInstanceKey, hasIncident: true } },
      operator,
    );
    expect(elements.items.map((item) => item.elementId).sort()).toEqual(["call", "parent"]);
    const incidents = await engine.queries.searchProcessInstanceIncidents(processInstanceKey, {}, operator);
    expect(incidents.items).toMatchObject([
      { processInstanceKey: called?.processInstanceKey, errorMessage: expect.stringContaining("broken") },
    ]);
    expect(await engine.queries.getElementStatistics(called?.processInstanceKey ?? "", operator)).toMatchObject([
      { elementId: "inner", active: 0, incidents: 1 },
      { elementId: "start", completed: 1 },
    ]);
    expect((await engine.queries.getSequenceFlows(processInstanceKey, operator)).map((flow) => flow.elementId)).toEqual(
      ["to_call"],
    );
    const batch = await engine.resolveIncidentsOf(called?.processInstanceKey ?? "", operator);
    const ended = await eventually("the batch", async () => {
      const item = await engine.queries.getBatchOperation(batch.batchOperationKey, operator);
      return item.state !== "ACTIVE" && item;
    });
    expect(ended.operationsTotalCount).toBe(1);
    const again = await engine.history(processInstanceKey, {}, operator);
    expect(again.items.map((item) => item.command.type)).toEqual(["createInstance", "failJob", "resolveIncident"]);
    expect((await engine.replay(processInstanceKey, operator)).firstDifference).toBeNull();
  });

  it("cancels everything that a filter finds, with progress, and deletes it afterwards", async () => {
    const notices: string[] = [];
    const stop = engine.subscribe((notice) => notices.push(`${notice.topic} ${notice.what}`));
    const filter = { processDefinitionId: "simple", tags: ["odd"] };
    const wait = async (key: string) =>
      eventually("the batch", async () => {
        const item = await engine.queries.getBatchOperation(key, operator);
        return item.endDate !== null && item;
      });
    const { batchOperationKey } = await engine.startBatchOperation(
      { type: "CANCEL_PROCESS_INSTANCE", filter },
      operator,
    );
    expect(await wait(batchOperationKey)).toMatchObject({
      state: "COMPLETED",
      operationsTotalCount: 6,
      operationsCompletedCount: 6,
      operationsFailedCount: 0,
      actorId: "olga",
    });
    const items = await engine.queries.searchBatchOperationItems(
      { filter: { batchOperationKey, state: "COMPLETED" } },
      operator,
    );
    expect(items.page.totalItems).toBe(6);
    expect(await find({ ...filter, state: "ACTIVE" })).toEqual([]);
    await wait(
      (await engine.startBatchOperation({ type: "DELETE_PROCESS_INSTANCE", filter }, operator)).batchOperationKey,
    );
    expect(await find(filter)).toEqual([]);
    expect(await find({ processDefinitionId: "simple", state: "ACTIVE" })).toEqual([2, 4, 6, 8, 10]);
    expect(notices).toContain("instances processInstanceTerminated");
    stop();
  });
});
