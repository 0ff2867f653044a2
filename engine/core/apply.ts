/**
 * `apply`: the only function that changes an instance, shared by live run, crash recovery, replay and history view.
 * It knows what an event means for the state, never why it happened, and asks nobody.
 */

import { applyAgent } from "./apply-agent.ts";
import { registerCompensation } from "./apply-compensation.ts";
import { applyGuard } from "./apply-guard.ts";
import { applyMigration } from "./apply-migration.ts";
import { applyNote } from "./apply-note.ts";
import { applyFlowTaken, consumeTokens } from "./apply-tokens.ts";
import { definitionOf } from "./definition.ts";
import type { Event } from "./event.ts";
import type { ElementInstance, Instance, ProcessInstance, Stage, Wait } from "./instance.ts";
import { detailOf } from "./instance.ts";
import type { JsonObject, Key } from "./json.ts";

type Appliers = {
  readonly [Type in Event["type"]]: (instance: Instance, event: Event & { readonly type: Type }) => void;
};

function ignore(): void {}

const appliers: Appliers = {
  processInstanceCreated(instance, event) {
    const process = instance.processByKey(event.definition);
    if (!process) throw new Error(`Expected the process definition ${event.definition}, but it is not known`);
    const created: ProcessInstance = {
      key: event.key,
      definition: definitionOf(process),
      parentElement: event.parentElement,
      tags: event.tags,
      businessId: event.businessId,
      terminateAfter: event.terminateAfter ?? null,
      tenantId: event.tenantId,
      root: null,
    };
    instance.processes.set(event.key, created);
    if (event.parent !== null) return;
    instance.key = event.key;
    instance.state = "active";
  },
  processInstanceCompleted: (instance, event) => endProcess(instance, event.key, "completed"),
  processInstanceTerminated: (instance, event) => endProcess(instance, event.key, "terminated"),
  processInstanceMigrated(instance, event) {
    applyMigration(instance, event);
  },
  processInstanceSuspended(instance) {
    instance.suspended = true;
  },
  processInstanceResumed(instance) {
    instance.suspended = false;
  },
  elementActivated,
  elementCompleting(instance, event) {
    instance.elements.get(event.key)!.state = "completing";
  },
  elementCompleted(instance, event) {
    const self = instance.elements.get(event.key)!;
    registerCompensation(self);
    const loop = self.parent?.detail?.loop;
    if (loop) loop.completed++;
    remove(instance, self);
  },
  elementTerminating(instance, event) {
    instance.elements.get(event.key)!.state = "terminating";
  },
  elementTerminated(instance, event) {
    const self = instance.elements.get(event.key)!;
    const loop = self.parent?.detail?.loop;
    if (loop) loop.terminated++;
    remove(instance, self);
  },
  flowTaken: applyFlowTaken,
  variablesSet(instance, event) {
    const scope = instance.elements.get(event.scope)!;
    scope.variables ??= new Map();
    for (const name of Object.keys(event.values)) scope.variables.set(name, event.values[name]!);
  },
  expressionWarned: ignore,
  jobCreated(instance, event) {
    addWait(instance, {
      kind: "job",
      key: event.key,
      owner: instance.elements.get(event.element)!,
      jobType: event.jobType,
      jobKind: event.kind,
      listenerEventType: event.listenerEventType,
      retries: event.retries,
      thrown: false,
      guarded: event.guard !== undefined,
      userTask: event.userTask ?? null,
    });
  },
  jobCompleted(instance, event) {
    const job = instance.waits.get(event.key);
    if (job?.kind !== "job") return;
    removeWait(instance, event.key);
    const detail = detailOf(job.owner);
    if (job.jobKind === "TASK_LISTENER" && detail.userTask) {
      detail.userTask = { ...detail.userTask, done: detail.userTask.done + 1 };
    } else if (job.jobKind === "EXECUTION_LISTENER") {
      if (job.listenerEventType === "START") detail.startListeners = (detail.startListeners ?? 0) + 1;
      else detail.endListeners = (detail.endListeners ?? 0) + 1;
    }
  },
  jobFailed(instance, event) {
    const job = instance.waits.get(event.key);
    if (job?.kind === "job") job.retries = event.retries;
  },
  jobErrorThrown(instance, event) {
    const job = instance.waits.get(event.key);
    if (job?.kind === "job") job.thrown = true;
  },
  jobCanceled: (instance, event) => removeWait(instance, event.key),
  jobUpdated(instance, event) {
    const job = instance.waits.get(event.key);
    if (job?.kind !== "job" || event.retries === undefined) return;
    job.retries = event.retries;
    job.thrown = false;
  },
  userTaskCreated(instance, event) {
    const owner = instance.elements.get(event.element)!;
    addWait(instance, {
      kind: "userTask",
      key: event.key,
      owner,
      assignee: event.assignee,
      approvalId: event.approvalId,
    });
  },
  userTaskAssigned(instance, event) {
    const task = instance.waits.get(event.key);
    if (task?.kind === "userTask") {
      task.assignee = event.assignee;
      endListening(task.owner);
    }
  },
  userTaskUpdated: (instance, event) => endListeningOf(instance, event.key),
  userTaskCreating: (instance, event) => listen(instance, event, "CREATING"),
  userTaskAssigning: (instance, event) => listen(instance, event, "ASSIGNING"),
  userTaskUpdating: (instance, event) => listen(instance, event, "UPDATING"),
  userTaskCompleting: (instance, event) => listen(instance, event, "COMPLETING"),
  userTaskCanceling: (instance, event) => listen(instance, event, "CANCELING"),
  userTaskDenied: (instance, event) => endListeningOf(instance, event.key),
  userTaskCompleted(instance, event) {
    endListeningOf(instance, event.key);
    removeWait(instance, event.key);
  },
  userTaskCanceled: (instance, event) => removeWait(instance, event.key),
  timerScheduled(instance, event) {
    const owner = instance.elements.get(event.element)!;
    addWait(instance, {
      kind: "timer",
      key: event.key,
      owner,
      event: indexOf(owner, event.elementId),
      definition: event.definition ?? 0,
      purpose: event.purpose,
      dueAt: event.dueAt,
      repetitions: event.repetitions,
      interval: event.interval,
    });
  },
  timerFired: (instance, event) => removeWait(instance, event.key),
  timerCanceled: (instance, event) => removeWait(instance, event.key),
  messageSubscriptionOpened(instance, event) {
    const owner = instance.elements.get(event.element)!;
    addWait(instance, {
      kind: "message",
      key: event.key,
      owner,
      event: indexOf(owner, event.elementId),
      definition: event.definition ?? 0,
      messageName: event.messageName,
      correlationKey: event.correlationKey,
    });
  },
  messageSubscriptionClosed: (instance, event) => removeWait(instance, event.key),
  messageCorrelated: ignore,
  signalSubscriptionOpened(instance, event) {
    const owner = instance.elements.get(event.element)!;
    addWait(instance, {
      kind: "signal",
      key: event.key,
      owner,
      event: indexOf(owner, event.elementId),
      definition: event.definition ?? 0,
      signalName: event.signalName,
    });
  },
  signalSubscriptionClosed: (instance, event) => removeWait(instance, event.key),
  signalReceived: ignore,
  incidentCreated(instance, event) {
    const owner = instance.elements.get(event.element)!;
    addWait(instance, {
      kind: "incident",
      key: event.key,
      owner,
      errorType: event.errorType,
      job: event.job,
      stage: event.stage as Stage,
    });
  },
  incidentResolved: (instance, event) => removeWait(instance, event.key),
  guardRequested: applyGuard,
  decisionMade: applyGuard,
  approvalVoted: applyGuard,
  approvalResolved: applyGuard,
  approvalEscalated: applyGuard,
  actionStarted: applyGuard,
  actionBlocked: applyGuard,
  decisionEvaluated: ignore,
  agentTurnCompleted: applyAgent,
  agentTurnFailed: applyAgent,
  toolProposed: applyAgent,
  toolReturned: applyAgent,
  agentStepJudged: ignore,
  agentInterrupted: applyAgent,
  agentBudgetChanged: applyAgent,
  noted: applyNote,
};

