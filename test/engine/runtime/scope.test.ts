/** Permissions on single resources, as the engine keeps them: what a caller with a scope sees, does and is refused. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { controllableClock, type Engine } from "../../../engine/index.ts";
import { type Database, migrate, openDatabase } from "../../../store/index.ts";
import { emptyStore } from "../../empty-store.ts";
import { eventually, operator, startEngine } from "./harness.ts";
import { end, model, sequence, serviceTask, start } from "./models.ts";
import { callerless, empty, isNothing, methodsOf, refused, without } from "./scope-calls.ts";
import { alice, buildWorld, formOf, processOf, rulesOf, scoped, variablesOf, type World } from "./scope-world.ts";

let database: Database;
let engine: Engine;
let world: World;
beforeAll(async () => {
  database = await openDatabase({ dataDir: emptyStore() });
  await migrate(database);
  engine = await startEngine(database, { clock: controllableClock() });
  world = await buildWorld(engine);
});
afterAll(async () => {
  await engine.stop();
  await database.close();
});

/** Every table's rows as one hash, but the bookkeeping of the writer. */
async function contents(): Promise<Readonly<Record<string, unknown>>> {
  const tables = await database.query<{ name: string }>(
    "select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE' and table_name not in ('commit_lane', 'engine_node', 'schema_migration') order by 1",
  );
  const found: Record<string, unknown> = {};
  for (const { name } of tables) {
    const [row] = await database.query<{ hash: string }>(
      `select count(*) || ' ' || md5(coalesce(string_agg(t::text, ',' order by t::text), '')) as hash from "${name}" t`,
    );
    found[name] = row?.hash;
  }
  return found;
}

describe("a scope that names nothing", () => {
  const nobody = scoped({}, "NOTHING");

  it("S12 has a row for every call of the engine, with a caller or without", () => {
    const rows = [...callerless, ...Object.keys(refused), ...Object.keys(empty), ...Object.keys(without)];
    expect(rows.sort()).toEqual([...methodsOf(engine)].sort());
  });

  it("S12 lets no call return or change anything of a process", async () => {
    const before = await contents();
    for (const [name, call] of Object.entries(refused))
      await expect(call(engine, world.payroll, nobody, world), name).rejects.toMatchObject({
        kind: "forbidden",
        message: expect.stringMatching(
          /^Expected a caller with the permission NOTHING on .*, but "alice" does not have it$/,
        ),
      });
    for (const [name, call] of Object.entries(empty))
      expect(isNothing(await call(engine, world.payroll, nobody, world)), name).toBe(true);
    expect(await contents()).toEqual(before);
    for (const [name, call] of Object.entries(without)) {
      await call(engine, world.payroll, nobody, world);
      const { batch_operation: _batch, ...after } = await contents();
      expect(after, name).toEqual({ ...before, batch_operation: undefined });
    }
  });

  it("S12 shows that the rows can tell: without a scope each of these calls has an answer", async () => {
    for (const [name, call] of Object.entries(empty))
      expect(isNothing(await call(engine, world.payroll, alice, world)), name).toBe(false);
  });

  it("leaves the things of another tenant unknown, not forbidden", async () => {
    const stranger = { ...nobody, tenantIds: ["other"] };
    await expect(engine.queries.getProcessInstance(world.payroll.instance, stranger)).rejects.toMatchObject({
      kind: "notFound",
    });
    await expect(engine.cancelInstance(world.payroll.instance, stranger)).rejects.toMatchObject({ kind: "notFound" });
    await expect(
      engine.createInstance({ processDefinitionKey: world.payroll.definition }, stranger),
    ).rejects.toMatchObject({ kind: "notFound" });
  });
});

