/**
 * Metrics in the Prometheus text format. Labels come from closed lists only (operation id, status class), never from
 * paths or tenants: what a stranger can choose must not become a time series.
 */
import type { Response } from "express";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

export interface ServerMetrics {
  readonly registry: Registry;
  readonly inFlight: Gauge;
  /** Actions that were found to have run without a decision. */
  readonly ungovernedActions: Counter;
  begun(): void;
  /** `ms`: from the request's arrival to its end. */
  ended(response: Response, ms: number): void;
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
  const ungovernedActions = new Counter({
    name: "interlock_ungoverned_actions_total",
    help: "Actions that were reported to have run without a decision.",
    registers,
  });
  // Looked up by operation and status, not by an object of labels: prom-client sorts and joins those at each call.
  const counters = new Map<string, Counter.Internal>();
  const histograms = new Map<string, Histogram.Internal<"operation">>();
  return {
    registry,
    inFlight,
    ungovernedActions,
    begun: () => inFlight.inc(),
    ended(response, ms) {
      inFlight.dec();
      const operation = (response.locals.operation as string | undefined) ?? "none";
      const status = `${Math.floor(response.statusCode / 100)}xx`;
      const id = `${operation} ${status}`;
      const counter = counters.get(id) ?? requests.labels(operation, status);
      counters.set(id, counter);
      counter.inc();
      const histogram = histograms.get(operation) ?? seconds.labels(operation);
      histograms.set(operation, histogram);
      histogram.observe(ms / 1000);
    },
  };
}
