/** Budgets of an agent (interlock:budget): model calls, tool calls, tokens, wall time. Checked before anything runs; changeable while it runs. */
import { emit, note, raise } from "../core/emit.ts";
import type { Failure } from "../core/failure.ts";
import type { AgentState, ElementInstance } from "../core/instance.ts";
import type { Step } from "../core/machine.ts";
import type { AgentDefinition } from "../core/process.ts";
import { closeWaits } from "../core/termination.ts";
import { throwError, throwEscalation } from "../core/throwing.ts";

export function agentDefinitionOf(self: ElementInstance): AgentDefinition {
  return self.element.adHoc!.agent!;
}

export function scheduleWallTime(step: Step, self: ElementInstance): void {
  const agent = self.detail!.agent!;
  closeWaits(step, self, (wait) => wait.kind === "timer" && wait.purpose === "agentWallTime");
  if (agent.budget.wallTimeMsMax === null) return;
  emit(step, {
    type: "timerScheduled",
    key: step.environment.nextKey(),
    element: self.key,
    elementId: self.element.id,
    instance: self.process.key,
    dueAt: agent.startedAt + agent.budget.wallTimeMsMax,
    purpose: "agentWallTime",
    repetitions: 0,
    interval: null,
  });
}

export function spentBudget(agent: AgentState, now: number): string | null {
  const { budget } = agent;
  if (agent.modelCalls >= budget.modelCallsMax)
    return `${agent.modelCalls} of ${budget.modelCallsMax} model calls are used`;
  if (budget.toolCallsMax !== null && agent.toolCalls > budget.toolCallsMax)
    return `${agent.toolCalls} tool calls were asked for, ${budget.toolCallsMax} are allowed`;
  const tokens = agent.inputTokens + agent.outputTokens;
  if (budget.tokensMax !== null && tokens >= budget.tokensMax)
    return `${tokens} of ${budget.tokensMax} tokens are used`;
  if (budget.wallTimeMsMax !== null && now - agent.startedAt >= budget.wallTimeMsMax)
    return `the wall time of ${budget.wallTimeMsMax} ms is over`;
  return null;
}

/** The budget is spent: the model says what that means. */
export function exceed(step: Step, self: ElementInstance, reason: string): void {
  const { onExceed } = agentDefinitionOf(self).budget;
  const failure: Failure = {
    kind: "BUDGET_EXCEEDED",
    message: `Expected the agent '${agentDefinitionOf(self).agentId}' to stay within its budget, but ${reason}`,
  };
  emit(step, {
    type: "agentInterrupted",
    element: self.key,
    mode: onExceed === "error" ? "terminate" : "pause",
    reason: failure.message,
  });
  closeWaits(step, self, (wait) => wait.kind === "job");
  if (onExceed === "error" && throwError(step, self, "BUDGET_EXCEEDED", failure.message, {})) return;
  if (onExceed === "escalate") throwEscalation(step, self, "BUDGET_EXCEEDED");
  if (self.state !== "active") return;
  if (!self.detail!.agent!.paused) note(step, self, { kind: "agentPaused", paused: true });
  raise(step, self, failure, "agent");
}

export function wallTimeReached(step: Step, self: ElementInstance): void {
  const agent = self.detail?.agent;
  if (agent && self.state === "active" && !agent.paused)
    exceed(step, self, `the wall time of ${agent.budget.wallTimeMsMax} ms is over`);
}

export function exceedsToolCalls(self: ElementInstance): boolean {
  const agent = self.detail!.agent!;
  return agent.budget.toolCallsMax !== null && agent.toolCalls >= agent.budget.toolCallsMax;
}
