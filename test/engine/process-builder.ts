/**
 * Executable processes by hand, without XML: elements and flows in a few words, conditions as functions. Used by the
 * core's tests, the simulation and the benchmark; what the compiler makes of real models is tested in engine/model.
 */
import type { JsonValue } from "../../engine/core/json.ts";
import type {
  EventDefinition,
  ExecutableProcess,
  Expression,
  JobDefinition,
  ProcessElement,
  SequenceFlow,
  VariableLookup,
} from "../../engine/core/process.ts";

type Evaluate = (variables: (name: string) => JsonValue | undefined, now: number) => JsonValue;

/** A constant, or with a function and the names it reads an expression; a thrown error is an evaluation failure. */
export function value(constant: JsonValue): Expression {
  return { source: String(constant), references: [], constant, evaluate: () => ({ ok: true, value: constant }) };
}

export function feel(source: string, references: readonly string[], evaluate: Evaluate): Expression {
  return {
    source: `=${source}`,
    references,
    evaluate(variables: VariableLookup, now: number) {
      try {
        return { ok: true, value: evaluate((name) => variables.get(name), now) };
      } catch (error) {
        return { ok: false, failure: { kind: "EXTRACT_VALUE_ERROR", message: (error as Error).message } };
      }
    },
  };
}

/** The variable `name`, null when there is none. */
export function variable(name: string): Expression {
  return feel(name, [name], (get) => get(name) ?? null);
}

export function job(type: string, more: Partial<JobDefinition> = {}): JobDefinition {
  return { type: value(type), retries: value("3"), headers: {}, ...more };
}

export interface ElementSpec
  extends Partial<Omit<ProcessElement, "id" | "type" | "children" | "attachedTo" | "compensationHandler">> {
  readonly id: string;
  readonly type: ProcessElement["type"];
  readonly children?: never;
  readonly inside?: readonly ElementSpec[];
  /** Sequence flows between the elements inside. */
  readonly flows?: readonly FlowSpec[];
  /** Boundary event: id of its host. */
  readonly on?: string;
  /** Id of the compensation handler. */
  readonly undoneBy?: string;
  /** Id of the activity that a compensation throw undoes. */
  readonly undoes?: string;
  readonly in?: Readonly<Record<string, Expression | null>>;
  readonly out?: Readonly<Record<string, Expression>>;
}

/** "a -> b", with a condition, or as the default flow of its source. */
export type FlowSpec = string | readonly [path: string, condition: Expression] | readonly [path: string, "default"];

type Mutable<Type> = { -readonly [Name in keyof Type]: Type[Name] };

export function buildProcess(
  id: string,
  inside: readonly ElementSpec[],
  flows: readonly FlowSpec[],
  more: Partial<ExecutableProcess> & { readonly root?: Partial<ElementSpec> } = {},
): ExecutableProcess {
  const elements: Mutable<ProcessElement>[] = [];
  const allFlows: SequenceFlow[] = [];
  const specs: { readonly spec: ElementSpec; readonly index: number }[] = [];
  const indexById = new Map<string, number>();
  const add = (spec: ElementSpec, scope: number): number => {
    const index = elements.length;
    elements.push(element(spec, index, scope));
    specs.push({ spec, index });
    indexById.set(spec.id, index);
    const children = (spec.inside ?? []).map((child) => add(child, index));
    elements[index]!.children = children;
    return index;
  };
  const { root, ...rest } = more;
  add({ ...root, id, type: "process", inside, flows }, -1);
  for (const { spec, index } of specs) connect(spec, index, elements, allFlows, indexById);
  for (const { index } of specs) findEntries(index, elements);
  return {
    key: `def-${id}`,
    processId: id,
    name: id,
    version: 1,
    versionTag: null,
    deploymentKey: "deployment-1",
    tenantId: "<default>",
    resourceHash: "0",
    resourceName: `${id}.bpmn`,
    executable: true,
    elements,
    flows: allFlows,
    elementIndexById: indexById,
    triggeredStarts: elements[0]!.children.filter(
      (child) => elements[child]!.type === "startEvent" && elements[child]!.eventDefinitions.length > 0,
    ),
    hasNoneStart: elements[0]!.entryElements.length > 0,
    ...rest,
  };
}

function element(spec: ElementSpec, index: number, scope: number): Mutable<ProcessElement> {
  const {
    inside: _inside,
    flows: _flows,
    on: _on,
    undoneBy: _undoneBy,
    undoes: _undoes,
    in: inputs,
    out: outputs,
    children: _children,
    ...given
  } = spec;
  return {
    index,
    scope,
    name: null,
    documentation: null,
    incoming: [],
    outgoing: [],
    defaultFlow: null,
    startQuantity: 1,
    completionQuantity: 1,
    eventDefinitions: [],
    parallelMultiple: false,
    interrupting: true,
    attachedTo: null,
    boundaryEvents: [],
    instantiate: false,
    children: [],
    entryElements: [],
    eventSubProcesses: [],
    isForCompensation: false,
    compensationHandler: null,
    loop: null,
    inputs: Object.entries(inputs ?? {}).map(([target, source]) => ({ target: target.split("."), source })),
    outputs: Object.entries(outputs ?? {}).map(([target, source]) => ({ target: target.split("."), source })),
    executionListeners: [],
    properties: {},
    guard: null,
    initialVariables: [],
    ...given,
  };
}

