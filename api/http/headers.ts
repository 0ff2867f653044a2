/**
 * Security headers and the origin check. The content security policy allows nothing inline, nothing foreign and no
 * frames: the modeler is built to live under it. A request that changes something and says it comes from another origin
 * is refused: multipart and bodyless posts need no preflight, so CORS alone would not stop a foreign page. On a server
 * without authentication the Host header must name this machine, against DNS rebinding.
 */
import type { NextFunction, Request, Response } from "express";
import { isLoopback } from "../config.ts";
import { Problem } from "./problem.ts";

type Middleware = (request: Request, response: Response, next: NextFunction) => void;

const contentPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join(";");

/** The list of OWASP's secure headers project; the older ones are for browsers that do not know their successors. */
const headers: ReadonlyMap<string, string> = new Map([
  ["content-security-policy", contentPolicy],
  ["cross-origin-opener-policy", "same-origin"],
  ["cross-origin-resource-policy", "same-origin"],
  ["origin-agent-cluster", "?1"],
  ["referrer-policy", "no-referrer"],
  ["strict-transport-security", "max-age=31536000; includeSubDomains"],
  ["x-content-type-options", "nosniff"],
  ["x-dns-prefetch-control", "off"],
  ["x-download-options", "noopen"],
  ["x-frame-options", "SAMEORIGIN"],
  ["x-permitted-cross-domain-policies", "none"],
  // The filter of old browsers was itself a way in.
  ["x-xss-protection", "0"],
]);

export function securityHeaders(): Middleware {
  return (_request, response, next) => {
    response.setHeaders(headers as Map<string, string>);
    next();
  };
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
