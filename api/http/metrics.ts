/**
 * Metrics in the Prometheus text format. Labels come from closed lists only (operation id, status class), never from
 * paths or tenants: what a stranger can choose must not become a time series.
 */
import type { NextFunction, Request, Response } from "express";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

export interface ServerMetrics {
  readonly registry: Registry;
  readonly inFlight: Gauge;
  measure(request: Request, response: Response, next: NextFunction): void;
}

/** One registry per server: tests run several in one process. */
export function openMetrics(): ServerMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const requests = new Counter({
    name: "interlock_http_requests_total",
    help: "Requests by operation and status class.",
    labelNames: ["operation", "status"],
    registers,
  });
  const seconds = new Histogram({
    name: "interlock_http_request_seconds",
    help: "Time until the reply was sent; long polls and streams wait on purpose.",
    labelNames: ["operation"],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers,
  });
  const inFlight = new Gauge({
    name: "interlock_http_requests_in_flight",
    help: "Requests that wait for their reply.",
    registers,
  });
  return {
    registry,
    inFlight,
    measure(_request, response, next) {
      const start = process.hrtime.bigint();
      inFlight.inc();
      response.on("close", () => {
        inFlight.dec();
        const operation = (response.locals.operation as string | undefined) ?? "none";
        requests.inc({ operation, status: `${Math.floor(response.statusCode / 100)}xx` });
        seconds.observe({ operation }, Number(process.hrtime.bigint() - start) / 1e9);
      });
      next();
    },
  };
}
