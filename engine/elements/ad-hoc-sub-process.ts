/**
 * Ad-hoc sub-process (BPMN 10.3.5, 13.3.5; rules 72, 73). Its elements run inside inner instances, each a scope of its
 * own. Who decides what runs: the model (a list, or all of it), a job worker (Camunda's contract), or an agent
 * (agent-turn.ts); operators may activate elements in every case.
 */

import { note, raise } from "../core/emit.ts";
import type { Failure, Rejection, Result } from "../core/failure.ts";
import type { ElementInstance } from "../core/instance.ts";
import type { JsonObject, JsonValue } from "../core/json.ts";
import { activate, complete } from "../core/lifecycle.ts";
import type { ElementBehavior, Step } from "../core/machine.ts";
import type { ProcessElement } from "../core/process.ts";
import { interruptChildren } from "../core/termination.ts";
import { evaluate, mergeUp, setLocal, variablesOf } from "../core/variables.ts";
import { drivenChildEnded, drivenJobCompleted, enterDriven, isDriven } from "./ad-hoc-job.ts";

export const adHocSubProcess: ElementBehavior = {
  prepare(step, self) {
    const { adHoc } = self.element;
    const locals: [string, JsonValue][] = [];
    if (isDriven(self)) locals.push(["adHocSubProcessElements", describeTools(self)]);
    const collection = outputCollectionOf(self);
    if (collection) locals.push([collection, []]);
    if (adHoc && !self.variables?.has("adHocSubProcessElements")) setLocal(step, self, Object.fromEntries(locals));
  },

  enter(step, self) {
    const placed = self.detail?.start;
    if (placed) for (const index of placed.elements) startInner(step, self, index, {});
    if (isDriven(self)) return enterDriven(step, self);
    if (placed) return;
    const chosen = elementsToStart(step, self);
    if (!chosen.ok) return raise(step, self, chosen.failure, "enter");
    if (chosen.value.length > 0) return startAll(step, self, chosen.value);
    if (activatableElements(self).length === 0) complete(step, self);
  },

  refuseCompletion(_step, self, command): Rejection | null {
    const result = command.result;
    if (result?.type !== "adHocSubProcess") return null;
    if (result.isCompletionConditionFulfilled && result.activateElements.length > 0) {
      return {
        kind: "invalid",
        message: "Expected either elements to activate or a fulfilled completion condition, but got both",
      };
    }
    if (self.element.adHoc?.agent) return null; // an unknown tool is the model's mistake: it gets an error as result
    return unknownElement(
      self,
      result.activateElements.map(({ elementId }) => elementId),
    );
  },

  jobCompleted: drivenJobCompleted,

  childEnded(step, self, child) {
    if (isDriven(self)) return drivenChildEnded(step, self, child);
    if (child.type === "adHocInnerInstance") innerEnded(step, self);
  },

  retry(step, self) {
    innerEnded(step, self);
    step.emptied.add(self);
  },

  emptied(step, self) {
    const detail = self.detail;
    if (detail?.interrupted || detail?.fulfilled) return complete(step, self);
    if (!isDriven(self) && !self.element.adHoc?.completionCondition && !detail?.adHocQueue?.length)
      complete(step, self);
  },

  completing(step, self) {
    const collection = outputCollectionOf(self);
    const collected = collection ? self.variables?.get(collection) : undefined;
    if (collection && collected !== undefined && self.element.outputs.length === 0)
      mergeUp(step, self.parent!, Object.fromEntries([[collection, collected]]));
  },
};

export function outputCollectionOf(self: ElementInstance): string | null {
  const { adHoc } = self.element;
  return adHoc?.outputCollection ?? (adHoc?.agent ? "toolCallResults" : null);
}

/** Elements that may be activated: no incoming flow, no boundary event, no event sub-process, no handler. */
export function activatableElements(self: ElementInstance): ProcessElement[] {
  const { elements } = self.definition;
  return self.element.children
    .map((index) => elements[index]!)
    .filter(
      (element) =>
        element.incoming.length === 0 &&
        element.type !== "boundaryEvent" &&
        element.type !== "eventSubProcess" &&
        !element.isForCompensation,
    );
}

export function unknownElement(self: ElementInstance, ids: readonly string[]): Rejection | null {
  const known = new Set(activatableElements(self).map((element) => element.id));
  const unknown = ids.find((id) => !known.has(id));
  return unknown === undefined
    ? null
    : {
        kind: "notFound",
        message: `Expected an element of '${self.element.id}' without incoming flow, but '${unknown}' is none`,
      };
}

