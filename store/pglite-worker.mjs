/**
 * PGlite in its own thread, so that a batch of 500 commands does not stop the event loop of the server (measured: one
 * core at saturation). Plain JavaScript because a worker thread of Node 20 cannot load TypeScript. Requests are done
 * one after another, in the order in which they arrive; `store/pglite.ts` is the other end.
 */
import { readFile } from "node:fs/promises";
import { parentPort, workerData } from "node:worker_threads";
import { PGlite } from "@electric-sql/pglite";

const port = parentPort;
if (!port) throw new Error("Expected a worker thread, but this is the main thread");

const INT8 = 20;
/** int8 as text, as the other driver gives it: keys do not fit a double. */
const options = { parsers: { [INT8]: (value) => value } };
const { dataDir, dump } = workerData.options;
const database = await PGlite.create({
  ...(dataDir && { dataDir }),
  ...(dump && { loadDataDir: new Blob([await readFile(dump)]) }),
});
const listeners = new Map();

const prepared = new Set();

function literal(value) {
  return typeof value === "number" ? String(value) : `'${String(value).replaceAll("'", "''")}'`;
}

/**
 * One transaction in one call. Statements with a name are prepared once: parsing and planning a batch's statement takes
 * this build of PostgreSQL several milliseconds, executing it a fraction of one. The generic plan is made at the first
 * execution, when hash and merge joins are out of the question (see writerSettings in postgres.ts), and kept.
 */
async function batch(statements) {
  const script = ["begin; set local plan_cache_mode = force_generic_plan;"];
  const fresh = statements.filter((statement) => !prepared.has(statement.name));
  if (fresh.length > 0) {
    script.push(
      "set local enable_seqscan = off; set local enable_hashjoin = off; set local enable_mergejoin = off; set local enable_bitmapscan = off;",
    );
    for (const { name, sql } of fresh) script.push(`prepare ${name} as ${sql};`);
  }
  for (const { name, parameters } of statements) script.push(`execute ${name}(${parameters.map(literal).join(",")});`);
  script.push("commit;");
  try {
    await database.exec(script.join("\n"));
    for (const { name } of fresh) prepared.add(name);
  } catch (error) {
    await database.exec("rollback");
    // Prepared statements outlive a rollback.
    for (const { name } of fresh) {
      const { rows } = await database.query("select 1 from pg_prepared_statements where name = $1", [name]);
      if (rows.length > 0) prepared.add(name);
    }
    throw error;
  }
}

/** One statement as the reader of some tenants: role and setting end with the transaction, which rolls back after an error. */
async function behindWall({ role, setting, tenants }, sql, parameters) {
  await database.exec(
    `begin; set local role ${role}; select set_config(${literal(setting)}, ${literal(tenants)}, true);`,
  );
  try {
    return (await database.query(sql, parameters, options)).rows;
  } finally {
    await database.exec("commit");
  }
}

async function handle(request) {
  switch (request.type) {
    case "walled":
      return behindWall(request.wall, request.sql, request.parameters);
    case "query":
      return (await database.query(request.sql, request.parameters, options)).rows;
    case "execute":
      await database.exec(request.sql);
      return null;
    case "batch":
      await batch(request.statements);
      return null;
    case "vacuum":
      await database.exec(`vacuum analyze ${request.table}`);
      // New statistics throw the kept plans away; made again they must be made under the same settings.
      await database.exec("deallocate all");
      prepared.clear();
      return null;
    case "listen":
      listeners.set(
        request.channel,
        await database.listen(request.channel, (payload) =>
          port.postMessage({ type: "notification", channel: request.channel, payload }),
        ),
      );
      return null;
    case "close":
      await database.close();
      return null;
    default:
      throw new Error(`Expected a known request, but got ${request.type}`);
  }
}

let last = Promise.resolve();
port.on("message", (request) => {
  last = last.then(async () => {
    try {
      port.postMessage({ type: "answer", id: request.id, value: await handle(request) });
    } catch (error) {
      port.postMessage({
        type: "failure",
        id: request.id,
        message: error?.message ?? String(error),
        code: error?.code ?? null,
        constraint: error?.constraint ?? null,
      });
    }
    if (request.type === "close") port.close();
  });
});
port.postMessage({ type: "ready" });
