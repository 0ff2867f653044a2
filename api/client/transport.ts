/**
 * One request to the server: JSON out, JSON or a problem back. 429 and 503 are the server's way to ask for patience and
 * are tried again, as Retry-After says, with the same idempotency; everything else is final.
 */

export interface ConnectionOptions {
  /** Default: INTERLOCK_URL, else http://127.0.0.1:8080. */
  readonly url?: string;
  /** API token or JWT. Default: INTERLOCK_TOKEN. */
  readonly token?: string;
  /** Basic authentication, when there is no token. */
  readonly username?: string;
  readonly password?: string;
  /** Servers without authentication: who to be in the records ("alice; groups=finance"). */
  readonly actor?: string;
  readonly fetch?: typeof fetch;
  /** Tries in all of a request that the server is too busy for. Default 5. */
  readonly triesMax?: number;
}

export interface RequestOptions {
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  readonly form?: FormData;
  readonly signal?: AbortSignal;
}

/** What the server answered instead of a result: its problem document, as an error. */
export class InterlockError extends Error {
  override readonly name = "InterlockError";
  /** 0: the server was not reached. */
  readonly status: number;
  /** INVALID_ARGUMENT, NOT_FOUND, INVALID_STATE … ; NETWORK_ERROR when the server was not reached. */
  readonly title: string;
  readonly problems: readonly unknown[];

  constructor(
    status: number,
    title: string,
    detail: string,
    problems: readonly unknown[] = [],
    options?: ErrorOptions,
  ) {
    super(detail, options);
    this.status = status;
    this.title = title;
    this.problems = problems;
  }
}

export interface Transport {
  readonly url: string;
  request<Answer>(method: string, path: string, options?: RequestOptions): Promise<Answer>;
  text(path: string): Promise<string>;
}

export function openTransport(options: ConnectionOptions = {}): Transport {
  const environment = globalThis.process?.env ?? {};
  const url = (options.url ?? environment.INTERLOCK_URL ?? "http://127.0.0.1:8080").replace(/(?<!\/)\/+$/, "");
  const send = options.fetch ?? fetch;
  const headers = credentials(options, environment);
  const triesMax = options.triesMax ?? 5;

  async function attempt(
    method: string,
    path: string,
    { query, body, form, signal }: RequestOptions,
  ): Promise<Response> {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query ?? {})) if (value !== undefined) search.set(name, String(value));
    try {
      return await send(`${url}${path}${search.size === 0 ? "" : `?${search}`}`, {
        method,
        headers: {
          accept: "application/json",
          ...headers,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(form !== undefined ? { body: form } : body !== undefined ? { body: JSON.stringify(body) } : {}),
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      if (signal?.aborted === true) throw error;
      throw new InterlockError(
        0,
        "NETWORK_ERROR",
        `Expected an answer from ${url}, but the server was not reached.`,
        [],
        { cause: error },
      );
    }
  }

  async function reach(method: string, path: string, request: RequestOptions): Promise<Response> {
    for (let tries = 1; ; tries++) {
      const response = await attempt(method, path, request);
      if (response.ok) return response;
      const error = await errorOf(response);
      if ((error.status !== 429 && error.status !== 503) || tries >= triesMax) throw error;
      await pause(waitMs(response, tries), request.signal);
    }
  }

  return {
    url,
    async request<Answer>(method: string, path: string, request: RequestOptions = {}) {
      const response = await reach(method, path, request);
      const text = await response.text();
      return (text === "" ? undefined : JSON.parse(text)) as Answer;
    },
    text: async (path) => (await reach("GET", path, {})).text(),
  };
}

function credentials(
  { token, username, password, actor }: ConnectionOptions,
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const bearer = token ?? (username === undefined ? environment.INTERLOCK_TOKEN : undefined);
  const basic =
    username === undefined
      ? undefined
      : btoa(String.fromCharCode(...new TextEncoder().encode(`${username}:${password ?? ""}`)));
  return {
    ...(bearer !== undefined
      ? { authorization: `Bearer ${bearer}` }
      : basic !== undefined
        ? { authorization: `Basic ${basic}` }
        : {}),
    ...(actor === undefined ? {} : { "interlock-actor": actor }),
  };
}

async function errorOf(response: Response): Promise<InterlockError> {
  const text = await response.text();
  try {
    const { title, detail, problems } = JSON.parse(text) as { title?: string; detail?: string; problems?: unknown[] };
    return new InterlockError(
      response.status,
      title ?? "UNKNOWN",
      detail ?? `The server answered ${response.status}.`,
      problems ?? [],
    );
  } catch {
    return new InterlockError(
      response.status,
      "UNKNOWN",
      `Expected a problem document, but the server answered ${response.status} in another form.`,
    );
  }
}

/** Retry-After when given; else doubling from a quarter of a second, with jitter so that clients do not come back together. */
function waitMs(response: Response, tries: number): number {
  const asked = Number(response.headers.get("retry-after"));
  const base = Number.isFinite(asked) && asked > 0 ? asked * 1000 : 250 * 2 ** (tries - 1);
  return base * (0.75 + Math.random() / 2);
}

export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done, { once: true });
  });
}
