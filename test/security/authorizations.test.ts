/**
 * S12 on single resources: what an authorization stands for, generated from the operations' own words. A caller is told
 * 403 without the very permission that an operation names, reaches everything with it on "*", and with it on single
 * resources these alone: others are refused by name and left out of searches; those of another tenant do not exist.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Grant, resourcePermissions } from "../../api/auth/resource-permissions.ts";
import { documentedOperations } from "../../api/openapi/surface.ts";
import { type OpenApi, operationsOf, type SampledOperation } from "../api/sample-request.ts";
import { type Answered, call } from "../api/server.ts";
import { type Issuer, startIssuer } from "./issuer.ts";
import { namesIn, type OperationRequest, rightRequest, wrongRequest } from "./operation-requests.ts";
import { fillTenant, type Headers, startTwoTenants, type TwoTenants, taintOf } from "./two-tenants.ts";

let world: TwoTenants;
let issuer: Issuer;
let owner: Headers;
let document: OpenApi;
let keys: ReadonlyMap<string, string>;

interface GovernedOperation extends SampledOperation {
  readonly grants: readonly Grant[];
}
let governed: readonly GovernedOperation[];

/** Only the process `two-steps` is within reach of B; A reaches what `fillTenant` has made. */
const processesOfA = ["order", "review", "waiter", "toolbox", "rules"];
const allTypes = Object.entries(resourcePermissions);

type Row = readonly [ownerId: string, resourceType: string, resourceId: string, permissionTypes: readonly string[]];

/** Straight into the table: some thousands by the API would take longer than all else. The API's own tests: below, and test/contract. */
async function give(rows: readonly Row[]): Promise<void> {
  const made = rows.map(([ownerId, resourceType, resourceId, permissionTypes]) => ({
    owner_id: ownerId,
    resource_type: resourceType,
    resource_id: resourceId,
    permission_types: permissionTypes,
  }));
  await world.server.application.database.query(
    `insert into given_authorization (owner_type, owner_id, resource_type, resource_id, permission_types, created_at_ms)
     select 'USER', r.owner_id, r.resource_type, r.resource_id,
            array(select jsonb_array_elements_text(r.permission_types)), 0
       from jsonb_to_recordset($1::jsonb) as r(owner_id text, resource_type text, resource_id text, permission_types jsonb)`,
    [JSON.stringify(made)],
  );
  // One by the API: the server looks again at once, instead of in a second.
  const one = {
    ownerType: "CLIENT",
    ownerId: "nobody",
    resourceType: "EXPRESSION",
    resourceId: "*",
    permissionTypes: ["EVALUATE"],
  };
  expect((await call(world.server, "POST", "/v2/authorizations", one, world.admin)).status).toBe(201);
}

const user = (name: string, tenant = "north"): Promise<Headers> =>
  issuer.as({ preferred_username: name, tenants: [tenant] });
const send = (operation: SampledOperation, { path, body }: OperationRequest, headers: Headers): Promise<Answered> =>
  call(world.server, operation.method, path, body, headers);

/** Operations with the same grants are called by the same people: "may-12-0" has the first grant of the twelfth list. */
const lists: string[] = [];
function listOf({ grants }: GovernedOperation): number {
  const text = JSON.stringify(grants);
  if (!lists.includes(text)) lists.push(text);
  return lists.indexOf(text);
}

/** What the people of each list of grants have. */
function rowsOfLists(): Row[] {
  return [...new Map(governed.map((operation) => [listOf(operation), operation.grants]))].flatMap(([list, grants]) => [
    ...allTypes.map(([type, all]): Row => {
      const isNamed = (one: string) =>
        grants.some(({ resource, permission }) => resource === type && permission === one);
      return [`not-${list}`, type, "*", all.filter((one) => !isNamed(one))];
    }),
    ...grants.flatMap(({ resource, permission, with: besides = [] }, index): Row[] => [
      [`may-${list}-${index}`, resource, "*", [permission]],
      ...besides.slice(0, 1).map((other): Row => [`may-${list}-${index}`, other.resource, "*", [other.permission]]),
      [`lone-${list}-${index}`, resource, "*", [permission]],
      [`one-${list}-${index}`, resource, "thing-1", [permission]],
    ]),
  ]);
}

