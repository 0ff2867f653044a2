/**
 * Security headers and the origin check. The content security policy allows nothing inline, nothing foreign and no
 * frames: the modeler is built to live under it. A request that changes something and says it comes from another origin
 * is refused: multipart and bodyless posts need no preflight, so CORS alone would not stop a foreign page. On a server
 * without authentication the Host header must name this machine, against DNS rebinding.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { NextFunction, Request, Response } from "express";
import helmet from "helmet";
import { isLoopback } from "../config.ts";
import { Problem } from "./problem.ts";

type Middleware = (request: Request, response: Response, next: NextFunction) => void;

/** Helmet's headers are the same for every request: it is asked once. */
export function securityHeaders(): Middleware {
  const headers = new Map<string, string>();
  const asked = {
    setHeader: (name: string, value: string) => headers.set(name, value),
    removeHeader: (name: string) => headers.delete(name),
  };
  securityPolicy()({} as IncomingMessage, asked as unknown as ServerResponse, (problem?: unknown) => {
    if (problem !== undefined) throw problem;
  });
  return (_request, response, next) => {
    response.setHeaders(headers);
    next();
  };
}

function securityPolicy(): ReturnType<typeof helmet> {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        fontSrc: ["'self'"],
        imgSrc: ["'self'"],
        connectSrc: ["'self'"],
        manifestSrc: ["'self'"],
        workerSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    crossOriginEmbedderPolicy: false,
    referrerPolicy: { policy: "no-referrer" },
    strictTransportSecurity: { maxAge: 31_536_000, includeSubDomains: true },
  });
}

/** Answers of the API are about somebody's business: no cache keeps them. Static files say otherwise themselves. */
export function keepOutOfCaches(_request: Request, response: Response, next: NextFunction): void {
  response.setHeader("cache-control", "no-store");
  next();
}

/**
 * For content that somebody deployed or uploaded, should a browser open it as a page: it may do nothing there, although
 * it comes from this origin. XML may hold XHTML scripts.
 */
export const contentPolicyOfUploads = "default-src 'none'; frame-ancestors 'none'; sandbox";

export function refuseForeignOrigins(withoutAuthentication: boolean): Middleware {
  return (request, _response, next) => {
    const host = request.headers.host ?? "";
    if (withoutAuthentication && !isLoopback(host.replace(/:\d+$/, ""))) {
      throw new Problem("FORBIDDEN", "Expected a Host header that names this machine, but it names another.");
    }
    if (request.method !== "GET" && request.method !== "HEAD" && isForeign(request, host)) {
      throw new Problem(
        "FORBIDDEN",
        "Expected a request from this server's own pages, but its origin is another site.",
      );
    }
    next();
  };
}

function isForeign(request: Request, host: string): boolean {
  const site = request.headers["sec-fetch-site"];
  if (site === "cross-site" || site === "same-site") return true;
  const origin = request.headers.origin;
  if (origin === undefined) return false;
  return origin.replace(/^https?:\/\//, "") !== host;
}
