/** One turn of an agent: ask the model, hand its proposals to the engine. Knows nothing of jobs' delivery. */
import type { AgentContext } from "../core/agent-context.ts";
import type { AgentStepRecord, JobResult } from "../core/command.ts";
import type { JsonObject, JsonValue } from "../core/json.ts";
import { contentHash, modelRequest, promptHash } from "./conversation.ts";
import type { Model, ModelAnswer, ToolCall } from "./model.ts";
import { tracedAsk } from "./tracing.ts";

export interface AgentTurnResult {
  readonly variables: JsonObject;
  readonly result: JobResult;
  readonly agentStep: AgentStepRecord;
}

/** The model could not be asked or did not answer; the record of the attempt goes with the failed job. */
export class AgentTurnError extends Error {
  override readonly name = "AgentTurnError";
  readonly agentStep: AgentStepRecord;
  constructor(message: string, agentStep: AgentStepRecord) {
    super(message);
    this.agentStep = agentStep;
  }
}

const activation = ({ id, name, args }: ToolCall) => ({
  elementId: name,
  // `_meta` last: a model cannot give itself another call id or tool name by naming an argument so.
  variables: { toolCall: { ...args, _meta: { id, name } }, toolCallResult: null },
});

/** Two calls with one id would share a result; a provider that repeats ids gets distinct ones. */
function withDistinctIds(calls: readonly ToolCall[], turn: number, taken: ReadonlySet<string>): ToolCall[] {
  const seen = new Set(taken);
  return calls.map((call, index) => {
    const id = call.id !== "" && !seen.has(call.id) ? call.id : `${turn}-${index + 1}-${call.id}`;
    seen.add(id);
    return { ...call, id };
  });
}

/** Asks the model once. Rejects with AgentTurnError when it fails. */
export async function runAgentTurn(
  context: AgentContext,
  model: Model,
  signal: AbortSignal,
  now: () => number,
): Promise<AgentTurnResult> {
  const request = modelRequest(context);
  const startedAt = now();
  const step = (answer: ModelAnswer | null, toolCalls: readonly ToolCall[], error: string | null): AgentStepRecord => ({
    model: answer?.model ?? model.name,
    promptHash: promptHash(request),
    request: request as unknown as JsonValue,
    response: answer?.raw ?? null,
    responseHash: answer === null ? null : contentHash(answer.raw),
    text: answer?.text ?? null,
    toolCalls,
    usage: answer?.usage ?? { inputTokens: 0, outputTokens: 0 },
    startedAt,
    durationMs: now() - startedAt,
    error,
  });
  let answer: ModelAnswer;
  try {
    answer = await tracedAsk(model, request, signal);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new AgentTurnError(message, step(null, [], message));
  }
  const taken = new Set(context.turns.flatMap(({ toolCalls }) => toolCalls.map(({ id }) => id)));
  const toolCalls = withDistinctIds(answer.toolCalls, context.turns.length + 1, taken);
  const done = toolCalls.length === 0;
  return {
    variables: done ? { agent: { responseText: answer.text ?? "" } } : {},
    result: {
      type: "adHocSubProcess",
      activateElements: toolCalls.map(activation),
      isCompletionConditionFulfilled: done,
      isCancelRemainingInstances: false,
    },
    agentStep: step(answer, toolCalls, null),
  };
}
