/** What stands behind the tools: an HTTP API, an object store, and a service that takes its time. Counts what reaches it. */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface ExternalSystems {
  readonly url: string;
  /** "POST /payments" … in order. */
  readonly reached: string[];
  readonly objects: Map<string, string>;
  /** What `GET /document` answers. */
  document: string;
  /** Calls of `/slow` that are held open, and how many of them the caller has given up. */
  readonly held: Set<ServerResponse>;
  readonly aborted: { count: number };
  close(): Promise<void>;
}

export async function startExternalSystems(): Promise<ExternalSystems> {
  const reached: string[] = [];
  const objects = new Map<string, string>();
  const held = new Set<ServerResponse>();
  const aborted = { count: 0 };
  const systems = { document: "nothing to see", reached, objects, held, aborted };
  const server = createServer((request, response) => {
    const path = request.url ?? "/";
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      reached.push(`${request.method} ${path}`);
      const answer = (body: unknown) => {
        response.writeHead(200, { "content-type": "application/json" });
        response.end(JSON.stringify(body));
      };
      if (path === "/slow") {
        held.add(response);
        response.on("close", () => {
          held.delete(response);
          if (!response.writableEnded) aborted.count += 1;
        });
      } else if (path === "/document" || path === "/payments") answer({ text: systems.document });
      else if (path.startsWith("/objects/") && request.method === "PUT") {
        objects.set(path.slice("/objects/".length), Buffer.concat(chunks).toString("utf8"));
        answer({ stored: true });
      } else answer({ ok: true });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(systems, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  });
}
