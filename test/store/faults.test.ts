import { beforeAll, expect, it } from "vitest";
import {
  createGroupCommit,
  type Database,
  type Fault,
  type GroupCommit,
  StoreUnavailableError,
  withFaults,
} from "../../store/index.ts";
import { onBothStores } from "../stores.ts";

const countSql =
  "insert into signal (key, name, variables, broadcast_at, tenant_id) select key, 'n', '{}', 0, '' from jsonb_to_recordset($1::jsonb) as r(key bigint)";

onBothStores("the writer when the store fails", (store) => {
  let database: Database;
  beforeAll(async () => {
    database = await store.open();
  });
  const open = async (plan: (batch: number) => Fault | null, settled: string[] = []): Promise<GroupCommit> => {
    const commit = await createGroupCommit(withFaults(database, plan));
    commit.registerWrite("row", {
      sql: countSql,
      order: 0,
      seal: (rows) => JSON.stringify(rows),
      settled: (_lane, outcome) => settled.push(outcome),
    });
    return commit;
  };
  const submit = (commit: GroupCommit, key: number): Promise<void> =>
    commit.submit({ writes: [{ statement: "row", rows: [{ key }] }] });
  const has = async (key: number): Promise<boolean> =>
    (await database.query("select 1 from signal where key = $1", [key])).length === 1;

  it("knows that a batch whose answer was lost is written, and does not write it again", async () => {
    const settled: string[] = [];
    const commit = await open((batch) => (batch === 1 ? { kind: "lostAfter" } : null), settled);
    await submit(commit, 1);
    expect(await has(1)).toBe(true);
    await submit(commit, 2);
    expect(await has(2)).toBe(true);
    expect(settled).toEqual(["committed", "committed"]);
    await commit.close();
  });

  it("writes a batch again that was lost on the way", async () => {
    const settled: string[] = [];
    const commit = await open((batch) => (batch <= 3 ? { kind: "lostBefore" } : null), settled);
    await submit(commit, 11);
    expect(await has(11)).toBe(true);
    expect(settled).toEqual(["committed"]);
    await commit.close();
  });

  it("loses and doubles nothing in a thousand units with the connection cut every few batches", async () => {
    const commit = await open((batch) =>
      batch % 7 === 3 ? { kind: "lostAfter" } : batch % 5 === 2 ? { kind: "lostBefore" } : null,
    );
    for (let round = 0; round < 20; round++)
      await Promise.all(Array.from({ length: 50 }, (_, index) => submit(commit, 1_000 + round * 50 + index)));
    const rows = await database.query<{ count: string }>(
      "select count(*)::text as count from signal where key between 1000 and 1999",
    );
    expect(rows[0]?.count).toBe("1000");
    await commit.close();
  });

  it("tries a deadlocked batch again", async () => {
    const commit = await open((batch) => (batch <= 2 ? { kind: "refused", code: "40P01" } : null));
    await submit(commit, 21);
    expect(await has(21)).toBe(true);
    await commit.close();
  });

  it("says that the store is unavailable when the disk is full, without blaming a unit", async () => {
    const settled: string[] = [];
    const commit = await open((batch) => (batch === 1 ? { kind: "refused", code: "53100" } : null), settled);
    const results = await Promise.allSettled([submit(commit, 31), submit(commit, 32)]);
    for (const result of results)
      expect((result as PromiseRejectedResult).reason).toBeInstanceOf(StoreUnavailableError);
    await submit(commit, 33);
    expect([await has(31), await has(32), await has(33)]).toEqual([false, false, true]);
    expect(settled).toEqual(["failed", "committed"]);
    await commit.close();
  });
});
