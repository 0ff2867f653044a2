/**
 * What the core derives once from an executable process: which elements wait for several tokens, which scopes have
 * conditional events, and which elements a token can still reach a gateway from. Cached per process object.
 */
import type { ElementType, EventDefinition, ExecutableProcess, ProcessElement, SequenceFlow } from "./process.ts";

/** How arriving tokens activate an element: at once, or gathered on its incoming flows. */
export type Gathering = "none" | "parallel" | "inclusive" | "complex" | "quantity";

export interface Definition {
  readonly process: ExecutableProcess;
  readonly elements: readonly ProcessElement[];
  readonly flows: readonly SequenceFlow[];
  readonly gathering: readonly Gathering[];
  /** Elements whose activation must be watched for conditional events (own, boundary or event sub-process). */
  readonly conditional: readonly boolean[];
  /** Link catch event → the link throw events that lead to it. */
  readonly linkThrows: ReadonlyMap<number, readonly number[]>;
}

const definitions = new WeakMap<ExecutableProcess, Definition>();

export function definitionOf(process: ExecutableProcess): Definition {
  const known = definitions.get(process);
  if (known) return known;
  const definition: Definition = {
    process,
    elements: process.elements,
    flows: process.flows,
    gathering: process.elements.map(gatheringOf),
    conditional: process.elements.map((element) => watchesConditions(process, element)),
    linkThrows: linkThrowsOf(process.elements),
  };
  definitions.set(process, definition);
  return definition;
}

function linkThrowsOf(elements: readonly ProcessElement[]): ReadonlyMap<number, readonly number[]> {
  const byName = new Map<string, number[]>();
  const links = (type: ElementType) =>
    elements
      .filter((element) => element.type === type)
      .flatMap(({ index, scope, eventDefinitions }) =>
        eventDefinitions.flatMap((link) => (link.type === "link" ? [{ index, name: `${scope} ${link.name}` }] : [])),
      );
  for (const { index, name } of links("intermediateThrowEvent")) {
    const throws = byName.get(name);
    if (throws) throws.push(index);
    else byName.set(name, [index]);
  }
  return new Map(links("intermediateCatchEvent").map(({ index, name }) => [index, byName.get(name) ?? []]));
}

function gatheringOf(element: ProcessElement): Gathering {
  if (element.type === "parallelGateway" && element.incoming.length > 1) return "parallel";
  if (element.type === "inclusiveGateway" && element.incoming.length > 1) return "inclusive";
  if (element.type === "complexGateway" && element.incoming.length > 0) return "complex";
  return element.startQuantity > 1 ? "quantity" : "none";
}

function watchesConditions(process: ExecutableProcess, element: ProcessElement): boolean {
  const conditional = (index: number) => hasDefinition(process.elements[index]!, "conditional");
  if (element.boundaryEvents.some(conditional)) return true;
  for (const index of element.eventSubProcesses) {
    const start = startOfEventSubProcess(process, index);
    if (start !== undefined && conditional(start)) return true;
  }
  if (element.type === "eventBasedGateway") {
    return element.outgoing.some((flow) => conditional(process.flows[flow]!.target));
  }
  return element.type === "intermediateCatchEvent" && hasDefinition(element, "conditional");
}

export function hasDefinition(element: ProcessElement, type: EventDefinition["type"]): boolean {
  return element.eventDefinitions.some((definition) => definition.type === type);
}

/** Index of the (only) start event of an event sub-process. */
export function startOfEventSubProcess(process: ExecutableProcess, index: number): number | undefined {
  return process.elements[index]!.children.find((child) => process.elements[child]!.type === "startEvent");
}

const activities = new Set<ElementType>([
  "subProcess",
  "transaction",
  "adHocSubProcess",
  "callActivity",
  "task",
  "serviceTask",
  "userTask",
  "scriptTask",
  "businessRuleTask",
  "sendTask",
  "receiveTask",
  "manualTask",
]);

export function isActivity(element: ProcessElement): boolean {
  return activities.has(element.type);
}

/**
 * What a process waits for to be started: its triggered start events and instantiating receive tasks, and for an
 * instantiating event-based gateway each of the events behind it. `createInstance` takes such an index.
 */
export function startTriggersOf(process: ExecutableProcess): readonly number[] {
  return process.triggeredStarts.flatMap((index) => {
    const element = process.elements[index]!;
    return element.type === "eventBasedGateway" ? element.outgoing.map((flow) => process.flows[flow]!.target) : [index];
  });
}
