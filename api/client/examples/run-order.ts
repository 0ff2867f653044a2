/**
 * A process from its model to its end: deploy, start, let a worker charge, complete the person's task, look at what came
 * of it. Run, in the folder of the repository: `node dist/api/client/examples/run-order.js 120`.
 */
import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { InterlockClient } from "../index.ts";
import { workOnCharges } from "./worker.ts";

const model = "api/client/examples/order.bpmn";

interface Task {
  readonly userTaskKey: string;
  readonly name: string;
}
interface Instance {
  readonly state: string;
}

/** What happened, told line by line. */
export async function runOrder(client: InterlockClient, amount: number, say: (line: string) => void): Promise<void> {
  await client.deploy([{ name: "order.bpmn", content: await readFile(model) }]);
  const worker = workOnCharges(client);
  try {
    const { processInstanceKey } = await client.startProcess({
      processDefinitionId: "example-order",
      variables: { amount },
      tags: ["example"],
    });
    const filter = { processInstanceKey };
    const instance = async () => (await client.search<Instance>("process-instances", { filter })).items[0]!;
    const task = async () => (await client.search<Task>("user-tasks", { filter })).items[0];
    // Reads are consistent: what is not there yet, the worker has not done yet.
    while ((await task()) === undefined && (await instance()).state === "ACTIVE") await pause(100);
    const open = await task();
    if (open === undefined) say("the card was declined: the process has caught it, and ended");
    else {
      say(`somebody is asked to: ${open.name}`);
      await client.completeUserTask(open.userTaskKey, { weightInGrams: 900 });
    }
    const { items } = await client.search<{ name: string; value: string }>("variables", {
      filter,
      sort: [{ field: "name" }],
    });
    say(`${(await instance()).state}: ${items.map(({ name, value }) => `${name} ${value}`).join(", ")}`);
  } finally {
    await worker.stop();
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  await runOrder(new InterlockClient(), Number(process.argv[2] ?? 120), (line) => process.stdout.write(`${line}\n`));
