/**
 * PGlite in its own thread, so that a batch of 500 commands does not stop the event loop of the server (measured: one
 * core at saturation). Plain JavaScript because a worker thread of Node 20 cannot load TypeScript. Requests are done
 * one after another, in the order in which they arrive; `store/pglite.ts` is the other end.
 */
import { parentPort, workerData } from "node:worker_threads";
import { PGlite } from "@electric-sql/pglite";

const port = parentPort;
if (!port) throw new Error("Expected a worker thread, but this is the main thread");

const INT8 = 20;
/** int8 as text, as the other driver gives it: keys do not fit a double. */
const options = { parsers: { [INT8]: (value) => value } };
const database = await PGlite.create({ ...workerData.options });
const listeners = new Map();

async function batch(statements) {
  await database.transaction(async (tx) => {
    for (const { sql, parameters } of statements) await tx.query(sql, parameters, options);
  });
}

async function handle(request) {
  switch (request.type) {
    case "query":
      return (await database.query(request.sql, request.parameters, options)).rows;
    case "execute":
      await database.exec(request.sql);
      return null;
    case "batch":
      await batch(request.statements);
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
