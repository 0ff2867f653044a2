/** The parts of a BPMN model: its steps, flows, lanes, data and what they refer to, with their places in the drawing. */
import { typeWords } from "../bpmn/outline-steps.ts";
import { labelOf } from "./bpmn-words.ts";
import type { Part, Parts } from "./change.ts";
import { childrenOf, factsIn, numbered, readXml } from "./xml-facts.ts";

interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface BpmnParts {
  readonly parts: Parts;
  /** Shapes only: a flow goes where its ends go. */
  readonly places: ReadonlyMap<string, Place>;
  /** Where to look for a part: itself when it is drawn, else an element that refers to it. */
  readonly drawnAt: ReadonlyMap<string, string>;
}

const partNames =
  /^(process|collaboration|participant|lane|sequenceFlow|messageFlow|association|textAnnotation|group|message|error|escalation|signal|dataObject|dataObjectReference|dataStoreReference|callActivity|transaction|[a-zA-Z]*([tT]ask|[sS]ubProcess|Gateway|Event))$/;
const mirrored = new Set(["incoming", "outgoing", "flowNodeRef"]);
const scopes = /^(process|transaction|[a-zA-Z]*[sS]ubProcess)$/;

const isFlow = ({ localName }: Element): boolean => /^(sequenceFlow|messageFlow|association)$/.test(localName);
const not =
  <Value>(test: (value: Value) => boolean) =>
  (value: Value): boolean =>
    !test(value);
const isPart = (element: Element): boolean => element.id !== "" && partNames.test(element.localName);

/** @throws Error when the text is no XML. */
export function readBpmn(xml: string): BpmnParts {
  const elements = [...readXml(xml).getElementsByTagName("*")];
  const partElements = elements.filter(isPart);
  const names = new Map(partElements.map((element) => [element.id, element.getAttribute("name")?.trim() ?? ""]));
  const parts = new Map<string, Part>();
  const users = new Map<string, string>();
  // Steps first: a flow is read after the steps it joins.
  for (const element of [...partElements.filter(not(isFlow)), ...partElements.filter(isFlow)]) {
    const facts = new Map<string, string>();
    const told = new Map<string, string>();
    const take = numbered(facts);
    const refer = (label: string, id: string): void => {
      const name = names.get(id);
      if (name === undefined) return;
      if (!users.has(id)) users.set(id, element.id);
      if (name !== "") told.set(label, `${name} (${id})`);
    };
    factsIn(
      element,
      (child) => isPart(child) || mirrored.has(child.localName),
      (path, value) => {
        const label = take(labelOf(path), value);
        if (path.key.endsWith("Ref") || path.key === "@default") refer(label, value);
      },
    );
    const scope = scopeOf(element);
    if (scope) refer(take("Inside", scope.id), scope.id);
    parts.set(element.id, { id: element.id, kind: kindOf(element), name: nameOf(element, names), facts, told });
  }
  for (const lane of partElements.filter(({ localName }) => localName === "lane")) addLane(lane, parts);
  const { places, drawn } = readPlaces(elements);
  const drawnAt = new Map<string, string>();
  for (const id of parts.keys()) {
    const at = drawn.has(id) ? id : users.get(id);
    if (at !== undefined && drawn.has(at)) drawnAt.set(id, at);
  }
  return { parts, places, drawnAt };
}

/** The sub-process a step is in; a process is the ordinary place and not told. */
function scopeOf(element: Element): Element | null {
  let parent = element.parentElement;
  while (parent && !scopes.test(parent.localName)) parent = parent.parentElement;
  return parent && parent.localName !== "process" ? parent : null;
}

function kindOf(element: Element): string {
  const definition = [...element.children].find((child) => child.localName.endsWith("EventDefinition"));
  return typeWords(element.localName, definition?.localName);
}

function nameOf(element: Element, names: ReadonlyMap<string, string>): string {
  const own = names.get(element.id) || childrenOf(element, "text")[0]?.textContent.trim().slice(0, 60);
  if (own) return own;
  const [from, to] = [element.getAttribute("sourceRef"), element.getAttribute("targetRef")];
  return from && to ? `${names.get(from) || from} → ${names.get(to) || to}` : element.id;
}

function addLane(lane: Element, parts: ReadonlyMap<string, Part>): void {
  for (const reference of childrenOf(lane, "flowNodeRef")) {
    const part = parts.get(reference.textContent.trim());
    if (part) (part.facts as Map<string, string>).set("Lane", lane.getAttribute("name") || lane.id);
  }
}

function readPlaces(elements: readonly Element[]): {
  readonly places: ReadonlyMap<string, Place>;
  readonly drawn: ReadonlySet<string>;
} {
  const places = new Map<string, Place>();
  const drawn = new Set<string>();
  for (const element of elements) {
    const id = element.getAttribute("bpmnElement");
    if (id === null) continue;
    if (element.localName === "BPMNEdge") drawn.add(id);
    if (element.localName !== "BPMNShape") continue;
    drawn.add(id);
    const bounds = childrenOf(element, "Bounds")[0];
    const number = (name: string): number => Math.round(Number(bounds?.getAttribute(name)));
    places.set(id, { x: number("x"), y: number("y"), width: number("width"), height: number("height") });
  }
  return { places, drawn };
}

/** Shapes that stand elsewhere or have another size; a drawing shifted as a whole has not moved. */
export function movedShapes(
  before: ReadonlyMap<string, Place>,
  after: ReadonlyMap<string, Place>,
): ReadonlySet<string> {
  const common = [...after].filter(([id]) => before.has(id));
  const shiftOf = (id: string, place: Place): string => {
    const old = before.get(id);
    return old ? `${place.x - old.x} ${place.y - old.y} ${place.width - old.width} ${place.height - old.height}` : "";
  };
  const counts = new Map<string, number>();
  for (const [id, place] of common) {
    const shift = shiftOf(id, place);
    counts.set(shift, (counts.get(shift) ?? 0) + 1);
  }
  const [most = "0 0 0 0"] = [...counts].find(([, count]) => count > common.length / 2) ?? [];
  const still = most.endsWith(" 0 0") ? most : "0 0 0 0";
  return new Set(common.filter(([id, place]) => shiftOf(id, place) !== still).map(([id]) => id));
}
