/**
 * Structured logs (pino, JSON lines on standard output). Bodies, cookies, authorisation headers and query strings never
 * reach a log line; what could still carry a secret by name is redacted.
 */
import type { Request, Response } from "express";
import { type DestinationStream, type Logger, pino } from "pino";

const secretNames = [
  "authorization",
  "cookie",
  "password",
  "token",
  "secret",
  "apiKey",
  "clientSecret",
  "databaseUrl",
  "permit",
];

export function openLog(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    redact: { paths: secretNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: "[redacted]" },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/** One line per request when it is over; quiet for health probes and metrics. `ms`: how long it took. */
export function requestLog(log: Logger): (request: Request, response: Response, ms: number) => void {
  return (request, response, ms) => {
    const level = response.statusCode >= 500 ? "error" : "debug";
    if (!log.isLevelEnabled(level)) return;
    const path = request.originalUrl.split("?", 1)[0]!;
    if (/^\/(health|metrics|assets)(\/|$)/.test(path)) return;
    log[level]({
      requestId: response.locals.requestId as string | undefined,
      method: request.method,
      path: path.slice(0, 300),
      operation: response.locals.operation as string | undefined,
      status: response.statusCode,
      caller: (response.locals.caller as { id: string } | undefined)?.id,
      ms: Math.round(ms * 100) / 100,
      aborted: !response.writableFinished || undefined,
    });
  };
}
