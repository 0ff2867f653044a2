/**
 * Tokens: taking a sequence flow, gathering tokens at joins, and the question whether a join may still get more.
 * A token that does not have to wait becomes the next element instance at once; only joins keep tokens on flows.
 */
import type { Definition } from "./definition.ts";
import { emit, note, raise } from "./emit.ts";
import type { ElementInstance } from "./instance.ts";
import type { JsonValue } from "./json.ts";
import { activate } from "./lifecycle.ts";
import type { Step } from "./machine.ts";
import type { ProcessElement } from "./process.ts";
import { evaluate, variablesOf } from "./variables.ts";

export function takeFlow(step: Step, scope: ElementInstance, flowIndex: number): void {
  if (scope.state !== "active") return;
  const { definition } = scope;
  const flow = definition.flows[flowIndex]!;
  emit(step, { type: "flowTaken", flowId: flow.id, scope: scope.key, instance: scope.process.key });
  const target = definition.elements[flow.target]!;
  if (definition.gathering[target.index] === "none") activate(step, scope, target);
  else arrive(step, scope, target);
}

function arrive(step: Step, scope: ElementInstance, target: ProcessElement): void {
  step.moved.add(scope);
  step.emptied.add(scope);
  switch (scope.definition.gathering[target.index]) {
    case "parallel":
    case "inclusive":
      // A join counts distinct flows, never tokens (rules 1 and 5).
      if (target.incoming.every((flow) => scope.tokens?.has(flow))) activate(step, scope, target);
      return;
    case "quantity":
      if (tokensOn(scope, target) >= target.startQuantity) activate(step, scope, target);
      return;
    case "complex":
      arriveAtComplex(step, scope, target);
  }
}

function tokensOn(scope: ElementInstance, target: ProcessElement): number {
  return target.incoming.reduce((sum, flow) => sum + (scope.tokens?.get(flow) ?? 0), 0);
}

/** BPMN 13.4.5: fires once when the activation condition holds, then waits until the remaining flows have delivered. */
function arriveAtComplex(step: Step, scope: ElementInstance, gateway: ProcessElement): void {
  const count = tokensOn(scope, gateway);
  if (count === 0 || scope.detail?.resetting?.[gateway.index]) return;
  const condition = gateway.activationCondition;
  if (!condition) {
    if (gateway.incoming.every((flow) => scope.tokens?.has(flow))) activate(step, scope, gateway);
    return;
  }
  const result = evaluate(
    step,
    scope,
    condition,
    variablesOf(scope, new Map<string, JsonValue>([["activationCount", count]])),
  );
  if (result.ok && result.value !== true) return;
  const self = activate(step, scope, gateway);
  if (self && !result.ok) raise(step, self, { ...result.failure, kind: "CONDITION_ERROR" }, "enter");
}

/**
 * Looks at all joins that wait for tokens that might never come. Called when everything else in the command has come
 * to rest, so a token that died elsewhere counts at once (rule 8). True when one of them has fired.
 */
export function fireJoins(step: Step): boolean {
  for (const scope of step.moved) {
    step.moved.delete(scope);
    if (scope.state !== "active" || !step.instance.waitingScopes.has(scope)) continue;
    resetComplexGateways(step, scope);
    if (!scope.tokens) continue;
    const waiting = waitingJoins(scope);
    const ready = waiting.find((gateway) => !mayStillReach(scope, gateway, null)) ?? deadlocked(scope, waiting);
    if (!ready) continue;
    activate(step, scope, ready);
    step.moved.add(scope);
    return true;
  }
  return false;
}

function waitingJoins(scope: ElementInstance): ProcessElement[] {
  const found = new Set<number>();
  for (const flow of scope.tokens!.keys()) {
    const target = scope.definition.flows[flow]!.target;
    if (scope.definition.gathering[target] === "inclusive") found.add(target);
  }
  return [...found].sort((left, right) => left - right).map((index) => scope.definition.elements[index]!);
}

/** Inclusive joins that wait for nothing but each other would wait for ever: the first one goes. */
function deadlocked(scope: ElementInstance, waiting: readonly ProcessElement[]): ProcessElement | undefined {
  if (waiting.length < 2 || (scope.children && scope.children.size > 0)) return undefined;
  const indices = new Set(waiting.map((gateway) => gateway.index));
  for (const flow of scope.tokens!.keys()) {
    const { target } = scope.definition.flows[flow]!;
    if (!indices.has(target) && !leftover(scope, target)) return undefined;
  }
  return waiting[0];
}

/** Whether an active element or waiting token of the scope can still bring a token to a flow that has none. */
function mayStillReach(scope: ElementInstance, gateway: ProcessElement, delivered: readonly number[] | null): boolean {
  const { definition } = scope;
  const missing = gateway.incoming.filter((flow) => (delivered ? !delivered.includes(flow) : !scope.tokens?.has(flow)));
  if (missing.length === 0) return false;
  const reached = reachedFrom(definition, gateway, missing);
  const reaches = (element: number) => reached[element] === 1;
  for (const flow of scope.tokens?.keys() ?? []) {
    const { target } = definition.flows[flow]!;
    if (target !== gateway.index && !leftover(scope, target) && reaches(target)) return true;
  }
  if (!scope.children) return false;
  for (const child of scope.children) {
    if (child.element.index !== gateway.index && reaches(child.element.index)) return true;
  }
  return false;
}

/**
 * Elements from which a token can get onto one of `flows` without passing `gateway`: backwards over sequence flows, from
 * boundary events to their hosts, from link catches to their throws. Linear in the model; nothing is kept, so that a
 * hostile model cannot buy memory with gateways.
 */
function reachedFrom(definition: Definition, gateway: ProcessElement, flows: readonly number[]): Uint8Array {
  const reached = new Uint8Array(definition.elements.length);
  const pending: number[] = [];
  const visit = (index: number) => {
    if (reached[index] === 1 || index === gateway.index) return;
    reached[index] = 1;
    pending.push(index);
  };
  for (const flow of flows) visit(definition.flows[flow]!.source);
  for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
    const element = definition.elements[index]!;
    for (const incoming of element.incoming) visit(definition.flows[incoming]!.source);
    if (element.attachedTo !== null) visit(element.attachedTo);
    for (const source of definition.linkThrows.get(index) ?? []) visit(source);
  }
  return reached;
}

function resetComplexGateways(step: Step, scope: ElementInstance): void {
  const resetting = scope.detail?.resetting;
  if (!resetting) return;
  for (const index of Object.keys(resetting).map(Number)) {
    const gateway = scope.definition.elements[index]!;
    if (!mayStillReach(scope, gateway, resetting[index]!)) note(step, scope, { kind: "reset", gateway: index });
  }
}

/** Tokens at a join that has fired before are surplus: they wait for the next round but keep nothing alive (rule 2). */
function leftover(scope: ElementInstance, target: number): boolean {
  return scope.detail?.fired?.includes(target) ?? false;
}

/** True when tokens that wait at joins keep this scope from completing. */
export function hasBlockingTokens(scope: ElementInstance): boolean {
  if (!scope.tokens) return false;
  for (const flow of scope.tokens.keys()) if (!leftover(scope, scope.definition.flows[flow]!.target)) return true;
  return false;
}
