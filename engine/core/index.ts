/**
 * Public face of the core: `createInstance`, `step`, snapshots and replay. This is the one file of the room that knows
 * elements, triggers and wrappers: it puts the machine together; everything below works with what it is handed.
 */
import { agents } from "../elements/agents.ts";
import { elements, inner } from "../elements/registry.ts";
import { userTasks } from "../elements/user-tasks.ts";
import { triggers } from "../triggers/registry.ts";
import { wrappers } from "../wrappers/registry.ts";
import type { Command } from "./command.ts";
import { checkCreation, createProcessInstance } from "./commands/create-instance.ts";
import { carryOut } from "./commands/index.ts";
import type { Effect } from "./effect.ts";
import type { Environment } from "./environment.ts";
import type { Event } from "./event.ts";
import type { Rejection } from "./failure.ts";
import { emptyInstance, type Instance } from "./instance.ts";
import type { Machine, StepOutcome } from "./machine.ts";
import { newStep, settle } from "./step.ts";

const machine: Machine = { elements, inner, triggers, wrappers, userTasks, agents };

export type CreationOutcome =
  | { readonly instance: Instance; readonly events: readonly Event[]; readonly effects: readonly Effect[] }
  | { readonly rejected: Rejection };

/** Creates an instance and lets it run to its first waits. */
export function createInstance(
  command: Extract<Command, { type: "createInstance" }>,
  environment: Environment,
): CreationOutcome {
  const process = checkCreation(command, environment);
  if ("message" in process) return { rejected: process };
  const instance = emptyInstance((key) => environment.processByKey(key));
  const step = newStep(instance, environment, machine);
  createProcessInstance(step, command, process);
  settle(step);
  return { instance, events: step.events, effects: step.effects };
}

/**
 * Carries out one command on a living instance. Deterministic given the environment; never throws for bad input. A
 * rejected command has left no trace. The working copy is changed through `apply` only: when the commit fails, throw it
 * away and load again.
 */
export function step(instance: Instance, command: Command, environment: Environment): StepOutcome {
  if (command.type === "createInstance") {
    return {
      rejected: {
        kind: "alreadyExists",
        message: `Expected a command for process instance ${instance.key}, but it exists already`,
      },
    };
  }
  const working = newStep(instance, environment, machine);
  const rejected = carryOut(working, command);
  if (rejected) return { rejected };
  settle(working);
  return { events: working.events, effects: working.effects };
}

export { agentContextOf, jobVariables } from "./agent-context.ts";
export { apply } from "./apply.ts";
export { constrain } from "./constrain.ts";
export { startTriggersOf } from "./definition.ts";
export type { ElementInstance, Instance } from "./instance.ts";
export { checkInvariants } from "./invariants.ts";
export type { StepOutcome } from "./machine.ts";
export { fromSnapshot, type HistoryRecord, replay, toSnapshot } from "./snapshot.ts";
export { visibleVariables } from "./variables.ts";
