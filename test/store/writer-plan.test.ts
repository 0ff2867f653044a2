import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writes } from "../../engine/runtime/rows/tables.ts";
import { type Database, migrate, openDatabase, type WriterConnection } from "../../store/index.ts";
import { postgresMissing, startPostgres, type TestPostgres } from "../postgres.ts";

const missing = postgresMissing();

describe.skipIf(missing !== null)(`the writer's plans${missing ? ` (skipped: ${missing})` : ""}`, () => {
  let server: TestPostgres;
  let database: Database;
  let writer: WriterConnection;
  beforeAll(async () => {
    server = await startPostgres({ fsync: false });
    database = await openDatabase({ databaseUrl: await server.createDatabase() });
    await migrate(database);
    writer = await database.openWriter();
    // Grown and never analysed: the state in which the planner's default was 2.5 times slower.
    await database.execute(`insert into element_instance (root_key, key, instance_key, definition_key, element_id, type, state, started_at, tenant_id)
      select n, n, n, 1, 'e', 'TASK', 'ACTIVE', 0, '' from generate_series(1, 5000) n`);
  });
  afterAll(async () => {
    await writer?.close();
    await database?.close();
    await server?.stop();
  });

  const byKey = Object.entries(writes).filter(
    ([name, write]) => write.sql.startsWith("update") && !name.endsWith("Migrate") && name !== "jobsSuspend",
  );

  it.each(byKey.map(([name]) => name))("%s goes from the batch to the rows by an index on their key", async (name) => {
    const { sql } = writes[name as keyof typeof writes];
    await writer.execute(`prepare "${name}" (jsonb) as ${sql.replaceAll("$1::jsonb", "$1")}`);
    const plan = (await writer.query<{ "QUERY PLAN": string }>(`explain execute "${name}" ('[]')`))
      .map((row) => row["QUERY PLAN"])
      .join("\n");
    expect(plan).toContain("Nested Loop");
    expect(plan).toMatch(/Function Scan on jsonb_to_recordset r[\s\S]*Index Scan using/);
    expect(plan).toMatch(/Index Cond: .*key = r\.key/);
    expect(plan).not.toMatch(/Seq Scan|Hash|Merge|Bitmap/);
  });

  it("keeps completions of jobs inside a node heap-only: no index hangs on a column that they change", async () => {
    const rows = await database.query<{ indexdef: string }>("select indexdef from pg_indexes where tablename = 'job'");
    for (const { indexdef } of rows) expect(indexdef).not.toMatch(/\b(state|ended_at|updated_at|retry_at|deadline)\b/);
  });
});
