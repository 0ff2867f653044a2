/** Random processes over all elements: nested blocks, with boundary events, event sub-processes, loops, compensation, calls and guards thrown in. */
import type { JsonValue } from "../../engine/core/json.ts";
import type {
  EventDefinition,
  ExecutableProcess,
  Expression,
  GuardDefinition,
  Listener,
  MultiInstanceLoop,
  StandardLoop,
} from "../../engine/core/process.ts";
import {
  buildProcess,
  compensation,
  conditional,
  type ElementSpec,
  error,
  escalation,
  type FlowSpec,
  feel,
  job,
  message,
  signal,
  timer,
  value,
  variable,
} from "../engine/process-builder.ts";
import type { Random } from "./random.ts";

/** What jobs and messages set, and conditions read: small numbers. */
export const variableNames = ["v0", "v1", "v2", "v3"] as const;

interface Block {
  readonly elements: readonly ElementSpec[];
  readonly flows: readonly FlowSpec[];
  readonly first: string;
  readonly last: string;
}

interface Context {
  readonly random: Random;
  /** Shared by all nested contexts: ids are unique in the process. */
  readonly ids: { next: number };
  /** Ids of processes that may be called. */
  readonly callable: readonly string[];
  readonly inTransaction: boolean;
}

const above = (random: Random): Expression => {
  const name = random.pick(variableNames);
  const bound = random.below(4);
  return feel(`${name} > ${bound}`, [name], (get) => Number(get(name) ?? 0) > bound);
};

function id(context: Context, prefix: string): string {
  context.ids.next++;
  return `${prefix}${context.ids.next}`;
}

/** Root process and those it may call. */
export function randomProcesses(random: Random, depth = 4): readonly ExecutableProcess[] {
  const called = ["called0", "called1"].map((name, index) =>
    randomProcess(random, name, Math.min(depth - 1, 2), index === 0 ? [] : ["called0"]),
  );
  return [randomProcess(random, "root", depth, ["called0", "called1"]), ...called];
}

function randomProcess(random: Random, name: string, depth: number, callable: readonly string[]): ExecutableProcess {
  const context: Context = { random, ids: { next: 0 }, callable, inTransaction: false };
  const { elements, flows } = scope(context, depth);
  return buildProcess(name, elements, flows);
}

/** Content of a scope: a start, a sequence, an end, perhaps event sub-processes. */
function scope(context: Context, depth: number): { readonly elements: ElementSpec[]; readonly flows: FlowSpec[] } {
  const { random } = context;
  const start = id(context, "start");
  const body = sequence(context, depth);
  const end = endEvent(context);
  const elements: ElementSpec[] = [{ id: start, type: "startEvent" }, ...body.elements, end];
  const flows: FlowSpec[] = [`${start} -> ${body.first}`, ...body.flows, `${body.last} -> ${end.id}`];
  if (depth > 0 && random.chance(0.2)) elements.push(eventSubProcess(context, depth));
  return { elements, flows };
}

function endEvent(context: Context): ElementSpec {
  const { random } = context;
  const definitions: EventDefinition[][] = [
    [],
    [],
    [],
    [],
    [{ type: "terminate" }],
    [escalation("E1")],
    [signal("S1")],
    [compensation()],
    [message("never")],
    [error("X1")],
  ];
  if (context.inTransaction && random.chance(0.4))
    return { id: id(context, "end"), type: "endEvent", eventDefinitions: [{ type: "cancel" }] };
  return { id: id(context, "end"), type: "endEvent", eventDefinitions: random.pick(definitions) };
}

function eventSubProcess(context: Context, depth: number): ElementSpec {
  const { random } = context;
  const inner = scope({ ...context, inTransaction: false }, Math.min(depth - 1, 1));
  const definition = random.pick<EventDefinition>([
    message("M1"),
    timer("duration", "PT30S"),
    timer("cycle", "R2/PT20S"),
    signal("S1"),
    error("X1"),
    error(null),
    escalation("E1"),
    conditional("v0 > 2", ["v0"], (get) => Number(get("v0") ?? 0) > 2),
    compensation(),
  ]);
  const interrupting = definition.type === "error" || definition.type === "compensation" || random.chance(0.5);
  const [start, ...rest] = inner.elements as [ElementSpec, ...ElementSpec[]];
  return {
    id: id(context, "esp"),
    type: "eventSubProcess",
    inside: [{ ...start, eventDefinitions: [definition], interrupting }, ...rest],
    flows: inner.flows,
  };
}

