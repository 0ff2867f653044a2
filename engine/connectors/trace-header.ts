/**
 * The trace that work runs under, as the header that carries it on (W3C Trace Context, level 1): so that what a connector
 * calls, and a model's provider, write their spans into the same trace (requirement H13).
 */
import { context, isSpanContextValid, trace } from "@opentelemetry/api";

/** `{ traceparent }`, or nothing when no trace is active. */
export function traceHeaders(): Readonly<Record<string, string>> {
  const span = trace.getSpanContext(context.active());
  if (span === undefined || !isSpanContextValid(span)) return {};
  const flags = (span.traceFlags & 0xff).toString(16).padStart(2, "0");
  return { traceparent: `00-${span.traceId}-${span.spanId}-${flags}` };
}
