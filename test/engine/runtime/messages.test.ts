import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../../engine/index.ts";
import type { Database } from "../../../store/index.ts";
import { onBothStores } from "../../stores.ts";
import { deploy, eventually, type MovableClock, movableClock, operator, startEngine } from "./harness.ts";
import { catchMessage, end, message, model, sequence, serviceTask, start } from "./models.ts";

const paid = message("Message_paid", "paid", "=orderId");
const waiting = (processId: string): string =>
  model(processId, sequence(start(), catchMessage("wait", "Message_paid"), serviceTask("after"), end()), {
    root: paid,
  });
const startedByMessage = model(
  "started",
  sequence(
    [
      "begin",
      '<bpmn:startEvent id="begin"><bpmn:messageEventDefinition id="d" messageRef="Message_order" /></bpmn:startEvent>',
    ],
    serviceTask("work"),
    end(),
  ),
  { root: message("Message_order", "order placed") },
);

onBothStores("messages", (store) => {
  let engine: Engine;
  let database: Database;
  const clock: MovableClock = movableClock();
  beforeAll(async () => {
    database = await store.open();
    engine = await startEngine(database, { clock });
    await deploy(
      engine,
      ["waiting.bpmn", waiting("waiting")],
      ["other.bpmn", waiting("other")],
      ["started.bpmn", startedByMessage],
    );
  });
  afterAll(async () => {
    await engine.stop();
  });
  const waitFor = (processDefinitionId: string, orderId: string): Promise<string> =>
    engine
      .createInstance({ processDefinitionId, variables: { orderId } }, operator)
      .then((created) => created.processInstanceKey);
  const isAt = async (processInstanceKey: string, elementId: string): Promise<boolean> =>
    (
      await engine.queries.searchElementInstances(
        { filter: { processInstanceKey, elementId, state: "ACTIVE" } },
        operator,
      )
    ).page.totalItems === 1;

  describe("rule 53: once per process id, to all process ids", () => {
    it("goes to one of two instances of a process and to the instance of another process", async () => {
      const first = await waitFor("waiting", "o-53");
      const second = await waitFor("waiting", "o-53");
      const other = await waitFor("other", "o-53");
      await engine.publishMessage({ name: "paid", correlationKey: "o-53", variables: { amount: 5 } }, operator);
      expect(await isAt(first, "after")).toBe(true);
      expect(await isAt(second, "wait")).toBe(true);
      expect(await isAt(other, "after")).toBe(true);
      const variables = await engine.queries.searchVariables(
        { filter: { processInstanceKey: first, name: "amount" } },
        operator,
      );
      expect(variables.items.map((item) => item.value)).toEqual(["5"]);
      const correlated = await engine.queries.searchCorrelatedMessages(
        { filter: { correlationKey: "o-53" } },
        operator,
      );
      expect(correlated.items.map((item) => item.processDefinitionId).sort()).toEqual(["other", "waiting"]);
    });
  });

  describe("rule 54: buffering", () => {
    it("gives a later subscription the oldest message", async () => {
      await engine.publishMessage(
        { name: "paid", correlationKey: "o-54", timeToLiveMs: 60_000, variables: { n: 1 } },
        operator,
      );
      await engine.publishMessage(
        { name: "paid", correlationKey: "o-54", timeToLiveMs: 60_000, variables: { n: 2 } },
        operator,
      );
      const key = await waitFor("waiting", "o-54");
      await eventually("correlation", () => isAt(key, "after"));
      const variables = await engine.queries.searchVariables({ filter: { scopeKey: key, name: "n" } }, operator);
      expect(variables.items.map((item) => item.value)).toEqual(["1"]);
    });
    it("never buffers with a time to live of 0", async () => {
      await engine.publishMessage({ name: "paid", correlationKey: "o-zero" }, operator);
      const key = await waitFor("waiting", "o-zero");
      await new Promise((resolve) => setTimeout(resolve, 150));
      expect(await isAt(key, "wait")).toBe(true);
      expect((await engine.queries.searchMessages({ filter: { correlationKey: "o-zero" } }, operator)).items).toEqual(
        [],
      );
    });
    it("never correlates an expired message", async () => {
      await engine.publishMessage({ name: "paid", correlationKey: "o-late", timeToLiveMs: 1_000 }, operator);
      clock.advance(1_001);
      const key = await waitFor("waiting", "o-late");
      await new Promise((resolve) => setTimeout(resolve, 150));
      expect(await isAt(key, "wait")).toBe(true);
    });
  });

  it("rule 55: refuses a message id that is buffered for name and key, and takes it again after expiry", async () => {
    const publish = (): Promise<unknown> =>
      engine.publishMessage({ name: "paid", correlationKey: "o-55", messageId: "m-1", timeToLiveMs: 5_000 }, operator);
    await publish();
    await expect(publish()).rejects.toMatchObject({ kind: "alreadyExists" });
    await engine.publishMessage(
      { name: "paid", correlationKey: "o-55-other", messageId: "m-1", timeToLiveMs: 5_000 },
      operator,
    );
    clock.advance(5_001);
    await publish();
  });

  it("rule 56: one running instance per key of a start event; buffered messages start the next one when it ends", async () => {
    const instances = async (): Promise<readonly { processInstanceKey: string; state: string }[]> =>
      (
        await engine.queries.searchProcessInstances(
          { filter: { processDefinitionId: "started" }, sort: [{ field: "processInstanceKey" }] },
          operator,
        )
      ).items;
    await engine.publishMessage(
      { name: "order placed", correlationKey: "c-1", timeToLiveMs: 60_000, variables: { n: 1 } },
      operator,
    );
    await engine.publishMessage(
      { name: "order placed", correlationKey: "c-1", timeToLiveMs: 60_000, variables: { n: 2 } },
      operator,
    );
    expect(await instances()).toHaveLength(1);
    await engine.publishMessage({ name: "order placed", correlationKey: "c-2", timeToLiveMs: 60_000 }, operator);
    expect(await instances()).toHaveLength(2);
    const [first] = await instances();
    await engine.cancelInstance(first?.processInstanceKey ?? "", operator);
    const third = await eventually("the next instance", async () => (await instances())[2]);
    const variables = await engine.queries.searchVariables(
      { filter: { processInstanceKey: third.processInstanceKey, name: "n" } },
      operator,
    );
    expect(variables.items.map((item) => item.value)).toEqual(["2"]);
  });

  it("starts an instance for each message without a key", async () => {
    const count = async (): Promise<number> =>
      (await engine.queries.searchProcessInstances({ filter: { processDefinitionId: "started" } }, operator)).page
        .totalItems;
    const before = await count();
    await engine.publishMessage({ name: "order placed" }, operator);
    await engine.publishMessage({ name: "order placed" }, operator);
    expect(await count()).toBe(before + 2);
  });

  it("correlates now or says that nobody waits", async () => {
    const key = await waitFor("waiting", "o-now");
    const result = await engine.correlateMessage({ name: "paid", correlationKey: "o-now" }, operator);
    expect(result.processInstanceKey).toBe(key);
    await expect(engine.correlateMessage({ name: "paid", correlationKey: "o-now" }, operator)).rejects.toMatchObject({
      kind: "notFound",
    });
  });

  it("delivers a message that a crash left between its commit and its correlation", async () => {
    const key = await waitFor("waiting", "o-crash");
    const now = clock.now();
    const { messageMatch } = await import("../../../engine/runtime/match.ts");
    await database.query(
      "insert into message (key, name, correlation_key, match, published_at, expires_at, pending, variables, tenant_id) values (99, 'paid', 'o-crash', $1, $2, $3, true, '{}', '<default>')",
      [messageMatch("<default>", "paid", "o-crash"), now - 3_000, now + 60_000],
    );
    await eventually("delivery by the sweep", () => isAt(key, "after"), 15_000);
  });
});
