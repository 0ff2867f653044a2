/**
 * S13, the second wall: row-level security. Queries that forget their tenant are planted on purpose, over every resource
 * and every table; the database itself gives nothing foreign away. On both stores.
 */
import pg from "pg";
import { describe, expect, it } from "vitest";
import { readSettings } from "../../api/config.ts";
import { openLog } from "../../api/http/log.ts";
import { openStore } from "../../api/open-store.ts";
import { createDecisionPlane, generateSigner, type Question } from "../../decisions/index.ts";
import { type CallContext, createEngine, type Engine } from "../../engine/index.ts";
import { auditLog } from "../../engine/runtime/queries/audit-resource.ts";
import * as batch from "../../engine/runtime/queries/batch-resources.ts";
import * as definition from "../../engine/runtime/queries/definition-resources.ts";
import * as instance from "../../engine/runtime/queries/instance-resources.ts";
import * as message from "../../engine/runtime/queries/message-resources.ts";
import type { Resource } from "../../engine/runtime/queries/resource.ts";
import { search } from "../../engine/runtime/queries/search.ts";
import * as work from "../../engine/runtime/queries/work-resources.ts";
import { type DocumentMetadata, openDocumentStore } from "../../store/documents.ts";
import { createGroupCommit, type Database, openDatabase } from "../../store/index.ts";
import { everything } from "../contract/models.ts";
import { readPackage, refundQuestion } from "../decisions/plane/open-plane.ts";
import { postgresMissing, startPostgres } from "../postgres.ts";
import { onBothStores } from "../stores.ts";

const resources: Readonly<Record<string, Resource<unknown>>> = {
  auditLog,
  batchOperations: batch.batchOperations,
  batchOperationItems: batch.batchOperationItems,
  processDefinitions: definition.processDefinitions,
  decisionDefinitions: definition.decisionDefinitions,
  decisionRequirements: definition.decisionRequirements,
  decisionInstances: definition.decisionInstances,
  forms: definition.forms,
  resources: definition.resources,
  processInstances: instance.processInstances,
  elementInstances: instance.elementInstances,
  variables: instance.variablesResource(false),
  messageSubscriptions: message.messageSubscriptions,
  correlatedMessages: message.correlatedMessages,
  messages: message.messages,
  jobs: work.jobs,
  userTasks: work.userTasks,
  incidents: work.incidents,
};

const contextOf = (tenant: string): CallContext => ({
  actor: { id: `${tenant}-operator`, type: "human" },
  tenantIds: [tenant],
});

/** Everything of a tenant carries its name: rows, values and people. */
async function fill(engine: Engine, tenant: string): Promise<void> {
  const context = contextOf(tenant);
  const files = Object.entries(everything).map(([name, content]) => ({
    name,
    content: new TextEncoder().encode(content),
  }));
  await engine.deploy(files, { tenantId: tenant }, context);
  const start = (processId: string, variables: Record<string, string | number> = {}) =>
    engine.createInstance(
      { processDefinitionId: processId, tenantId: tenant, variables: { whose: `taint-${tenant}`, ...variables } },
      context,
    );
  // The last one has nothing to correlate by: an incident.
  for (const id of ["order", "review", "sleeper", "waiter"]) await start(id);
  await start("rules", { amount: 120 });
  await start("waiter", { orderId: `taint-${tenant}` });
  await start("waiter", { orderId: `other-taint-${tenant}` });
  await engine.correlateMessage(
    { name: "paid", correlationKey: `taint-${tenant}`, tenantId: tenant, variables: {} },
    context,
  );
  await engine.publishMessage(
    { name: "paid", correlationKey: `later-taint-${tenant}`, tenantId: tenant, variables: {}, timeToLiveMs: 3_600_000 },
    context,
  );
  await engine.startBatchOperation(
    { type: "CANCEL_PROCESS_INSTANCE", filter: { processDefinitionId: "sleeper" } },
    context,
  );
  await engine.clusterVariables.create({ name: "vat", tenantId: tenant }, `taint-${tenant}`, context);
}

const own = "north";
const foreign = "south";

const forgetting = (database: Database): Database => ({ ...database, forTenants: () => database.forTenants([own]) });
const unwalled = (database: Database): Database => ({ ...database, forTenants: () => database });

const documentMetadata = (fileName: string): DocumentMetadata => ({
  contentType: "text/plain",
  fileName,
  expiresAt: null,
  size: 1,
  processDefinitionId: null,
  processInstanceKey: null,
  customProperties: {},
});