function sequence(context: Context, depth: number): Block {
  const count = 1 + context.random.below(3);
  const blocks = Array.from({ length: count }, () => block(context, depth));
  const flows = blocks.flatMap((each, index) =>
    index === 0 ? [...each.flows] : [`${blocks[index - 1]!.last} -> ${each.first}`, ...each.flows],
  );
  return {
    elements: blocks.flatMap((each) => each.elements),
    flows,
    first: blocks[0]!.first,
    last: blocks.at(-1)!.last,
  };
}

function block(context: Context, depth: number): Block {
  const { random } = context;
  if (depth <= 0 || random.chance(0.35)) return activity(context, depth);
  return random.pick([split, split, split, loopBack, eventGateway, complex, linkJump, activity, event])(context, depth);
}

function split(context: Context, depth: number): Block {
  const { random } = context;
  const type = random.pick(["exclusiveGateway", "parallelGateway", "inclusiveGateway"] as const);
  const merge = random.chance(0.2) ? random.pick(["exclusiveGateway", "inclusiveGateway"] as const) : type;
  const [open, close] = [id(context, "split"), id(context, "join")];
  const branches = Array.from({ length: 2 + random.below(2) }, () => sequence(context, depth - 1));
  const flows: FlowSpec[] = [];
  for (const [index, branch] of branches.entries()) {
    const path = `${open} -> ${branch.first}`;
    flows.push(type === "parallelGateway" ? path : index === 0 ? [path, "default"] : [path, above(random)]);
    flows.push(...branch.flows, `${branch.last} -> ${close}`);
  }
  return {
    elements: [{ id: open, type }, ...branches.flatMap((branch) => branch.elements), { id: close, type: merge }],
    flows,
    first: open,
    last: close,
  };
}

function loopBack(context: Context, depth: number): Block {
  const [merge, choose] = [id(context, "merge"), id(context, "again")];
  const body = sequence(context, depth - 1);
  const guarding = id(context, "step");
  return {
    // The task makes sure that every round waits for somebody.
    elements: [
      { id: merge, type: "exclusiveGateway" },
      { id: guarding, type: "serviceTask", job: job(guarding) },
      ...body.elements,
      { id: choose, type: "exclusiveGateway" },
    ],
    flows: [
      `${merge} -> ${guarding}`,
      `${guarding} -> ${body.first}`,
      ...body.flows,
      `${body.last} -> ${choose}`,
      [`${choose} -> ${merge}`, above(context.random)],
    ],
    first: merge,
    last: choose,
  };
}

function eventGateway(context: Context, depth: number): Block {
  const [open, close] = [id(context, "first"), id(context, "merge")];
  const events: EventDefinition[] = [message("M2"), timer("duration", "PT10S"), signal("S2")];
  const branches = events.slice(0, 2 + context.random.below(2)).map((definition) => ({
    catcher: {
      id: id(context, "catch"),
      type: "intermediateCatchEvent",
      eventDefinitions: [definition],
    } as ElementSpec,
    body: sequence(context, depth - 2),
  }));
  return {
    elements: [
      { id: open, type: "eventBasedGateway" },
      ...branches.flatMap(({ catcher, body }) => [catcher, ...body.elements]),
      { id: close, type: "exclusiveGateway" },
    ],
    flows: branches.flatMap(({ catcher, body }) => [
      `${open} -> ${catcher.id}`,
      `${catcher.id} -> ${body.first}`,
      ...body.flows,
      `${body.last} -> ${close}`,
    ]),
    first: open,
    last: close,
  };
}

function complex(context: Context, depth: number): Block {
  const { random } = context;
  const [open, close] = [id(context, "fork"), id(context, "complex")];
  const branches = Array.from({ length: 3 }, () => sequence(context, depth - 2));
  const needed = 1 + random.below(3);
  const condition = feel(
    `activationCount >= ${needed}`,
    ["activationCount"],
    (get) => Number(get("activationCount")) >= needed,
  );
  return {
    elements: [
      { id: open, type: "parallelGateway" },
      ...branches.flatMap((branch) => branch.elements),
      { id: close, type: "complexGateway", activationCondition: condition },
    ],
    flows: branches.flatMap((branch) => [`${open} -> ${branch.first}`, ...branch.flows, `${branch.last} -> ${close}`]),
    first: open,
    last: close,
  };
}