/** Changes `instance` as the event says. Throws only on a broken log (unknown definition, event after its subject). */
export function apply(instance: Instance, event: Event): void {
  (appliers[event.type] as (instance: Instance, event: Event) => void)(instance, event);
}

function elementActivated(instance: Instance, event: Extract<Event, { type: "elementActivated" }>): void {
  const process = instance.processes.get(event.instance)!;
  const definition = process.definition;
  const index = definition.process.elementIndexById.get(event.elementId);
  if (index === undefined) throw new Error(`Expected an element of the process, but ${event.elementId} is unknown`);
  const parentKey = event.scope ?? process.parentElement;
  const parent = parentKey === null ? null : instance.elements.get(parentKey)!;
  const self: ElementInstance = {
    key: event.key,
    type: event.elementType,
    definition,
    element: definition.elements[index]!,
    process,
    parent,
    state: "active",
    children: null,
    variables: null,
    tokens: null,
    waits: null,
    detail: null,
  };
  instance.elements.set(event.key, self);
  if (definition.conditional[index]) instance.conditionals.add(self);
  if (event.elementType === "process") process.root = self;
  if (event.loopCounter !== undefined) detailOf(self).loopCounter = event.loopCounter;
  if (!parent) return;
  parent.children ??= new Set();
  parent.children.add(self);
  if (parent.type === "multiInstanceBody") {
    if (parent.detail?.loop) parent.detail.loop.started++;
  } else if (definition.gathering[index] !== "none" && parent.tokens) {
    consumeTokens(instance, parent, self);
  }
}