function connect(
  spec: ElementSpec,
  index: number,
  elements: Mutable<ProcessElement>[],
  flows: SequenceFlow[],
  indexById: ReadonlyMap<string, number>,
): void {
  const self = elements[index]!;
  if (spec.on !== undefined) {
    const host = elements[indexById.get(spec.on)!]!;
    self.attachedTo = host.index;
    host.boundaryEvents = [...host.boundaryEvents, index];
  }
  if (spec.undoneBy !== undefined) self.compensationHandler = indexById.get(spec.undoneBy)!;
  if (spec.undoes !== undefined)
    self.eventDefinitions = [{ type: "compensation", activity: indexById.get(spec.undoes)!, waitForCompletion: true }];
  self.eventSubProcesses = self.children.filter((child) => elements[child]!.type === "eventSubProcess");
  for (const flow of spec.flows ?? []) {
    const [path, extra] = typeof flow === "string" ? [flow, undefined] : flow;
    const [from, to] = path.split("->").map((part) => part.trim()) as [string, string];
    const source = elements[indexById.get(from)!]!;
    const target = elements[indexById.get(to)!]!;
    const same = flows.filter((other) => other.source === source.index && other.target === target.index).length;
    const flowIndex = flows.length;
    flows.push({
      index: flowIndex,
      id: same === 0 ? `${from}->${to}` : `${from}->${to}#${same + 1}`,
      source: source.index,
      target: target.index,
      condition: extra === undefined || extra === "default" ? null : extra,
    });
    source.outgoing = [...source.outgoing, flowIndex];
    target.incoming = [...target.incoming, flowIndex];
    if (extra === "default") source.defaultFlow = flowIndex;
  }
}

function findEntries(index: number, elements: Mutable<ProcessElement>[]): void {
  const self = elements[index]!;
  if (self.entryElements.length > 0 || self.children.length === 0) return;
  const children = self.children.map((child) => elements[child]!);
  const starts = children.filter((child) => child.type === "startEvent");
  const implicit = children.filter(
    (child) =>
      child.incoming.length === 0 &&
      child.type !== "boundaryEvent" &&
      child.type !== "eventSubProcess" &&
      !child.isForCompensation,
  );
  self.entryElements = (
    starts.length > 0 ? starts.filter((child) => child.eventDefinitions.length === 0) : implicit
  ).map((child) => child.index);
}

export const message = (name: string, correlationKey?: Expression): EventDefinition => ({
  type: "message",
  name: value(name),
  ...(correlationKey && { correlationKey }),
});
export const timer = (kind: "date" | "duration" | "cycle", text: string): EventDefinition => ({
  type: "timer",
  kind,
  expression: value(text),
});
export const signal = (name: string): EventDefinition => ({ type: "signal", name: value(name) });
export const error = (code: string | null): EventDefinition => ({
  type: "error",
  code: code === null ? null : value(code),
});
export const escalation = (code: string | null): EventDefinition => ({
  type: "escalation",
  code: code === null ? null : value(code),
});
export const compensation = (waitForCompletion = true): EventDefinition => ({
  type: "compensation",
  activity: null,
  waitForCompletion,
});
export const conditional = (source: string, references: readonly string[], evaluate: Evaluate): EventDefinition => ({
  type: "conditional",
  condition: feel(source, references, evaluate),
});

/** A service task whose job type is its id. */
export function service(id: string, more: Partial<ElementSpec> = {}): ElementSpec {
  return { id, type: "serviceTask", job: job(id), ...more };
}

export function start(id = "start", ...eventDefinitions: readonly EventDefinition[]): ElementSpec {
  return { id, type: "startEvent", eventDefinitions };
}

export function end(id = "end", ...eventDefinitions: readonly EventDefinition[]): ElementSpec {
  return { id, type: "endEvent", eventDefinitions };
}

export function sub(
  id: string,
  inside: readonly ElementSpec[],
  flows: readonly FlowSpec[] = [],
  more: Partial<ElementSpec> = {},
): ElementSpec {
  return { id, type: "subProcess", inside, flows, ...more };
}

export function boundary(
  id: string,
  on: string,
  eventDefinitions: readonly EventDefinition[],
  interrupting = true,
): ElementSpec {
  return { id, type: "boundaryEvent", on, interrupting, eventDefinitions };
}

export function caught(id: string, ...eventDefinitions: readonly EventDefinition[]): ElementSpec {
  return { id, type: "intermediateCatchEvent", eventDefinitions };
}

export function throwing(id: string, ...eventDefinitions: readonly EventDefinition[]): ElementSpec {
  return { id, type: "intermediateThrowEvent", eventDefinitions };
}
