/**
 * What is noted of every request: an id, a span, and at its end one log line and one measurement. One listener for all
 * of them: four middlewares with a listener each cost more than the routing of the request.
 */
import { randomUUID } from "node:crypto";
import type { NextFunction, Request, Response } from "express";
import type { Logger } from "pino";
import { requestLog } from "./log.ts";
import type { ServerMetrics } from "./metrics.ts";
import { traceRequests } from "./tracing.ts";

export function observeRequests(
  log: Logger,
  metrics: ServerMetrics,
): (request: Request, response: Response, next: NextFunction) => void {
  const note = requestLog(log);
  const trace = traceRequests();
  return (request, response, next) => {
    const start = performance.now();
    const requestId = randomUUID();
    response.locals.requestId = requestId;
    response.setHeader("x-request-id", requestId);
    metrics.begun();
    response.on("close", () => {
      const ms = performance.now() - start;
      metrics.ended(response, ms);
      note(request, response, ms);
    });
    trace(request, response, next);
  };
}
