/**
 * The one door to the server: fetch with JSON in and out. Every refusal becomes an ApiError that carries the
 * problem+json of the answer (RFC 9457), so that pages can say what went wrong, where, and which id to quote.
 */
import type { JsonValue } from "./json.ts";

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** The path that was asked, or the id of the request: what to quote when asking for help. */
  readonly instance: string;
}

export class ApiError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail || problem.title);
    this.name = "ApiError";
    this.problem = problem;
  }
}

interface RequestOptions {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly json?: unknown;
  readonly body?: FormData;
  readonly signal?: AbortSignal;
}

let moreHeaders: () => Readonly<Record<string, string>> = () => ({});

/** Headers that go with every request from now on (whom one acts as). */
export function sendWith(headers: () => Readonly<Record<string, string>>): void {
  moreHeaders = headers;
}

/** Asks the server; the answer's JSON, or undefined for 204. */
export async function request<Answer>(path: string, options: RequestOptions = {}): Promise<Answer> {
  const response = await send(path, options);
  if (response.status === 204) return undefined as Answer;
  const text = await response.text();
  return (text === "" ? undefined : JSON.parse(text)) as Answer;
}

/** Asks for a text (XML of a model). */
export async function requestText(path: string, options: RequestOptions = {}): Promise<string> {
  return (await send(path, options)).text();
}

async function send(path: string, options: RequestOptions): Promise<Response> {
  const headers: Record<string, string> = { accept: "application/json, application/problem+json, text/xml;q=0.9" };
  if (options.json !== undefined) headers["content-type"] = "application/json";
  Object.assign(headers, moreHeaders());
  let response: Response;
  try {
    response = await fetch(path, {
      method: options.method ?? "GET",
      headers,
      credentials: "same-origin",
      ...(options.json !== undefined ? { body: JSON.stringify(options.json) } : {}),
      ...(options.body ? { body: options.body } : {}),
      ...(options.signal ? { signal: options.signal } : {}),
    });
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new ApiError({
      type: "about:blank",
      title: "Server not reachable",
      status: 0,
      detail:
        "Expected an answer from the server, but the connection failed. Check that it is running, then try again.",
      instance: path,
    });
  }
  if (!response.ok) throw new ApiError(await readProblem(response, path));
  return response;
}

async function readProblem(response: Response, path: string): Promise<Problem> {
  const fallback: Problem = {
    type: "about:blank",
    title: response.statusText || `Status ${response.status}`,
    status: response.status,
    detail: `Expected an answer to ${path}, but the server refused with status ${response.status}.`,
    instance: response.headers.get("x-request-id") ?? path,
  };
  try {
    const body = (await response.json()) as Partial<Problem>;
    return {
      type: body.type ?? fallback.type,
      title: body.title ?? fallback.title,
      status: response.status,
      detail: body.detail ?? fallback.detail,
      instance: body.instance ?? fallback.instance,
    };
  } catch {
    return fallback;
  }
}

/** Page of a search under /v2. */
export interface SearchAnswer<Item> {
  readonly items: readonly Item[];
  readonly page: {
    readonly totalItems: number;
    readonly hasMoreTotalItems?: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

export interface SearchRequest {
  readonly filter?: Record<string, unknown>;
  readonly sort?: readonly { readonly field: string; readonly order: "ASC" | "DESC" }[];
  readonly page?: { readonly limit?: number; readonly from?: number; readonly after?: string };
}

/** POST …/search of one resource. */
export function search<Item>(
  resource: string,
  query: SearchRequest,
  signal?: AbortSignal,
): Promise<SearchAnswer<Item>> {
  return request(`/v2/${resource}/search`, { method: "POST", json: query, ...(signal ? { signal } : {}) });
}

/** Appends the parameters that have a value. */
export function withQuery(path: string, parameters: Record<string, string | number | null | undefined>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined && value !== "") query.set(name, String(value));
  }
  const text = query.toString();
  return text === "" ? path : `${path}?${text}`;
}

export type { JsonValue };
