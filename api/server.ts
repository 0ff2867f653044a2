/**
 * The HTTP server: express, put together. No SQL and no rules here: authenticate, validate, route, present.
 * One function makes it, so that the product, the tests and an application that embeds it run the same thing.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import express, { type Express, type NextFunction, type Request, type Response } from "express";
import type { Logger } from "pino";
import type { Authenticator } from "./auth/authenticator.ts";
import type { Caller } from "./auth/caller.ts";
import { accountOperations } from "./auth/operations.ts";
import type { Settings } from "./config.ts";
import { governanceOperations } from "./governance/index.ts";
import { runplaneOperations } from "./governance/runplane.ts";
import { keepOutOfCaches, refuseForeignOrigins, securityHeaders } from "./http/headers.ts";
import { mountHealth, mountMetrics } from "./http/health.ts";
import { limitRates, shedLoad } from "./http/limits.ts";
import { openMetrics } from "./http/metrics.ts";
import { mountModeler } from "./http/modeler.ts";
import { noSuchOperation, serveOperations } from "./http/mount.ts";
import { observeRequests } from "./http/observe.ts";
import { internalProblem, Problem, problemDocument, toProblem } from "./http/problem.ts";
import { mountDocumentation } from "./openapi/mount.ts";
import type { Services } from "./services.ts";
import { v2Operations } from "./v2/index.ts";

export interface ServerParts {
  readonly settings: Settings;
  readonly services: Services;
  readonly authenticator: Authenticator;
  readonly log: Logger;
  /** Folder of the built modeler; undefined: none is served. */
  readonly modelerFolder?: string;
  readonly checkReplies?: boolean;
}

export interface RunningServer {
  readonly address: string;
  readonly port: number;
  /** Stops taking requests, lets those under way end, at most `drainMsMax`. */
  close(): Promise<void>;
}

export function createApp(parts: ServerParts, isDraining: () => boolean): Express {
  const { settings, services, log, authenticator } = parts;
  const app = express();
  app.disable("x-powered-by").disable("etag").set("query parser", "simple").set("trust proxy", settings.trustProxy);
  const metrics = openMetrics();
  services.plane.onAlert(({ rule }) => {
    if (rule === "UNGOVERNED_EXECUTION") metrics.ungovernedActions.inc();
  });
  app.use(observeRequests(log, metrics), securityHeaders());
  mountHealth(app, { services, isDraining });
  app.use(refuseForeignOrigins(settings.authentication.includes("none")));
  app.use(["/v2", "/governance", "/auth", "/api", "/metrics", "/health"], keepOutOfCaches);
  app.use(limitRates(settings));
  app.use(shedLoad(settings, isDraining));

  const edge = {
    services,
    bodyBytesMax: settings.bodyBytesMax,
    formBytesMax: settings.deploymentBytesMax,
    checkReplies: parts.checkReplies ?? false,
    authenticate: (request: Request) => authenticator.authenticate(request),
    callerOf,
    onError: (error: unknown) => log.error({ err: error }, "a refusal was not recorded"),
  };
  const surfaces = {
    "/v2": v2Operations,
    "/governance/v1": governanceOperations,
    "/auth": accountOperations,
    "/api": runplaneOperations,
  };
  app.use(serveOperations(surfaces, edge));
  app.use("/metrics", async (request: Request, response: Response, next: NextFunction) => {
    response.locals.caller = await edge.authenticate(request);
    next();
  });
  mountMetrics(app, metrics, edge);

  mountDocumentation(app, settings.publicUrl);
  mountModeler(app, parts.modelerFolder);
  app.use(noSuchOperation);
  app.use(presentError(log));
  return app;
}

/** Nobody in particular: has no permissions, can call what is public. */
const nobody: Caller = {
  id: "nobody",
  name: null,
  email: null,
  type: "service",
  groups: [],
  roles: [],
  permissions: new Set(),
  tenantIds: [],
  method: "none",
};

function callerOf(response: Response, isPublic: boolean): Caller {
  const caller = response.locals.caller as Caller | Problem | undefined;
  if (caller !== undefined && !(caller instanceof Problem)) return caller;
  if (isPublic) return nobody;
  throw caller ?? new Problem("UNAUTHENTICATED", "Expected credentials, but there are none.");
}

/** The last resort of every request: express' own handler would answer in HTML, with a stack. */
function presentError(log: Logger): (error: unknown, request: Request, response: Response, next: NextFunction) => void {
  return (error, request, response, _next) => {
    let problem = toProblem(error) ?? badRequestOf(error);
    if (problem === undefined) {
      const internal = internalProblem();
      problem = internal.problem;
      log.error(
        {
          errorId: internal.errorId,
          requestId: response.locals.requestId as string,
          operation: response.locals.operation as string | undefined,
          err: error,
        },
        "internal error",
      );
    }
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    for (const [name, value] of Object.entries(problem.headers)) response.setHeader(name, value);
    response.statusCode = problem.status;
    response.setHeader("content-type", "application/problem+json; charset=utf-8");
    response.end(JSON.stringify(problemDocument(problem, request.originalUrl.split("?", 1)[0]!.slice(0, 500))));
  };
}

/** What express itself throws at a request that it cannot read (a path with a broken percent escape). */
function badRequestOf(error: unknown): Problem | undefined {
  if (!(error instanceof Error) || !("status" in error)) return undefined;
  return error.status === 400
    ? new Problem("INVALID_ARGUMENT", "Expected a well-formed URL, but it is not.")
    : undefined;
}

export async function startServer(parts: ServerParts): Promise<RunningServer> {
  let draining = false;
  const app = createApp(parts, () => draining);
  const server = createServer(
    { maxHeaderSize: 16 * 1024, headersTimeout: 20_000, requestTimeout: 120_000, keepAliveTimeout: 65_000 },
    app,
  );
  await listen(server, parts.settings.port, parts.settings.host);
  const { port, address } = server.address() as AddressInfo;
  const host = address.includes(":") ? `[${address}]` : address;
  return {
    port,
    address: `http://${host}:${port}`,
    close: async () => {
      draining = true;
      await drain(server, parts);
    },
  };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(
        error.code === "EADDRINUSE"
          ? new Error(`Expected port ${port} to be free, but something listens on it already. Set PORT to another.`)
          : error,
      );
    });
    server.listen(port, host, () => resolve());
  });
}

/** Long polls and event streams end at once; ordinary requests get their time; then the sockets are cut. */
function drain(server: Server, parts: ServerParts): Promise<void> {
  return new Promise((resolve) => {
    parts.services.drain.abort();
    const cut = setTimeout(() => server.closeAllConnections(), parts.settings.drainMsMax);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}