beforeAll(async () => {
  issuer = await startIssuer();
  world = await startTwoTenants({ AUTHENTICATION: "basic,token,oidc", ...issuer.environment });
  document = (await call(world.server, "GET", "/openapi.json")).json as OpenApi;
  keys = await fillTenant(world, "north");
  owner = await world.as("north", "administrator");
  const started = { processDefinitionId: "two-steps", tenantId: "north", variables: { of: "b" } };
  expect((await call(world.server, "POST", "/v2/process-instances", started, owner)).status).toBe(200);
  const grants = new Map(documentedOperations().map(({ operation }) => [operation.id, operation.grants]));
  governed = operationsOf(document).flatMap((operation) => {
    const own = grants.get(operation.id);
    return own === undefined ? [] : [{ ...operation, grants: own }];
  });
  const decisions = (await call(world.server, "POST", "/v2/decision-definitions/search", {}, owner)).json.items;
  const idsOfA: Readonly<Record<string, readonly string[]>> = {
    PROCESS_DEFINITION: processesOfA,
    DECISION_DEFINITION: decisions.map((item: { decisionDefinitionId: string }) => item.decisionDefinitionId),
    DECISION_REQUIREMENTS_DEFINITION: decisions.map(
      (item: { decisionRequirementsId: string }) => item.decisionRequirementsId,
    ),
    RESOURCE: ["notes.txt", "review-form"],
    MESSAGE: ["paid"],
    POLICY: ["refund"],
  };
  const idsOfB: Readonly<Record<string, readonly string[]>> = {
    PROCESS_DEFINITION: ["two-steps"],
    DECISION_DEFINITION: ["other"],
    DECISION_REQUIREMENTS_DEFINITION: ["other"],
    RESOURCE: ["two-steps"],
    MESSAGE: ["other"],
    USER_TASK: ["1"],
    POLICY: ["baseline"],
  };
  const onIds = (who: string, ids: typeof idsOfA): Row[] => [
    ...allTypes.flatMap(([type, all]) => (ids[type] ?? []).map((id): Row => [who, type, id, all])),
    // Batches cannot be single; what they reach is.
    [who, "BATCH", "*", resourcePermissions.BATCH],
  ];
  await give([...onIds("inside", idsOfA), ...onIds("outside", idsOfB), ...rowsOfLists()]);
}, 240_000);
afterAll(async () => {
  await world?.server.close();
  issuer?.close();
});

