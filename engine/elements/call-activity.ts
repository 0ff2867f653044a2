/** Call activity (BPMN 10.3.6; rules 70, 71): runs another process inside the same aggregate, so that errors, cancel and joins across it are one step. */
import { emit, raise } from "../core/emit.ts";
import type { Failure } from "../core/failure.ts";
import type { ElementInstance } from "../core/instance.ts";
import type { JsonObject } from "../core/json.ts";
import { begin, complete } from "../core/lifecycle.ts";
import type { ElementBehavior, Step } from "../core/machine.ts";
import type { ExecutableProcess } from "../core/process.ts";
import { terminate } from "../core/termination.ts";
import { evaluate, visibleVariables } from "../core/variables.ts";

export const callActivity: ElementBehavior = {
  enter(step, self) {
    const called = find(step, self);
    if ("kind" in called) return raise(step, self, called, "enter");
    start(step, self, called);
  },
  childEnded(step, self, child) {
    const returns = self.element.outputs.length > 0 || self.element.calledElement!.propagateAllChildVariables;
    complete(step, self, returns && child.variables ? Object.fromEntries(child.variables) : undefined);
  },
  // The called instance was terminated, not completed: nothing comes back (rule 70).
  emptied(step, self) {
    const { parent } = self;
    if (terminate(step, self) && parent) step.emptied.add(parent);
  },
};

function find(step: Step, self: ElementInstance): ExecutableProcess | Failure {
  const { processId, binding } = self.element.calledElement!;
  const id = evaluate(step, self, processId);
  if (!id.ok) return { ...id.failure, kind: "EXTRACT_VALUE_ERROR" };
  if (typeof id.value !== "string")
    return failed(
      `Expected the called process id '${processId.source}' to be a text, but it is ${JSON.stringify(id.value).slice(0, 100)}`,
    );
  const { deploymentKey } = self.definition.process;
  const called = step.environment.findProcess({
    processId: id.value,
    binding,
    callerDeploymentKey: deploymentKey,
    tenantId: self.process.tenantId,
  });
  if (!called) return failed(`Expected a deployed process with id '${id.value}', but there is none`);
  if (!called.hasNoneStart)
    return failed(`Expected the process '${id.value}' to have a none start event, but it has none`);
  const { callDepthMax } = step.environment.limits;
  if (depthOf(self) >= callDepthMax)
    return failed(`Expected at most ${callDepthMax} nested calls, but '${id.value}' would be one more`);
  return called;
}

function failed(message: string): Failure {
  return { kind: "CALLED_ELEMENT_ERROR", message };
}

function depthOf(self: ElementInstance): number {
  let depth = 1;
  for (let scope: ElementInstance | null = self; scope; scope = scope.parent) if (scope.type === "process") depth++;
  return depth;
}

function start(step: Step, self: ElementInstance, called: ExecutableProcess): void {
  const key = step.environment.nextKey();
  emit(step, {
    type: "processInstanceCreated",
    key,
    root: step.instance.key,
    definition: called.key,
    processId: called.processId,
    version: called.version,
    versionTag: called.versionTag,
    parent: self.process.key,
    parentElement: self.key,
    tags: self.process.tags,
    businessId: self.process.businessId,
    tenantId: self.process.tenantId,
  });
  emit(step, {
    type: "elementActivated",
    key,
    elementId: called.elements[0]!.id,
    elementType: "process",
    scope: null,
    instance: key,
  });
  const variables = variablesFor(self);
  if (Object.keys(variables).length > 0)
    emit(step, { type: "variablesSet", scope: key, instance: key, values: variables });
  const root = step.instance.elements.get(key)!;
  step.activations++;
  step.queue.push(() => begin(step, root, "inputs"));
}

function variablesFor(self: ElementInstance): JsonObject {
  if (self.element.calledElement!.propagateAllParentVariables) return visibleVariables(self);
  return self.variables ? Object.fromEntries(self.variables) : {};
}
