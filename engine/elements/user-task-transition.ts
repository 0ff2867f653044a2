/** Transitions of a native user task and the task listeners that may correct or deny them (zeebe:taskListeners). A transition with listeners is pending until the last of them has agreed. */
import type { Command } from "../core/command.ts";
import { emit, note, raise } from "../core/emit.ts";
import type { Event, ListenerEventType } from "../core/event.ts";
import type { Failure, Result } from "../core/failure.ts";
import type { ElementInstance, UserTaskWait } from "../core/instance.ts";
import { createJob } from "../core/jobs.ts";
import type { JsonObject, JsonValue, Key } from "../core/json.ts";
import { complete } from "../core/lifecycle.ts";
import type { Step } from "../core/machine.ts";
import type { Expression } from "../core/process.ts";
import { finishTermination } from "../core/termination.ts";
import { evaluate } from "../core/variables.ts";
import { listenersFor, listenersToPin, type Transition } from "./task-listeners.ts";

const pendingEvents: Readonly<
  Record<
    Transition,
    "userTaskCreating" | "userTaskAssigning" | "userTaskUpdating" | "userTaskCompleting" | "userTaskCanceling"
  >
> = {
  CREATING: "userTaskCreating",
  ASSIGNING: "userTaskAssigning",
  UPDATING: "userTaskUpdating",
  COMPLETING: "userTaskCompleting",
  CANCELING: "userTaskCanceling",
};

/** The native task of an element instance, if it has one. */
export function taskOf(self: ElementInstance): UserTaskWait | null {
  for (const wait of self.waits ?? []) if (wait.kind === "userTask" && wait.approvalId === null) return wait;
  return null;
}

export function createTask(step: Step, self: ElementInstance): Failure | null {
  const { element } = self;
  const read = propertiesOf(step, self);
  if ("kind" in read) return read;
  const form = formOf(step, self);
  if (typeof form === "object" && form !== null) return form;
  const key = step.environment.nextKey();
  const { assignee, ...rest } = read;
  const assigning = listenersFor(self, "ASSIGNING", listenersToPin(step, "ASSIGNING")).length > 0;
  emit(step, {
    type: "userTaskCreated",
    key,
    element: self.key,
    elementId: element.id,
    name: element.name,
    instance: self.process.key,
    assignee: assigning ? null : assignee,
    ...rest,
    formKey: form,
    headers: element.userTask?.headers ?? {},
    approvalId: null,
  });
  startTransition(step, self, key, "CREATING", assigning && assignee !== null ? { assignee } : {});
  return null;
}

interface TaskProperties {
  readonly assignee: string | null;
  readonly candidateGroups: readonly string[];
  readonly candidateUsers: readonly string[];
  readonly dueDate: string | null;
  readonly followUpDate: string | null;
  readonly priority: number;
  readonly externalFormReference: string | null;
}

const priorityDefault = 50;

/**
 * What the job of a task without zeebe:userTask carries as headers, beside those of the model: the same terms that a
 * native task has, under Camunda's names. Lists are JSON texts there.
 */
export function jobHeaders(step: Step, self: ElementInstance): Result<Readonly<Record<string, string>>> {
  const definition = self.element.userTask;
  if (!definition) return { ok: true, value: {} };
  const read = propertiesOf(step, self);
  if ("kind" in read) return { ok: false, failure: read };
  const form = definition.formId ? formOf(step, self) : formKeyOf(step, self);
  if (typeof form === "object" && form !== null) return { ok: false, failure: form };
  const list = (people: readonly string[]): string | null => (people.length === 0 ? null : JSON.stringify(people));
  const terms = {
    assignee: read.assignee,
    candidateGroups: list(read.candidateGroups),
    candidateUsers: list(read.candidateUsers),
    dueDate: read.dueDate,
    followUpDate: read.followUpDate,
    formKey: form,
  };
  const told = Object.entries(terms).filter((term): term is [string, string] => term[1] !== null);
  const own = Object.fromEntries(told.map(([name, value]) => [`io.camunda.zeebe:${name}`, value]));
  return { ok: true, value: { ...definition.headers, ...own } };
}

