/**
 * The span of a model call, after the semantic conventions for generative AI (`chat {model}`). OpenTelemetry's interface
 * only. Prompts and answers stay out: they are in the record, where rights guard them.
 */
import { context, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import type { Model, ModelAnswer, ModelRequest } from "./model.ts";

const tracer = trace.getTracer("interlock");

const names = {
  operation: "gen_ai.operation.name",
  provider: "gen_ai.provider.name",
  agentId: "gen_ai.agent.id",
  requestModel: "gen_ai.request.model",
  outputTokensMax: "gen_ai.request.max_tokens",
  responseModel: "gen_ai.response.model",
  inputTokens: "gen_ai.usage.input_tokens",
  outputTokens: "gen_ai.usage.output_tokens",
} as const;

/** Asks the model; the same answer or rejection, with a span around it where somebody looks. */
export async function tracedAsk(model: Model, request: ModelRequest, signal: AbortSignal): Promise<ModelAnswer> {
  const span = tracer.startSpan(`chat ${request.model}`, { kind: SpanKind.CLIENT });
  if (!span.isRecording()) return model.ask(request, signal);
  span.setAttributes({
    [names.operation]: "chat",
    [names.provider]: model.name,
    [names.agentId]: request.agentId,
    [names.requestModel]: request.model,
    [names.outputTokensMax]: request.outputTokensMax,
  });
  try {
    const answer = await context.with(trace.setSpan(context.active(), span), () => model.ask(request, signal));
    span.setAttributes({
      [names.responseModel]: answer.model,
      [names.inputTokens]: answer.usage.inputTokens,
      [names.outputTokens]: answer.usage.outputTokens,
    });
    return answer;
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.name : "error" });
    throw error;
  } finally {
    span.end();
  }
}
