/** A whole server for tests: in this process, on a free port, with a store of its own in memory or in PostgreSQL. */

import { type RunningApplication, startApplication } from "../../api/application.ts";
import { readSettings } from "../../api/config.ts";
import { openLog } from "../../api/http/log.ts";
import { emptyStore } from "../empty-store.ts";

export interface TestServer {
  readonly url: string;
  readonly application: RunningApplication;
  /** What was logged, line by line. */
  readonly logged: readonly string[];
  close(): Promise<void>;
}

export interface TestServerOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly withShipped?: boolean;
  readonly say?: (line: string) => void;
  readonly modelerFolder?: string;
}

/** Replies are checked against their documented schemas: one that differs is a 500 and fails the test. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const settings = readSettings({ PORT: "0", DATA_DIR: emptyStore(), DRAIN_MS_MAX: "2000", ...options.environment });
  const logged: string[] = [];
  const application = await startApplication(settings, {
    log: openLog("info", { write: (line: string) => void logged.push(line) }),
    environment: options.environment ?? {},
    checkReplies: true,
    withoutShipped: options.withShipped !== true,
    ...(options.say === undefined ? {} : { say: options.say }),
    ...(options.modelerFolder === undefined ? {} : { modelerFolder: options.modelerFolder }),
  });
  return { url: application.server.address, application, logged, close: () => application.close() };
}

export interface Answered {
  readonly status: number;
  readonly type: string;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look at answers of every shape
  readonly json: any;
}

/** One request, everything of its answer. A string body is sent as it is, anything else as JSON. */
export async function call(
  server: { readonly url: string },
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answered> {
  const isRaw = typeof body === "string" || body instanceof FormData || body instanceof Uint8Array;
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: {
      ...(body === undefined || body instanceof FormData ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: isRaw ? (body as string) : JSON.stringify(body) }),
  });
  const text = await response.text();
  const type = response.headers.get("content-type") ?? "";
  return {
    status: response.status,
    type,
    headers: response.headers,
    text,
    json: /json/.test(type) ? JSON.parse(text) : undefined,
  };
}

export async function deploy(
  server: { readonly url: string },
  files: Readonly<Record<string, string>>,
): Promise<Answered> {
  const form = new FormData();
  for (const [name, content] of Object.entries(files)) form.append("resources", new Blob([content]), name);
  return call(server, "POST", "/v2/deployments", form);
}
