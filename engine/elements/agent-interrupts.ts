/**
 * Interrupt rules of an agent (interlock:interrupt; requirements E05, E10, E11): policies of the decision plane, asked
 * before every model call with what the agent has used and done, whether it goes on, pauses for a person, or ends. They
 * change without the process, like every policy. What is not a clear "go on" pauses: a rule that cannot be evaluated
 * must not let an agent run.
 */
import { emit } from "../core/emit.ts";
import type { ActionDecision, Fact } from "../core/environment.ts";
import type { ElementInstance } from "../core/instance.ts";
import type { Step } from "../core/machine.ts";
import { requestOf } from "../wrappers/guard-request.ts";
import { agentDefinitionOf } from "./agent-budget.ts";

/** What policies see as the type of the action. */
const actionType = "agent_step";

export interface Interruption {
  readonly mode: "pause" | "terminate";
  readonly reason: string;
}

/** Asks the rules before the next turn. Null: go on. Without rules nothing is asked. */
export function interruption(step: Step, self: ElementInstance): Interruption | null {
  const definition = agentDefinitionOf(self);
  if (definition.interrupts.length === 0) return null;
  const turn = self.detail!.agent!.turn + 1;
  const decision = ask(step, self, turn);
  const verdict = verdictOf(decision);
  emit(step, {
    type: "agentStepJudged",
    element: self.key,
    turn,
    decisionId: decision.decisionId,
    verdict,
    reasonCodes: decision.reasonCodes,
    policies: decision.policies.map(({ policyId, version, stage, matchedRules }) => ({
      policyId,
      version,
      stage,
      matchedRules,
    })),
  });
  step.effects.push({ type: "recordDecision", trace: decision.trace });
  return verdict === "continue"
    ? null
    : { mode: verdict, reason: `interrupt rules before turn ${turn}: ${decision.reasonCodes.join(", ")}` };
}

function ask(step: Step, self: ElementInstance, turn: number): ActionDecision {
  const { agentId, version, interrupts } = agentDefinitionOf(self);
  const agent = self.detail!.agent!;
  const args = { turn };
  return step.environment.decideAction({
    ...requestOf(step, self, args, factsOf(step, self)),
    action: {
      type: actionType,
      target: agentId,
      operation: "execute",
      reversible: true,
      riskClass: "low",
      toolRef: null,
    },
    policies: interrupts.map(({ policyId, binding }) => ({
      policyId,
      version: binding.type === "version" ? binding.version : null,
    })),
    agent: {
      id: agentId,
      version,
      model: agent.model,
      promptHash: agent.promptHash,
      responseHash: agent.responseHash,
    },
    toolCallId: null,
    budget: {
      modelCallsUsed: agent.modelCalls,
      modelCallsMax: agent.budget.modelCallsMax,
      toolCallsUsed: agent.toolCalls,
      toolCallsMax: agent.budget.toolCallsMax,
      tokensUsed: agent.inputTokens + agent.outputTokens,
      tokensMax: agent.budget.tokensMax,
    },
    idempotencyKey: `${self.process.key}-${self.key}-turn-${turn}`,
  });
}

/** What the request has no place for. The engine knows it, so rules may rely on it. */
function factsOf(step: Step, self: ElementInstance): Readonly<Record<string, Fact>> {
  const agent = self.detail!.agent!;
  const fact = (value: Fact["value"]): Fact => ({ value, provenance: "trusted", source: "engine" });
  return {
    "budget.wallTimeMsUsed": fact(step.now - agent.startedAt),
    "budget.wallTimeMsMax": fact(agent.budget.wallTimeMsMax),
    "history.lastTool": fact(agent.lastTool),
  };
}

function verdictOf({ determination, reasonCodes }: ActionDecision): "continue" | "pause" | "terminate" {
  if (reasonCodes.includes("INTERRUPT_TERMINATE")) return "terminate";
  return determination === "ALLOW" ? "continue" : "pause";
}
