/** A JSON-over-HTTP server for the demo services: one handler, bodies up to 64 kB, loopback only. */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface JsonRequest {
  readonly method: string;
  /** Path segments, decoded: "/orders/ORD-1/closure" → ["orders", "ORD-1", "closure"]. */
  readonly path: readonly string[];
  readonly body: Readonly<Record<string, unknown>>;
  readonly idempotencyKey: string | null;
}

export interface JsonReply {
  readonly status: number;
  readonly body: unknown;
}

export interface JsonServer {
  readonly url: string;
  close(): Promise<void>;
}

const bodyBytesMax = 65_536;

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bodyBytesMax) throw new RangeError(`Expected at most ${bodyBytesMax} bytes, but more came.`);
    chunks.push(chunk);
  }
  if (bytes === 0) return {};
  const parsed: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8"));
  if (parsed === null || typeof parsed !== "object" || Array.isArray(parsed))
    throw new TypeError("Expected a JSON object.");
  return parsed as Record<string, unknown>;
}

/** Starts on 127.0.0.1; port 0 takes a free one. A handler that throws answers 400 with the message. */
export async function startJsonServer(
  port: number,
  handle: (request: JsonRequest) => JsonReply | Promise<JsonReply>,
): Promise<JsonServer> {
  const server: Server = createServer((request, response) => {
    const answer = (reply: JsonReply) => {
      response.writeHead(reply.status, { "content-type": "application/json" });
      response.end(JSON.stringify(reply.body));
    };
    readBody(request)
      .then((body) =>
        handle({
          method: request.method ?? "GET",
          path: new URL(request.url ?? "/", "http://localhost").pathname
            .split("/")
            .filter((segment) => segment !== "")
            .map(decodeURIComponent),
          body,
          idempotencyKey: (request.headers["idempotency-key"] as string | undefined) ?? null,
        }),
      )
      .then(answer, (error: unknown) => answer({ status: 400, body: { message: String(error) } }));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.closeAllConnections();
        server.close((error) => (error ? reject(error) : resolve()));
      }),
  };
}
