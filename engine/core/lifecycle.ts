/**
 * The life of an element instance: activate, begin, complete, leave (BPMN 13.3.2). Each stage may stop at an incident or
 * a listener and is taken up again exactly there. Work that follows is queued, never called: no model can exhaust the
 * stack.
 */
import { advanceCompensation, beginReopened } from "./compensation.ts";
import { initialVariables } from "./data.ts";
import { emit, isAlive, note, raise } from "./emit.ts";
import type { ElementInstanceType } from "./event.ts";
import type { Failure } from "./failure.ts";
import { conditionalFlows } from "./flows.ts";
import type { ElementInstance, Stage } from "./instance.ts";
import type { JsonObject, Key } from "./json.ts";
import type { Step } from "./machine.ts";
import { behaviorOf } from "./machine.ts";
import type { ProcessElement } from "./process.ts";
import { closeWaits, endsInstance } from "./termination.ts";
import { takeFlow } from "./tokens.ts";
import { mergeUp, setLocal } from "./variables.ts";

export interface Activation {
  readonly key?: Key;
  /** Given by wrappers and scopes that know better than the element: instance of a loop, ad-hoc inner instance. */
  readonly type?: ElementInstanceType;
  readonly variables?: JsonObject;
  readonly loopCounter?: number;
  readonly attachedTo?: Key;
  /** What it would wait for has come already. */
  readonly arrived?: JsonObject;
  /** A scope that starts with these elements instead of its own entries. */
  readonly start?: readonly number[];
  /** Locals of what starts there, by element id. */
  readonly startVariables?: JsonObject;
  /** Compensation run that opens this completed scope again. */
  readonly reopened?: Key;
}

/** Activates an element in a scope; its work begins when the queue comes to it. Null when the scope is closing. */
export function activate(
  step: Step,
  scope: ElementInstance,
  element: ProcessElement,
  how: Activation = {},
): ElementInstance | null {
  if (scope.state !== "active") return null;
  const key = how.key ?? step.environment.nextKey();
  const type = how.type ?? typeOf(scope, element);
  emit(step, {
    type: "elementActivated",
    key,
    elementId: element.id,
    elementType: type,
    scope: scope.key,
    instance: scope.process.key,
    ...(how.loopCounter !== undefined && { loopCounter: how.loopCounter }),
    ...(how.attachedTo !== undefined && { attachedTo: how.attachedTo }),
  });
  const self = step.instance.elements.get(key)!;
  step.activations++;
  if (how.reopened !== undefined) {
    note(step, self, { kind: "reopened", run: how.reopened });
    step.queue.push(() => beginReopened(step, self));
    return self;
  }
  if (how.variables) setLocal(step, self, how.variables);
  if (how.start) {
    const variables = how.startVariables ?? {};
    note(step, self, { kind: "start", elements: how.start, triggered: null, variables });
  }
  if (how.arrived) note(step, self, { kind: "arrived", variables: how.arrived });
  const stage: Stage = type === "multiInstanceBody" ? "loop" : "inputs";
  const refused = overLimits(step);
  if (refused) raise(step, self, refused, stage);
  else step.queue.push(() => begin(step, self, stage));
  return self;
}

function typeOf(scope: ElementInstance, element: ProcessElement): ElementInstanceType {
  const instanceOfLoop = scope.type === "multiInstanceBody" && scope.element.index === element.index;
  return element.loop && !instanceOfLoop ? "multiInstanceBody" : element.type;
}

function overLimits(step: Step): Failure | null {
  const { limits } = step.environment;
  if (step.activations > limits.activationsPerCommandMax) {
    return {
      kind: "STEP_LIMIT_EXCEEDED",
      message: `Expected at most ${limits.activationsPerCommandMax} element activations in one command, but there were more: look for a loop without a wait state, then resolve the incident to go on`,
    };
  }
  if (step.instance.elements.size > limits.elementInstancesMax) {
    return {
      kind: "STEP_LIMIT_EXCEEDED",
      message: `Expected at most ${limits.elementInstancesMax} active element instances, but there are more`,
    };
  }
  return null;
}

const stages: Readonly<Record<Stage, number>> = {
  loop: 0,
  inputs: 1,
  startListeners: 2,
  subscribe: 3,
  guard: 4,
  enter: 5,
  outputs: 10,
  endListeners: 11,
  finish: 12,
  job: 20,
  collect: 21,
  agent: 22,
  resumeAgent: 23,
};

/** Goes on with the activation of `self` at stage `from`. */
export function begin(step: Step, self: ElementInstance, from: Stage): void {
  if (self.state !== "active") return;
  const { wrappers } = step.machine;
  const { element } = self;
  if (from === "loop") {
    beginLoop(step, self);
    return;
  }
  const stage = stages[from];
  if (self.type !== "adHocInnerInstance") {
    if (stage <= stages.inputs) behaviorOf(step, self).prepare?.(step, self);
    if (stage <= stages.inputs && element.inputs.length > 0) {
      const failed = wrappers.mappings.input(step, self);
      if (failed) {
        raise(step, self, failed, "inputs");
        return;
      }
    }
    if (stage <= stages.inputs && element.initialVariables.length > 0) {
      const failed = initialVariables(step, self);
      if (failed) {
        raise(step, self, failed, "inputs");
        return;
      }
    }
    if (stage <= stages.startListeners && element.executionListeners.length > 0) {
      if (listening(step, self, "start")) return;
    }
    if (stage <= stages.subscribe && holdsSubscriptions(self)) {
      const failed = wrappers.subscriptions.open(step, self);
      if (failed) {
        raise(step, self, failed, "subscribe");
        return;
      }
      if (self.state !== "active") return;
    }
    if (stage <= stages.guard && needsGuard(self) && !wrappers.guard.admits(step, self)) return;
  }
  if (self.state === "active") behaviorOf(step, self).enter(step, self);
}