describe("authorizations on all resources (S12)", () => {
  it("stand for the operations that name their permission, each of them and no other", async () => {
    const wrong: string[] = [];
    for (const operation of governed) {
      const request = wrongRequest(operation);
      const list = listOf(operation);
      const tells = async (who: string) => (await send(operation, request, await user(who))).status;
      const without = await tells(`not-${list}`);
      if (without !== 403) wrong.push(`${operation.id} without its permissions: ${without}`);
      for (const [index, grant] of operation.grants.entries()) {
        const status = await tells(`may-${list}-${index}`);
        if (status === 403 || status === 401 || status >= 500)
          wrong.push(`${operation.id} ${grant.permission}: ${status}`);
        if (grant.with === undefined) continue;
        const alone = await tells(`lone-${list}-${index}`);
        if (alone !== 403) wrong.push(`${operation.id} without what it needs besides: ${alone}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(governed.length).toBeGreaterThan(170);
  }, 240_000);

  it("on one resource that a request names by its id stand for requests about this one", async () => {
    const wrong: string[] = [];
    let asked = 0;
    for (const operation of governed) {
      for (const [index, { by }] of operation.grants.entries()) {
        if (by === undefined) continue;
        asked++;
        const who = await user(`one-${listOf(operation)}-${index}`);
        for (const [thing, isTheirs] of [
          ["thing-1", true],
          ["thing-2", false],
        ] as const) {
          const { status, text } = await send(operation, requestNaming(operation, by, thing), who);
          if (isTheirs ? status === 403 || status >= 500 : status !== 403)
            wrong.push(`${operation.id} ${thing}: ${status} ${text.slice(0, 150)}`);
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(asked).toBeGreaterThan(50);
  }, 240_000);

  it("are named by every operation that not everybody may call, or there is a reason", () => {
    const without = documentedOperations().flatMap(({ operation: { id, access, grants } }) =>
      grants === undefined && access !== "public" && access !== "any" ? [{ id, access }] : [],
    );
    const unexplained = without.filter(
      ({ id, access }) => !onlyByRole.has(access.split(":")[0]!) && !onlyByRole.has(id),
    );
    expect(unexplained).toEqual([]);
    // And told to whoever asks what a call needs.
    const told = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods as Record<string, { operationId: string; "x-authorizations"?: unknown[] }>),
    );
    for (const { id, grants } of governed)
      expect(told.find(({ operationId }) => operationId === id)?.["x-authorizations"], id).toEqual(
        grants.map(({ resource, permission }) =>
          expect.objectContaining({ resourceType: resource, permissionType: permission }),
        ),
      );
  });
});

/** Permission words, by their first part, and operations that only a role gives, each with the reason. */
const onlyByRole: ReadonlyMap<string, string> = new Map([
  ["record", "the organisation's record of decisions is of no single resource"],
  ["approval", "who votes is the policy's word: groups, quorum, four eyes"],
  ["action", "questions to the decision plane come from agents and enforcement points"],
  ["change", "who hands in, approves and deploys a change is a matter of duties"],
  ["deployChange", "as above"],
  ["createAccount", "an account comes with roles: to make one is to give them"],
  ["changeAccount", "as above"],
  ["listAccounts", "accounts show roles, tenants and programs; people: searchUsers"],
  ["getAccountMemberships", "as above"],
  ["deleteAccount", "accounts of programs as well; people: deleteUser"],
  ["listTokens", "credentials are the administrator's"],
  ["createToken", "as above"],
  ["deleteToken", "as above"],
  ["eraseSubject", "erases in every record, whatever it is of"],
  ["getTenantBudget", "of a whole tenant"],
  ["changeTenantBudget", "of a whole tenant"],
  ["resolveAlert", "alerts are the installation's"],
  ["streamEvents", "notices of everything that happens"],
]);

/** A request about the thing of this name, as the grant says where it stands. */
function requestNaming(operation: SampledOperation, by: string, thing: string): OperationRequest {
  const place = by.split(".");
  if (place[0] === "params") return rightRequest(operation, document, new Map([[place[1]!, thing]]));
  const bodies: Readonly<Record<string, object>> = {
    "body.name": { name: thing, value: 1 },
    "body.manifest.id": { manifest: { id: thing }, dmn: "<none/>" },
  };
  return { path: rightRequest(operation, document, new Map()).path, body: bodies[by] };
}

const isNaming = (operation: SampledOperation): boolean => namesIn(operation).some((name) => keys.has(name));
const singles = (): GovernedOperation[] =>
  governed.filter(({ grants }) => grants.some(({ single }) => single === true));

describe("authorizations on single resources (S12)", () => {
  it("let nobody else's things be named: 403, and 404 for those of another tenant, at every operation", async () => {
    const wrong: string[] = [];
    const [outside, foreign] = [await user("outside"), await user("inside", "south")];
    const naming = singles().filter(isNaming);
    for (const operation of naming)
      for (const [headers, expected] of [
        [outside, 403],
        [foreign, 404],
      ] as const) {
        const request = rightRequest(operation, document, keys);
        // The target of a migration is looked at first: it has to be there, for whom it is not another tenant's.
        const body = operation.id === "migrateProcessInstance" ? migration() : request.body;
        const { status, text } = await send(operation, { ...request, body }, headers);
        if (status !== expected || text.includes(taintOf("north")))
          wrong.push(`${operation.id}: ${status} instead of ${expected} ${text.slice(0, 200)}`);
      }
    expect(wrong).toEqual([]);
    expect(naming.length).toBeGreaterThan(45);
  }, 240_000);

  it("leave the others out of every search and every count", async () => {
    const wrong: string[] = [];
    const [inside, outside, foreign] = [await user("inside"), await user("outside"), await user("inside", "south")];
    const searches = singles().filter((operation) => !isNaming(operation) && operation.id in lookingAt);
    for (const operation of searches) {
      const request = { path: operation.path, body: undefined, ...lookingAt[operation.id] };
      const [mine, others, southern] = [
        await send(operation, request, inside),
        await send(operation, request, outside),
        await send(operation, request, foreign),
      ];
      const says = (what: string, { status, text }: Answered) =>
        wrong.push(`${operation.id} ${what}: ${status} ${text.slice(0, 200)}`);
      if (mine.status !== 200) says("of A", mine);
      const leaks = [taintOf("north"), ...processesOfA.map((id) => `Id":"${id}"`), keys.get("processInstanceKey")!];
      if (others.status !== 200 || leaks.some((leak) => others.text.includes(leak))) says("of B", others);
      if (southern.status !== 200 || leaks.some((leak) => southern.text.includes(leak))) says("of the south", southern);
      const items = (answer: Answered): readonly object[] => answer.json.items ?? answer.json.jobs ?? [];
      if (neverEmpty.has(operation.id) && items(mine).length === 0) says("of A is empty", mine);
      const processIds = items(others).map((item) => (item as { processDefinitionId?: string }).processDefinitionId);
      if (processIds.some((id) => id !== undefined && id !== "two-steps")) says("of B shows others", others);
    }
    expect(wrong).toEqual([]);
    const started = { created: { count: 1 } };
    const global = singles().find(({ id }) => id === "getGlobalJobStatistics")!;
    expect((await send(global, lookingAt.getGlobalJobStatistics as OperationRequest, outside)).json).toMatchObject(
      started,
    );
  }, 240_000);

  it("let a command that says in its body what it is for reach its own things alone", async () => {
    const [inside, outside] = [await user("inside"), await user("outside")];
    for (const [id, asking] of Object.entries(commands)) {
      const operation = governed.find((one) => one.id === id)!;
      const refused = await send(operation, { path: operation.path, body: asking() }, outside);
      expect([403, ...(id.endsWith("BatchOperation") ? [200] : [])], `${id}: ${refused.text}`).toContain(
        refused.status,
      );
      if (refused.status !== 200) continue;
      const batch = `/v2/batch-operations/${refused.json.batchOperationKey}`;
      const progress = () => call(world.server, "GET", batch, undefined, owner).then(({ json }) => json);
      await expect.poll(async () => (await progress()).state, { timeout: 20_000 }).toBe("COMPLETED");
      expect(await progress(), id).toMatchObject({ operationsTotalCount: 0 });
    }
    for (const id of ["createProcessInstance", "evaluateDecision", "publishMessage", "createDeployment"] as const) {
      const operation = governed.find((one) => one.id === id)!;
      const done = await send(operation, { path: operation.path, body: commands[id]!() }, inside);
      expect(done.status, `${id}: ${done.text}`).toBe(200);
    }
    // Every operation that can be limited was looked at: by the name in its path, as a search, or above.
    // What conditions start cannot be told from the request: test/engine/runtime/scope.test.ts.
    const known = new Set([...Object.keys(lookingAt), ...Object.keys(commands), "evaluateConditionals"]);
    expect(
      singles()
        .filter((one) => !isNaming(one) && !known.has(one.id))
        .map(({ id }) => id),
    ).toEqual([]);
  }, 240_000);

  it("let everything be done with one's own things", async () => {
    const inside = await user("inside");
    // Reads first; what ends a thing last.
    const ending = /^(complete|cancel|delete|fail|throw|terminate|interrupt)/;
    const order = (one: SampledOperation): number => (ending.test(one.id) ? 2 : one.method === "GET" ? 0 : 1);
    const naming = singles()
      .filter(isNaming)
      .sort((one, other) => order(one) - order(other));
    const refused: string[] = [];
    const done: string[] = [];
    for (const operation of naming) {
      const { status, text } = await send(operation, rightRequest(operation, document, keys), inside);
      if (status === 403 || status >= 500) refused.push(`${operation.id}: ${status} ${text.slice(0, 200)}`);
      if (status < 300) done.push(operation.id);
    }
    expect(refused).toEqual([]);
    expect(done).toEqual(
      expect.arrayContaining([
        "getProcessInstance",
        "searchUserTaskVariables",
        "resolveIncident",
        "completeUserTask",
        "cancelProcessInstance",
        "getInstanceHistory",
      ]),
    );
    expect(done.length).toBeGreaterThan(naming.length / 2);
  }, 240_000);
});

const window = { from: "2020-01-01T00:00:00Z", to: "2100-01-01T00:00:00Z" };
const ofType = { filter: { ...window, jobType: "ship" } };

/** Reads of many things → the smallest request that finds all of them. */
const lookingAt: Readonly<Record<string, Partial<OperationRequest>>> = {
  ...Object.fromEntries(
    [
      "searchProcessDefinitions",
      "searchProcessInstances",
      "searchJobs",
      "searchUserTasks",
      "searchMessageSubscriptions",
      "searchCorrelatedMessageSubscriptions",
      "searchIncidents",
      "searchElementInstances",
      "searchVariables",
      "searchDecisionDefinitions",
      "searchDecisionRequirements",
      "searchDecisionInstances",
      "getProcessDefinitionInstanceStatistics",
      "getProcessInstanceStatisticsByError",
      "getProcessDefinitionMessageSubscriptionStatistics",
    ].map((id) => [id, { body: {} }]),
  ),
  getProcessDefinitionInstanceVersionStatistics: { body: { filter: { processDefinitionId: "two-steps" } } },
  getProcessInstanceStatisticsByDefinition: { body: { filter: { errorHashCode: 1 } } },
  getGlobalJobStatistics: { path: `/v2/jobs/statistics/global?from=${window.from}&to=${window.to}` },
  getJobTypeStatistics: { body: { filter: window } },
  getJobWorkerStatistics: { body: ofType },
  getJobTimeSeriesStatistics: { body: ofType },
  getJobErrorStatistics: { body: ofType },
  searchPolicies: {},
  searchForms: {},
  activateJobs: {
    body: { type: "charge", timeout: 60_000, maxJobsToActivate: 10, requestTimeout: -1, tenantFilter: "ASSIGNED" },
  },
};
const neverEmpty = new Set(
  Object.keys(lookingAt).filter((id) =>
    /^search(?!Correlated)|activateJobs|getJobTypeStatistics|InstanceStatistics$/.test(id),
  ),
);

const migration = () => ({
  targetProcessDefinitionKey: keys.get("processDefinitionKey"),
  mappingInstructions: [{ sourceElementId: "charge", targetElementId: "charge" }],
});

/** Commands that say in their body what they are for: here for something of A. */
const commands: Readonly<Record<string, () => unknown>> = {
  createProcessInstance: () => ({ processDefinitionId: "order", tenantId: "north" }),
  evaluateDecision: () => ({ decisionDefinitionId: "discount", tenantId: "north", variables: { amount: 1 } }),
  publishMessage: () => ({ name: "paid", correlationKey: "nobody", timeToLive: 0, tenantId: "north" }),
  correlateMessage: () => ({ name: "paid", correlationKey: "nobody", tenantId: "north" }),
  createDeployment() {
    const form = new FormData();
    form.append("resources", new Blob(["changed"]), "notes.txt");
    form.append("tenantId", "north");
    return form;
  },
  ...Object.fromEntries(
    ["cancelProcessInstances", "deleteProcessInstances", "resolveIncidents"].map((what) => [
      `${what}BatchOperation`,
      () => ({ filter: { processDefinitionId: { $in: processesOfA } } }),
    ]),
  ),
  migrateProcessInstancesBatchOperation: () => ({
    filter: { processDefinitionId: "order" },
    migrationPlan: migration(),
  }),
  modifyProcessInstancesBatchOperation: () => ({
    filter: { processDefinitionId: "order" },
    moveInstructions: [{ sourceElementId: "charge", targetElementId: "end" }],
  }),
  deleteDecisionInstancesBatchOperation: () => ({ filter: { decisionDefinitionId: "discount" } }),
};