onBothStores("S13 the wall between tenants", (store) => {
  let database: Database;
  let close: () => Promise<void>;
  /** An engine whose reads on behalf of anybody are on behalf of our own tenant, whatever its queries ask for. */
  let forgetfulEngine: Engine;
  const documentIds = new Map<string, string>();

  it("S13 has rows of both tenants to keep apart", async () => {
    database = await store.open({ tenantWall: true });
    const groupCommit = await createGroupCommit(database);
    const plane = await createDecisionPlane({ database, groupCommit, signer: generateSigner() });
    const engine = await createEngine({ database, groupCommit, plane });
    await engine.start();
    close = async () => {
      await engine.stop();
      await plane.stop();
      await groupCommit.close();
    };
    forgetfulEngine = await createEngine({ database: forgetting(database), groupCommit, plane });
    await plane.installPolicy(await readPackage("refund"));
    const documents = openDocumentStore(database);
    for (const tenant of [own, foreign]) {
      await fill(engine, tenant);
      const { documentId } = await documents.create({
        content: Buffer.from(`taint-${tenant}`),
        metadata: documentMetadata(`${tenant}.txt`),
        tenantId: tenant,
      });
      documentIds.set(tenant, documentId);
      const by = { id: `${tenant}-agent`, type: "service", tenantIds: [tenant] } as const;
      const { decisionId } = await plane.evaluate(
        refundQuestion(10, {
          args: { amount: 10, method: "credit", customerId: `taint-${tenant}` },
        }) as unknown as Question,
        by,
      );
      await plane.recordOutcome(decisionId, { status: "succeeded" }, by);
      await plane.evaluate(
        refundQuestion(1000, { actor: { id: `${tenant}-agent`, type: "agent" } }) as unknown as Question,
        by,
      );
    }
    for (const [name, resource] of Object.entries(resources))
      for (const tenant of [own, foreign])
        expect(
          (await search(database, resource, {}, contextOf(tenant))).items.length,
          `${name} of ${tenant}`,
        ).toBeGreaterThan(0);
  }, 60_000);

  it("S13 gives a search that forgets its tenants the rows of the caller alone", async () => {
    const forgetful = forgetting(database);
    for (const [name, resource] of Object.entries(resources)) {
      const asked = contextOf(own);
      const careful = await search(database, resource, { page: { limit: 1000 } }, asked);
      const careless = await search(forgetful, resource, { page: { limit: 1000 } }, { actor: asked.actor });
      expect(careless.items, name).toEqual(careful.items);
      expect(careless.page.totalItems, name).toBe(careful.page.totalItems);
      expect(JSON.stringify(careless.items), name).not.toContain(foreign);
    }
  });

  it("S13 gives a worker that asks for everybody's jobs those of its own tenant alone, and locks no others", async () => {
    const asked = { type: "charge", worker: "w", timeoutMs: 60_000, maxJobsToActivate: 100, requestTimeoutMs: -1 };
    const taken = await forgetfulEngine.activateJobs(asked, { actor: contextOf(own).actor });
    expect(taken.map(({ tenantId }) => tenantId)).toEqual([own]);
    const locked = await database.query<{ tenant_id: string }>("select tenant_id from job where worker = 'w'");
    expect(locked).toEqual([{ tenant_id: own }]);
    const left = await forgetfulEngine.activateJobs(asked, { actor: contextOf(own).actor });
    expect(left).toEqual([]);
  });

  it("S13 gives a store of documents that forgets its tenants the caller's documents alone", async () => {
    const forgetful = openDocumentStore(forgetting(database));
    const careful = openDocumentStore(database);
    const [mine, theirs] = [documentIds.get(own)!, documentIds.get(foreign)!];
    expect((await forgetful.content(mine, null)).toString()).toBe(`taint-${own}`);
    expect(await forgetful.find(theirs, null)).toBeUndefined();
    await expect(forgetful.content(theirs, null)).rejects.toThrow(/it is gone/);
    // The first wall alone.
    expect(await careful.find(theirs, null)).toMatchObject({ tenantId: foreign });
    expect(await openDocumentStore(unwalled(database)).find(theirs, [own])).toBeUndefined();
    await careful.remove(theirs, [own]);
    expect(await careful.find(theirs, [foreign])).toMatchObject({ tenantId: foreign });
  });

  it("S13 gives `select *` of every readable table nothing foreign, and a caller of no tenant nothing at all", async () => {
    const tables = await database.query<{ name: string; has_tenant: boolean }>(
      `select c.relname as name, exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id') as has_tenant
         from pg_class c where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'v')`,
    );
    const everybodys = new Set([
      "policy_version",
      "policy_promotion",
      "policy_test_run",
      "plane_checkpoint",
      "plane_key",
    ]);
    let read = 0;
    for (const { name, has_tenant } of tables) {
      const all = (tenants: readonly string[]) =>
        database.forTenants(tenants).query<object>(`select to_jsonb(t) as row from ${name} t`);
      const rows = await all([own]).catch((error: unknown) => {
        expect(String(error), name).toContain("permission denied");
        return null;
      });
      // What has a tenant must be readable behind the wall, or a colleague's new table would be out of reach.
      if (rows === null) expect(has_tenant, name).toBe(false);
      else {
        read += rows.length;
        expect(JSON.stringify(rows), name).not.toContain(foreign);
        if (!everybodys.has(name)) {
          const left = (await all([])).filter((row) => !JSON.stringify(row).includes('"kind": "promotion"'));
          expect(
            left.filter((row) => !/"kind": ?"promotion"/.test(JSON.stringify(row))),
            name,
          ).toEqual([]);
        }
      }
    }
    expect(read).toBeGreaterThan(100);
    for (const secret of ["account", "api_token", "web_session", "instance_snapshot"])
      await expect(database.forTenants([own]).query(`select * from ${secret}`), secret).rejects.toThrow(
        /permission denied/,
      );
  });

  it("S13 lets readers behind it read, and nothing else", async () => {
    const reader = database.forTenants([own]);
    for (const sql of [
      "delete from process_instance",
      "update job set retries = 99",
      "update job set deadline = 1, state = 'CANCELED'",
      "update job set tenant_id = 'north'",
      "insert into variable (root_key, scope_key, name, key, instance_key, value, tenant_id) values (1, 1, 'x', 1, 1, '1', 'north')",
      "truncate history",
      "create table mine (x int)",
      "alter table job disable row level security",
    ])
      await expect(reader.query(sql), sql).rejects.toThrow(/permission denied|must be owner/);
    expect((await database.query("select 1 from job where retries = 99")).length).toBe(0);
    // What workers need to lock jobs: of their own tenant only.
    const locked = await reader.query<{ tenant_id: string }>("update job set deadline = 1 returning tenant_id");
    expect(new Set(locked.map((row) => row.tenant_id))).toEqual(new Set([own]));
  });

  it("S13 never shows rows of the caller before, when callers of both tenants take turns", async () => {
    const sql = "select distinct tenant_id from process_instance order by 1";
    const turns = Array.from(
      { length: 200 },
      (_, turn) => [[own], [foreign], [own, foreign], [], ["nobody's"]][turn % 5]!,
    );
    const seen = await Promise.all(
      turns.map(async (tenants) =>
        (await database.forTenants(tenants).query<{ tenant_id: string }>(sql)).map((row) => row.tenant_id),
      ),
    );
    const shown = turns.map((tenants) => tenants.filter((tenant) => tenant !== "nobody's"));
    expect(seen).toEqual(shown);
    // An error in between leaves nothing behind, neither a role nor rows.
    await expect(database.forTenants([own]).query("select 1 / 0")).rejects.toThrow();
    expect((await database.query<{ tenant_id: string }>(sql)).map((row) => row.tenant_id)).toEqual([own, foreign]);
    await close();
  });
});