function formKeyOf(step: Step, self: ElementInstance): string | null | Failure {
  const { formKey } = self.element.userTask!;
  if (!formKey) return null;
  const key = evaluate(step, self, formKey);
  return key.ok ? String(key.value) : { ...key.failure, kind: "EXTRACT_VALUE_ERROR" };
}

function propertiesOf(step: Step, self: ElementInstance): TaskProperties | Failure {
  const definition = self.element.userTask!;
  const failed: Failure[] = [];
  const read = (expression: Expression | undefined): JsonValue => {
    if (!expression) return null;
    const result = evaluate(step, self, expression);
    if (result.ok) return result.value;
    failed.push({ ...result.failure, kind: "EXTRACT_VALUE_ERROR" });
    return null;
  };
  const text = (expression: Expression | undefined, what: string): string | null => {
    const value = read(expression);
    if (value === null || value === "") return null;
    if (typeof value === "string") return value;
    failed.push(mismatch(what, "a text", value));
    return null;
  };
  const list = (expression: Expression | undefined, what: string): readonly string[] => {
    const value = read(expression);
    if (value === null || value === "") return [];
    if (typeof value === "string")
      return value
        .split(",")
        .map((part) => part.trim())
        .filter((part) => part !== "");
    if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value as string[];
    failed.push(mismatch(what, "a list of texts", value));
    return [];
  };
  const priority = Number(read(definition.priority) ?? priorityDefault);
  if (!Number.isInteger(priority) || priority < 0 || priority > 100)
    failed.push(mismatch("priority", "a whole number from 0 to 100", String(priority)));
  const properties: TaskProperties = {
    assignee: text(definition.assignee, "assignee"),
    candidateGroups: list(definition.candidateGroups, "candidate groups"),
    candidateUsers: list(definition.candidateUsers, "candidate users"),
    dueDate: text(definition.dueDate, "due date"),
    followUpDate: text(definition.followUpDate, "follow-up date"),
    priority,
    externalFormReference: text(definition.externalFormReference, "external form reference"),
  };
  return failed[0] ?? properties;
}

function mismatch(what: string, expected: string, value: JsonValue): Failure {
  return {
    kind: "EXTRACT_VALUE_ERROR",
    message: `Expected the ${what} to be ${expected}, but it is ${JSON.stringify(value).slice(0, 100)}`,
  };
}

function formOf(step: Step, self: ElementInstance): Key | null | Failure {
  const definition = self.element.userTask!;
  if (!definition.formId) return null;
  const id = evaluate(step, self, definition.formId);
  if (!id.ok) return { ...id.failure, kind: "EXTRACT_VALUE_ERROR" };
  const { deploymentKey } = self.definition.process;
  const form = step.environment.findForm({
    formId: String(id.value),
    binding: definition.formBinding,
    callerDeploymentKey: deploymentKey,
    tenantId: self.process.tenantId,
  });
  return (
    form ?? {
      kind: "FORM_NOT_FOUND",
      message: `Expected a deployed form '${String(id.value).slice(0, 100)}', but there is none`,
    }
  );
}

/** Begins a transition: at once when nobody listens, else with the first listener's job. */
export function startTransition(
  step: Step,
  self: ElementInstance,
  key: Key,
  transition: Transition,
  pending: JsonObject,
): void {
  const pinned = listenersToPin(step, transition);
  if (listenersFor(self, transition, pinned).length === 0) {
    finishTransition(step, self, key, transition, pending);
    return;
  }
  const listeners = pinned.length === 0 ? {} : { listeners: pinned };
  emit(step, { type: pendingEvents[transition], key, pending, ...listeners } as Event);
  nextListener(step, self, key);
}

