/**
 * /governance/v1/events: server-sent events (HTML standard, "Server-sent events"), ids only: whoever hears that a task
 * has changed reads it through the API, with their own rights. A reader that does not read is cut off when its buffer
 * is full; what it missed within the last notices it gets by Last-Event-ID, beyond that a `reset` tells it to reload.
 */
import type { ServerResponse } from "node:http";
import { z } from "zod";
import { type Operation, streamOperation } from "../http/operation.ts";
import { Problem } from "../http/problem.ts";
import { type LiveNotice, liveTopics } from "./live-notices.ts";

const heartbeatMs = 15_000;
const bufferBytesMax = 1024 * 1024;

export const eventOperations: readonly Operation[] = [
  streamOperation({
    id: "streamEvents",
    method: "get",
    path: "/events",
    group: "Live",
    summary: "Hear of changes as they happen (server-sent events; ids only)",
    access: "cluster:read",
    query: z.strictObject({
      topics: z
        .string()
        .max(200)
        .optional()
        .meta({ description: `Separated by commas: ${liveTopics.join(", ")}.` }),
    }),
    replies: { 200: { description: "Events with data {topic, key, …}.", content: "text/event-stream" } },
    async stream({ query, services, caller, signal }, response, lastEventId) {
      const topics = topicsOf(query.topics);
      const wants = (notice: LiveNotice): boolean =>
        topics.has(notice.topic) && (notice.tenantId === null || caller.tenantIds.includes(notice.tenantId));
      response.writeHead(200, {
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-store",
        "x-accel-buffering": "no",
      });
      response.write("retry: 2000\n\n");
      const { missed, complete } = services.live.since(lastEventId);
      if (!complete) write(response, `id: ${services.live.lastId()}\nevent: reset\ndata: {}\n\n`);
      for (const notice of missed) if (wants(notice)) write(response, frame(notice));
      const unsubscribe = services.live.subscribe((notice) => {
        if (wants(notice)) write(response, frame(notice));
      });
      const heartbeat = setInterval(() => write(response, ": still here\n\n"), heartbeatMs);
      const end = (): void => {
        clearInterval(heartbeat);
        unsubscribe();
        response.end();
      };
      signal.addEventListener("abort", end, { once: true });
      services.drain.signal.addEventListener("abort", end, { once: true });
      response.on("close", () => services.drain.signal.removeEventListener("abort", end));
    },
  }),
];

function topicsOf(text: string | undefined): ReadonlySet<string> {
  const wanted = text === undefined || text === "" ? [...liveTopics] : text.split(",").map((word) => word.trim());
  const unknown = wanted.find((word) => !(liveTopics as readonly string[]).includes(word));
  if (unknown !== undefined)
    throw new Problem(
      "INVALID_ARGUMENT",
      `Expected topics of ${liveTopics.join(", ")}, but found "${unknown.slice(0, 40)}" (at query.topics).`,
    );
  return new Set(wanted);
}

function frame({ id, ...notice }: LiveNotice): string {
  return `id: ${id}\ndata: ${JSON.stringify(notice)}\n\n`;
}

function write(response: ServerResponse, text: string): void {
  if (response.writableLength > bufferBytesMax) {
    response.destroy();
    return;
  }
  response.write(text);
}
