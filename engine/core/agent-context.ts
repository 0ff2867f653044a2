/**
 * What a native agent's job carries as its only variable, `agentContext`: the frozen prompts, the tools on offer and the
 * recorded turns. Built from the instance's state alone, so that a resumed agent sees exactly what it saw before.
 */
import type { JsonObject, JsonValue } from "./json.ts";

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