/** The body of a loop carries the boundary events; mappings, listeners and the guard belong to its instances. */
function beginLoop(step: Step, body: ElementInstance): void {
  const { wrappers } = step.machine;
  if (body.element.boundaryEvents.length > 0 && !body.waits?.size) {
    const failed = wrappers.subscriptions.open(step, body);
    if (failed) {
      raise(step, body, failed, "loop");
      return;
    }
  }
  if (body.state === "active") wrappers.loop.enter(step, body);
}

function holdsSubscriptions(self: ElementInstance): boolean {
  return self.element.boundaryEvents.length > 0 || self.element.eventSubProcesses.length > 0;
}

/** The nearest agent this activity is a tool of. */
export function agentOf(self: ElementInstance): ElementInstance | null {
  const inner = self.parent?.type === "multiInstanceBody" ? self.parent.parent : self.parent;
  return inner?.type === "adHocInnerInstance" && inner.element.adHoc?.agent ? inner.parent : null;
}

function needsGuard(self: ElementInstance): boolean {
  if (self.element.guard !== null) return true;
  const agent = agentOf(self);
  return agent?.element.adHoc?.tools.some((tool) => tool.elementIndex === self.element.index) ?? false;
}

/** True when a listener job is open (or could not be created): the stage goes on later. */
function listening(step: Step, self: ElementInstance, eventType: "start" | "end"): boolean {
  const waits = step.machine.wrappers.listeners.waits(step, self, eventType);
  if (typeof waits === "boolean") return waits;
  raise(step, self, waits, eventType === "start" ? "startListeners" : "endListeners");
  return true;
}

/** The element's own work is done. `variables` are its results; with output mappings only mapped ones leave (rule 67). */
export function complete(step: Step, self: ElementInstance, variables?: JsonObject): void {
  if (self.state !== "active") return;
  const { element } = self;
  const wrapped = self.type !== "multiInstanceBody" && self.type !== "adHocInnerInstance" && !self.detail?.compensating;
  const outputs = wrapped && element.outputs.length > 0;
  if (outputs || (wrapped && element.executionListeners.length > 0))
    emit(step, { type: "elementCompleting", key: self.key });
  if (self.type === "multiInstanceBody") step.machine.wrappers.loop.completing(step, self);
  else behaviorOf(step, self).completing?.(step, self);
  if (variables) {
    if (outputs) setLocal(step, self, variables);
    else mergeUp(step, self, variables);
  }
  completeFrom(step, self, wrapped ? "outputs" : "finish");
}

/** Goes on with the completion of `self` at stage `from`. */
export function completeFrom(step: Step, self: ElementInstance, from: Stage): void {
  if (!isAlive(self)) return;
  const stage = stages[from];
  // What a policy has blocked has no results of its own: the typed answer stands for them.
  if (stage <= stages.outputs && self.element.outputs.length > 0 && !self.detail?.guard?.blocked) {
    const failed = step.machine.wrappers.mappings.output(step, self);
    if (failed) {
      raise(step, self, failed, "outputs");
      return;
    }
  }
  if (stage <= stages.endListeners && self.element.executionListeners.length > 0 && listening(step, self, "end"))
    return;
  finish(step, self);
}

const none: readonly number[] = [];

function finish(step: Step, self: ElementInstance): void {
  const { parent } = self;
  const instanceOfLoop = parent?.type === "multiInstanceBody";
  let flows = none;
  if (self.detail?.compensating) {
    // Undone, not done: no outputs, no flows.
  } else if (instanceOfLoop) {
    const failed = step.machine.wrappers.loop.collect(step, self);
    if (failed) {
      raise(step, self, failed, "finish");
      return;
    }
  } else if (self.element.outgoing.length > 0 && self.type !== "adHocInnerInstance") {
    const chosen = (behaviorOf(step, self).outgoing ?? conditionalFlows)(step, self);
    if (!chosen.ok) {
      raise(step, self, chosen.failure, "finish");
      return;
    }
    flows = chosen.value;
  }
  if (self.detail?.guard?.started) step.machine.wrappers.guard.ended(step, self, "succeeded");
  closeWaits(step, self);
  emit(step, { type: "elementCompleted", key: self.key });
  if (self.parent) step.moved.add(self.parent);
  leave(step, self, flows);
}

function leave(step: Step, self: ElementInstance, flows: readonly number[]): void {
  const { parent } = self;
  if (self.type === "process") {
    emit(step, { type: "processInstanceCompleted", key: self.process.key });
    if (parent) behaviorOf(step, parent).childEnded?.(step, parent, self);
    return;
  }
  if (!parent || endsInstance(step, self)) return;
  if (parent.detail?.runs?.some((run) => run.current === self.key)) {
    advanceCompensation(step, parent, self.key);
    return;
  }
  if (parent.type === "multiInstanceBody") {
    step.machine.wrappers.loop.instanceEnded(step, parent, self);
    return;
  }
  behaviorOf(step, parent).childEnded?.(step, parent, self);
  for (let round = 0; round < self.element.completionQuantity; round++) {
    for (const flow of flows) takeFlow(step, parent, flow);
  }
  if (flows.length === 0) step.emptied.add(parent);
}
