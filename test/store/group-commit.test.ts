import { afterAll, beforeAll, expect, it } from "vitest";
import {
  createGroupCommit,
  type Database,
  type GroupCommit,
  LostRaceError,
  PoisonedUnitError,
} from "../../store/index.ts";
import { onBothStores } from "../stores.ts";

const historySql =
  "insert into history (root_key, sequence, at, command, events) select root_key, sequence, at, command, events from jsonb_to_recordset($1::jsonb) as r(root_key bigint, sequence integer, at bigint, command text, events text)";

/** The text column takes anything but NUL, which JSON.stringify would escape twice. */
const poison = "\u0000";

function row(rootKey: string, sequence: number, events: unknown = []): Record<string, unknown> {
  return {
    root_key: rootKey,
    sequence,
    at: 1,
    command: "{}",
    events: events === poison ? poison : JSON.stringify(events),
  };
}

onBothStores("group commit", (store) => {
  let database: Database;
  let commit: GroupCommit;
  let sealed: string[][] = [];
  let settled: string[] = [];
  beforeAll(async () => {
    database = await store.open();
    commit = await createGroupCommit(database);
    commit.registerWrite("history", { sql: historySql, order: 0 });
    commit.registerWrite("node", {
      sql: "insert into engine_node (id, started_at) select id, started_at from jsonb_to_recordset($1::jsonb) as r(id integer, started_at bigint)",
      order: 0,
    });
    commit.registerWrite("chained", {
      sql: "insert into signal (key, name, variables, broadcast_at, tenant_id) select key, name, '{}', 0, '' from jsonb_to_recordset($1::jsonb) as r(key bigint, name text)",
      order: 100,
      seal: (rows, lane) => {
        sealed.push(rows.map((entry) => String(entry.name)));
        return JSON.stringify(rows.map((entry, index) => ({ ...entry, name: `${lane}:${entry.name}:${index}` })));
      },
      settled: (_lane, outcome) => settled.push(outcome),
    });
  });
  afterAll(async () => {
    await commit.close();
  });
  const submit = (key: string, sequence: number, events?: unknown): Promise<void> =>
    commit.submit({
      instance: { key, baseVersion: sequence - 1 },
      writes: [{ statement: "history", rows: [row(key, sequence, events)] }],
    });

  it("writes many units and answers each after its commit", async () => {
    await Promise.all(Array.from({ length: 1200 }, (_, index) => submit(String(1000 + index), 1)));
    const rows = await database.query<{ count: string }>(
      "select count(*)::text as count from history where root_key >= 1000 and root_key < 2200",
    );
    expect(rows[0]?.count).toBe("1200");
  });

  it("keeps the order of one instance's units", async () => {
    await Promise.all(Array.from({ length: 20 }, (_, index) => submit("1", index + 1, [index])));
    const rows = await database.query<{ sequence: number; events: string }>(
      "select sequence, events from history where root_key = 1 order by sequence",
    );
    expect(rows.map((entry) => (JSON.parse(entry.events) as number[])[0])).toEqual(
      Array.from({ length: 20 }, (_, index) => index),
    );
  });

  it("takes poisoned units out and writes their neighbours", async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 200 }, (_, index) => submit(String(5000 + index), 1, index % 50 === 7 ? poison : ["fine"])),
    );
    const refused = results.flatMap((result, index) =>
      result.status === "rejected" ? [{ index, reason: result.reason as Error }] : [],
    );
    expect(refused.map((entry) => entry.index)).toEqual([7, 57, 107, 157]);
    for (const { reason } of refused) {
      expect(reason).toBeInstanceOf(PoisonedUnitError);
      expect((reason as PoisonedUnitError).code).toMatch(/^22/);
    }
    const rows = await database.query<{ count: string }>(
      "select count(*)::text as count from history where root_key >= 5000 and root_key < 5200",
    );
    expect(rows[0]?.count).toBe("196");
  });

  it("refuses the unit of an instance that somebody else has written since, and only that one", async () => {
    await submit("7001", 1);
    const results = await Promise.allSettled([submit("7000", 1), submit("7001", 1), submit("7002", 1)]);
    expect(results.map((result) => result.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect((results[1] as PromiseRejectedResult).reason).toBeInstanceOf(LostRaceError);
  });

  it("writes several tables of one unit together or not at all", async () => {
    await expect(
      commit.submit({
        instance: { key: "8000", baseVersion: 0 },
        writes: [
          { statement: "history", rows: [row("8000", 1)] },
          { statement: "node", rows: [{ id: "not a number", started_at: 1 }] },
        ],
      }),
    ).rejects.toBeInstanceOf(PoisonedUnitError);
    expect(await database.query("select 1 from history where root_key = 8000")).toEqual([]);
  });

  it("seals rows in the order of the batch, and again when the batch has to be split", async () => {
    sealed = [];
    settled = [];
    const unit = (key: string, name: string, events: unknown): Promise<void> =>
      commit.submit({
        instance: { key, baseVersion: 0 },
        writes: [
          { statement: "history", rows: [row(key, 1, events)] },
          { statement: "chained", rows: [{ key, name }] },
        ],
      });
    const results = await Promise.allSettled([unit("9000", "a", []), unit("9001", "b", poison), unit("9002", "c", [])]);
    expect(results.map((result) => result.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(sealed[0]).toEqual(["a", "b", "c"]);
    expect(sealed.length).toBe(settled.length);
    expect(settled.filter((outcome) => outcome === "committed").length).toBeGreaterThan(0);
    const rows = await database.query<{ name: string }>(
      "select name from signal where key in (9000, 9001, 9002) order by key",
    );
    expect(rows.map((entry) => entry.name.split(":")[1])).toEqual(["a", "c"]);
  });
});