describe("a scope of everything that one department has", () => {
  const holiday = scoped({
    processIds: ["holiday"],
    decisionIds: ["holiday-grade"],
    decisionRequirementsIds: ["holiday-rules"],
    messageNames: ["holiday-come"],
    resourceIds: ["holiday", "holiday-rules", "holiday-form", "holiday.txt"],
  });
  /** Of the refused ones, those that read what there is. */
  const reads = Object.entries(refused).filter(([name]) =>
    /^(queries\.(?!getBatchOperation)|trail\.(?!artifact$|reproduce)|auditLog\.ofUserTask|wallets\.ofInstance|history|replay|agentTrajectory)/.test(
      name,
    ),
  );
  const answerTo = async (call: (typeof reads)[number][1]): Promise<string> => {
    const answer = await call(engine, world.holiday, holiday, world);
    return JSON.stringify(answer instanceof Uint8Array ? new TextDecoder().decode(answer) : answer);
  };

  it("S12 answers every question about them, and never with a key or a word of another department", async () => {
    expect(reads.length).toBeGreaterThan(35);
    const foreign = [...Object.values(world.payroll), ...Object.values(world.bonus), "payroll", "bonus"];
    let answered = 0;
    for (const [name, call] of [...reads, ...Object.entries(empty)]) {
      const text = await answerTo(call);
      for (const word of foreign) expect(text, `${name} says ${word}`).not.toContain(word);
      if (text.includes("holiday")) answered++;
    }
    expect(answered).toBeGreaterThan(45);
    // The words are there to be said: unlimited callers get them.
    expect(JSON.stringify(await engine.queries.searchVariables({}, alice))).toContain("payroll");
  });

  it("counts its own jobs only", async () => {
    const window = { from: "2020-01-01T00:00:00Z", to: "2100-01-01T00:00:00Z" };
    const own = await engine.queries.searchJobs({}, holiday);
    const all = await engine.queries.searchJobs({}, alice);
    expect(own.page.totalItems).toBeLessThan(all.page.totalItems);
    expect((await engine.statistics.ofJobs(window, holiday)).created.count).toBe(own.page.totalItems);
    expect((await engine.statistics.ofJobs(window, alice)).created.count).toBe(all.page.totalItems);
  });
});

