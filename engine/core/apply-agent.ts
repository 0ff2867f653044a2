/** What an agent's turns leave in the state of its ad-hoc sub-process: counters, open tool calls, the budget in force. */
import type { Event } from "./event.ts";
import type { AgentState, Instance } from "./instance.ts";

type AgentEvent = Extract<
  Event,
  {
    type:
      | "agentTurnCompleted"
      | "agentTurnFailed"
      | "toolProposed"
      | "toolReturned"
      | "agentInterrupted"
      | "agentBudgetChanged";
  }
>;

export function applyAgent(instance: Instance, event: AgentEvent): void {
  const agent = instance.elements.get(event.element)?.detail?.agent;
  if (!agent) return;
  switch (event.type) {
    case "agentTurnCompleted":
      agent.turn = event.turn;
      agent.turns.push({ text: event.step.text, toolCalls: event.step.toolCalls, results: [] });
      countTurn(agent, event.step);
      return;
    case "agentTurnFailed":
      countTurn(agent, event.step);
      return;
    case "toolProposed":
      agent.toolCalls++;
      if (event.activated !== null) agent.lastTool = event.tool;
      agent.calls.push({ id: event.toolCallId, name: event.tool, inner: event.activated, returned: false });
      return;
    case "toolReturned": {
      // The same id may come twice from a careless model: the oldest open call gets the result.
      const call = agent.calls.find((candidate) => candidate.id === event.toolCallId && !candidate.returned);
      if (call) {
        call.returned = true;
        agent.turns.at(-1)?.results.push({ id: call.id, name: call.name, content: event.result });
      }
      // Results are handed over when all calls of the turn have them; then the list starts anew.
      if (agent.calls.every((candidate) => candidate.returned)) agent.calls = [];
      return;
    }
    case "agentInterrupted":
      agent.paused = event.mode === "pause";
      return;
    case "agentBudgetChanged":
      agent.budget = { ...agent.budget, ...(event.budget as Partial<AgentState["budget"]>) };
  }
}

function countTurn(agent: AgentState, step: Extract<AgentEvent, { type: "agentTurnCompleted" }>["step"]): void {
  agent.modelCalls++;
  agent.inputTokens += step.usage.inputTokens;
  agent.outputTokens += step.usage.outputTokens;
  agent.model = step.model;
  agent.promptHash = step.promptHash;
  agent.responseHash = step.responseHash;
}
