/**
 * The web application as static files. Names under /assets carry a hash of their content and are cached for ever; the
 * page itself never is. Every other path that a browser navigates to is a view of the application.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import express, { type Express } from "express";

export function mountModeler(app: Express, folder: string | undefined): void {
  if (folder === undefined || !existsSync(join(folder, "index.html"))) return;
  app.use(
    "/assets",
    express.static(join(folder, "assets"), { immutable: true, maxAge: "365d", index: false, redirect: false }),
  );
  app.use(
    express.static(folder, {
      index: "index.html",
      redirect: false,
      setHeaders: (response) => response.setHeader("cache-control", "no-cache"),
    }),
  );
  app.use((request, response, next) => {
    if (
      request.method !== "GET" ||
      !request.accepts("html") ||
      /^\/(v2|governance|api|assets|docs|health|auth)(\/|$)/.test(request.path)
    )
      return next();
    response.setHeader("cache-control", "no-cache");
    response.sendFile(join(folder, "index.html"));
  });
}