describe("a scope of one process", () => {
  const holiday = scoped({ processIds: ["holiday"] }, "READ_PROCESS_INSTANCE");
  const bonus = scoped({ processIds: ["bonus"] }, "READ_PROCESS_INSTANCE");

  it("S12 shows everything of the process and nothing of another, in lists, totals and numbers", async () => {
    const { queries, statistics } = engine;
    const all = async <Item>(
      search: (
        request: object,
        context: typeof alice,
      ) => Promise<{
        readonly items: readonly Item[];
        readonly page: { readonly totalItems: number };
      }>,
    ): Promise<readonly Item[]> => {
      const own = await search({}, holiday);
      const unlimited = await search({}, alice);
      expect(own.page.totalItems).toBe(own.items.length);
      expect(own.items.length).toBeGreaterThan(0);
      expect(unlimited.items.length).toBeGreaterThan(own.items.length);
      return own.items;
    };
    for (const items of [
      await all(queries.searchProcessDefinitions),
      await all(queries.searchProcessInstances),
      await all(queries.searchElementInstances),
      await all(queries.searchJobs),
      await all(queries.searchUserTasks),
      await all(queries.searchIncidents),
      await all(queries.searchMessageSubscriptions),
      await all(queries.searchCorrelatedMessages),
    ])
      expect(new Set(items.map((item) => item.processDefinitionId))).toEqual(new Set(["holiday"]));
    const instances = [world.holiday.instance, world.holiday.ended];
    for (const item of await all(queries.searchVariables)) expect(instances).toContain(item.processInstanceKey);
    expect((await queries.getDefinitionStatistics(holiday)).map((item) => item.processDefinitionId)).toEqual([
      "holiday",
    ]);
    expect((await statistics.ofIncidentErrors(holiday)).map((item) => item.errorMessage)).toEqual([
      expect.stringContaining("broken in holiday"),
    ]);
    const window = { from: "2020-01-01T00:00:00Z", to: "2100-01-01T00:00:00Z", jobType: "broken" };
    const errors = await statistics.ofJobErrors(window, {}, holiday);
    expect(errors.items.map((item) => item.errorMessage)).toEqual(["broken in holiday"]);
    await expect(queries.getProcessInstance(world.payroll.instance, holiday)).rejects.toThrow(
      'Expected a caller with the permission READ_PROCESS_INSTANCE on process "payroll", but "alice" does not have it',
    );
  });

  it("takes a called instance for its own process, not for that of its root", async () => {
    const { instance, userTask } = world.bonus;
    const { queries } = engine;
    expect((await queries.searchProcessInstances({}, bonus)).items.map((item) => item.processInstanceKey)).toContain(
      instance,
    );
    expect((await queries.getUserTask(userTask, bonus)).processDefinitionId).toBe("bonus");
    const names = (items: readonly { readonly processDefinitionName: string }[]) =>
      items.map((item) => item.processDefinitionName);
    expect(names(await queries.getCallHierarchy(instance, alice))).toEqual(["Process of payroll", "Bonus"]);
    expect(names(await queries.getCallHierarchy(instance, bonus))).toEqual(["Bonus"]);
    // The variables of the caller are in sight of the task, not of who may see the called process only.
    const inSight = async (context: typeof alice) =>
      new Set(
        (await queries.searchUserTaskVariables(userTask, {}, context)).items.map((item) => item.processInstanceKey),
      );
    expect(await inSight(alice)).toEqual(new Set([instance, world.payroll.instance]));
    expect(await inSight(bonus)).toEqual(new Set([instance]));
    expect(await inSight(scoped({ userTasks: { keys: [userTask] } }))).toEqual(new Set([instance]));
    await expect(queries.getProcessInstance(world.payroll.instance, bonus)).rejects.toMatchObject({
      kind: "forbidden",
    });
  });

  it("S12 shows a record only to who may see every process that takes part in it", async () => {
    const { instance } = world.bonus;
    const payroll = scoped({ processIds: ["payroll"] });
    for (const limited of [bonus, payroll])
      for (const key of [instance, world.payroll.instance]) {
        await expect(engine.history(key, {}, limited)).rejects.toMatchObject({ kind: "forbidden" });
        await expect(engine.trail.artifacts(key, limited)).rejects.toMatchObject({ kind: "forbidden" });
      }
    await expect(engine.deleteInstance(world.payroll.ended, payroll)).rejects.toThrow('process "bonus"');
    const both = scoped({ processIds: ["payroll", "bonus"] });
    expect((await engine.history(instance, {}, both)).items.length).toBeGreaterThan(0);
    await engine.deleteInstance(world.payroll.ended, both);
    expect((await engine.history(world.holiday.instance, {}, holiday)).items.length).toBeGreaterThan(0);
    expect((await engine.replay(world.holiday.instance, holiday)).firstDifference).toBeNull();
    expect((await engine.wallets.ofInstance(world.holiday.instance, holiday)).map(({ scope }) => scope)).toEqual([
      "instance",
    ]);
  });

  it("starts, changes and ends instances of the process and of no other", async () => {
    const created = await engine.createInstance(
      { processDefinitionId: "holiday", variables: variablesOf("holiday") },
      holiday,
    );
    const key = created.processInstanceKey;
    await expect(engine.createInstance({ processDefinitionId: "payroll" }, holiday)).rejects.toMatchObject({
      kind: "forbidden",
    });
    await expect(engine.createInstance({ processDefinitionId: "unknown" }, holiday)).rejects.toMatchObject({
      kind: "notFound",
    });
    await engine.setVariables(key, { variables: { days: 3 } }, holiday);
    await engine.suspendInstance(key, holiday);
    await engine.resumeInstance(key, holiday);
    for (const limited of [holiday, scoped({ processIds: ["bonus"] })])
      await expect(
        engine.migrateInstance(key, { targetProcessDefinitionKey: world.bonus.definition, mappings: [] }, limited),
      ).rejects.toMatchObject({ kind: "forbidden" });
    await engine.cancelInstance(key, holiday);
    await engine.deleteInstance(key, holiday);
    await expect(engine.queries.getProcessInstance(key, operator)).rejects.toMatchObject({ kind: "notFound" });
  });

  it("S13 moves no instance to a process of another tenant, one by one or in a batch", async () => {
    const file = { name: "holiday.bpmn", content: new TextEncoder().encode(processOf("holiday")) };
    const elsewhere = await engine.deploy([file], { tenantId: "other" }, operator);
    const plan = {
      targetProcessDefinitionKey: elsewhere.deployments[0]?.processDefinition?.processDefinitionKey ?? "",
      mappings: ["review", "work", "broken", "wait", "tools"].map((id) => ({
        sourceElementId: id,
        targetElementId: id,
      })),
    };
    const { instance, definition } = world.holiday;
    const batch = (context: typeof alice) =>
      engine.startBatchOperation(
        { type: "MIGRATE_PROCESS_INSTANCE", filter: { processInstanceKey: instance }, plan },
        context,
      );
    await expect(engine.migrateInstance(instance, plan, alice)).rejects.toMatchObject({ kind: "notFound" });
    await expect(batch(alice)).rejects.toMatchObject({ kind: "notFound" });
    await expect(engine.migrateInstance(instance, plan, operator)).rejects.toMatchObject({ kind: "invalid" });
    const { batchOperationKey } = await batch(operator);
    await eventually("the batch to end", async () => {
      const { state } = await engine.queries.getBatchOperation(batchOperationKey, operator);
      return state === "FAILED";
    });
    expect((await engine.queries.getProcessInstance(instance, operator)).processDefinitionKey).toBe(definition);
  });

  it("evaluates conditions when all processes that are asked are in it", async () => {
    const variables = { again: "holiday" };
    const started = await engine.evaluateConditionals(
      { variables, processDefinitionKey: world.holiday.definition },
      holiday,
    );
    expect(started.processInstances).toHaveLength(1);
    await expect(engine.evaluateConditionals({ variables }, holiday)).rejects.toMatchObject({ kind: "forbidden" });
  });

  it("S12 limits a batch operation to it, also what comes up later", async () => {
    const cancel = async (context: typeof alice): Promise<string> => {
      const filter = { state: "ACTIVE" } as const;
      return (await engine.startBatchOperation({ type: "CANCEL_PROCESS_INSTANCE", filter }, context)).batchOperationKey;
    };
    const ended = (key: string) =>
      eventually("the batch to end", async () => {
        const batch = await engine.queries.getBatchOperation(key, operator);
        return batch.endDate !== null && batch;
      });
    const { processInstanceKey } = await engine.createInstance(
      { processDefinitionId: "holiday", variables: variablesOf("holiday") },
      operator,
    );
    const key = await cancel(scoped({ processIds: ["holiday"] }, "CANCEL_PROCESS_INSTANCE"));
    expect(await ended(key)).toMatchObject({ state: "COMPLETED" });
    const stateOf = async (instance: string) => (await engine.queries.getProcessInstance(instance, operator)).state;
    expect(await stateOf(processInstanceKey)).toBe("TERMINATED");
    expect(await stateOf(world.payroll.instance)).toBe("ACTIVE");
    await expect(engine.resumeBatchOperation(key, holiday)).rejects.toMatchObject({ kind: "forbidden" });
    // As if the instance had been moved to another process between the choice and its turn.
    await database.query("update batch_operation set state = 'SUSPENDED', ended_at = null where key = $1", [key]);
    await database.query(
      "insert into batch_operation_item (batch_key, item_key, instance_key, root_key, state) values ($1, $2, $2, $2, 'ACTIVE')",
      [key, world.payroll.instance],
    );
    await engine.resumeBatchOperation(key, operator);
    expect(await ended(key)).toMatchObject({ state: "PARTIALLY_COMPLETED" });
    const failed = await engine.queries.searchBatchOperationItems(
      { filter: { batchOperationKey: key, state: "FAILED" } },
      operator,
    );
    expect(failed.items).toMatchObject([
      { processInstanceKey: world.payroll.instance, errorMessage: expect.stringContaining("CANCEL_PROCESS_INSTANCE") },
    ]);
    expect(await stateOf(world.payroll.instance)).toBe("ACTIVE");
  });
});

