/**
 * Real providers through the AI SDK (ai 6): OpenAI-compatible servers, local ones included, and Anthropic.
 * Tools are declared without `execute`, so nothing can run unguarded, and retries are off: the engine retries the job.
 */
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText, jsonSchema, type LanguageModel, type ModelMessage as SdkMessage, type ToolSet, tool } from "ai";
import { traceHeaders } from "../connectors/index.ts";
import type { JsonObject, JsonValue } from "../core/json.ts";
import type { Model, ModelAnswer, ModelMessage, ModelRequest } from "./model.ts";

export interface ProviderSettings {
  readonly provider: "openai-compatible" | "anthropic";
  /** Ends in /v1 for both providers. */
  readonly baseUrl: string;
  readonly apiKey: string | null;
  /** Used when the agent's model is "default". */
  readonly modelName: string;
}

type SdkToolOutput = Extract<SdkMessage, { role: "tool" }>["content"][number];

function sdkMessage(message: ModelMessage): SdkMessage {
  if (message.role === "user") return { role: "user", content: message.text };
  if (message.role === "tool") {
    const output = { type: "json", value: message.result } as Extract<SdkToolOutput, { type: "tool-result" }>["output"];
    return {
      role: "tool",
      content: [{ type: "tool-result", toolCallId: message.toolCallId, toolName: message.toolName, output }],
    };
  }
  return {
    role: "assistant",
    content: [
      ...(message.text ? [{ type: "text" as const, text: message.text }] : []),
      ...message.toolCalls.map(({ id, name, args }) => ({
        type: "tool-call" as const,
        toolCallId: id,
        toolName: name,
        input: args,
      })),
    ],
  };
}

function sdkTools(request: ModelRequest): ToolSet {
  const tools: ToolSet = {};
  for (const { name, description, parameters } of request.tools)
    tools[name] = tool({ description, inputSchema: jsonSchema(parameters as Parameters<typeof jsonSchema>[0]) });
  return tools;
}

function languageModel(settings: ProviderSettings, name: string): LanguageModel {
  const apiKey = settings.apiKey ?? undefined;
  if (settings.provider === "anthropic")
    return createAnthropic({ baseURL: settings.baseUrl, ...(apiKey ? { apiKey } : {}) })(name);
  return createOpenAICompatible({
    name: "openai-compatible",
    baseURL: settings.baseUrl,
    includeUsage: true,
    ...(apiKey ? { apiKey } : {}),
  })(name);
}

const isObject = (value: unknown): value is JsonObject =>
  value !== null && typeof value === "object" && !Array.isArray(value);

/** A model at a provider. `raw` is the response body as the provider sent it. */
export function aiSdkModel(settings: ProviderSettings): Model {
  return {
    name: `${settings.provider}:${settings.modelName}`,
    ask: async (request, signal): Promise<ModelAnswer> => {
      const name = request.model === "default" ? settings.modelName : request.model;
      const result = await generateText({
        model: languageModel(settings, name),
        system: request.system,
        messages: request.messages.map(sdkMessage),
        tools: sdkTools(request),
        maxRetries: 0,
        maxOutputTokens: request.outputTokensMax,
        abortSignal: signal,
        headers: traceHeaders(),
      });
      return {
        model: result.response.modelId,
        text: result.text === "" ? null : result.text,
        toolCalls: result.toolCalls.map((call) => ({
          id: call.toolCallId,
          name: call.toolName,
          args: isObject(call.input) ? call.input : {},
        })),
        usage: { inputTokens: result.usage.inputTokens ?? 0, outputTokens: result.usage.outputTokens ?? 0 },
        raw: (result.response.body ?? null) as JsonValue,
      };
    },
  };
}
