/**
 * The deterministic model: plays the turns of a script. It is the default without an API key, the agent of the demo and
 * of the tests. The first turn whose `when` is true answers; `when`, `text` and `args` may be FEEL (leading `=`) over
 *   turn     number of this model call, from 1          user    the text of the user prompt
 *   calls    tool name → number of proposals so far     results tool name → result of the last call of that tool
 */
import { z } from "zod";
import { evaluateOver } from "../connectors/index.ts";
import type { JsonObject, JsonValue } from "../core/json.ts";
import type { Model, ModelAnswer, ModelMessage, ModelRequest, ToolCall } from "./model.ts";

const text = z.string();
export const agentScriptSchema = z.strictObject({
  agentId: text,
  description: text.optional(),
  turns: z
    .array(z.strictObject({ when: text, text, calls: z.array(z.strictObject({ name: text, args: text })) }))
    .min(1),
});
export type AgentScript = z.infer<typeof agentScriptSchema>;

/** What the expressions of a script see. Built from the messages alone, so the same record gives the same answer. */
function situation(messages: readonly ModelMessage[]): JsonObject {
  const calls: Record<string, number> = {};
  const results: Record<string, JsonValue> = {};
  let turn = 1;
  let user = "";
  for (const message of messages) {
    if (message.role === "user") user = message.text;
    else if (message.role === "tool") results[message.toolName] = message.result;
    else {
      turn += 1;
      for (const { name } of message.toolCalls) calls[name] = (calls[name] ?? 0) + 1;
    }
  }
  return { turn, user, calls, results };
}

const evaluated = (source: string, variables: JsonObject): JsonValue =>
  source.trimStart().startsWith("=") ? evaluateOver(source, variables) : source;

function argumentsOf(source: string, variables: JsonObject): JsonObject {
  const value = evaluated(source, variables);
  if (value === null || typeof value !== "object" || Array.isArray(value))
    throw new Error(`Expected the arguments ${source} to be a context, but they are ${JSON.stringify(value)}.`);
  return value as JsonObject;
}

/** About four characters a token, as the providers' own rule of thumb has it: enough to let budgets bite. */
const roughTokens = (value: unknown): number => Math.ceil(JSON.stringify(value).length / 4);

function play(script: AgentScript, request: ModelRequest): ModelAnswer {
  const variables = situation(request.messages);
  const turn = script.turns.find(({ when }) => evaluated(when, variables) === true);
  if (!turn)
    throw new Error(`Expected a turn of the script of ${script.agentId} to fit turn ${variables.turn}, but none does.`);
  const toolCalls: ToolCall[] = turn.calls.map((call, index) => ({
    id: `call-${variables.turn}-${index + 1}`,
    name: call.name,
    args: argumentsOf(call.args, variables),
  }));
  const answer = { text: String(evaluated(turn.text, variables)), toolCalls };
  return {
    model: "scripted",
    ...answer,
    usage: { inputTokens: roughTokens([request.system, request.messages]), outputTokens: roughTokens(answer) },
    raw: { scripted: true, agentId: script.agentId, turn: variables.turn as number, ...answer } as unknown as JsonValue,
  };
}

/** A model that plays scripts, one an agent id. An agent without a script is a configuration error that says what to do. */
export function scriptedModel(scripts: readonly AgentScript[]): Model {
  const byAgent = new Map(scripts.map((script) => [script.agentId, script]));
  return {
    name: "scripted",
    ask: async (request) => {
      const script = byAgent.get(request.agentId);
      if (!script)
        throw new Error(
          `Expected a model for agent ${request.agentId}, but no provider is configured and no script is deployed for it. ` +
            "Set INTERLOCK_MODEL_PROVIDER (with INTERLOCK_MODEL_BASE_URL, INTERLOCK_MODEL_API_KEY, INTERLOCK_MODEL_NAME) or add an agent script.",
        );
      return play(script, request);
    },
  };
}