describe("scopes of other things", () => {
  it("S12 names decisions, their requirements, messages and deployed files by their own ids", async () => {
    const { queries } = engine;
    const one = async <Item>(items: Promise<{ readonly items: readonly Item[] }>): Promise<Item | undefined> => {
      const found = (await items).items;
      expect(found).toHaveLength(1);
      return found[0];
    };
    const decision = scoped({ decisionIds: ["holiday-grade"] });
    expect((await one(queries.searchDecisionDefinitions({}, decision)))?.decisionDefinitionId).toBe("holiday-grade");
    const evaluations = (await queries.searchDecisionInstances({}, decision)).items;
    expect(new Set(evaluations.map((item) => item.decisionDefinitionId))).toEqual(new Set(["holiday-grade"]));
    expect((await engine.evaluateDecision({ decisionDefinitionId: "holiday-grade" }, decision)).output).toBe('"good"');
    await engine.deleteDecisionInstance(world.holiday.evaluation, decision);
    const requirements = scoped({ decisionRequirementsIds: ["holiday-rules"] });
    expect((await one(queries.searchDecisionRequirements({}, requirements)))?.decisionRequirementsKey).toBe(
      world.holiday.requirements,
    );
    const message = scoped({ messageNames: ["holiday-come"] });
    expect((await one(queries.searchMessages({}, message)))?.messageKey).toBe(world.holiday.buffered);
    await engine.publishMessage({ name: "holiday-come", correlationKey: "nobody" }, message);
    await expect(engine.publishMessage({ name: "payroll-come" }, message)).rejects.toThrow('message "payroll-come"');
    const resource = scoped({ resourceIds: ["holiday", "holiday-form", "holiday.txt"] });
    const files = (await queries.searchResources({}, resource)).items;
    expect(files.map((item) => item.resourceName).sort()).toEqual(["holiday.bpmn", "holiday.form", "holiday.txt"]);
    expect((await one(queries.searchForms({}, resource)))?.formId).toBe("holiday-form");
    expect((await queries.getResourceContent(world.holiday.file, resource)).byteLength).toBeGreaterThan(0);
  });

  it("S12 names user tasks by key, assignee and candidates, with their form and variables, whatever their process", async () => {
    const { payroll } = world;
    const { queries } = engine;
    for (const [userTasks, keys] of [
      [{ keys: [payroll.userTask] }, [payroll.userTask]],
      [{ keys: ["not a key", "9'; --"] }, []],
      [{ keys: [], assignee: "alice" }, [payroll.userTask]],
      [{ keys: [], candidateUser: "carl-payroll" }, [payroll.userTask]],
      [{ keys: [], candidateGroups: ["group-payroll", "other"] }, [payroll.userTask]],
      [{ keys: [], candidateUser: "group-payroll", candidateGroups: ["carl-payroll"] }, []],
      [{ keys: [world.bonus.userTask], assignee: "alice" }, [payroll.userTask, world.bonus.userTask]],
    ] as const) {
      const found = await queries.searchUserTasks({ filter: { state: "CREATED" } }, scoped({ userTasks }));
      expect(found.items.map((item) => item.userTaskKey).sort()).toEqual([...keys].sort());
    }
    const mine = scoped({ userTasks: { keys: [], assignee: "alice" } });
    expect((await queries.getUserTask(payroll.userTask, mine)).elementId).toBe("review");
    expect((await queries.getUserTaskForm(payroll.userTask, mine))?.formId).toBe("payroll-form");
    const variables = await queries.searchUserTaskVariables(payroll.userTask, { filter: { name: "who" } }, mine);
    expect(variables.items.map((item) => item.value)).toEqual(['"payroll"']);
    expect((await engine.auditLog.ofUserTask(payroll.userTask, {}, mine)).items).toEqual([]);
    await expect(queries.getProcessInstance(payroll.instance, mine)).rejects.toMatchObject({ kind: "forbidden" });
    await expect(engine.completeUserTask(world.bonus.userTask, {}, mine)).rejects.toThrow('process "bonus"');
    await engine.completeUserTask(payroll.userTask, {}, mine);
    expect((await queries.getUserTask(payroll.userTask, operator)).state).toBe("COMPLETED");
  });

  it("S12 deploys and deletes only what it names, and nothing of a deployment that brings something else", async () => {
    const file = (name: string, content: string) => ({ name, content: new TextEncoder().encode(content) });
    const process = (id: string): string => model(id, sequence(start(), serviceTask("task"), end()));
    const deployer = scoped({ resourceIds: ["mine", "mine-rules", "mine-form", "mine.txt"] }, "CREATE");
    const mine = [
      file("mine.bpmn", process("mine")),
      file("mine.dmn", rulesOf("mine")),
      file("mine.form", formOf("mine")),
      file("mine.txt", "mine"),
    ];
    for (const [foreign, named] of [
      [file("other.bpmn", process("payroll")), 'resource "payroll"'],
      [file("other.dmn", rulesOf("other")), 'resource "other-rules"'],
      [file("other.form", formOf("other")), 'resource "other-form"'],
      [file("other.txt", "other"), 'resource "other.txt"'],
      // Requirements of its own, that would take over a decision of others.
      [file("taken.dmn", rulesOf("mine", "payroll-grade")), 'resource "payroll-rules"'],
    ] as const) {
      const all = named === 'resource "payroll-rules"' ? [mine[0]!, foreign] : [...mine, foreign];
      await expect(engine.deploy(all, {}, deployer)).rejects.toThrow(named);
    }
    expect((await engine.queries.searchResources({}, deployer)).items).toEqual([]);
    const { deployments } = await engine.deploy(mine, {}, deployer);
    expect(deployments).toHaveLength(5);
    for (const item of deployments) {
      const key =
        item.processDefinition?.processDefinitionKey ??
        item.decisionRequirements?.decisionRequirementsKey ??
        item.form?.formKey ??
        item.resource?.resourceKey;
      if (key === undefined) continue;
      await expect(engine.deleteResource(key, scoped({ resourceIds: ["holiday"] }))).rejects.toMatchObject({
        kind: "forbidden",
      });
      await engine.deleteResource(key, deployer);
    }
  });
});

