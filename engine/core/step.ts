/**
 * One command on one instance: check it, carry it out, let everything come to rest. Deterministic given the
 * environment; every answer of the environment is in the events.
 */
import { emit } from "./emit.ts";
import type { Environment } from "./environment.ts";
import type { ElementInstance, Instance } from "./instance.ts";
import { complete } from "./lifecycle.ts";
import type { Machine, Step } from "./machine.ts";
import { behaviorOf } from "./machine.ts";
import { continueWith } from "./termination.ts";
import { fireJoins, hasBlockingTokens } from "./tokens.ts";

export function newStep(instance: Instance, environment: Environment, machine: Machine): Step {
  const now = Math.max(environment.now, instance.clock);
  instance.clock = now;
  instance.processByKey = environment.processByKey.bind(environment);
  return {
    instance,
    environment,
    machine,
    now,
    events: [],
    effects: [],
    queue: [],
    later: [],
    emptied: new Set(),
    changes: [],
    moved: new Set(),
    activations: 0,
    permits: new Map(),
    finishedLoops: new Set(),
  };
}

/** Runs queued work until nothing moves: tokens first, then conditions, then joins, then scopes that have become empty. */
export function settle(step: Step): void {
  for (;;) {
    drain(step);
    if (step.later.length > 0) {
      step.later.shift()!();
    } else if (step.changes.length > 0) {
      step.machine.wrappers.subscriptions.conditionsChanged(step);
    } else if (step.moved.size > 0 && fireJoins(step)) {
      // a join has fired: its work is in the queue
    } else if (!completeEmptied(step)) {
      return;
    }
  }
}

function drain(step: Step): void {
  const { queue } = step;
  for (let index = 0; index < queue.length; index++) queue[index]!();
  queue.length = 0;
}

function completeEmptied(step: Step): boolean {
  for (const scope of step.emptied) {
    step.emptied.delete(scope);
    if (scope.state !== "active" || (scope.children && scope.children.size > 0)) continue;
    const pending = scope.detail?.pending;
    if (pending) {
      emit(step, { type: "noted", element: scope.key, note: { kind: "pendingDone" } });
      continueWith(step, scope, pending, null);
      return true;
    }
    if (hasBlockingTokens(scope)) continue;
    scopeEmptied(step, scope);
    return true;
  }
  return false;
}

function scopeEmptied(step: Step, scope: ElementInstance): void {
  if (scope.detail?.compensating) {
    complete(step, scope);
    return;
  }
  if (scope.type === "multiInstanceBody") {
    step.machine.wrappers.loop.emptied(step, scope);
    return;
  }
  const { emptied } = behaviorOf(step, scope);
  if (emptied) emptied(step, scope);
  else complete(step, scope);
}
