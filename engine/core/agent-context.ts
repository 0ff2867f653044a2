/**
 * What a native agent's job carries as its only variable, `agentContext`: the frozen prompts, the tools on offer and the
 * recorded turns. Built from the instance's state alone, so that a resumed agent sees exactly what it saw before.
 */
import type { ElementInstance } from "./instance.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import { visibleVariables } from "./variables.ts";

export interface AgentTurn {
  readonly text: string | null;
  readonly toolCalls: readonly { readonly id: string; readonly name: string; readonly args: JsonObject }[];
  /** In the order of the calls; a call without a result yet has none here. */
  readonly results: readonly { readonly id: string; readonly name: string; readonly content: JsonValue }[];
}

export interface AgentTool {
  readonly elementId: string;
  readonly name: string;
  readonly documentation: string | null;
  readonly parameters: readonly {
    readonly name: string;
    readonly description: string | null;
    readonly type: string;
    readonly schema: JsonValue | null;
    readonly required: boolean;
  }[];
}

export interface AgentContext {
  readonly agentId: string;
  readonly version: string;
  /** "default" or a model name of the provider. */
  readonly model: string;
  /** Evaluated once, when the agent was entered. */
  readonly systemPrompt: string;
  readonly userPrompt: string;
  readonly tools: readonly AgentTool[];
  readonly turns: readonly AgentTurn[];
  readonly tokensUsed: number;
  readonly tokensMax: number | null;
}

/** The variables that a job of `self` carries: exactly the judged arguments of a guarded action, the context of an agent, else all it sees. */
export function jobVariables(self: ElementInstance, guardedArgs: JsonObject | null): JsonObject {
  if (guardedArgs) return guardedArgs;
  const context = agentContextOf(self);
  return context ? { agentContext: context as unknown as JsonValue } : visibleVariables(self);
}

/** Null for everything but a native agent. */
export function agentContextOf(self: ElementInstance): AgentContext | null {
  const definition = self.element.adHoc?.agent;
  const agent = self.detail?.agent;
  if (!definition || !agent) return null;
  return {
    agentId: definition.agentId,
    version: definition.version,
    model: agent.prompts.model,
    systemPrompt: agent.prompts.system,
    userPrompt: agent.prompts.user,
    tools: (self.element.adHoc?.tools ?? [])
      .filter(({ elementId }) => !agent.hidden?.includes(elementId))
      .map(({ elementId, name, documentation, parameters }) => ({ elementId, name, documentation, parameters })),
    turns: agent.turns.map(({ text, toolCalls, results }) => ({
      text,
      toolCalls,
      results: toolCalls.flatMap(({ id }) => results.filter((result) => result.id === id)),
    })),
    tokensUsed: agent.inputTokens + agent.outputTokens,
    tokensMax: agent.budget.tokensMax,
  };
}
