/** Health and metrics, for orchestrators and scrapers: outside authentication, and silent about anything but health. */
import type { Express, Response } from "express";
import type { Services } from "../services.ts";
import type { ServerMetrics } from "./metrics.ts";

export interface HealthParts {
  readonly services: Services;
  readonly metrics: ServerMetrics;
  readonly isDraining: () => boolean;
}

export function mountHealth(app: Express, { services, metrics, isDraining }: HealthParts): void {
  app.get("/health/live", (_request, response) => void response.json({ status: "up" }));
  app.get("/health/ready", async (_request, response) => {
    if (isDraining()) return say(response, 503, "draining");
    const isReady = await services.isReady();
    say(response, isReady ? 200 : 503, isReady ? "up" : "down");
  });
  app.get("/metrics", async (_request, response) => {
    response.setHeader("content-type", metrics.registry.contentType);
    response.end(await metrics.registry.metrics());
  });
}

function say(response: Response, status: number, word: string): void {
  response.status(status).json({ status: word });
}
