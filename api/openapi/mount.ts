/** Serves the document and its page. Both are made when somebody first asks: no start of a server waits for them. */
import type { Express } from "express";
import { docsPage, docsScript, docsStyle } from "./docs-page.ts";
import { openApiDocument } from "./document.ts";

export function mountDocumentation(app: Express, publicUrl: string | undefined): void {
  let made: Promise<{ readonly json: string; readonly page: string }> | undefined;
  const documentation = () => {
    made ??= openApiDocument(publicUrl).then((document) => ({
      json: JSON.stringify(document),
      page: docsPage(document),
    }));
    return made;
  };
  app.get("/openapi.json", async (_request, response) => {
    response.type("json").send((await documentation()).json);
  });
  app.get(["/docs", "/docs/"], async (_request, response) => {
    response.type("html").send((await documentation()).page);
  });
  app.get("/docs/docs.css", (_request, response) => void response.type("css").send(docsStyle));
  app.get("/docs/docs.js", (_request, response) => void response.type("js").send(docsScript));
}
