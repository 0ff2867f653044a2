/** What a model is to the engine: one request in, one raw answer out. No loop, no tools that execute, no retries. */
import type { JsonObject, JsonValue } from "../core/json.ts";

export interface ModelTool {
  /** Element id of the activity. */
  readonly name: string;
  readonly description: string;
  /** JSON Schema (2020-12) of the arguments: always an object. */
  readonly parameters: JsonObject;
}

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly args: JsonObject;
}

export type ModelMessage =
  | { readonly role: "user"; readonly text: string }
  | { readonly role: "assistant"; readonly text: string | null; readonly toolCalls: readonly ToolCall[] }
  | { readonly role: "tool"; readonly toolCallId: string; readonly toolName: string; readonly result: JsonValue };

export interface ModelRequest {
  readonly agentId: string;
  readonly model: string;
  readonly system: string;
  readonly messages: readonly ModelMessage[];
  readonly tools: readonly ModelTool[];
  readonly outputTokensMax: number;
}

export interface ModelAnswer {
  /** The model that answered, as the provider names it. */
  readonly model: string;
  readonly text: string | null;
  readonly toolCalls: readonly ToolCall[];
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number };
  /** The provider's body before any post-processing. */
  readonly raw: JsonValue;
}

export interface Model {
  /** Shown in records: "scripted", "openai-compatible:llama-3.3". */
  readonly name: string;
  /** Rejects when the provider fails; the worker records the failure and the engine retries the job. */
  ask(request: ModelRequest, signal: AbortSignal): Promise<ModelAnswer>;
}
