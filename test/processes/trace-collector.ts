/** A collector on loopback that takes traces as OTLP/JSON, the way an operator's does. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface CollectedSpan {
  readonly name: string;
  readonly traceId: string;
}

export interface TraceCollector {
  readonly url: string;
  spans(): readonly CollectedSpan[];
  /** Names of the services that sent something. */
  services(): readonly string[];
  close(): void;
}

interface Exported {
  readonly resourceSpans: readonly {
    readonly resource: {
      readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[];
    };
    readonly scopeSpans: readonly { readonly spans: readonly CollectedSpan[] }[];
  }[];
}

export async function startTraceCollector(): Promise<TraceCollector> {
  const received: Exported[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    if (request.url === "/v1/traces") received.push(JSON.parse(Buffer.concat(chunks).toString("utf8")) as Exported);
    response.writeHead(200, { "content-type": "application/json" });
    response.end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const resources = () => received.flatMap(({ resourceSpans }) => resourceSpans);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: () => resources().flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
    services: () => [
      ...new Set(
        resources().flatMap(({ resource }) =>
          resource.attributes.flatMap(({ key, value }) => (key === "service.name" ? (value.stringValue ?? []) : [])),
        ),
      ),
    ],
    close: () => void server.close(),
  };
}