/** What a worker sees of the tools (adHocSubProcessElements). */
function describeTools(self: ElementInstance): JsonValue {
  return (self.element.adHoc?.tools ?? []).map((tool) => {
    const parameters = tool.parameters.map((parameter) => ({
      name: parameter.name,
      type: parameter.type,
      ...(parameter.description !== null && { description: parameter.description }),
      ...(parameter.schema !== null && { schema: parameter.schema }),
      ...(!parameter.required && { options: { required: false } }),
    }));
    return {
      elementId: tool.elementId,
      elementName: tool.name,
      ...(tool.documentation !== null && { documentation: tool.documentation }),
      ...(Object.keys(tool.properties).length > 0 && { properties: { ...tool.properties } }),
      ...(parameters.length > 0 && { parameters }),
    } satisfies JsonObject;
  });
}

/** A list names the elements; a plain BPMN model without any Camunda extension runs all of them. */
function elementsToStart(step: Step, self: ElementInstance): Result<readonly number[]> {
  const { adHoc } = self.element;
  const all = activatableElements(self);
  if (!adHoc?.activeElementsCollection)
    return { ok: true, value: adHoc?.outputCollection ? [] : all.map((element) => element.index) };
  const result = evaluate(step, self, adHoc.activeElementsCollection);
  if (!result.ok) return { ok: false, failure: { ...result.failure, kind: "EXTRACT_VALUE_ERROR" } };
  if (!Array.isArray(result.value))
    return extraction(
      `Expected the list of elements '${adHoc.activeElementsCollection.source}' to be a list, but it is ${JSON.stringify(result.value).slice(0, 100)}`,
    );
  const byId = new Map(all.map((element) => [element.id, element.index]));
  const chosen: number[] = [];
  for (const id of result.value as readonly JsonValue[]) {
    const index = typeof id === "string" ? byId.get(id) : undefined;
    if (index === undefined)
      return extraction(
        `Expected an element of '${self.element.id}' without incoming flow, but ${JSON.stringify(id).slice(0, 100)} is none`,
      );
    chosen.push(index);
  }
  return { ok: true, value: chosen };
}

function extraction(message: string): { readonly ok: false; readonly failure: Failure } {
  return { ok: false, failure: { kind: "EXTRACT_VALUE_ERROR", message } };
}

function startAll(step: Step, self: ElementInstance, chosen: readonly number[]): void {
  if (self.element.adHoc?.parallel !== false) {
    for (const index of chosen) startInner(step, self, index, {});
    return;
  }
  note(step, self, { kind: "adHocQueue", elements: chosen.slice(1) });
  startInner(step, self, chosen[0]!, {});
}

/** A new scope for one activation of one element. */
export function startInner(
  step: Step,
  self: ElementInstance,
  index: number,
  variables: JsonObject,
): ElementInstance | null {
  return activate(step, self, self.element, { type: "adHocInnerInstance", start: [index], variables });
}

function innerEnded(step: Step, self: ElementInstance): void {
  const { adHoc, id } = self.element;
  if (adHoc?.completionCondition) {
    const result = evaluate(step, self, adHoc.completionCondition, variablesOf(self));
    if (!result.ok) {
      raise(step, self, { ...result.failure, kind: "CONDITION_ERROR" }, "collect");
      return;
    }
    if (typeof result.value !== "boolean") {
      raise(
        step,
        self,
        {
          kind: "CONDITION_ERROR",
          message: `Expected the completion condition of '${id}' to be true or false, but it is ${JSON.stringify(result.value).slice(0, 100)}`,
        },
        "collect",
      );
      return;
    }
    if (result.value) {
      fulfil(step, self, adHoc.cancelRemainingInstances);
      return;
    }
  }
  const queue = self.detail?.adHocQueue;
  if (!queue?.length) return;
  note(step, self, { kind: "adHocQueue", elements: queue.slice(1) });
  startInner(step, self, queue[0]!, {});
}

/** The sub-process is to end: now, or when what runs has ended. */
export function fulfil(step: Step, self: ElementInstance, cancelRemaining: boolean): void {
  note(step, self, { kind: "fulfilled" });
  if (self.detail?.adHocQueue?.length) note(step, self, { kind: "adHocQueue", elements: [] });
  if (cancelRemaining || !self.children?.size) interruptChildren(step, self, { do: "complete" });
}

/** Evaluates the output element of an inner instance that has ended and appends it to the collection. */
export function collectOutput(step: Step, inner: ElementInstance, fallback: JsonValue | undefined): Failure | null {
  const self = inner.parent!;
  const collection = outputCollectionOf(self);
  if (!collection) return null;
  const expression = self.element.adHoc?.outputElement;
  let value = fallback;
  if (expression) {
    const result = evaluate(step, inner, expression);
    if (!result.ok) return { ...result.failure, kind: "IO_MAPPING_ERROR" };
    value = result.value;
  }
  if (value === undefined) return null;
  const collected = self.variables?.get(collection);
  setLocal(step, self, Object.fromEntries([[collection, [...(Array.isArray(collected) ? collected : []), value]]]));
  return null;
}
