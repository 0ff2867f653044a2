/** changeAgentBudget, interruptAgent: control from outside the agent. */
import type { Command } from "../command.ts";
import { emit, isAlive } from "../emit.ts";
import type { Rejection } from "../failure.ts";
import type { ElementInstance } from "../instance.ts";
import type { JsonObject, Key } from "../json.ts";
import type { Step } from "../machine.ts";

function agentOf(step: Step, key: Key): ElementInstance | Rejection {
  const self = step.instance.elements.get(key);
  if (self?.detail?.agent && isAlive(self)) return self;
  return { kind: "notFound", message: `Expected a running agent with element instance key ${key}, but there is none` };
}

export function changeAgentBudget(
  step: Step,
  command: Extract<Command, { type: "changeAgentBudget" }>,
): Rejection | null {
  const self = agentOf(step, command.elementInstanceKey);
  if ("kind" in self) return self;
  for (const [name, value] of Object.entries(command.budget)) {
    if (value !== null && (typeof value !== "number" || !Number.isFinite(value) || value < 0))
      return { kind: "invalid", message: `Expected ${name} to be a number of at least 0, but got ${value}` };
  }
  emit(step, { type: "agentBudgetChanged", element: self.key, budget: command.budget as JsonObject });
  step.machine.agents.budgetChanged(step, self);
  return null;
}

export function interruptAgent(step: Step, command: Extract<Command, { type: "interruptAgent" }>): Rejection | null {
  const self = agentOf(step, command.elementInstanceKey);
  if ("kind" in self) return self;
  if (self.detail!.agent!.paused)
    return {
      kind: "invalidState",
      message: `Expected a running agent, but '${self.element.id}' is paused: resolve its incident to go on`,
    };
  step.machine.agents.interrupt(step, self, command.mode, command.reason);
  return null;
}
