/**
 * Pure core: instances per second of a 10-element process on one core, in one command (no wait) and with jobs (three
 * commands). Issue 4 asks for 30,000 instances/s; last figures: 77,000 and 78,000
 * (48,000 each while the simulation runs beside it).
 */
import { createInstance, step } from "../../engine/core/index.ts";
import { environmentFor } from "../engine/environment.ts";
import { buildProcess, end, feel, service, start, value } from "../engine/process-builder.ts";

const straight = buildProcess(
  "straight",
  [
    start(),
    {
      id: "set",
      type: "scriptTask",
      script: {
        expression: feel("amount + 1", ["amount"], (get) => Number(get("amount")) + 1),
        resultVariable: "amount",
      },
    },
    { id: "choose", type: "exclusiveGateway" },
    { id: "high", type: "task" },
    { id: "low", type: "task" },
    { id: "merge", type: "exclusiveGateway" },
    { id: "map", type: "task", in: { x: value(1) }, out: { y: feel("x", ["x"], (get) => get("x") ?? null) } },
    { id: "manual", type: "manualTask" },
    { id: "last", type: "task" },
    { id: "notify", type: "intermediateThrowEvent" },
    end(),
  ],
  [
    "start -> set",
    "set -> choose",
    ["choose -> high", feel("amount > 100", ["amount"], (get) => Number(get("amount")) > 100)],
    ["choose -> low", "default"],
    "high -> merge",
    "low -> merge",
    "merge -> map",
    "map -> manual",
    "manual -> last",
    "last -> notify",
    "notify -> end",
  ],
);

const working = buildProcess(
  "working",
  [
    start(),
    { id: "a", type: "task" },
    service("one"),
    { id: "fork", type: "parallelGateway" },
    { id: "b", type: "task" },
    { id: "c", type: "task" },
    { id: "join", type: "parallelGateway" },
    service("two"),
    { id: "d", type: "task" },
    end(),
  ],
  [
    "start -> a",
    "a -> one",
    "one -> fork",
    "fork -> b",
    "fork -> c",
    "b -> join",
    "c -> join",
    "join -> two",
    "two -> d",
    "d -> end",
  ],
);

function measure(name: string, seconds: number, once: () => number): number {
  for (let warm = 0; warm < 3000; warm++) once();
  const until = performance.now() + seconds * 1000;
  const began = performance.now();
  let count = 0;
  let events = 0;
  while (performance.now() < until) {
    for (let round = 0; round < 200; round++) events += once();
    count += 200;
  }
  const perSecond = count / ((performance.now() - began) / 1000);
  console.log(
    `${name}: ${Math.round(perSecond).toLocaleString("en")} instances/s, ${Math.round(events / count)} events each`,
  );
  return perSecond;
}

/** Prints instances per second. */
export async function run(): Promise<void> {
  const environment = environmentFor([straight, working]);
  let key = 0;
  const create = (definitionKey: string) => {
    const created = createInstance(
      { type: "createInstance", key: `i${++key}`, definitionKey, variables: { amount: 7 } },
      environment,
    );
    if ("rejected" in created) throw new Error(created.rejected.message);
    return created;
  };
  measure("core, 10 elements in one command", 2, () => create(straight.key).events.length);
  measure("core, 10 elements with two jobs (three commands)", 2, () => {
    const { instance, events } = create(working.key);
    let count = events.length;
    while (instance.state === "active") {
      const [wait] = instance.waits.values();
      const outcome = step(instance, { type: "completeJob", jobKey: wait!.key, variables: {} }, environment);
      if ("rejected" in outcome) throw new Error(outcome.rejected.message);
      count += outcome.events.length;
    }
    return count;
  });
}