function indexOf(owner: ElementInstance, elementId: string): number {
  const index = owner.definition.process.elementIndexById.get(elementId);
  if (index === undefined) throw new Error(`Expected an element of the process, but ${elementId} is unknown`);
  return index;
}

function addWait(instance: Instance, wait: Wait): void {
  instance.waits.set(wait.key, wait);
  wait.owner.waits ??= new Set();
  wait.owner.waits.add(wait);
}

function removeWait(instance: Instance, key: Key): void {
  const wait = instance.waits.get(key);
  if (!wait) return;
  instance.waits.delete(key);
  wait.owner.waits!.delete(wait);
}

function listen(
  instance: Instance,
  { key, pending, listeners }: Extract<Event, { readonly pending: JsonObject; readonly key: Key }>,
  eventType: "CREATING" | "ASSIGNING" | "UPDATING" | "COMPLETING" | "CANCELING",
): void {
  const task = instance.waits.get(key);
  if (task) detailOf(task.owner).userTask = { eventType, done: 0, pending, ...(listeners && { listeners }) };
}

function endListeningOf(instance: Instance, key: Key): void {
  const task = instance.waits.get(key);
  if (task) endListening(task.owner);
}

function endListening(owner: ElementInstance): void {
  if (owner.detail) delete owner.detail.userTask;
}

function endProcess(instance: Instance, key: Key, state: "completed" | "terminated"): void {
  instance.processes.delete(key);
  if (key === instance.key) instance.state = state;
}

function remove(instance: Instance, self: ElementInstance): void {
  self.state = "gone";
  instance.elements.delete(self.key);
  instance.conditionals.delete(self);
  instance.waitingScopes.delete(self);
  self.parent?.children?.delete(self);
  if (self.waits) for (const wait of self.waits) instance.waits.delete(wait.key);
}