function linkJump(context: Context): Block {
  const [from, to] = [id(context, "jump"), id(context, "land")];
  const link: EventDefinition = { type: "link", name: to };
  return {
    elements: [
      { id: from, type: "intermediateThrowEvent", eventDefinitions: [link] },
      { id: to, type: "intermediateCatchEvent", eventDefinitions: [link] },
    ],
    flows: [],
    first: from,
    last: to,
  };
}

function event(context: Context): Block {
  const { random } = context;
  const thrown: EventDefinition[][] = [
    [],
    [signal("S1")],
    [signal("S2")],
    [escalation("E1")],
    [escalation("E2")],
    [compensation(random.chance(0.7))],
    [message("M9")],
    [signal("S1"), escalation("E1")],
  ];
  const caught: EventDefinition[][] = [
    [message("M1")],
    [timer("duration", "PT5S")],
    [timer("cycle", "R2/PT5S")],
    [signal("S1")],
    [conditional("v1 > 1", ["v1"], (get) => Number(get("v1") ?? 0) > 1)],
    [message("M1"), signal("S2")],
  ];
  const catches = random.chance(0.5);
  const spec: ElementSpec = catches
    ? {
        id: id(context, "catch"),
        type: "intermediateCatchEvent",
        eventDefinitions: random.pick(caught),
        parallelMultiple: random.chance(0.5),
      }
    : { id: id(context, "throw"), type: "intermediateThrowEvent", eventDefinitions: random.pick(thrown) };
  return { elements: [spec], flows: [], first: spec.id, last: spec.id };
}

/** An activity with whatever may surround one: loop, boundary events, handler, mappings, listeners, quantities. */
function activity(context: Context, depth: number): Block {
  const { random } = context;
  const spec = bareActivity(context, depth);
  const extra: ElementSpec[] = [];
  const flows: FlowSpec[] = [];
  let decorated = spec;
  if (random.chance(0.2)) decorated = { ...decorated, loop: randomLoop(random) };
  if (random.chance(0.25)) {
    const handler = id(context, "undo");
    decorated = { ...decorated, undoneBy: handler };
    extra.push({
      id: handler,
      type: random.chance(0.8) ? "serviceTask" : "task",
      isForCompensation: true,
      ...(random.chance(0.9) && { job: job(handler) }),
    });
  }
  if (random.chance(0.15))
    decorated = { ...decorated, in: { local: value(1), v0: variable("v0") }, out: { v1: variable("v0") } };
  if (random.chance(0.08)) decorated = { ...decorated, executionListeners: [listener("start"), listener("end")] };
  if (random.chance(0.05)) decorated = { ...decorated, completionQuantity: 2 };
  for (let count = depth >= 0 && random.chance(0.35) ? 1 + random.below(2) : 0; count > 0; count--) {
    const boundary = boundaryEvent(context, decorated);
    const after = sequence(context, Math.min(depth - 2, -1));
    const end = id(context, "end");
    extra.push(boundary, ...after.elements, { id: end, type: "endEvent" });
    flows.push(`${boundary.id} -> ${after.first}`, ...after.flows, `${after.last} -> ${end}`);
  }
  return { elements: [decorated, ...extra], flows, first: spec.id, last: spec.id };
}

function listener(eventType: string): Listener {
  return { eventType, type: value("listener"), retries: value("2"), headers: {} };
}

function boundaryEvent(context: Context, host: ElementSpec): ElementSpec {
  const { random } = context;
  if (host.type === "transaction")
    return { id: id(context, "cancelled"), type: "boundaryEvent", on: host.id, eventDefinitions: [{ type: "cancel" }] };
  const definition = random.pick<EventDefinition>([
    error("X1"),
    error(null),
    error("X1"),
    timer("duration", "PT15S"),
    timer("cycle", "R2/PT10S"),
    message("M1"),
    signal("S1"),
    escalation("E1"),
    escalation(null),
    conditional("v2 > 2", ["v2"], (get) => Number(get("v2") ?? 0) > 2),
  ]);
  return {
    id: id(context, "boundary"),
    type: "boundaryEvent",
    on: host.id,
    interrupting: definition.type === "error" || random.chance(0.5),
    eventDefinitions: [definition],
  };
}

