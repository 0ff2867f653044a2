/**
 * A node in a process of its own, for tests that kill it. Arguments: where (PostgreSQL URL or data folder) and what:
 * `hang`: takes a job into a handler that never answers, prints "took <job key>".
 * `load`: starts instances as fast as it can, prints "ack <process instance key>" for each that was acknowledged as
 * completed, "open <key>" for each that was acknowledged as created; workers run in the process.
 */
import { createEngine } from "../../../engine/index.ts";
import { migrate, openDatabase } from "../../../store/index.ts";
import { end, model, sequence, serviceTask, start, twoTasks } from "./models.ts";

const caller = { actor: { id: "child", type: "service" } } as const;

async function main(where: string, what: string): Promise<void> {
  const database = await openDatabase(where.startsWith("postgres:") ? { databaseUrl: where } : { dataDir: where });
  await migrate(database);
  const engine = await createEngine({ database });
  const deploy = (name: string, xml: string) =>
    engine.deploy([{ name, content: new TextEncoder().encode(xml) }], {}, caller);
  if (what === "hang") {
    await deploy("hanging.bpmn", model("hanging", sequence(start(), serviceTask("hang"), end())));
    engine.registerWorker("hang", (job) => {
      process.stdout.write(`took ${job.jobKey}\n`);
      return new Promise(() => {});
    });
    await engine.start();
    await engine.createInstance({ processDefinitionId: "hanging" }, caller);
    return;
  }
  await deploy("two-tasks.bpmn", twoTasks);
  for (const type of ["A", "B"])
    engine.registerWorker(type, (job) => ({ type: "complete", variables: { [type]: job.jobKey } }));
  await engine.start();
  process.stdout.write("ready\n");
  const client = async (): Promise<void> => {
    for (;;) {
      const created = await engine.createInstance(
        { processDefinitionId: "two_tasks", variables: { amount: 20 } },
        caller,
      );
      process.stdout.write(`open ${created.processInstanceKey}\n`);
      const done = await engine.createInstance(
        {
          processDefinitionId: "two_tasks",
          variables: { amount: 20 },
          awaitCompletion: true,
          requestTimeoutMs: 60_000,
        },
        caller,
      );
      process.stdout.write(`ack ${done.processInstanceKey}\n`);
    }
  };
  await Promise.all(Array.from({ length: 16 }, client));
}

await main(process.argv[2] ?? "", process.argv[3] ?? "");
