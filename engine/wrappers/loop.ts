/**
 * Loops around any activity (BPMN 10.3.8, 13.3.6, 13.3.7; rules 46–52). The body is an element instance of its own: it
 * holds the boundary events, a snapshot of the collection and the ordered outputs; its instances do the work.
 */
import { note, raise } from "../core/emit.ts";
import type { Failure, Result } from "../core/failure.ts";
import type { ElementInstance, LoopState } from "../core/instance.ts";
import type { JsonValue } from "../core/json.ts";
import { activate, complete } from "../core/lifecycle.ts";
import type { Step } from "../core/machine.ts";
import type { Expression, MultiInstanceLoop, StandardLoop } from "../core/process.ts";
import { interruptChildren } from "../core/termination.ts";
import { evaluate, mergeUp, variablesOf } from "../core/variables.ts";
import { throwBehaviorEvents } from "./loop-events.ts";

export const loop = {
  enter(step: Step, body: ElementInstance): void {
    const definition = body.element.loop!;
    if (definition.kind === "standard") enterStandard(step, body, definition);
    else enterMultiInstance(step, body, definition);
  },

  collect(step: Step, self: ElementInstance): Failure | null {
    const body = self.parent!;
    const definition = self.element.loop;
    if (!definition || !body.detail?.loop) return null;
    return definition.kind === "standard"
      ? judgeStandard(step, body, self, definition)
      : collectOutput(step, body, self, definition);
  },

  instanceEnded(step: Step, body: ElementInstance, self: ElementInstance): void {
    if (body.state !== "active") return;
    const definition = body.element.loop!;
    if (definition.kind === "multiInstance") throwBehaviorEvents(step, body, self, definition);
    if (body.state !== "active") return;
    if (step.finishedLoops.delete(body)) {
      interruptChildren(step, body, { do: "complete" });
      return;
    }
    goOn(step, body);
  },

  /** Instances were terminated one by one from outside. */
  emptied: goOn,

  completing(step: Step, body: ElementInstance): void {
    const definition = body.element.loop;
    const outputs = body.detail?.loop?.outputs;
    if (definition?.kind !== "multiInstance" || !definition.outputCollection || !outputs) return;
    mergeUp(step, body.parent!, Object.fromEntries([[definition.outputCollection, [...outputs]]]));
  },
};

function enterStandard(step: Step, body: ElementInstance, definition: StandardLoop): void {
  note(step, body, { kind: "loop", items: null, total: definition.maximum ?? -1, outputs: null });
  if (definition.maximum !== null && definition.maximum <= 0) {
    complete(step, body);
    return;
  }
  if (definition.testBefore && definition.condition) {
    const holds = booleanOf(step, body, definition.condition, variablesOf(body));
    if (!holds.ok) {
      raise(step, body, holds.failure, "loop");
      return;
    }
    if (!holds.value) {
      complete(step, body);
      return;
    }
  }
  startNext(step, body);
}

/** Goes on WHILE the condition holds (rule 51), at most `maximum` times. */
function judgeStandard(
  step: Step,
  body: ElementInstance,
  self: ElementInstance,
  definition: StandardLoop,
): Failure | null {
  const state = body.detail!.loop!;
  const another = definition.maximum === null || state.started < definition.maximum;
  if (!another || (!definition.condition && definition.maximum === null)) {
    step.finishedLoops.add(body);
    return null;
  }
  if (!definition.condition) return null;
  const holds = booleanOf(step, self, definition.condition, variablesOf(self));
  if (!holds.ok) return holds.failure;
  if (!holds.value) step.finishedLoops.add(body);
  return null;
}

function booleanOf(
  step: Step,
  self: ElementInstance,
  condition: Expression,
  variables: ReturnType<typeof variablesOf>,
): Result<boolean> {
  const result = evaluate(step, self, condition, variables);
  if (!result.ok) return { ok: false, failure: { ...result.failure, kind: "CONDITION_ERROR" } };
  if (typeof result.value === "boolean") return { ok: true, value: result.value };
  return {
    ok: false,
    failure: {
      kind: "CONDITION_ERROR",
      message: `Expected '${condition.source}' to be true or false, but it is ${JSON.stringify(result.value).slice(0, 100)}`,
    },
  };
}

function enterMultiInstance(step: Step, body: ElementInstance, definition: MultiInstanceLoop): void {
  const sized = sizeOf(step, body, definition);
  if (!sized.ok) {
    raise(step, body, sized.failure, "loop");
    return;
  }
  const { items, total } = sized.value;
  note(step, body, {
    kind: "loop",
    items,
    total,
    outputs: definition.outputCollection ? new Array<JsonValue>(total).fill(null) : null,
  });
  if (total === 0) {
    complete(step, body);
    return;
  }
  const first = definition.sequential ? 1 : total;
  for (let count = 0; count < first; count++) startNext(step, body);
}