function randomLoop(random: Random): MultiInstanceLoop | StandardLoop {
  const kind = random.below(4);
  if (kind === 0) return { kind: "standard", condition: above(random), testBefore: random.chance(0.5), maximum: 3 };
  const items: JsonValue = [1, 2, 3].slice(0, random.below(4));
  return {
    kind: "multiInstance",
    sequential: random.chance(0.5),
    inputCollection: value(items),
    inputElement: "item",
    outputCollection: "collected",
    outputElement: variable("v0"),
    ...(kind === 1 && {
      completionCondition: feel(
        "numberOfCompletedInstances >= 2",
        ["numberOfCompletedInstances"],
        (get) => Number(get("numberOfCompletedInstances")) >= 2,
      ),
    }),
    ...(random.chance(0.2) ? { behavior: "None" as const, noneEvent: signal("S1") } : { behavior: "All" as const }),
  };
}

const guard: GuardDefinition = {
  action: { type: "act", target: null, operation: "write", reversible: true, riskClass: "low", toolRef: null },
  policies: [
    {
      policyId: "any",
      binding: { type: "active" },
      pattern: "sync",
      defaultDetermination: "DENY",
      maxStalenessMs: null,
    },
  ],
  facts: [{ name: "subject.v", expression: variable("v3"), provenance: "trusted" }],
  onDeny: "result",
};

function bareActivity(context: Context, depth: number): ElementSpec {
  const { random } = context;
  const name = id(context, "act");
  const simple: (() => ElementSpec)[] = [
    () => ({ id: name, type: "serviceTask", job: job(name) }),
    () => ({ id: name, type: "serviceTask", job: job(name) }),
    () => ({ id: name, type: "serviceTask", job: job(name), guard, in: { amount: value(5) } }),
    () => ({
      id: name,
      type: "userTask",
      userTask: {
        native: true,
        formBinding: { type: "latest" },
        listeners: random.chance(0.3) ? [listener("completing"), listener("canceling")] : [],
      },
    }),
    () => ({ id: name, type: "userTask" }),
    () => ({ id: name, type: "task" }),
    () => ({ id: name, type: "manualTask" }),
    () => ({
      id: name,
      type: "scriptTask",
      script: { expression: feel("v0 + 1", ["v0"], (get) => (Number(get("v0") ?? 0) + 1) % 5), resultVariable: "v0" },
    }),
    () => ({ id: name, type: "receiveTask", eventDefinitions: [message("M1")] }),
    () => ({ id: name, type: "sendTask", eventDefinitions: [message("M9")] }),
    () => ({
      id: name,
      type: "businessRuleTask",
      calledDecision: { decisionId: value("d"), resultVariable: "v3", binding: { type: "latest" } },
    }),
  ];
  const nested: (() => ElementSpec)[] = [
    () => ({ id: name, type: "subProcess", ...inside(scope({ ...context, inTransaction: false }, depth - 1)) }),
    () => ({ id: name, type: "transaction", ...inside(scope({ ...context, inTransaction: true }, depth - 1)) }),
    () => adHoc(context, name),
    () => ({
      id: name,
      type: "callActivity",
      calledElement: {
        processId: value(random.pick(context.callable)),
        propagateAllChildVariables: random.chance(0.5),
        propagateAllParentVariables: random.chance(0.5),
        binding: { type: "latest" },
      },
    }),
  ];
  if (depth <= 0 || random.chance(0.55)) return random.pick(simple)();
  return random.pick(context.callable.length > 0 ? nested : nested.slice(0, 3))();
}

function inside(content: {
  readonly elements: readonly ElementSpec[];
  readonly flows: readonly FlowSpec[];
}): Pick<ElementSpec, "inside" | "flows"> {
  return { inside: content.elements, flows: content.flows };
}

function adHoc(context: Context, name: string): ElementSpec {
  const { random } = context;
  const tools = Array.from({ length: 2 }, (): ElementSpec => {
    const tool = id(context, "tool");
    return { id: tool, type: "serviceTask", job: job(tool) };
  });
  const driven = random.chance(0.4);
  return {
    id: name,
    type: "adHocSubProcess",
    inside: tools,
    adHoc: {
      parallel: random.chance(0.6),
      cancelRemainingInstances: random.chance(0.5),
      tools: [],
      agent: null,
      ...(random.chance(0.5) && { outputCollection: "results", outputElement: variable("v0") }),
      activeElementsCollection: value(tools.map((tool) => tool.id)),
      ...(random.chance(0.3) && { completionCondition: above(random) }),
    },
    ...(driven && { job: job(name) }),
  };
}
