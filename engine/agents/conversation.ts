/** Recorded turns → one model request. Deterministic: no clock, no identifiers, nothing that the record does not hold. */
import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import type { AgentContext, AgentTool } from "../core/agent-context.ts";
import type { JsonObject, JsonValue } from "../core/json.ts";
import type { ModelMessage, ModelRequest, ModelTool } from "./model.ts";

const outputTokensDefault = 4_096;

const toolPrefix = /^toolCall\./;

/** JSON Schema of a tool's arguments, from its fromAi(…) parameters. */
export function toolSchema(tool: AgentTool): JsonObject {
  const properties: Record<string, JsonValue> = {};
  const required: string[] = [];
  for (const parameter of tool.parameters) {
    const name = parameter.name.replace(toolPrefix, "");
    const schema =
      parameter.schema !== null && typeof parameter.schema === "object" ? (parameter.schema as JsonObject) : {};
    properties[name] = {
      type: parameter.type,
      ...(parameter.description === null ? {} : { description: parameter.description }),
      ...schema,
    };
    if (parameter.required) required.push(name);
  }
  return { type: "object", properties, required, additionalProperties: false };
}

const modelTool = (tool: AgentTool): ModelTool => ({
  name: tool.elementId,
  description: tool.documentation ?? tool.name,
  parameters: toolSchema(tool),
});

/** The request of the next turn. */
export function modelRequest(context: AgentContext): ModelRequest {
  const messages: ModelMessage[] = [{ role: "user", text: context.userPrompt }];
  for (const { text, toolCalls, results } of context.turns) {
    messages.push({ role: "assistant", text, toolCalls });
    for (const { id, name, content } of results)
      messages.push({ role: "tool", toolCallId: id, toolName: name, result: content });
  }
  const tokensLeft = context.tokensMax === null ? outputTokensDefault : context.tokensMax - context.tokensUsed;
  return {
    agentId: context.agentId,
    model: context.model,
    system: context.systemPrompt,
    messages,
    tools: context.tools.map(modelTool),
    outputTokensMax: Math.max(1, Math.min(outputTokensDefault, tokensLeft)),
  };
}

/** sha-256 (hex) over the canonical form (RFC 8785) of the request: equal in replay, different when a word changes. */
export function promptHash(request: ModelRequest): string {
  return contentHash(request as unknown as JsonValue);
}

/** sha-256 (hex) over the canonical form of any JSON: the name of its content. */
export function contentHash(value: JsonValue): string {
  return createHash("sha256")
    .update(canonicalize(value) as string)
    .digest("hex");
}
