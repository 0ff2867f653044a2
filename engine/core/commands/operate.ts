/** What operators do to an instance: cancel, suspend, resume, set variables, resolve incidents, activate ad-hoc elements. */
import type { Command } from "../command.ts";
import { emit } from "../emit.ts";
import type { Rejection } from "../failure.ts";
import type { ElementInstance, IncidentWait, ProcessInstance } from "../instance.ts";
import type { Key } from "../json.ts";
import { activate, begin, completeFrom } from "../lifecycle.ts";
import type { Step } from "../machine.ts";
import { behaviorOf } from "../machine.ts";
import { terminate } from "../termination.ts";
import { mergeUp, setLocal } from "../variables.ts";

/** The root process instance; a called one is never operated on by itself (rule 71). */
export function rootOf(step: Step, key: Key): ProcessInstance | Rejection {
  const process = step.instance.processes.get(key);
  if (!process)
    return { kind: "notFound", message: `Expected an active process instance with key ${key}, but there is none` };
  if (process.parentElement === null) return process;
  return {
    kind: "invalidState",
    message: `Expected a root process instance, but ${key} was called by process instance ${step.instance.elements.get(process.parentElement)?.process.key ?? "?"}: operate on the root ${step.instance.key}`,
  };
}

export function cancelInstance(step: Step, command: Extract<Command, { type: "cancelInstance" }>): Rejection | null {
  const process = rootOf(step, command.processInstanceKey);
  if ("kind" in process) return process;
  if (process.root!.state === "terminating")
    return {
      kind: "invalidState",
      message: `Expected an active process instance, but ${process.key} is being cancelled`,
    };
  terminate(step, process.root!);
  return null;
}

export function suspendInstance(step: Step, command: Extract<Command, { type: "suspendInstance" }>): Rejection | null {
  const process = rootOf(step, command.processInstanceKey);
  if ("kind" in process) return process;
  if (step.instance.suspended)
    return { kind: "invalidState", message: `Expected a running process instance, but ${process.key} is suspended` };
  emit(step, { type: "processInstanceSuspended", key: process.key });
  return null;
}

export function resumeInstance(step: Step, command: Extract<Command, { type: "resumeInstance" }>): Rejection | null {
  const process = rootOf(step, command.processInstanceKey);
  if ("kind" in process) return process;
  if (!step.instance.suspended)
    return { kind: "invalidState", message: `Expected a suspended process instance, but ${process.key} is running` };
  emit(step, { type: "processInstanceResumed", key: process.key });
  return null;
}

export function setVariables(step: Step, command: Extract<Command, { type: "setVariables" }>): Rejection | null {
  const scope = step.instance.elements.get(command.scopeKey);
  if (!scope)
    return {
      kind: "notFound",
      message: `Expected an active element instance with key ${command.scopeKey}, but there is none`,
    };
  if (command.local) setLocal(step, scope, command.variables);
  else mergeUp(step, scope, command.variables);
  for (const self of [...step.instance.elements.values()]) {
    if (self.detail?.guard?.determination === "DEFER") step.machine.wrappers.guard.askAgain(step, self);
  }
  return null;
}

export function resolveIncident(step: Step, command: Extract<Command, { type: "resolveIncident" }>): Rejection | null {
  const incident = step.instance.waits.get(command.incidentKey);
  if (incident?.kind !== "incident")
    return {
      kind: "notFound",
      message: `Expected an open incident with key ${command.incidentKey}, but there is none`,
    };
  const { retries } = command;
  if (retries !== undefined && (!Number.isInteger(retries) || retries < 1))
    return { kind: "invalid", message: `Expected a positive number of retries, but got ${retries}` };
  emit(step, { type: "incidentResolved", key: incident.key });
  if (incident.job !== null) retryJob(step, incident.job, retries);
  else goOn(step, incident.owner, incident);
  return null;
}

function retryJob(step: Step, key: Key, retries: number | undefined): void {
  const job = step.instance.waits.get(key);
  if (job?.kind !== "job") return;
  emit(step, { type: "jobUpdated", key, retries: retries ?? Math.max(1, job.retries) });
}

function goOn(step: Step, self: ElementInstance, { stage }: IncidentWait): void {
  switch (stage) {
    case "outputs":
    case "endListeners":
    case "finish":
      completeFrom(step, self, stage);
      return;
    case "collect":
      behaviorOf(step, self).retry?.(step, self);
      return;
    case "agent":
    case "resumeAgent":
      step.machine.agents.resume(step, self);
      return;
    case "job":
      for (const wait of self.waits ?? [])
        if (wait.kind === "userTask") {
          step.machine.userTasks.nextListener(step, self, wait.key);
          return;
        }
      return;
    default:
      begin(step, self, stage);
  }
}

export function activateAdHocElements(
  step: Step,
  command: Extract<Command, { type: "activateAdHocElements" }>,
): Rejection | null {
  const self = step.instance.elements.get(command.adHocKey);
  if (self?.type !== "adHocSubProcess")
    return {
      kind: "notFound",
      message: `Expected an active ad-hoc sub-process with key ${command.adHocKey}, but there is none`,
    };
  if (self.state !== "active")
    return {
      kind: "invalidState",
      message: `Expected an active ad-hoc sub-process, but '${self.element.id}' is ending`,
    };
  const { elements, process } = self.definition;
  const chosen: number[] = [];
  for (const { elementId } of command.elements) {
    const index = process.elementIndexById.get(elementId);
    const element = index === undefined ? undefined : elements[index];
    if (
      !element ||
      element.scope !== self.element.index ||
      element.incoming.length > 0 ||
      element.type === "boundaryEvent" ||
      element.type === "eventSubProcess"
    ) {
      return {
        kind: "notFound",
        message: `Expected an element of '${self.element.id}' without incoming flow, but '${elementId}' is none`,
      };
    }
    if (chosen.includes(element.index))
      return { kind: "invalid", message: `Expected each element once, but '${elementId}' is listed twice` };
    chosen.push(element.index);
  }
  if (command.cancelRemainingInstances) for (const child of [...(self.children ?? [])]) terminate(step, child);
  for (const [position, index] of chosen.entries()) {
    activate(step, self, self.element, {
      type: "adHocInnerInstance",
      start: [index],
      variables: command.elements[position]!.variables,
    });
  }
  return null;
}