/** Creates the job of the next listener. Also where a failed listener is taken up again. */
export function nextListener(step: Step, self: ElementInstance, key: Key): void {
  const listening = self.detail?.userTask;
  if (!listening) return;
  const transition = listening.eventType as Transition;
  const listener = listenersFor(self, transition, listening.listeners ?? [])[listening.done];
  if (!listener) {
    finishTransition(step, self, key, transition, listening.pending);
    return;
  }
  const failed = createJob(step, self, listener, {
    kind: "TASK_LISTENER",
    listenerEventType: transition as ListenerEventType,
    userTask: key,
  });
  if (failed) raise(step, self, failed, "job");
}

/** A task listener's job is done: it may have denied the transition or corrected what is pending. */
export function listenerCompleted(
  step: Step,
  self: ElementInstance,
  userTask: Key,
  command: Extract<Command, { type: "completeJob" }>,
): void {
  const listening = self.detail?.userTask;
  if (!listening) return;
  const result = command.result?.type === "userTask" ? command.result : null;
  const deniable = listening.eventType !== "CREATING" && listening.eventType !== "CANCELING";
  if (result?.denied && deniable) {
    emit(step, { type: "userTaskDenied", key: userTask, reason: result.deniedReason });
    return;
  }
  if (result && Object.keys(result.corrections).length > 0)
    note(step, self, { kind: "corrections", pending: { ...listening.pending, ...prefixed(result.corrections) } });
  nextListener(step, self, userTask);
}

const correctable = ["assignee", "dueDate", "followUpDate", "candidateUsers", "candidateGroups", "priority"] as const;

function prefixed(corrections: JsonObject): JsonObject {
  return Object.fromEntries(
    correctable.filter((name) => Object.hasOwn(corrections, name)).map((name) => [name, corrections[name]!]),
  );
}

function finishTransition(
  step: Step,
  self: ElementInstance,
  key: Key,
  transition: Transition,
  pending: JsonObject,
): void {
  const action = typeof pending.action === "string" ? pending.action : "";
  switch (transition) {
    case "CREATING": {
      const { assignee, ...changes } = pending;
      if (Object.keys(changes).length > 0 || self.detail?.userTask)
        emit(step, { type: "userTaskUpdated", key, changes, action });
      if (typeof assignee === "string") startTransition(step, self, key, "ASSIGNING", { assignee, action: "assign" });
      return;
    }
    case "ASSIGNING":
      correct(step, key, pending, ["assignee"]);
      emit(step, {
        type: "userTaskAssigned",
        key,
        assignee: typeof pending.assignee === "string" && pending.assignee !== "" ? pending.assignee : null,
        action,
      });
      return;
    case "UPDATING": {
      const { action: _action, ...changes } = pending;
      emit(step, { type: "userTaskUpdated", key, changes, action });
      return;
    }
    case "COMPLETING": {
      const variables = (pending.variables ?? {}) as JsonObject;
      correct(step, key, pending, ["variables"]);
      emit(step, { type: "userTaskCompleted", key, action, variables });
      complete(step, self, variables);
      return;
    }
    case "CANCELING":
      finishTermination(step, self);
  }
}

/** Corrections that do not belong to the transition itself become an update of the task. */
function correct(step: Step, key: Key, pending: JsonObject, own: readonly string[]): void {
  const changes = Object.fromEntries(
    correctable
      .filter((name) => Object.hasOwn(pending, name) && !own.includes(name))
      .map((name) => [name, pending[name]!]),
  );
  if (Object.keys(changes).length > 0) emit(step, { type: "userTaskUpdated", key, changes, action: "correct" });
}

/** Termination waits for canceling listeners; whatever else was pending is dropped. */
export function cancelTask(step: Step, self: ElementInstance): boolean {
  const task = taskOf(self);
  if (!task || listenersFor(self, "CANCELING", listenersToPin(step, "CANCELING")).length === 0) return false;
  for (const wait of self.waits!) if (wait.kind === "job") emit(step, { type: "jobCanceled", key: wait.key });
  for (const wait of self.waits!) if (wait.kind === "incident") emit(step, { type: "incidentResolved", key: wait.key });
  startTransition(step, self, task.key, "CANCELING", {});
  return true;
}
