/**
 * A naive token game (R2): tokens on flows, tasks that wait, gateways as the specification words them. Slow and plain on
 * purpose; it shares no code with the engine and is compared with it step by step.
 */
export interface Node {
  readonly id: string;
  readonly kind: "start" | "task" | "end" | "exclusive" | "parallel" | "inclusive";
}

export interface Edge {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  /** True under these variables; absent: no condition. */
  readonly holds?: (variables: Readonly<Record<string, number>>) => boolean;
  readonly isDefault?: boolean;
}

export interface Graph {
  readonly nodes: readonly Node[];
  readonly edges: readonly Edge[];
}

export interface Game {
  /** Waiting tasks, in the order in which their tokens arrived. */
  readonly tasks: readonly string[];
  finished(): boolean;
  /** Completes the first waiting instance of a task. */
  complete(task: string, variables: Readonly<Record<string, number>>): void;
}

export function playTokens(graph: Graph, initial: Readonly<Record<string, number>>): Game {
  const tokens = new Map<string, number>(graph.edges.map((edge) => [edge.id, 0]));
  const fired = new Set<string>();
  const tasks: string[] = [];
  const moving: string[] = [];
  let variables: Record<string, number> = { ...initial };

  const node = (id: string) => graph.nodes.find((candidate) => candidate.id === id)!;
  const incoming = (id: string) => graph.edges.filter((edge) => edge.to === id);
  const outgoing = (id: string) => graph.edges.filter((edge) => edge.from === id);
  const isJoin = (id: string) =>
    (node(id).kind === "parallel" || node(id).kind === "inclusive") && incoming(id).length > 1;

  /** The token that stood at `id` leaves it. */
  const leave = (id: string) => {
    const out = outgoing(id);
    const { kind } = node(id);
    const conditional = out.filter((edge) => !edge.isDefault && (!edge.holds || edge.holds(variables)));
    const otherwise = out.filter((edge) => edge.isDefault);
    const chosen =
      kind === "parallel"
        ? out
        : kind === "exclusive"
          ? conditional.length > 0
            ? conditional.slice(0, 1)
            : otherwise
          : conditional.length > 0
            ? conditional
            : otherwise;
    for (const edge of chosen) moving.push(edge.id);
  };

  const enter = (id: string) => {
    const { kind } = node(id);
    if (kind === "task") tasks.push(id);
    else if (kind !== "end") leave(id);
  };

  const arrive = (edgeId: string) => {
    const target = graph.edges.find((edge) => edge.id === edgeId)!.to;
    if (!isJoin(target)) {
      enter(target);
      return;
    }
    tokens.set(edgeId, tokens.get(edgeId)! + 1);
    if (incoming(target).every((edge) => tokens.get(edge.id)! > 0)) fire(target);
  };

  const fire = (join: string) => {
    fired.add(join);
    for (const edge of incoming(join)) if (tokens.get(edge.id)! > 0) tokens.set(edge.id, tokens.get(edge.id)! - 1);
    leave(join);
  };

  /** Can something at `from` get a token onto `edge` without passing `join`? */
  const reaches = (from: string, edge: Edge, join: string): boolean => {
    const seen = new Set<string>();
    const pending = [from];
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      if (seen.has(at) || at === join) continue;
      seen.add(at);
      for (const next of outgoing(at)) {
        if (next.id === edge.id) return true;
        pending.push(next.to);
      }
    }
    return false;
  };

  /** Where something may still start from: waiting tasks, and tokens at joins that have not fired before. */
  const sources = (join: string): string[] => [
    ...tasks,
    ...graph.nodes
      .filter(
        ({ id }) =>
          id !== join && isJoin(id) && !fired.has(id) && incoming(id).some((edge) => tokens.get(edge.id)! > 0),
      )
      .map(({ id }) => id),
  ];

  const waitingInclusive = () =>
    graph.nodes.filter(
      ({ id, kind }) => kind === "inclusive" && isJoin(id) && incoming(id).some((edge) => tokens.get(edge.id)! > 0),
    );

  const nextInclusive = (): string | undefined => {
    const waiting = waitingInclusive();
    const ready = waiting.find(
      ({ id }) =>
        !sources(id).some((source) =>
          incoming(id).some((edge) => tokens.get(edge.id) === 0 && reaches(source, edge, id)),
        ),
    );
    if (ready) return ready.id;
    // Inclusive joins that only wait for each other.
    const others = graph.nodes.some(
      ({ id, kind }) =>
        kind === "parallel" && isJoin(id) && !fired.has(id) && incoming(id).some((edge) => tokens.get(edge.id)! > 0),
    );
    return tasks.length === 0 && waiting.length > 1 && !others ? waiting[0]!.id : undefined;
  };

  const settle = () => {
    for (;;) {
      for (let edge = moving.shift(); edge !== undefined; edge = moving.shift()) arrive(edge);
      const join = nextInclusive();
      if (join === undefined) return;
      fire(join);
    }
  };

  leave(graph.nodes.find(({ kind }) => kind === "start")!.id);
  settle();

  return {
    tasks,
    finished: () =>
      tasks.length === 0 &&
      graph.nodes.every(
        ({ id }) => !isJoin(id) || fired.has(id) || incoming(id).every((edge) => tokens.get(edge.id) === 0),
      ),
    complete(task, values) {
      tasks.splice(tasks.indexOf(task), 1);
      variables = { ...variables, ...values };
      leave(task);
      settle();
    },
  };
}
