/**
 * Health and metrics, for orchestrators and scrapers. Health is for everybody and says nothing else; metrics tell how much
 * goes on here, so scrapers sign in where anybody has to.
 */
import type { Express, Response } from "express";
import type { Services } from "../services.ts";
import type { ServerMetrics } from "./metrics.ts";
import type { Edge } from "./mount.ts";

export interface HealthParts {
  readonly services: Services;
  readonly isDraining: () => boolean;
}

export function mountHealth(app: Express, { services, isDraining }: HealthParts): void {
  app.get("/health/live", (_request, response) => void response.json({ status: "up" }));
  app.get("/health/ready", async (_request, response) => {
    if (isDraining()) return say(response, 503, "draining");
    const isReady = await services.isReady();
    say(response, isReady ? 200 : 503, isReady ? "up" : "down");
  });
}

export function mountMetrics(app: Express, metrics: ServerMetrics, edge: Pick<Edge, "callerOf">): void {
  app.get("/metrics", async (_request, response) => {
    edge.callerOf(response, false);
    response.setHeader("content-type", metrics.registry.contentType);
    response.end(await metrics.registry.metrics());
  });
}

function say(response: Response, status: number, word: string): void {
  response.status(status).json({ status: word });
}
