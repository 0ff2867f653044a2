/** R2: random graphs of tasks and gateways, structured or not, played by the engine and by a naive token game. They must agree after every completed task. */
import { describe, expect, it } from "vitest";
import { createInstance, step } from "../../engine/core/index.ts";
import { environmentFor } from "../engine/environment.ts";
import { buildProcess, type ElementSpec, type FlowSpec, feel, job } from "../engine/process-builder.ts";
import { type Random, seeded } from "./random.ts";
import { type Edge, type Graph, type Node, playTokens } from "./token-game.ts";

const runs = Number(process.env.SIM_RUNS ?? 2_000);
const only = process.env.SIM_SEED;
const completionsMax = 40;

/** Any node may lead to any later one, sometimes back to an earlier one behind a task. */
function randomGraph(random: Random): Graph {
  const count = 4 + random.below(9);
  const kinds: Node["kind"][] = [
    "task",
    "task",
    "task",
    "task",
    "exclusive",
    "exclusive",
    "parallel",
    "inclusive",
    "inclusive",
  ];
  const nodes: Node[] = [{ id: "n0", kind: "start" }];
  for (let index = 1; index <= count; index++) nodes.push({ id: `n${index}`, kind: random.pick(kinds) });
  nodes.push({ id: `n${count + 1}`, kind: "end" });
  const pairs = new Set<string>();
  const edges: Edge[] = [];
  const add = (from: number, to: number) => {
    if (from === to || to === 0 || pairs.has(`${from}-${to}`)) return;
    pairs.add(`${from}-${to}`);
    edges.push({ id: `n${from}->n${to}`, from: `n${from}`, to: `n${to}` });
  };
  for (let index = 0; index <= count; index++) {
    add(index, index + 1 + random.below(Math.min(3, count + 1 - index)));
    if (index > 0 && nodes[index]!.kind !== "task" && random.chance(0.8))
      add(index, index + 1 + random.below(count + 1 - index));
    if (nodes[index]!.kind === "exclusive" && random.chance(0.3)) {
      const back = nodes.findIndex((node, position) => position > 0 && position < index && node.kind === "task");
      if (back > 0) add(index, back);
    }
  }
  return { nodes, edges: conditioned(random, nodes, edges) };
}

/** Diverging exclusive and inclusive gateways get a default flow and conditions on the others. */
function conditioned(random: Random, nodes: readonly Node[], edges: readonly Edge[]): Edge[] {
  return edges.map((edge, position) => {
    const { kind } = nodes.find((node) => node.id === edge.from)!;
    const siblings = edges.filter((other) => other.from === edge.from);
    if ((kind !== "exclusive" && kind !== "inclusive") || siblings.length < 2) return edge;
    if (edges.indexOf(siblings[0]!) === position) return { ...edge, isDefault: true };
    const name = `v${random.below(3)}`;
    const bound = random.below(3);
    return { ...edge, holds: (variables) => (variables[name] ?? 0) > bound, name, bound } as Edge;
  });
}

const types = {
  start: "startEvent",
  task: "serviceTask",
  end: "endEvent",
  exclusive: "exclusiveGateway",
  parallel: "parallelGateway",
  inclusive: "inclusiveGateway",
} as const;

function toProcess(graph: Graph) {
  const elements = graph.nodes.map(
    ({ id, kind }): ElementSpec => ({ id, type: types[kind], ...(kind === "task" && { job: job(id) }) }),
  );
  const flows = graph.edges.map((edge): FlowSpec => {
    const path = `${edge.from} -> ${edge.to}`;
    if (edge.isDefault) return [path, "default"];
    const { holds } = edge;
    if (!holds) return path;
    const names = ["v0", "v1", "v2"];
    return [
      path,
      feel(edge.id, names, (get) => holds(Object.fromEntries(names.map((name) => [name, Number(get(name) ?? 0)])))),
    ];
  });
  return buildProcess("oracle", elements, flows);
}

function compare(seed: number): number {
  const random = seeded(seed);
  const graph = randomGraph(random);
  const process = toProcess(graph);
  const environment = environmentFor([process]);
  const numbers = () => Object.fromEntries(["v0", "v1", "v2"].map((name) => [name, random.below(4)]));
  const initial = numbers();
  const game = playTokens(graph, initial);
  const created = createInstance(
    { type: "createInstance", key: "1", definitionKey: process.key, variables: initial },
    environment,
  );
  if ("rejected" in created) throw new Error(created.rejected.message);
  const { instance } = created;
  const jobs = () => [...instance.waits.values()].map((wait) => wait.owner.element.id);
  let completions = 0;
  for (;;) {
    if (jobs().toSorted().join() !== [...game.tasks].toSorted().join())
      throw new Error(
        `seed ${seed}: the engine waits at ${jobs().join()}, the token game at ${game.tasks.join()} after ${completions} completions`,
      );
    if ((instance.state === "completed") !== game.finished())
      throw new Error(
        `seed ${seed}: the engine is ${instance.state}, the token game ${game.finished() ? "finished" : "not finished"}`,
      );
    if (game.tasks.length === 0 || completions === completionsMax) return completions;
    const task = random.pick(game.tasks);
    const variables = numbers();
    const wait = [...instance.waits.values()].find((candidate) => candidate.owner.element.id === task)!;
    step(instance, { type: "completeJob", jobKey: wait.key, variables }, environment);
    game.complete(task, variables);
    completions++;
  }
}

describe("the engine and a naive token game", () => {
  it("agree on random graphs of tasks and gateways after every completed task", {
    timeout: Math.max(60_000, runs * 30),
  }, () => {
    const seeds = only !== undefined ? [Number(only)] : Array.from({ length: runs }, (_, index) => index + 1);
    let completions = 0;
    for (const seed of seeds) completions += compare(seed);
    if (only === undefined) expect(completions).toBeGreaterThan(runs);
  });
});
