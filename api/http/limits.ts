/**
 * Limits on whole requests: how many per minute from one address (off by default, and on loopback) and how many at
 * once. Beyond the latter the server says RESOURCE_EXHAUSTED at once, which clients answer with back-off: a short queue
 * keeps its promises, a long one breaks them all. Long polls wait without work and are not counted.
 */
import type { NextFunction, Request, Response } from "express";
import { isLoopback, type Settings } from "../config.ts";
import { Problem } from "./problem.ts";
import { rateLimitTo } from "./rate-limit.ts";

type Middleware = (request: Request, response: Response, next: NextFunction) => void;

export function limitRates(settings: Settings): Middleware {
  if (settings.rateLimitPerMinute === 0 || isLoopback(settings.host)) return (_request, _response, next) => next();
  return rateLimitTo(settings.rateLimitPerMinute, 60_000);
}

export function shedLoad(settings: Settings, isDraining: () => boolean): Middleware {
  let inFlight = 0;
  return (request, response, next) => {
    if (isDraining())
      throw new Problem("UNAVAILABLE", "Expected a running server, but it is shutting down.", {
        connection: "close",
        "retry-after": "1",
      });
    if (request.path === "/v2/jobs/activation" || request.path === "/governance/v1/events") return next();
    if (inFlight >= settings.requestsInFlightMax) {
      throw new Problem(
        "RESOURCE_EXHAUSTED",
        `Expected at most ${settings.requestsInFlightMax} requests at once, but there are more. Try again.`,
        { "retry-after": "1" },
      );
    }
    inFlight++;
    response.on("close", () => inFlight--);
    next();
  };
}
