/** Permissions on single resources, as the engine keeps them: what a caller with a scope sees, does and is refused. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { controllableClock, type Engine } from "../../../engine/index.ts";
import { type Database, migrate, openDatabase } from "../../../store/index.ts";
import { emptyStore } from "../../empty-store.ts";
import { startEngine } from "./harness.ts";
import { callerless, empty, isNothing, methodsOf, refused, without } from "./scope-calls.ts";
import { alice, buildWorld, scoped, type World } from "./scope-world.ts";

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
