/** References between the elements of a model: what `href`s point to, and in which order elements can be compiled. */
import type { DecisionServiceSource, DrgElementSource, ModelSource, RequirementSource } from "./model-source.ts";
import type { ProblemLog } from "./problems.ts";

/** An element by where it is defined. */
export interface ResolvedReference {
  /** Undefined: an element of the model itself. */
  readonly namespace: string | undefined;
  readonly id: string;
}

/** `#id`, `namespace#id`, or a bare id as some tools write it. The model's own namespace counts as local. */
export function resolveHref(href: string, ownNamespace: string): ResolvedReference {
  const hash = href.lastIndexOf("#");
  if (hash === -1) return { namespace: undefined, id: href };
  const namespace = href.slice(0, hash);
  return {
    namespace: namespace === "" || namespace === ownNamespace ? undefined : namespace,
    id: href.slice(hash + 1),
  };
}

/** The elements of a model by id. Duplicate ids are reported; duplicate names make references ambiguous for people. */
export function indexElements(source: ModelSource, log: ProblemLog): ReadonlyMap<string, DrgElementSource> {
  const elements = new Map<string, DrgElementSource>();
  const names = new Set<string>();
  for (const element of source.elements) {
    const place = { elementId: element.id, decisionId: element.id };
    if (elements.has(element.id)) {
      log.error("model-duplicate-id", `Expected each id once, but ${element.id} is there again`, place);
    }
    if (names.has(element.name)) {
      log.warning(
        "model-duplicate-name",
        `Expected elements with different names, but ${element.name} is there again`,
        place,
      );
    }
    elements.set(element.id, element);
    names.add(element.name);
  }
  return elements;
}

/** Everything an element refers to. */
export function hrefsOf(element: DrgElementSource): readonly string[] {
  switch (element.kind) {
    case "inputData":
      return [];
    case "decision":
    case "knowledgeModel":
      return element.requirements.map((requirement: RequirementSource) => requirement.href);
    case "decisionService":
      return serviceHrefs(element);
  }
}

function serviceHrefs(service: DecisionServiceSource): readonly string[] {
  return [
    ...service.inputData,
    ...service.inputDecisions,
    ...service.outputDecisions,
    ...service.encapsulatedDecisions,
  ];
}

/**
 * The elements of a model, required ones first. Cycles are reported with their members (DMN 1.5 §6.2.2 forbids them);
 * a knowledge model may require itself, which says no more than that its function is recursive.
 */
export function compilationOrder(
  elements: ReadonlyMap<string, DrgElementSource>,
  ownNamespace: string,
  log: ProblemLog,
): readonly DrgElementSource[] {
  const order: DrgElementSource[] = [];
  const state = new Map<string, "open" | "done">();
  for (const root of elements.values()) {
    const stack = state.has(root.id) ? [] : [frameOf(root, elements, ownNamespace)];
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      state.set(top.element.id, "open");
      const next = top.required[top.next++];
      if (!next) {
        state.set(top.element.id, "done");
        order.push(top.element);
        stack.pop();
      } else if (state.get(next.id) === "open") {
        if (next !== top.element || next.kind !== "knowledgeModel") reportCycle(stack, next, log);
      } else if (!state.has(next.id)) stack.push(frameOf(next, elements, ownNamespace));
    }
  }
  return order;
}

interface VisitFrame {
  readonly element: DrgElementSource;
  readonly required: readonly DrgElementSource[];
  next: number;
}

function frameOf(
  element: DrgElementSource,
  elements: ReadonlyMap<string, DrgElementSource>,
  ownNamespace: string,
): VisitFrame {
  const required = hrefsOf(element).flatMap((href) => {
    const { namespace, id } = resolveHref(href, ownNamespace);
    return (namespace === undefined ? elements.get(id) : undefined) ?? [];
  });
  return { element, required, next: 0 };
}

function reportCycle(stack: readonly VisitFrame[], back: DrgElementSource, log: ProblemLog): void {
  const from = stack.findIndex((frame) => frame.element === back);
  const members = stack.slice(from).map((frame) => frame.element.name);
  const shown = members.length > 8 ? [...members.slice(0, 8), "…"] : members;
  const message = `Expected requirements without cycles, but ${[...shown, back.name].join(" → ")}`;
  log.error("requirement-cycle", message, { elementId: back.id, decisionId: back.id });
}
