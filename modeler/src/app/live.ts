/**
 * Live updates: one event stream per browser (tabs share it, because HTTP/1.1 allows six connections per server),
 * carrying topics and keys only. Each event marks the matching queries as outdated; the pages then ask again.
 * While there is no stream the lists are asked again every few seconds.
 */
import type { QueryClient, QueryKey } from "@tanstack/react-query";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { type LiveEvent, outdatedQueries } from "./outdated-queries.ts";

export type LiveState = "connecting" | "live" | "reconnecting" | "polling";

const topics = "instances,tasks,incidents,policies,decisions,approvals,deployments";
const retryMsMin = 1000;
const retryMsMax = 30_000;
const pollMs = 5000;
/** Bursts of events become one round of questions. */
const gatherMs = 250;

type Message = { readonly state: LiveState | "reset" } | { readonly event: LiveEvent };

/** Opens the stream and keeps it open; returns the function that closes it. */
function openStream(tell: (message: Message) => void): () => void {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let retryMs = retryMsMin;
  function connect() {
    source = new EventSource(`/governance/v1/events?topics=${topics}`);
    source.onopen = () => {
      retryMs = retryMsMin;
      tell({ state: "live" });
    };
    source.onmessage = (message) => {
      const event = readEvent(message.data);
      if (event) tell({ event });
    };
    // The server no longer knows what was missed: everything on the screen may be old.
    source.addEventListener("reset", () => tell({ state: "reset" }));
    source.onerror = () => {
      tell({ state: "reconnecting" });
      if (source?.readyState !== EventSource.CLOSED) return;
      timer = setTimeout(connect, retryMs);
      retryMs = Math.min(retryMs * 2, retryMsMax);
    };
  }
  connect();
  return () => {
    clearTimeout(timer);
    source?.close();
  };
}

function readEvent(data: string): LiveEvent | null {
  try {
    const event = JSON.parse(data) as Partial<LiveEvent>;
    return typeof event.topic === "string" ? (event as LiveEvent) : null;
  } catch {
    return null;
  }
}

/** One tab holds the lock and the stream; the others listen to it. Without locks (plain http) each tab has its own. */
function shareStream(tell: (message: Message) => void): () => void {
  if (!("locks" in navigator) || !("BroadcastChannel" in window)) return openStream(tell);
  const channel = new BroadcastChannel("interlock:live");
  const ended = new AbortController();
  let state: LiveState = "connecting";
  let close: (() => void) | null = null;
  channel.onmessage = (message: MessageEvent<Message | "hello">) => {
    if (message.data !== "hello") tell(message.data);
    else if (close) channel.postMessage({ state } satisfies Message);
  };
  channel.postMessage("hello");
  navigator.locks
    .request("interlock:live", { signal: ended.signal }, () => {
      if (ended.signal.aborted) return undefined;
      close = openStream((message) => {
        if ("state" in message && message.state !== "reset") state = message.state;
        tell(message);
        channel.postMessage(message);
      });
      return new Promise<void>((resolve) => ended.signal.addEventListener("abort", () => resolve()));
    })
    .catch(() => undefined);
  return () => {
    close?.();
    ended.abort();
    channel.close();
  };
}

function gatherer(client: QueryClient): (event: LiveEvent) => void {
  const waiting = new Map<string, QueryKey>();
  return (event) => {
    if (waiting.size === 0) {
      setTimeout(() => {
        const keys = [...waiting.values()];
        waiting.clear();
        for (const queryKey of keys) void client.invalidateQueries({ queryKey });
      }, gatherMs);
    }
    for (const queryKey of outdatedQueries(event)) waiting.set(JSON.stringify(queryKey), queryKey);
  };
}

/** Follows the stream for as long as the application is shown; who may not have it asks again and again instead. */
export function useLive(isPermitted: boolean): LiveState {
  const client = useQueryClient();
  const [state, setState] = useState<LiveState>("connecting");
  useEffect(() => {
    if (!isPermitted) return setState("polling");
    const gather = gatherer(client);
    let wasDown = false;
    return shareStream((message) => {
      if ("event" in message) return gather(message.event);
      if (message.state === "reset") return void client.invalidateQueries();
      setState(message.state);
      // What happened while the stream was down is not told again: ask for everything once.
      if (message.state === "live" && wasDown) void client.invalidateQueries();
      wasDown = message.state === "reconnecting";
    });
  }, [client, isPermitted]);
  useEffect(() => {
    if (state === "live") return;
    const timer = setInterval(() => void client.invalidateQueries({ refetchType: "active" }), pollMs);
    return () => clearInterval(timer);
  }, [state, client]);
  return state;
}
