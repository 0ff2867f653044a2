/**
 * Security headers and the origin check. The content security policy allows nothing inline, nothing foreign and no
 * frames: the modeler is built to live under it. A request that changes something and says it comes from another origin
 * is refused: multipart and bodyless posts need no preflight, so CORS alone would not stop a foreign page. On a server
 * without authentication the Host header must name this machine, against DNS rebinding.
 */
import type { NextFunction, Request, Response } from "express";
import helmet from "helmet";
import { isLoopback } from "../config.ts";
import { Problem } from "./problem.ts";

export function securityHeaders(): ReturnType<typeof helmet> {
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

export function refuseForeignOrigins(
  withoutAuthentication: boolean,
): (request: Request, response: Response, next: NextFunction) => void {
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