function sizeOf(
  step: Step,
  body: ElementInstance,
  definition: MultiInstanceLoop,
): Result<Pick<LoopState, "items" | "total">> {
  const items = definition.inputCollection ? itemsOf(step, body, definition.inputCollection) : null;
  if (items && !items.ok) return items;
  const counted = definition.cardinality ? cardinalityOf(step, body, definition.cardinality) : null;
  if (counted && !counted.ok) return counted;
  const total = counted && !items ? counted.value : (items?.value.length ?? 0);
  const { multiInstanceMax } = step.environment.limits;
  if (total > multiInstanceMax)
    return extraction(`Expected at most ${multiInstanceMax} instances, but there are ${total}`);
  return { ok: true, value: { items: items?.value ?? null, total } };
}

function itemsOf(step: Step, body: ElementInstance, expression: Expression): Result<readonly JsonValue[]> {
  const result = evaluate(step, body, expression);
  if (!result.ok) return { ok: false, failure: { ...result.failure, kind: "EXTRACT_VALUE_ERROR" } };
  if (Array.isArray(result.value)) return { ok: true, value: result.value };
  return extraction(
    `Expected the input collection '${expression.source}' to be a list, but it is ${JSON.stringify(result.value).slice(0, 100)}`,
  );
}

function cardinalityOf(step: Step, body: ElementInstance, expression: Expression): Result<number> {
  const result = evaluate(step, body, expression);
  if (!result.ok) return { ok: false, failure: { ...result.failure, kind: "EXTRACT_VALUE_ERROR" } };
  const value = typeof result.value === "string" && result.value.trim() !== "" ? Number(result.value) : result.value;
  if (typeof value === "number" && Number.isInteger(value) && value >= 0) return { ok: true, value };
  return extraction(
    `Expected the loop cardinality '${expression.source}' to be a whole number of at least 0, but it is ${JSON.stringify(result.value).slice(0, 100)}`,
  );
}

function extraction(message: string): { readonly ok: false; readonly failure: Failure } {
  return { ok: false, failure: { kind: "EXTRACT_VALUE_ERROR", message } };
}

/** Inputs and the counter are locals of the instance and never leave it (rule 50). */
function startNext(step: Step, body: ElementInstance): void {
  const state = body.detail!.loop!;
  const definition = body.element.loop!;
  const index = state.started;
  const variables: [string, JsonValue][] = [];
  if (definition.kind === "multiInstance") {
    const local = outputVariable(definition.outputElement);
    if (local !== null) variables.push([local, null]);
    if (definition.inputElement && state.items) variables.push([definition.inputElement, state.items[index] ?? null]);
  }
  variables.push(["loopCounter", index + 1]);
  activate(step, body, body.element, {
    type: body.element.type,
    loopCounter: index + 1,
    variables: Object.fromEntries(variables),
  });
}

/** An output element that is a plain variable gets a local of its own, so that instances cannot race (rule 47). */
function outputVariable(expression: Expression | undefined): string | null {
  const name = expression?.references.length === 1 ? expression.references[0]! : null;
  const source = expression?.source.replace(/^=/, "").trim();
  return name !== null && (source === name || source?.startsWith(`${name}.`)) ? name : null;
}

function collectOutput(
  step: Step,
  body: ElementInstance,
  self: ElementInstance,
  definition: MultiInstanceLoop,
): Failure | null {
  const state = body.detail!.loop!;
  if (definition.outputCollection && definition.outputElement && state.outputs) {
    const result = evaluate(step, self, definition.outputElement);
    if (!result.ok) return { ...result.failure, kind: "IO_MAPPING_ERROR" };
    note(step, body, { kind: "loopOutput", index: (self.detail?.loopCounter ?? 1) - 1, value: result.value });
  }
  if (!definition.completionCondition) return null;
  const done = booleanOf(step, self, definition.completionCondition, variablesOf(self, countsAfter(state)));
  if (!done.ok) return done.failure;
  if (done.value) step.finishedLoops.add(body);
  return null;
}

/** What conditions see when the current instance has ended (rule 48). */
export function countsAfter(state: LoopState, ended = 1): ReadonlyMap<string, JsonValue> {
  return new Map<string, JsonValue>([
    ["numberOfInstances", state.total],
    ["numberOfActiveInstances", state.started - state.completed - state.terminated - ended],
    ["numberOfCompletedInstances", state.completed + ended],
    ["numberOfTerminatedInstances", state.terminated],
  ]);
}

function goOn(step: Step, body: ElementInstance): void {
  const state = body.detail?.loop;
  if (!state || body.state !== "active") return;
  const definition = body.element.loop!;
  const oneByOne = definition.kind === "standard" || definition.sequential;
  const more = state.total < 0 || state.started < state.total;
  if (body.children && body.children.size > 0) return;
  if (oneByOne && more) startNext(step, body);
  else complete(step, body);
}