describe("a worker that is limited to one process", () => {
  const holiday = scoped({ processIds: ["holiday"] }, "UPDATE_PROCESS_INSTANCE");
  const bonus = scoped({ processIds: ["bonus"] }, "UPDATE_PROCESS_INSTANCE");
  const poll = (context: typeof alice, requestTimeoutMs: number) =>
    engine.activateJobs({ type: "work", timeoutMs: 60_000, maxJobsToActivate: 5, requestTimeoutMs }, context);
  const create = (processDefinitionId: string) =>
    engine.createInstance({ processDefinitionId, variables: variablesOf(processDefinitionId) }, operator);

  it("S12 takes from the table only jobs of the process, and answers only those", async () => {
    await create("holiday");
    const taken = await poll(holiday, -1);
    expect(new Set(taken.map((job) => job.processDefinitionId))).toEqual(new Set(["holiday"]));
    const [job] = taken;
    // This node has handed the job out itself and knows where it belongs: that must not open it to others.
    await expect(engine.completeJob(job?.jobKey ?? "", {}, bonus)).rejects.toMatchObject({ kind: "forbidden" });
    await expect(engine.throwJobError(job?.jobKey ?? "", { errorCode: "E" }, bonus)).rejects.toMatchObject({
      kind: "forbidden",
    });
    await engine.completeJob(job?.jobKey ?? "", {}, holiday);
    expect((await engine.queries.getJob(job?.jobKey ?? "", operator)).state).toBe("COMPLETED");
    expect((await engine.queries.getJob(world.payroll.job, operator)).worker).toBe("");
  });

  it("S12 is handed from memory only jobs of the process, and hears of jobs that others at the head of the line may not take", async () => {
    await poll(alice, -1);
    const first = poll(bonus, 20_000);
    const waits = poll(holiday, 20_000);
    await create("payroll");
    const { processInstanceKey } = await create("holiday");
    const [job] = await waits;
    expect(job?.processInstanceKey).toBe(processInstanceKey);
    const again = poll(holiday, 20_000);
    await engine.failJob(job?.jobKey ?? "", { retries: 2 }, holiday);
    expect((await again).map(({ jobKey }) => jobKey)).toEqual([job?.jobKey]);
    const left = await poll(alice, -1);
    expect(left.map((each) => each.processDefinitionId)).toEqual(["payroll"]);
    await engine.deploy(
      [
        {
          name: "more.bpmn",
          content: new TextEncoder().encode(model("bonus", sequence(start(), serviceTask("more", "work"), end()))),
        },
      ],
      {},
      operator,
    );
    await create("bonus");
    expect((await first).map((each) => each.processDefinitionId)).toEqual(["bonus"]);
  });
});
