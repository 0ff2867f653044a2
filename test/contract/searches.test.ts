/**
 * Every search of the contract by every filter, operator and sort field that the official client knows, held against
 * what the same search finds without a filter: an operator finds exactly the items whose member fulfils it, pages in
 * both directions are the whole in pieces.
 */
import type { CamundaClient } from "@camunda8/orchestration-cluster-api";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { call, startTestServer, type TestServer } from "../api/server.ts";
import { now, officialClient, take } from "./client.ts";
import { type FilterField, searchContract } from "./client-schemas.ts";
import { everything } from "./models.ts";

let server: TestServer;
let camunda: CamundaClient;
/** Its requests are not checked: the client's own check drops `from`, `after` and `before`. */
let lenient: CamundaClient;
const found: Record<string, string> = {};

type Item = Readonly<Record<string, unknown>>;
interface Answer {
  readonly items: readonly Item[];
  readonly page: {
    readonly totalItems: number;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

/** Client method → path members it needs, by the names in `found`. */
const searches: readonly (readonly [method: string, ...members: string[]])[] = [
  ["searchProcessDefinitions"],
  ["searchProcessInstances"],
  ["searchProcessInstanceIncidents", "processInstanceKey"],
  ["searchElementInstances"],
  ["searchElementInstanceIncidents", "elementInstanceKey"],
  ["searchIncidents"],
  ["searchJobs"],
  ["searchVariables"],
  ["searchUserTasks"],
  ["searchUserTaskVariables", "userTaskKey"],
  ["searchUserTaskEffectiveVariables", "userTaskKey"],
  ["searchUserTaskAuditLogs", "userTaskKey"],
  ["searchMessageSubscriptions"],
  ["searchCorrelatedMessageSubscriptions"],
  ["searchDecisionDefinitions"],
  ["searchDecisionRequirements"],
  ["searchDecisionInstances"],
  ["searchBatchOperations"],
  ["searchBatchOperationItems"],
  ["searchClusterVariables"],
  ["searchGlobalTaskListeners"],
  ["searchAuditLogs"],
];

beforeAll(async () => {
  server = await startTestServer();
  camunda = officialClient(server);
  lenient = officialClient(server, false);
  await camunda.createDeployment({
    resources: Object.entries(everything).map(([name, content]) => new File([content], name)),
  });
  const start = async (id: string, variables: Record<string, unknown> = {}) =>
    (await camunda.createProcessInstance({ processDefinitionId: id as never, variables })).processInstanceKey;
  // One of everything, ended and not, with and without its optional members.
  await camunda.createProcessInstance({
    processDefinitionId: "order" as never,
    tags: ["vip" as never],
    businessId: "b-1" as never,
  });
  const failing = await start("order", { amount: 1, note: "x".repeat(9_000) });
  const [job] = await take(camunda, "charge", failing);
  await camunda.failJob({ jobKey: job!.jobKey, retries: 0, errorMessage: "card reader on fire" });
  await start("caller");
  await camunda.cancelProcessInstance({ processInstanceKey: await start("order") });
  await start("rules", { amount: 250 });
  await camunda.evaluateDecision({ decisionDefinitionId: "discount" as never, variables: { amount: 1 } });
  await start("waiter", { orderId: "s-1" });
  await start("waiter", { orderId: "s-2" });
  await camunda.correlateMessage({ name: "paid", correlationKey: "s-1" });
  // Several messages by one subscription.
  for (const name of ["ordered", "ordered", "ordered"]) await camunda.correlateMessage({ name, correlationKey: "" });
  const reviewed = await start("review", { color: "red" });
  await start("review");
  const tasks = await camunda.searchUserTasks({ filter: { processInstanceKey: reviewed } }, now);
  found.userTaskKey = tasks.items[0]!.userTaskKey;
  await camunda.assignUserTask({ userTaskKey: tasks.items[0]!.userTaskKey, assignee: "ann" });
  await camunda.createElementInstanceVariables({
    elementInstanceKey: tasks.items[0]!.elementInstanceKey,
    variables: { own: 1 },
    local: true,
  });
  await camunda.completeUserTask({
    userTaskKey: (await camunda.searchUserTasks({ filter: { assignee: { $exists: false } } }, now)).items[0]!
      .userTaskKey,
  });
  const broken = await camunda.searchIncidents({}, now);
  found.processInstanceKey = failing;
  found.elementInstanceKey = broken.items[0]!.elementInstanceKey;
  await call(server, "POST", "/v2/cluster-variables/global", { name: "one", value: 1 });
  await call(server, "POST", "/v2/cluster-variables/tenants/%3Cdefault%3E", { name: "two", value: "b" });
  for (const [id, priority] of [
    ["a", 1],
    ["b", 2],
  ] as const)
    await camunda.createGlobalTaskListener({ id: id as never, type: `${id}-job`, eventTypes: ["canceling"], priority });
  for (const id of ["sleeper", "sleeper"]) {
    await start(id);
    const filter = { processDefinitionId: id as never };
    await batchEnds(camunda.cancelProcessInstancesBatchOperation({ filter: { ...filter, state: "ACTIVE" } }));
  }
  // The same instances in a second batch.
  const filter = { processDefinitionId: "sleeper" as never, state: "TERMINATED" } as const;
  await batchEnds(camunda.deleteProcessInstancesBatchOperation({ filter }));
});
afterAll(() => server?.close());

async function batchEnds(begun: PromiseLike<{ readonly batchOperationKey: string }>): Promise<void> {
  const { batchOperationKey } = await begun;
  await vi.waitFor(
    async () =>
      expect((await camunda.getBatchOperation({ batchOperationKey: batchOperationKey as never }, now)).state).toBe(
        "COMPLETED",
      ),
    { timeout: 10_000 },
  );
}

/** What a search answers; the client has checked the answer, strictly. */
async function search(method: string, members: readonly string[], body: object): Promise<Answer> {
  const path = Object.fromEntries(members.map((name) => [name, found[name]]));
  const calls = lenient as unknown as Record<string, (input: object, options: object) => Promise<Answer>>;
  return calls[method]!({ ...path, ...body }, now);
}

const keysOf = (items: readonly Item[]): string[] => items.map((item) => JSON.stringify(item)).sort();

/** Operator → operand → whether a member fulfils it. Absent members are unequal to everything. */
const meaning: Readonly<Record<string, (value: never, operand: never) => boolean>> = {
  $eq: (value, operand) => value === operand,
  $neq: (value, operand) => value !== operand,
  $in: (value, operand: readonly unknown[]) => operand.includes(value),
  $notIn: (value, operand: readonly unknown[]) => !operand.includes(value),
  $exists: (value, operand) => (value !== null) === operand,
  $gt: (value, operand) => value !== null && value > operand,
  $gte: (value, operand) => value !== null && value >= operand,
  $lt: (value, operand) => value !== null && value < operand,
  $lte: (value, operand) => value !== null && value <= operand,
};

function operandsOf(operator: string, value: unknown): readonly unknown[] {
  if (operator === "$in" || operator === "$notIn") return [[value]];
  return operator === "$exists" ? [true, false] : [value];
}

/** The audit log reads the whole history; what happened to one instance is enough to look at. */
const narrowed = (method: string) =>
  method === "searchAuditLogs" ? { processInstanceKey: found.processInstanceKey } : undefined;

describe("every search", () => {
  it.each(searches)("%s filters by each operator as its items say", async (method, ...members) => {
    const base = narrowed(method);
    const whole = await search(method, members, { filter: base, page: { limit: 1_000 } });
    expect(whole.items.length, "there is something to find").toBeGreaterThan(0);
    for (const field of searchContract(method).filters) {
      if (field.type === "array" || field.name === "$or" || field.type === "boolean") continue;
      if (base && field.name in base) continue;
      const values = whole.items.map((item) => item[field.name]);
      const sample = values.find((value) => value !== null && value !== undefined);
      if (sample === undefined || typeof sample === "object" || whole.items.some((item) => !(field.name in item))) {
        await accepts(method, members, field);
        continue;
      }
      const what = `${method} by ${field.name}`;
      const expectFound = async (condition: unknown, fits: (value: unknown) => boolean): Promise<void> => {
        const answer = await search(method, members, {
          filter: { ...base, [field.name]: condition },
          page: { limit: 1_000 },
        });
        const expected = whole.items.filter((item) => fits(item[field.name]));
        expect(keysOf(answer.items), `${what} ${JSON.stringify(condition)}`).toEqual(keysOf(expected));
      };
      await expectFound(sample, (value) => value === sample);
      for (const operator of field.operators) {
        const means = meaning[operator];
        if (means === undefined) continue;
        for (const operand of operandsOf(operator, sample))
          await expectFound({ [operator]: operand }, (value) => means(value as never, operand as never));
      }
      if (field.operators.has("$like") && typeof sample === "string") {
        const prefix = sample.slice(0, 2);
        const escaped = prefix.replace(/[*?\\]/g, "\\$&");
        await expectFound({ $like: `${escaped}*` }, (value) => typeof value === "string" && value.startsWith(prefix));
      }
    }
  });

  it.each(searches)("%s sorts by each field, and pages both ways", async (method, ...members) => {
    const { sorts } = searchContract(method);
    expect(sorts.length).toBeGreaterThan(0);
    const filter = narrowed(method);
    for (const [index, field] of sorts.entries()) {
      const order = (direction: "ASC" | "DESC", more: object = {}) =>
        search(method, members, { filter, sort: [{ field, order: direction }], page: { limit: 1_000, ...more } });
      const up = await order("ASC");
      const size = Math.max(1, Math.ceil(up.items.length / 3));
      const head = await order("DESC", { limit: size });
      const rest = await order("DESC", { after: head.page.endCursor });
      expect(keysOf([...head.items, ...rest.items]), `${method} by ${field}`).toEqual(keysOf(up.items));
      if (index > 1) continue;
      const page = (more: object) =>
        search(method, members, { filter, sort: [{ field, order: "ASC" }], page: { limit: size, ...more } });
      const forward: Item[] = [];
      let at = await page({});
      for (let count = 0; at.items.length > 0 && count < 10; count++) {
        forward.push(...at.items);
        expect(at.page.totalItems).toBe(up.page.totalItems);
        expect((await page({ from: count * size })).items, `${method} from ${count * size}`).toEqual(at.items);
        if (count > 0) {
          const back = await page({ before: at.page.startCursor });
          expect(back.items, `${method} before page ${count}`).toEqual(
            up.items.slice((count - 1) * size, count * size),
          );
        }
        at = await page({ after: at.page.endCursor });
      }
      expect(forward, `${method} in pages by ${field}`).toEqual(up.items);
    }
  });

  it.each(searches)("%s refuses what it does not know with a whole problem", async (method, ...members) => {
    for (const body of [
      { filter: { noSuchField: 1 } },
      { sort: [{ field: "noSuchField" }] },
      { sort: [{ field: searchContract(method).sorts[0], order: "SIDEWAYS" }] },
      { page: { limit: -1 } },
      { page: { from: 0, after: "x" } },
      { page: { after: "no cursor of ours" } },
      { more: true },
    ]) {
      const refused = await search(method, members, body).then(
        () => ({ status: 200 }),
        (error: { status: number; title: string; detail: string; type: string; instance: string }) => error,
      );
      expect(refused.status, `${method} ${JSON.stringify(body)}`).toBe(400);
      expect(refused).toMatchObject({ title: "INVALID_ARGUMENT", detail: expect.stringMatching(/^Expected/) });
    }
  });
});

/** No item shows the member: that the filter is taken is all that can be seen. */
async function accepts(method: string, members: readonly string[], field: FilterField): Promise<void> {
  const value = field.values[0] ?? (field.isDate ? "2026-01-31T12:00:00Z" : field.type === "integer" ? 1 : "1");
  const conditions = [
    value,
    ...[...field.operators].flatMap((operator) =>
      operandsOf(operator, value).map((operand) => ({ [operator]: operand })),
    ),
  ];
  for (const condition of conditions) {
    const answer = await search(method, members, { filter: { [field.name]: condition } });
    expect(answer.page.totalItems, `${method} by ${field.name}`).toBeGreaterThanOrEqual(0);
  }
}
