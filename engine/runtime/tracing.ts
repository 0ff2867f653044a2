/**
 * Spans of the engine (OpenTelemetry, interface only: where no provider is registered, nothing is made). A command is a
 * span from its intake to its commit; the policy evaluations of its step and the jobs that it hands to workers of this
 * process are its children, so that one request's trace reaches to the model call and the tool that follow from it.
 * What other processes do, and what a timer or a sweep starts, begins traces of its own.
 */
import { type Context, context, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import type { Command } from "../core/command.ts";
import type { ActionDecision, ActionRequest } from "../core/environment.ts";
import type { Key } from "../core/json.ts";
import type { WorkerHandler } from "./contract/jobs.ts";

const tracer = trace.getTracer("interlock");

/** Names of the semantic conventions for generative AI that we use, and our own. */
const names = {
  operation: "gen_ai.operation.name",
  toolName: "gen_ai.tool.name",
  toolCallId: "gen_ai.tool.call.id",
  command: "interlock.command.type",
  rootInstance: "interlock.process_instance.root_key",
  instance: "interlock.process_instance.key",
  element: "interlock.element.id",
  jobKey: "interlock.job.key",
  jobType: "interlock.job.type",
  decisionId: "decision_plane.decision_id",
  determination: "decision_plane.determination",
  reasonCodes: "decision_plane.reason_codes",
  riskScore: "decision_plane.risk_score",
  policies: "decision_plane.policies",
  actionType: "decision_plane.action.type",
} as const;

/** A command's span, and the way to work under it. */
export interface CommandSpan {
  run<Result>(work: () => Result): Result;
  /** Once, with the refusal if it was refused. */
  end(error?: Error): void;
}

const untraced: CommandSpan = { run: (work) => work(), end: () => {} };

export function commandSpan(command: Command, rootKey: Key): CommandSpan {
  const span = tracer.startSpan(command.type);
  if (!span.isRecording()) return untraced;
  span.setAttributes({ [names.command]: command.type, [names.rootInstance]: rootKey });
  const under = trace.setSpan(context.active(), span);
  return {
    run: (work) => context.with(under, work),
    end(error) {
      if (error) fail(span, error);
      span.end();
    },
  };
}

function fail(span: Span, error: unknown): void {
  span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.name : "error" });
}

/** Arguments and facts stay out of traces: they are in the record, where rights guard them. */
export function tracedDecision(request: ActionRequest, decide: () => ActionDecision): ActionDecision {
  const span = tracer.startSpan("evaluate_policy");
  const decision = decide();
  if (span.isRecording()) {
    span.setAttributes({
      [names.actionType]: request.action.type,
      [names.instance]: request.process.processInstanceKey,
      [names.element]: request.process.elementId,
      [names.decisionId]: decision.decisionId,
      [names.determination]: decision.determination,
      [names.reasonCodes]: [...decision.reasonCodes],
      [names.riskScore]: decision.riskScore,
      [names.policies]: decision.policies.map(({ policyId, version }) => `${policyId}@${version}`),
    });
  }
  span.end();
  return decision;
}

const carried = new WeakMap<object, Context>();

/** Notes under which context a job came up; it may wait in a queue before a worker takes it. */
export function carryContext(job: object): void {
  const active = context.active();
  if (active !== ROOT_CONTEXT) carried.set(job, active);
}

/** Runs in the context that was noted, never in that of whatever ran before. */
export function inCarriedContext<Result>(job: object, work: () => Result): Result {
  return context.with(carried.get(job) ?? ROOT_CONTEXT, work);
}

/** A worker of this process: tools of agents and guarded actions as tool executions, everything else by its job type. */
export function tracedWorker(handler: WorkerHandler): WorkerHandler {
  return async (job) => {
    const call = job.variables.toolCall as { _meta?: { id?: unknown } } | undefined;
    const isTool = job.guard !== null || call?._meta !== undefined;
    const name = isTool ? `execute_tool ${job.elementId}` : `work ${job.type}`;
    const span = tracer.startSpan(name, { kind: SpanKind.INTERNAL });
    if (!span.isRecording()) return handler(job);
    span.setAttributes({
      [names.jobKey]: job.jobKey,
      [names.jobType]: job.type,
      [names.element]: job.elementId,
      [names.instance]: job.processInstanceKey,
      ...(isTool ? { [names.operation]: "execute_tool", [names.toolName]: job.elementId } : {}),
      ...(typeof call?._meta?.id === "string" ? { [names.toolCallId]: call._meta.id } : {}),
      ...(job.guard ? { [names.decisionId]: job.guard.decisionId } : {}),
    });
    try {
      const answer = await context.with(trace.setSpan(context.active(), span), () => handler(job));
      if (answer.type === "fail" || answer.type === "error")
        span.setStatus({ code: SpanStatusCode.ERROR, message: answer.type });
      return answer;
    } catch (error) {
      fail(span, error);
      throw error;
    } finally {
      span.end();
    }
  };
}
