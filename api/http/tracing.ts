/**
 * The span of a request (OpenTelemetry's interface only: without a registered provider nothing is made). The trace of the
 * caller is taken from `traceparent` (W3C Trace Context, level 1); everything that the request does runs under the span.
 * Paths and queries stay out of it: the operation's id names it.
 */
import {
  type Context,
  context,
  isSpanContextValid,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import type { NextFunction, Request, Response } from "express";

const tracer = trace.getTracer("interlock");

/** version-traceid-parentid-flags; later versions may have more behind a further dash. Version ff is none. */
const traceparentPattern = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:$|-)/;

/** The caller's span as parent; a header that is not well-formed is as none. */
export function contextOf(traceparent: string | undefined): Context {
  const match = traceparent === undefined || traceparent.length > 512 ? null : traceparentPattern.exec(traceparent);
  if (match === null) return ROOT_CONTEXT;
  const [, traceId = "", spanId = "", flags = "00"] = match;
  const parent = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
  return isSpanContextValid(parent) ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
}

export function traceRequests(): (request: Request, response: Response, next: NextFunction) => void {
  return (request, response, next) => {
    const from = contextOf(request.get("traceparent"));
    const span = tracer.startSpan(request.method, { kind: SpanKind.SERVER }, from);
    if (!span.isRecording()) {
      next();
      return;
    }
    span.setAttribute("http.request.method", request.method);
    response.on("close", () => {
      const operation = response.locals.operation as string | undefined;
      if (operation !== undefined) span.updateName(`${request.method} ${operation}`);
      span.setAttributes({
        "http.response.status_code": response.statusCode,
        ...(operation === undefined ? {} : { "interlock.operation": operation }),
      });
      if (response.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    });
    context.with(trace.setSpan(from, span), () => next());
  };
}
