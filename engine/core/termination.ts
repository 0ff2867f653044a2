/**
 * Ending element instances from outside: cancel, interruption by events, terminate. Children go before their scope
 * (rule 23); what follows an interruption happens when everything has gone, in this command or, when a canceling
 * listener has to work first, in a later one.
 */
import { advanceCompensation, compensateForCancel } from "./compensation.ts";
import { emit, note } from "./emit.ts";
import type { Continuation, ElementInstance, Wait } from "./instance.ts";
import { subtree } from "./instance.ts";
import { activate, complete } from "./lifecycle.ts";
import type { Step } from "./machine.ts";
import { behaviorOf } from "./machine.ts";

/** Closes what the element instance still waits for. */
export function closeWaits(step: Step, self: ElementInstance, only?: (wait: Wait) => boolean): void {
  if (!self.waits) return;
  for (const wait of self.waits) if (!only || only(wait)) closeWait(step, wait);
}

export function closeWait(step: Step, wait: Wait): void {
  const { key } = wait;
  switch (wait.kind) {
    case "job":
      // The job whose error was caught is over already; `apply` drops it with its element.
      if (!wait.thrown) emit(step, { type: "jobCanceled", key });
      return;
    case "userTask":
      emit(step, { type: "userTaskCanceled", key });
      return;
    case "timer":
      emit(step, { type: "timerCanceled", key });
      return;
    case "message":
      emit(step, { type: "messageSubscriptionClosed", key });
      return;
    case "signal":
      emit(step, { type: "signalSubscriptionClosed", key });
      return;
    case "incident":
      emit(step, { type: "incidentResolved", key });
      return;
  }
}

/** Terminates a subtree. True when it has gone; false when a canceling listener must work first. */
export function terminate(step: Step, target: ElementInstance): boolean {
  const nodes = subtree(target);
  const held = new Set<ElementInstance>();
  for (const node of nodes) {
    if (node.state === "terminating") {
      if (!node.children?.size) held.add(node); // its listener works already
      continue;
    }
    const waits = behaviorOf(step, node).cancel?.(step, node) ?? false;
    if (waits) held.add(node);
    if (waits || node.children?.size) emit(step, { type: "elementTerminating", key: node.key });
    if (!waits) closeWaits(step, node);
  }
  for (let index = nodes.length - 1; index >= 0; index--) {
    const node = nodes[index]!;
    if (!held.has(node) && !node.children?.size) gone(step, node);
  }
  return target.state === "gone";
}

function gone(step: Step, self: ElementInstance): void {
  if (self.detail?.guard?.started) step.machine.wrappers.guard.ended(step, self, "failed");
  emit(step, { type: "elementTerminated", key: self.key });
  if (self.type === "process") emit(step, { type: "processInstanceTerminated", key: self.process.key });
  const { parent } = self;
  if (parent?.state !== "active") return;
  if (endsInstance(step, self)) return;
  step.emptied.add(parent);
  step.moved.add(parent);
  if (parent.detail?.runs?.some((run) => run.current === self.key)) {
    step.queue.push(() => {
      if (parent.state === "active") advanceCompensation(step, parent, self.key);
    });
  }
}

/** True when the instance was started to end after this element (runtime instruction): nothing follows, it is terminated. */
export function endsInstance(step: Step, self: ElementInstance): boolean {
  const { terminateAfter, root } = self.process;
  // Of a loop the body counts, not each of its instances.
  if (!terminateAfter?.includes(self.element.id) || self.parent?.type === "multiInstanceBody") return false;
  if (root?.state !== "active") return false;
  step.queue.push(() => {
    if (root.state === "active") terminate(step, root);
  });
  return true;
}

/** The last canceling listener is done: the element goes, and every scope that only waited for it. */
export function finishTermination(step: Step, self: ElementInstance): void {
  closeWaits(step, self);
  let node: ElementInstance | null = self;
  while (node && node.state === "terminating" && !node.children?.size) {
    const { parent, detail }: ElementInstance = node;
    const pending = detail?.pending;
    gone(step, node);
    // A scope that is ending itself wants nothing to follow: the end goes on outwards.
    if (pending && parent?.state === "active") {
      continueWith(step, parent, pending, node.key);
      return;
    }
    node = parent;
  }
}

/** Terminates `target`; what follows happens in its scope. */
export function interrupt(step: Step, target: ElementInstance, continuation: Continuation): void {
  const { parent } = target;
  if (terminate(step, target)) {
    if (parent) continueWith(step, parent, continuation, target.key);
  } else {
    note(step, target, { kind: "pending", continuation });
  }
}

/** Terminates everything in `scope`; what follows happens in the empty scope. */
export function interruptChildren(step: Step, scope: ElementInstance, continuation: Continuation): void {
  let empty = true;
  for (const child of [...(scope.children ?? [])]) {
    if (child.state !== "gone" && !terminate(step, child)) empty = false;
  }
  if (empty) continueWith(step, scope, continuation, null);
  else note(step, scope, { kind: "pending", continuation });
}

/** Everything that had to go has gone. */
export function continueWith(
  step: Step,
  scope: ElementInstance,
  continuation: Continuation,
  interrupted: string | null,
): void {
  const { elements } = scope.definition;
  switch (continuation.do) {
    case "boundary": {
      const event = elements[continuation.event]!;
      activate(step, scope, event, {
        variables: continuation.variables,
        ...(interrupted !== null && { attachedTo: interrupted }),
      });
      return;
    }
    case "eventSubProcess": {
      const start = elements[continuation.event]!;
      activate(step, scope, elements[start.scope]!, { variables: continuation.variables, attachedTo: scope.key });
      return;
    }
    case "complete":
      complete(step, scope);
      return;
    case "nothing":
      return;
    case "cancelTransaction":
      compensateForCancel(step, scope);
      return;
  }
}