describe.skipIf(postgresMissing() !== null)("S13 a database user who may not make roles", () => {
  it("S13 is told so where the wall is a must, and warned about where it is not; an administrator's role raises it", async () => {
    const server = await startPostgres({ fsync: false });
    try {
      const url = await server.createDatabase();
      const administer = async (sql: string): Promise<void> => {
        const client = new pg.Client({ connectionString: url });
        await client.connect();
        await client.query(sql);
        await client.end();
      };
      await administer(
        "create role limited login; alter database test_1 owner to limited; alter schema public owner to limited",
      );
      const limited = url.replace("interlock@", "limited@");
      const logged: string[] = [];
      const log = openLog("info", { write: (line: string) => void logged.push(line) });
      const settings = (wall: string) =>
        readSettings({ DATABASE_URL: limited, AUTHENTICATION: "basic", TENANT_WALL: wall });
      await expect(openStore(settings("on"), log)).rejects.toThrow(/Expected the role interlock_reader/);
      const without = await openStore(settings("auto"), log);
      expect(logged.join("")).toContain("create role interlock_reader");
      expect(await without.forTenants([]).query("select 1 as one")).toEqual([{ one: 1 }]);
      await without.close();
      await administer("create role interlock_reader nologin; grant interlock_reader to limited");
      const walled = await openStore(settings("on"), log);
      await walled.query("insert into deployment (key, tenant_id, deployed_at, actor) values (1, 'north', 0, '{}')");
      expect(await walled.query("select key from deployment")).toHaveLength(1);
      expect(await walled.forTenants(["south"]).query("select key from deployment")).toEqual([]);
      await walled.close();
      const again = await openDatabase({ databaseUrl: limited });
      expect(await again.forTenants(["south"]).query("select key from deployment")).toHaveLength(1);
      await again.close();
    } finally {
      await server.stop();
    }
  }, 60_000);
});
